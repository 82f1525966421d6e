"""Rows of `key_value`: one named text per app and tenant."""

from gatehouse.store.statement import Query, Sql, Upsert

INSERT_IF_ABSENT = Upsert(
    "key_value",
    columns=("app_id", "tenant_id", "name", "value", "created_at_time"),
    key=("app_id", "tenant_id", "name"),
)

UPSERT = Upsert(
    "key_value",
    columns=("app_id", "tenant_id", "name", "value", "created_at_time"),
    key=("app_id", "tenant_id", "name"),
    update=(("value", "new.value"), ("created_at_time", "new.created_at_time")),
)

SELECT_VALUE = Sql("""
    SELECT value FROM {key_value} WHERE app_id = :app_id AND tenant_id = :tenant_id AND name = :name""")

DELETE_VALUE = Sql("""
    DELETE FROM {key_value} WHERE app_id = :app_id AND tenant_id = :tenant_id AND name = :name""")


def insert_value_if_absent(app_id: str, tenant_id: str, *, name: str, value: str, now_ms: int) -> Query[int]:
    """Store a value unless the name has one; read it back to learn whose it is."""
    return INSERT_IF_ABSENT.run(
        app_id=app_id, tenant_id=tenant_id, name=name, value=value, created_at_time=now_ms
    )


def get_value(app_id: str, tenant_id: str, name: str) -> Query[str | None]:
    """Find a value by its name."""
    return SELECT_VALUE.one(lambda row: str(row[0]), app_id=app_id, tenant_id=tenant_id, name=name)


def upsert_value(app_id: str, tenant_id: str, *, name: str, value: str, now_ms: int) -> Query[int]:
    """Store a value in the place of any other."""
    return UPSERT.run(app_id=app_id, tenant_id=tenant_id, name=name, value=value, created_at_time=now_ms)


def delete_value(app_id: str, tenant_id: str, name: str) -> Query[bool]:
    """Delete a value; says whether this call did it."""
    return DELETE_VALUE.happens(app_id=app_id, tenant_id=tenant_id, name=name)
