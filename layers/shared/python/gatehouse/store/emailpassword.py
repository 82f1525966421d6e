"""Rows of the emailpassword recipe: users with their password hashes."""

from dataclasses import dataclass, field

from gatehouse.store.login_methods import PeopleQueries, bind, reads
from gatehouse.store.statement import Query, Sql

INSERT_USER = Sql("""
    INSERT INTO {emailpassword_users} (app_id, user_id, email, password_hash, time_joined)
    VALUES (:app_id, :user_id, :email, :password_hash, :time_joined)""")

INSERT_USER_TO_TENANT = Sql("""
    INSERT INTO {emailpassword_user_to_tenant} (app_id, tenant_id, user_id, email)
    VALUES (:app_id, :tenant_id, :user_id, :email)""")

SELECT_CREDENTIALS = Sql("""
    SELECT t.user_id, t.email, u.password_hash
    FROM {emailpassword_user_to_tenant} t
    JOIN {emailpassword_users} u ON u.app_id = t.app_id AND u.user_id = t.user_id
    WHERE t.app_id = :app_id AND t.tenant_id = :tenant_id AND t.email = :email""")

PEOPLE_BY_EMAIL_IN_TENANT = reads("""
    SELECT i.user_id FROM {emailpassword_user_to_tenant} i
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


def get_credentials(app_id: str, tenant_id: str, email: str) -> Query[Credentials | None]:
    """Find who signs in with an e-mail address; the database may have compared it without case and accents."""
    return SELECT_CREDENTIALS.one(
        lambda row: Credentials(*row), app_id=app_id, tenant_id=tenant_id, email=email
    )


def list_people_by_email(app_id: str, tenant_id: str, email: str) -> PeopleQueries:
    """Read who signs in with an e-mail address and a password in a tenant."""
    return bind(PEOPLE_BY_EMAIL_IN_TENANT, app_id=app_id, tenant_id=tenant_id, email=email)
