"""infra.local.service: what is read from a serverless.yml."""

from pathlib import Path
from textwrap import dedent

import pytest

from infra.local.authorizers import Authorizer
from infra.local.routing import Route
from infra.local.service import Schedule, Service, read_service
from infra.local.template import Template, TemplateInvalid

SHOP = """
    service: shop
    provider:
      name: aws
      timeout: 10
      memorySize: 512
      environment: {A: 1, B: '${sls:stage}', IS_ON: true, GONE: null}
      httpApi:
        cors:
          allowedOrigins: [https://app.example.com]
          allowCredentials: true
          exposedResponseHeaders: [Link]
          maxAge: 60
        authorizers:
          gate:
            type: request
            functionName: gate
            identitySource: $request.header.Authorization
            resultTtlInSeconds: 30
          elsewhere: {type: jwt, identitySource: x, issuerUrl: y, audience: z}
    layers:
      shared: {path: built/shared}
      dependencies: {path: built/dependencies}
    functions:
      orders:
        handler: functions/orders.handler
        timeout: 5
        memorySize: 256
        environment: {B: ours}
        events:
          - httpApi: GET /orders/{id}
          - httpApi: {method: '*', path: '/files/{path+}', authorizer: {name: gate}}
          - httpApi: {method: post, path: /orders, authorizer: gate}
          - httpApi: '*'
      sweep:
        handler: functions/sweep.handler
        events:
          - schedule: rate(1 hour)
          - schedule: {rate: rate(5 minutes), input: {deep: true}}
          - schedule: {rate: ['cron(0 3 * * ? *)']}
          - schedule: {rate: rate(1 day), enabled: false}
      gate:
        handler: functions/gate.handler
"""


def read(folder: Path, text: str) -> Service:
    path = folder / "serverless.yml"
    path.write_text(dedent(text), encoding="utf-8")
    return read_service(Template(path, stage="local", environ={}))


def test_functions_have_what_provider_and_function_say(tmp_path: Path) -> None:
    service = read(tmp_path, SHOP)
    assert (service.name, service.root, service.region) == ("shop-local", tmp_path, "us-east-1")
    orders, sweep = service.functions["orders"], service.functions["sweep"]
    assert (orders.full_name, orders.handler) == ("shop-local-orders", "functions/orders.handler")
    assert (orders.timeout_s, orders.memory_mb) == (5, 256)
    assert orders.environment == {"A": "1", "B": "ours", "IS_ON": "true"}
    assert (sweep.timeout_s, sweep.memory_mb) == (10, 512)
    assert sweep.environment == {"A": "1", "B": "local", "IS_ON": "true"}


def test_routes_are_read_in_all_their_spellings(tmp_path: Path) -> None:
    assert read(tmp_path, SHOP).routes == [
        Route("GET /orders/{id}", "orders"),
        Route("ANY /files/{path+}", "orders", "gate"),
        Route("POST /orders", "orders", "gate"),
        Route("$default", "orders"),
    ]


def test_schedules_are_read_in_all_their_spellings(tmp_path: Path) -> None:
    assert read(tmp_path, SHOP).functions["sweep"].schedules == [
        Schedule("rate(1 hour)", 3600),
        Schedule("rate(5 minutes)", 300, {"deep": True}),
        Schedule("cron(0 3 * * ? *)", None),
    ]


def test_cors_allows_the_methods_of_the_routes(tmp_path: Path) -> None:
    cors = read(
        tmp_path, SHOP.replace("{method: '*'", "{method: GET").replace("httpApi: '*'", "httpApi: GET /x")
    ).cors
    assert cors is not None
    assert cors.allowed_origins == ["https://app.example.com"]
    assert cors.allowed_methods == ["OPTIONS", "GET", "POST"]
    assert (cors.exposed_headers, cors.max_age_s, cors.allow_credentials) == (["Link"], 60, True)


def test_request_authorizers_are_read(tmp_path: Path) -> None:
    gate = Authorizer("gate", ["$request.header.Authorization"], 30)
    assert read(tmp_path, SHOP).authorizers == {"gate": gate}


def test_only_layers_with_sources_here_are_put_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "layers" / "shared" / "python").mkdir(parents=True)
    assert read(tmp_path, SHOP).layer_paths == [tmp_path / "layers" / "shared" / "python"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("handler: functions/gate.handler", "memorySize: 1", "function gate has no handler"),
        ("rate(1 hour)", "rate(an hour)", "neither rate"),
        ("rate(1 hour)", "every hour", "neither rate"),
        ("authorizer: gate}", "authorizer: elsewhere}", "route POST /orders wants authorizer elsewhere"),
        ("functionName: gate", "functionName: gone", "authorizer gate has no function gone"),
    ],
)
def test_what_cannot_be_served_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(TemplateInvalid, match=message):
        read(tmp_path, SHOP.replace(old, new))
