"""Which third parties a tenant offers, for the buttons of a frontend: its own, or those of the settings."""

from collections.abc import Sequence
from dataclasses import replace

from gatehouse.models.providers import Provider, ProviderClient
from gatehouse.models.tenancy import Tenant
from gatehouse.store import multitenancy_thirdparty
from gatehouse.store.database import Database
from gatehouse.store.tenancy import key_of

NAMES = {
    "active-directory": "Active Directory",
    "apple": "Apple",
    "bitbucket": "Bitbucket",
    "boxy-saml": "SAML",
    "discord": "Discord",
    "facebook": "Facebook",
    "github": "Github",
    "gitlab": "Gitlab",
    "google-workspaces": "Google Workspaces",
    "google": "Google",
    "linkedin": "Linkedin",
    "okta": "Okta",
    "saml": "SAML",
    "twitter": "Twitter",
}
"""What third parties are called whose ids begin like this, unless they are given a name; longer ids go first."""


class OfferedProviders:
    """Lists third parties by their names; `static` are those of the settings."""

    def __init__(self, database: Database, static: Sequence[Provider]) -> None:
        self._database = database
        self._static = static

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
        return [_merged(static.get(provider.third_party_id), provider) for provider in own]


def name_of(provider: Provider) -> str | None:
    """Return what a third party is called."""
    known = (name for prefix, name in NAMES.items() if provider.third_party_id.startswith(prefix))
    return provider.name or next(known, None)


def _merged(static: Provider | None, own: Provider) -> Provider:
    """Return a tenant's third party with what it leaves to the settings, as far as it is shown."""
    if static is None:
        return own
    clients: dict[str | None, ProviderClient] = {
        client.client_type: client for client in (*static.clients, *own.clients)
    }
    return replace(own, name=own.name or static.name, clients=tuple(clients.values()))


def _has_client(provider: Provider, client_type: str | None) -> bool:
    if client_type is None:
        return len(provider.clients) == 1
    return any(client.client_type == client_type for client in provider.clients)
