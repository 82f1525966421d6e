"""The API itself: takes a request through route, authorizer, function and CORS to its response."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any, Protocol

from infra.local.authorizers import Authorization, Refused
from infra.local.events import Moment, decoded_path, http_event
from infra.local.instances import FunctionError, OutOfPatience, PayloadTooLarge
from infra.local.log import log, log_failure
from infra.local.messages import Request, Response, gateway_response
from infra.local.responses import ResultInvalid, http_response
from infra.local.routing import Match, match_route
from infra.local.service import Service

INTEGRATION_TIMEOUT_S = 30.0
"""How long an HTTP API waits for a function."""

MAX_HEAD_BYTES = 10_240
"""The largest request line and headers, together."""


class Functions(Protocol):
    """What runs the functions; infra.local.instances does."""

    def invoke(self, name: str, event: Any, *, patience_s: float | None = None) -> Any:
        """Return a function's result for an event. Raises FunctionError, PayloadTooLarge, OutOfPatience."""


class HttpApi:
    """An HTTP API that answers as API Gateway would."""

    def __init__(
        self, service: Service, functions: Functions, *, integration_timeout_s: float = INTEGRATION_TIMEOUT_S
    ) -> None:
        self._service = service
        self._functions = functions
        self._integration_timeout_s = integration_timeout_s
        self._authorization = Authorization(self._invoke, service.region)

    def handle(self, request: Request) -> Response:
        """Return the response to a request; whatever goes wrong is a response too."""
        moment = Moment()
        response = self._answer(request, moment)
        return replace(response, headers=[*response.headers, ("apigw-requestid", moment.request_id)])

    def _answer(self, request: Request, moment: Moment) -> Response:
        if _head_bytes(request) > MAX_HEAD_BYTES:
            return gateway_response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        cors = self._service.cors
        match = match_route(self._service.routes, request.method, decoded_path(request))
        if match is None:
            if cors is not None and request.method == "OPTIONS":
                return cors.preflight(request)
            return gateway_response(HTTPStatus.NOT_FOUND)
        try:
            response = self._integration(request, match, moment)
        except Refused as refusal:
            return gateway_response(refusal.status)
        except PayloadTooLarge:
            return gateway_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except OutOfPatience:
            log(f"{match.route.function}: no answer after {self._integration_timeout_s:g} s")
            return gateway_response(HTTPStatus.SERVICE_UNAVAILABLE)
        except (FunctionError, ResultInvalid) as error:
            log_failure(match.route.function, error)
            return gateway_response(HTTPStatus.INTERNAL_SERVER_ERROR)
        return response if cors is None else cors.apply(request, response)

    def _integration(self, request: Request, match: Match, moment: Moment) -> Response:
        context = None
        if match.route.authorizer is not None:
            authorizer = self._service.authorizers[match.route.authorizer]
            context = self._authorization.context(authorizer, request, match, moment)
        event = http_event(request, match, moment, authorizer=context)
        return http_response(self._invoke(match.route.function, event))

    def _invoke(self, name: str, event: Any) -> Any:
        return self._functions.invoke(name, event, patience_s=self._integration_timeout_s)


def _head_bytes(request: Request) -> int:
    line = len(request.method) + len(request.target) + len(request.protocol) + 4
    return line + sum(len(name) + len(value) + 4 for name, value in request.headers)
