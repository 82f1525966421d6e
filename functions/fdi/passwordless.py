"""Operations of the recipe passwordless."""

from typing import Any

from functions.fdi.calls import Call
from functions.fdi.form_fields import letter_fault
from functions.fdi.operations import Json, Router, ok
from gatehouse.addresses import lower_email
from gatehouse.errors import RequestInvalid
from gatehouse.frontend_errors import GeneralError
from gatehouse.models import Client
from gatehouse.models.authuser import PASSWORDLESS
from gatehouse.models.tenancy import Tenant
from gatehouse.phone_numbers import normalise_phone_number, valid_phone_number
from gatehouse.recipe_errors import UnknownEmail, UnknownPhoneNumber
from gatehouse.services.auth_checks import REFUSALS, refusal
from gatehouse.services.code_delivery import Contact
from gatehouse.services.passwordless import Attempt, LinkAttempt, TypedAttempt
from gatehouse.services.passwordless_visitors import Visitor
from gatehouse.web.frontend_wire import signed_in_json

_ANOTHER_METHOD = (
    "Cannot sign in / up due to security reasons. Please try a different login method or contact support. "
    "(ERR_CODE_{})"
)
_SUPPORT = "Cannot sign in / up due to security reasons. Please contact support. (ERR_CODE_{})"
REASONS = {
    "SIGN_UP_NOT_ALLOWED": _ANOTHER_METHOD.format("002"),
    "SIGN_IN_NOT_ALLOWED": _ANOTHER_METHOD.format("003"),
    "RECIPE_USER_ID_ALREADY_LINKED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR": _SUPPORT.format("017"),
    "ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR": _SUPPORT.format("018"),
    "SESSION_USER_ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR": _SUPPORT.format("019"),
}
"""What frontends show where somebody may not come in; support knows the codes."""

_ONE_CONTACT = "Please provide exactly one of email or phoneNumber"
_ONE_PROOF = "Please provide one of (linkCode) or (deviceId+userInputCode) and not both"

router = Router(PASSWORDLESS)


@router.on("POST", "/signinup/code")
def create_code(call: Call) -> Json:
    """Send a code; the answer does not tell whether there is an account."""
    given = _read_contact(call)
    tenant, visitor = _visit(call)
    try:
        sent = call.house.passwordless_sending.create_code(
            tenant, _checked(given), visitor, Client(call.client_address)
        )
    except REFUSALS as error:
        raise refusal(error, REASONS, "SIGN_IN_UP_NOT_ALLOWED") from None
    return ok(deviceId=sent.code.device_id, preAuthSessionId=sent.code.device_id_hash, flowType=sent.flow)


@router.on("POST", "/signinup/code/resend")
def resend_code(call: Call) -> Json:
    """Send another code to the same address."""
    _required(call, "preAuthSessionId")
    device_id = _required(call, "deviceId")
    tenant, visitor = _visit(call)
    call.house.passwordless_sending.resend_code(tenant, device_id, visitor, Client(call.client_address))
    return ok()


@router.on("POST", "/signinup/code/consume")
def consume_code(call: Call) -> Json:
    """Sign in or up with a code."""
    attempt = _read_attempt(call)
    tenant, visitor = _visit(call)
    try:
        entered = call.house.passwordless_signin.consume_code(
            tenant, attempt, visitor, has_anti_csrf=call.has_anti_csrf
        )
    except REFUSALS as error:
        raise refusal(error, REASONS, "SIGN_IN_UP_NOT_ALLOWED") from None
    call.attach(entered.session)
    return ok(**signed_in_json(entered.person, entered.method, call.version, is_new=entered.is_new))


@router.on("GET", "/passwordless/email/exists")
@router.on("GET", "/signup/email/exists")
def email_exists(call: Call) -> Json:
    """Say whether somebody signs in with codes sent to an address."""
    email = call.query_text("email")
    if email is None:
        raise RequestInvalid("Please provide the email as a GET param")
    try:
        call.house.passwordless_users.get_by_email(call.tenant, lower_email(email))
    except UnknownEmail:
        return ok(exists=False)
    return ok(exists=True)


@router.on("GET", "/passwordless/phonenumber/exists")
@router.on("GET", "/signup/phonenumber/exists")
def phone_number_exists(call: Call) -> Json:
    """Say whether somebody signs in with codes sent to a number."""
    number = call.query_text("phoneNumber")
    if number is None:
        raise RequestInvalid("Please provide the phoneNumber as a GET param")
    try:
        call.house.passwordless_users.get_by_phone_number(call.tenant, normalise_phone_number(number))
    except UnknownPhoneNumber:
        return ok(exists=False)
    return ok(exists=True)


def _visit(call: Call) -> tuple[Tenant, Visitor]:
    """Return for which tenant somebody comes: who has a session already comes to its own."""
    session = call.session_for_linking()
    tenant = call.house.tenancy.sibling(call.tenant, session.tenant_id) if session else call.tenant
    return tenant, Visitor(session, call.links_session)


def _read_contact(call: Call) -> Contact:
    """Return where a code shall go, as it was typed; raises RequestInvalid."""
    if ("email" in call.fields) == ("phoneNumber" in call.fields):
        raise RequestInvalid(_ONE_CONTACT)
    method = call.house.settings.frontend.passwordless_contact
    if method == "EMAIL" and "email" not in call.fields:
        raise RequestInvalid('Please provide an email since you have set the contactMethod to "EMAIL"')
    if method == "PHONE" and "phoneNumber" not in call.fields:
        raise RequestInvalid('Please provide a phoneNumber since you have set the contactMethod to "PHONE"')
    contact = Contact(call.text("email"), call.text("phoneNumber"))
    if contact.email is None and contact.phone_number is None:
        raise RequestInvalid(_ONE_CONTACT)
    return contact


def _checked(given: Contact) -> Contact:
    """Return an address or a number as it is stored; raises GeneralError."""
    if given.email is not None:
        email = given.email.strip()
        if letter_fault(email):
            raise GeneralError("Email is invalid")
        return Contact(email=lower_email(email))
    number = valid_phone_number(given.phone_number or "")
    if number is None:
        raise GeneralError("Phone number is invalid")
    return Contact(phone_number=number)


def _read_attempt(call: Call) -> Attempt:
    session_id = _required(call, "preAuthSessionId")
    fields: Any = call.fields
    if "deviceId" in fields or "userInputCode" in fields:
        if "linkCode" in fields:
            raise RequestInvalid(_ONE_PROOF)
        device_id, code = call.text("deviceId"), call.text("userInputCode")
        if device_id is None or code is None:
            raise RequestInvalid("Please provide both deviceId and userInputCode")
        return TypedAttempt(session_id, device_id, code)
    link_code = call.text("linkCode")
    if link_code is None:
        raise RequestInvalid(_ONE_PROOF)
    return LinkAttempt(session_id, link_code)


def _required(call: Call, name: str) -> str:
    value = call.text(name)
    if value is None:
        raise RequestInvalid(f"Please provide {name}")
    return value
