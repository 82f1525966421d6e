"""Which third parties a tenant offers, for the buttons of a frontend: its own, or those of the settings."""

from collections.abc import Sequence

from gatehouse.errors import RequestInvalid
from gatehouse.models.providers import Provider
from gatehouse.models.tenancy import Tenant
from gatehouse.oauth.registration import Registration, find, merged, register
from gatehouse.oauth.third_parties import known
from gatehouse.store import multitenancy_thirdparty
from gatehouse.store.database import Database
from gatehouse.store.tenancy import key_of


class OfferedProviders:
    """Lists third parties by their names; `static` are those of the settings."""

    def __init__(self, database: Database, static: Sequence[Provider]) -> None:
        self._database = database
        self._static = static

    def registration(self, tenant: Tenant, third_party_id: str, client_type: str | None) -> Registration:
        """Return what a sign-in through a third party needs; raises RequestInvalid."""
        provider = find(self._offered(tenant), third_party_id)
        if provider is None:
            raise RequestInvalid(f"the provider {third_party_id} could not be found in the configuration")
        return register(provider, client_type)

    def list_names(self, tenant: Tenant, client_type: str | None) -> list[tuple[str, str | None]]:
        """List (id, name) of those that have a client of a type; without a type, of those that have just one."""
        offered = self._offered(tenant)
        return [
            (provider.third_party_id, name_of(provider))
            for provider in offered
            if _has_client(provider, client_type)
        ]

    def _offered(self, tenant: Tenant) -> Sequence[Provider]:
        reads = multitenancy_thirdparty.reads("tenant", **key_of(tenant.identifier))
        found = multitenancy_thirdparty.providers_by_tenant(*self._database.batch(*reads))
        own = found.get(tenant.identifier)
        if own is None:
            return self._static if tenant.identifier.is_public else ()
        static = {provider.third_party_id: provider for provider in self._static}
        return [merged(static.get(provider.third_party_id), provider) for provider in own]


def name_of(provider: Provider) -> str | None:
    """Return what a third party is called."""
    return provider.name or known(provider.third_party_id).provider.name


def _has_client(provider: Provider, client_type: str | None) -> bool:
    if client_type is None:
        return len(provider.clients) == 1
    return any(client.client_type == client_type for client in provider.clients)
