"""A go-between on the way to a database server that loses what it is told to lose, and says what a server would."""

import selectors
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from urllib.parse import urlsplit

from tests.faults.wire import WIRES, Piece, Refusal, Wire

Killer = Callable[[int], None]
"""Ends the connection of a number, at the server."""


@dataclass(frozen=True)
class Fault:
    """What happens to a request.

    kind: `before` it reaches the server the connection breaks, `after` it was carried out, in the `middle` of the
    answer; `silent`: nothing comes; `killed`: the server ends the connection itself; `refused` with an error.
    stays: from then on the server is not to be reached. lasts: it happens to all requests after it, too.
    """

    kind: str
    refusal: Refusal | None = None
    stays: bool = False
    lasts: bool = False

    @property
    def name(self) -> str:
        """How tests are called after it."""
        return (self.refusal.name if self.refusal else self.kind) + ("-and-stays-away" if self.stays else "")


class FaultyProxy:
    """Forwards request by request; `watch` is called with the number of each that was answered."""

    def __init__(self, url: str, kill: Killer) -> None:
        parts = urlsplit(url)
        self._make_wire = WIRES[parts.scheme]
        self._target = (parts.hostname or "", parts.port or 0)
        self.kill = kill
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._clients: list[socket.socket] = []
        self._is_away = False
        self._fault: Fault | None = None
        self._at = 0
        self.requests = 0
        self.watch: Callable[[int], None] = lambda _: None

    @property
    def port(self) -> int:
        """The port to connect to instead of the server's."""
        port: int = self._listener.getsockname()[1]
        return port

    def plan(self, fault: Fault | None, at: int = 0) -> None:
        """Count from one again, and let a fault happen to the request of a number; the server is there again."""
        self._fault, self._at, self.requests, self._is_away = fault, at, 0, False

    @property
    def _lasts(self) -> bool:
        return bool(self._fault and self._fault.lasts)

    def serve(self) -> None:
        """Accept connections until the listener is shut."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._is_away:
                client.close()
                continue
            self._clients.append(client)
            Thread(target=self._forward, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Stop accepting, and end what is open."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for client in self._clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _forward(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server, suppress(OSError, _Broken):
            _Conversation(self, client, server, self._make_wire()).hold()

    def lose(self) -> Fault | None:
        """Count a request; return what happens to it."""
        self.requests += 1
        is_meant = self.requests == self._at or (self.requests > self._at > 0 and self._lasts)
        fault = self._fault if is_meant else None
        self._is_away = self._is_away or bool(fault and fault.stays)
        return fault


class _Broken(Exception):
    """The connection ends here."""


class _Conversation:
    """One client with the server."""

    def __init__(self, proxy: FaultyProxy, client: socket.socket, server: socket.socket, wire: Wire) -> None:
        self._proxy, self._client, self._server, self._wire = proxy, client, server, wire

    def hold(self) -> None:
        """Forward until somebody leaves."""
        with selectors.DefaultSelector() as selector:
            for side in (self._client, self._server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(side, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    data = _receive(self._client if key.fileobj is self._client else self._server)
                    if key.fileobj is self._client:
                        for piece in self._wire.from_client(data):
                            self._pass_on(piece)
                    else:
                        self._wire.note_server(data)
                        self._client.sendall(data)

    def _pass_on(self, piece: Piece) -> None:
        if not piece.is_request:
            self._server.sendall(piece.data)
            return
        fault = self._proxy.lose()
        number = self._proxy.requests
        if fault and fault.kind == "before":
            raise _Broken
        if fault and fault.kind == "silent":
            _receive(self._client)
            raise _Broken
        if fault and fault.refusal:
            self._client.sendall(self._wire.refuse(fault.refusal))
            if fault.refusal.is_fatal:
                raise _Broken
            return
        if fault and fault.kind == "killed":
            self._proxy.kill(self._wire.number)
        self._server.sendall(piece.data)
        answer = self._answer()
        self._proxy.watch(number)
        if fault and fault.kind in {"after", "middle"}:
            self._client.sendall(answer[: len(answer) // 2] if fault.kind == "middle" else b"")
            raise _Broken
        self._client.sendall(answer)

    def _answer(self) -> bytes:
        """Wait for the whole answer; what a server says before it leaves is passed on."""
        self._wire.begin_answer()
        answer = b""
        while True:
            try:
                data = _receive(self._server)
            except (OSError, _Broken):
                self._client.sendall(answer)
                raise
            answer += data
            if self._wire.ends_with(data):
                return answer


def _receive(side: socket.socket) -> bytes:
    data = side.recv(65_536)
    if not data:
        raise _Broken
    return data


@contextmanager
def faulty_proxy(url: str, kill: Killer) -> Iterator[FaultyProxy]:
    """Run a proxy in front of the server of a database's URL."""
    proxy = FaultyProxy(url, kill)
    thread = Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join()
