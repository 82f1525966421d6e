"""Rows of sessions, of every surface."""

from dataclasses import dataclass, field, replace

from gatehouse.models import User
from gatehouse.store.statement import Query, Result, Sql
from gatehouse.store.users import COLUMNS, read_user

INSERT_SESSION = Sql("""
    INSERT INTO {session_info}
      (app_id, tenant_id, session_handle, user_id, refresh_token_hash_2, session_data, expires_at, created_at_time,
       jwt_user_payload, use_static_key)
    VALUES (:app_id, :tenant_id, :session_handle, :user_id, :refresh_token_hash_2, :session_data, :expires_at,
            :created_at_time, :jwt_user_payload, :use_static_key)""")

SELECT_SESSION_WITH_USER = Sql(f"""
    SELECT s.user_id, s.refresh_token_hash_2, s.created_at_time, s.expires_at, s.jwt_user_payload, {COLUMNS}, r.role
    FROM {{session_info}} s
    LEFT JOIN {{app_id_to_user_id}} a ON a.app_id = s.app_id AND a.user_id = s.user_id
    LEFT JOIN {{userid_mapping}} m ON m.app_id = a.app_id AND m.supertokens_user_id = a.primary_or_recipe_user_id
    JOIN {{users}} u ON u.app_id = s.app_id
      AND u.auth_user_id = COALESCE(m.external_user_id, a.primary_or_recipe_user_id, s.user_id)
    LEFT JOIN {{user_roles}} r ON r.app_id = s.app_id AND r.tenant_id = s.tenant_id AND r.user_id = u.auth_user_id
    WHERE s.app_id = :app_id AND s.tenant_id = :tenant_id AND s.session_handle = :session_handle
    ORDER BY r.role""")

DELETE_SESSION = Sql("""
    DELETE FROM {session_info}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND session_handle = :session_handle""")

DELETE_SESSION_OF_TOKEN = Sql("""
    DELETE FROM {session_info}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND session_handle = :session_handle
      AND refresh_token_hash_2 = :refresh_token_hash_2""")

DELETE_SESSIONS_OF_USERS = Sql("""
    DELETE FROM {session_info} WHERE app_id = :app_id AND tenant_id = :tenant_id AND user_id IN (:user_ids)""")


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session with the person it belongs to."""

    recipe_user_id: str
    refresh_token_hash_2: str = field(repr=False)
    created_at_ms: int
    expires_at_ms: int
    jwt_user_payload: str | None
    user: User


def insert_session(
    app_id: str,
    tenant_id: str,
    *,
    session_handle: str,
    recipe_user_id: str,
    refresh_token_hash_2: str,
    created_at_ms: int,
    expires_at_ms: int,
    jwt_user_payload: str,
) -> Query[int]:
    """Store a session; its token only as the hash of its hash."""
    return INSERT_SESSION.run(
        app_id=app_id,
        tenant_id=tenant_id,
        session_handle=session_handle,
        user_id=recipe_user_id,
        refresh_token_hash_2=refresh_token_hash_2,
        session_data="{}",
        expires_at=expires_at_ms,
        created_at_time=created_at_ms,
        jwt_user_payload=jwt_user_payload,
        use_static_key=False,
    )


def get_session_with_user(app_id: str, tenant_id: str, session_handle: str) -> Query[SessionRow | None]:
    """Find a session, the person in the directory and their roles, whatever the session's expiry."""
    return Query(
        SELECT_SESSION_WITH_USER,
        {"app_id": app_id, "tenant_id": tenant_id, "session_handle": session_handle},
        _read_session,
    )


def delete_session(app_id: str, tenant_id: str, session_handle: str) -> Query[bool]:
    """End a session; says whether this call did it."""
    return DELETE_SESSION.happens(app_id=app_id, tenant_id=tenant_id, session_handle=session_handle)


def delete_session_of_token(
    app_id: str, tenant_id: str, *, session_handle: str, refresh_token_hash_2: str
) -> Query[bool]:
    """End a session if the token is its own; says whether this call did it."""
    return DELETE_SESSION_OF_TOKEN.happens(
        app_id=app_id,
        tenant_id=tenant_id,
        session_handle=session_handle,
        refresh_token_hash_2=refresh_token_hash_2,
    )


def delete_sessions_of_users(app_id: str, tenant_id: str, user_ids: list[str]) -> Query[int]:
    """End every session of the given login methods in a tenant."""
    return DELETE_SESSIONS_OF_USERS.run(app_id=app_id, tenant_id=tenant_id, user_ids=user_ids)


def _read_session(result: Result) -> SessionRow | None:
    if not result.rows:
        return None
    row = result.rows[0]
    roles = tuple(line[12] for line in result.rows if line[12] is not None)
    return SessionRow(row[0], row[1], row[2], row[3], row[4], replace(read_user(row[5:12]), roles=roles))
