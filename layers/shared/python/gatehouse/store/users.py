"""Rows of the directory: the people an application knows."""

from gatehouse.models import User
from gatehouse.store.statement import Query, Row, Sql, Upsert

COLUMNS = "u.id, u.email, u.name, u.auth_user_id, u.created_at_ms, u.updated_at_ms, u.last_sign_in_at_ms"
END_OF_PREFIX = "\U0010ffff"
"""Sorts behind everything that a prefix can be continued with."""

INSERT_USER = Sql("""
    INSERT INTO {users}
      (app_id, id, email, name, name_key, auth_user_id, created_at_ms, updated_at_ms, last_sign_in_at_ms)
    VALUES (:app_id, :id, :email, :name, :name_key, :auth_user_id, :now_ms, :now_ms, :last_sign_in_at_ms)""")

INSERT_USER_IF_ABSENT = Upsert(
    "users",
    columns=("app_id", "id", "email", "name", "name_key", "created_at_ms", "updated_at_ms"),
    key=("app_id", "email"),
)

SELECT_USER = Sql(f"SELECT {COLUMNS} FROM {{users}} u WHERE u.app_id = :app_id AND u.id = :id")

LOCK_USER = Sql(f"SELECT {COLUMNS} FROM {{users}} u WHERE u.app_id = :app_id AND u.id = :id {{for_update}}")

SELECT_USER_BY_EMAIL = Sql(f"SELECT {COLUMNS} FROM {{users}} u WHERE u.app_id = :app_id AND u.email = :email")

SELECT_USER_OF_IDENTITY = Sql(
    f"SELECT {COLUMNS} FROM {{users}} u WHERE u.app_id = :app_id AND u.auth_user_id = :auth_user_id"
)

SELECT_USERS_OF_IDENTITY = Sql(f"""
    SELECT {COLUMNS} FROM {{users}} u WHERE u.app_id = :app_id AND u.auth_user_id = :auth_user_id
    UNION
    SELECT {COLUMNS} FROM {{users}} u WHERE u.app_id = :app_id AND u.email = :email""")

SELECT_USERS_OF_DEVICE = Sql(f"""
    SELECT {COLUMNS}
    FROM {{passwordless_devices}} d
    JOIN {{passwordless_user_to_tenant}} p ON p.app_id = d.app_id AND p.tenant_id = d.tenant_id AND p.email = d.email
    JOIN {{app_id_to_user_id}} a ON a.app_id = p.app_id AND a.user_id = p.user_id
    LEFT JOIN {{userid_mapping}} m ON m.app_id = a.app_id AND m.supertokens_user_id = a.primary_or_recipe_user_id
    JOIN {{users}} u
      ON u.app_id = a.app_id AND u.auth_user_id = COALESCE(m.external_user_id, a.primary_or_recipe_user_id)
    WHERE d.app_id = :app_id AND d.tenant_id = :tenant_id AND d.device_id_hash = :device_id_hash
    UNION
    SELECT {COLUMNS}
    FROM {{passwordless_devices}} d
    JOIN {{users}} u ON u.app_id = d.app_id AND u.email = d.email
    WHERE d.app_id = :app_id AND d.tenant_id = :tenant_id AND d.device_id_hash = :device_id_hash""")

SELECT_ANY_USER = Sql("SELECT u.id FROM {users} u WHERE u.app_id = :app_id LIMIT 1")

SELECT_PAGE = Sql(f"""
    SELECT {COLUMNS} FROM {{users}} u
    WHERE u.app_id = :app_id
      AND (u.created_at_ms < :before_ms OR (u.created_at_ms = :before_ms AND u.id < :before_id))
    ORDER BY u.created_at_ms DESC, u.id DESC
    LIMIT :limit""")

SELECT_PAGE_BY_PREFIX = Sql(f"""
    SELECT {COLUMNS} FROM {{users}} u
    WHERE u.app_id = :app_id
      AND ((u.email >= :email_from AND u.email < :email_to) OR (u.name_key >= :name_from AND u.name_key < :name_to))
      AND (u.created_at_ms < :before_ms OR (u.created_at_ms = :before_ms AND u.id < :before_id))
    ORDER BY u.created_at_ms DESC, u.id DESC
    LIMIT :limit""")

UPDATE_SIGN_IN = Sql("""
    UPDATE {users} SET auth_user_id = :auth_user_id, last_sign_in_at_ms = :now_ms
    WHERE app_id = :app_id AND id = :id""")

UPDATE_UNLINKED = Sql("""
    UPDATE {users} SET auth_user_id = :auth_user_id, last_sign_in_at_ms = :now_ms
    WHERE app_id = :app_id AND email = :email AND auth_user_id IS NULL""")

UPDATE_USER = Sql("""
    UPDATE {users} SET email = :email, name = :name, name_key = :name_key, updated_at_ms = :now_ms
    WHERE app_id = :app_id AND id = :id""")

DELETE_USER = Sql("DELETE FROM {users} WHERE app_id = :app_id AND id = :id")


def read_user(row: Row) -> User:
    """Read a row that was selected as COLUMNS."""
    return User(*row[:7])


def name_key(name: str | None) -> str | None:
    """Return what a name is searched by: without case, cut to the column's 255 characters."""
    return name.casefold()[:255] if name else None


def insert_user(
    app_id: str,
    *,
    user_id: str,
    email: str,
    name: str | None,
    now_ms: int,
    auth_user_id: str | None = None,
    last_sign_in_at_ms: int | None = None,
) -> Query[int]:
    """Store a new person; a taken e-mail address raises DuplicateRow."""
    return INSERT_USER.run(
        app_id=app_id,
        id=user_id,
        email=email,
        name=name,
        name_key=name_key(name),
        auth_user_id=auth_user_id,
        now_ms=now_ms,
        last_sign_in_at_ms=last_sign_in_at_ms,
    )


def insert_user_if_absent(
    app_id: str, *, user_id: str, email: str, name: str | None, now_ms: int
) -> Query[int]:
    """Store a new person unless the e-mail address is known."""
    return INSERT_USER_IF_ABSENT.run(
        app_id=app_id,
        id=user_id,
        email=email,
        name=name,
        name_key=name_key(name),
        created_at_ms=now_ms,
        updated_at_ms=now_ms,
    )


def get_user(app_id: str, user_id: str) -> Query[User | None]:
    """Find a person by id; without roles."""
    return SELECT_USER.one(read_user, app_id=app_id, id=user_id)


def lock_user(app_id: str, user_id: str) -> Query[User | None]:
    """Find a person by id and keep others from changing them until the transaction ends; without roles."""
    return LOCK_USER.one(read_user, app_id=app_id, id=user_id)


def get_user_by_email(app_id: str, email: str) -> Query[User | None]:
    """Find a person by e-mail address; without roles."""
    return SELECT_USER_BY_EMAIL.one(read_user, app_id=app_id, email=email)


def get_user_of_identity(app_id: str, auth_user_id: str) -> Query[User | None]:
    """Find who is linked to an identity; without roles."""
    return SELECT_USER_OF_IDENTITY.one(read_user, app_id=app_id, auth_user_id=auth_user_id)


def list_users_of_identity(app_id: str, *, auth_user_id: str, email: str) -> Query[list[User]]:
    """List who is linked to an identity and who has its e-mail address: at most two, usually one and the same."""
    return SELECT_USERS_OF_IDENTITY.all(read_user, app_id=app_id, auth_user_id=auth_user_id, email=email)


def list_users_of_device(app_id: str, tenant_id: str, device_id_hash: str) -> Query[list[User]]:
    """List the same for the e-mail address that a device's code was sent to."""
    return SELECT_USERS_OF_DEVICE.all(
        read_user, app_id=app_id, tenant_id=tenant_id, device_id_hash=device_id_hash
    )


def has_users(app_id: str) -> Query[bool]:
    """Say whether the directory has anybody."""
    return SELECT_ANY_USER.finds(app_id=app_id)


def list_page(app_id: str, *, prefix: str, before_ms: int, before_id: str, limit: int) -> Query[list[User]]:
    """List people, newest first, who joined before the given one; `prefix` starts an e-mail address or a name."""
    position = {"app_id": app_id, "before_ms": before_ms, "before_id": before_id, "limit": limit}
    if not prefix:
        return SELECT_PAGE.all(read_user, **position)
    email, name = prefix.lower(), name_key(prefix) or ""
    return SELECT_PAGE_BY_PREFIX.all(
        read_user,
        email_from=email,
        email_to=email + END_OF_PREFIX,
        name_from=name,
        name_to=name + END_OF_PREFIX,
        **position,
    )


def update_sign_in(app_id: str, *, user_id: str, auth_user_id: str, now_ms: int) -> Query[int]:
    """Link a person to the identity that has just signed in."""
    return UPDATE_SIGN_IN.run(app_id=app_id, id=user_id, auth_user_id=auth_user_id, now_ms=now_ms)


def update_unlinked(app_id: str, *, email: str, auth_user_id: str, now_ms: int) -> Query[bool]:
    """Link who has an address to the identity that has just proved it, unless they are linked to another one."""
    return UPDATE_UNLINKED.happens(app_id=app_id, email=email, auth_user_id=auth_user_id, now_ms=now_ms)


def update_user(app_id: str, *, user_id: str, email: str, name: str | None, now_ms: int) -> Query[bool]:
    """Change a person's e-mail address and name; a taken address raises DuplicateRow."""
    return UPDATE_USER.happens(
        app_id=app_id, id=user_id, email=email, name=name, name_key=name_key(name), now_ms=now_ms
    )


def delete_user(app_id: str, user_id: str) -> Query[bool]:
    """Remove a person from the directory; says whether this call did it."""
    return DELETE_USER.happens(app_id=app_id, id=user_id)
