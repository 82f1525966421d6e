"""SuperTokens' refresh tokens: encrypted, so that only the core reads them (specs/supertokens.md 3.1, 3.3, 3.4)."""

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field

from gatehouse.crypto.identifiers import new_id, sha256_hex
from gatehouse.models import PUBLIC

KEY_NAME = "refresh_token_key"
"""Its name in `key_value`, under the app's own tenant."""

_VERSION = "V2"
_READABLE = {"V0", "V1", "V2"}
_PARTS = 3
_IV_BYTES = 12
_KEY_ROUNDS = 1_000
_AES_ROUNDS = 100
_AES_KEY_BYTES = 32
_SECRET_BYTES = 64


class RefreshTokenInvalid(Exception):
    """The text is no refresh token of the key's app; the text of the error says why."""


class RefreshTokenForeign(RefreshTokenInvalid):
    """The text has the form of a refresh token and was encrypted with another key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """What a refresh token says; `user_id` is that of the login method."""

    session_handle: str
    user_id: str
    tenant_id: str = PUBLIC
    parent_refresh_token_hash1: str | None = None
    anti_csrf_token: str | None = field(default=None, repr=False)
    created_at_ms: int | None = None
    """Known of frontends' tokens only; SuperTokens' core does not look at it."""


def make_refresh_key() -> str:
    """Make the key of an app in its stored form; the whole text is the password from which AES keys are derived."""
    salt, secret = os.urandom(_SECRET_BYTES), os.urandom(_SECRET_BYTES).hex()
    derived = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, _KEY_ROUNDS, _SECRET_BYTES)
    return f"{_KEY_ROUNDS}:{salt.hex()}:{derived.hex()}"


def seal_refresh_token(token: RefreshToken, key: str) -> str:
    """Return an encrypted token; two of the same content differ."""
    nonce = sha256_hex(new_id())
    content = {
        "sessionHandle": token.session_handle,
        "userId": token.user_id,
        "parentRefreshTokenHash1": token.parent_refresh_token_hash1,
        "nonce": nonce,
        "antiCsrfToken": token.anti_csrf_token,
        "tenantId": None if token.tenant_id == PUBLIC else token.tenant_id,
        "createdAt": token.created_at_ms,
    }
    written = json.dumps(
        {name: value for name, value in content.items() if value is not None}, separators=(",", ":")
    )
    return f"{_encrypt(written.encode(), key)}.{nonce}.{_VERSION}"


def split_refresh_token(text: str) -> tuple[str, str]:
    """Return the encrypted part and the nonce; raises RefreshTokenInvalid."""
    parts = text.split(".")
    if parts[-1].upper() not in _READABLE:
        raise RefreshTokenInvalid("version of refresh token not recognised")
    if len(parts) != _PARTS:
        raise RefreshTokenInvalid(f"Refresh token split with dot yielded an array of length: {len(parts)}")
    return parts[0], parts[1]


def open_refresh_token(text: str, key: str) -> RefreshToken:
    """Return what a token says; raises RefreshTokenInvalid."""
    encrypted, nonce = split_refresh_token(text)
    content = json.loads(_decrypt(encrypted, key))
    if content.get("userId") is None or content.get("sessionHandle") is None or content.get("nonce") != nonce:
        raise RefreshTokenInvalid("Invalid refresh token")
    return RefreshToken(
        session_handle=content["sessionHandle"],
        user_id=content["userId"],
        tenant_id=content.get("tenantId") or PUBLIC,
        parent_refresh_token_hash1=content.get("parentRefreshTokenHash1"),
        anti_csrf_token=content.get("antiCsrfToken"),
        created_at_ms=content.get("createdAt"),
    )


def _encrypt(plain: bytes, key: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    iv = os.urandom(_IV_BYTES)
    return base64.b64encode(iv + AESGCM(_aes_key(key, iv)).encrypt(iv, plain, None)).decode()


def _decrypt(encrypted: str, key: str) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        raw = base64.b64decode(encrypted + "=" * (-len(encrypted) % 4), validate=True)
        iv, sealed = raw[:_IV_BYTES], raw[_IV_BYTES:]
        return AESGCM(_aes_key(key, iv)).decrypt(iv, sealed, None)
    except ValueError:  # no base64, or too short
        raise RefreshTokenInvalid("Invalid refresh token") from None
    except InvalidTag:
        raise RefreshTokenForeign("Invalid refresh token") from None


def _aes_key(key: str, iv: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", key.encode(), iv, _AES_ROUNDS, _AES_KEY_BYTES)
