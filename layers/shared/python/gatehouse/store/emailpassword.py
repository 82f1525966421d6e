"""Rows of the emailpassword recipe: users with their password hashes."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gatehouse.store.login_methods import PeopleQueries, bind, reads
from gatehouse.store.statement import Query, Sql

INSERT_USER = Sql("""
    INSERT INTO {emailpassword_users} (app_id, user_id, email, password_hash, time_joined)
    VALUES (:app_id, :user_id, :email, :password_hash, :time_joined)""")

INSERT_USER_TO_TENANT = Sql("""
    INSERT INTO {emailpassword_user_to_tenant} (app_id, tenant_id, user_id, email)
    VALUES (:app_id, :tenant_id, :user_id, :email)""")

UPDATE_PASSWORD = Sql("""
    UPDATE {emailpassword_users} SET password_hash = :password_hash
    WHERE app_id = :app_id AND user_id = :user_id""")

UPDATE_EMAIL = Sql("""
    UPDATE {emailpassword_users} SET email = :email WHERE app_id = :app_id AND user_id = :user_id""")

UPDATE_EMAIL_IN_TENANTS = Sql("""
    UPDATE {emailpassword_user_to_tenant} SET email = :email
    WHERE app_id = :app_id AND tenant_id IN (:tenant_ids) AND user_id = :user_id""")

SELECT_CREDENTIALS = Sql("""
    SELECT t.user_id, t.email, u.password_hash
    FROM {emailpassword_user_to_tenant} t
    JOIN {emailpassword_users} u ON u.app_id = t.app_id AND u.user_id = t.user_id
    WHERE t.app_id = :app_id AND t.tenant_id = :tenant_id AND t.email = :email""")

PEOPLE_BY_EMAIL_IN_TENANT = reads("""
    SELECT i.app_id, i.user_id FROM {emailpassword_user_to_tenant} i
    WHERE i.app_id = :app_id AND i.tenant_id = :tenant_id AND i.email = :email""")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs in with an e-mail address, and the hash of their password."""

    user_id: str
    email: str
    password_hash: str = field(repr=False)


def insert_user(
    app_id: str, tenant_id: str, *, user_id: str, email: str, password_hash: str, time_joined_ms: int
) -> list[Query[int]]:
    """Store a login method; a taken e-mail address raises DuplicateRow."""
    return [
        INSERT_USER.run(
            app_id=app_id,
            user_id=user_id,
            email=email,
            password_hash=password_hash,
            time_joined=time_joined_ms,
        ),
        INSERT_USER_TO_TENANT.run(app_id=app_id, tenant_id=tenant_id, user_id=user_id, email=email),
    ]


def update_password(app_id: str, user_id: str, password_hash: str) -> Query[bool]:
    """Give a login method another password; says whether there is one."""
    return UPDATE_PASSWORD.happens(app_id=app_id, user_id=user_id, password_hash=password_hash)


def update_email(app_id: str, tenant_ids: Iterable[str], user_id: str, email: str) -> list[Query[int]]:
    """Give a login method another e-mail address in all of its tenants; a taken one raises DuplicateRow."""
    values = {"app_id": app_id, "user_id": user_id, "email": email}
    return [
        UPDATE_EMAIL.run(**values),
        UPDATE_EMAIL_IN_TENANTS.run(tenant_ids=list(tenant_ids), **values),
    ]


def get_credentials(app_id: str, tenant_id: str, email: str) -> Query[Credentials | None]:
    """Find who signs in with an e-mail address; the database may have compared it without case and accents."""
    return SELECT_CREDENTIALS.one(
        lambda row: Credentials(*row), app_id=app_id, tenant_id=tenant_id, email=email
    )


def list_people_by_email(app_id: str, tenant_id: str, email: str) -> PeopleQueries:
    """Read who signs in with an e-mail address and a password in a tenant."""
    return bind(PEOPLE_BY_EMAIL_IN_TENANT, app_id=app_id, tenant_id=tenant_id, email=email)
