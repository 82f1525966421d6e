"""Posts to the URLs of others: verified, in time, at addresses where it may, and without following anybody."""

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from urllib3 import HTTPConnectionPool

PATIENCE_S = 5.0
"""How long to wait for a connection, and again for an answer."""

READ_S = 1.0
"""How long to read on then: the status is what counts, and it is known."""

MOST_ADDRESSES = 2
MOST_BYTES = 4096
_THROTTLED = {429, 502, 503, 504}
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as networks without IPv4 see them (RFC 6052)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a post: the status, or none where there was no answer; `word` says it for people."""

    status: int | None
    word: str
    retry_after_s: int | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_down(self) -> bool:
        """Whether it is of no use to go on with this receiver now."""
        return self.status is None or self.status in _THROTTLED


class AddressRefused(Exception):
    """The name of a receiver leads into a network that is not open to all."""


class Receiver:
    """One URL; its address is looked up once, and its connection is kept between posts."""

    def __init__(self, url: str, *, may_be_private: bool, patience_s: float = PATIENCE_S) -> None:
        self._parts = urlsplit(url)
        self._patience_s = patience_s
        self._may_be_private = may_be_private
        self._pools: list[HTTPConnectionPool] = []

    def post(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send a body and return what became of that; raises nothing that a receiver can bring about."""
        import urllib3

        try:
            return self._post(body, {"host": self._parts.netloc, **headers})
        except AddressRefused:
            return Reply(None, "private address")
        except socket.gaierror:
            return Reply(None, "unknown host")
        except urllib3.exceptions.SSLError:
            return Reply(None, "certificate or TLS error")
        except urllib3.exceptions.NewConnectionError:
            return Reply(None, "connection refused")
        except urllib3.exceptions.TimeoutError:
            return Reply(None, "no answer in time")
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            return Reply(None, "no valid answer")

    def close(self) -> None:
        """Close the connection."""
        for pool in self._pools:
            pool.close()

    def _post(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        import urllib3

        self._pools = self._pools or [self._pool(str(address)) for address in self._addresses()]
        target = (self._parts.path or "/") + (f"?{self._parts.query}" if self._parts.query else "")
        for pool in list(self._pools):
            try:
                response = pool.urlopen(
                    "POST",
                    target,
                    body=body,
                    headers=headers,
                    retries=False,
                    redirect=False,
                    assert_same_host=False,
                    timeout=urllib3.Timeout(connect=self._patience_s, read=self._patience_s),
                    preload_content=False,
                )
            except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
                if pool is self._pools[-1]:
                    raise
                continue
            self._pools = [pool]
            _read_a_little(response)
            return Reply(response.status, str(response.status), _retry_after_s(response.headers))
        raise AssertionError("unreachable")

    def _addresses(self) -> list[IPv4Address | IPv6Address]:
        """Look up where the host is, and leave out what is not open to all; raises AddressRefused."""
        host, port = self._parts.hostname or "", self._port
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ip_address(str(item[4][0]).partition("%")[0]) for item in found]
        usable = [item for item in dict.fromkeys(addresses) if self._may_be_private or is_public(item)]
        if not usable:
            raise AddressRefused
        return usable[:MOST_ADDRESSES]

    def _pool(self, address: str) -> "HTTPConnectionPool":
        """Connect to the very address that was checked: asked again, a name may lead elsewhere."""
        import urllib3

        if self._parts.scheme == "http":
            return urllib3.HTTPConnectionPool(address, self._port, maxsize=1)
        return urllib3.HTTPSConnectionPool(
            address,
            self._port,
            maxsize=1,
            cert_reqs="CERT_REQUIRED",
            server_hostname=self._parts.hostname,
        )

    @property
    def _port(self) -> int:
        return self._parts.port or (443 if self._parts.scheme == "https" else 80)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is one that everybody on the internet may reach, whichever way it is written."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def _read_a_little(response: Any) -> None:
    """Read a short answer, so that the connection can be used again, and drop one that is long or slow."""
    ends_at, size = time.monotonic() + READ_S, 0
    try:
        while size < MOST_BYTES and time.monotonic() < ends_at:
            piece = response.read1(MOST_BYTES, decode_content=False)
            if not piece:
                response.release_conn()
                return
            size += len(piece)
    except Exception:  # noqa: S110 (the status is known)
        pass
    response.close()


def _retry_after_s(headers: Mapping[str, str]) -> int | None:
    """Return how many seconds a receiver asks to be left alone; it may say a time instead."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return int(value[:9])
    try:
        return max(0, round(parsedate_to_datetime(value).timestamp() - time.time()))
    except (ValueError, TypeError, OverflowError):
        return None
