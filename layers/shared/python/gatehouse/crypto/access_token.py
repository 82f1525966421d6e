"""Session JWTs: SuperTokens access tokens of version 5 (specs/supertokens.md 3.5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gatehouse.crypto.signing_key import SigningKey

VERSION = "5"
_REQUIRED = ("sub", "rsub", "tId", "iat", "exp", "sessionHandle", "refreshTokenHash1")


class TokenInvalid(Exception):
    """The text is no valid access token of ours."""


class KeyUnknown(TokenInvalid):
    """The token names a key that is not among the given ones: newer keys may exist."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What an access token says; `payload` holds every claim, times in it are seconds."""

    user_id: str
    recipe_user_id: str
    tenant_id: str
    session_handle: str
    expires_at_ms: int
    payload: Mapping[str, Any]


def looks_like_jwt(text: str) -> bool:
    """Say whether a text has the three parts of a JWT."""
    return text.count(".") == 2


def sign_access_token(
    key: SigningKey,
    *,
    user_id: str,
    recipe_user_id: str,
    tenant_id: str,
    session_handle: str,
    refresh_token_hash1: str,
    issued_at_ms: int,
    expires_at_ms: int,
    payload: Mapping[str, Any],
) -> str:
    """Return a signed token; `payload` is merged at top level and never replaces a claim of the session."""
    import jwt

    claims = {
        **payload,
        "sub": user_id,
        "rsub": recipe_user_id,
        "tId": tenant_id,
        "iat": issued_at_ms // 1000,
        "exp": expires_at_ms // 1000,
        "sessionHandle": session_handle,
        "refreshTokenHash1": refresh_token_hash1,
        "parentRefreshTokenHash1": None,
        "antiCsrfToken": None,
    }
    return jwt.encode(claims, key.private_key, "RS256", headers={"kid": key.kid, "version": VERSION})


def verify_access_token(text: str, keys: Iterable[SigningKey], *, now_ms: int, issuer: str) -> AccessToken:
    """Check signature, time and issuer; raises KeyUnknown or TokenInvalid."""
    import jwt

    try:
        kid = jwt.get_unverified_header(text).get("kid")
        key = next((key for key in keys if key.kid == kid), None)
        if key is None:
            raise KeyUnknown
        claims = jwt.decode(
            text,
            key.public_key,
            algorithms=["RS256"],
            issuer=issuer,
            options={
                "require": list(_REQUIRED),
                "verify_exp": False,
                "verify_iat": False,
                "verify_aud": False,
            },
        )
        return _read(claims, now_ms)
    except (jwt.PyJWTError, UnicodeError) as error:
        raise TokenInvalid from error


def _read(claims: Mapping[str, Any], now_ms: int) -> AccessToken:
    expires_at_s = claims["exp"]
    if not isinstance(expires_at_s, int) or expires_at_s * 1000 <= now_ms:
        raise TokenInvalid
    return AccessToken(
        user_id=claims["sub"],
        recipe_user_id=claims["rsub"],
        tenant_id=claims["tId"],
        session_handle=claims["sessionHandle"],
        expires_at_ms=expires_at_s * 1000,
        payload=claims,
    )
