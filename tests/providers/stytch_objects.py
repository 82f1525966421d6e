"""What a Stytch project consists of, and the form that its answers have."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

Json = dict[str, Any]
SESSION_CLAIM = "https://stytch.com/session"

_EMPTY_LISTS = (
    "phone_numbers",
    "webauthn_registrations",
    "providers",
    "totps",
    "crypto_wallets",
    "biometric_registrations",
)


class Refusal(Exception):
    """An answer that says no."""

    def __init__(self, status: int, error_type: str) -> None:
        super().__init__(error_type)
        self.status = status
        self.error_type = error_type

    @property
    def body(self) -> Json:
        """The answer's body."""
        return {
            "status_code": self.status,
            "request_id": make_id("request-id"),
            "error_type": self.error_type,
            "error_message": self.error_type.replace("_", " "),
            "error_url": f"https://stytch.com/docs/api/errors/{self.status}#{self.error_type}",
        }


@dataclass
class Person:
    """A user with addresses, each `{"email_id", "email", "verified"}`; `details` replace other members of answers."""

    user_id: str
    emails: list[Json]
    details: Json = field(default_factory=dict)

    @property
    def body(self) -> Json:
        """The user as answers have it."""
        return {
            "user_id": self.user_id,
            "emails": self.emails,
            "status": "active",
            **{name: [] for name in _EMPTY_LISTS},
            "is_locked": False,
            "roles": ["stytch_user"],
            "name": {"first_name": "", "middle_name": "", "last_name": ""},
            "created_at": "2026-01-01T00:00:00Z",
            "password": None,
            **self.details,
        }


@dataclass
class Link:
    """A link that was sent to one address of a person."""

    user_id: str
    email_id: str
    expires_at_ms: int
    is_used: bool = False


@dataclass
class OpenSession:
    """A session by its token; `email` is the address that it was opened with."""

    session_id: str
    token: str = field(repr=False)
    user_id: str
    email: Json
    started_at_ms: int
    expires_at_ms: int

    @property
    def body(self) -> Json:
        """The session as answers have it."""
        return {"session_id": self.session_id, "user_id": self.user_id, **self._common}

    @property
    def claim(self) -> Json:
        """The session as JWTs have it."""
        return {"id": self.session_id, **self._common}

    @property
    def _common(self) -> Json:
        factor = {
            "type": "magic_link",
            "delivery_method": "email",
            "last_authenticated_at": iso_time(self.started_at_ms),
            "email_factor": {
                "email_id": self.email.get("email_id", ""),
                "email_address": self.email.get("email", ""),
            },
        }
        return {
            "started_at": iso_time(self.started_at_ms),
            "last_accessed_at": iso_time(self.started_at_ms),
            "expires_at": iso_time(self.expires_at_ms),
            "attributes": {"ip_address": "", "user_agent": ""},
            "authentication_factors": [factor],
            "roles": ["stytch_user"],
        }


@dataclass(frozen=True)
class SigningKey:
    """A key pair and its name."""

    kid: str
    private: RSAPrivateKey

    @property
    def jwk(self) -> Json:
        """The public half, with the members that Stytch publishes."""
        public = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        members = {"kid": self.kid, "use": "sig", "alg": "RS256", "key_ops": ["verify"]}
        return {**public, **members, "x5c": ["MIIC"], "x5t#S256": "FyV="}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a JWT."""
        return jwt.encode(dict(claims), self.private, "RS256", headers={"kid": self.kid})


@cache
def first_key() -> SigningKey:
    """Return the key that every project starts with: making one takes a while."""
    return make_key()


def make_key() -> SigningKey:
    """Return a new key."""
    return SigningKey(make_id("jwk"), generate_private_key(65537, 2048))


def make_id(kind: str) -> str:
    """Return a new id, such as `user-test-…`."""
    return f"{kind}-test-{uuid.uuid4()}"


def iso_time(time_ms: int) -> str:
    """Return milliseconds since 1970 as `2026-11-21T03:33:32Z`."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
