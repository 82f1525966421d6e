"""Cross-origin requests, which an HTTP API with a CORS configuration answers instead of its functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from infra.local.messages import Headers, Request, Response

_ANY_ORIGIN = "*"
_SCHEME_WILDCARDS = ("http://*", "https://*")
_PREFIX = "access-control-"


@dataclass(frozen=True)
class Cors:
    """The CORS configuration of an HTTP API."""

    allowed_origins: Sequence[str]
    allowed_methods: Sequence[str]
    allowed_headers: Sequence[str] = ()
    exposed_headers: Sequence[str] = ()
    max_age_s: int | None = None
    allow_credentials: bool = False

    def preflight(self, request: Request) -> Response:
        """Answer an OPTIONS request that no route takes: 204, with permission if the origin has it."""
        headers = self._common(request)
        if headers:
            headers += _listed("allow-methods", self.allowed_methods)
            headers += _listed("allow-headers", self.allowed_headers)
            if self.max_age_s is not None:
                headers.append((f"{_PREFIX}max-age", str(self.max_age_s)))
        return Response(HTTPStatus.NO_CONTENT, headers)

    def apply(self, request: Request, response: Response) -> Response:
        """Put the gateway's CORS headers in the place of whatever the function set."""
        kept = [(name, value) for name, value in response.headers if not name.lower().startswith(_PREFIX)]
        granted = self._common(request)
        if granted:
            granted += _listed("expose-headers", self.exposed_headers)
        return Response(response.status, kept + granted, response.body)

    def _common(self, request: Request) -> list[tuple[str, str]]:
        origin = request.header("origin")
        if origin is None or not self._is_allowed(origin):
            return []
        names_origin = self.allow_credentials or _ANY_ORIGIN not in self.allowed_origins
        headers = [(f"{_PREFIX}allow-origin", origin if names_origin else _ANY_ORIGIN)]
        if self.allow_credentials:
            headers.append((f"{_PREFIX}allow-credentials", "true"))
        return headers

    def _is_allowed(self, origin: str) -> bool:
        wildcards = [allowed for allowed in self.allowed_origins if allowed in _SCHEME_WILDCARDS]
        return (
            origin in self.allowed_origins
            or _ANY_ORIGIN in self.allowed_origins
            or any(origin.startswith(wildcard[:-1]) for wildcard in wildcards)
        )


def _listed(name: str, values: Sequence[str]) -> Headers:
    return [(f"{_PREFIX}{name}", ",".join(values))] if values else []
