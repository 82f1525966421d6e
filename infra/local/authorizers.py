"""Lambda authorizers of an HTTP API: payload 2.0 in, a simple response out."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from infra.local.events import Moment, authorizer_event
from infra.local.messages import Request
from infra.local.routing import Match

Invoke = Callable[[str, Any], Any]


class Refused(Exception):
    """The request does not pass its authorizer; `status` is 401 without identity, else 403."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


@dataclass(frozen=True)
class Authorizer:
    """A request authorizer: the function that decides, and where in the request the identity stands."""

    function: str
    identity_sources: Sequence[str] = ()
    result_ttl_s: int = 0


class Authorization:
    """Asks authorizers, and remembers their answers per identity for as long as they allow."""

    def __init__(self, invoke: Invoke, region: str) -> None:
        self._invoke = invoke
        self._region = region
        self._answers: dict[tuple[str, ...], tuple[float, Any]] = {}

    def context(
        self, authorizer: Authorizer, request: Request, match: Match, moment: Moment
    ) -> Mapping[str, Any]:
        """Return the context that the authorizer gives a request it lets through. Raises Refused."""
        identity = [_identity(request, source) for source in authorizer.identity_sources]
        known = [value for value in identity if value]
        if len(known) < len(identity):
            raise Refused(HTTPStatus.UNAUTHORIZED)
        answer = self._answer(authorizer, request, match, moment, known)
        if not isinstance(answer, dict) or not isinstance(answer.get("isAuthorized"), bool):
            raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR)
        if not answer["isAuthorized"]:
            raise Refused(HTTPStatus.FORBIDDEN)
        return answer.get("context") or {}

    def _answer(
        self, authorizer: Authorizer, request: Request, match: Match, moment: Moment, identity: list[str]
    ) -> Any:
        key = (authorizer.function, *identity)
        valid_until_s, answer = self._answers.get(key, (0.0, None))
        if time.monotonic() < valid_until_s:
            return answer
        event = authorizer_event(request, match, moment, identity, self._region)
        answer = self._invoke(authorizer.function, event)
        if authorizer.result_ttl_s and identity:
            self._answers[key] = (time.monotonic() + authorizer.result_ttl_s, answer)
        return answer


def _identity(request: Request, source: str) -> str | None:
    """Return what an identity source such as `$request.header.Authorization` stands for in a request."""
    kind, _, name = source.removeprefix("$request.").partition(".")
    if kind == "header":
        return request.header(name)
    if kind == "querystring":
        query = dict(parse_qsl(request.raw_query))
        return query.get(name)
    raise ValueError(f"identity source {source!r} is neither a header nor a query parameter")
