"""Rows of the thirdparty recipe: users, with who they are at a third party."""

from gatehouse.models.authuser import ThirdPartyInfo
from gatehouse.store.login_methods import PeopleQueries, bind, reads
from gatehouse.store.statement import Query, Sql

INSERT_USER = Sql("""
    INSERT INTO {thirdparty_users} (app_id, third_party_id, third_party_user_id, user_id, email, time_joined)
    VALUES (:app_id, :third_party_id, :third_party_user_id, :user_id, :email, :time_joined)""")

INSERT_USER_TO_TENANT = Sql("""
    INSERT INTO {thirdparty_user_to_tenant} (app_id, tenant_id, user_id, third_party_id, third_party_user_id)
    VALUES (:app_id, :tenant_id, :user_id, :third_party_id, :third_party_user_id)""")

UPDATE_EMAIL = Sql("""
    UPDATE {thirdparty_users} SET email = :email WHERE app_id = :app_id AND user_id = :user_id""")

PEOPLE_IN_TENANT = reads("""
    SELECT i.app_id, i.user_id FROM {thirdparty_user_to_tenant} i
    WHERE i.app_id = :app_id AND i.tenant_id = :tenant_id AND i.third_party_id = :third_party_id
      AND i.third_party_user_id = :third_party_user_id""")


def insert_user(
    app_id: str, tenant_id: str, *, user_id: str, info: ThirdPartyInfo, email: str, time_joined_ms: int
) -> list[Query[int]]:
    """Store a login method; an account that is taken in the tenant raises DuplicateRow."""
    values = {
        "app_id": app_id,
        "user_id": user_id,
        "third_party_id": info.id,
        "third_party_user_id": info.user_id,
    }
    return [
        INSERT_USER.run(email=email, time_joined=time_joined_ms, **values),
        INSERT_USER_TO_TENANT.run(tenant_id=tenant_id, **values),
    ]


def update_email(app_id: str, user_id: str, email: str) -> Query[int]:
    """Give a login method another e-mail address."""
    return UPDATE_EMAIL.run(app_id=app_id, user_id=user_id, email=email)


def list_people(app_id: str, tenant_id: str, info: ThirdPartyInfo) -> PeopleQueries:
    """Read who is an account at a third party in a tenant, or a similar one."""
    return bind(
        PEOPLE_IN_TENANT,
        app_id=app_id,
        tenant_id=tenant_id,
        third_party_id=info.id,
        third_party_user_id=info.user_id,
    )
