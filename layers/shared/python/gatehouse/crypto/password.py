"""Password hashes: bcrypt and Argon2id of our own, and those of other systems that people bring along.

Formats are SuperTokens' (specs/supertokens.md 4.3), so that either core verifies what the other has stored.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Literal

Algorithm = Literal["BCRYPT", "ARGON2"]

_BCRYPT_BYTES = 72
_BCRYPT = re.compile(r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}")
_ARGON2 = re.compile(r"\$argon2(id|i|d)\$")
_FIREBASE = re.compile(
    r"\$f_scrypt\$(?P<hash>[^$]+)\$(?P<salt>[^$]+)\$m=(?P<memory>\d+)\$r=(?P<rounds>\d+)\$s=(?P<separator>[^$]+)"
)
_SCRYPT_MAX_BYTES = 256 * 1024 * 1024


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

        hasher = argon2.PasswordHasher(
            time_cost=costs.argon2_iterations,
            memory_cost=costs.argon2_memory_kb,
            parallelism=costs.argon2_parallelism,
            hash_len=32,
            salt_len=16,
        )
        return hasher.hash(_bytes(password))
    import bcrypt

    salt = bcrypt.gensalt(max(4, costs.bcrypt_log_rounds), prefix=b"2a")
    return bcrypt.hashpw(_bcrypt_bytes(password), salt).decode()


def verify_password(password: str, stored: str, *, firebase_signer_key: str | None) -> bool:
    """Say whether a password belongs to a stored hash; raises SignerKeyMissing."""
    if _BCRYPT.fullmatch(stored):
        import bcrypt

        return bcrypt.checkpw(_bcrypt_bytes(password), f"$2a{stored[3:]}".encode())
    if _ARGON2.match(stored):
        return _verify_argon2(password, stored)
    if match := _FIREBASE.fullmatch(stored):
        if firebase_signer_key is None:
            raise SignerKeyMissing
        return _verify_firebase(password, match, firebase_signer_key)
    return False


def is_bcrypt(stored: str) -> bool:
    """Say whether a text is a bcrypt hash."""
    return _BCRYPT.fullmatch(stored) is not None


def is_argon2(stored: str) -> bool:
    """Say whether a text is an Argon2 hash with its parameters."""
    from argon2 import extract_parameters
    from argon2.exceptions import InvalidHashError

    try:
        extract_parameters(stored)
    except (InvalidHashError, ValueError):
        return False
    return True


def is_firebase_scrypt(stored: str) -> bool:
    """Say whether a text is a hash of Firebase in SuperTokens' form."""
    return _FIREBASE.fullmatch(stored) is not None


def _verify_argon2(password: str, stored: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(stored, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _verify_firebase(password: str, match: "re.Match[str]", signer_key: str) -> bool:
    """Firebase's scrypt: the derived key encrypts the signer key, and that is the hash."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    try:
        salt = _decode(match["salt"]) + _decode(match["separator"])
        signer = _decode(signer_key)
        derived = hashlib.scrypt(
            _bytes(password),
            salt=salt,
            n=2 ** int(match["memory"]),
            r=int(match["rounds"]),
            p=1,
            maxmem=_SCRYPT_MAX_BYTES,
            dklen=64,
        )
    except (ValueError, OverflowError, MemoryError):
        return False
    encryptor = Cipher(algorithms.AES(derived[:32]), modes.CTR(b"\x00" * 16)).encryptor()
    found = base64.b64encode(encryptor.update(signer) + encryptor.finalize()).decode()
    return hmac.compare_digest(found.rstrip("="), match["hash"].rstrip("="))


def _decode(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4))


def _bcrypt_bytes(password: str) -> bytes:
    """Cut to what bcrypt reads: it ignores what comes after, and its library refuses longer ones."""
    return _bytes(password)[:_BCRYPT_BYTES]


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")
