"""Third-party providers as tenants configure them: everything an SDK needs to send somebody there and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Params = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class UserInfoKeys:
    """Under which names a provider tells who somebody is."""

    user_id: str | None = None
    email: str | None = None
    email_verified: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderClient:
    """A client that was registered with a provider; `client_type` tells several apart."""

    client_id: str
    client_type: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    scope: tuple[str, ...] | None = None
    force_pkce: bool | None = None
    additional_config: Params = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Provider:
    """A third party, its endpoints and its clients; what is None is left to the SDK."""

    third_party_id: str
    name: str | None = None
    clients: tuple[ProviderClient, ...] = ()
    authorization_endpoint: str | None = None
    authorization_endpoint_query_params: Params = None
    token_endpoint: str | None = None
    token_endpoint_body_params: Params = None
    user_info_endpoint: str | None = None
    user_info_endpoint_query_params: Params = None
    user_info_endpoint_headers: Params = None
    jwks_uri: str | None = None
    oidc_discovery_endpoint: str | None = None
    require_email: bool | None = None
    from_id_token_payload: UserInfoKeys = UserInfoKeys()
    from_user_info_api: UserInfoKeys = UserInfoKeys()
