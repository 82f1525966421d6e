"""Gatehouse's functions in this process, each call measured: processor time, round trips, what goes to the log."""

import importlib
import io
import json
import time
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from infra.local.api import HttpApi
from infra.local.in_process import Context
from infra.local.instances import Invocation
from infra.local.messages import Request, Response
from infra.local.service import Service, read_service
from infra.local.template import Template

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Call:
    """What one call of a function took; `cpu_ms` is processor time, without any waiting."""

    function: str
    memory_mb: int
    cpu_ms: float
    round_trips: int
    log_bytes: int
    answer_bytes: int


@dataclass
class Meter:
    """Runs functions for the local API Gateway, in the calling thread, and notes each call."""

    service: Service
    calls: list[Call] = field(default_factory=list)
    log: io.StringIO = field(default_factory=io.StringIO)

    def invoke(self, name: str, event: Any, *, patience_s: float | None = None) -> Any:  # noqa: ARG002
        """Call a function's handler, as Lambda does."""
        function = self.service.functions[name]
        path, _, attribute = function.handler.rpartition(".")
        context = Context(function, Invocation(str(uuid4()), "", time.time() + function.timeout_s))
        # Functions keep the stream that they find when they are loaded.
        with redirect_stdout(self.log), redirect_stderr(self.log):
            module = importlib.import_module(path.replace("/", "."))
            before, logged_before = _round_trips(module), self.log.tell()
            started = time.thread_time()
            answer = getattr(module, attribute)(event, context)
            cpu_ms = (time.thread_time() - started) * 1000
        self.calls.append(
            Call(
                function=name,
                memory_mb=function.memory_mb,
                cpu_ms=cpu_ms,
                round_trips=_round_trips(module) - before,
                log_bytes=self.log.tell() - logged_before,
                answer_bytes=len(json.dumps(answer)),
            )
        )
        return answer


class MeteredApi:
    """The HTTP API of serverless.yml over measured functions."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        service = read_service(Template(ROOT / "serverless.yml", stage="local", environ=environment))
        self.meter = Meter(service)
        self._api = HttpApi(service, self.meter)

    def ask(
        self, method: str, target: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[Response, Any]:
        """Send a request; return the response and its JSON. Raises RuntimeError unless it is a success."""
        sent = {"host": "auth.example.com", "content-type": "application/json", **(headers or {})}
        data = b"" if body is None else json.dumps(body).encode()
        response = self._api.handle(Request(method, target, list(sent.items()), data, "203.0.113.7"))
        if response.status >= 400:
            raise RuntimeError(f"{method} {target.partition('?')[0]}: {response.status} {response.body!r}")
        is_json = b"{" in response.body[:1]
        return response, json.loads(response.body) if is_json else None


def _round_trips(module: Any) -> int:
    entrance = module.app.state.entrance
    return entrance.house.database.round_trips  # type: ignore[no-any-return]
