"""A receiver of webhooks: an HTTP server that keeps what it is sent, and answers as a test tells it to."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

from tests.certificates import Certificates

PATIENCE_S = 20
"""How long a receiver may hang at most, should a test forget to let it go."""


@dataclass(frozen=True)
class Received:
    """What came in one request."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class ReceiverServer:
    """Its address, what it was sent, and what it answers: `answers` to the first requests, then always `status`."""

    status: int = 204
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_trickling: bool = False
    hangs: bool = False
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    released: Event = field(default_factory=Event)
    on_request: Callable[[Received], None] = lambda received: None
    port: int = 0
    scheme: str = "http"
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        """Where it takes webhooks."""
        return f"{self.scheme}://127.0.0.1:{self.port}/hooks"

    @property
    def ids(self) -> list[str]:
        """The ids of what came in, in order."""
        return [item.headers["webhook-id"] for item in self.received]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: ReceiverServer

    def setup(self) -> None:
        super().setup()
        with self.receiver.lock:
            self.receiver.connections += 1

    def do_POST(self) -> None:
        """Keep the request and answer."""
        receiver = self.receiver
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        received = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        with receiver.lock:
            receiver.received.append(received)
            status = receiver.answers.pop(0) if receiver.answers else receiver.status
        receiver.on_request(received)
        if receiver.hangs:
            receiver.released.wait(PATIENCE_S)
        self.send_response(status)
        for name, value in receiver.headers.items():
            self.send_header(name, value)
        if receiver.is_trickling:
            self._trickle()
        elif status != 204:
            self.send_header("content-length", str(len(receiver.body)))
            self.end_headers()
            self.wfile.write(receiver.body)
        else:
            self.end_headers()

    def _trickle(self) -> None:
        """Send headers without an end, a piece at a time, so that no single wait is long."""
        self.flush_headers()
        for number in range(PATIENCE_S * 20):
            if self.receiver.released.wait(0.05):
                break
            self.wfile.write(f"x-{number}: more\r\n".encode())
            self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Senders may leave when they like."""


@contextmanager
def receiver_server(certificates: Certificates | None = None, **behaviour: Any) -> Iterator[ReceiverServer]:
    """Run a receiver on this machine, with TLS where there are certificates."""
    receiver = ReceiverServer(**behaviour)
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"receiver": receiver}))
    receiver.port = server.server_port
    if certificates:
        receiver.scheme = "https"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.certificate, certificates.key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
