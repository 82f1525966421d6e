"""Stytch's API on this machine: checks all that it is sent, and can be slow, broken or wrong.

By hand: `python -m tests.providers.fake_stytch --port 3999 --mailbox .gatehouse/mailbox.jsonl`.
"""

import argparse
import base64
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.providers.stytch_objects import Json, Refusal, make_id
from tests.providers.stytch_project import StytchProject

PROJECT_ID = "project-test-11111111-1111-4111-8111-111111111111"
SECRET = "secret-test-0000000000000000000000000000000000000000000="

Trouble = Callable[["Call"], None]
"""Answers a call in the place of the API."""

_TYPES: dict[str, dict[str, type]] = {
    "/v1/magic_links/email/login_or_create": {
        "email": str,
        "login_magic_link_url": str,
        "signup_magic_link_url": str,
        "login_expiration_minutes": int,
        "signup_expiration_minutes": int,
    },
    "/v1/magic_links/authenticate": {"token": str, "session_duration_minutes": int},
    "/v1/sessions/authenticate": {"session_token": str, "session_jwt": str},
    "/v1/sessions/revoke": {"session_id": str, "session_token": str, "session_jwt": str},
    "/v1/users/search": {"cursor": str, "limit": int},
}
_EXACTLY_ONE = frozenset({"/v1/sessions/authenticate", "/v1/sessions/revoke"})
_ALL_OPTIONAL = frozenset({"/v1/users/search"})


class FakeStytch:
    """The server; `calls` has all that was asked, `complaints` what a correct client would not have sent."""

    def __init__(
        self,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        *,
        mailbox: Path | None = None,
        port: int = 0,
        redirect_urls: frozenset[str] = frozenset(),
        is_talkative: bool = False,
    ) -> None:
        self.project = StytchProject(PROJECT_ID, clock, self._deliver, redirect_urls)
        self.calls: list[str] = []
        self.complaints: list[str] = []
        self.connections = 0
        self.is_over = Event()
        self.turn = Lock()
        self._mailbox = mailbox
        self._is_talkative = is_talkative
        self._troubles: dict[str, Trouble] = {}
        self._server = _Server(("127.0.0.1", port), type("Bound", (Call,), {"fake": self}))
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def settings(self) -> dict[str, str]:
        """The settings that lead Gatehouse here."""
        return {
            "IDENTITY_PROVIDER": "stytch",
            "STYTCH_PROJECT_ID": PROJECT_ID,
            "STYTCH_SECRET": SECRET,
            "STYTCH_PROJECT_ENV": self.url,
        }

    def close(self) -> None:
        """Stop; calls that hang are dropped."""
        self.is_over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @contextmanager
    def trouble(self, trouble: Trouble, path: str = "/v1/") -> Iterator[None]:
        """Answer all calls whose path begins like this with trouble."""
        self._troubles[path] = trouble
        try:
            yield
        finally:
            del self._troubles[path]

    def trouble_at(self, path: str) -> Trouble | None:
        """Return the trouble that a path has now."""
        return next((trouble for start, trouble in self._troubles.items() if path.startswith(start)), None)

    def count(self, start: str = "") -> int:
        """Count the calls, such as those that begin with `GET /v1/sessions`."""
        return sum(call.startswith(start) for call in self.calls)

    def _deliver(self, email: str, link: str) -> None:
        sent_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        text = f"Open this link to sign in:\n\n{link}\n"
        letter = {"to": email, "subject": "Your sign-in link (Stytch)", "text": text, "html": ""}
        if self._mailbox:
            self._mailbox.parent.mkdir(parents=True, exist_ok=True)
            with self._mailbox.open("a", encoding="utf-8") as mailbox:
                mailbox.write(
                    json.dumps({**letter, "links": [link], "code": None, "sent_at": sent_at}) + "\n"
                )
        if self._is_talkative:
            sys.stdout.write(f"\nLetter to {email}: {letter['subject']}\n\n    {link}\n")
            sys.stdout.flush()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that went away, as they do when they do not want to wait any longer."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Call(BaseHTTPRequestHandler):
    """One call, checked before it is answered."""

    fake: ClassVar[FakeStytch]
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        """Count the connection."""
        super().setup()
        self.fake.connections += 1

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (http.server's name)
        """Keep quiet."""

    def do_GET(self) -> None:
        """Answer a call without a body."""
        self._serve()

    do_POST = do_DELETE = do_GET

    def send(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        """Send an answer."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def send_json(self, status: int, body: object) -> None:
        """Send JSON."""
        self.send(status, json.dumps(body).encode())

    def answer(self) -> tuple[int, Json]:
        """Return what the API answers."""
        try:
            if not self._parts.path.startswith(
                "/v1/sessions/jwks/"
            ):  # public: the SDK's own check asks without
                self._check_credentials()
            envelope = {"status_code": 200, "request_id": make_id("request-id")}
            with self.fake.turn:
                return 200, {**envelope, **self._route(dict(parse_qsl(self._parts.query)))}
        except Refusal as refusal:
            return refusal.status, refusal.body

    def _serve(self) -> None:
        self._parts = urlsplit(self.path)
        self._body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.fake.calls.append(f"{self.command} {self.path}")
        if trouble := self.fake.trouble_at(self._parts.path):
            trouble(self)
        else:
            self.send_json(*self.answer())

    def _check_credentials(self) -> None:
        expected = base64.b64encode(f"{PROJECT_ID}:{SECRET}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {expected}":
            raise Refusal(401, "unauthorized_credentials")
        if not self.headers.get("User-Agent", "").startswith("Stytch Python v"):
            raise self._complaint("bad_user_agent")

    def _route(self, query: Mapping[str, str]) -> Json:
        project, path = self.fake.project, self._parts.path
        last = unquote(path.rpartition("/")[2])
        if self.command == "POST" and path in _TYPES:
            handlers = {
                "/v1/magic_links/email/login_or_create": project.login_or_create,
                "/v1/magic_links/authenticate": project.authenticate_link,
                "/v1/sessions/authenticate": project.authenticate_session,
                "/v1/sessions/revoke": project.revoke_session,
                "/v1/users/search": project.search_users,
            }
            return handlers[path](self._checked_body(path))
        if self._body and self.command != "POST":
            raise self._complaint("unexpected_body")
        if self.command == "GET" and path == "/v1/sessions" and set(query) == {"user_id"}:
            return project.list_sessions(query["user_id"])
        if self.command == "GET" and path == f"/v1/sessions/jwks/{last}" and not query:
            return project.jwks(last)
        if self.command == "DELETE" and path == f"/v1/users/{last}" and not query:
            return project.delete_user(last)
        raise self._complaint("route_not_found", 404)

    def _checked_body(self, path: str) -> Json:
        """Return the body, which must be JSON and have exactly the members that the call takes, of the right types."""
        if self.headers.get("Content-Type") != "application/json":
            raise self._complaint("invalid_content_type")
        try:
            body = json.loads(self._body)
        except ValueError:
            raise self._complaint("json_error") from None
        types = _TYPES[path]
        wanted = 1 if path in _EXACTLY_ONE else len(types)
        if not isinstance(body, dict) or not set(body) <= set(types):
            raise self._complaint("invalid_members")
        if len(body) != wanted and path not in _ALL_OPTIONAL:
            raise self._complaint("invalid_members")
        if any(type(value) is not types[name] or value == "" for name, value in body.items()):
            raise self._complaint("invalid_types")
        checked: Json = body
        return checked

    def _complaint(self, error_type: str, status: int = 400) -> Refusal:
        self.fake.complaints.append(f"{self.command} {self._parts.path}: {error_type}")
        return Refusal(status, error_type)


def main() -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.providers.fake_stytch", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port; default: a free one")
    parser.add_argument(
        "--mailbox", type=Path, help="append each letter to this file, as MAILBOX_FILE has them"
    )
    options = parser.parse_args()
    fake = FakeStytch(mailbox=options.mailbox, port=options.port, is_talkative=True)
    exports = "\n".join(f"export {name}={value}" for name, value in fake.settings.items())
    sys.stdout.write(f"{exports}\n\nLetters appear below. Stop with Ctrl-C.\n")
    sys.stdout.flush()
    try:
        Event().wait()
    except KeyboardInterrupt:
        fake.close()


if __name__ == "__main__":
    main()
