"""Devices, codes and links of the passwordless recipe, in SuperTokens' formats (specs/supertokens.md 4.1)."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

SECRET_BYTES = 32

_LINK_CODE = re.compile(r"[A-Za-z0-9_-]{43}")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?")


@dataclass(frozen=True, slots=True)
class NewCode:
    """A device with its first code; `link_code` and `user_input_code` are secrets, the hashes are what is stored."""

    device_id: str = field(repr=False)
    device_id_hash: str
    link_code_salt: str = field(repr=False)
    user_input_code: str = field(repr=False)
    link_code: str = field(repr=False)
    link_code_hash: str


def make_code(user_input_code: str | None = None) -> NewCode:
    """Make a device and a code for it: 32 random bytes each for device and salt, six random digits unless given."""
    device, salt = secrets.token_bytes(SECRET_BYTES), secrets.token_bytes(SECRET_BYTES)
    return make_another_code(device, salt, user_input_code)


def make_another_code(device: bytes, salt: bytes, user_input_code: str | None = None) -> NewCode:
    """Make a code for a device that has codes already."""
    typed = user_input_code or f"{secrets.randbelow(1_000_000):06}"
    link = _link(device, salt, typed)
    return NewCode(
        device_id=base64.b64encode(device).decode(),
        device_id_hash=hash_device(device),
        link_code_salt=base64.b64encode(salt).decode(),
        user_input_code=typed,
        link_code=_url_base64(link),
        link_code_hash=hash_link(link),
    )


def hash_device(device: bytes) -> str:
    """Return the hash by which a device is stored, which is its preAuthSessionId: 43 characters."""
    return _url_base64(hashlib.sha256(device).digest())


def hash_link(link: bytes) -> str:
    """Return the hash by which a code is stored: SHA-256 as base64url with padding, 44 characters."""
    return base64.urlsafe_b64encode(hashlib.sha256(link).digest()).decode()


def hash_typed_code(device: bytes, salt: bytes, user_input_code: str) -> str:
    """Return the hash by which the code that somebody types is stored, if it is right."""
    return hash_link(_link(device, salt, user_input_code))


def link_code_hash(link_code: str) -> str | None:
    """Return the stored hash of a link code, or None if it is not base64url of 32 bytes."""
    return hash_link(base64.urlsafe_b64decode(link_code + "=")) if _LINK_CODE.fullmatch(link_code) else None


def read_base64(text: str) -> bytes | None:
    """Decode base64 as Java does, which asks for no padding, but for the right one; None for what it refuses."""
    if not _BASE64.fullmatch(text):
        return None
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def read_url_base64(text: str) -> bytes | None:
    """Decode base64url in the same way."""
    if "+" in text or "/" in text:
        return None
    return read_base64(text.replace("-", "+").replace("_", "/"))


def _link(device: bytes, salt: bytes, user_input_code: str) -> bytes:
    return hmac.new(device + salt, user_input_code.encode(), hashlib.sha256).digest()


def _url_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
