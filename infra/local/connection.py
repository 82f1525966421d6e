"""One HTTP connection, tuned and quiet: the base of the gateway's and the Runtime API's servers."""

from http.server import BaseHTTPRequestHandler

from infra.local.messages import Response

MAX_BODY_BYTES = 10 * 1024 * 1024
"""The largest request body that API Gateway takes."""


class BodyTooLarge(Exception):
    """The request's body is larger than MAX_BODY_BYTES; the rest of it is still in the connection."""


class Connection(BaseHTTPRequestHandler):
    """Reads bodies however they are framed, and writes a response as one packet, at once."""

    protocol_version = "HTTP/1.1"
    # Without these two, headers and body go out apart and wait for each other's acknowledgement: 40 ms per response.
    disable_nagle_algorithm = True
    wbufsize = -1

    def read_body(self) -> bytes:
        """Return the request's body. Raises BodyTooLarge, or ValueError when the framing is malformed."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._read_chunks()
        length = int(self.headers.get("Content-Length") or 0)
        if length < 0:
            raise ValueError("a negative length")
        if length > MAX_BODY_BYTES:
            raise BodyTooLarge
        return self.rfile.read(length)

    def write_response(self, response: Response) -> None:
        """Send a response; the body is left out where HTTP has none, its length is told nevertheless."""
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        if response.status >= 200 and response.status not in {204, 304}:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def version_string(self) -> str:
        """Return the `Server` header."""
        return "gatehouse"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is http.server's)
        """Log nothing: the servers write their own lines."""

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while size := int(self.rfile.readline(64).partition(b";")[0], 16):
            if size < 0:
                raise ValueError("a negative length")
            if len(body) + size > MAX_BODY_BYTES:
                raise BodyTooLarge
            body += self.rfile.read(size)
            self.rfile.readline(8)
        while self.rfile.readline(65537).strip():
            pass  # trailers
        return bytes(body)
