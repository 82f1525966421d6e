"""An identity provider for both sides: whoever brings a code is who the code says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs


class _Handler(BaseHTTPRequestHandler):
    """A code such as `ada~ada@example.com~verified` is also the access token that is given for it."""

    def do_POST(self) -> None:
        """Give a token for a code."""
        sent = parse_qs(self.rfile.read(int(self.headers.get("content-length", "0"))).decode())
        code = sent.get("code", [""])[0]
        if "~" not in code:
            self._answer(400, {"error": "invalid_grant"})
        else:
            self._answer(200, {"access_token": code, "token_type": "bearer"})

    def do_GET(self) -> None:
        """Tell who somebody is."""
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        subject, email, verified = [*token.split("~"), "", ""][:3]
        told = {"sub": subject, "email": email, "email_verified": verified == "verified"}
        self._answer(200, {name: value for name, value in told.items() if value != ""})

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name in http.server)
        """Say nothing."""


@contextmanager
def running_provider() -> Iterator[str]:
    """Serve until the block ends, and give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
