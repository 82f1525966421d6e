"""Operations of the recipe passwordless."""

from functions.cdi.calls import Call
from functions.cdi.inputs import (
    AnyEmail,
    AnyPhoneNumber,
    Body,
    Email,
    Maybe,
    Parameters,
    PhoneNumber,
    Text,
)
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.errors import RequestInvalid
from gatehouse.models.authuser import PASSWORDLESS
from gatehouse.services.passwordless import Attempt, LinkAttempt, TypedAttempt
from gatehouse.services.passwordless_codes import DeviceWithCodes
from gatehouse.store.passwordless import Device
from gatehouse.web.wire import signed_in_json

router = Router(PASSWORDLESS)


class NewCodeBody(Body):
    """What a code is for: an address, a number, or a device that has one already."""

    email: Maybe[Email] = None
    phone_number: Maybe[PhoneNumber] = None
    device_id: Maybe[Text] = None
    user_input_code: Maybe[Text] = None


class AttemptBody(Body):
    """A link that somebody opens, or a code that they type."""

    pre_auth_session_id: Text
    link_code: Maybe[Text] = None
    device_id: Maybe[Text] = None
    user_input_code: Maybe[Text] = None


class CodeId(Body):
    """A code (CDI before 5.0)."""

    code_id: Text


class CodeOrDevice(Body):
    """A code, or a device with all its codes."""

    code_id: Maybe[Text] = None
    pre_auth_session_id: Maybe[Text] = None


class Contact(Body):
    """What codes were sent to."""

    email: Maybe[AnyEmail] = None
    phone_number: Maybe[AnyPhoneNumber] = None


class CodesQuery(Parameters):
    """Whose codes."""

    email: AnyEmail | None = None
    phone_number: AnyPhoneNumber | None = None
    device_id: Text | None = None
    pre_auth_session_id: Text | None = None


class UserQuery(Parameters):
    """A user by id, address or number."""

    user_id: Text | None = None
    email: AnyEmail | None = None
    phone_number: AnyPhoneNumber | None = None


class Change(Body):
    """What a login method gets; null takes it away."""

    email: Email | None = None
    phone_number: PhoneNumber | None = None


@router.on("POST", "/recipe/signinup/code", Scope.TENANT)
def create_code(call: Call) -> Json:
    """Make a code."""
    body = call.body(NewCodeBody)
    if _count(body.email, body.phone_number, body.device_id) != 1:
        raise RequestInvalid("Please provide exactly one of email, phoneNumber or deviceId")
    if body.user_input_code == "":
        raise RequestInvalid("userInputCode cannot be an empty string.")
    call.require_login(PASSWORDLESS)
    codes = call.house.passwordless_codes
    if body.device_id is not None:
        created = codes.create_code_for_device(call.tenant, body.device_id, body.user_input_code)
    else:
        created = codes.create_code(
            call.tenant,
            email=body.email,
            phone_number=body.phone_number,
            user_input_code=body.user_input_code,
        )
    return ok(
        preAuthSessionId=created.code.device_id_hash,
        codeId=created.code_id,
        deviceId=created.code.device_id,
        userInputCode=created.code.user_input_code,
        linkCode=created.code.link_code,
        timeCreated=created.created_at_ms,
        codeLifetime=call.tenant.config.passwordless_code_lifetime,
    )


@router.on("POST", "/recipe/signinup/code/check", Scope.TENANT)
def check_code(call: Call) -> Json:
    """Say whether a code is right; it stays usable."""
    attempt = _attempt(call.body(AttemptBody))
    call.require_login(PASSWORDLESS)
    return ok(consumedDevice=_device_json(call.house.passwordless.check_code(call.tenant, attempt)))


@router.on("POST", "/recipe/signinup/code/consume", Scope.TENANT)
def consume_code(call: Call) -> Json:
    """Sign in or up with a code."""
    attempt = _attempt(call.body(AttemptBody))
    call.require_login(PASSWORDLESS)
    consumed = call.house.passwordless.consume_code(
        call.tenant, attempt, is_verifying=call.version.verifies_emails
    )
    return ok(
        createdNewUser=consumed.is_new,
        **signed_in_json(consumed.person, consumed.method, call.version),
        consumedDevice=_device_json(consumed.device) if call.version.counts_attempts else None,
    )


@router.on("POST", "/recipe/signinup/code/remove", Scope.TENANT)
def remove_code(call: Call) -> Json:
    """Take a code back, or all those of a device."""
    codes = call.house.passwordless_codes
    if not call.version.counts_attempts:
        codes.remove_code(call.tenant, call.body(CodeId).code_id)
        return ok()
    body = call.body(CodeOrDevice)
    if body.code_id is not None and body.pre_auth_session_id is not None:
        raise RequestInvalid("Please provide only one of 'codeId' or 'preAuthSessionId'")
    if body.code_id is not None:
        codes.remove_code(call.tenant, body.code_id)
    elif body.pre_auth_session_id is not None:
        codes.remove_device(call.tenant, body.pre_auth_session_id)
    else:
        raise RequestInvalid("Please provide either 'codeId' or 'preAuthSessionId'")
    return ok()


@router.on("POST", "/recipe/signinup/codes/remove", Scope.TENANT)
def remove_codes(call: Call) -> Json:
    """Take back all codes that were sent to an address or a number."""
    body, codes = call.body(Contact), call.house.passwordless_codes
    if body.email is not None and body.phone_number is None:
        codes.remove_codes(call.tenant, "email", body.email)
    elif body.phone_number is not None and body.email is None:
        codes.remove_codes(call.tenant, "phone_number", body.phone_number)
    else:
        raise RequestInvalid("Please provide exactly one of email or phoneNumber")
    return ok()


@router.on("GET", "/recipe/signinup/codes", Scope.TENANT)
def list_codes(call: Call) -> Json:
    """List devices with their codes."""
    query, codes = call.query(CodesQuery), call.house.passwordless_codes
    given = (query.email, query.phone_number, query.device_id, query.pre_auth_session_id)
    if _count(*given) != 1:
        raise RequestInvalid("Please provide exactly one of email, phoneNumber, deviceId or preAuthSessionId")
    if query.device_id is not None:
        found = codes.list_by_device_id(call.tenant, query.device_id)
    elif query.pre_auth_session_id is not None:
        found = codes.list_by_pre_auth_session_id(call.tenant, query.pre_auth_session_id)
    elif query.email is not None:
        found = codes.list_by_email(call.tenant, query.email)
    else:
        found = codes.list_by_phone_number(call.tenant, query.phone_number or "")
    lifetime_ms = call.tenant.config.passwordless_code_lifetime
    return ok(devices=[_device_with_codes_json(device, lifetime_ms) for device in found])


@router.on("GET", "/recipe/user", Scope.MIXED)
def get_user(call: Call) -> Json:
    """Return a user of the app by id, or of the tenant by address or number."""
    query, users = call.query(UserQuery), call.house.passwordless_users
    if _count(query.user_id, query.email, query.phone_number) != 1:
        raise RequestInvalid("Please provide exactly one of userId, email or phoneNumber")
    if query.user_id is not None:
        call.require_public_tenant()
        user, method = users.get_by_id(call.tenant.app_id, query.user_id)
    elif query.email is not None:
        user, method = users.get_by_email(call.tenant, query.email)
    else:
        user, method = users.get_by_phone_number(call.tenant, query.phone_number or "")
    return ok(user=signed_in_json(user, method, call.version)["user"])


@router.on("PUT", "/recipe/user", Scope.APP)
def update_user(call: Call) -> Json:
    """Give a login method another address or number."""
    user_id, change = call.recipe_user_id(), call.body(Change)
    call.house.passwordless_users.update(
        call.tenant.app_id, user_id, change.model_dump(include=change.model_fields_set)
    )
    return ok()


def _attempt(body: AttemptBody) -> Attempt:
    device_id, typed = body.device_id, body.user_input_code
    if body.link_code is not None and device_id is None and typed is None:
        return LinkAttempt(body.pre_auth_session_id, body.link_code)
    if body.link_code is None and device_id is not None and typed is not None:
        return TypedAttempt(body.pre_auth_session_id, device_id, typed)
    raise RequestInvalid("Please provide exactly one of linkCode or deviceId+userInputCode")


def _count(*given: str | None) -> int:
    return sum(value is not None for value in given)


def _device_json(device: Device) -> Json:
    answer: Json = {
        "preAuthSessionId": device.device_id_hash,
        "failedCodeInputAttemptCount": device.failed_attempts,
    }
    if device.email is not None:
        answer["email"] = device.email
    if device.phone_number is not None:
        answer["phoneNumber"] = device.phone_number
    return answer


def _device_with_codes_json(found: DeviceWithCodes, lifetime_ms: int) -> Json:
    codes = [
        {"codeId": code.code_id, "timeCreated": code.created_at_ms, "codeLifetime": lifetime_ms}
        for code in found.codes
    ]
    return {**_device_json(found.device), "codes": codes}
