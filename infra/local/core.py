"""SuperTokens' core at the root of a port of its own, where its SDKs look for it; on AWS it is below /core."""

from collections.abc import Callable
from dataclasses import replace

from infra.local.messages import Request, Response
from infra.local.service import Service

FOLDER = "core"

Handle = Callable[[Request], Response]


def has_core(service: Service) -> bool:
    """Return whether the service has routes below /core."""
    return any(route.segments[:1] == [FOLDER] for route in service.routes)


def below_core(handle: Handle) -> Handle:
    """Return what answers a request `/hello` as `handle` answers `/core/hello`; all else stays as it was sent."""

    def handle_core(request: Request) -> Response:
        path, mark, query = request.target.partition("?")
        # API Gateway's routes tell /core from /core/, and only the former is one.
        rest = "" if path == "/" else path
        return handle(replace(request, target=f"/{FOLDER}{rest}{mark}{query}"))

    return handle_core
