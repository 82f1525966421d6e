"""Counts of an app's users for its operators: how many are active, linked, or protected by a second factor."""

from dataclasses import dataclass

from gatehouse.clock import DAY_MS
from gatehouse.store.statement import Query, Row, Sql

DAYS = 31
"""Active users are counted for the last day, the last two, and so on up to this."""

_ACTIVE = ", ".join(
    f"SUM(CASE WHEN l.last_active_time >= :since_{day}_ms THEN 1 ELSE 0 END)" for day in range(1, DAYS + 1)
)

_LINKED = """
    SELECT r.primary_or_recipe_user_id AS user_id FROM {all_auth_recipe_users} r
    WHERE r.app_id = :app_id
    GROUP BY r.primary_or_recipe_user_id
    HAVING COUNT(DISTINCT r.user_id) > 1"""

_WITH_TOTP = """
    SELECT COALESCE(m.supertokens_user_id, t.user_id) AS user_id FROM {totp_users} t
    LEFT JOIN {userid_mapping} m ON m.app_id = t.app_id AND m.external_user_id = t.user_id
    WHERE t.app_id = :app_id"""


def _count_among(keys: str) -> Sql:
    """Count some users, and those of them who were active."""
    return Sql(f"""
    SELECT COUNT(*), {_ACTIVE} FROM ({keys}) k
    LEFT JOIN {{user_last_active}} l ON l.app_id = :app_id AND l.user_id = k.user_id""")


COUNT_ACTIVE = Sql(f"""
    SELECT COUNT(*), {_ACTIVE} FROM {{user_last_active}} l
    WHERE l.app_id = :app_id AND l.last_active_time >= :since_{DAYS}_ms""")

COUNT_LINKED = _count_among(_LINKED)

COUNT_PROTECTED = _count_among(f"{_LINKED} UNION {_WITH_TOTP}")

SELECT_ANY_LINKED = Sql("""
    SELECT user_id FROM {app_id_to_user_id}
    WHERE app_id = :app_id AND is_linked_or_is_a_primary_user = TRUE
    LIMIT 1""")

COUNT_USERS_BY_TENANT = Sql("""
    SELECT tenant_id, COUNT(DISTINCT primary_or_recipe_user_id) FROM {all_auth_recipe_users}
    WHERE app_id = :app_id
    GROUP BY tenant_id""")

SELECT_TENANTS_WITH_SESSIONS = Sql("""
    SELECT t.tenant_id FROM {tenants} t
    WHERE t.app_id = :app_id
      AND EXISTS (SELECT 1 FROM {session_info} s WHERE s.app_id = t.app_id AND s.tenant_id = t.tenant_id)""")

COUNT_DASHBOARD_USERS = Sql("SELECT COUNT(*) FROM {dashboard_users} WHERE app_id = :app_id")


@dataclass(frozen=True, slots=True)
class Count:
    """Users, and how many of them were active in the last day, the last two, and so on."""

    total: int
    active: list[int]


def count_active(app_id: str, now_ms: int) -> Query[Count]:
    """Count the active users of an app."""
    return COUNT_ACTIVE.only(_read_count, app_id=app_id, **_days(now_ms))


def count_linked(app_id: str, now_ms: int) -> Query[Count]:
    """Count users with more than one login method."""
    return COUNT_LINKED.only(_read_count, app_id=app_id, **_days(now_ms))


def count_protected(app_id: str, now_ms: int) -> Query[Count]:
    """Count users with more than one login method, or with a device for one-time codes."""
    return COUNT_PROTECTED.only(_read_count, app_id=app_id, **_days(now_ms))


def has_linked(app_id: str) -> Query[bool]:
    """Say whether anybody was ever linked or made a primary user."""
    return SELECT_ANY_LINKED.finds(app_id=app_id)


def count_users_by_tenant(app_id: str) -> Query[list[tuple[str, int]]]:
    """List (tenant_id, users) of the tenants that have users."""
    return COUNT_USERS_BY_TENANT.all(lambda row: (row[0], int(row[1])), app_id=app_id)


def list_tenants_with_sessions(app_id: str) -> Query[list[str]]:
    """List the tenants that have sessions."""
    return SELECT_TENANTS_WITH_SESSIONS.all(lambda row: str(row[0]), app_id=app_id)


def count_dashboard_users(app_id: str) -> Query[int]:
    """Count who may sign in to the dashboard."""
    return COUNT_DASHBOARD_USERS.only(lambda row: int(row[0]), app_id=app_id)


def _days(now_ms: int) -> dict[str, int]:
    return {f"since_{day}_ms": now_ms - day * DAY_MS for day in range(1, DAYS + 1)}


def _read_count(row: Row) -> Count:
    """Read sums, which are null where there is nobody."""
    return Count(int(row[0]), [int(active or 0) for active in row[1:]])
