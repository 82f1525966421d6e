"""Rows of sessions, of every surface."""

import json
from dataclasses import dataclass, field, replace

from gatehouse.models import User
from gatehouse.models.session import SessionUser, StoredSession
from gatehouse.store.statement import Query, Result, Row, Sql
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

SELECT_SESSION = Sql("""
    SELECT s.session_handle, s.tenant_id, s.user_id, s.refresh_token_hash_2, s.session_data, s.jwt_user_payload,
      s.created_at_time, s.expires_at, s.use_static_key, a.primary_or_recipe_user_id, r.external_user_id,
      p.external_user_id
    FROM {session_info} s
    LEFT JOIN {userid_mapping} m ON m.app_id = s.app_id AND m.external_user_id = s.user_id
    LEFT JOIN {app_id_to_user_id} a
      ON a.app_id = s.app_id AND a.user_id = COALESCE(m.supertokens_user_id, s.user_id)
    LEFT JOIN {userid_mapping} r ON r.app_id = a.app_id AND r.supertokens_user_id = a.user_id
    LEFT JOIN {userid_mapping} p ON p.app_id = a.app_id AND p.supertokens_user_id = a.primary_or_recipe_user_id
    WHERE s.app_id = :app_id AND s.tenant_id = :tenant_id AND s.session_handle = :session_handle""")

SELECT_USER = Sql("""
    SELECT a.user_id, a.primary_or_recipe_user_id, r.external_user_id, p.external_user_id
    FROM {app_id_to_user_id} a
    LEFT JOIN {userid_mapping} r ON r.app_id = a.app_id AND r.supertokens_user_id = a.user_id
    LEFT JOIN {userid_mapping} p ON p.app_id = a.app_id AND p.supertokens_user_id = a.primary_or_recipe_user_id
    WHERE a.app_id = :app_id AND a.user_id = COALESCE(
      (SELECT x.supertokens_user_id FROM {userid_mapping} x
       WHERE x.app_id = :app_id AND x.external_user_id = :user_id), :user_id)""")

SELECT_IDS_OF_PERSON = Sql("""
    SELECT a.user_id, m.external_user_id
    FROM {app_id_to_user_id} x
    JOIN {app_id_to_user_id} a
      ON a.app_id = x.app_id AND a.primary_or_recipe_user_id = x.primary_or_recipe_user_id
    LEFT JOIN {userid_mapping} m ON m.app_id = a.app_id AND m.supertokens_user_id = a.user_id
    WHERE x.app_id = :app_id AND x.user_id = COALESCE(
      (SELECT y.supertokens_user_id FROM {userid_mapping} y
       WHERE y.app_id = :app_id AND y.external_user_id = :user_id), :user_id)""")

SELECT_HANDLES_OF_USERS = Sql("""
    SELECT session_handle, user_id FROM {session_info}
    WHERE app_id = :app_id AND tenant_id IN (:tenant_ids) AND user_id IN (:user_ids) AND expires_at > :now_ms
    ORDER BY created_at_time, session_handle""")

SELECT_HANDLES = Sql("""
    SELECT session_handle FROM {session_info}
    WHERE app_id = :app_id AND tenant_id IN (:tenant_ids) AND session_handle IN (:session_handles)""")

ROTATE = Sql("""
    UPDATE {session_info}
    SET refresh_token_hash_2 = :new_hash_2, expires_at = :expires_at, use_static_key = :use_static_key
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND session_handle = :session_handle
      AND refresh_token_hash_2 = :old_hash_2""")

UPDATE_PAYLOAD = Sql("""
    UPDATE {session_info} SET jwt_user_payload = :jwt_user_payload
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND session_handle = :session_handle
      AND expires_at > :now_ms""")

UPDATE_DATA = Sql("""
    UPDATE {session_info} SET session_data = :session_data
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND session_handle = :session_handle
      AND expires_at > :now_ms""")

DELETE_SESSIONS = Sql("""
    DELETE FROM {session_info}
    WHERE app_id = :app_id AND tenant_id IN (:tenant_ids) AND session_handle IN (:session_handles)""")

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
    session_data: str = "{}",
    use_static_key: bool = False,
) -> Query[int]:
    """Store a session; its token only as the hash of its hash."""
    return INSERT_SESSION.run(
        app_id=app_id,
        tenant_id=tenant_id,
        session_handle=session_handle,
        user_id=recipe_user_id,
        refresh_token_hash_2=refresh_token_hash_2,
        session_data=session_data,
        expires_at=expires_at_ms,
        created_at_time=created_at_ms,
        jwt_user_payload=jwt_user_payload,
        use_static_key=use_static_key,
    )


def get_session_with_user(app_id: str, tenant_id: str, session_handle: str) -> Query[SessionRow | None]:
    """Find a session, the person in the directory and their roles, whatever the session's expiry."""
    return Query(
        SELECT_SESSION_WITH_USER,
        {"app_id": app_id, "tenant_id": tenant_id, "session_handle": session_handle},
        _read_session,
    )


def get_session(app_id: str, tenant_id: str, session_handle: str) -> Query[StoredSession | None]:
    """Find a session and whose it is, whatever its expiry."""
    return SELECT_SESSION.one(_read_stored, app_id=app_id, tenant_id=tenant_id, session_handle=session_handle)


def has_session(app_id: str, tenant_id: str, session_handle: str) -> Query[bool]:
    """Ask whether a session is stored."""
    return SELECT_SESSION.finds(app_id=app_id, tenant_id=tenant_id, session_handle=session_handle)


def get_user(app_id: str, user_id: str) -> Query[SessionUser]:
    """Find who has an id of either kind; somebody unknown to all recipes has just that."""

    def read(result: Result) -> SessionUser:
        unknown = SessionUser(user_id, user_id, user_id)
        known = (
            SessionUser(row[2] or row[0], row[3] or row[1], row[1])
            for row in result.rows
            if user_id in {row[0], row[2]}
        )
        return next(known, unknown)

    return Query(SELECT_USER, {"app_id": app_id, "user_id": user_id}, read)


def list_ids_of_person(app_id: str, user_id: str) -> Query[list[tuple[str, str | None]]]:
    """List the id, and the external one if there is one, of each login method of whom an id of any of them means."""
    return SELECT_IDS_OF_PERSON.all(lambda row: (row[0], row[1]), app_id=app_id, user_id=user_id)


def list_handles_of_users(
    app_id: str, tenant_ids: list[str], user_ids: list[str], *, now_ms: int
) -> Query[list[str]]:
    """List the sessions of some login methods, by the ids they are stored under, that have not expired."""
    wanted = set(user_ids)
    return Query(
        SELECT_HANDLES_OF_USERS,
        {"app_id": app_id, "tenant_ids": tenant_ids, "user_ids": user_ids, "now_ms": now_ms},
        lambda result: [row[0] for row in result.rows if row[1] in wanted],
    )


def list_handles(app_id: str, tenant_ids: list[str], session_handles: list[str]) -> Query[list[str]]:
    """List those of some sessions that there are."""
    return SELECT_HANDLES.all(
        lambda row: str(row[0]), app_id=app_id, tenant_ids=tenant_ids, session_handles=session_handles
    )


def rotate(app_id: str, found: StoredSession, changed: StoredSession) -> Query[bool]:
    """Let a session belong to another refresh token; does nothing if somebody was faster since it was found."""
    return ROTATE.happens(
        app_id=app_id,
        tenant_id=found.tenant_id,
        session_handle=found.handle,
        old_hash_2=found.refresh_token_hash_2,
        new_hash_2=changed.refresh_token_hash_2,
        expires_at=changed.expires_at_ms,
        use_static_key=changed.use_static_key,
    )


def update_payload(
    app_id: str, tenant_id: str, session_handle: str, payload: str, *, now_ms: int
) -> Query[bool]:
    """Replace what a session's access tokens carry; says whether there is a session that has not expired."""
    return UPDATE_PAYLOAD.happens(
        app_id=app_id,
        tenant_id=tenant_id,
        session_handle=session_handle,
        jwt_user_payload=payload,
        now_ms=now_ms,
    )


def update_data(app_id: str, tenant_id: str, session_handle: str, data: str, *, now_ms: int) -> Query[bool]:
    """Replace what is kept beside a session; says whether there is one that has not expired."""
    return UPDATE_DATA.happens(
        app_id=app_id, tenant_id=tenant_id, session_handle=session_handle, session_data=data, now_ms=now_ms
    )


def delete_sessions(app_id: str, tenant_ids: list[str], session_handles: list[str]) -> Query[int]:
    """End sessions; answers how many."""
    return DELETE_SESSIONS.run(app_id=app_id, tenant_ids=tenant_ids, session_handles=session_handles)


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


def _read_stored(row: Row) -> StoredSession:
    (
        handle,
        tenant_id,
        user_id,
        hash_2,
        data,
        payload,
        created,
        expires,
        is_static,
        primary,
        own,
        of_primary,
    ) = row
    return StoredSession(
        handle=handle,
        tenant_id=tenant_id,
        user=SessionUser(own or user_id, of_primary or primary or user_id, primary or user_id),
        refresh_token_hash_2=hash_2,
        data=json.loads(data or "{}"),
        payload=json.loads(payload or "{}"),
        created_at_ms=created,
        expires_at_ms=expires,
        use_static_key=bool(is_static),
    )
