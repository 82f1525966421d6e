"""Reads the setting THIRD_PARTY_PROVIDERS: a JSON list of third parties, as SuperTokens' SDKs take it."""

import json
from collections.abc import Mapping
from typing import Any

from gatehouse.models.providers import Provider, ProviderClient, UserInfoKeys

_KEYS = {"from_id_token_payload": "fromIdTokenPayload", "from_user_info_api": "fromUserInfoAPI"}
_MEMBERS = (
    ("name", "name", str),
    ("authorization_endpoint", "authorizationEndpoint", str),
    ("authorization_endpoint_query_params", "authorizationEndpointQueryParams", dict),
    ("token_endpoint", "tokenEndpoint", str),
    ("token_endpoint_body_params", "tokenEndpointBodyParams", dict),
    ("user_info_endpoint", "userInfoEndpoint", str),
    ("user_info_endpoint_query_params", "userInfoEndpointQueryParams", dict),
    ("user_info_endpoint_headers", "userInfoEndpointHeaders", dict),
    ("jwks_uri", "jwksURI", str),
    ("oidc_discovery_endpoint", "oidcDiscoveryEndpoint", str),
)
_KINDS = {str: "a text", dict: "an object", bool: "true or false"}


def read_providers(text: str) -> tuple[Provider, ...]:
    """Read the setting THIRD_PARTY_PROVIDERS: a JSON list as SuperTokens' SDKs take it; raises ValueError."""
    if not text:
        return ()
    try:
        found = json.loads(text)
    except ValueError:
        raise ValueError("must be a JSON list of providers, as in docs/social-login.md") from None
    if not isinstance(found, list):
        raise ValueError("must be a JSON list of providers, as in docs/social-login.md")
    providers = tuple(_provider(item) for item in found)
    ids = [provider.third_party_id for provider in providers]
    if len(set(ids)) < len(ids):
        raise ValueError("names a thirdPartyId twice")
    return providers


def _provider(item: Any) -> Provider:
    given = _object(item, "a provider")
    third_party_id = _text(given, "thirdPartyId", "a provider")
    where = f"provider {third_party_id}"
    clients = given.get("clients")
    if not isinstance(clients, list) or not clients:
        raise ValueError(f"{where}: clients must be a list of at least one client with a clientId")
    types = [client.get("clientType") for client in clients if isinstance(client, dict)]
    if len(set(map(str, types))) < len(clients):
        raise ValueError(f"{where}: several clients need a clientType each")
    return Provider(
        third_party_id,
        clients=tuple(_client(client, where) for client in clients),
        require_email=_flag(given, "requireEmail", where),
        **{name: _optional(given, member, kind, where) for name, member, kind in _MEMBERS},
        **_user_info_keys(given, where),
    )


def _client(item: Any, where: str) -> ProviderClient:
    given = _object(item, f"{where}: a client")
    scope = given.get("scope")
    if scope is not None and not (isinstance(scope, list) and all(isinstance(word, str) for word in scope)):
        raise ValueError(f"{where}: scope must be a list of texts")
    return ProviderClient(
        client_id=_text(given, "clientId", where),
        client_type=_optional(given, "clientType", str, where),
        client_secret=_optional(given, "clientSecret", str, where),
        scope=None if scope is None else tuple(scope),
        force_pkce=_flag(given, "forcePKCE", where),
        additional_config=_optional(given, "additionalConfig", dict, where),
    )


def _user_info_keys(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    info = _optional(given, "userInfoMap", dict, where) or {}
    keys = {}
    for name, member in _KEYS.items():
        part = _optional(info, member, dict, where) or {}
        keys[name] = UserInfoKeys(
            *(_optional(part, key, str, where) for key in ("userId", "email", "emailVerified"))
        )
    return keys


def _object(item: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(item, dict):
        raise ValueError(f"{what} must be an object")
    return item


def _text(given: Mapping[str, Any], name: str, where: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{where}: {name} is missing")
    return value


def _flag(given: Mapping[str, Any], name: str, where: str) -> bool | None:
    value: bool | None = _optional(given, name, bool, where)
    return value


def _optional(given: Mapping[str, Any], name: str, kind: type, where: str) -> Any:
    value = given.get(name)
    if value is not None and not isinstance(value, kind):
        raise ValueError(f"{where}: {name} must be {_KINDS[kind]}")
    return value
