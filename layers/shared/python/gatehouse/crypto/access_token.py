"""SuperTokens' access tokens of the versions 3 to 5 (specs/supertokens.md 3.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatehouse.clock import SECOND_MS
from gatehouse.crypto.json_web_token import ReceivedJwt, TokenInvalid, read_jwt, sign_jwt
from gatehouse.crypto.signing_key import SigningKey
from gatehouse.models import PUBLIC

LATEST = 5
WITH_TENANT = 4
WITH_RECIPE_USER = 5
_OLDEST = 3


class PayloadProtected(Exception):
    """The payload of a user has a claim that belongs to the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What an access token says; its times are whole seconds. `payload` is what the application put in."""

    session_handle: str
    user_id: str
    recipe_user_id: str
    tenant_id: str
    refresh_token_hash1: str
    created_at_ms: int
    expires_at_ms: int
    payload: Mapping[str, Any]
    parent_refresh_token_hash1: str | None = None
    anti_csrf_token: str | None = None
    version: int = LATEST


@dataclass(frozen=True, slots=True)
class ReceivedAccessToken:
    """A text that looks like an access token, and is not to be believed before `verify`."""

    kid: str
    version: int
    jwt: ReceivedJwt

    def verify(self, key: SigningKey, *, now_ms: int) -> AccessToken:
        """Check signature, claims and time; raises TokenInvalid."""
        self.jwt.verify(key)
        token = self.content()
        if token.expires_at_ms < now_ms:
            raise TokenInvalid("Access token expired")
        return token

    def content(self) -> AccessToken:
        """Return what the token says, which may be anybody's invention; raises TokenInvalid."""
        claims = self.jwt.claims
        protected = protected_claims(self.version)
        for name in protected:
            if name not in claims:
                raise _incomplete(name)
        user_id = _text(claims, "sub")
        return AccessToken(
            session_handle=_name(claims, "sessionHandle"),
            user_id=user_id,
            recipe_user_id=_text(claims, "rsub") if self.version >= WITH_RECIPE_USER else user_id,
            tenant_id=_name(claims, "tId") if self.version >= WITH_TENANT else PUBLIC,
            refresh_token_hash1=_text(claims, "refreshTokenHash1"),
            parent_refresh_token_hash1=_text_or_none(claims, "parentRefreshTokenHash1"),
            anti_csrf_token=_text_or_none(claims, "antiCsrfToken"),
            created_at_ms=_seconds(claims, "iat") * SECOND_MS,
            expires_at_ms=_seconds(claims, "exp") * SECOND_MS,
            payload={name: value for name, value in claims.items() if name not in protected},
            version=self.version,
        )


def protected_claims(version: int) -> tuple[str, ...]:
    """Return the claims that a version must have, and that no payload may."""
    always = (
        "sub",
        "exp",
        "iat",
        "sessionHandle",
        "refreshTokenHash1",
        "parentRefreshTokenHash1",
        "antiCsrfToken",
    )
    with_tenant = ("tId",) if version >= WITH_TENANT else ()
    with_recipe_user = ("rsub",) if version >= WITH_RECIPE_USER else ()
    return (*always, *with_tenant, *with_recipe_user)


def check_payload(payload: Mapping[str, Any], version: int) -> None:
    """Raise PayloadProtected if the payload of a user has a claim of the session."""
    if any(name in payload for name in protected_claims(version)):
        raise PayloadProtected


def whole_second(time_ms: int) -> int:
    """Return a time as an access token has it: rounded down to the second, in ms."""
    return time_ms - time_ms % SECOND_MS


def sign_access_token(key: SigningKey, token: AccessToken) -> str:
    """Return a signed token, with the payload at top level; raises PayloadProtected."""
    check_payload(token.payload, token.version)
    claims: dict[str, Any] = {
        "iat": token.created_at_ms // SECOND_MS,
        "exp": token.expires_at_ms // SECOND_MS,
        "sub": token.user_id,
    }
    if token.version >= WITH_TENANT:
        claims["tId"] = token.tenant_id
    if token.version >= WITH_RECIPE_USER:
        claims["rsub"] = token.recipe_user_id
    claims |= {
        "sessionHandle": token.session_handle,
        "refreshTokenHash1": token.refresh_token_hash1,
        "parentRefreshTokenHash1": token.parent_refresh_token_hash1,
        "antiCsrfToken": token.anti_csrf_token,
        **token.payload,
    }
    return sign_jwt(key, claims, version=str(token.version))


def read_access_token(text: str) -> ReceivedAccessToken:
    """Take a token apart; raises TokenInvalid.

    One without a version is a JWT of the recipe jwt, which counts as of the latest. Versions 1 and 2 are of clients
    that are no more: whoever has such a token refreshes it.
    """
    jwt = read_jwt(text)
    version = jwt.header.get("version", str(LATEST))
    if version not in {str(known) for known in range(_OLDEST, LATEST + 1)}:
        raise TokenInvalid("JWT header mismatch - version")
    kid = jwt.header.get("kid")
    if not isinstance(kid, str):
        raise TokenInvalid("JWT header missing - kid")
    return ReceivedAccessToken(kid, int(version), jwt)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims[name]
    if not isinstance(value, str):
        raise _incomplete(name)
    return value


def _name(claims: Mapping[str, Any], name: str) -> str:
    """Read what rows are found by: a text that every database takes."""
    value = _text(claims, name)
    if not (value.isascii() and value.isprintable()):
        raise _incomplete(name)
    return value


def _text_or_none(claims: Mapping[str, Any], name: str) -> str | None:
    return None if claims[name] is None else _text(claims, name)


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    value = claims[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise _incomplete(name)
    return value


def _incomplete(name: str) -> TokenInvalid:
    return TokenInvalid(
        f"Access token does not contain all the information. Maybe the structure has changed? {name}"
    )
