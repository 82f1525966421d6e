"""Deletes of what has expired: bounded, by index, children before parents."""

import json
from collections.abc import Iterable
from typing import Any

from gatehouse.models.tenancy import TenantIdentifier
from gatehouse.store.statement import BoundedDelete, Query, Row, Sql
from gatehouse.store.tenancy import KEY, identifier_of

SELECT_OWN_CONFIGS = Sql(f"SELECT {KEY}, core_config FROM {{tenant_configs}} ORDER BY {KEY}")

_ELSEWHERE = "app_id NOT IN (:apart_app_ids)"
_HERE = "app_id = :app_id AND tenant_id = :tenant_id"

EXPIRED = {
    "session_info": BoundedDelete("session_info", "expires_at <= :before_ms", "expires_at"),
    "emailpassword_pswd_reset_tokens": BoundedDelete(
        "emailpassword_pswd_reset_tokens", "token_expiry < :before_ms", "token_expiry"
    ),
    "emailverification_tokens": BoundedDelete(
        "emailverification_tokens", "token_expiry < :before_ms", "token_expiry"
    ),
    "totp_used_codes": BoundedDelete(
        "totp_used_codes", f"expiry_time_ms < :before_ms AND {_ELSEWHERE}", "expiry_time_ms"
    ),
    "dashboard_user_sessions": BoundedDelete("dashboard_user_sessions", "expiry < :before_ms", "expiry"),
    "session_access_token_signing_keys": BoundedDelete(
        "session_access_token_signing_keys",
        f"created_at_time < :before_ms AND {_ELSEWHERE}",
        "created_at_time",
    ),
    "session_rotations": BoundedDelete("session_rotations", "expires_at_ms < :before_ms", "expires_at_ms"),
    "send_limits": BoundedDelete("send_limits", "expires_at_ms < :before_ms", "expires_at_ms"),
    "account_info_holds": BoundedDelete("account_info_holds", "expires_at_ms < :before_ms", "expires_at_ms"),
    "audit_log": BoundedDelete("audit_log", "at_ms < :before_ms", "at_ms"),
    "webhook_deliveries": BoundedDelete("webhook_deliveries", "queued_at_ms < :before_ms", "queued_at_ms"),
}
"""The delete of each table whose rows expire one by one, in all apps or in all but some."""

EXPIRED_HERE = {
    "totp_used_codes": BoundedDelete(
        "totp_used_codes", f"{_HERE} AND expiry_time_ms < :before_ms", "app_id, tenant_id, expiry_time_ms"
    ),
    "session_access_token_signing_keys": BoundedDelete(
        "session_access_token_signing_keys",
        "app_id = :app_id AND created_at_time < :before_ms",
        "app_id, created_at_time",
    ),
}
"""The delete of one tenant's rows, or of one app's."""


def _expired_devices(where: str) -> Sql:
    return Sql(f"""
    SELECT DISTINCT c.app_id, c.tenant_id, c.device_id_hash
    FROM {{passwordless_codes}} c
    WHERE {where} AND c.created_at < :before_ms
      AND NOT EXISTS (
        SELECT 1 FROM {{passwordless_codes}} y
        WHERE y.app_id = c.app_id AND y.tenant_id = c.tenant_id AND y.device_id_hash = c.device_id_hash
          AND y.created_at >= :before_ms)
    LIMIT :limit""")


SELECT_EXPIRED_DEVICES = _expired_devices(f"c.{_ELSEWHERE}")
SELECT_EXPIRED_DEVICES_HERE = _expired_devices("c.app_id = :app_id AND c.tenant_id = :tenant_id")

SELECT_DEVICES_IN_USE = Sql("""
    SELECT DISTINCT device_id_hash FROM {passwordless_codes}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND device_id_hash IN (:device_id_hashes)
      AND created_at >= :before_ms""")


def list_own_configs() -> Query[list[tuple[TenantIdentifier, dict[str, Any] | None]]]:
    """List every tenant with its own part of the configuration, None where that cannot be read."""
    return SELECT_OWN_CONFIGS.all(_read_own_config)


def delete_expired(
    table: str, *, before_ms: int, limit: int, apart_app_ids: Iterable[str] = ()
) -> Query[int]:
    """Delete at most `limit` rows of a table that expired before a time; answers how many.

    `apart_app_ids` are the apps that keep such rows longer.
    """
    return EXPIRED[table].run(before_ms=before_ms, limit=limit, apart_app_ids=_listed(apart_app_ids))


def delete_expired_here(table: str, app_id: str, tenant_id: str, *, before_ms: int, limit: int) -> Query[int]:
    """Delete at most `limit` rows of a tenant, or of an app where rows are its own; answers how many."""
    return EXPIRED_HERE[table].run(app_id=app_id, tenant_id=tenant_id, before_ms=before_ms, limit=limit)


def list_expired_devices(
    *, before_ms: int, limit: int, apart_app_ids: Iterable[str] = ()
) -> Query[list[tuple[str, str, str]]]:
    """List (app_id, tenant_id, device_id_hash) of devices whose codes were all made before a time."""
    return SELECT_EXPIRED_DEVICES.all(
        _read_device, before_ms=before_ms, limit=limit, apart_app_ids=_listed(apart_app_ids)
    )


def list_expired_devices_here(
    app_id: str, tenant_id: str, *, before_ms: int, limit: int
) -> Query[list[tuple[str, str, str]]]:
    """List the same for one tenant."""
    return SELECT_EXPIRED_DEVICES_HERE.all(
        _read_device, app_id=app_id, tenant_id=tenant_id, before_ms=before_ms, limit=limit
    )


def list_devices_in_use(
    app_id: str, tenant_id: str, device_id_hashes: list[str], *, before_ms: int
) -> Query[list[str]]:
    """List those of the devices that have a code made since a time."""
    return SELECT_DEVICES_IN_USE.all(
        lambda row: str(row[0]),
        app_id=app_id,
        tenant_id=tenant_id,
        device_id_hashes=device_id_hashes,
        before_ms=before_ms,
    )


def _listed(app_ids: Iterable[str]) -> list[str]:
    """Return a list that is not empty: SQL would take `NOT IN ()` for a mistake, and we for no row at all."""
    return ["", *app_ids]


def _read_device(row: Row) -> tuple[str, str, str]:
    return row[0], row[1], row[2]


def _read_own_config(row: Row) -> tuple[TenantIdentifier, dict[str, Any] | None]:
    try:
        own = json.loads(row[3] or "{}")
    except ValueError:
        own = None
    return identifier_of(row), own if isinstance(own, dict) else None
