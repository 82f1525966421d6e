"""Tokens that are mailed to somebody and used once: 384 random bits as URL-safe text, stored as a hash only."""

import base64
import secrets

from gatehouse.crypto.identifiers import sha256_hex

_RANDOM_BYTES = 48


def make_one_time_token() -> str:
    """Return a token of 128 characters in SuperTokens' form: base64url of hex (specs/supertokens.md 4.3, 4.4)."""
    return base64.urlsafe_b64encode(secrets.token_hex(_RANDOM_BYTES).encode()).decode()


def token_hash(token: str) -> str:
    """Return what a token is stored as."""
    return sha256_hex(token)
