"""Stytch's session JWTs, verified here with the keys that Stytch publishes."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

from gatehouse.clock import MINUTE_MS, SECOND_MS, Clock
from gatehouse.errors import GatehouseError, ProviderFailed, ProviderUnavailable
from gatehouse.models import Session
from gatehouse.providers.stytch_client import time_ms

log = logging.getLogger("gatehouse.stytch")

SESSION_CLAIM = "https://stytch.com/session"
CACHE_MS = 5 * MINUTE_MS
PAUSE_MS = 10 * SECOND_MS
"""How soon the keys may be asked for again, whether the last time worked or not."""
CLOCK_SKEW_MS = 10 * SECOND_MS

_REQUIRED = ("sub", "aud", "iss", "iat", "nbf", "exp")
_PUBLIC_MEMBERS = ("kty", "use", "alg", "kid", "n", "e")

Jwk = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SessionJwt:
    """What a JWT that Stytch has signed says; `is_current` while it may be believed without asking Stytch."""

    session: Session
    is_current: bool


class SessionJwts:
    """Verifies session JWTs; asks Stytch for its keys seldom, and keeps them while Stytch cannot be asked.

    In place of the SDK's own check, which asks with a time-out of 30 s, forgets all keys in an outage, and takes what
    else Stytch signs with them (access tokens of its Connected Apps) for an error of the program.
    """

    def __init__(
        self, read_keys: Callable[[], list[Jwk]], clock: Clock, *, project_id: str, issuers: Sequence[str]
    ) -> None:
        self._read_keys = read_keys
        self._clock = clock
        self._project_id = project_id
        self._issuers = issuers
        self._published: list[Jwk] = []
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at_ms = self._asked_at_ms = 0
        self._failure: type[GatehouseError] | None = None

    def read(self, text: str) -> SessionJwt | None:
        """Return what a JWT says, or None if Stytch has not signed it as a session of this project.

        Raises ProviderUnavailable or ProviderFailed when its key is not here and cannot be had.
        """
        try:
            key = self._key(jwt.get_unverified_header(text).get("kid", ""))
            if key is None:
                return None
            claims = jwt.decode(
                text,
                key.key,
                algorithms=["RS256"],
                audience=self._project_id,
                issuer=self._issuers,
                options={
                    "require": list(_REQUIRED),
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            return self._judge(claims)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            return None

    def jwks(self) -> tuple[list[Jwk], int]:
        """Return the public keys and for how many seconds they may be cached; raises as `read`."""
        self._refresh_if(self._is_stale())
        if not self._published and self._failure:
            raise self._failure
        return self._published, CACHE_MS // SECOND_MS

    def _judge(self, claims: Mapping[str, Any]) -> SessionJwt:
        """Read verified claims; times in them are seconds, those of the session ISO 8601 texts."""
        session, user_id, now_ms = claims[SESSION_CLAIM], claims["sub"], self._clock()
        if not (isinstance(session, dict) and user_id and session["id"]):
            raise ValueError("a session of nobody")
        jwt_expires_at_ms = claims["exp"] * SECOND_MS
        started_at_ms = time_ms(datetime.fromisoformat(session["started_at"]))
        ends = session.get("expires_at")
        expires_at_ms = time_ms(datetime.fromisoformat(ends)) if ends else jwt_expires_at_ms
        is_begun = claims["nbf"] * SECOND_MS <= now_ms + CLOCK_SKEW_MS
        is_current = is_begun and now_ms < min(jwt_expires_at_ms, expires_at_ms)
        return SessionJwt(Session(str(session["id"]), user_id, started_at_ms, expires_at_ms), is_current)

    def _key(self, kid: str) -> jwt.PyJWK | None:
        self._refresh_if(self._is_stale() or kid not in self._keys)
        if kid not in self._keys and self._failure:
            raise self._failure
        return self._keys.get(kid)

    def _is_stale(self) -> bool:
        return self._clock() - self._read_at_ms > CACHE_MS

    def _refresh_if(self, is_wanted: bool) -> None:
        """Ask for the keys, unless that was done a moment ago; what goes wrong is kept for whoever needs a key."""
        if not is_wanted or self._clock() - self._asked_at_ms < PAUSE_MS:
            return
        self._asked_at_ms = self._clock()
        try:
            self._remember(self._read_keys())
        except (ProviderFailed, ProviderUnavailable) as error:
            self._failure = type(error)

    def _remember(self, published: list[Jwk]) -> None:
        usable = [key for key in published if key.get("kty") == "RSA" and key.get("use", "sig") == "sig"]
        try:
            self._keys = {key.key_id: key for key in jwt.PyJWKSet(usable).keys if key.key_id}
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            log.error("Stytch publishes no keys that can be read")
            raise ProviderFailed from error
        self._published = [{name: key[name] for name in _PUBLIC_MEMBERS if name in key} for key in usable]
        self._read_at_ms, self._failure = self._clock(), None
