"""Passwords as a tenant is configured to keep them; hashing takes a tenth of a second, so never in a transaction."""

from typing import cast

from gatehouse.core_config import CoreConfig
from gatehouse.crypto.password import (
    Algorithm,
    HashFormat,
    HashingCosts,
    SignerKeyMissing,
    hash_format,
    hash_password,
    verify_password,
)
from gatehouse.errors import RequestInvalid, SettingInvalid

_NAMES: dict[HashFormat, str] = {
    "ARGON2": "Argon2",
    "BCRYPT": "BCrypt",
    "FIREBASE_SCRYPT": "Firebase SCrypt",
}


def make_hash(password: str, config: CoreConfig) -> str:
    """Return the hash to store of a new password."""
    costs = HashingCosts(
        algorithm=cast("Algorithm", config.password_hashing_alg.upper()),
        bcrypt_log_rounds=config.bcrypt_log_rounds,
        argon2_iterations=config.argon2_iterations,
        argon2_memory_kb=config.argon2_memory_kb,
        argon2_parallelism=config.argon2_parallelism,
    )
    return hash_password(password, costs)


def is_password(password: str, stored: str, config: CoreConfig) -> bool:
    """Say whether a password belongs to a stored hash; raises SettingInvalid where Firebase's key is needed."""
    try:
        return verify_password(
            password, stored, firebase_signer_key=config.firebase_password_hashing_signer_key
        )
    except SignerKeyMissing:
        raise SettingInvalid(
            "FIREBASE_PASSWORD_HASHING_SIGNER_KEY", "is needed to check passwords imported from Firebase"
        ) from None


def check_hash(stored: str, named: HashFormat | None, config: CoreConfig) -> None:
    """Raise RequestInvalid for a hash of another system that could not be used; `named` is what it is said to be."""
    found = hash_format(stored)
    may_need_key = "FIREBASE_SCRYPT" in (named, found if named is None else None)
    if may_need_key and config.firebase_password_hashing_signer_key is None:
        raise RequestInvalid("'firebase_password_hashing_signer_key' cannot be null")
    if named is not None and found != named:
        raise RequestInvalid(f"Password hash is in invalid {_NAMES[named]} format")
    if found is None:
        raise RequestInvalid("Password hash is in invalid format")
