"""Operations of the recipe totp."""

from functions.fdi.calls import Call
from functions.fdi.operations import Json, Router, ok
from gatehouse.errors import RequestInvalid
from gatehouse.models.session import FrontendSession
from gatehouse.recipe_errors import LimitReached

router = Router("totp")

LONGEST_NAME = 256


@router.on("POST", "/totp/device")
def create_device(call: Call) -> Json:
    """Make a device; its secret is shown only here, also as the text of a QR code."""
    session = _session(call)
    is_named = call.fields.get("deviceName") is not None
    name = _name(call, "deviceName must be a string") if is_named else None
    session, device, qr_code = call.house.frontend_totp.create_device(call.tenant, session, name)
    call.attach(session)
    return ok(deviceName=device.name, secret=device.secret, qrCodeString=qr_code)


@router.on("GET", "/totp/device/list")
def list_devices(call: Call) -> Json:
    """List the devices, without their secrets."""
    devices = [
        {"name": device.name, "period": device.period_s, "skew": device.skew, "verified": device.is_verified}
        for device in call.house.frontend_totp.list_devices(call.tenant, _session(call))
    ]
    return ok(devices=devices)


@router.on("POST", "/totp/device/remove")
def remove_device(call: Call) -> Json:
    """Delete a device; a verified one only for a session with all factors."""
    session = _session(call)
    name = _name(call, "deviceName is required and must be a non-empty string")
    session, did_exist = call.house.frontend_totp.remove_device(call.tenant, session, name)
    call.attach(session)
    return ok(didDeviceExist=did_exist)


@router.on("POST", "/totp/device/verify")
def verify_device(call: Call) -> Json:
    """Verify a device by one of its codes, and note in the session that the factor was used."""
    session = _session(call)
    name = _name(call, "deviceName is required and must be a string")
    code = _code(call)
    try:
        session, was_verified = call.house.frontend_totp.verify_device(call.tenant, session, name, code)
    except LimitReached as error:
        raise _told(error) from None
    call.attach(session)
    return ok(wasAlreadyVerified=was_verified)


@router.on("POST", "/totp/verify")
def verify(call: Call) -> Json:
    """Use a code of any verified device, and note in the session that the factor was used."""
    session, code = _session(call), _code(call)
    try:
        call.attach(call.house.frontend_totp.verify(call.tenant, session, code))
    except LimitReached as error:
        raise _told(error) from None
    return ok()


def _session(call: Call) -> FrontendSession:
    """Return the session of somebody who may not have used all factors yet."""
    call.house.multifactorauth.require_on()
    return call.session(checks_claims=False)


def _name(call: Call, refusal: str) -> str:
    if not isinstance(call.fields.get("deviceName"), str):
        raise RequestInvalid(refusal)
    name = call.text("deviceName")
    if not name:
        raise RequestInvalid("deviceName cannot be empty")
    if len(name) > LONGEST_NAME:
        raise RequestInvalid(f"deviceName must not be longer than {LONGEST_NAME} letters")
    return name


def _code(call: Call) -> str:
    if not isinstance(call.fields.get("totp"), str):
        raise RequestInvalid("totp is required and must be a string")
    return call.text("totp") or ""


def _told(error: LimitReached) -> LimitReached:
    """Return what a frontend is told when it must wait."""
    return LimitReached(retryAfterMs=error.fields["retryAfterMs"])
