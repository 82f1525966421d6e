"""The rows that every database has: the first app and tenant, as SuperTokens makes them, and the versions applied."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatehouse.store.migrations.files import Migration
from gatehouse.store.statement import Query, Sql, Upsert

VERSION_NAME = "gatehouse_schema_version"
"""The name in `key_value` under which the last version stands."""

INSERT_APP = Upsert("apps", columns=("app_id", "created_at_time"), key=("app_id",))
SELECT_APP = Sql("SELECT 1 FROM {apps} WHERE app_id = :app_id")

INSERT_TENANT = Upsert(
    "tenants", columns=("app_id", "tenant_id", "created_at_time"), key=("app_id", "tenant_id")
)
SELECT_TENANT = Sql("SELECT 1 FROM {tenants} WHERE app_id = :app_id AND tenant_id = :tenant_id")

INSERT_TENANT_CONFIG = Upsert(
    "tenant_configs",
    columns=(
        "connection_uri_domain",
        "app_id",
        "tenant_id",
        "core_config",
        "email_password_enabled",
        "passwordless_enabled",
        "third_party_enabled",
        "is_first_factors_null",
    ),
    key=("connection_uri_domain", "app_id", "tenant_id"),
)
SELECT_TENANT_CONFIG = Sql("""
    SELECT 1 FROM {tenant_configs}
    WHERE connection_uri_domain = :connection_uri_domain AND app_id = :app_id AND tenant_id = :tenant_id""")

UPSERT_VERSION = Upsert(
    "key_value",
    columns=("app_id", "tenant_id", "name", "value", "created_at_time"),
    key=("app_id", "tenant_id", "name"),
    update=(("value", "new.value"),),
)
SELECT_VERSION = Sql("""
    SELECT 1 FROM {key_value}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND name = :name AND value >= :value""")

INSERT_APPLIED = Upsert(
    "schema_migrations", columns=("version", "checksum", "applied_at_ms"), key=("version",)
)
SELECT_APPLIED = Sql("SELECT version, checksum FROM {schema_migrations}")


@dataclass(frozen=True, slots=True)
class Row:
    """A row to write unless it is there; `find` answers whether it is."""

    write: Upsert
    find: Sql
    values: Mapping[str, Any]

    def written(self) -> Query[int]:
        """Bind the write."""
        return self.write.run(**self.values)

    def found(self) -> Query[int | None]:
        """Bind the look at what is there."""
        return self.find.one(lambda row: int(row[0]), **self.values)


def base_rows(version: str, now_ms: int) -> tuple[Row, ...]:
    """Return the rows of the first app and tenant, parents first, and the one that names the schema's version."""
    app = {"app_id": "public", "created_at_time": now_ms}
    tenant = {**app, "tenant_id": "public"}
    config = {
        "connection_uri_domain": "",
        "app_id": "public",
        "tenant_id": "public",
        "core_config": "{}",
        "email_password_enabled": True,
        "passwordless_enabled": True,
        "third_party_enabled": True,
        "is_first_factors_null": True,
    }
    return (
        Row(INSERT_APP, SELECT_APP, app),
        Row(INSERT_TENANT, SELECT_TENANT, tenant),
        Row(INSERT_TENANT_CONFIG, SELECT_TENANT_CONFIG, config),
        Row(UPSERT_VERSION, SELECT_VERSION, {**tenant, "name": VERSION_NAME, "value": version}),
    )


def applied_row(migration: Migration, now_ms: int) -> Query[int]:
    """Bind the note that a migration was applied."""
    return INSERT_APPLIED.run(version=migration.version, checksum=migration.checksum, applied_at_ms=now_ms)


def list_applied() -> Query[list[tuple[str, str]]]:
    """List (version, checksum) of the migrations that a database has had."""
    return SELECT_APPLIED.all(lambda row: (str(row[0]), str(row[1])))
