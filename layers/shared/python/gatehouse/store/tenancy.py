"""Rows that say which connection URI domains, apps and tenants there are, and how they are configured."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY
from gatehouse.models.tenancy import Logins, TenantIdentifier
from gatehouse.store.statement import Query, Row, Sql

KEY = "connection_uri_domain, app_id, tenant_id"
"""The columns that name a tenant in the tables of how it is set up."""

SCOPES = {
    "tenant": "WHERE connection_uri_domain = :domain AND app_id = :app_id AND tenant_id = :tenant_id",
    "app": "WHERE connection_uri_domain = :domain AND app_id = :app_id",
    "domain": "WHERE connection_uri_domain = :domain",
    "all": "",
}
"""Which of their rows are meant."""

COLUMNS = f"""
    {KEY}, core_config, email_password_enabled, third_party_enabled, passwordless_enabled, is_first_factors_null"""
"""The columns of `tenant_configs`, as `read_config` reads them."""

SELECT_LINEAGE = Sql(f"""
    SELECT {COLUMNS} FROM {{tenant_configs}}
    WHERE connection_uri_domain IN (:domains) AND app_id IN (:app_ids) AND tenant_id IN (:tenant_ids)""")

SELECT_FIRST_FACTORS = Sql(f"""
    SELECT {KEY}, factor_id FROM {{tenant_first_factors}}
    WHERE connection_uri_domain IN (:domains) AND app_id = :app_id AND tenant_id = :tenant_id""")

SELECT_REQUIRED_FACTORS = Sql(f"""
    SELECT {KEY}, factor_id FROM {{tenant_required_secondary_factors}}
    WHERE connection_uri_domain IN (:domains) AND app_id = :app_id AND tenant_id = :tenant_id""")

FactorRow = tuple[TenantIdentifier, str]


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """A tenant with its own part of the configuration; without factors, all are allowed or none is."""

    identifier: TenantIdentifier
    core_config: Mapping[str, Any]
    enabled: frozenset[str]
    allows_all: bool

    def logins(self, first_factors: Iterable[FactorRow]) -> Logins:
        """Return which recipes the tenant has switched on, and its own of some first factors."""
        own = self.own(first_factors)
        return Logins(self.enabled, own or (None if self.allows_all else ()))

    def own(self, factors: Iterable[FactorRow]) -> tuple[str, ...]:
        """Return the tenant's own of some factors, in order."""
        return tuple(sorted(factor for identifier, factor in factors if identifier == self.identifier))


def list_lineage(
    domain: str, app_id: str, tenant_id: str
) -> tuple[Query[list[ConfigRow]], Query[list[FactorRow]], Query[list[FactorRow]]]:
    """List a tenant and what stands above it, on a domain and on the default one.

    The others are the tenant's first factors and its required secondary ones.
    """
    domains = ["", domain]
    own = {"domains": domains, "app_id": app_id, "tenant_id": tenant_id}
    return (
        SELECT_LINEAGE.all(
            read_config, domains=domains, app_ids=["public", app_id], tenant_ids=["public", tenant_id]
        ),
        SELECT_FIRST_FACTORS.all(read_factor, **own),
        SELECT_REQUIRED_FACTORS.all(read_factor, **own),
    )


def key_of(identifier: TenantIdentifier) -> dict[str, str]:
    """Return the values that name a tenant in statements."""
    return {"domain": identifier.domain, "app_id": identifier.app_id, "tenant_id": identifier.tenant_id}


def identifier_of(row: Row) -> TenantIdentifier:
    """Return the tenant that the first columns of a row name."""
    return TenantIdentifier(row[0], row[1], row[2])


def read_config(row: Row) -> ConfigRow:
    """Read a tenant; a core that does not know the last column leaves it NULL, and restricts no first factors."""
    switches = dict(zip((EMAIL_PASSWORD, THIRD_PARTY, PASSWORDLESS), row[4:7], strict=True))
    return ConfigRow(
        identifier=identifier_of(row),
        core_config=json.loads(row[3] or "{}"),
        enabled=frozenset(recipe for recipe, is_on in switches.items() if is_on),
        allows_all=row[7] is None or bool(row[7]),
    )


def read_factor(row: Row) -> FactorRow:
    """Read a factor and the tenant that it is of."""
    return identifier_of(row), row[3]
