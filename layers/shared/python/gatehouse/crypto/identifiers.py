"""Random ids and hashes."""

import hashlib
import uuid


def new_id() -> str:
    """Return a random UUID (version 4) as 36 characters."""
    return str(uuid.uuid4())


def sha256_hex(text: str) -> str:
    """Return the lower-case hex SHA-256 of a string's UTF-8 bytes: `H` in specs/supertokens.md 3.1."""
    return hashlib.sha256(text.encode()).hexdigest()
