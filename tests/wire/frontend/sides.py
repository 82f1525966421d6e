"""The two that are compared: the official SDK on our core, and Gatehouse's own frontend interface."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import httpx

from functions.fdi import handler as frontend_function
from gatehouse.clock import now_ms
from gatehouse.web.app import create_app, lambda_handler
from gatehouse.web.entrance import Entrance
from gatehouse.web.sessions import SessionDep
from infra.local.events import Moment, http_event
from infra.local.messages import Request
from infra.local.routing import Match, Route
from tests.api import CONTEXT
from tests.core import Core
from tests.houses import Clock, Home, open_house

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-sdk" / "bin" / "python"
REFERENCE = Path(__file__).parent / "reference.py"
CORE_SETTINGS = ("ACCESS_TOKEN_", "REFRESH_TOKEN_", "PASSWORDLESS_MAX", "PASSWORDLESS_CODE", "TOTP_")


@dataclass(frozen=True)
class Asked:
    """A request as it is sent to one side."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: str = ""


@dataclass(frozen=True)
class Reply:
    """What one side answered, and the letters that it sent meanwhile."""

    status: int
    pairs: list[tuple[str, str]]
    text: str
    letters: list[dict[str, Any]]
    crash: str = ""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by name; of several the last."""
        return dict(self.pairs)

    @property
    def json(self) -> Any:
        """The body, or None if it is no JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class Side(Protocol):
    """One of the two."""

    def ask(self, asked: Asked) -> Reply:
        """Send a request to the frontend interface, or to the route that demands a session."""
        ...

    def core(self, method: str, target: str, body: Any) -> Any:
        """Send a request to the core, and return its JSON."""
        ...


class Gatehouse:
    """Our function, in process, and beside it a function of a user's own."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._letters = 0
        self._core = Core(home.house)
        self._own = _own_function()

    def ask(self, asked: Asked) -> Reply:
        """Send a request to one of the functions."""
        path = asked.target.partition("?")[0]
        is_own = path == "/me"
        module, handler = self._own if is_own else (frontend_function.app, frontend_function.handler)
        module.state.entrance = Entrance(lambda: self.home.house)
        route = Route("ANY /me", "me") if is_own else Route("ANY /auth/{proxy+}", "fdi")
        match = Match(route, {} if is_own else {"proxy": path.removeprefix("/auth/")})
        host = urlsplit(self.home.environment["API_URL"]).netloc
        headers = [("host", host), *asked.headers.items()]
        body = asked.body.encode("utf-8", "surrogateescape")
        request = Request(asked.method, asked.target, headers, body, "203.0.113.7")
        returned = handler(http_event(request, match, Moment()), CONTEXT)
        pairs = [
            *returned["headers"].items(),
            *(("set-cookie", line) for line in returned.get("cookies", [])),
        ]
        return Reply(returned["statusCode"], pairs, returned["body"], self._new_letters())

    def core(self, method: str, target: str, body: Any) -> Any:
        """Send a request to the core function."""
        content = None if body is None else json.dumps(body).encode()
        return json.loads(self._core.call(method, target, body=content).text)

    def _new_letters(self) -> list[dict[str, Any]]:
        letters = self.home.mailbox.letters()
        new, self._letters = letters[self._letters :], len(letters)
        return [
            {
                "to": letter["to"],
                "link": letter["links"][0] if letter["links"] else _link_in(letter["text"]),
                "code": letter["code"] or None,
            }
            for letter in new
        ]


def _link_in(text: str) -> str | None:
    return next((word for word in text.split() if word.startswith(("https://", "http://"))), None)


def _own_function() -> Any:
    """Return a function as a user would write it, which demands a session."""
    app = create_app("me")

    @app.api_route("/me", methods=["GET", "POST"])
    async def me(session: SessionDep) -> dict[str, str]:
        return {"userId": session.user_id, "tenantId": session.tenant_id}

    return app, lambda_handler(app)


class Reference:
    """The official SDK, which asks an app of a running core of ours."""

    def __init__(self, process: "subprocess.Popen[str]", core_url: str) -> None:
        self._process = process
        self._core_url = core_url

    def ask(self, asked: Asked) -> Reply:
        """Send a request to the SDK's application."""
        pairs = [("host", "api.example.com"), *asked.headers.items()]
        line = {"method": asked.method, "target": asked.target, "headers": pairs, "body": asked.body}
        answer = json.loads(self._say(json.dumps(line)))
        headers = [(name.lower(), value) for name, value in answer["headers"]]
        return Reply(answer["status"], headers, answer["text"], answer["letters"], answer["crash"])

    def core(self, method: str, target: str, body: Any) -> Any:
        """Send a request to the app of the running core."""
        return ask_core(self._core_url, method, target, body)

    def _say(self, line: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the SDK's process has ended; its error output tells why"
        return answer


def ask_core(core_url: str, method: str, target: str, body: Any) -> Any:
    """Send a request to a running core, and return its JSON."""
    headers = {"content-type": "application/json", "cdi-version": "5.4"}
    content = None if body is None else json.dumps(body)
    answer = httpx.request(method, core_url + target, content=content, headers=headers, timeout=30)
    assert answer.status_code == 200, f"{method} {target}: {answer.status_code} {answer.text}"
    return answer.json()


class References:
    """The process that has imported the SDK, and the core that it asks; every set of settings gets an app."""

    def __init__(self, core_url: str, certificate: Path) -> None:
        self._core_url = core_url
        self._apps = 0
        self._process = subprocess.Popen(
            [PYTHON, "-W", "ignore", REFERENCE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                "PATH": os.defpath,
                "PYTHONHASHSEED": "0",
                "SSL_CERT_FILE": str(certificate),  # a short list: the SDK reads it for every request
            },
        )

    @contextmanager
    def with_settings(self, settings: Mapping[str, str]) -> Iterator[Reference]:
        """Initialise the SDK on a new app."""
        assert self._process.stdin
        self._apps += 1
        app = f"frontend{self._apps}"
        config = {
            name.lower(): int(value) for name, value in settings.items() if name.startswith(CORE_SETTINGS)
        }
        new_app = {"appId": app, **({"coreConfig": config} if config else {})}
        ask_core(self._core_url, "PUT", "/recipe/multitenancy/app/v2", new_app)
        core_url = f"{self._core_url}/appid-{app}"
        self._process.stdin.write(json.dumps({**settings, "CORE_URL": core_url}) + "\n")
        self._process.stdin.flush()
        try:
            yield Reference(self._process, core_url)
        finally:
            self._process.stdin.write("\n")
            self._process.stdin.flush()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class RealClock(Clock):
    """The time that the other side has, too."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead_ms = 0

    def __call__(self) -> int:
        """Return the system's time."""
        return now_ms()


@contextmanager
def gatehouse_with(settings: Mapping[str, str], database_url: str, folder: Path) -> Iterator[Gatehouse]:
    """Open a house on a database without people."""
    mailbox = folder / f"mailbox-{len(list(folder.iterdir()))}.jsonl"
    home = open_house(database_url, mailbox, RealClock(), **settings)
    try:
        yield Gatehouse(home)
    finally:
        home.close()


def names_in(letters: list[dict[str, Any]]) -> dict[str, str]:
    """Return what letters give to those who read them: `code`, `link_code`, `token`, and more of the link."""
    names: dict[str, str] = {}
    for letter in letters:
        if letter["code"]:
            names["code"] = letter["code"]
        if letter["link"]:
            parts = urlsplit(letter["link"])
            names |= {name: values[0] for name, values in parse_qs(parts.query).items() if name == "token"}
            names |= {"link_code": parts.fragment} if parts.fragment else {}
    return names
