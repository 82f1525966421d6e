"""JSON Web Tokens signed with RS256 (RFC 7519), written as SuperTokens does: compact JSON, members in order."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatehouse.crypto.signing_key import SigningKey

ALGORITHM = "RS256"
_PARTS = 3
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class TokenInvalid(Exception):
    """The text is no valid token of ours; the text of the error says why and never quotes it."""


@dataclass(frozen=True, slots=True)
class ReceivedJwt:
    """A token taken apart, and not to be believed before `verify`."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def verify(self, key: SigningKey) -> None:
        """Check the signature; raises TokenInvalid."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            key.public_key.verify(self.signature, self.signed, PKCS1v15(), SHA256())
        except InvalidSignature:
            raise TokenInvalid("JWT verification failed") from None


def looks_like_jwt(text: str) -> bool:
    """Say whether a text has the three parts of a JWT."""
    return text.count(".") == _PARTS - 1


def sign_jwt(key: SigningKey, claims: Mapping[str, Any], *, version: str | None = None) -> str:
    """Return a signed token; `version` is SuperTokens' header of access tokens."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    versioned = {} if version is None else {"version": version}
    header = {"kid": key.kid, "typ": "JWT", **versioned, "alg": ALGORITHM}
    signed = f"{_encode(_json(header))}.{_encode(_json(claims))}"
    signature = key.private_key.sign(signed.encode(), PKCS1v15(), SHA256())
    return f"{signed}.{_encode(signature)}"


def read_jwt(text: str) -> ReceivedJwt:
    """Take a token apart; raises TokenInvalid for what cannot be one of RS256."""
    parts = text.split(".")
    if len(parts) != _PARTS or not all(_BASE64URL.fullmatch(part) for part in parts):
        raise TokenInvalid("Invalid JWT")
    try:
        header, claims = (json.loads(_decode(part)) for part in parts[:2])
        signature = _decode(parts[2])
    except (ValueError, RecursionError):
        raise TokenInvalid("Invalid JWT") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise TokenInvalid("Invalid JWT")
    for name, value in (("typ", "JWT"), ("alg", ALGORITHM)):
        if header.get(name) != value:
            raise TokenInvalid(f"JWT header mismatch - {name}")
    return ReceivedJwt(header, claims, f"{parts[0]}.{parts[1]}".encode(), signature)


def _json(members: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a surrogate pair, which only an escape can hold
        return json.dumps(members, separators=(",", ":")).encode()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
