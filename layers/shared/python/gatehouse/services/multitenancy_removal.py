"""Removal of tenants, apps and connection URI domains (specs/supertokens.md 4.9)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gatehouse.errors import Forbidden
from gatehouse.models import PUBLIC
from gatehouse.models.tenancy import TenantIdentifier
from gatehouse.services.audit import Events, place_of
from gatehouse.services.tenancy import Tenancy
from gatehouse.store import multitenancy, multitenancy_removal
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query

SWEPT_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Removal:
    """What goes: how tenants are set up, and of whom the data goes, too."""

    configs: tuple[TenantIdentifier, ...]
    tenants: tuple[tuple[str, str], ...]
    apps: tuple[str, ...]

    @classmethod
    def of(cls, gone: Iterable[TenantIdentifier], known: Iterable[TenantIdentifier]) -> "Removal":
        """Plan the removal of some of the known tenants; data that another domain still uses stays."""
        gone = tuple(gone)
        left = set(known) - set(gone)
        apps = tuple({identifier.app_id for identifier in gone} - {identifier.app_id for identifier in left})
        tenants = {
            (identifier.app_id, identifier.tenant_id)
            for identifier in gone
            if identifier.app_id not in apps and not identifier.is_public
        } - {(identifier.app_id, identifier.tenant_id) for identifier in left}
        return cls(gone, tuple(sorted(tenants)), apps)

    def sweep(self) -> list[Query[int]]:
        """Return deletes of a part of the data."""
        of_apps = [query for app in self.apps for query in multitenancy_removal.sweep_app(app, SWEPT_AT_ONCE)]
        of_tenants = [
            query
            for app_id, tenant_id in self.tenants
            for query in multitenancy_removal.sweep_tenant(app_id, tenant_id, SWEPT_AT_ONCE)
        ]
        return of_apps + of_tenants

    def delete(self) -> list[Query[int]]:
        """Return deletes of everything, children first."""
        of_apps = [query for app in self.apps for query in multitenancy_removal.delete_app(app)]
        of_tenants = [query for names in self.tenants for query in multitenancy_removal.delete_tenant(*names)]
        return [*multitenancy_removal.delete_configs(self.configs), *of_apps, *of_tenants]


class MultitenancyRemoval:
    """Removes tenants; those that have much are emptied part by part first, so that no statement takes long."""

    def __init__(self, database: Database, tenancy: Tenancy, events: Events) -> None:
        self._database = database
        self._tenancy = tenancy
        self._events = events

    def remove_tenant(self, source: TenantIdentifier, tenant_id: str) -> bool:
        """Remove a tenant of an app; returns whether there was one. Raises Forbidden."""
        if tenant_id == PUBLIC:
            raise Forbidden("Cannot delete public tenant, use remove app API instead")
        if not source.is_public:
            raise Forbidden("Only the public tenantId is allowed to delete a tenant")
        target = TenantIdentifier(source.domain, source.app_id, tenant_id)
        of_app = multitenancy_removal.list_of_app(source.app_id)
        return self._remove(source, lambda known: [target] if target in known else [], of_app)

    def remove_app(self, source: TenantIdentifier, app_id: str) -> bool:
        """Remove an app without other tenants; returns whether there was one. Raises Forbidden."""
        if app_id == PUBLIC:
            raise Forbidden("Cannot delete the public app, use remove connection uri domain API instead")
        if source != source.connection:
            raise Forbidden("Only the public tenantId and public appId is allowed to delete an app")
        target = TenantIdentifier(source.domain, app_id)

        def choose(known: list[TenantIdentifier]) -> list[TenantIdentifier]:
            own = [identifier for identifier in known if identifier.app == target]
            if len(own) > 1:
                raise Forbidden(
                    "Please delete all tenants except the public tenant for this app before calling the delete API"
                )
            return own

        return self._remove(source, choose, multitenancy_removal.list_of_app(app_id))

    def remove_domain(self, source: TenantIdentifier, domain: str) -> bool:
        """Remove a connection URI domain without other apps; returns whether there was one. Raises Forbidden."""
        if source != TenantIdentifier():
            raise Forbidden(
                "Only the public tenantId, public appId and default connectionUriDomain is allowed to delete a "
                "connectionUriDomain"
            )

        def choose(known: list[TenantIdentifier]) -> list[TenantIdentifier]:
            own = [identifier for identifier in known if identifier.domain == domain]
            if any(identifier.app_id != PUBLIC for identifier in own):
                raise Forbidden(
                    "Please delete all apps except the public appID for this connectionUriDomain before calling the "
                    "delete API."
                )
            return own

        of_app = multitenancy_removal.list_of_app(PUBLIC)
        return self._remove(source, choose, of_app, multitenancy_removal.list_of_domain(domain))

    def _remove(
        self,
        source: TenantIdentifier,
        choose: Callable[[list[TenantIdentifier]], list[TenantIdentifier]],
        *reads: Query[list[TenantIdentifier]],
    ) -> bool:
        """Remove what `choose` picks of the tenants that are read; they are all of the apps concerned."""

        def plan(*found: list[TenantIdentifier]) -> Removal:
            known = list(dict.fromkeys(identifier for some in found for identifier in some))
            return Removal.of(choose(known), known)

        def work(tx: Transaction) -> bool:
            _, *found = tx.batch(multitenancy.lock_base(), *reads)
            removal = plan(*found)
            notes = [note for gone in removal.configs for note in self._note(source, gone)]
            tx.finish(*removal.delete(), *notes)
            return bool(removal.configs)

        self._sweep(plan(*self._database.batch(*reads)).sweep())
        try:
            return self._database.transact(work)
        finally:
            self._tenancy.forget()

    def _note(self, source: TenantIdentifier, gone: TenantIdentifier) -> tuple[Query[Any], ...]:
        return self._events.note("tenant.deleted", app_id=source.app_id, details=place_of(gone))

    def _sweep(self, deletes: list[Query[int]]) -> None:
        while deletes and any(count == SWEPT_AT_ONCE for count in self._database.batch(*deletes)):
            pass
