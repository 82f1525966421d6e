"""Rows of roles and of who has them."""

from gatehouse.store.statement import Query, Row, Sql, Upsert

GROUP = 500
"""How many values an IN list gets."""

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

SELECT_PERMISSIONS_OF_USER = Sql("""
    SELECT DISTINCT p.permission FROM {user_roles} r
    JOIN {role_permissions} p ON p.app_id = r.app_id AND p.role = r.role
    WHERE r.app_id = :app_id AND r.tenant_id = :tenant_id AND r.user_id = :user_id
    ORDER BY p.permission""")

LOCK_HOLDERS = Sql("""
    SELECT user_id FROM {user_roles} WHERE app_id = :app_id AND tenant_id = :tenant_id AND role = :role
    ORDER BY user_id
    {for_update}""")

INSERT_NEW_ROLE = Sql("INSERT INTO {roles} (app_id, role) VALUES (:app_id, :role)")

INSERT_PERMISSION = Upsert(
    "role_permissions", columns=("app_id", "role", "permission"), key=("app_id", "role", "permission")
)

INSERT_NEW_USER_ROLE = Sql("""
    INSERT INTO {user_roles} (app_id, tenant_id, user_id, role)
    VALUES (:app_id, :tenant_id, :user_id, :role)""")

SELECT_ROLES = Sql("SELECT role FROM {roles} WHERE app_id = :app_id ORDER BY role")

SELECT_ROLE = Sql("SELECT role FROM {roles} WHERE app_id = :app_id AND role = :role")

LOCK_ROLE = Sql("SELECT role FROM {roles} WHERE app_id = :app_id AND role = :role {for_update}")

KEEP_ROLE = Sql("SELECT role FROM {roles} WHERE app_id = :app_id AND role = :role {for_share}")

SELECT_PERMISSIONS = Sql("""
    SELECT permission FROM {role_permissions} WHERE app_id = :app_id AND role = :role ORDER BY permission""")

SELECT_ROLES_WITH_PERMISSION = Sql("""
    SELECT role FROM {role_permissions} WHERE app_id = :app_id AND permission = :permission ORDER BY role""")

SELECT_HOLDERS = Sql("""
    SELECT user_id FROM {user_roles} WHERE app_id = :app_id AND tenant_id = :tenant_id AND role = :role
    ORDER BY user_id""")

SELECT_USER_ROLE = Sql("""
    SELECT role FROM {user_roles}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND user_id = :user_id AND role = :role""")

DELETE_USER_ROLE = Sql("""
    DELETE FROM {user_roles}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND user_id = :user_id AND role = :role""")

DELETE_ASSIGNMENTS = Sql("DELETE FROM {user_roles} WHERE app_id = :app_id AND role = :role")

DELETE_PERMISSIONS = Sql("""
    DELETE FROM {role_permissions} WHERE app_id = :app_id AND role = :role AND permission IN (:permissions)""")

DELETE_ALL_PERMISSIONS = Sql("DELETE FROM {role_permissions} WHERE app_id = :app_id AND role = :role")

DELETE_ROLE = Sql("DELETE FROM {roles} WHERE app_id = :app_id AND role = :role")


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


def list_permissions_of_user(app_id: str, tenant_id: str, user_id: str) -> Query[list[str]]:
    """List what somebody's roles in a tenant permit."""
    return SELECT_PERMISSIONS_OF_USER.all(_text, app_id=app_id, tenant_id=tenant_id, user_id=user_id)


def lock_holders(app_id: str, tenant_id: str, role: str) -> Query[list[str]]:
    """List who has a role, and keep others from taking it from them until the transaction ends."""
    return LOCK_HOLDERS.all(lambda row: str(row[0]), app_id=app_id, tenant_id=tenant_id, role=role)


def insert_role(app_id: str, role: str) -> Query[int]:
    """Store a new role; one that is there raises DuplicateRow."""
    return INSERT_NEW_ROLE.run(app_id=app_id, role=role)


def insert_permissions(app_id: str, role: str, permissions: list[str]) -> list[Query[int]]:
    """Give a role permissions that it may have already."""
    return [
        INSERT_PERMISSION.run(app_id=app_id, role=role, permission=permission) for permission in permissions
    ]


def insert_user_role(app_id: str, tenant_id: str, *, user_id: str, role: str) -> Query[int]:
    """Give somebody a role in a tenant; having it raises DuplicateRow."""
    return INSERT_NEW_USER_ROLE.run(app_id=app_id, tenant_id=tenant_id, user_id=user_id, role=role)


def list_roles(app_id: str) -> Query[list[str]]:
    """List the roles of an app."""
    return SELECT_ROLES.all(_text, app_id=app_id)


def has_role(app_id: str, role: str) -> Query[bool]:
    """Say whether there is a role."""
    return SELECT_ROLE.finds(app_id=app_id, role=role)


def lock_role(app_id: str, role: str) -> Query[bool]:
    """Say whether there is a role, and keep others from changing, deleting or giving it until the transaction ends."""
    return LOCK_ROLE.finds(app_id=app_id, role=role)


def keep_role(app_id: str, role: str) -> Query[bool]:
    """Say whether there is a role, and keep others from changing or deleting it until the transaction ends."""
    return KEEP_ROLE.finds(app_id=app_id, role=role)


def list_permissions(app_id: str, role: str) -> Query[list[str]]:
    """List what a role permits."""
    return SELECT_PERMISSIONS.all(_text, app_id=app_id, role=role)


def list_roles_with_permission(app_id: str, permission: str) -> Query[list[str]]:
    """List the roles that permit something."""
    return SELECT_ROLES_WITH_PERMISSION.all(_text, app_id=app_id, permission=permission)


def list_holders(app_id: str, tenant_id: str, role: str) -> Query[list[str]]:
    """List who has a role in a tenant."""
    return SELECT_HOLDERS.all(_text, app_id=app_id, tenant_id=tenant_id, role=role)


def has_user_role(app_id: str, tenant_id: str, *, user_id: str, role: str) -> Query[bool]:
    """Say whether somebody has a role in a tenant."""
    return SELECT_USER_ROLE.finds(app_id=app_id, tenant_id=tenant_id, user_id=user_id, role=role)


def delete_user_role(app_id: str, tenant_id: str, *, user_id: str, role: str) -> Query[bool]:
    """Take a role from somebody in a tenant; says whether this call did it."""
    return DELETE_USER_ROLE.happens(app_id=app_id, tenant_id=tenant_id, user_id=user_id, role=role)


def delete_permissions(app_id: str, role: str, permissions: list[str] | None) -> list[Query[int]]:
    """Take permissions from a role; None takes all."""
    if permissions is None:
        return [DELETE_ALL_PERMISSIONS.run(app_id=app_id, role=role)]
    groups = [permissions[start : start + GROUP] for start in range(0, len(permissions), GROUP)]
    return [DELETE_PERMISSIONS.run(app_id=app_id, role=role, permissions=group) for group in groups]


def delete_role(app_id: str, role: str) -> tuple[Query[int], Query[bool], Query[bool]]:
    """Delete a role: its permissions, who has it in any tenant, itself; the last two say whether there was any."""
    values = {"app_id": app_id, "role": role}
    return (
        DELETE_ALL_PERMISSIONS.run(**values),
        DELETE_ASSIGNMENTS.happens(**values),
        DELETE_ROLE.happens(**values),
    )


def _text(row: Row) -> str:
    return str(row[0])
