"""Devices, codes and links of the passwordless recipe, in SuperTokens' formats (specs/supertokens.md 4.1)."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

SECRET_BYTES = 32

_LINK_CODE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class NewCode:
    """A device with its first code; `link_code` and `user_input_code` are secrets, the hashes are what is stored."""

    device_id: str = field(repr=False)
    device_id_hash: str
    link_code_salt: str = field(repr=False)
    user_input_code: str = field(repr=False)
    link_code: str = field(repr=False)
    link_code_hash: str


def make_code() -> NewCode:
    """Make a device and a code for it: 32 random bytes each for device and salt, six random digits."""
    device, salt = secrets.token_bytes(SECRET_BYTES), secrets.token_bytes(SECRET_BYTES)
    digits = f"{secrets.randbelow(1_000_000):06}"
    link = hmac.new(device + salt, digits.encode(), hashlib.sha256).digest()
    return NewCode(
        device_id=base64.b64encode(device).decode(),
        device_id_hash=_url_base64(hashlib.sha256(device).digest()),
        link_code_salt=base64.b64encode(salt).decode(),
        user_input_code=digits,
        link_code=_url_base64(link),
        link_code_hash=_hash_of(link),
    )


def link_code_hash(link_code: str) -> str | None:
    """Return the stored hash of a link code, or None if it is not base64url of 32 bytes."""
    return _hash_of(base64.urlsafe_b64decode(link_code + "=")) if _LINK_CODE.fullmatch(link_code) else None


def _hash_of(link: bytes) -> str:
    """SHA-256 as base64url with padding, 44 characters."""
    return base64.urlsafe_b64encode(hashlib.sha256(link).digest()).decode()


def _url_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
