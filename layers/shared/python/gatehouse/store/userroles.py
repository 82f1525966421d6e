"""Rows of roles and of who has them."""

from gatehouse.store.statement import Query, Sql, Upsert

INSERT_ROLE = Upsert("roles", columns=("app_id", "role"), key=("app_id", "role"))

INSERT_USER_ROLE = Upsert(
    "user_roles",
    columns=("app_id", "tenant_id", "user_id", "role"),
    key=("app_id", "tenant_id", "user_id", "role"),
)

SELECT_ROLES_OF_USERS = Sql("""
    SELECT user_id, role FROM {user_roles}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND user_id IN (:user_ids)
    ORDER BY user_id, role""")


LOCK_HOLDERS = Sql("""
    SELECT user_id FROM {user_roles} WHERE app_id = :app_id AND tenant_id = :tenant_id AND role = :role
    ORDER BY user_id
    {for_update}""")


def grant_role(app_id: str, tenant_id: str, *, user_id: str, role: str) -> list[Query[int]]:
    """Make a role if it is new and give it to a person who may have it already."""
    return [
        INSERT_ROLE.run(app_id=app_id, role=role),
        INSERT_USER_ROLE.run(app_id=app_id, tenant_id=tenant_id, user_id=user_id, role=role),
    ]


def list_roles_of_users(app_id: str, tenant_id: str, user_ids: list[str]) -> Query[list[tuple[str, str]]]:
    """List (user_id, role) of the given people."""
    return SELECT_ROLES_OF_USERS.all(
        lambda row: (row[0], row[1]), app_id=app_id, tenant_id=tenant_id, user_ids=user_ids
    )


def lock_holders(app_id: str, tenant_id: str, role: str) -> Query[list[str]]:
    """List who has a role, and keep others from taking it from them until the transaction ends."""
    return LOCK_HOLDERS.all(lambda row: str(row[0]), app_id=app_id, tenant_id=tenant_id, role=role)
