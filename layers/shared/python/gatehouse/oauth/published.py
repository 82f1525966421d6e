"""What third parties publish of themselves: their addresses, and the keys of their tokens."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gatehouse.clock import MINUTE_MS, Clock
from gatehouse.errors import ProviderFailed
from gatehouse.oauth.http import ThirdPartyHttp
from gatehouse.oauth.registration import Registration

DISCOVERY_MS = 60 * MINUTE_MS
"""For how long an instance believes what a third party says of its addresses."""


class Published:
    """Reads what third parties publish, and keeps it for a while."""

    def __init__(self, http: ThirdPartyHttp, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._documents: dict[str, tuple[int, Any]] = {}

    def discovered(self, registration: Registration) -> Registration:
        """Fill in the addresses that a third party publishes."""
        provider = registration.provider
        if provider.oidc_discovery_endpoint is None:
            return registration
        published = self.document(provider.oidc_discovery_endpoint, DISCOVERY_MS)
        if not isinstance(published, dict):
            raise ProviderFailed(f"{registration.id} publishes no OpenID configuration.")
        found: dict[str, Any] = {
            name: getattr(provider, name) or _address_in(published, member)
            for name, member in (
                ("authorization_endpoint", "authorization_endpoint"),
                ("token_endpoint", "token_endpoint"),
                ("user_info_endpoint", "userinfo_endpoint"),
                ("jwks_uri", "jwks_uri"),
            )
        }
        return replace(registration, provider=replace(provider, **found))

    def document(self, url: str, kept_ms: int) -> Any:
        """Return what is published at an address, not older than `kept_ms`."""
        read_at_ms, document = self._documents.get(url, (0, None))
        if document is None or self._clock() - read_at_ms > kept_ms:
            document = self._http.get(url)
            self._documents[url] = (self._clock(), document)
        return document


def _address_in(published: Mapping[str, Any], member: str) -> str | None:
    address = published.get(member)
    return address if isinstance(address, str) else None
