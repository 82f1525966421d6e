"""SuperTokens' core on a port of its own, as SDKs and developers meet it."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.gateway import RunningGateway, launched_gateway, running_gateway
from tests.infra.local.service import write_handler, write_service
from tests.processes import free_port

TEMPLATE = """
    service: shop
    provider:
      name: aws
      httpApi: {cors: {allowedOrigins: ['https://app.example.com']}}
    functions:
      greet: {handler: functions/greet.handler, events: [httpApi: GET /]}
      heart: {handler: functions/heart/handler.handler, events: [httpApi: ANY /core, httpApi: 'ANY /core/{proxy+}']}
"""
WITHOUT_CORE = "".join(line for line in TEMPLATE.splitlines(keepends=True) if "heart" not in line)
HANDLERS = {
    "greet": "def handler(event, context): return 'hello'",
    "heart/handler": """
        from functions.heart.words import WORD

        def handler(event, context):
            return {"word": WORD, "event": event}
    """,
    "heart/words": "WORD = 'one'",
}
BANNER = r"core for SDKs +(http://\S+)"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return write_service(tmp_path, TEMPLATE, **HANDLERS)


@pytest.fixture(scope="module", params=["in-process", "awslambdaric"])
def gateway(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningGateway]:
    template = write_service(tmp_path_factory.mktemp("shop"), TEMPLATE, **HANDLERS)
    arguments = ["--config", str(template), "--no-migrate", "--runtime", request.param]
    with running_gateway({}, *arguments) as gateway:
        assert "does not start" not in gateway.output
        yield gateway


@pytest.fixture
def core(gateway: RunningGateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.core_url, timeout=10) as core:
        yield core


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_what_an_sdk_sends_to_the_core_reaches_its_function(core: httpx.Client, method: str) -> None:
    headers = {"Host": "tenant.example.com:8080", "api-key": "k", "cdi-version": "5.1"}
    target = "/appid-a/T1/recipe/user/?email=a%40b.example&x=%2F&x=2"
    event = core.request(method, target, json={"n": 1}, headers=headers).json()["event"]
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/core/appid-a/T1/recipe/user/"
    assert event["pathParameters"] == {"proxy": "appid-a/T1/recipe/user/"}
    assert event["rawQueryString"] == "email=a%40b.example&x=%2F&x=2"
    assert event["queryStringParameters"] == {"email": "a@b.example", "x": "/,2"}
    assert event["requestContext"]["http"]["method"] == method
    assert event["headers"].items() >= {name.lower(): value for name, value in headers.items()}.items()
    assert event["requestContext"]["domainName"] == "tenant.example.com:8080"
    assert event["body"] == '{"n":1}'


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/", "/core", ""),
        ("/?a=1", "/core", "a=1"),
        ("/hello", "/core/hello", ""),
        ("/a%20b%2Fc", "/core/a b/c", ""),
        ("/_dev/mailbox", "/core/_dev/mailbox", ""),
        ("/core/hello", "/core/core/hello", ""),
    ],
)
def test_the_root_of_the_port_is_the_core(core: httpx.Client, target: str, path: str, query: str) -> None:
    event = core.get(target).json()["event"]
    assert (event["rawPath"], event["rawQueryString"]) == (path, query)


def test_the_core_is_below_core_as_well_as_on_aws(gateway: RunningGateway) -> None:
    for path in ("/core", "/core/hello"):
        answer = httpx.get(f"{gateway.url}{path}").json()
        assert (answer["word"], answer["event"]["rawPath"]) == ("one", path)
    assert httpx.get(f"{gateway.url}/hello").status_code == 404


def test_a_restart_serves_the_same_port_and_notices_every_file_of_the_function(template: Path) -> None:
    with launched_gateway({}, "--config", str(template), "--no-migrate") as gateway:
        core_url = gateway.wait_for(BANNER)[1]
        assert httpx.get(core_url).json()["word"] == "one"
        write_handler(template.parent, "heart/words", "WORD = 'two'")
        gateway.wait_for(r"(?s)Changed: functions/heart/words\.py.*Serving again")
        assert httpx.get(core_url, timeout=30).json()["word"] == "two"


def test_requests_to_the_core_wait_while_the_template_is_broken(template: Path) -> None:
    template.write_text("service: [", encoding="utf-8")
    port = free_port()
    arguments = ["--config", str(template), "--no-migrate"]
    with launched_gateway({"CORE_PORT": str(port)}, *arguments) as gateway:
        gateway.wait_for("Not serving. It starts again when a file changes")
        write_service(template.parent, TEMPLATE)
        assert httpx.get(f"http://127.0.0.1:{port}/hello", timeout=30).json()["word"] == "one"


@pytest.mark.parametrize("off", ["off", "OFF"])
def test_the_port_can_be_turned_off(template: Path, off: str) -> None:
    arguments = ["--config", str(template), "--no-migrate"]
    with running_gateway({"CORE_PORT": off}, *arguments) as gateway:
        assert gateway.core_url == ""
        assert httpx.get(f"{gateway.url}/core/hello").json()["word"] == "one"
        assert not re.search(BANNER, gateway.output)


@pytest.mark.parametrize("arguments", [[], ["--no-reload"]])
def test_a_taken_port_is_named_with_what_to_do(template: Path, arguments: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        environment = {"CORE_PORT": str(port)}
        with launched_gateway(environment, "--config", str(template), *arguments) as gateway:
            assert gateway.process.wait(10) == 1
            gateway.wait_for(f"Cannot start: port {port} on 127.0.0.1 is in use by another program; stop it")
            assert "CORE_PORT=…" in gateway.output
            assert "CORE_PORT=off" in gateway.output


def test_the_ports_must_differ(template: Path) -> None:
    with launched_gateway({"PORT": "3901", "CORE_PORT": "3901"}, "--config", str(template)) as gateway:
        assert gateway.process.wait(10) == 1
        gateway.wait_for("Cannot start: PORT and CORE_PORT are both 3901")


@pytest.mark.parametrize("port", ["http", "-1", "65536", "²"])
def test_a_port_must_be_a_number(template: Path, port: str) -> None:
    with launched_gateway({"CORE_PORT": port}, "--config", str(template)) as gateway:
        assert gateway.process.wait(10) == 1
        gateway.wait_for(f"Cannot start: CORE_PORT={port} is not a port number")


def test_a_service_without_a_core_needs_no_port_for_it(tmp_path: Path) -> None:
    template = write_service(tmp_path, WITHOUT_CORE, greet=HANDLERS["greet"])
    with socket.create_server(("127.0.0.1", 0)) as other:
        environment = {"CORE_PORT": str(other.getsockname()[1])}
        with running_gateway(environment, "--config", str(template), "--no-migrate") as gateway:
            assert httpx.get(gateway.url).text == "hello"
            assert gateway.core_url == ""
            assert not re.search(BANNER, gateway.output)
