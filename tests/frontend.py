"""Calls the frontend interface as a frontend SDK does: tokens kept and sent back, in cookies or in headers."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import urlencode

from functions.fdi import handler as function
from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.models.session import FrontendSession
from gatehouse.web.entrance import Entrance
from infra.local.events import Moment, http_event
from infra.local.messages import Request
from infra.local.routing import Match, Route
from tests.api import CONTEXT

ROUTE = Route("ANY /auth/{proxy+}", "fdi")


@dataclass(frozen=True)
class Answer:
    """An answer with its cookies, by name."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, "Morsel[str]"]
    text: str

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.text)

    @property
    def front_token(self) -> Any:
        """What the front-token tells."""
        return json.loads(base64.b64decode(self.headers["front-token"]))


def answer_of(returned: Mapping[str, Any]) -> Answer:
    """Return what a function has answered in payload format 2.0."""
    assert not returned["isBase64Encoded"], "every answer of ours is text"
    cookies: dict[str, Morsel[str]] = {}
    for line in returned.get("cookies", []):
        (cookie,) = SimpleCookie(line).values()
        assert cookie.key not in cookies, "an answer says once what becomes of a cookie"
        cookies[cookie.key] = cookie
    return Answer(returned["statusCode"], returned["headers"], cookies, returned["body"])


@dataclass
class Frontend:
    """A frontend of the interface on one house; `mode` is how it wants its session to travel."""

    house: House
    mode: str = "header"
    tokens: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        target: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        source_ip: str = "203.0.113.7",
    ) -> Answer:
        """Send a request as it is given; `target` is a path below /auth with its query."""
        request = Request(
            method,
            f"/auth{target}",
            list({"host": "api.example.com", **(headers or {})}.items()),
            body or b"",
            source_ip,
        )
        match = Match(ROUTE, {"proxy": target.partition("?")[0].removeprefix("/")})
        function.app.state.entrance = Entrance(lambda: self.house)
        return answer_of(function.handler(http_event(request, match, Moment()), CONTEXT))

    def ask(self, method: str, target: str, body: Any = None, **headers: str) -> Answer:
        """Send a request with the tokens that this frontend holds, and take those of the answer."""
        sent = {"rid": "anti-csrf", "fdi-version": "4.2", "st-auth-mode": self.mode, **self._proof(target)}
        if body is not None:
            sent["content-type"] = "application/json"
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.call(method, target, body=content, headers={**sent, **given})
        self.take(answer)
        return answer

    def post(self, target: str, **body: Any) -> Any:
        """Return the JSON answer to a POST; for what must succeed."""
        return self._expect(self.ask("POST", target, body))

    def put(self, target: str, **body: Any) -> Any:
        """Return the JSON answer to a PUT; for what must succeed."""
        return self._expect(self.ask("PUT", target, body))

    def get(self, target: str, **query: Any) -> Any:
        """Return the JSON answer to a GET; for what must succeed."""
        return self._expect(self.ask("GET", target + (f"?{urlencode(query)}" if query else "")))

    def sign_up(self, email: str, password: str = "correct horse 1") -> Any:  # noqa: S107 (a test's)
        """Sign up with a password, and return the user."""
        fields = [{"id": "email", "value": email}, {"id": "password", "value": password}]
        answer = self.post("/signup", formFields=fields)
        assert answer["status"] == "OK", answer
        return answer["user"]

    def open_session(self, email: str = "ada@example.com", *, has_anti_csrf: bool = False) -> FrontendSession:
        """Make somebody, and hold a session of theirs as if they had just signed in with a password."""
        tenant = self.house.tenancy.resolve("", PUBLIC, PUBLIC)
        person, method = self.house.emailpassword.sign_up(tenant, email, "correct horse 1")
        session = self.house.frontend_sessions.open(
            tenant, person, method, factor_id="emailpassword", has_anti_csrf=has_anti_csrf
        )
        assert session.refresh_token
        names = (
            ("st-access-token", "st-refresh-token")
            if self.mode == "header"
            else ("sAccessToken", "sRefreshToken")
        )
        self.tokens = dict(zip(names, (session.access_token, session.refresh_token.text), strict=True))
        self.tokens["front-token"] = "…"
        if session.anti_csrf_token:
            self.tokens["anti-csrf"] = session.anti_csrf_token
        return session

    def copy(self) -> "Frontend":
        """Return another tab, or a thief, with the same tokens."""
        return Frontend(self.house, self.mode, dict(self.tokens))

    @property
    def is_signed_in(self) -> bool:
        """Whether this frontend believes that it has a session."""
        return "front-token" in self.tokens

    def _expect(self, answer: Answer) -> Any:
        assert answer.status == 200, answer.text
        return answer.json

    def _proof(self, target: str) -> dict[str, str]:
        """Return what a browser or an SDK sends along of its tokens."""
        is_refresh = target.endswith("/session/refresh")
        proof = {name: value for name, value in self.tokens.items() if name == "anti-csrf"}
        bearer = self.tokens.get("st-refresh-token" if is_refresh else "st-access-token")
        if bearer:
            proof["authorization"] = f"Bearer {bearer}"
        names = ("sAccessToken", "sRefreshToken") if is_refresh else ("sAccessToken",)
        cookies = [f"{name}={self.tokens[name]}" for name in names if name in self.tokens]
        return proof | ({"cookie": "; ".join(cookies)} if cookies else {})

    def take(self, answer: Answer) -> None:
        """Keep the tokens of an answer, and lose those that it takes away."""
        if answer.headers.get("front-token") == "remove":
            self.tokens.pop("anti-csrf", None)
        for name in ("st-access-token", "st-refresh-token", "anti-csrf", "front-token"):
            if name in answer.headers:
                self._keep(name, answer.headers[name].removeprefix("remove"))
        for name, cookie in answer.cookies.items():
            self._keep(name, cookie.value)

    def _keep(self, name: str, value: str) -> None:
        self.tokens[name] = value
        if not value:
            del self.tokens[name]
