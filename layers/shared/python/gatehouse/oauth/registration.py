"""A third party as a sign-in needs it: what is known, what is set, and one of its clients, all in one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from gatehouse.errors import RequestInvalid
from gatehouse.models.providers import Provider, ProviderClient, UserInfoKeys
from gatehouse.oauth.third_parties import WELL_KNOWN, Known, known

_KEYS = ("from_id_token_payload", "from_user_info_api")
_DEFAULT_KEYS = UserInfoKeys("sub", "email", "email_verified")
_PLAIN = tuple(
    item.name for item in fields(Provider) if item.name not in {"third_party_id", "clients", *_KEYS}
)


@dataclass(frozen=True, slots=True)
class Registration:
    """A client of a third party; `client_ids` are those of all its clients there."""

    provider: Provider
    client: ProviderClient
    known: Known
    client_ids: frozenset[str] = field(default=frozenset())

    @property
    def id(self) -> str:
        """The third party's id."""
        return self.provider.third_party_id

    def additional(self, name: str) -> str | None:
        """Return a text of `additionalConfig`."""
        value = (self.client.additional_config or {}).get(name)
        return value if isinstance(value, str) and value else None


def merged(static: Provider | None, own: Provider) -> Provider:
    """Return a tenant's third party with what it leaves to the settings; its clients replace those of their type."""
    if static is None:
        return own
    clients: dict[str | None, ProviderClient] = {
        client.client_type: client for client in (*static.clients, *own.clients)
    }
    return replace(_filled(own, static), clients=tuple(clients.values()), require_email=static.require_email)


def register(provider: Provider, client_type: str | None) -> Registration:
    """Return the client of a type, or without a type the only one; raises RequestInvalid."""
    of_type = [
        client for client in provider.clients if client_type is None or client.client_type == client_type
    ]
    if client_type is None and len(of_type) != 1:
        raise RequestInvalid("please provide exactly one client config or pass clientType or tenantId")
    if not of_type:
        raise RequestInvalid(f"Could not find client config for clientType: {client_type}")
    about = known(provider.third_party_id)
    client = of_type[0]
    if client.scope is None:
        client = replace(client, scope=about.scope)
    if about.needs_pkce and client.force_pkce is None:
        client = replace(client, force_pkce=True)
    filled = _with_own_endpoints(_filled(provider, about.provider), about, client)
    keys: dict[str, Any] = {name: _complete(getattr(filled, name)) for name in _KEYS}
    filled = replace(filled, **keys)
    return Registration(filled, client, about, frozenset(each.client_id for each in provider.clients))


def _filled(provider: Provider, other: Provider) -> Provider:
    """Return a third party with what it leaves open as another has it."""
    plain: dict[str, Any] = {
        name: getattr(other, name) if getattr(provider, name) is None else getattr(provider, name)
        for name in _PLAIN
    }
    keys: dict[str, Any] = {name: _first(getattr(provider, name), getattr(other, name)) for name in _KEYS}
    parameters = "authorization_endpoint_query_params"
    if getattr(provider, parameters) is not None and getattr(other, parameters) is not None:
        plain[parameters] = {**getattr(other, parameters), **getattr(provider, parameters)}
    return replace(provider, **plain, **keys)


def _first(keys: UserInfoKeys, other: UserInfoKeys) -> UserInfoKeys:
    return UserInfoKeys(
        keys.user_id or other.user_id, keys.email or other.email, keys.email_verified or other.email_verified
    )


def _complete(keys: UserInfoKeys) -> UserInfoKeys:
    return _first(keys, _DEFAULT_KEYS)


def _with_own_endpoints(provider: Provider, about: Known, client: ProviderClient) -> Provider:
    """Fill in the addresses that depend on `additionalConfig`."""
    additional = {
        name: value.rstrip("/")
        for name, value in (client.additional_config or {}).items()
        if isinstance(value, str)
    }
    for name, template in about.endpoints.items():
        try:
            url = template.format_map(additional)
        except KeyError:
            continue
        if name == "oidc_discovery_endpoint" or getattr(provider, name) is None:
            whole: dict[str, Any] = {name: url if "://" in url else f"https://{url}"}
            provider = replace(provider, **whole)
    discovery = provider.oidc_discovery_endpoint
    if about.is_discovered and discovery and not discovery.endswith(WELL_KNOWN):
        provider = replace(provider, oidc_discovery_endpoint=discovery.rstrip("/") + WELL_KNOWN)
    return provider


def find(providers: Sequence[Provider], third_party_id: str) -> Provider | None:
    """Return the third party of an id."""
    return next((provider for provider in providers if provider.third_party_id == third_party_id), None)
