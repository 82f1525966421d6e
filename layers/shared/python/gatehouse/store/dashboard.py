"""Rows of the recipe dashboard: who may look after an app's users, and their sessions."""

from dataclasses import dataclass, field
from typing import Any

from gatehouse.store.statement import Query, Row, Sql

COLUMNS = "u.user_id, u.email, u.password_hash, u.time_joined"

INSERT_USER = Sql("""
    INSERT INTO {dashboard_users} (app_id, user_id, email, password_hash, time_joined)
    VALUES (:app_id, :user_id, :email, :password_hash, :time_joined)""")

SELECT_USERS = Sql(f"""
    SELECT {COLUMNS} FROM {{dashboard_users}} u WHERE u.app_id = :app_id ORDER BY u.time_joined, u.user_id""")

SELECT_USER_BY_EMAIL = Sql(f"""
    SELECT {COLUMNS} FROM {{dashboard_users}} u WHERE u.app_id = :app_id AND u.email = :email""")

LOCK_USER = Sql(f"""
    SELECT {COLUMNS} FROM {{dashboard_users}} u WHERE u.app_id = :app_id AND u.user_id = :user_id {{for_update}}""")

LOCK_USER_BY_EMAIL = Sql(f"""
    SELECT {COLUMNS} FROM {{dashboard_users}} u WHERE u.app_id = :app_id AND u.email = :email {{for_update}}""")

UPDATE_USER = Sql("""
    UPDATE {dashboard_users} SET email = :email, password_hash = :password_hash
    WHERE app_id = :app_id AND user_id = :user_id""")

DELETE_USER = Sql("DELETE FROM {dashboard_users} WHERE app_id = :app_id AND user_id = :user_id")

INSERT_SESSION = Sql("""
    INSERT INTO {dashboard_user_sessions} (app_id, session_id, user_id, time_created, expiry)
    VALUES (:app_id, :session_id, :user_id, :created_at, :expires_at)""")

SELECT_SESSIONS = Sql("""
    SELECT s.session_id, s.user_id, s.time_created, s.expiry FROM {dashboard_user_sessions} s
    WHERE s.app_id = :app_id AND s.user_id = :user_id AND s.expiry >= :now_ms
    ORDER BY s.time_created, s.session_id""")

SELECT_EMAIL_OF_SESSION = Sql("""
    SELECT s.session_id, u.email
    FROM {dashboard_user_sessions} s
    JOIN {dashboard_users} u ON u.app_id = s.app_id AND u.user_id = s.user_id
    WHERE s.app_id = :app_id AND s.session_id = :session_id AND s.expiry >= :now_ms""")

DELETE_SESSION = Sql("""
    DELETE FROM {dashboard_user_sessions} WHERE app_id = :app_id AND session_id = :session_id""")

DELETE_SESSIONS = Sql("""
    DELETE FROM {dashboard_user_sessions} WHERE app_id = :app_id AND user_id = :user_id""")


@dataclass(frozen=True, slots=True)
class DashboardUser:
    """Somebody who may sign in to the dashboard."""

    user_id: str
    email: str
    password_hash: str = field(repr=False)
    time_joined_ms: int


@dataclass(frozen=True, slots=True)
class DashboardSession:
    """A session on the dashboard."""

    session_id: str
    user_id: str
    created_at_ms: int
    expires_at_ms: int


def _read_user(row: Row) -> DashboardUser:
    return DashboardUser(row[0], row[1], row[2], int(row[3]))


def insert_user(app_id: str, user: DashboardUser) -> Query[int]:
    """Store a user; a taken e-mail address raises DuplicateRow."""
    return INSERT_USER.run(app_id=app_id, time_joined=user.time_joined_ms, **_changeable(user))


def list_users(app_id: str) -> Query[list[DashboardUser]]:
    """List the users in the order in which they joined."""
    return SELECT_USERS.all(_read_user, app_id=app_id)


def get_user_by_email(app_id: str, email: str) -> Query[DashboardUser | None]:
    """Find a user; the database may have compared the address without case and accents."""
    return SELECT_USER_BY_EMAIL.one(_read_user, app_id=app_id, email=email)


def lock_user(app_id: str, user_id: str) -> Query[DashboardUser | None]:
    """Find a user and keep others from changing them until the transaction ends."""
    return LOCK_USER.one(_read_user, app_id=app_id, user_id=user_id)


def lock_user_by_email(app_id: str, email: str) -> Query[DashboardUser | None]:
    """Find a user as `get_user_by_email` does, and keep others from changing them until the transaction ends."""
    return LOCK_USER_BY_EMAIL.one(_read_user, app_id=app_id, email=email)


def update_user(app_id: str, user: DashboardUser) -> Query[int]:
    """Change address and password; a taken address raises DuplicateRow."""
    return UPDATE_USER.run(app_id=app_id, **_changeable(user))


def delete_user(app_id: str, user_id: str) -> Query[bool]:
    """Delete a user, whose sessions are deleted before; says whether this call did it."""
    return DELETE_USER.happens(app_id=app_id, user_id=user_id)


def insert_session(app_id: str, session: DashboardSession) -> Query[int]:
    """Store a session."""
    return INSERT_SESSION.run(
        app_id=app_id,
        session_id=session.session_id,
        user_id=session.user_id,
        created_at=session.created_at_ms,
        expires_at=session.expires_at_ms,
    )


def list_sessions(app_id: str, user_id: str, now_ms: int) -> Query[list[DashboardSession]]:
    """List a user's sessions that have not expired, oldest first."""
    return SELECT_SESSIONS.all(
        lambda row: DashboardSession(row[0], row[1], int(row[2]), int(row[3])),
        app_id=app_id,
        user_id=user_id,
        now_ms=now_ms,
    )


def list_emails_of_session(app_id: str, session_id: str, now_ms: int) -> Query[list[tuple[str, str]]]:
    """List the id and the user's address of a session that has not expired."""
    return SELECT_EMAIL_OF_SESSION.all(
        lambda row: (str(row[0]), str(row[1])), app_id=app_id, session_id=session_id, now_ms=now_ms
    )


def delete_session(app_id: str, session_id: str) -> Query[int]:
    """Delete a session."""
    return DELETE_SESSION.run(app_id=app_id, session_id=session_id)


def delete_sessions(app_id: str, user_id: str) -> Query[int]:
    """Delete a user's sessions."""
    return DELETE_SESSIONS.run(app_id=app_id, user_id=user_id)


def _changeable(user: DashboardUser) -> dict[str, Any]:
    return {"user_id": user.user_id, "email": user.email, "password_hash": user.password_hash}
