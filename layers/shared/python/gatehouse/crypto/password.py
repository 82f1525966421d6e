"""Password hashes: bcrypt and Argon2id of our own, and those of other systems that people bring along.

Formats are SuperTokens' (specs/supertokens.md 4.3), so that either core verifies what the other has stored.
"""

import re
from dataclasses import dataclass
from typing import Literal

from gatehouse.crypto.firebase_scrypt import parse_firebase_hash, verify_firebase_hash

Algorithm = Literal["BCRYPT", "ARGON2"]
HashFormat = Literal["BCRYPT", "ARGON2", "FIREBASE_SCRYPT"]

_BCRYPT_BYTES = 72
_BCRYPT_ROUNDS = range(4, 31)
_BCRYPT = re.compile(r"\$2[abxy](\$[0-9]{2}\$[./A-Za-z0-9]{53})")
_BCRYPT_PREFIXES = ("$2a", "$2b", "$2x", "$2y")
_ARGON2_PREFIXES = ("$argon2id", "$argon2i", "$argon2d")
_ARGON2_LEAST_KB_PER_THREAD = 8


class SignerKeyMissing(Exception):
    """A hash from Firebase cannot be checked without the project's signer key."""


@dataclass(frozen=True, slots=True)
class HashingCosts:
    """What new hashes cost."""

    algorithm: Algorithm = "BCRYPT"
    bcrypt_log_rounds: int = 11
    argon2_iterations: int = 1
    argon2_memory_kb: int = 87_795
    argon2_parallelism: int = 2


def hash_password(password: str, costs: HashingCosts) -> str:
    """Return a hash to store."""
    if costs.algorithm == "ARGON2":
        import argon2

        least_kb = _ARGON2_LEAST_KB_PER_THREAD * costs.argon2_parallelism
        hasher = argon2.PasswordHasher(
            time_cost=costs.argon2_iterations,
            memory_cost=max(least_kb, costs.argon2_memory_kb),
            parallelism=costs.argon2_parallelism,
            hash_len=32,
            salt_len=16,
        )
        return hasher.hash(_bytes(password))
    import bcrypt

    rounds = min(max(_BCRYPT_ROUNDS.start, costs.bcrypt_log_rounds), _BCRYPT_ROUNDS.stop - 1)
    return bcrypt.hashpw(_bcrypt_bytes(password), bcrypt.gensalt(rounds, prefix=b"2a")).decode()


def verify_password(password: str, stored: str, *, firebase_signer_key: str | None) -> bool:
    """Say whether a password belongs to a stored hash, which may be malformed; raises SignerKeyMissing."""
    if match := _BCRYPT.fullmatch(stored):
        return _verify_bcrypt(password, f"$2a{match[1]}")
    if stored.startswith(_ARGON2_PREFIXES):
        return _verify_argon2(password, stored)
    if firebase_hash := parse_firebase_hash(stored):
        if firebase_signer_key is None:
            raise SignerKeyMissing
        return verify_firebase_hash(password, firebase_hash, firebase_signer_key)
    return False


def hash_format(stored: str) -> HashFormat | None:
    """Return what a hash looks like to the core, which is content with how one begins, or None if nothing."""
    if stored.startswith(_BCRYPT_PREFIXES):
        return "BCRYPT"
    if stored.startswith(_ARGON2_PREFIXES):
        return "ARGON2"
    return "FIREBASE_SCRYPT" if parse_firebase_hash(stored) else None


def _verify_bcrypt(password: str, stored: str) -> bool:
    import bcrypt

    try:
        return bcrypt.checkpw(_bcrypt_bytes(password), stored.encode())
    except ValueError:
        return False


def _verify_argon2(password: str, stored: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import VerificationError

    try:
        return PasswordHasher().verify(stored, _bytes(password))
    except (VerificationError, ValueError):
        return False


def _bcrypt_bytes(password: str) -> bytes:
    """Cut to what bcrypt reads: it ignores what comes after, and its library refuses longer ones."""
    return _bytes(password)[:_BCRYPT_BYTES]


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")
