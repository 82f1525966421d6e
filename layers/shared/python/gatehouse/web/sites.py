"""Whether two URLs are of one site, as browsers decide which cookies to send."""

import ipaddress
from functools import cache
from urllib.parse import urlsplit

LOCAL = "localhost"


@cache
def are_same_site(one: str, other: str) -> bool:
    """Say whether scheme and registrable domain of two URLs are the same; this machine is one site."""
    first, second = urlsplit(one), urlsplit(other)
    if first.scheme != second.scheme:
        return False
    hosts = {(first.hostname or "").lower(), (second.hostname or "").lower()}
    return len(hosts) == 1 or len({_site(host) for host in hosts}) == 1


def _site(host: str) -> str:
    """Return what a host shares with the others of its site."""
    if host == LOCAL or host.endswith(f".{LOCAL}") or _is_address(host):
        return LOCAL
    from publicsuffixlist import PublicSuffixList  # reads a long list

    return PublicSuffixList().privatesuffix(host) or host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
