"""What is deployed, read from the state of the emulated Lambda, API Gateway and EventBridge."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.apigatewayv2.models import Api, apigatewayv2_backends
from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends
from moto.events.models import events_backends

from infra.local.authorizers import Authorizer
from infra.local.aws.account import ACCOUNT_ID
from infra.local.cors import Cors
from infra.local.routing import Route
from infra.local.service import Function, Schedule, Service, rate_s

_FUNCTION_ARN = re.compile(r"arn:[a-z-]+:lambda:[a-z0-9-]+:\d+:function:[A-Za-z0-9_-]+(?::[A-Za-z0-9_$-]+)?")


@dataclass(frozen=True)
class Package:
    """An uploaded zip."""

    sha256: str
    content: bytes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Package) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        return f"Package({self.sha256})"


@dataclass(frozen=True)
class DeployedFunction:
    """A function, or a published version of one, with its code and all that decides how it runs."""

    function: Function
    region: str
    runtime: str
    architecture: str
    version: str
    is_snap_start: bool
    code: Package
    layers: Sequence[Package]
    reserved_concurrency: int | None


def deployed_functions() -> dict[str, DeployedFunction]:
    """Return all functions and their published versions by ARN."""
    return {
        item.function_arn: _function(backend, item)
        for _, backend in _backends(lambda_backends)
        for group in list(backend._lambdas._functions.values())
        for item in (group["latest"], *group["versions"])
    }


def deployed_apis() -> dict[str, Service]:
    """Return the HTTP APIs by id, as services whose functions are ARNs."""
    return {
        api.api_id: _service(region, api)
        for region, backend in _backends(apigatewayv2_backends)
        for api in list(backend.apis.values())
        if api.protocol_type == "HTTP"
    }


def deployed_schedules(functions: Mapping[str, DeployedFunction]) -> dict[str, Service]:
    """Return, by region, a service of the functions that rules of EventBridge run."""
    return {region: _scheduled(region, backend, functions) for region, backend in _backends(events_backends)}


def _backends(backends: Any) -> Iterator[tuple[str, Any]]:
    """Yield the regions where something is, with the service's state there."""
    yield from [
        (region, backend) for region, backend in dict(backends[ACCOUNT_ID]).items() if region != "global"
    ]


def _function(backend: LambdaBackend, item: Any) -> DeployedFunction:
    layers = [backend.layers_versions_by_arn(layer["Arn"]) for layer in item.layers]
    version = str(item.version)
    return DeployedFunction(
        function=Function(
            name=item.function_arn,
            full_name=item.function_name,
            handler=item.handler,
            timeout_s=float(item.timeout),
            memory_mb=int(item.memory_size),
            environment=dict(item.environment_vars),
        ),
        region=item.region,
        runtime=item.run_time,
        architecture=item.architectures[0],
        version=version,
        is_snap_start=item.snap_start == "PublishedVersions" and version != "$LATEST",
        code=Package(item.code_sha_256, item.code_bytes),
        layers=tuple(Package(layer.code_sha_256, layer.code_bytes) for layer in layers if layer),
        reserved_concurrency=item.reserved_concurrency,
    )


def _service(region: str, api: Api) -> Service:
    authorizers = {
        item.id: Authorizer(
            function=_called(region, item.authorizer_uri),
            identity_sources=list(item.identity_source or ()),
            result_ttl_s=int(item.auth_result_ttl or 0),
        )
        for item in api.authorizers.values()
        if item.authorizer_type == "REQUEST"
    }
    routes = [
        Route(
            route.route_key,
            _called(region, api.integrations[route.target.partition("/")[2]].integration_uri),
            route.authorizer_id if route.authorization_type == "CUSTOM" else None,
        )
        for route in list(api.routes.values())
        if route.target and route.target.partition("/")[2] in api.integrations
    ]
    return Service(api.api_id, Path(), region, {}, routes, _cors(api.cors_configuration), authorizers)


def _called(region: str, uri: str) -> str:
    """Return the ARN of the function, or of its version, that is behind a URI; it may have been removed since."""
    found = _FUNCTION_ARN.search(uri or "")
    if found is None:
        return uri
    try:
        function: LambdaFunction | None = lambda_backends[ACCOUNT_ID][region].get_function(found[0])
    except UnknownFunctionException:
        return found[0]
    return function.function_arn if function else found[0]


def _cors(settings: Any) -> Cors | None:
    if not settings:
        return None
    return Cors(
        allowed_origins=settings.get("allowOrigins") or [],
        allowed_methods=settings.get("allowMethods") or [],
        allowed_headers=settings.get("allowHeaders") or [],
        exposed_headers=settings.get("exposeHeaders") or [],
        max_age_s=settings.get("maxAge"),
        allow_credentials=bool(settings.get("allowCredentials")),
    )


def _scheduled(region: str, backend: Any, functions: Mapping[str, DeployedFunction]) -> Service:
    schedules: dict[str, list[Schedule]] = {}
    for bus in backend.event_buses.values():
        for rule in bus.rules.values():
            if rule.scheduled_expression is None or rule.state != "ENABLED":
                continue
            for target in rule.targets:
                arn = _called(region, target["Arn"])
                event = json.loads(target["Input"]) if target.get("Input") else None
                schedule = Schedule(rule.scheduled_expression, rate_s(rule.scheduled_expression), event)
                schedules.setdefault(arn, []).append(schedule)
    scheduled = {
        functions[arn].function.full_name: Function(
            **{**vars(functions[arn].function), "schedules": tuple(found)}
        )
        for arn, found in schedules.items()
        if arn in functions
    }
    return Service("scheduled", Path(), region, scheduled)
