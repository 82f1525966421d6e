"""Connection URI domains, apps and tenants: made, changed and listed (specs/supertokens.md 4.9)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gatehouse.clock import Clock
from gatehouse.core_config import CoreConfigInvalid, check_changes
from gatehouse.errors import DuplicateRow, Forbidden, RequestInvalid
from gatehouse.models.tenancy import TenantConfig, TenantIdentifier
from gatehouse.recipe_errors import UnknownTenant
from gatehouse.services.audit import Events, place_of
from gatehouse.services.multitenancy_rules import TenantChange, TenantRules, check_may_put
from gatehouse.services.tenancy import Tenancy, TenantNotFound
from gatehouse.store import multitenancy
from gatehouse.store.database import Database, Transaction
from gatehouse.store.multitenancy import ConfigQueries

CORE_CONFIG_LENGTH = 65_535
"""What MySQL's TEXT holds."""

Own = Mapping[TenantIdentifier, Mapping[str, Any]]


class CoreConfigRefused(RequestInvalid):
    """The own part of a tenant's configuration is not allowed; the text says why."""

    def __init__(self, error: CoreConfigInvalid) -> None:
        super().__init__(f"Invalid core config: {error}")


class Multitenancy:
    """Changes and lists tenants; what it reads comes from the database, never from what an instance remembers."""

    def __init__(self, database: Database, tenancy: Tenancy, clock: Clock, events: Events) -> None:
        self._database = database
        self._tenancy = tenancy
        self._clock = clock
        self._events = events

    def put(
        self, source: TenantIdentifier, target: TenantIdentifier, rules: TenantRules, change: TenantChange
    ) -> bool:
        """Make or change `target` on behalf of `source`; returns whether it is new.

        Raises Forbidden, RequestInvalid, or TenantNotFound if `source` is gone.
        """
        check_may_put(source, target)
        try:
            return self._database.transact(
                lambda tx: self._put(tx, source, target, rules, change), rerun_on_duplicate=True
            )
        except CoreConfigInvalid as error:
            raise CoreConfigRefused(error) from None
        except DuplicateRow:  # on a database that compares without case
            raise RequestInvalid("firstFactors input should not contain duplicate values") from None
        finally:
            self._tenancy.forget()

    def get(self, identifier: TenantIdentifier) -> TenantConfig:
        """Return how a tenant is set up; raises UnknownTenant."""
        found = self._read(multitenancy.read_tenant(identifier))
        if not found:
            raise UnknownTenant
        return found[0]

    def list_tenants(self, source: TenantIdentifier) -> list[TenantConfig]:
        """List the tenants of an app; raises Forbidden."""
        if not source.is_public:
            raise Forbidden(
                "Only the public tenantId is allowed to list all tenants associated with this app"
            )
        return self._read(multitenancy.read_app(source.domain, source.app_id))

    def list_apps(self, source: TenantIdentifier) -> list[TenantConfig]:
        """List the tenants of all apps of a connection URI domain; raises Forbidden."""
        if source != source.connection:
            raise Forbidden(
                "Only the public tenantId and public appId is allowed to list all apps associated with this "
                "connection uri domain"
            )
        return self._read(multitenancy.read_domain(source.domain))

    def list_domains(self, source: TenantIdentifier) -> list[TenantConfig]:
        """List every tenant; raises Forbidden."""
        if source != TenantIdentifier():
            raise Forbidden(
                "Only the public tenantId, public appId and default connectionUriDomain is allowed to list all "
                "connectionUriDomains and appIds associated with this core"
            )
        return self._read(multitenancy.read_all())

    def _read(self, queries: ConfigQueries) -> list[TenantConfig]:
        return multitenancy.configs(*self._database.batch(*queries))

    def _put(
        self,
        tx: Transaction,
        source: TenantIdentifier,
        target: TenantIdentifier,
        rules: TenantRules,
        change: TenantChange,
    ) -> bool:
        _, is_source_there, own, *rows = tx.batch(
            multitenancy.lock_base(),
            multitenancy.exists(source),
            multitenancy.list_own_configs(target),
            *multitenancy.read_tenant(target),
        )
        if not is_source_there:
            raise TenantNotFound(source)
        found = multitenancy.configs(*rows)
        before = found[0] if found else rules.new(target)
        after = rules.change(before, change)
        if change.core_config is not None:
            after = replace(after, core_config=self._changed(before, change.core_config, dict(own)))
        store = multitenancy.update_config if found else multitenancy.insert_config
        note = self._events.note(
            "tenant.changed",
            app_id=source.app_id,
            details={**place_of(target), "change": "changed" if found else "created"},
        )
        tx.finish(*store(after, self._clock()), *note)
        return not found

    def _changed(self, before: TenantConfig, changes: Mapping[str, Any], own: Own) -> Mapping[str, Any]:
        """Return a tenant's own part with changes merged in, key by key; raises CoreConfigInvalid."""
        merged = dict(before.core_config)
        for name, value in changes.items():
            if value is None and name in merged:
                del merged[name]
            else:
                merged[name] = value
        if before.identifier == TenantIdentifier() and merged:
            raise RequestInvalid("Cannot modify base config")
        check_changes(changes, before.core_config)
        if len(multitenancy.written_core_config(merged)) > CORE_CONFIG_LENGTH:
            raise CoreConfigInvalid(f"must not be longer than {CORE_CONFIG_LENGTH} characters")
        self._check_together(before.identifier, {**own, before.identifier: merged})
        return merged

    def _check_together(self, target: TenantIdentifier, own: Own) -> None:
        """Raise CoreConfigInvalid if a value is not allowed, or differs where tenants of one app must agree."""
        apps = {identifier.app for identifier in own} | {target.app}
        configurations = {app: self._tenancy.configuration(app, own) for app in sorted(apps)}
        for identifier, part in own.items():
            if part and not identifier.is_public:
                configuration = self._tenancy.configuration(identifier, own)
                if name := configurations[identifier.app].find_conflict(configuration):
                    raise CoreConfigInvalid(f"You cannot set different values for {name} for the same appId")
