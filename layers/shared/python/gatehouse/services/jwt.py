"""JWTs of any content, for what trusts an app's keys (specs/supertokens.md, Appendix A)."""

from collections.abc import Mapping
from typing import Any

from gatehouse.clock import SECOND_MS, Clock
from gatehouse.crypto.json_web_token import ALGORITHM, sign_jwt
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import UnsupportedAlgorithm
from gatehouse.services.signing_keys import SigningKeyRing


class Jwts:
    """Signs JWTs and publishes the keys that verify them."""

    def __init__(self, ring: SigningKeyRing, clock: Clock) -> None:
        self._ring = ring
        self._clock = clock

    def create(
        self,
        tenant: Tenant,
        payload: Mapping[str, Any],
        *,
        algorithm: str,
        issuer: str,
        validity_s: int,
        is_static: bool,
    ) -> str:
        """Sign a JWT; the payload may bring its own issuer and times. Raises UnsupportedAlgorithm."""
        if algorithm.upper() != ALGORITHM:
            raise UnsupportedAlgorithm
        now_s = self._clock() // SECOND_MS
        claims = {"iat": now_s, "exp": now_s + validity_s, "iss": issuer, **payload}
        return sign_jwt(self._ring.of(tenant.app_id, tenant.config).to_sign(is_static=is_static), claims)

    def key_list(self, tenant: Tenant) -> tuple[list[dict[str, str]], int]:
        """Return an app's public keys, made if there are none yet, and for how many seconds they may be kept."""
        return self._ring.of(tenant.app_id, tenant.config).jwks(needs_static=True)
