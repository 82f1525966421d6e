"""Operations of the recipe thirdparty."""

from typing import Annotated

from pydantic import AfterValidator

from functions.cdi.calls import Call
from functions.cdi.inputs import AnyEmail, Body, Email, Flag, Parameters, Text, Text256
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.errors import RequestInvalid
from gatehouse.models.authuser import THIRD_PARTY, ThirdPartyInfo
from gatehouse.web.wire import signed_in_json

router = Router(THIRD_PARTY)

LONGEST_ID = 28


def _third_party_id(text: str) -> str:
    if len(text) > LONGEST_ID:
        raise ValueError(f"Field name '{{}}' must not be longer than {LONGEST_ID} characters")
    return text


class EmailBody(Body):
    """An address that somebody has at a third party (CDI before 4.0)."""

    id: Email


class VerifiableEmailBody(EmailBody):
    """The same, with the third party's word on whether it is theirs."""

    is_verified: Flag


class SignInUpBody(Body):
    """Who signs in (CDI before 4.0)."""

    third_party_id: Annotated[Text, AfterValidator(_third_party_id)]
    third_party_user_id: Text256
    email: EmailBody


class VerifiableSignInUpBody(SignInUpBody):
    """Who signs in."""

    email: VerifiableEmailBody


class UserQuery(Parameters):
    """A user by id, or by their account at a third party."""

    user_id: Text | None = None
    third_party_id: Text | None = None
    third_party_user_id: Text | None = None


class EmailQuery(Parameters):
    """Users by address."""

    email: AnyEmail


@router.on("POST", "/recipe/signinup", Scope.TENANT)
def sign_in_up(call: Call) -> Json:
    """Sign in or up with an account at a third party."""
    if call.version.verifies_emails:
        body: SignInUpBody = call.body(VerifiableSignInUpBody)
    else:
        body = call.body(SignInUpBody)
    is_verified = isinstance(body.email, VerifiableEmailBody) and body.email.is_verified
    call.require_login(THIRD_PARTY)
    user, method, is_new = call.house.thirdparty.sign_in_up(
        call.tenant,
        ThirdPartyInfo(body.third_party_id, body.third_party_user_id),
        body.email.id,
        is_verified=is_verified,
    )
    return ok(createdNewUser=is_new, **signed_in_json(user, method, call.version))


@router.on("GET", "/recipe/user", Scope.MIXED)
def get_user(call: Call) -> Json:
    """Return a user of the app by id, or of the tenant by their account at a third party."""
    query = call.query(UserQuery)
    third_party_id, third_party_user_id = query.third_party_id, query.third_party_user_id
    if query.user_id is not None:
        if third_party_id is not None or third_party_user_id is not None:
            raise RequestInvalid("Please provide only one of userId or (thirdPartyId & thirdPartyUserId)")
        call.require_public_tenant()
        user, method = call.house.thirdparty.get_by_id(call.tenant.app_id, query.user_id)
    elif third_party_id is not None and third_party_user_id is not None:
        info = ThirdPartyInfo(third_party_id, third_party_user_id)
        user, method = call.house.thirdparty.get_by_info(call.tenant, info)
    else:
        raise RequestInvalid("Please provide one of userId or (thirdPartyId & thirdPartyUserId)")
    return ok(user=signed_in_json(user, method, call.version)["user"])


@router.on("GET", "/recipe/users/by-email", Scope.TENANT)
def list_users(call: Call) -> Json:
    """List the users of a tenant with an address at a third party."""
    found = call.house.thirdparty.list_by_email(call.tenant, call.query(EmailQuery).email)
    return ok(users=[signed_in_json(user, method, call.version)["user"] for user, method in found])
