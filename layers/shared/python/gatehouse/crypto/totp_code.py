"""TOTP codes (RFC 6238): HMAC-SHA1, six digits; secrets are Base32 (RFC 4648), as authenticator apps show them."""

import base64
import hmac
import secrets

SECRET_BYTES = 20
MAX_SKEW = 1_000
"""Steps to each side that are ever tried: more would let nearly any code in, and take seconds."""

_ALPHABET = {letter: value for value, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}
_BITS_PER_LETTER = 5
_COUNTERS = 2**64


def make_secret() -> str:
    """Return a random secret of 160 bits, 32 letters and digits."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def decode_secret(secret: str) -> bytes:
    """Return the key that a Base32 secret means: in any case, up to the first `=`, whatever stands between."""
    letters = [_ALPHABET[letter] for letter in secret.partition("=")[0].upper() if letter in _ALPHABET]
    number = 0
    for letter in letters:
        number = number << _BITS_PER_LETTER | letter
    size, surplus = divmod(len(letters) * _BITS_PER_LETTER, 8)
    return (number >> surplus).to_bytes(size, "big")


def code_at(key: bytes, step: int) -> str:
    """Return the code of a step (RFC 4226 5.3)."""
    digest = hmac.digest(key, (step % _COUNTERS).to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06}"


def is_current(code: str, secret: str, *, now_ms: int, period_s: int, skew: int) -> bool:
    """Say whether a code is that of the present step of `period_s` seconds, or of one up to `skew` steps away."""
    key, given = decode_secret(secret), code.encode()
    present, reach = now_ms // 1_000 // period_s, min(skew, MAX_SKEW)
    steps = range(present - reach, present + reach + 1)
    matches = [hmac.compare_digest(given, code_at(key, step).encode()) for step in steps]
    return any(matches)
