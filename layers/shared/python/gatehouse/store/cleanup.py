"""Deletes of what has expired: bounded, by index, children before parents."""

from gatehouse.store.statement import BoundedDelete, Query, Sql

EXPIRED = {
    "session_info": BoundedDelete("session_info", "expires_at <= :before_ms", "expires_at"),
    "emailpassword_pswd_reset_tokens": BoundedDelete(
        "emailpassword_pswd_reset_tokens", "token_expiry < :before_ms", "token_expiry"
    ),
    "emailverification_tokens": BoundedDelete(
        "emailverification_tokens", "token_expiry < :before_ms", "token_expiry"
    ),
    "totp_used_codes": BoundedDelete("totp_used_codes", "expiry_time_ms < :before_ms", "expiry_time_ms"),
    "dashboard_user_sessions": BoundedDelete("dashboard_user_sessions", "expiry < :before_ms", "expiry"),
    "session_access_token_signing_keys": BoundedDelete(
        "session_access_token_signing_keys", "created_at_time < :before_ms", "created_at_time"
    ),
    "send_limits": BoundedDelete("send_limits", "expires_at_ms < :before_ms", "expires_at_ms"),
    "audit_log": BoundedDelete("audit_log", "at_ms < :before_ms", "at_ms"),
}
"""The delete of each table whose rows expire one by one."""

SELECT_EXPIRED_DEVICES = Sql("""
    SELECT DISTINCT c.app_id, c.tenant_id, c.device_id_hash
    FROM {passwordless_codes} c
    WHERE c.created_at < :before_ms
      AND NOT EXISTS (
        SELECT 1 FROM {passwordless_codes} y
        WHERE y.app_id = c.app_id AND y.tenant_id = c.tenant_id AND y.device_id_hash = c.device_id_hash
          AND y.created_at >= :before_ms)
    LIMIT :limit""")

SELECT_DEVICES_IN_USE = Sql("""
    SELECT DISTINCT device_id_hash FROM {passwordless_codes}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND device_id_hash IN (:device_id_hashes)
      AND created_at >= :before_ms""")


def delete_expired(table: str, *, before_ms: int, limit: int) -> Query[int]:
    """Delete at most `limit` rows of a table that expired before a time; answers how many."""
    return EXPIRED[table].run(before_ms=before_ms, limit=limit)


def list_expired_devices(*, before_ms: int, limit: int) -> Query[list[tuple[str, str, str]]]:
    """List (app_id, tenant_id, device_id_hash) of devices whose codes were all made before a time."""
    return SELECT_EXPIRED_DEVICES.all(lambda row: (row[0], row[1], row[2]), before_ms=before_ms, limit=limit)


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
