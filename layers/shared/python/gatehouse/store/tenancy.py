"""Rows that say which connection URI domains, apps and tenants there are, and how they are configured."""

from dataclasses import dataclass

from gatehouse.models.tenancy import TenantIdentifier
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

SELECT_LINEAGE = Sql("""
    SELECT connection_uri_domain, app_id, tenant_id, core_config FROM {tenant_configs}
    WHERE connection_uri_domain IN (:domains) AND app_id IN (:app_ids) AND tenant_id IN (:tenant_ids)""")


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """A tenant with its own part of the configuration, as JSON text."""

    identifier: TenantIdentifier
    core_config: str


def list_lineage(domain: str, app_id: str, tenant_id: str) -> Query[list[ConfigRow]]:
    """List a tenant and what stands above it, on a domain and on the default one, as far as they exist."""
    return SELECT_LINEAGE.all(
        lambda row: ConfigRow(identifier_of(row), row[3] or "{}"),
        domains=["", domain],
        app_ids=["public", app_id],
        tenant_ids=["public", tenant_id],
    )


def key_of(identifier: TenantIdentifier) -> dict[str, str]:
    """Return the values that name a tenant in statements."""
    return {"domain": identifier.domain, "app_id": identifier.app_id, "tenant_id": identifier.tenant_id}


def identifier_of(row: Row) -> TenantIdentifier:
    """Return the tenant that the first columns of a row name."""
    return TenantIdentifier(row[0], row[1], row[2])
