"""A TCP proxy that counts round trips: how often the client speaks after the server has."""

import selectors
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

Trips = Callable[[Callable[[], object]], int]
"""Does something; returns how many round trips it took."""


class CountingProxy:
    """Forwards bytes between clients and one server."""

    def __init__(self, host: str, port: int) -> None:
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
            has_client_spoken = False
            while True:
                for key, _ in selector.select():
                    is_client = key.fileobj is client
                    try:
                        data = (client if is_client else server).recv(65536)
                    except OSError:
                        return
                    if not data:
                        return
                    if is_client and not has_client_spoken:
                        self.round_trips += 1
                    has_client_spoken = is_client
                    with suppress(OSError):
                        (server if is_client else client).sendall(data)


@contextmanager
def counting_proxy(host: str, port: int) -> Iterator[CountingProxy]:
    """Run a proxy in front of a server."""
    proxy = CountingProxy(host, port)
    thread = Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join()
