"""Tokens taken apart, without checking them."""

import hashlib
import json
from base64 import b64decode, urlsafe_b64decode
from typing import Any


def jwt_parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a JWT; raises ValueError."""
    header, claims, _ = token.split(".")
    return _json(header), _json(claims)


def page_parts(token: str) -> tuple[str, int]:
    """Return the user id and the time in a pagination token; raises ValueError."""
    user_id, time_joined = b64decode(token, validate=True).decode().split(";")
    return user_id, int(time_joined)


def sha256_hex(text: str) -> str:
    """Return H of specs/supertokens.md 3.1."""
    return hashlib.sha256(text.encode()).hexdigest()


def _json(part: str) -> dict[str, Any]:
    plain = part.rstrip("=").replace("+", "-").replace("/", "_")
    value = json.loads(urlsafe_b64decode(plain + "=" * (-len(plain) % 4)))
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
