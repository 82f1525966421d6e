"""What browsers let a page of another origin do: asked of both sides, compared by what it grants."""

from collections.abc import Mapping
from dataclasses import dataclass

ORIGINS = (
    "http://localhost:3000",
    "http://localhost:3001",
    "https://localhost:3000",
    "http://localhost",
    "null",
)
ASKED_HEADERS = ("content-type", "rid", "fdi-version", "st-auth-mode", "authorization", "anti-csrf")
READ_HEADERS = ("front-token", "st-access-token", "st-refresh-token", "anti-csrf")
METHODS = ("GET", "POST", "PUT")


def preflight(origin: str, method: str) -> dict[str, str]:
    """Return the headers with which a browser asks whether it may send a request."""
    return {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": ",".join(sorted(ASKED_HEADERS)),
    }


@dataclass(frozen=True)
class Grant:
    """What an answer lets a page do."""

    reads: bool
    with_credentials: bool
    sends: bool
    readable: frozenset[str]


def granted(headers: Mapping[str, str], origin: str, method: str) -> Grant:
    """Return what an answer lets a page of an origin do."""
    names = {name.lower(): value for name, value in headers.items()}
    reads = names.get("access-control-allow-origin") == origin
    return Grant(
        reads=reads,
        with_credentials=reads and names.get("access-control-allow-credentials") == "true",
        sends=reads
        and set(ASKED_HEADERS) <= _listed(names, "allow-headers")
        and method.lower() in _listed(names, "allow-methods"),
        readable=frozenset(_listed(names, "expose-headers") & set(READ_HEADERS)) if reads else frozenset(),
    )


def _listed(headers: Mapping[str, str], name: str) -> set[str]:
    return {item.strip().lower() for item in headers.get(f"access-control-{name}", "").split(",")}
