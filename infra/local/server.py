"""The HTTP server in front of the gateway."""

import errno
import socket
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from typing import Any, Self

from infra.local.connection import BodyTooLarge, Connection
from infra.local.log import log
from infra.local.messages import Request, Response, gateway_response

Handle = Callable[[Request], Response]


class PortTaken(Exception):
    """Another program listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"port {port} on {host} is in use by another program")


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 picks a free one. Raises PortTaken, or OSError for an unusable address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from None
        raise


class HttpServer(ThreadingHTTPServer):
    """Serves a listening socket in the background, each connection in a thread of its own."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, listener: socket.socket, handle: Handle) -> None:
        super().__init__(listener.getsockname()[:2], _HttpConnection, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_port = listener.getsockname()[1]
        self.handle = handle

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: what ends up here is a client that went away."""


class _HttpConnection(Connection):
    server: HttpServer

    def _handle(self) -> None:
        started_s = time.perf_counter()
        try:
            body = self.read_body()
        except BodyTooLarge:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        except ValueError:
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        headers = [(name, str(value)) for name, value in self.headers.items()]
        request = Request(
            self.command, self.path, headers, body, self.client_address[0], self.request_version
        )
        try:
            response = self.server.handle(request)
        except (
            Exception
        ):  # a mistake in the gateway, or in serverless.yml: it is shown, and the server goes on
            log(traceback.format_exc())
            response = gateway_response(HTTPStatus.INTERNAL_SERVER_ERROR)
        if not request.target.startswith("/_dev/"):
            duration_ms = (time.perf_counter() - started_s) * 1000
            log(f"{self.command} {request.raw_path} {response.status} {duration_ms:.0f} ms")
        self.write_response(response)

    do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = _handle

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer without the body, which makes the rest of the connection useless."""
        response = gateway_response(status)
        self.close_connection = True
        self.write_response(replace(response, headers=[*response.headers, ("connection", "close")]))
