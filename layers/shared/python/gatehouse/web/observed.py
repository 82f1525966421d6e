"""Watches a handler from outside: one line per request, and metrics that also see what Mangum turns into a 500."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gatehouse.config import WatchSettings, watch_settings
from gatehouse.errors import GatehouseError
from gatehouse.web import seen
from gatehouse.web.answers import places
from gatehouse.web.seen import Seen

Handler = Callable[[Any, Any], Any]

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OK, REFUSED, FAULT = "ok", "refused", "fault"
"""Outcomes: as asked; not as asked, for a reason on the caller's side; not as asked, for one on ours."""

log = logging.getLogger("gatehouse")


class HandlerFailed(Exception):
    """A handler failed without an answer; the text says where, and holds nothing of the request."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is told of one request, or of one run of a cron."""

    function: str
    outcome: str
    duration_ms: float
    is_cold: bool
    record: Seen
    method: str = ""
    status: int = 0
    result: dict[str, Any] | None = None
    """What a cron says of itself; a request has none."""

    @property
    def kind(self) -> str:
        """Whether somebody asked, or the clock did."""
        return "request" if self.method else "run"

    @property
    def fields(self) -> dict[str, Any]:
        """What the line says, without what does not apply."""
        told = {
            "method": self.method,
            "route": self.record.route,
            "status": self.status or None,
            "outcome": self.outcome,
            "duration_ms": round(self.duration_ms, 1),
            "round_trips": self.record.round_trips,
            "cold_start": self.is_cold,
            "error": self.record.error_class,
            "result": self.result,
        }
        return {name: value for name, value in told.items() if value not in ("", None)}

    @property
    def metrics(self) -> dict[str, float]:
        """Every metric that it counts for; what would be zero is left out, except round trips."""
        told: dict[str, float] = {"Requests" if self.method else "Runs": 1, "Duration": self.duration_ms}
        if self.record.round_trips is not None:
            told["RoundTrips"] = self.record.round_trips
        happened = {
            "ColdStarts": self.is_cold,
            "Faults": self.outcome == FAULT and not self.record.others_failed,
            "Refusals": self.outcome == REFUSED,
            "RunsSucceeded": self.outcome == OK and not self.method,
        }
        told |= {name: 1 for name, is_so in happened.items() if is_so}
        return told | self.record.counted(is_ok=self.outcome == OK)


class Teller(Protocol):
    """Writes lines and metrics."""

    def begin(self, **ids: str) -> None:
        """Take the names of the request that comes in now, for all that is logged meanwhile."""

    def tell(self, line: Line) -> None:
        """Write what is to be known of the request."""


class Terminal:
    """Tells people on a laptop, where they want to know everything."""

    def begin(self, **ids: str) -> None:
        """Take no names: there is one request at a time."""

    def tell(self, line: Line) -> None:
        """Write one line at level debug."""
        if log.isEnabledFor(logging.DEBUG):
            told = " ".join(f"{name}={value}" for name, value in line.fields.items())
            log.debug("%s: %s", line.function, told)


class Observed:
    """A handler, watched."""

    def __init__(self, handler: Handler, teller: Teller, stage: str) -> None:
        self._handler = handler
        self._is_cold = True
        self.teller, self.stage = teller, stage

    def __call__(self, event: Any, context: Any) -> Any:
        """Run the handler and tell of it; what it raises is raised without its text, unless that is one of ours."""
        started_s = time.perf_counter()
        request = event if isinstance(event, dict) else {}
        record = seen.begin(str(request.get("routeKey", "")).rpartition(" ")[2])
        self.teller.begin(**_ids(request, context))
        try:
            answer = self._handler(event, context)
        except Exception as error:
            record.error = error
            self._tell(request, context, record, started_s, None)
            raise (error if isinstance(error, GatehouseError) else HandlerFailed(places(error))) from None
        self._tell(request, context, record, started_s, answer)
        return answer

    def _tell(
        self, request: dict[str, Any], context: Any, record: Seen, started_s: float, answer: Any
    ) -> None:
        method = _method(request)
        status = answer["statusCode"] if method and answer else 0
        is_fault = answer is None or status >= 500
        is_refused = record.error is not None or status >= 400
        line = Line(
            function=self._function(context),
            outcome=FAULT if is_fault else REFUSED if is_refused else OK,
            duration_ms=(time.perf_counter() - started_s) * 1_000,
            is_cold=self._is_cold,
            record=record,
            method=method,
            status=status,
            result=None if method else answer,
        )
        self._is_cold = False
        self.teller.tell(line)

    def _function(self, context: Any) -> str:
        """Return the function's name in serverless.yml: Lambda's begins with service and stage."""
        full_name: str = getattr(context, "function_name", "") or "function"
        return full_name.partition(f"-{self.stage}-")[2] or full_name


def observed(handler: Handler, settings: WatchSettings | None = None) -> Observed:
    """Return a handler that is watched: in JSON and metrics on AWS, on a laptop as people read."""
    settings = settings or watch_settings()
    if settings.is_local:
        return Observed(handler, Terminal(), settings.stage)
    from gatehouse.web.cloudwatch import CloudWatch  # costs what a laptop need not pay

    return Observed(handler, CloudWatch(settings), settings.stage)


def _ids(request: dict[str, Any], context: Any) -> dict[str, str]:
    """Return Lambda's id of a request, and API Gateway's where it came from there."""
    api_request_id = request.get("requestContext", {}).get("requestId", "")
    ids = {"request_id": getattr(context, "aws_request_id", ""), "api_request_id": api_request_id}
    return {name: value for name, value in ids.items() if value}


def _method(request: dict[str, Any]) -> str:
    """Return a request's method, `OTHER` for made-up ones, and nothing where it is no HTTP request."""
    method = request.get("requestContext", {}).get("http", {}).get("method", "")
    return method if method in METHODS or not method else "OTHER"
