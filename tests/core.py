"""Calls the core interface as Lambda does: an event of payload format 2.0 in, an answer out."""

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from functions.cdi import handler as function
from gatehouse.bootstrap import House
from gatehouse.web.entrance import Entrance
from infra.endpoints import Asked
from infra.local.events import Moment, http_event
from infra.local.messages import Request
from infra.local.routing import Match, Route
from tests.api import CONTEXT, Answer

ROUTE = Route("ANY /core/{proxy+}", "cdi")

ASKED: set[Asked] = set()
"""What tests have asked for so far, for docs/endpoints.md."""


class Core:
    """The core interface on one house."""

    def __init__(self, house: House) -> None:
        self._entrance = Entrance(lambda: house)

    def call(
        self,
        method: str,
        target: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        source_ip: str = "203.0.113.7",
    ) -> Answer:
        """Send a request; `target` is a path with its query."""
        sent = {"host": "core.example.com", **(headers or {})}
        if body:
            sent.setdefault("content-type", "application/json")
        request = Request(method, f"/core{target}", list(sent.items()), body or b"", source_ip)
        path = target.partition("?")[0]
        test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0].partition("[")[0]
        ASKED.add((test, method, path, sent.get("rid", "")))
        match = Match(ROUTE, {"proxy": path.removeprefix("/")})
        function.app.state.entrance = self._entrance
        answer = function.handler(http_event(request, match, Moment()), CONTEXT)
        assert not answer["isBase64Encoded"], "every answer of ours is text"
        return Answer(answer["statusCode"], answer["headers"], answer["body"])

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON answer to a GET; for what must succeed."""
        return self._expect("GET", path + (f"?{urlencode(query)}" if query else ""), None)

    def post(self, path: str, **body: Any) -> Any:
        """Return the JSON answer to a POST; for what must succeed."""
        return self._expect("POST", path, body)

    def put(self, path: str, *, rid: str = "", **body: Any) -> Any:
        """Return the JSON answer to a PUT; for what must succeed."""
        return self._expect("PUT", path, body, {"rid": rid} if rid else None)

    def refusal(
        self, method: str, target: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Return status and text of an answer that is an error."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        answer = self.call(method, target, body=content, headers=headers)
        assert answer.headers["content-type"] == "text/html;charset=UTF-8"
        return answer.status, answer.text.removesuffix("\n")

    def _expect(self, method: str, target: str, body: Any, headers: Mapping[str, str] | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        answer = self.call(method, target, body=content, headers=headers)
        assert answer.status == 200, answer.text
        return answer.json
