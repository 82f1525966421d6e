"""The tokens of sessions: made for a new generation, or renewed for a known one (specs/supertokens.md 3.4, 3.5)."""

import hmac
from dataclasses import dataclass

from gatehouse.crypto.access_token import AccessToken, PayloadProtected, sign_access_token, whole_second
from gatehouse.crypto.identifiers import new_id, sha256_hex
from gatehouse.crypto.refresh_token import RefreshToken, seal_refresh_token
from gatehouse.models.session import SessionInfo, SessionTokens, Token
from gatehouse.models.tenancy import Tenant
from gatehouse.services.session_list import PayloadInvalid
from gatehouse.services.signing_keys import SigningKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWishes:
    """How a client wants its tokens: `is_static` says by which kind of key they are signed, None as before."""

    has_anti_csrf: bool
    is_static: bool | None
    version: int
    grace_ms: int | None = None
    """For how long tabs of a browser may still come with the token that another one has just used; None for never."""


@dataclass(frozen=True, slots=True)
class Generation:
    """A new refresh token and its first access token."""

    access_token: Token
    refresh_token: Token
    anti_csrf_token: str | None

    def of(self, info: SessionInfo) -> SessionTokens:
        """Return a session with these tokens."""
        return SessionTokens(info, self.access_token, self.refresh_token, self.anti_csrf_token)


def new_generation(
    keys: SigningKeys,
    tenant: Tenant,
    info: SessionInfo,
    wishes: TokenWishes,
    *,
    is_static: bool,
    parent_hash1: str | None,
    now_ms: int,
) -> Generation:
    """Make both tokens of a session; `parent_hash1` is of the refresh token that asks. Raises RequestInvalid."""
    anti_csrf_token = new_id() if wishes.has_anti_csrf else None
    content = RefreshToken(
        session_handle=info.handle,
        user_id=info.recipe_user_id,
        tenant_id=info.tenant_id,
        parent_refresh_token_hash1=parent_hash1,
        anti_csrf_token=anti_csrf_token,
        created_at_ms=None if wishes.grace_ms is None else now_ms,
    )
    refresh_token = seal_refresh_token(content, keys.to_seal())
    access_token = AccessToken(
        session_handle=info.handle,
        user_id=info.user_id,
        recipe_user_id=info.recipe_user_id,
        tenant_id=info.tenant_id,
        refresh_token_hash1=sha256_hex(refresh_token),
        parent_refresh_token_hash1=parent_hash1,
        anti_csrf_token=anti_csrf_token,
        created_at_ms=whole_second(now_ms),
        expires_at_ms=whole_second(now_ms + tenant.config.access_token_validity_ms),
        payload=info.payload,
        version=wishes.version,
    )
    return Generation(
        signed(keys, access_token, is_static=is_static),
        Token(refresh_token, now_ms + tenant.config.refresh_token_validity_ms, now_ms),
        anti_csrf_token,
    )


def signed(keys: SigningKeys, token: AccessToken, *, is_static: bool) -> Token:
    """Sign an access token; raises RequestInvalid."""
    try:
        text = sign_access_token(keys.to_sign(is_static=is_static), token)
    except PayloadProtected:
        raise PayloadInvalid from None
    return Token(text, token.expires_at_ms, token.created_at_ms)


def info_of(token: AccessToken) -> SessionInfo:
    """Return the session that an access token tells of."""
    return SessionInfo(
        token.session_handle, token.user_id, token.recipe_user_id, token.tenant_id, token.payload
    )


def is_same(wanted: str, given: str | None) -> bool:
    """Compare anti-csrf tokens in constant time."""
    return given is not None and hmac.compare_digest(wanted.encode(), given.encode())
