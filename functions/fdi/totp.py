"""Operations of the recipe totp."""

import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

from functions.fdi.calls import Call
from functions.fdi.operations import Json, Router, ok
from gatehouse.errors import RequestInvalid
from gatehouse.models.authuser import AuthUser
from gatehouse.models.factors import TOTP
from gatehouse.models.session import FrontendSession
from gatehouse.recipe_errors import LimitReached
from gatehouse.services.claim_checks import MfaCompleted
from gatehouse.store.totp import Device

router = Router("totp")

PERIOD_S = 30
SKEW = 1
LONGEST_NAME = 256


@router.on("POST", "/totp/device")
def create_device(call: Call) -> Json:
    """Make a device; its secret is shown only here, also as the text of a QR code."""
    session = _session(call)
    is_named = call.fields.get("deviceName") is not None
    name = _name(call, "deviceName must be a string") if is_named else None
    permission = call.house.multifactorauth.require_may_set_up(call.tenant, session, None, TOTP)
    call.attach(permission.session)
    device = call.house.totp.create_device(
        call.tenant.app_id, session.user_id, name, period_s=PERIOD_S, skew=SKEW
    )
    qr_code = _qr_code(call.house.settings.app_name, permission.person, device)
    return ok(deviceName=device.name, secret=device.secret, qrCodeString=qr_code)


@router.on("GET", "/totp/device/list")
def list_devices(call: Call) -> Json:
    """List the devices of the session's user, without their secrets."""
    session = _session(call)
    devices = call.house.totp.list_devices(call.tenant.app_id, session.user_id)
    return ok(
        devices=[
            {
                "name": device.name,
                "period": device.period_s,
                "skew": device.skew,
                "verified": device.is_verified,
            }
            for device in devices
        ]
    )


@router.on("POST", "/totp/device/remove")
def remove_device(call: Call) -> Json:
    """Delete a device; whoever has a verified one needs a session with all its factors for that."""
    session = _session(call)
    name = _name(call, "deviceName is required and must be a non-empty string")
    app_id, user_id = call.tenant.app_id, session.user_id
    devices = call.house.totp.list_devices(app_id, user_id)
    is_any_verified = any(device.is_verified for device in devices)
    needs_factors = is_any_verified and not _is_of_unverified_alone(name, devices)
    if needs_factors:
        sessions = call.house.frontend_sessions
        call.attach(sessions.require(call.tenant, session, [MfaCompleted()]))
    did_exist = call.house.totp.remove_device(app_id, user_id, name, keeps_verified=not needs_factors)
    return ok(didDeviceExist=did_exist)


@router.on("POST", "/totp/device/verify")
def verify_device(call: Call) -> Json:
    """Verify a device by one of its codes, and note in the session that the factor was used."""
    session = _session(call)
    name = _name(call, "deviceName is required and must be a string")
    code = _code(call)
    house = call.house
    session = house.multifactorauth.require_may_set_up(call.tenant, session, None, TOTP).session
    call.attach(session)
    tenant = house.multifactorauth.tenant_of(call.tenant, session)
    try:
        was_verified = house.totp.verify_device(tenant, session.user_id, name, code)
    except LimitReached as error:
        raise _told(error) from None
    if not was_verified:  # otherwise no code was asked for, and the session has proved nothing
        call.attach(house.multifactorauth.complete_factor(call.tenant, session, TOTP))
    return ok(wasAlreadyVerified=was_verified)


@router.on("POST", "/totp/verify")
def verify(call: Call) -> Json:
    """Use a code of any verified device, and note in the session that the factor was used."""
    session, code = _session(call), _code(call)
    house = call.house
    tenant = house.multifactorauth.tenant_of(call.tenant, session)
    try:
        house.totp.verify(tenant, session.user_id, code)
    except LimitReached as error:
        raise _told(error) from None
    call.attach(house.multifactorauth.complete_factor(call.tenant, session, TOTP))
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


def _is_of_unverified_alone(name: str, devices: Iterable[Device]) -> bool:
    """Say whether a name is that of an unverified device, and of no verified one however it is compared."""
    verified = {_folded(device.name) for device in devices if device.is_verified}
    return _folded(name) not in verified and any(device.name == name for device in devices)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).lower()


def _qr_code(issuer: str, person: AuthUser, device: Device) -> str:
    """Return the address that authenticator apps read from a QR code."""
    of_person = next(
        (method for method in person.login_methods if method.recipe_user_id == person.user_id), None
    )
    own = (of_person.email, of_person.phone_number) if of_person else ()
    known = (*own, *person.emails, *person.phone_numbers)
    label = ":".join([quote(issuer), *(quote(name) for name in [name for name in known if name][:1])])
    return f"otpauth://totp/{label}?secret={device.secret}&issuer={quote(issuer)}&digits=6&period={device.period_s}"


def _told(error: LimitReached) -> LimitReached:
    """Return what a frontend is told when it must wait."""
    return LimitReached(retryAfterMs=error.fields["retryAfterMs"])
