"""Rows of the passwordless recipe: devices, and the codes that wait for them.

A database that SuperTokens made may compare text without case and accents, so what decides who somebody is comes back
with the rows, for rules to compare (specs/databases.md 2.4). Its older cores stored the hash of a device with base64's
padding, so a device is looked for by both spellings of it (specs/supertokens.md 2.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gatehouse.store.statement import Query, Row, Sql

INSERT_DEVICE = Sql("""
    INSERT INTO {passwordless_devices}
      (app_id, tenant_id, device_id_hash, email, phone_number, link_code_salt, failed_attempts)
    VALUES (:app_id, :tenant_id, :device_id_hash, :email, :phone_number, :link_code_salt, 0)""")

INSERT_CODE = Sql("""
    INSERT INTO {passwordless_codes} (app_id, tenant_id, code_id, device_id_hash, link_code_hash, created_at)
    VALUES (:app_id, :tenant_id, :code_id, :device_id_hash, :link_code_hash, :created_at)""")

_DEVICE = "s.device_id_hash, s.email, s.phone_number, s.link_code_salt, s.failed_attempts"

LOCK_DEVICES = Sql(f"""
    SELECT {_DEVICE} FROM {{passwordless_devices}} s
    WHERE s.app_id = :app_id AND s.tenant_id = :tenant_id AND s.device_id_hash IN (:device_id_hashes)
    ORDER BY s.device_id_hash
    {{for_update}}""")

LOCK_SIBLINGS = {
    column: Sql(f"""
    SELECT {_DEVICE} FROM {{passwordless_devices}} s
    WHERE s.app_id = :app_id AND s.tenant_id = :tenant_id AND s.{column} = (
      SELECT MAX(d.{column}) FROM {{passwordless_devices}} d
      WHERE d.app_id = :app_id AND d.tenant_id = :tenant_id AND d.device_id_hash IN (:device_id_hashes))
    ORDER BY s.device_id_hash
    {{for_update}}""")
    for column in ("email", "phone_number")
}

LOCK_DEVICE_OF_CODE = Sql(f"""
    SELECT {_DEVICE} FROM {{passwordless_devices}} s
    WHERE s.app_id = :app_id AND s.tenant_id = :tenant_id AND s.device_id_hash = (
      SELECT c.device_id_hash FROM {{passwordless_codes}} c
      WHERE c.app_id = :app_id AND c.tenant_id = :tenant_id AND c.code_id = :code_id)
    {{for_update}}""")

LOCK_SIBLING_CODES = Sql("""
    SELECT s.code_id, s.device_id_hash, s.link_code_hash, s.created_at FROM {passwordless_codes} s
    WHERE s.app_id = :app_id AND s.tenant_id = :tenant_id AND s.device_id_hash = (
      SELECT c.device_id_hash FROM {passwordless_codes} c
      WHERE c.app_id = :app_id AND c.tenant_id = :tenant_id AND c.code_id = :code_id)
    {for_update}""")

LOCK_CODES_OF_DEVICE = Sql("""
    SELECT code_id, device_id_hash, link_code_hash, created_at FROM {passwordless_codes}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND device_id_hash IN (:device_id_hashes)
    ORDER BY code_id
    {for_update}""")

LOCK_CODE_BY_LINK = Sql("""
    SELECT code_id, device_id_hash, link_code_hash, created_at FROM {passwordless_codes}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND link_code_hash = :link_code_hash
    {for_update}""")

SELECT_DEVICES_WITH_CODES = {
    column: Sql(f"""
    SELECT {_DEVICE}, c.code_id, c.link_code_hash, c.created_at
    FROM {{passwordless_devices}} s
    LEFT JOIN {{passwordless_codes}} c
      ON c.app_id = s.app_id AND c.tenant_id = s.tenant_id AND c.device_id_hash = s.device_id_hash
    WHERE s.app_id = :app_id AND s.tenant_id = :tenant_id AND s.{column} IN (:names)
    ORDER BY c.created_at, c.code_id, s.device_id_hash""")
    for column in ("device_id_hash", "email", "phone_number")
}

UPDATE_FAILED_ATTEMPTS = Sql("""
    UPDATE {passwordless_devices} SET failed_attempts = failed_attempts + 1
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND device_id_hash = :device_id_hash""")

DELETE_CODE = Sql("""
    DELETE FROM {passwordless_codes}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND code_id = :code_id AND device_id_hash = :device_id_hash""")

DELETE_CODES_OF_DEVICES = Sql("""
    DELETE FROM {passwordless_codes}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND device_id_hash IN (:device_id_hashes)""")

DELETE_DEVICES = Sql("""
    DELETE FROM {passwordless_devices}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND device_id_hash IN (:device_id_hashes)""")


@dataclass(frozen=True, slots=True)
class Device:
    """What waits for a code that was sent to an e-mail address or a phone number."""

    device_id_hash: str
    email: str | None
    phone_number: str | None
    link_code_salt: str = field(repr=False)
    failed_attempts: int

    @property
    def pre_auth_session_id(self) -> str:
        """The hash, without padding."""
        return self.device_id_hash.rstrip("=")


@dataclass(frozen=True, slots=True)
class Code:
    """A code that somebody may still use; of the code itself there is only a hash."""

    code_id: str
    device_id_hash: str
    link_code_hash: str = field(repr=False)
    created_at_ms: int

    @property
    def pre_auth_session_id(self) -> str:
        """The hash of its device, without padding."""
        return self.device_id_hash.rstrip("=")


def spellings(device_id_hash: str) -> list[str]:
    """Return how a device's hash may be stored: without padding, and with it."""
    plain = device_id_hash.rstrip("=")
    return [plain, f"{plain}="]


def insert_device(
    app_id: str,
    tenant_id: str,
    *,
    device_id_hash: str,
    link_code_salt: str,
    email: str | None = None,
    phone_number: str | None = None,
) -> Query[int]:
    """Store a device that waits for its code."""
    return INSERT_DEVICE.run(
        app_id=app_id,
        tenant_id=tenant_id,
        device_id_hash=device_id_hash,
        email=email,
        phone_number=phone_number,
        link_code_salt=link_code_salt,
    )


def insert_code(
    app_id: str, tenant_id: str, *, code_id: str, device_id_hash: str, link_code_hash: str, created_at_ms: int
) -> Query[int]:
    """Store a code of a device; the code itself is never stored."""
    return INSERT_CODE.run(
        app_id=app_id,
        tenant_id=tenant_id,
        code_id=code_id,
        device_id_hash=device_id_hash,
        link_code_hash=link_code_hash,
        created_at=created_at_ms,
    )


def lock_devices(app_id: str, tenant_id: str, device_id_hashes: Sequence[str]) -> Query[list[Device]]:
    """Lock devices, so that no code is made or used for them meanwhile."""
    return LOCK_DEVICES.all(
        lambda row: Device(*row), app_id=app_id, tenant_id=tenant_id, device_id_hashes=device_id_hashes
    )


def lock_siblings(app_id: str, tenant_id: str, device_id_hash: str) -> list[Query[list[Device]]]:
    """Lock a device and all others that wait for a code sent to the same address, and to the same number.

    They are locked in one order, so that those who use codes of one address wait for each other and never deadlock.
    """
    return [
        statement.all(
            lambda row: Device(*row),
            app_id=app_id,
            tenant_id=tenant_id,
            device_id_hashes=spellings(device_id_hash),
        )
        for statement in LOCK_SIBLINGS.values()
    ]


def lock_device_of_code(app_id: str, tenant_id: str, code_id: str) -> Query[Device | None]:
    """Lock the device that a code is for."""
    return LOCK_DEVICE_OF_CODE.one(
        lambda row: Device(*row), app_id=app_id, tenant_id=tenant_id, code_id=code_id
    )


def lock_sibling_codes(app_id: str, tenant_id: str, code_id: str) -> Query[list[Code]]:
    """Read a code and all others of its device as they are now."""
    return LOCK_SIBLING_CODES.all(lambda row: Code(*row), app_id=app_id, tenant_id=tenant_id, code_id=code_id)


def lock_codes_of_device(app_id: str, tenant_id: str, device_id_hash: str) -> Query[list[Code]]:
    """Read the codes of a device as they are now, whatever the transaction has read before."""
    return LOCK_CODES_OF_DEVICE.all(
        lambda row: Code(*row),
        app_id=app_id,
        tenant_id=tenant_id,
        device_id_hashes=spellings(device_id_hash),
    )


def lock_code_by_link(app_id: str, tenant_id: str, link_code_hash: str) -> Query[list[Code]]:
    """Read the code of a link as it is now."""
    return LOCK_CODE_BY_LINK.all(
        lambda row: Code(*row), app_id=app_id, tenant_id=tenant_id, link_code_hash=link_code_hash
    )


def list_devices_with_codes(
    app_id: str, tenant_id: str, column: str, names: Sequence[str]
) -> Query[list[tuple[Device, Code | None]]]:
    """List devices, each once for every code, by `device_id_hash`, `email` or `phone_number`; oldest codes first."""
    return SELECT_DEVICES_WITH_CODES[column].all(
        _read_device_with_code, app_id=app_id, tenant_id=tenant_id, names=names
    )


def count_failed_attempt(app_id: str, tenant_id: str, device_id_hash: str) -> Query[int]:
    """Count a wrong code."""
    return UPDATE_FAILED_ATTEMPTS.run(app_id=app_id, tenant_id=tenant_id, device_id_hash=device_id_hash)


def delete_code(app_id: str, tenant_id: str, *, code_id: str, device_id_hash: str) -> Query[bool]:
    """Spend a code of a device: exactly one caller is told that it did."""
    return DELETE_CODE.happens(
        app_id=app_id, tenant_id=tenant_id, code_id=code_id, device_id_hash=device_id_hash
    )


def delete_devices(app_id: str, tenant_id: str, device_id_hashes: Sequence[str]) -> list[Query[int]]:
    """Delete devices and, first, their codes."""
    where = {"app_id": app_id, "tenant_id": tenant_id, "device_id_hashes": device_id_hashes}
    return [DELETE_CODES_OF_DEVICES.run(**where), DELETE_DEVICES.run(**where)] if device_id_hashes else []


def _read_device_with_code(row: Row) -> tuple[Device, Code | None]:
    device = Device(*row[:5])
    code_id, link_code_hash, created_at_ms = row[5:]
    return device, None if code_id is None else Code(
        code_id, device.device_id_hash, link_code_hash, created_at_ms
    )
