"""Finds the tenant that a request is for, and the configuration that holds there (specs/supertokens.md 4.9)."""

from collections.abc import Mapping
from typing import Any

from gatehouse.clock import SECOND_MS, Clock
from gatehouse.core_config import CoreConfig, CoreConfigInvalid
from gatehouse.errors import RequestInvalid, SettingInvalid
from gatehouse.models.tenancy import Tenant, TenantIdentifier
from gatehouse.store import tenancy
from gatehouse.store.database import Database

CACHE_MS = 30 * SECOND_MS
"""How long an instance believes what it read; changes are seen everywhere within a minute."""

CACHED = 1_000


class TenantNotFound(RequestInvalid):
    """The path names an app or a tenant that does not exist."""

    def __init__(self, identifier: TenantIdentifier) -> None:
        names = f"{identifier.domain}, {identifier.app_id}, {identifier.tenant_id}"
        super().__init__(
            "AppId or tenantId not found => Tenant with the following connectionURIDomain, appId and tenantId "
            f"combination not found: ({names})"
        )


class Tenancy:
    """The tenants as this instance last read them; an unknown one is looked for again each time."""

    def __init__(
        self, database: Database, clock: Clock, base: CoreConfig, *, is_test_mode: bool = False
    ) -> None:
        self._database = database
        self._clock = clock
        self._base = base
        self._is_test_mode = is_test_mode
        self._known: dict[tuple[str, str, str], tuple[int, Tenant]] = {}
        self.changes = 0

    def resolve(self, host: str, app_id: str, tenant_id: str) -> Tenant:
        """Return the tenant of a request; `host` counts only where it is a connection URI domain.

        Raises TenantNotFound.
        """
        key = (host, app_id, tenant_id)
        read_at_ms, tenant = self._known.get(key, (0, None))
        if tenant and self._clock() - read_at_ms <= CACHE_MS:
            return tenant
        return self._read(host, app_id, tenant_id)

    def reread(self, tenant: Tenant) -> Tenant:
        """Return a tenant as the database has it now, for those who look at its configuration.

        Raises TenantNotFound.
        """
        identifier = tenant.identifier
        return self._read(identifier.domain, identifier.app_id, identifier.tenant_id)

    def sibling(self, tenant: Tenant, tenant_id: str) -> Tenant:
        """Return another tenant of the same app, which a token or a handle names; raises TenantNotFound."""
        if tenant_id == tenant.tenant_id:
            return tenant
        return self.resolve(tenant.identifier.domain, tenant.app_id, tenant_id)

    def configuration(
        self, identifier: TenantIdentifier, own: Mapping[TenantIdentifier, Mapping[str, Any]]
    ) -> CoreConfig:
        """Return what holds for a tenant: the base, changed by its domain, its app, and itself, in that order.

        `own` are the own parts of these; raises CoreConfigInvalid.
        """
        config = self._base
        for level in dict.fromkeys((identifier.connection, identifier.app, identifier)):
            if level != TenantIdentifier():
                config = config.overlaid(own.get(level, {}), is_test_mode=self._is_test_mode)
        return config

    def forget(self) -> None:
        """Read every tenant again when it is next asked for: somebody has just changed one through this instance."""
        self._known.clear()
        self.changes += 1

    def _read(self, host: str, app_id: str, tenant_id: str) -> Tenant:
        key = (host, app_id, tenant_id)
        rows, first, required = self._database.batch(*tenancy.list_lineage(host, app_id, tenant_id))
        by_identifier = {row.identifier: row for row in rows}
        domain = host if TenantIdentifier(host) in by_identifier else ""
        identifier = TenantIdentifier(domain, app_id, tenant_id)
        if identifier not in by_identifier:
            self._known.pop(key, None)
            raise TenantNotFound(identifier)
        own = {row.identifier: row.core_config for row in rows}
        tenant = Tenant(
            identifier,
            self._stored_configuration(identifier, own),
            by_identifier[identifier].logins(first),
            by_identifier[identifier].own(required),
        )
        if len(self._known) >= CACHED:
            self._known.clear()
        self._known[key] = (self._clock(), tenant)
        return tenant

    def _stored_configuration(
        self, identifier: TenantIdentifier, own: Mapping[TenantIdentifier, Mapping[str, Any]]
    ) -> CoreConfig:
        """Return the same; what a core, or the test mode, has stored may be more than we take."""
        try:
            return self.configuration(identifier, own)
        except CoreConfigInvalid as error:
            name = f"core_config of ({identifier.domain}, {identifier.app_id}, {identifier.tenant_id})"
            raise SettingInvalid(name, str(error)) from None
