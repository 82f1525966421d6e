"""The local gateway as a whole, over HTTP, in both modes."""

import json
import socket
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.gateway import LocalGateway, Mode
from infra.local.listeners import Listeners
from infra.local.server import listen
from infra.local.template import TemplateInvalid
from tests.infra.local.service import write_service

APP = "https://app.example.com"

TEMPLATE = """
    service: shop
    provider:
      name: aws
      timeout: 2
      environment:
        GREETING: ${param:greeting}
        URL: !Join ['', ['${env:API_URL}', /x]]
      httpApi:
        cors:
          allowedOrigins: ['https://app.example.com']
          allowedHeaders: [content-type]
          allowCredentials: true
          exposedResponseHeaders: [Link]
        authorizers:
          gate: {type: request, functionName: gate, identitySource: $request.header.Authorization}
          lasting:
            type: request
            functionName: gate
            identitySource: [$request.header.Authorization, $request.querystring.key]
            resultTtlInSeconds: 300
    params:
      default: {greeting: hello}
    functions:
      echo:
        handler: functions/echo.handler
        events:
          - httpApi: ANY /echo/{path+}
          - httpApi: GET /guarded
          - httpApi: {method: GET, path: /private, authorizer: gate}
          - httpApi: {method: GET, path: /remembered, authorizer: lasting}
          - schedule: rate(1 hour)
      misbehaving:
        handler: functions/misbehaving.handler
        events:
          - httpApi: POST /misbehaving
      broken:
        handler: functions/broken.handler
        events:
          - httpApi: GET /broken
      web:
        handler: functions/web.handler
        events:
          - httpApi: POST /web/form
      gate:
        handler: functions/gate.handler
"""

HANDLERS = {
    "echo": """
        import os

        calls = 0

        def handler(event, context):
            global calls
            calls += 1
            if "requestContext" not in event:
                return {"calls": calls, "source": event["source"]}
            return {
                "statusCode": 200,
                "headers": {"content-type": "application/json", "access-control-allow-origin": "*"},
                "cookies": ["a=1; Path=/", "b=2; Path=/"],
                "body": __import__("json").dumps({"event": event, "name": context.function_name,
                    "environment": {n: os.environ.get(n) for n in ("GREETING", "URL", "_HANDLER")}}),
            }
    """,
    "misbehaving": """
        import json, os, sys, time

        def handler(event, context):
            how = json.loads(event["body"])["how"]
            if how == "raise":
                raise ValueError("secret detail")
            if how == "sleep":
                time.sleep(30)
            if how == "not a response":
                return {"statusCode": "x"}
            if how == "too large":
                return "x" * 6 * 1024 * 1024
            if how == "not json":
                return {1, 2}
            return {"statusCode": 201, "body": "AP8=", "isBase64Encoded": True, "headers": {"content-type": "a/b"}}
    """,
    "broken": "def handler(event, context) return 1",
    "web": """
        from fastapi import FastAPI, Request, Response
        from mangum import Mangum

        app = FastAPI()

        @app.post("/web/form")
        async def form(request: Request, response: Response):
            body = await request.body()
            response.set_cookie("one", "1")
            response.set_cookie("two", "2")
            return {"body": body.decode(), "cookies": request.cookies, "url": str(request.url),
                    "client": request.client.host}

        handler = Mangum(app, lifespan="off")
    """,
    "gate": """
        calls = 0

        def handler(event, context):
            global calls
            calls += 1
            token = event["identitySource"][0]
            if token == "error":
                raise ValueError("no")
            if token == "malformed":
                return {"effect": "Allow"}
            return {"isAuthorized": token == "good", "context": {"user": "u1", "calls": calls}}
    """,
}


@pytest.fixture(scope="module", params=["in-process", "awslambdaric"])
def gateway(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalGateway]:
    mode: Mode = request.param
    template = write_service(tmp_path_factory.mktemp("shop"), TEMPLATE, **HANDLERS)
    environment = {"PATH": "/usr/bin:/bin", "MAILBOX_FILE": str(template.parent / "mailbox.jsonl")}
    with LocalGateway(template, mode=mode, environment=environment) as gateway:
        yield gateway


@pytest.fixture
def client(gateway: LocalGateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.url, timeout=10) as client:
        yield client


def misbehave(client: httpx.Client, how: str) -> httpx.Response:
    return client.post("/misbehaving", json={"how": how})


def test_a_request_reaches_its_function_and_the_response_comes_back(client: httpx.Client) -> None:
    response = client.put("/echo/a%20b/c?x=1&x=2", json={"n": 1}, headers={"Cookie": "s=1; t=2"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; Path=/"]
    assert len(response.headers["apigw-requestid"]) == 36
    event = response.json()["event"]
    assert response.json()["name"] == "shop-local-echo"
    assert event["routeKey"] == "ANY /echo/{path+}"
    assert event["pathParameters"] == {"path": "a b/c"}
    assert event["cookies"] == ["s=1", "t=2"]
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert (json.loads(event["body"]), event["isBase64Encoded"]) == ({"n": 1}, False)


def test_chunked_and_binary_bodies_arrive_whole(client: httpx.Client) -> None:
    event = client.post("/echo/x", content=iter([b"\x00" * 70_000, b"\xff"])).json()["event"]
    assert event["body"] == b64encode(b"\x00" * 70_000 + b"\xff").decode()


def test_a_fastapi_app_gets_forms_and_cookies(client: httpx.Client, gateway: LocalGateway) -> None:
    response = client.post("/web/form?q=%20", data={"token": "a+b"}, headers={"Cookie": "s=1; t=2"})
    assert response.json() == {
        "body": "token=a%2Bb",
        "cookies": {"s": "1", "t": "2"},
        "url": f"{gateway.url}/web/form?q=%20",
        "client": "127.0.0.1",
    }
    assert [cookie.split(";")[0] for cookie in response.headers.get_list("set-cookie")] == ["one=1", "two=2"]


def test_a_binary_response_is_decoded(client: httpx.Client) -> None:
    response = misbehave(client, "well")
    assert (response.status_code, response.content) == (201, b"\x00\xff")
    assert response.headers["content-type"] == "a/b"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/echo"), ("POST", "/broken"), ("HEAD", "/broken")]
)
def test_what_no_route_takes_is_not_found(client: httpx.Client, method: str, path: str) -> None:
    response = client.request(method, path)
    assert response.status_code == 404
    assert response.headers["content-length"] == "23"
    assert method == "HEAD" or response.json() == {"message": "Not Found"}


def test_a_head_request_has_the_headers_but_no_body(client: httpx.Client) -> None:
    response = client.head("/echo/x")
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 100
    assert client.get("/echo/x").status_code == 200


@pytest.mark.parametrize("how", ["raise", "not a response", "too large", "not json"])
def test_a_function_that_fails_answers_500_without_detail(client: httpx.Client, how: str) -> None:
    response = misbehave(client, how)
    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})
    assert misbehave(client, "well").status_code == 201


def test_a_function_that_is_not_importable_answers_500(client: httpx.Client, gateway: LocalGateway) -> None:
    response = client.get("/broken")
    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})
    assert list(gateway.failures) == ["broken"]
    assert "SyntaxError" in str(gateway.failures["broken"])


def test_a_function_out_of_time_answers_500_and_is_replaced(client: httpx.Client) -> None:
    started_s = time.monotonic()
    response = misbehave(client, "sleep")
    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})
    assert 1.9 < time.monotonic() - started_s < 5
    assert misbehave(client, "well").status_code == 201


def test_a_body_beyond_lambdas_limit_is_refused(client: httpx.Client) -> None:
    response = client.post("/echo/x", content=b"x" * 6 * 1024 * 1024, headers={"content-type": "text/plain"})
    assert (response.status_code, response.json()) == (413, {"message": "Request Entity Too Large"})


def test_a_body_beyond_the_apis_limit_is_refused_unread(gateway: LocalGateway) -> None:
    answer = raw_request(gateway, b"POST /echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10485761\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: x\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_malformed_body_is_refused(gateway: LocalGateway, framing: bytes) -> None:
    answer = raw_request(gateway, b"POST /echo/x HTTP/1.1\r\nHost: x\r\n" + framing)
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_headers_beyond_the_apis_limit_are_refused(client: httpx.Client) -> None:
    assert client.get("/echo/x", headers={"x-big": "x" * 9_000}).status_code == 200
    response = client.get("/echo/x", headers={"x-big": "x" * 10_240})
    assert (response.status_code, response.json()) == (431, {"message": "Request Header Fields Too Large"})


def test_a_preflight_is_answered_where_no_route_takes_options(client: httpx.Client) -> None:
    asked = {"Origin": APP, "Access-Control-Request-Method": "POST"}
    response = client.options("/misbehaving", headers=asked)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == APP
    assert response.headers["access-control-allow-credentials"] == "true"
    assert "POST" in response.headers["access-control-allow-methods"]
    assert (
        client.options("/echo/x", headers=asked).json()["event"]["requestContext"]["http"]["method"]
        == "OPTIONS"
    )


def test_cors_headers_are_the_gateways(client: httpx.Client) -> None:
    allowed = client.get("/echo/x", headers={"Origin": APP}).headers
    assert allowed.get_list("access-control-allow-origin") == [APP]
    assert allowed["access-control-expose-headers"] == "Link"
    for other in ({"Origin": "https://evil.example"}, {}):
        assert not [
            name for name in client.get("/echo/x", headers=other).headers if name.startswith("access-")
        ]


@pytest.mark.parametrize(
    ("token", "status", "body"),
    [
        (None, 401, {"message": "Unauthorized"}),
        ("bad", 403, {"message": "Forbidden"}),
        ("error", 500, {"message": "Internal Server Error"}),
        ("malformed", 500, {"message": "Internal Server Error"}),
    ],
)
def test_an_authorizer_keeps_requests_out(
    client: httpx.Client, token: str | None, status: int, body: Any
) -> None:
    response = client.get("/private", headers={"Authorization": token} if token else {})
    assert (response.status_code, response.json()) == (status, body)


def test_an_authorizer_hands_on_its_context(client: httpx.Client) -> None:
    event = client.get("/private", headers={"Authorization": "good"}).json()["event"]
    assert event["requestContext"]["authorizer"]["lambda"]["user"] == "u1"
    assert "authorizer" not in client.get("/guarded").json()["event"]["requestContext"]


def test_an_authorizers_answer_is_remembered_per_identity(client: httpx.Client) -> None:
    def calls(key: str) -> int:
        event = client.get("/remembered", params={"key": key}, headers={"Authorization": "good"}).json()[
            "event"
        ]
        count: int = event["requestContext"]["authorizer"]["lambda"]["calls"]
        return count

    assert calls("1") == calls("1")
    assert calls("2") == calls("1") + 1
    assert client.get("/remembered", headers={"Authorization": "good"}).status_code == 401


def test_concurrent_requests_are_all_answered(client: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as clients:
        paths = list(clients.map(lambda n: client.get(f"/echo/{n}").json()["event"]["rawPath"], range(40)))
    assert paths == [f"/echo/{n}" for n in range(40)]


def test_a_scheduled_function_runs_when_asked(client: httpx.Client) -> None:
    assert client.post("/_dev/run/echo").json()["source"] == "aws.events"
    response = client.post("/_dev/run/web")
    assert response.status_code == 404
    assert response.json() == {"message": "web is not a scheduled function; scheduled are: echo"}


def raw_request(gateway: LocalGateway, data: bytes) -> bytes:
    """Send bytes, and return what comes until the connection is closed."""
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_the_gateway_answers_503_when_a_function_takes_longer_than_an_api_waits(tmp_path: Path) -> None:
    template = write_service(tmp_path, TEMPLATE.replace("timeout: 2", "timeout: 20"), **HANDLERS)
    gateway = LocalGateway(template, environment={}, integration_timeout_s=0.3)
    with gateway, httpx.Client(base_url=gateway.url) as client:
        response = misbehave(client, "sleep")
    assert (response.status_code, response.json()) == (503, {"message": "Service Unavailable"})


@pytest.mark.parametrize(
    ("environment", "allowed"),
    [
        # As on AWS, where the API knows nothing of WEBSITE_URL.
        ({"WEBSITE_URL": "http://localhost:5173/app"}, {APP}),
        ({"ALLOWED_ORIGINS": "http://localhost:5173, https://a.example"}, {"http://localhost:5173"}),
        ({"ALLOWED_ORIGINS": ""}, set()),
    ],
)
def test_only_listed_origins_are_allowed(
    tmp_path: Path, environment: dict[str, str], allowed: set[str]
) -> None:
    gateway = LocalGateway(write_service(tmp_path, TEMPLATE, **HANDLERS), environment=environment)
    with gateway, httpx.Client(base_url=gateway.url) as client:
        for origin in ("http://localhost:5173", APP):
            response = client.options("/misbehaving", headers={"Origin": origin})
            granted = response.headers.get("access-control-allow-origin")
            assert granted == (origin if origin in allowed else None)


def test_a_mistake_in_the_template_is_no_reason_to_keep_the_ports(tmp_path: Path) -> None:
    template = write_service(tmp_path, "service: [")
    listeners = Listeners(listen("127.0.0.1", 0), listen("127.0.0.1", 0))
    ports = [listener.getsockname()[1] for listener in (listeners.api, listeners.core) if listener]
    with pytest.raises(TemplateInvalid):
        LocalGateway(template, listeners=listeners, environment={})
    for port in ports:
        listen("127.0.0.1", port).close()


def test_functions_processes_have_environments_of_their_own(tmp_path: Path) -> None:
    template = write_service(
        tmp_path,
        """
        service: shop
        provider: {name: aws, memorySize: 256, environment: {COMMON: c, MINE: 'no', GIVEN: template}}
        layers: {shared: {path: elsewhere}}
        functions:
          one: {handler: functions/one.handler, environment: {MINE: '1'}, events: [httpApi: GET /one]}
          two: {handler: functions/one.handler, environment: {MINE: '2'}, events: [httpApi: GET /two]}
        """,
        one="""
            import os, shared_module

            def handler(event, context):
                return dict(os.environ)
        """,
    )
    shared = tmp_path / "layers" / "shared" / "python"
    shared.mkdir(parents=True)
    (shared / "shared_module.py").touch()
    gateway = LocalGateway(template, mode="awslambdaric", environment={"GIVEN": "developer"})
    with gateway, httpx.Client(base_url=gateway.url) as client:
        one, two = client.get("/one").json(), client.get("/two").json()
    assert (one["MINE"], two["MINE"]) == ("1", "2")
    assert (one["COMMON"], one["GIVEN"], one["API_URL"]) == ("c", "developer", gateway.url)
    assert one["AWS_LAMBDA_FUNCTION_NAME"] == "shop-local-one"
    assert one["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert one["LAMBDA_TASK_ROOT"] == str(tmp_path)
    assert one["_HANDLER"] == "functions/one.handler"
    assert one["AWS_LAMBDA_RUNTIME_API"] != two["AWS_LAMBDA_RUNTIME_API"]
    assert "HOME" not in one
