"""The opaque token of a REST session: the handle to find the row by, and a secret that is stored hashed."""

import hmac
import re
import secrets
from dataclasses import dataclass, field

from gatehouse.crypto.identifiers import sha256_hex

_TOKEN = re.compile(r"([0-9a-f-]{36})\.[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class SessionToken:
    """A session token; `hash1` is in its JWTs and `hash2` in the database, as for SuperTokens' refresh tokens."""

    handle: str
    text: str = field(repr=False)

    @property
    def hash1(self) -> str:
        """SHA-256 of the token, in hex."""
        return sha256_hex(self.text)

    @property
    def hash2(self) -> str:
        """SHA-256 of `hash1`, in hex."""
        return sha256_hex(self.hash1)

    def matches(self, stored_hash2: str) -> bool:
        """Compare with the stored hash in constant time."""
        return hmac.compare_digest(self.hash2, stored_hash2)


def make_session_token(handle: str) -> SessionToken:
    """Make a token with 256 random bits for a session."""
    return SessionToken(handle, f"{handle}.{secrets.token_urlsafe(32)}")


def read_session_token(text: str) -> SessionToken | None:
    """Return the token, or None if the text cannot be one."""
    match = _TOKEN.fullmatch(text)
    return SessionToken(match[1], text) if match else None
