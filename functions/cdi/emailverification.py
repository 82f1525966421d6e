"""Operations of the recipe emailverification."""

from functions.cdi.calls import Call
from functions.cdi.inputs import AnyEmail, Body, Email, Id, Parameters, Text
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.errors import RequestInvalid

router = Router("emailverification")


class Address(Body):
    """A user, by the id that the caller knows, and an address that may be theirs."""

    user_id: Id
    email: Email


class KnownAddress(Body):
    """The same, which need not be stored."""

    user_id: Text
    email: AnyEmail


class AddressQuery(Parameters):
    """The same as it was stored."""

    user_id: Text
    email: Text


class Proof(Body):
    """What was sent to an address."""

    method: Text
    token: Text


@router.on("POST", "/recipe/user/email/verify/token", Scope.TENANT)
def create_token(call: Call) -> Json:
    """Make a token to send to an address."""
    body = call.body(Address)
    return ok(token=call.house.emailverification.create_token(call.tenant, body.user_id, body.email))


@router.on("POST", "/recipe/user/email/verify", Scope.TENANT)
def verify(call: Call) -> Json:
    """Spend a token: its user has proved its address."""
    body = call.body(Proof)
    if body.method != "token":
        raise RequestInvalid("Unsupported method for email verification")
    proved = call.house.emailverification.verify(call.tenant, body.token)
    return ok(userId=proved.user_id, email=proved.email)


@router.on("GET", "/recipe/user/email/verify", Scope.APP)
def is_verified(call: Call) -> Json:
    """Say whether a user has proved an address."""
    query = call.query(AddressQuery)
    found = call.house.emailverification.is_verified(call.tenant.app_id, query.user_id, query.email)
    return ok(isVerified=found)


@router.on("POST", "/recipe/user/email/verify/remove", Scope.APP)
def unverify(call: Call) -> Json:
    """Forget that a user has proved an address."""
    body = call.body(KnownAddress)
    call.house.emailverification.unverify(call.tenant.app_id, body.user_id, body.email)
    return ok()


@router.on("POST", "/recipe/user/email/verify/token/remove", Scope.TENANT)
def revoke_tokens(call: Call) -> Json:
    """Take back the tokens that were sent to a user's address."""
    body = call.body(KnownAddress)
    call.house.emailverification.revoke_tokens(call.tenant, body.user_id, body.email)
    return ok()
