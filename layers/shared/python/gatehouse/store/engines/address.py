"""Reading a database URL."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from gatehouse.errors import SettingInvalid

SCHEMES = ("mysql", "mariadb", "postgresql", "postgres", "sqlite")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database server is and who calls; `options` is the URL's query."""

    host: str
    port: int | None
    user: str
    password: str
    database: str
    options: dict[str, str]


def parse_address(url: str, default_database: str = "supertokens") -> Address:
    """Parse `scheme://user:password@host:port/database?option=value`; raises SettingInvalid without the password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        reason = re.sub(r"['\"].*['\"]", "…", str(error))
        raise SettingInvalid(
            "DATABASE_URL", f"is not a valid URL ({reason}); encode special characters"
        ) from error
    if "#" in url:
        raise SettingInvalid("DATABASE_URL", "has a '#'; write it as %23 in user names and passwords")
    return Address(
        host=unquote(parts.hostname or ""),
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.lstrip("/")) or default_database,
        options={name: values[-1] for name, values in parse_qs(parts.query).items()},
    )


def check_url(url: str) -> None:
    """Raise SettingInvalid for a URL that no engine can be made for; imports no driver."""
    if url.partition(":")[0].lower() not in SCHEMES:
        raise SettingInvalid("DATABASE_URL", "must start with mysql://, postgresql:// or sqlite:///")
    parse_address(url)
