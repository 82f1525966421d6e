"""Operations of the recipe totp."""

from collections.abc import Callable
from typing import TypeVar

from functions.cdi.calls import Call
from functions.cdi.inputs import Body, Id, Int32, Maybe, Parameters, Text, Text256, UserIds
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.crypto.totp_code import MAX_SKEW, decode_secret
from gatehouse.errors import RequestInvalid
from gatehouse.recipe_errors import TotpRefused
from gatehouse.web.wire import refused_totp_fields

router = Router("totp")

T = TypeVar("T")


class NewDevice(Body):
    """A device to be made; without a name it gets one."""

    user_id: Id
    device_name: Maybe[Text256] = None
    skew: Int32
    period: Int32


class ImportedDevice(NewDevice):
    """A device of another system, with its secret."""

    secret_key: Text256


class RenamedDevice(Body):
    """A device and its new name."""

    user_id: Id
    existing_device_name: Text256
    new_device_name: Text256


class DeviceOfUser(Body):
    """A device by its name."""

    user_id: Id
    device_name: Text256


class DeviceCode(DeviceOfUser):
    """A code that verifies a device."""

    totp: Text


class UserCode(Body):
    """A code of any verified device."""

    user_id: Id
    totp: Text


class UserIdQuery(Parameters):
    """Whose devices."""

    user_id: Id


class ManyUsers(Body):
    """Whose status."""

    user_ids: UserIds


@router.on("POST", "/recipe/totp/device", Scope.APP)
def create_device(call: Call) -> Json:
    """Make a device; its secret is shown only here."""
    body = call.body(NewDevice)
    _require_text(userId=body.user_id, deviceName=body.device_name)
    _check_steps(body)
    device = call.house.totp.create_device(
        call.tenant.app_id, body.user_id, body.device_name, period_s=body.period, skew=body.skew
    )
    return ok(deviceName=device.name, secret=device.secret)


@router.on("POST", "/recipe/totp/device/import", Scope.APP)
def import_device(call: Call) -> Json:
    """Store a device that is verified already."""
    body = call.body(ImportedDevice)
    _require_text(userId=body.user_id, deviceName=body.device_name, secretKey=body.secret_key)
    _check_steps(body)
    if not decode_secret(body.secret_key):
        raise RequestInvalid("secretKey must be Base32")
    device = call.house.totp.import_device(
        call.tenant.app_id,
        body.user_id,
        body.device_name,
        secret=body.secret_key,
        period_s=body.period,
        skew=body.skew,
    )
    return ok(deviceName=device.name)


@router.on("PUT", "/recipe/totp/device", Scope.APP)
def rename_device(call: Call) -> Json:
    """Give a device another name."""
    body = call.body(RenamedDevice)
    old, new = body.existing_device_name, body.new_device_name
    _require_text(userId=body.user_id, existingDeviceName=old, newDeviceName=new)
    call.house.totp.rename_device(call.tenant.app_id, body.user_id, old=old, new=new)
    return ok()


@router.on("GET", "/recipe/totp/device/list", Scope.APP)
def list_devices(call: Call) -> Json:
    """List a user's devices, without their secrets."""
    query = call.query(UserIdQuery)
    _require_text(userId=query.user_id)
    devices = call.house.totp.list_devices(call.tenant.app_id, query.user_id)
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


@router.on("POST", "/recipe/totp/device/status/bulk", Scope.APP)
def list_statuses(call: Call) -> Json:
    """Say of many users whether they have a verified device; null: no device at all (CDI 5.4)."""
    user_ids = call.body(ManyUsers).user_ids
    statuses = call.house.totp.list_statuses(call.tenant.app_id, user_ids) if user_ids else {}
    return ok(users=[{"userId": user_id, "hasVerifiedDevice": statuses.get(user_id)} for user_id in user_ids])


@router.on("POST", "/recipe/totp/device/remove", Scope.APP)
def remove_device(call: Call) -> Json:
    """Delete a device."""
    body = call.body(DeviceOfUser)
    _require_text(userId=body.user_id, deviceName=body.device_name)
    did_exist = call.house.totp.remove_device(call.tenant.app_id, body.user_id, body.device_name)
    return ok(didDeviceExist=did_exist)


@router.on("POST", "/recipe/totp/device/verify", Scope.TENANT)
def verify_device(call: Call) -> Json:
    """Verify a device by one of its codes."""
    body = call.body(DeviceCode)
    _require_text(userId=body.user_id, deviceName=body.device_name)
    was_verified = _told(
        call,
        lambda: call.house.totp.verify_device(call.tenant, body.user_id, body.device_name, body.totp),
    )
    return ok(wasAlreadyVerified=was_verified)


@router.on("POST", "/recipe/totp/verify", Scope.TENANT)
def verify(call: Call) -> Json:
    """Use a code."""
    body = call.body(UserCode)
    _require_text(userId=body.user_id)
    _told(call, lambda: call.house.totp.verify(call.tenant, body.user_id, body.totp))
    return ok()


def _require_text(**given: str | None) -> None:
    """Refuse empty texts, in the order given; None is an absent member."""
    for name, text in given.items():
        if text == "":
            raise RequestInvalid(f"{name} cannot be empty")


def _check_steps(device: NewDevice) -> None:
    if device.skew < 0:
        raise RequestInvalid("skew must be >= 0")
    if device.period <= 0:
        raise RequestInvalid("period must be > 0")
    if device.skew > MAX_SKEW:
        raise RequestInvalid(f"skew must be <= {MAX_SKEW}")


def _told(call: Call, act: Callable[[], T]) -> T:
    """Let a refusal say what callers of this version know."""
    try:
        return act()
    except TotpRefused as error:
        raise type(error)(**refused_totp_fields(error.fields, call.version)) from None
