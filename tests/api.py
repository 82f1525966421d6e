"""Calls the functions as Lambda does: an event of payload format 2.0 in, an answer out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from gatehouse.bootstrap import House
from gatehouse.web.entrance import Entrance
from infra.local.events import Moment, http_event
from infra.local.messages import Request
from infra.local.routing import Route, match_route

ORIGIN = "http://127.0.0.1:3000"
ROUTES = [
    Route(f"{method} {path}", module)
    for module, methods, path in (
        ("login", "POST", "/login"),
        ("invite", "POST", "/invite"),
        ("authenticate_magic_link", "GET POST", "/authenticate_magic_link"),
        ("session", "GET", "/session"),
        ("session", "GET", "/.well-known/jwks.json"),
        ("logout", "POST", "/logout"),
        ("users", "GET POST", "/users"),
        ("users", "GET PATCH DELETE", "/users/{id}"),
        ("audit", "GET", "/audit"),
    )
    for method in methods.split()
]
CONTEXT = SimpleNamespace(aws_request_id="test", get_remaining_time_in_millis=lambda: 29_000)


@dataclass(frozen=True)
class Answer:
    """What a function answered."""

    status: int
    headers: Mapping[str, str]
    text: str
    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


class Api:
    """The REST functions on one house; remembers no cookies, so that tests say what they send."""

    def __init__(self, house: House) -> None:
        for name in {route.function for route in ROUTES}:
            import_module(f"functions.{name}").app.state.entrance = Entrance(lambda: house)

    def call(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        bearer: str | None = None,
        cookies: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        source_ip: str = "203.0.113.7",
    ) -> Answer:
        """Call a function; `body` goes as JSON, `form` as a form, `raw` as it is with JSON's type."""
        sent = {"host": "127.0.0.1:3000", **(headers or {})}
        content = raw if raw is not None else b""
        if body is not None or raw is not None:
            sent.setdefault("content-type", "application/json")
            content = raw if raw is not None else json.dumps(body).encode()
        if form is not None:
            sent["content-type"] = "application/x-www-form-urlencoded"
            content = urlencode(form).encode()
        if bearer:
            sent["authorization"] = f"Bearer {bearer}"
        if cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        request = Request(method, target, list(sent.items()), content, source_ip)
        match = match_route(ROUTES, method, target.partition("?")[0])
        assert match, f"no route for {method} {target}"
        module = import_module(f"functions.{match.route.function}")
        answer = module.handler(http_event(request, match, Moment()), CONTEXT)
        jar = SimpleCookie()
        for line in answer.get("cookies", []):
            jar.load(line)
        assert not answer["isBase64Encoded"], "every answer of ours is text"
        return Answer(answer["statusCode"], answer["headers"], answer["body"], jar)
