"""An HTTP endpoint that answers as told, for what a faithful imitation of AWS never does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A status, a body (JSON, or XML as it is) and AWS's error code; `hangs` sends none of it."""

    status: int = 200
    body: dict[str, Any] | str = field(default_factory=dict)
    code: str = ""
    hangs: bool = False

    def encoded(self) -> bytes:
        """Return the body as bytes; some services repeat the error code in it."""
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps({**self.body, "__type": self.code} if self.code else self.body).encode()


@dataclass
class Endpoint:
    """A running endpoint. It gives `answers` in turn, and the last one for ever."""

    url: str
    answers: list[Answer] = field(default_factory=lambda: [Answer()])
    requests: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def running_endpoint() -> Iterator[Endpoint]:
    """Run an endpoint on a free port until the block ends."""
    is_over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            sent = self.rfile.read(size).decode()
            endpoint.requests.append(json.loads(sent) if sent.startswith("{") else {"form": sent})
            answer = endpoint.answers.pop(0) if len(endpoint.answers) > 1 else endpoint.answers[0]
            if answer.hangs:
                is_over.wait(30)
                self.close_connection = True
                return
            body = answer.encoded()
            self.send_response(answer.status)
            self.send_header(
                "Content-Type", "text/xml" if isinstance(answer.body, str) else "application/json"
            )
            self.send_header("Content-Length", str(len(body)))
            self.send_header("x-amzn-RequestId", "request-1")
            if answer.code:
                self.send_header("x-amzn-ErrorType", answer.code)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        is_over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
