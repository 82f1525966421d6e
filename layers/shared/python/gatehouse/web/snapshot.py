"""SnapStart: a function's snapshot holds loaded modules, and nothing that would be stale or the same in every copy."""

import os
import random
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

import gatehouse

_OURS = ("crypto", "delivery", "oauth", "services", "store.engines")
"""The packages whose modules are imported only when they are needed."""

_THEIRS = (
    "argon2",
    "bcrypt",
    "boto3.session",
    "botocore.client",
    "botocore.config",
    "botocore.parsers",
    "cryptography.exceptions",
    "cryptography.hazmat.primitives.asymmetric.padding",
    "cryptography.hazmat.primitives.asymmetric.rsa",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.hashes",
    "cryptography.hazmat.primitives.serialization",
    "email.mime.text",
    "email.utils",
    "jwt",
    "phonenumbers",
    "publicsuffixlist",
    "urllib3",
)
"""What they import in turn, only within functions."""


def around_snapshot(forget: Callable[[], None]) -> None:
    """Load all modules before a snapshot is taken, and `forget` after it was restored; do nothing without SnapStart."""
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return
    # In Lambda's runtime, and nowhere else.
    from snapshot_restore_py import register_after_restore, register_before_snapshot

    register_before_snapshot(warm_up)
    register_after_restore(random.seed)
    register_after_restore(forget)


def warm_up() -> None:
    """Import what requests would import; no connection is opened, no secret is read, no number is drawn."""
    for name in _THEIRS:
        import_module(name)
    for package in _OURS:
        found = import_module(f"gatehouse.{package}")
        for module in iter_modules(found.__path__):
            import_module(f"{found.__name__}.{module.name}")
    provider = "stytch" if os.environ.get("IDENTITY_PROVIDER", "").strip() == "stytch" else "embedded"
    import_module(f"{gatehouse.__name__}.providers.{provider}")
