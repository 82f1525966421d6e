"""One verified TLS context per process: making one costs more than a connection (specs/databases.md 7.3)."""

import ssl
from functools import cache
from pathlib import Path

from gatehouse.errors import SettingInvalid

LOOPBACK = frozenset({"", "localhost", "127.0.0.1", "::1"})

_BUNDLES = (
    "/etc/pki/tls/certs/ca-bundle.crt",  # Amazon Linux
    "/etc/ssl/certs/ca-certificates.crt",  # Debian
    "/etc/ssl/cert.pem",  # macOS, Alpine
)


@cache
def ca_bundle() -> str | None:
    """Return the path of the system's certificate authorities, or None where the platform keeps them elsewhere."""
    found = ssl.get_default_verify_paths().cafile
    return next((path for path in (found, *_BUNDLES) if path and Path(path).exists()), None)


@cache
def verified_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Return the shared client context that checks certificate and host name against `ca_file` or the system's."""
    try:
        return ssl.create_default_context(cafile=ca_file or ca_bundle())
    except OSError as error:
        raise SettingInvalid("DATABASE_URL", f"ssl_ca cannot be read: {error.strerror}") from error
