"""What `make dev` says when it is ready."""

import re
from collections.abc import Mapping

_PASSWORD = re.compile(r"(?<=:)[^:/@]+(?=@)")
_TITLE = "Gatehouse is running. It restarts when code changes; Ctrl-C stops it."


def banner(url: str, core_url: str | None, environment: Mapping[str, str]) -> str:
    """Return where to go and what is behind it; passwords are left out."""
    rows = {
        "pages and API": url,
        **({"core for SDKs": core_url} if core_url else {}),
        "mailbox": f"{url}/_dev/mailbox",
        "database": _database(environment),
        "provider": environment.get("IDENTITY_PROVIDER", "embedded"),
    }
    return "\n".join(["", _TITLE, "", *(f"  {name:15}{value}" for name, value in rows.items()), ""])


def _database(environment: Mapping[str, str]) -> str:
    for name in ("DATABASE_URL", "MYSQL_CONNECTION_URI", "POSTGRESQL_CONNECTION_URI"):
        if url := environment.get(name):
            return _PASSWORD.sub("***", url)
    for family in ("MYSQL", "POSTGRESQL"):
        if any(name.startswith(f"{family}_") for name in environment):
            return f"{family.lower()}://{environment.get(f'{family}_HOST', 'localhost')}"
    return "the default of the functions"
