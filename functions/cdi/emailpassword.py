"""Operations of the recipe emailpassword."""

from typing import Annotated, cast

from pydantic import AfterValidator

from functions.cdi.calls import Call
from functions.cdi.inputs import AnyEmail, Body, Email, Maybe, Parameters, Text, Text256
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.addresses import JAVA_BLANKS
from gatehouse.crypto.password import HashFormat
from gatehouse.errors import RequestInvalid
from gatehouse.models.authuser import EMAIL_PASSWORD
from gatehouse.web.wire import signed_in_json

router = Router(EMAIL_PASSWORD)

LONGEST_HASH = 256


def _hash(text: str) -> str:
    hashed = text.strip(JAVA_BLANKS)
    if not hashed:
        raise ValueError("Password hash cannot be an empty string")
    if len(hashed) > LONGEST_HASH:
        raise ValueError(f"Field name '{{}}' must not be longer than {LONGEST_HASH} characters")
    return hashed


def _algorithm(text: str) -> str:
    name = text.strip(JAVA_BLANKS).upper()
    if not name:
        raise ValueError("Hashing Algorithm cannot be an empty string")
    if name not in {"ARGON2", "BCRYPT", "FIREBASE_SCRYPT"}:
        raise ValueError("Unsupported password hashing algorithm")
    return name


class NewUser(Body):
    """Who signs up."""

    email: Email
    password: Text


class Credentials(Body):
    """What somebody signs in with."""

    email: AnyEmail
    password: Text


class ImportedUser(Body):
    """Somebody whose password another system has hashed."""

    email: Email
    password_hash: Annotated[Text, AfterValidator(_hash)]
    hashing_algorithm: Maybe[Annotated[Text, AfterValidator(_algorithm)]] = None


class UserQuery(Parameters):
    """A user by id or by address."""

    user_id: Text | None = None
    email: AnyEmail | None = None


class Change(Body):
    """What a login method gets."""

    email: Maybe[Email] = None
    password: Maybe[Text] = None


class ForgottenPassword(Body):
    """Who forgot their password, and the address that a token is sent to."""

    user_id: Text
    email: Text256


class ForgottenPasswordOfUser(Body):
    """Who forgot their password (CDI before 4.0)."""

    user_id: Text


class TokenBody(Body):
    """What was sent."""

    token: Text


class NewPasswordBody(Body):
    """What was sent, and the password that takes the place of the forgotten one."""

    method: Text
    token: Text
    new_password: Text


@router.on("POST", "/recipe/signup", Scope.TENANT)
def sign_up(call: Call) -> Json:
    """Make a user."""
    body = call.body(NewUser)
    _require_password(body.password)
    call.require_login(EMAIL_PASSWORD)
    user, method = call.house.emailpassword.sign_up(call.tenant, body.email, body.password)
    return ok(**signed_in_json(user, method, call.version))


@router.on("POST", "/recipe/signin", Scope.TENANT)
def sign_in(call: Call) -> Json:
    """Say who has an address and a password."""
    body = call.body(Credentials)
    call.require_login(EMAIL_PASSWORD)
    user, method = call.house.emailpassword.sign_in(call.tenant, body.email, body.password)
    return ok(**signed_in_json(user, method, call.version))


@router.on("POST", "/recipe/user/passwordhash/import", Scope.TENANT)
def import_user(call: Call) -> Json:
    """Make a user with a password hash of another system, or give an existing one that hash."""
    body = call.body(ImportedUser)
    call.require_login(EMAIL_PASSWORD)
    algorithm = cast("HashFormat | None", body.hashing_algorithm)
    user, method, did_exist = call.house.emailpassword.import_user(
        call.tenant, body.email, body.password_hash, algorithm
    )
    return ok(user=signed_in_json(user, method, call.version)["user"], didUserAlreadyExist=did_exist)


@router.on("GET", "/recipe/user", Scope.MIXED)
def get_user(call: Call) -> Json:
    """Return a user of the app by id, or of the tenant by address."""
    query = call.query(UserQuery)
    if query.user_id is not None and query.email is not None:
        raise RequestInvalid("Please provide only one of userId or email")
    if query.user_id is not None:
        call.require_public_tenant()
        user, method = call.house.emailpassword.get_by_id(call.tenant.app_id, query.user_id)
    elif query.email is not None:
        user, method = call.house.emailpassword.get_by_email(call.tenant, query.email)
    else:
        raise RequestInvalid("Please provide one of userId or email")
    return ok(user=signed_in_json(user, method, call.version)["user"])


@router.on("PUT", "/recipe/user", Scope.APP)
def update_user(call: Call) -> Json:
    """Give a login method another address or another password."""
    user_id, change = call.recipe_user_id(), call.body(Change)
    if change.email is None and change.password is None:
        raise RequestInvalid("You have to provide either email or password.")
    call.house.emailpassword.update(call.tenant, user_id, email=change.email, password=change.password)
    return ok()


@router.on("POST", "/recipe/user/password/reset/token", Scope.TENANT)
def create_reset_token(call: Call) -> Json:
    """Make a token to send to somebody who forgot their password."""
    resets = call.house.password_reset
    if call.version.has_linked_accounts:
        body = call.body(ForgottenPassword)
        call.require_login(EMAIL_PASSWORD)
        return ok(token=resets.create_token(call.tenant, body.user_id, body.email))
    user_id = call.body(ForgottenPasswordOfUser).user_id
    call.require_login(EMAIL_PASSWORD)
    return ok(token=resets.create_token_of_single_login(call.tenant, user_id))


@router.on("POST", "/recipe/user/password/reset/token/consume", Scope.TENANT)
def consume_reset_token(call: Call) -> Json:
    """Spend a token: its user may set another password."""
    reset = call.house.password_reset.consume_token(call.tenant, call.body(TokenBody).token)
    return ok(userId=reset.user_id, email=reset.email)


@router.on("POST", "/recipe/user/password/reset", Scope.TENANT)
def reset_password(call: Call) -> Json:
    """Spend a token and set the password, in one, as SDKs did before CDI 4.0."""
    body = call.body(NewPasswordBody)
    if body.method != "token":
        raise RequestInvalid("Unsupported method for password reset")
    _require_password(body.new_password)
    return ok(userId=call.house.password_reset.reset(call.tenant, body.token, body.new_password))


def _require_password(text: str) -> None:
    if not text:
        raise RequestInvalid("Password cannot be an empty string")
