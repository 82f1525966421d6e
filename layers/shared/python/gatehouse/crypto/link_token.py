"""The one `token` of a sign-in link: device and code, so that the database finds both by key."""

import re

_TOKEN = re.compile(r"([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})")


def write_link_token(device_id_hash: str, link_code: str) -> str:
    """Return `<preAuthSessionId>.<linkCode>`."""
    return f"{device_id_hash}.{link_code}"


def read_link_token(token: str) -> tuple[str, str] | None:
    """Return (device_id_hash, link_code), or None if the text cannot be a token."""
    match = _TOKEN.fullmatch(token)
    return (match[1], match[2]) if match else None
