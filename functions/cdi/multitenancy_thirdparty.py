"""Operations of the recipe multitenancy on a tenant's third-party providers."""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from functions.cdi.calls import Call
from functions.cdi.inputs import Body, Flag, Maybe, Object, Text
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.addresses import JAVA_BLANKS
from gatehouse.models.providers import Provider, ProviderClient, UserInfoKeys

router = Router("multitenancy")

LONG = 65_535
"""Bytes that MySQL's TEXT holds."""


def _at_most(length: int) -> Any:
    def check(text: str | None) -> str | None:
        if text is not None and len(text) > length:
            raise ValueError(f"Field name '{{}}' must not be longer than {length} characters")
        return text

    return AfterValidator(check)


def _trimmed(text: str) -> str:
    return text.strip(JAVA_BLANKS)


def _long(value: Any) -> Any:
    written = value if isinstance(value, str) else json.dumps(value)
    if len(written.encode()) > LONG:
        raise ValueError(f"Field name '{{}}' must not be longer than {LONG} bytes")
    return value


def _scope(scope: list[str | None] | None) -> list[str | None] | None:
    if scope is not None and None in scope:
        raise ValueError("Invalid third party config: scope array cannot contain a null")
    return scope


def _client_id(client_id: str | None) -> str | None:
    if client_id is None:
        raise ValueError("Invalid third party config: clientId cannot be null")
    return client_id


LongText = Annotated[Text, AfterValidator(_long)]
LongObject = Annotated[Object, AfterValidator(_long)]
Text64 = Annotated[Text, _at_most(64)]
Text128 = Annotated[Text, _at_most(128)]
ThirdPartyId = Annotated[Text, AfterValidator(_trimmed), _at_most(28)]


class ClientToPut(Body):
    """A client; members that are null are as good as absent."""

    client_type: Text64 | None = None
    client_id: Annotated[
        Annotated[Text, _at_most(256)] | None, AfterValidator(_client_id), Field(validate_default=True)
    ] = None
    client_secret: LongText | None = None
    scope: Annotated[list[Text128 | None] | None, AfterValidator(_scope), AfterValidator(_long)] = None
    force_pkce: Flag | None = Field(default=None, alias="forcePKCE")
    additional_config: LongObject | None = None


class KeysToPut(Body):
    """Under which names a provider tells who somebody is."""

    user_id: Text64 | None = None
    email: Text64 | None = None
    email_verified: Text64 | None = None


class UserInfoMapToPut(Body):
    """The names in the two places where a provider tells it."""

    from_id_token_payload: KeysToPut | None = None
    from_user_info_api: KeysToPut | None = Field(default=None, alias="fromUserInfoAPI")


class ProviderToPut(Body):
    """A provider; members that are null are as good as absent."""

    third_party_id: ThirdPartyId
    name: Text64 | None = None
    clients: list[ClientToPut] | None = None
    authorization_endpoint: LongText | None = None
    authorization_endpoint_query_params: LongObject | None = None
    token_endpoint: LongText | None = None
    token_endpoint_body_params: LongObject | None = None
    user_info_endpoint: LongText | None = None
    user_info_endpoint_query_params: LongObject | None = None
    user_info_endpoint_headers: LongObject | None = None
    jwks_uri: LongText | None = Field(default=None, alias="jwksURI")
    oidc_discovery_endpoint: LongText | None = None
    require_email: Flag | None = None
    user_info_map: UserInfoMapToPut | None = None

    @property
    def provider(self) -> Provider:
        """The provider that is meant."""
        members = dict(self)
        members["clients"] = tuple(_client(client) for client in self.clients or ())
        mapped = members.pop("user_info_map") or UserInfoMapToPut()
        return Provider(
            **members,
            from_id_token_payload=_keys(mapped.from_id_token_payload),
            from_user_info_api=_keys(mapped.from_user_info_api),
        )


class ConfigToPut(Body):
    """A provider to store, and whether to check that SDKs can work with it."""

    config: ProviderToPut
    skip_validation: Maybe[Flag] = None


class ProviderToRemove(Body):
    """Which provider goes."""

    third_party_id: Annotated[Text, AfterValidator(_trimmed)]


@router.on("PUT", "/recipe/multitenancy/config/thirdparty", Scope.TENANT)
def put_provider(call: Call) -> Json:
    """Store a third-party provider of a tenant."""
    body = call.body(ConfigToPut)
    is_new = call.house.tenant_providers.put(
        call.tenant.identifier, body.config.provider, skips_checks=bool(body.skip_validation)
    )
    return ok(createdNew=is_new)


@router.on("POST", "/recipe/multitenancy/config/thirdparty/remove", Scope.TENANT)
def remove_provider(call: Call) -> Json:
    """Remove a third-party provider of a tenant."""
    third_party_id = call.body(ProviderToRemove).third_party_id
    return ok(didConfigExist=call.house.tenant_providers.remove(call.tenant.identifier, third_party_id))


def _client(client: ClientToPut) -> ProviderClient:
    members = dict(client)
    scope = members.pop("scope")
    return ProviderClient(**members, scope=None if scope is None else tuple(scope))


def _keys(keys: KeysToPut | None) -> UserInfoKeys:
    return UserInfoKeys(**dict(keys)) if keys else UserInfoKeys()
