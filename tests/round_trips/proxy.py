"""A TCP proxy that counts round trips, by the protocol: answers of PostgreSQL, commands to MySQL.

How often the client speaks after the server is not enough: a long batch goes out in several pieces, and the server may
begin to answer before it has them all.
"""

import selectors
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Protocol
from urllib.parse import urlsplit

Trips = Callable[[Callable[[], object]], int]
"""Does something; returns how many round trips it took."""


class Counter(Protocol):
    """Counts the round trips of one connection."""

    def from_client(self, data: bytes) -> int:
        """Return how many round trips end with what the client sends."""

    def from_server(self, data: bytes) -> int:
        """Return how many round trips end with what the server sends."""


class MySqlCounter:
    """A command is a packet that begins a new sequence."""

    def __init__(self) -> None:
        self._rest = b""

    def from_client(self, data: bytes) -> int:
        """Count commands."""
        self._rest += data
        commands = 0
        while len(self._rest) >= 4 + (length := int.from_bytes(self._rest[:3], "little")):
            commands += self._rest[3] == 0
            self._rest = self._rest[4 + length :]
        return commands

    def from_server(self, data: bytes) -> int:
        """Count nothing: there may be many answers to a command of many statements."""
        return 0


class PostgreSqlCounter:
    """Every query, and every pipeline, is answered with ReadyForQuery in the end."""

    _NEGOTIATIONS = (b"\x00\x00\x00\x08\x04\xd2\x16\x2f", b"\x00\x00\x00\x08\x04\xd2\x16\x30")
    """Requests for TLS and GSSAPI, which are answered with one letter."""

    def __init__(self) -> None:
        self._rest = b""
        self._letters = 0

    def from_client(self, data: bytes) -> int:
        """Count nothing, but note what will be answered with a letter."""
        self._letters += data in self._NEGOTIATIONS
        return 0

    def from_server(self, data: bytes) -> int:
        """Count ReadyForQuery."""
        data, self._letters = data[self._letters :], 0
        self._rest += data
        answers = 0
        while len(self._rest) >= 5 and len(self._rest) > (length := int.from_bytes(self._rest[1:5], "big")):
            answers += self._rest[:1] == b"Z"
            self._rest = self._rest[1 + length :]
        return answers


COUNTERS: dict[str, Callable[[], Counter]] = {"mysql": MySqlCounter, "postgresql": PostgreSqlCounter}
"""By the scheme of a database's URL."""


class CountingProxy:
    """Forwards bytes between clients and one server."""

    def __init__(self, scheme: str, host: str, port: int) -> None:
        self._make_counter = COUNTERS[scheme]
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._clients: list[socket.socket] = []
        self.round_trips = 0

    @property
    def port(self) -> int:
        """The port to connect to instead of the server's."""
        port: int = self._listener.getsockname()[1]
        return port

    def serve(self) -> None:
        """Accept connections until the listener is shut."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._clients.append(client)
            Thread(target=self._forward, args=(client,), daemon=True).start()

    def drop(self) -> None:
        """Cut every connection that is open, as a network does: without a word."""
        for client in self._clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        self._clients.clear()

    def close(self) -> None:
        """Stop accepting."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _forward(self, client: socket.socket) -> None:
        with (
            client,
            socket.create_connection(self._target) as server,
            selectors.DefaultSelector() as selector,
        ):
            for side in (client, server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(side, selectors.EVENT_READ)
            counter = self._make_counter()
            while True:
                for key, _ in selector.select():
                    is_client = key.fileobj is client
                    try:
                        data = (client if is_client else server).recv(65536)
                    except OSError:
                        return
                    if not data:
                        return
                    count = counter.from_client if is_client else counter.from_server
                    self.round_trips += count(data)
                    with suppress(OSError):
                        (server if is_client else client).sendall(data)


@contextmanager
def counting_proxy(url: str) -> Iterator[CountingProxy]:
    """Run a proxy in front of the server of a database's URL."""
    parts = urlsplit(url)
    proxy = CountingProxy(parts.scheme, parts.hostname or "", parts.port or 0)
    thread = Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join()
