"""ID tokens of providers of OpenID Connect: signature, issuer, audience and time (OpenID Connect Core 3.1.3.7)."""

from collections.abc import Mapping
from typing import Any

from gatehouse.clock import MINUTE_MS, SECOND_MS
from gatehouse.errors import ProviderFailed
from gatehouse.oauth.published import DISCOVERY_MS, Published
from gatehouse.oauth.refused import OAuthRefused
from gatehouse.oauth.registration import Registration

KEYS_MS = 5 * MINUTE_MS
KEYS_PAUSE_MS = 10 * SECOND_MS
"""How soon an unknown key makes an instance ask for the keys again; sooner, anybody could make it ask all the time."""

_LEEWAY_S = 60
_ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "PS256", "EdDSA")


class IdTokens:
    """Verifies ID tokens with the keys that their providers publish."""

    def __init__(self, published: Published) -> None:
        self._published = published

    def verify(self, registration: Registration, id_token: str) -> Mapping[str, Any]:
        """Return the claims of a token that the third party made for one of our clients; raises OAuthRefused."""
        import jwt

        url = registration.provider.jwks_uri or ""
        try:
            kid = jwt.get_unverified_header(id_token).get("kid")
            key = self._key(url, kid, KEYS_MS) or self._key(url, kid, KEYS_PAUSE_MS)
            if key is None:
                raise OAuthRefused(f"The ID token of {registration.id} is signed by an unknown key")
            claims: Mapping[str, Any] = jwt.decode(
                id_token,
                key,
                algorithms=_ALGORITHMS,
                audience=list(registration.client_ids),
                issuer=self._issuer(registration),
                leeway=_LEEWAY_S,
                options={"require": ["exp", "sub"]},
            )
        except jwt.PyJWTError:
            raise OAuthRefused(f"The ID token of {registration.id} is not valid") from None
        return claims

    def _issuer(self, registration: Registration) -> str | None:
        """Return who must have issued ID tokens; Microsoft's own name has a placeholder, so it cannot be compared."""
        endpoint = registration.provider.oidc_discovery_endpoint
        issuer = self._published.document(endpoint, DISCOVERY_MS).get("issuer") if endpoint else None
        return issuer if isinstance(issuer, str) and "{" not in issuer else None

    def _key(self, url: str, kid: str | None, kept_ms: int) -> Any:
        import jwt

        published = self._published.document(url, kept_ms)
        try:
            keys = jwt.PyJWKSet.from_dict(published).keys
        except (jwt.PyJWTError, AttributeError, TypeError, KeyError):
            raise ProviderFailed("The third party publishes no keys.") from None
        if kid is None:
            return keys[0] if len(keys) == 1 else None
        return next((key for key in keys if key.key_id == kid), None)
