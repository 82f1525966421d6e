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
    "importlib.resources",
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
    _load_service_models()
    provider = "stytch" if os.environ.get("IDENTITY_PROVIDER", "").strip() == "stytch" else "embedded"
    import_module(f"{gatehouse.__name__}.providers.{provider}")


def _load_service_models() -> None:
    """Read the files that boto3 reads to call the stores of secrets; credentials it looks for later."""
    values = os.environ.values()
    services = {value.partition(":")[0] for value in values if value.startswith(("ssm:", "secretsmanager:"))}
    if not services:
        return
    import boto3
    import botocore.session

    session = botocore.session.get_session()
    loader = session.get_component("data_loader")
    for name in ("endpoints", "partitions", "sdk-default-configuration"):
        loader.load_data(name)
    for service in services:
        loader.load_service_model(service, "service-2")
        loader.load_service_model(service, "endpoint-rule-set-1")
    boto3.setup_default_session(botocore_session=session)
