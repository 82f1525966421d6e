"""Rows of connection URI domains, apps and tenants: how they are set up, and the lock of those who change them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY
from gatehouse.models.tenancy import TenantConfig, TenantIdentifier
from gatehouse.store import multitenancy_thirdparty
from gatehouse.store.multitenancy_thirdparty import ClientRow, ProviderRow
from gatehouse.store.statement import Query, Row, Sql, Upsert
from gatehouse.store.tenancy import (
    COLUMNS,
    KEY,
    SCOPES,
    ConfigRow,
    FactorRow,
    identifier_of,
    key_of,
    read_config,
    read_factor,
)

SELECT_CONFIGS = {
    scope: Sql(f"""
    SELECT {COLUMNS} FROM {{tenant_configs}} {where}
    ORDER BY {KEY}""")
    for scope, where in SCOPES.items()
}

SELECT_FIRST_FACTORS = {
    scope: Sql(f"SELECT {KEY}, factor_id FROM {{tenant_first_factors}} {where} ORDER BY {KEY}")
    for scope, where in SCOPES.items()
}

SELECT_SECONDARY_FACTORS = {
    scope: Sql(f"SELECT {KEY}, factor_id FROM {{tenant_required_secondary_factors}} {where} ORDER BY {KEY}")
    for scope, where in SCOPES.items()
}

LOCK_BASE = Sql(f"SELECT tenant_id FROM {{tenant_configs}} {SCOPES['tenant']} {{for_update}}")

SELECT_EXISTS = Sql(f"SELECT 1 FROM {{tenant_configs}} {SCOPES['tenant']}")

SELECT_OF_APP_AND_ABOVE = Sql(f"""
    SELECT {KEY}, core_config FROM {{tenant_configs}}
    WHERE connection_uri_domain = :domain
      AND (app_id = :app_id OR (app_id = :public_app_id AND tenant_id = :public_tenant_id))""")

SELECT_OF_DOMAIN = Sql(f"SELECT {KEY}, core_config FROM {{tenant_configs}} {SCOPES['domain']}")

INSERT_APP = Upsert("apps", columns=("app_id", "created_at_time"), key=("app_id",))

INSERT_TENANT = Upsert(
    "tenants", columns=("app_id", "tenant_id", "created_at_time"), key=("app_id", "tenant_id")
)

INSERT_CONFIG = Sql(f"""
    INSERT INTO {{tenant_configs}}
      ({COLUMNS})
    VALUES (:domain, :app_id, :tenant_id, :core_config,
      :is_email_password_enabled, :is_third_party_enabled, :is_passwordless_enabled, :is_first_factors_null)""")

UPDATE_CONFIG = Sql(f"""
    UPDATE {{tenant_configs}} SET core_config = :core_config, email_password_enabled = :is_email_password_enabled,
      third_party_enabled = :is_third_party_enabled, passwordless_enabled = :is_passwordless_enabled,
      is_first_factors_null = :is_first_factors_null
    {SCOPES["tenant"]}""")

DELETE_FIRST_FACTORS = Sql(f"DELETE FROM {{tenant_first_factors}} {SCOPES['tenant']}")

DELETE_SECONDARY_FACTORS = Sql(f"DELETE FROM {{tenant_required_secondary_factors}} {SCOPES['tenant']}")

INSERT_FIRST_FACTOR = Sql(f"""
    INSERT INTO {{tenant_first_factors}} ({KEY}, factor_id) VALUES (:domain, :app_id, :tenant_id, :factor_id)""")

INSERT_SECONDARY_FACTOR = Sql(f"""
    INSERT INTO {{tenant_required_secondary_factors}} ({KEY}, factor_id)
    VALUES (:domain, :app_id, :tenant_id, :factor_id)""")

ConfigQueries = tuple[
    Query[list[ConfigRow]],
    Query[list[FactorRow]],
    Query[list[FactorRow]],
    Query[list[ProviderRow]],
    Query[list[ClientRow]],
]
"""What a batch runs and `configs` puts together."""


def read_tenant(identifier: TenantIdentifier) -> ConfigQueries:
    """Read how a tenant is set up."""
    return _reads("tenant", **key_of(identifier))


def read_app(domain: str, app_id: str) -> ConfigQueries:
    """Read the tenants of an app."""
    return _reads("app", domain=domain, app_id=app_id)


def read_domain(domain: str) -> ConfigQueries:
    """Read the tenants of all apps of a connection URI domain."""
    return _reads("domain", domain=domain)


def read_all() -> ConfigQueries:
    """Read every tenant."""
    return _reads("all")


def configs(
    rows: Iterable[ConfigRow],
    first_factors: Iterable[FactorRow],
    secondary_factors: Iterable[FactorRow],
    providers: Iterable[ProviderRow],
    clients: Iterable[ClientRow],
) -> list[TenantConfig]:
    """Put together what the five reads found."""
    first, secondary = _by_tenant(first_factors), _by_tenant(secondary_factors)
    providers_of = multitenancy_thirdparty.providers_by_tenant(providers, clients)
    return [
        TenantConfig(
            identifier=row.identifier,
            logins=row.logins(first.get(row.identifier, ())),
            required_secondary_factors=tuple(
                sorted(factor for _, factor in secondary.get(row.identifier, ()))
            )
            or None,
            core_config=row.core_config,
            providers=tuple(providers_of.get(row.identifier, ())),
        )
        for row in rows
    ]


def lock_base() -> Query[bool]:
    """Let one change of apps and tenants at a time through, by the row that every database has.

    It must be the first query of a transaction: on MySQL, reads before it would freeze what later reads see.
    """
    return LOCK_BASE.finds(**key_of(TenantIdentifier()))


def exists(identifier: TenantIdentifier) -> Query[bool]:
    """Answer whether there is a tenant."""
    return SELECT_EXISTS.finds(**key_of(identifier))


def list_own_configs(target: TenantIdentifier) -> Query[list[tuple[TenantIdentifier, dict[str, Any]]]]:
    """List the own parts of the configurations that a change concerns: of the app and above, or of the domain."""
    if target == target.connection:
        return SELECT_OF_DOMAIN.all(_read_own_config, domain=target.domain)
    public = TenantIdentifier()
    return SELECT_OF_APP_AND_ABOVE.all(
        _read_own_config,
        domain=target.domain,
        app_id=target.app_id,
        public_app_id=public.app_id,
        public_tenant_id=public.tenant_id,
    )


def insert_config(config: TenantConfig, now_ms: int) -> list[Query[int]]:
    """Store a new tenant, parents first; DuplicateRow tells that somebody was faster."""
    return [
        *_insert_parents(config.identifier, now_ms),
        INSERT_CONFIG.run(**_values(config)),
        *_insert_factors(config),
    ]


def update_config(config: TenantConfig, now_ms: int) -> list[Query[int]]:
    """Store a tenant that exists."""
    key = key_of(config.identifier)
    return [
        *_insert_parents(config.identifier, now_ms),
        UPDATE_CONFIG.run(**_values(config)),
        DELETE_FIRST_FACTORS.run(**key),
        DELETE_SECONDARY_FACTORS.run(**key),
        *_insert_factors(config),
    ]


def written_core_config(own: Mapping[str, Any]) -> str:
    """Return a tenant's own part of the configuration as its column holds it."""
    return json.dumps(own, separators=(",", ":"))


def _reads(scope: str, **values: str) -> ConfigQueries:
    return (
        SELECT_CONFIGS[scope].all(read_config, **values),
        SELECT_FIRST_FACTORS[scope].all(read_factor, **values),
        SELECT_SECONDARY_FACTORS[scope].all(read_factor, **values),
        *multitenancy_thirdparty.reads(scope, **values),
    )


def _insert_parents(identifier: TenantIdentifier, now_ms: int) -> list[Query[int]]:
    app = {"app_id": identifier.app_id, "created_at_time": now_ms}
    return [INSERT_APP.run(**app), INSERT_TENANT.run(**app, tenant_id=identifier.tenant_id)]


def _insert_factors(config: TenantConfig) -> list[Query[int]]:
    key = key_of(config.identifier)
    return [
        *(INSERT_FIRST_FACTOR.run(**key, factor_id=factor) for factor in config.logins.first_factors or ()),
        *(
            INSERT_SECONDARY_FACTOR.run(**key, factor_id=factor)
            for factor in config.required_secondary_factors or ()
        ),
    ]


def _values(config: TenantConfig) -> dict[str, Any]:
    return {
        **key_of(config.identifier),
        "core_config": written_core_config(config.core_config),
        "is_email_password_enabled": EMAIL_PASSWORD in config.logins.enabled,
        "is_third_party_enabled": THIRD_PARTY in config.logins.enabled,
        "is_passwordless_enabled": PASSWORDLESS in config.logins.enabled,
        "is_first_factors_null": config.logins.first_factors is None,
    }


def _read_own_config(row: Row) -> tuple[TenantIdentifier, dict[str, Any]]:
    return identifier_of(row), json.loads(row[3] or "{}")


def _by_tenant(rows: Iterable[FactorRow]) -> dict[TenantIdentifier, list[FactorRow]]:
    found: dict[TenantIdentifier, list[FactorRow]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found
