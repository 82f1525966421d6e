"""Rows of the totp recipe: who has devices, the devices with their secrets, and the codes that were tried."""

from dataclasses import dataclass, field

from gatehouse.store.statement import Query, Row, Sql, Upsert

INSERT_USER = Upsert("totp_users", columns=("app_id", "user_id"), key=("app_id", "user_id"))

LOCK_USER = Sql("""
    SELECT user_id FROM {totp_users} WHERE app_id = :app_id AND user_id = :user_id {for_update}""")

DELETE_USER = Sql("DELETE FROM {totp_users} WHERE app_id = :app_id AND user_id = :user_id")

INSERT_DEVICE = Sql("""
    INSERT INTO {totp_user_devices}
      (app_id, user_id, device_name, secret_key, period, skew, verified, created_at)
    VALUES (:app_id, :user_id, :device_name, :secret_key, :period_s, :skew, :is_verified, :created_at)""")

SELECT_DEVICES = Sql("""
    SELECT user_id, device_name, secret_key, period, skew, verified FROM {totp_user_devices}
    WHERE app_id = :app_id AND user_id = :user_id
    ORDER BY device_name""")

SELECT_ANY_DEVICE = Sql("""
    SELECT device_name FROM {totp_user_devices} WHERE app_id = :app_id AND user_id = :user_id LIMIT 1""")

SELECT_STATUSES = Sql("""
    SELECT user_id, verified FROM {totp_user_devices} WHERE app_id = :app_id AND user_id IN (:user_ids)""")

UPDATE_DEVICE_NAME = Sql("""
    UPDATE {totp_user_devices} SET device_name = :new_name
    WHERE app_id = :app_id AND user_id = :user_id AND device_name = :device_name""")

UPDATE_DEVICE_VERIFIED = Sql("""
    UPDATE {totp_user_devices} SET verified = TRUE
    WHERE app_id = :app_id AND user_id = :user_id AND device_name = :device_name""")

DELETE_DEVICE = Sql("""
    DELETE FROM {totp_user_devices}
    WHERE app_id = :app_id AND user_id = :user_id AND device_name = :device_name""")

DELETE_UNVERIFIED_DEVICE = Sql("""
    DELETE FROM {totp_user_devices}
    WHERE app_id = :app_id AND user_id = :user_id AND device_name = :device_name AND verified = FALSE""")

INSERT_USED_CODE = Sql("""
    INSERT INTO {totp_used_codes}
      (app_id, tenant_id, user_id, code, is_valid, expiry_time_ms, created_time_ms)
    VALUES (:app_id, :tenant_id, :user_id, :code, :is_valid, :expiry_ms, :created_ms)""")

SELECT_LATEST_USED_CODES = Sql("""
    SELECT code, is_valid, expiry_time_ms, created_time_ms FROM {totp_used_codes}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND user_id = :user_id
    ORDER BY created_time_ms DESC
    LIMIT :limit""")

SELECT_USES = Sql("""
    SELECT code, is_valid, expiry_time_ms, created_time_ms FROM {totp_used_codes}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND user_id = :user_id AND code = :code""")

DELETE_USED_CODES = Sql("DELETE FROM {totp_used_codes} WHERE app_id = :app_id AND user_id = :user_id")


@dataclass(frozen=True, slots=True)
class Device:
    """An authenticator of a user; `period_s` is the length of a step."""

    user_id: str
    name: str
    secret: str = field(repr=False)
    period_s: int
    skew: int
    is_verified: bool

    @property
    def code_lifetime_ms(self) -> int:
        """How long one of its codes may be accepted, from the first moment to the last."""
        return self.period_s * (2 * self.skew + 1) * 1_000


@dataclass(frozen=True, slots=True)
class UsedCode:
    """A code that was tried, right or wrong."""

    code: str = field(repr=False)
    is_valid: bool
    expires_at_ms: int
    created_at_ms: int


def insert_user(app_id: str, user_id: str) -> Query[int]:
    """Note that a user has devices, unless that is noted."""
    return INSERT_USER.run(app_id=app_id, user_id=user_id)


def lock_user(app_id: str, user_id: str) -> Query[bool]:
    """Keep others from a user's devices and codes until the transaction ends; says whether there are any."""
    return LOCK_USER.finds(app_id=app_id, user_id=user_id)


def delete_user(app_id: str, user_id: str) -> list[Query[int]]:
    """Forget a user whose last device is gone, with the codes that they tried in any tenant."""
    values = {"app_id": app_id, "user_id": user_id}
    return [DELETE_USED_CODES.run(**values), DELETE_USER.run(**values)]


def insert_device(app_id: str, device: Device, *, now_ms: int) -> Query[int]:
    """Store a device; a taken name raises DuplicateRow."""
    return INSERT_DEVICE.run(
        app_id=app_id,
        user_id=device.user_id,
        device_name=device.name,
        secret_key=device.secret,
        period_s=device.period_s,
        skew=device.skew,
        is_verified=device.is_verified,
        created_at=now_ms,
    )


def list_devices(app_id: str, user_id: str) -> Query[list[Device]]:
    """List a user's devices by name; the database may have compared the id without case and accents."""
    return SELECT_DEVICES.all(_read_device, app_id=app_id, user_id=user_id)


def has_devices(app_id: str, user_id: str) -> Query[bool]:
    """Say whether a user has any device."""
    return SELECT_ANY_DEVICE.finds(app_id=app_id, user_id=user_id)


def list_statuses(app_id: str, user_ids: list[str]) -> Query[list[tuple[str, bool]]]:
    """List (user_id, is_verified) of all devices of some users."""
    return SELECT_STATUSES.all(lambda row: (row[0], bool(row[1])), app_id=app_id, user_ids=user_ids)


def update_device_name(app_id: str, user_id: str, *, old: str, new: str) -> Query[bool]:
    """Rename a device; a taken name raises DuplicateRow."""
    return UPDATE_DEVICE_NAME.happens(app_id=app_id, user_id=user_id, device_name=old, new_name=new)


def update_device_verified(app_id: str, user_id: str, name: str) -> Query[int]:
    """Note that a user has shown a right code of a device."""
    return UPDATE_DEVICE_VERIFIED.run(app_id=app_id, user_id=user_id, device_name=name)


def delete_device(app_id: str, user_id: str, name: str) -> Query[bool]:
    """Delete a device; says whether this call did it."""
    return DELETE_DEVICE.happens(app_id=app_id, user_id=user_id, device_name=name)


def delete_unverified_device(app_id: str, user_id: str, name: str) -> Query[bool]:
    """Delete a device that was never verified, so that another one can take its name."""
    return DELETE_UNVERIFIED_DEVICE.happens(app_id=app_id, user_id=user_id, device_name=name)


def insert_used_code(app_id: str, tenant_id: str, user_id: str, used: UsedCode) -> Query[int]:
    """Store a code that was tried; two of one millisecond raise DuplicateRow."""
    return INSERT_USED_CODE.run(
        app_id=app_id,
        tenant_id=tenant_id,
        user_id=user_id,
        code=used.code,
        is_valid=used.is_valid,
        expiry_ms=used.expires_at_ms,
        created_ms=used.created_at_ms,
    )


def list_latest_used_codes(app_id: str, tenant_id: str, user_id: str, *, limit: int) -> Query[list[UsedCode]]:
    """List what a user tried last in a tenant, newest first, expired or not."""
    return SELECT_LATEST_USED_CODES.all(
        _read_used_code, app_id=app_id, tenant_id=tenant_id, user_id=user_id, limit=limit
    )


def list_uses(app_id: str, tenant_id: str, user_id: str, code: str) -> Query[list[UsedCode]]:
    """List when a user tried a code in a tenant."""
    return SELECT_USES.all(_read_used_code, app_id=app_id, tenant_id=tenant_id, user_id=user_id, code=code)


def _read_device(row: Row) -> Device:
    user_id, name, secret, period_s, skew, is_verified = row
    return Device(user_id, name, secret, period_s, skew, bool(is_verified))


def _read_used_code(row: Row) -> UsedCode:
    code, is_valid, expires_at_ms, created_at_ms = row
    return UsedCode(code, bool(is_valid), expires_at_ms, created_at_ms)
