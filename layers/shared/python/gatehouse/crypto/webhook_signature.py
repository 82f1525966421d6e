"""Signatures of webhooks (Standard Webhooks 1.0.0, symmetric scheme)."""

import hmac
from base64 import b64encode
from collections.abc import Sequence


def sign(secrets: Sequence[bytes], *, message_id: str, timestamp_s: int, body: bytes) -> str:
    """Return the header `webhook-signature`: a signature with each secret, so that receivers need only one of them."""
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    return " ".join(f"v1,{b64encode(hmac.digest(key, signed, 'sha256')).decode()}" for key in secrets)
