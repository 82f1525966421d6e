"""What the local gateway needs to know of serverless.yml: functions, routes, CORS, authorizers and schedules."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.authorizers import Authorizer
from infra.local.cors import Cors
from infra.local.routing import ANY, DEFAULT_ROUTE, Route
from infra.local.template import Template, TemplateInvalid

_METHODS = ("OPTIONS", "GET", "POST", "PUT", "PATCH", "HEAD", "DELETE")
_DEFAULT_CORS_HEADERS = (
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
)
_DEFAULT_TIMEOUT_S = 6
_DEFAULT_MEMORY_MB = 1024
_RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)")
_RATE_UNIT_S = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True)
class Schedule:
    """When a function runs by itself, and the event it gets; `every_s` is None for cron(…) expressions."""

    expression: str
    every_s: int | None
    payload: Any = None


@dataclass(frozen=True)
class Function:
    """A Lambda function: `handler` is its path and name, as in `functions/login.handler`."""

    name: str
    full_name: str
    handler: str
    timeout_s: float = _DEFAULT_TIMEOUT_S
    memory_mb: int = _DEFAULT_MEMORY_MB
    environment: Mapping[str, str] = field(default_factory=dict)
    schedules: Sequence[Schedule] = ()


@dataclass(frozen=True)
class Service:
    """Everything that serverless.yml deploys and the local gateway serves; `root` is its folder."""

    name: str
    root: Path
    region: str
    functions: Mapping[str, Function]
    routes: Sequence[Route] = ()
    cors: Cors | None = None
    authorizers: Mapping[str, Authorizer] = field(default_factory=dict)
    layers: Sequence[str] = ()

    @property
    def layer_paths(self) -> list[Path]:
        """The source folders of the layers that we wrote; third-party packages come from the virtual environment."""
        folders = [self.root / "layers" / name / "python" for name in self.layers]
        return [folder for folder in folders if folder.is_dir()]


def read_service(template: Template) -> Service:
    """Return the service that a serverless.yml describes. Raises TemplateInvalid."""
    name = f"{template.value('service')}-{template.stage}"
    timeout_s = template.value("provider.timeout", _DEFAULT_TIMEOUT_S)
    memory_mb = template.value("provider.memorySize", _DEFAULT_MEMORY_MB)
    environment = _environment(template, "provider.environment")
    functions: dict[str, Function] = {}
    routes: list[Route] = []
    for key in template.value("functions", {}):
        address = f"functions.{key}"
        handler = template.value(f"{address}.handler")
        if not isinstance(handler, str) or "." not in handler:
            raise TemplateInvalid(
                f"{template.path}: function {key} has no handler such as functions/{key}.handler"
            )
        events = template.value(f"{address}.events", [])
        functions[key] = Function(
            name=key,
            full_name=template.value(f"{address}.name", f"{name}-{key}"),
            handler=handler,
            timeout_s=template.value(f"{address}.timeout", timeout_s),
            memory_mb=template.value(f"{address}.memorySize", memory_mb),
            environment={**environment, **_environment(template, f"{address}.environment")},
            schedules=[schedule for event in events for schedule in _schedules(event)],
        )
        routes += [_route(key, event["httpApi"]) for event in events if "httpApi" in event]
    authorizers = _authorizers(template)
    _check_authorizers(template, authorizers, functions, routes)
    return Service(
        name=name,
        root=template.path.resolve().parent,
        region=template.region,
        functions=functions,
        routes=routes,
        cors=_cors(template.value("provider.httpApi.cors"), routes),
        authorizers=authorizers,
        layers=list(template.value("layers", {})),
    )


def _environment(template: Template, address: str) -> dict[str, str]:
    """Return the variables at an address as text; those set to null are left out, as osls does."""
    values = template.value(address, {})
    return {name: _text(value) for name, value in values.items() if value is not None}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _route(function: str, event: Any) -> Route:
    authorizer = None
    if isinstance(event, dict):
        authorizer = event.get("authorizer")
        if isinstance(authorizer, dict):
            authorizer = authorizer.get("name")
        event = event["path"] if event["path"] == "*" else f"{event['method']} {event['path']}"
    if event == "*":
        return Route(DEFAULT_ROUTE, function, authorizer)
    method, _, path = str(event).partition(" ")
    return Route(f"{ANY if method == '*' else method.upper()} {path.strip()}", function, authorizer)


def _schedules(event: Any) -> list[Schedule]:
    schedule = event.get("schedule")
    if schedule is None:
        return []
    details = schedule if isinstance(schedule, dict) else {"rate": schedule}
    if details.get("enabled") is False:
        return []
    rates = details["rate"] if isinstance(details["rate"], list) else [details["rate"]]
    return [Schedule(rate, rate_s(rate), details.get("input")) for rate in rates]


def rate_s(expression: str) -> int | None:
    """Return the seconds of a rate(…) expression, None for a cron(…). Raises TemplateInvalid."""
    if expression.startswith("cron("):
        return None
    match = _RATE.fullmatch(expression)
    if match is None:
        raise TemplateInvalid(f"schedule {expression!r} is neither rate(…) nor cron(…)")
    return int(match[1]) * _RATE_UNIT_S[match[2]]


def _cors(settings: Any, routes: Sequence[Route]) -> Cors | None:
    if not settings:
        return None
    if settings is True:
        settings = {}
    routed = {method for route in routes for method in (_METHODS if route.method == ANY else (route.method,))}
    return Cors(
        allowed_origins=settings.get("allowedOrigins") or ["*"],
        allowed_methods=settings.get("allowedMethods")
        or [name for name in _METHODS if name in routed | {"OPTIONS"}],
        allowed_headers=settings.get("allowedHeaders") or _DEFAULT_CORS_HEADERS,
        exposed_headers=settings.get("exposedResponseHeaders") or (),
        max_age_s=settings.get("maxAge"),
        allow_credentials=bool(settings.get("allowCredentials")),
    )


def _authorizers(template: Template) -> dict[str, Authorizer]:
    authorizers = {}
    for name, settings in template.value("provider.httpApi.authorizers", {}).items():
        if settings.get("type") != "request" or not settings.get("functionName"):
            continue
        sources = settings.get("identitySource") or []
        authorizers[name] = Authorizer(
            function=settings["functionName"],
            identity_sources=[sources] if isinstance(sources, str) else sources,
            result_ttl_s=settings.get("resultTtlInSeconds") or 0,
        )
    return authorizers


def _check_authorizers(
    template: Template,
    authorizers: Mapping[str, Authorizer],
    functions: Mapping[str, Function],
    routes: Sequence[Route],
) -> None:
    for name, authorizer in authorizers.items():
        if authorizer.function not in functions:
            raise TemplateInvalid(f"{template.path}: authorizer {name} has no function {authorizer.function}")
    for route in routes:
        if route.authorizer is not None and route.authorizer not in authorizers:
            raise TemplateInvalid(
                f"{template.path}: route {route.key} wants authorizer {route.authorizer}, which is no request "
                "authorizer of a function here; the local gateway knows only those"
            )
