"""Password hashes that people bring along from Firebase, in the form that SuperTokens keeps them in.

`$f_scrypt$<hash>$<salt>$m=<memory cost>$r=<rounds>$s=<salt separator>`, the texts in base64 (specs/supertokens.md 4.3).
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

_PREFIX = "$f_scrypt$"
_FIELDS = 4
_NUMBER = re.compile(r"[0-9]{1,9}")
_LARGEST_MEMORY_COST = 20
_MAX_BYTES = 256 * 1024 * 1024
"""What a hash may cost to check: sixteen times what Firebase's own do."""


@dataclass(frozen=True, slots=True)
class FirebaseHash:
    """A hash and what it was made with."""

    hash: str
    salt: str
    separator: str
    memory_cost: int
    rounds: int


def parse_firebase_hash(stored: str) -> FirebaseHash | None:
    """Return the parts of a hash, or None for another text; the last three parts may have any order."""
    if not stored.startswith(_PREFIX):
        return None
    hashed, *parts = stored.removeprefix(_PREFIX).rstrip("$").split("$")
    if len(parts) != _FIELDS:
        return None
    salt, *labelled = parts
    values = {part[:2]: part[2:] for part in labelled}
    memory_cost, rounds, separator = (values.get(label, "") for label in ("m=", "r=", "s="))
    if not separator or not _NUMBER.fullmatch(memory_cost) or not _NUMBER.fullmatch(rounds):
        return None
    return FirebaseHash(hashed, salt, separator, int(memory_cost), int(rounds))


def verify_firebase_hash(password: str, stored: FirebaseHash, signer_key: str) -> bool:
    """Say whether a password belongs to a hash: the key derived from it encrypts the signer key, and that is the hash.

    `signer_key` is the Firebase project's, in base64.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if stored.memory_cost > _LARGEST_MEMORY_COST:
        return False
    try:
        derived = hashlib.scrypt(
            password.encode(errors="surrogatepass"),
            salt=_decode(stored.salt) + _decode(stored.separator),
            n=2**stored.memory_cost,
            r=stored.rounds,
            p=1,
            maxmem=_MAX_BYTES,
            dklen=64,
        )
        expected = _decode(stored.hash)
        signer = _decode(signer_key)
    except (ValueError, OverflowError, MemoryError):
        return False
    encryptor = Cipher(algorithms.AES(derived[:32]), modes.CTR(b"\x00" * 16)).encryptor()
    return hmac.compare_digest(encryptor.update(signer) + encryptor.finalize(), expected)


def _decode(text: str) -> bytes:
    """Decode base64 of either alphabet, with or without padding, as the core does."""
    return base64.b64decode(
        text.replace("-", "+").replace("_", "/").rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    )
