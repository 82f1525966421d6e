"""How tenants are shown: as lists of factors by the `/v2` paths, with switches by those before."""

from collections.abc import Mapping
from typing import Any

from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY
from gatehouse.models.providers import Provider, ProviderClient, UserInfoKeys
from gatehouse.models.tenancy import TenantConfig
from gatehouse.services.multitenancy_rules import shown_first_factors
from gatehouse.web.wire import CdiVersion

Json = dict[str, Any]


def tenant_json(config: TenantConfig) -> Json:
    """Return a tenant as the `/v2` paths show it."""
    return _present(
        tenantId=config.identifier.tenant_id,
        thirdParty={"providers": _providers_json(config)},
        firstFactors=shown_first_factors(config.logins),
        requiredSecondaryFactors=config.required_secondary_factors,
        coreConfig=config.core_config,
    )


def tenant_json_with_switches(config: TenantConfig, version: CdiVersion) -> Json:
    """Return a tenant as the paths without `/v2` show it."""
    logins, has_factors = config.logins, version.has_factors
    is_on = logins.has_on if has_factors else logins.offers
    return _present(
        tenantId=config.identifier.tenant_id,
        emailPassword={"enabled": is_on(EMAIL_PASSWORD)},
        thirdParty={"enabled": is_on(THIRD_PARTY), "providers": _providers_json(config)},
        passwordless={"enabled": is_on(PASSWORDLESS)},
        firstFactors=(logins.first_factors or None) if has_factors else None,
        requiredSecondaryFactors=config.required_secondary_factors if has_factors else None,
        coreConfig=config.core_config,
    )


def provider_json(provider: Provider) -> Json:
    """Return a third-party provider; of its objects, only those about requests keep members that are null."""
    return _present(
        thirdPartyId=provider.third_party_id,
        name=provider.name,
        clients=[_client_json(client) for client in provider.clients],
        authorizationEndpoint=provider.authorization_endpoint,
        authorizationEndpointQueryParams=provider.authorization_endpoint_query_params,
        tokenEndpoint=provider.token_endpoint,
        tokenEndpointBodyParams=provider.token_endpoint_body_params,
        userInfoEndpoint=provider.user_info_endpoint,
        userInfoEndpointQueryParams=provider.user_info_endpoint_query_params,
        userInfoEndpointHeaders=provider.user_info_endpoint_headers,
        jwksURI=provider.jwks_uri,
        oidcDiscoveryEndpoint=provider.oidc_discovery_endpoint,
        requireEmail=provider.require_email,
        userInfoMap={
            "fromIdTokenPayload": _keys_json(provider.from_id_token_payload),
            "fromUserInfoAPI": _keys_json(provider.from_user_info_api),
        },
    )


def _providers_json(config: TenantConfig) -> list[Json]:
    return [provider_json(provider) for provider in config.providers]


def _client_json(client: ProviderClient) -> Json:
    return _present(
        clientType=client.client_type,
        clientId=client.client_id,
        clientSecret=client.client_secret,
        scope=client.scope,
        forcePKCE=client.force_pkce,
        additionalConfig=_without_nulls(client.additional_config),
    )


def _keys_json(keys: UserInfoKeys) -> Json:
    return _present(userId=keys.user_id, email=keys.email, emailVerified=keys.email_verified)


def _present(**members: Any) -> Json:
    return {name: value for name, value in members.items() if value is not None}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value
