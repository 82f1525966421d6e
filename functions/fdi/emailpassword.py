"""Operations of the recipe emailpassword."""

from collections.abc import Callable, Mapping

from functions.fdi.calls import Call
from functions.fdi.form_fields import (
    EMAIL,
    FORGOTTEN_PASSWORD,
    NEW_PASSWORD,
    PASSWORD,
    SIGN_IN,
    SIGN_UP,
    Check,
    FieldError,
    read_form,
    read_token,
)
from functions.fdi.operations import Json, Router, ok
from gatehouse.addresses import lower_email
from gatehouse.errors import RequestInvalid
from gatehouse.models import Client
from gatehouse.models.authuser import EMAIL_PASSWORD
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import EmailAlreadyExists
from gatehouse.services.auth_checks import REFUSALS, LetIn, refusal
from gatehouse.services.emailpassword_signin import Visitor
from gatehouse.web.frontend_wire import signed_in_json

_IN_OR_UP = "Cannot sign in / up due to security reasons. Please contact support. (ERR_CODE_{})"
_LINKING_FAILED = (
    "EMAIL_VERIFICATION_REQUIRED",
    "RECIPE_USER_ID_ALREADY_LINKED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR",
    "ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR",
    "SESSION_USER_ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR",
)
IN_REASONS = {
    "SIGN_IN_NOT_ALLOWED": "Cannot sign in due to security reasons. Please try resetting your password, use a "
    "different login method or contact support. (ERR_CODE_008)",
    **{reason: _IN_OR_UP.format(f"{code:03}") for code, reason in enumerate(_LINKING_FAILED, 9)},
}
UP_REASONS = {
    "SIGN_UP_NOT_ALLOWED": "Cannot sign up due to security reasons. Please try logging in, use a different login "
    "method or contact support. (ERR_CODE_007)",
    **{reason: _IN_OR_UP.format(f"{code:03}") for code, reason in enumerate(_LINKING_FAILED, 13)},
}
"""What frontends show where somebody may not come in; support knows the codes."""

router = Router(EMAIL_PASSWORD)


@router.on("POST", "/signup")
def sign_up(call: Call) -> Json:
    """Make an account and sign in."""
    try:
        return _let_in(call, SIGN_UP, call.house.password_signin.sign_up)
    except EmailAlreadyExists:
        raise FieldError((EMAIL, "This email already exists. Please sign in instead.")) from None
    except REFUSALS as error:
        raise refusal(error, UP_REASONS, "SIGN_UP_NOT_ALLOWED") from None


@router.on("POST", "/signin")
def sign_in(call: Call) -> Json:
    """Sign in with an address and a password."""
    try:
        return _let_in(call, SIGN_IN, call.house.password_signin.sign_in)
    except REFUSALS as error:
        raise refusal(error, IN_REASONS, "SIGN_IN_NOT_ALLOWED") from None


@router.on("GET", "/emailpassword/email/exists")
@router.on("GET", "/signup/email/exists")
def email_exists(call: Call) -> Json:
    """Say whether somebody signs in with an address and a password."""
    email = call.query_text("email")
    if email is None:
        raise RequestInvalid("Please provide the email as a GET param")
    return ok(exists=call.house.emailpassword.exists(call.tenant, lower_email(email)))


@router.on("POST", "/user/password/reset/token")
def send_link(call: Call) -> Json:
    """Send the link that sets a forgotten password; the answer does not tell whether the address is known."""
    form = read_form(call, FORGOTTEN_PASSWORD)
    call.house.forgotten_passwords.send_link(call.tenant, form[EMAIL], Client(call.client_address))
    return ok()


@router.on("POST", "/user/password/reset")
def reset(call: Call) -> Json:
    """Spend the token of a link and set a password."""
    form = read_form(call, NEW_PASSWORD)
    token = read_token(call, "password reset token")
    call.house.forgotten_passwords.reset(call.tenant, token, form[PASSWORD])
    return ok()


def _let_in(call: Call, form: Mapping[str, Check], enter: Callable[[Tenant, Visitor], LetIn]) -> Json:
    """Let in whoever fills in a form; who has a session already comes to its tenant."""
    session = call.session_for_linking()
    tenant = call.house.tenancy.sibling(call.tenant, session.tenant_id) if session else call.tenant
    values = read_form(call, form)
    visitor = Visitor(values[EMAIL], values[PASSWORD], session, call.links_session, call.has_anti_csrf)
    entered = enter(tenant, visitor)
    call.attach(entered.session)
    user = signed_in_json(entered.person, entered.method, call.version, is_new=False, tells_new=False)
    return ok(**user)
