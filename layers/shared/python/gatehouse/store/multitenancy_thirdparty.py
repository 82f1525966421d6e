"""Rows of tenants' third-party providers and of their clients."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gatehouse.models.providers import Provider, ProviderClient, UserInfoKeys
from gatehouse.models.tenancy import TenantIdentifier
from gatehouse.store.statement import Query, Row, Sql
from gatehouse.store.tenancy import KEY, SCOPES, identifier_of, key_of

_TEXTS = (
    "name",
    "authorization_endpoint",
    "token_endpoint",
    "user_info_endpoint",
    "jwks_uri",
    "oidc_discovery_endpoint",
)
_OBJECTS = (
    "authorization_endpoint_query_params",
    "token_endpoint_body_params",
    "user_info_endpoint_query_params",
    "user_info_endpoint_headers",
)
_KEYS_OF_TOKEN = tuple(
    f"user_info_map_from_id_token_payload_{name}" for name in ("user_id", "email", "email_verified")
)
_KEYS_OF_API = tuple(
    f"user_info_map_from_user_info_endpoint_{name}" for name in ("user_id", "email", "email_verified")
)
_COLUMNS = (*_TEXTS, *_OBJECTS, *_KEYS_OF_TOKEN, *_KEYS_OF_API)
_OF_PROVIDER = f"{SCOPES['tenant']} AND third_party_id = :third_party_id"

SELECT_PROVIDERS = {
    scope: Sql(f"""
    SELECT {KEY}, third_party_id, require_email, {", ".join(_COLUMNS)}
    FROM {{tenant_thirdparty_providers}} {where}
    ORDER BY {KEY}, third_party_id""")
    for scope, where in SCOPES.items()
}

SELECT_CLIENTS = {
    scope: Sql(f"""
    SELECT {KEY}, third_party_id, client_type, client_id, client_secret, {{texts_as_json(scope)}}, force_pkce,
      additional_config
    FROM {{tenant_thirdparty_provider_clients}} {where}
    ORDER BY {KEY}, third_party_id, client_type""")
    for scope, where in SCOPES.items()
}

INSERT_PROVIDER = Sql(f"""
    INSERT INTO {{tenant_thirdparty_providers}} ({KEY}, third_party_id, require_email, {", ".join(_COLUMNS)})
    VALUES (:domain, :app_id, :tenant_id, :third_party_id, :is_email_required,
      {", ".join(f":{name}" for name in _COLUMNS)})""")

INSERT_CLIENT = Sql(f"""
    INSERT INTO {{tenant_thirdparty_provider_clients}}
      ({KEY}, third_party_id, client_type, client_id, client_secret, scope, force_pkce, additional_config)
    VALUES (:domain, :app_id, :tenant_id, :third_party_id, :client_type, :client_id, :client_secret,
      {{json_as_texts(:scope_json)}}, :is_pkce_forced, :additional_config)""")

DELETE_PROVIDER = Sql(f"DELETE FROM {{tenant_thirdparty_providers}} {_OF_PROVIDER}")

DELETE_CLIENTS = Sql(f"DELETE FROM {{tenant_thirdparty_provider_clients}} {_OF_PROVIDER}")

ProviderRow = tuple[TenantIdentifier, Provider]
"""A provider without its clients."""

ClientRow = tuple[TenantIdentifier, str, ProviderClient]
"""A client, and the provider that it is of."""


def reads(scope: str, **values: str) -> tuple[Query[list[ProviderRow]], Query[list[ClientRow]]]:
    """Read providers and their clients; see `providers_by_tenant`."""
    return SELECT_PROVIDERS[scope].all(_read_provider, **values), SELECT_CLIENTS[scope].all(
        _read_client, **values
    )


def providers_by_tenant(
    providers: Iterable[ProviderRow], clients: Iterable[ClientRow]
) -> dict[TenantIdentifier, list[Provider]]:
    """Put together what the two reads found."""
    clients_of: dict[tuple[TenantIdentifier, str], list[ProviderClient]] = {}
    for identifier, third_party_id, client in clients:
        clients_of.setdefault((identifier, third_party_id), []).append(client)
    found: dict[TenantIdentifier, list[Provider]] = {}
    for identifier, provider in providers:
        own = tuple(clients_of.get((identifier, provider.third_party_id), ()))
        found.setdefault(identifier, []).append(replace(provider, clients=own))
    return found


def insert_provider(identifier: TenantIdentifier, provider: Provider) -> list[Query[int]]:
    """Store a provider and its clients, parents first; DuplicateRow tells that two clients are of one type."""
    key = {**key_of(identifier), "third_party_id": provider.third_party_id}
    token, api = provider.from_id_token_payload, provider.from_user_info_api
    values = {
        **{name: getattr(provider, name) for name in _TEXTS},
        **{name: _written(getattr(provider, name)) for name in _OBJECTS},
        **dict(zip(_KEYS_OF_TOKEN, (token.user_id, token.email, token.email_verified), strict=True)),
        **dict(zip(_KEYS_OF_API, (api.user_id, api.email, api.email_verified), strict=True)),
    }
    insert = INSERT_PROVIDER.run(**key, is_email_required=provider.require_email, **values)
    return [insert, *(_insert_client(key, client) for client in provider.clients)]


def delete_provider(identifier: TenantIdentifier, third_party_id: str) -> tuple[Query[int], Query[bool]]:
    """Delete a provider with its clients, children first; the second answers whether it was there."""
    key = {**key_of(identifier), "third_party_id": third_party_id}
    return DELETE_CLIENTS.run(**key), DELETE_PROVIDER.happens(**key)


def written_object(value: Mapping[str, Any]) -> str:
    """Return a JSON object as its column holds it."""
    return json.dumps(value, separators=(",", ":"))


def _insert_client(key: Mapping[str, str], client: ProviderClient) -> Query[int]:
    return INSERT_CLIENT.run(
        **key,
        client_type=client.client_type or "",
        client_id=client.client_id,
        client_secret=client.client_secret,
        scope_json="" if client.scope is None else json.dumps(client.scope),
        is_pkce_forced=client.force_pkce,
        additional_config=_written(client.additional_config),
    )


def _written(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else written_object(value)


def _read_object(text: str | None) -> Mapping[str, Any] | None:
    read: Mapping[str, Any] | None = json.loads(text) if text else None
    return read


def _read_provider(row: Row) -> ProviderRow:
    values: dict[str, Any] = dict(zip(_COLUMNS, row[5:], strict=True))
    token, api = (
        UserInfoKeys(*(values.pop(name) for name in names)) for names in (_KEYS_OF_TOKEN, _KEYS_OF_API)
    )
    for name in _OBJECTS:
        values[name] = _read_object(values[name])
    return identifier_of(row), Provider(
        third_party_id=row[3],
        require_email=_read_flag(row[4]),
        from_id_token_payload=token,
        from_user_info_api=api,
        **values,
    )


def _read_client(row: Row) -> ClientRow:
    scope = row[7]
    return (
        identifier_of(row),
        row[3],
        ProviderClient(
            client_type=row[4] or None,
            client_id=row[5],
            client_secret=row[6],
            scope=tuple(json.loads(scope)) if scope else None,
            force_pkce=_read_flag(row[8]),
            additional_config=_read_object(row[9]),
        ),
    )


def _read_flag(value: Any) -> bool | None:
    return None if value is None else bool(value)
