"""`python -m infra.local`: starting, restarting and stopping, as a developer sees it."""

import signal
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.gateway import RunningGateway, launched_gateway, running_gateway
from tests.infra.local.service import write_handler, write_service

TEMPLATE = """
    service: shop
    provider:
      name: aws
      environment: {GREETING: hello, PLACE: '${env:API_URL}', DATABASE_URL: 'sqlite:///of-the-template.db'}
    functions:
      greet: {handler: functions/greet.handler, events: [httpApi: GET /]}
"""
GREET = """
    import os

    def handler(event, context):
        return {name: os.environ.get(name) for name in ("GREETING", "PLACE", "DATABASE_URL")} | {"version": 1}
"""
READY = r"pages and API +(http://\S+)"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return write_service(tmp_path, TEMPLATE, greet=GREET)


@pytest.fixture
def reloading(template: Path) -> Iterator[RunningGateway]:
    with launched_gateway({}, "--config", str(template), "--no-migrate") as gateway:
        gateway.url = gateway.wait_for(READY)[1]
        yield gateway


def version(gateway: RunningGateway) -> object:
    return httpx.get(gateway.url, timeout=30).json().get("version")


def test_it_serves_and_says_where(template: Path) -> None:
    environment = {"DATABASE_URL": "mysql://gate:secret@db.example/gate", "IDENTITY_PROVIDER": "stytch"}
    with running_gateway(environment, "--config", str(template), "--no-migrate") as gateway:
        answer = httpx.get(gateway.url).json()
        assert f"{gateway.url}/_dev/mailbox" in gateway.output
        assert "mysql://gate:***@db.example/gate" in gateway.output
        assert "secret" not in gateway.output
        assert "stytch" in gateway.output
        gateway.wait_for(r"GET / 200 \d+ ms")
    assert answer["GREETING"] == "hello"
    assert answer["PLACE"] == gateway.url
    assert answer["DATABASE_URL"] == environment["DATABASE_URL"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("arguments", [[], ["--no-reload"]])
def test_it_stops_cleanly(template: Path, arguments: list[str], number: signal.Signals) -> None:
    with launched_gateway({}, "--config", str(template), "--no-migrate", *arguments) as gateway:
        url = gateway.wait_for(READY)[1]
        gateway.process.send_signal(number)
        assert gateway.process.wait(5) == 0
        assert "Traceback" not in gateway.output
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)


def test_it_stops_when_whoever_started_it_is_gone(template: Path) -> None:
    with launched_gateway({}, "--config", str(template), "--no-migrate", "--no-reload") as gateway:
        gateway.wait_for(READY)
        assert gateway.process.stdin is not None
        gateway.process.stdin.close()
        assert gateway.process.wait(5) == 0


def greets_with(gateway: RunningGateway, words: str) -> bool:
    return str(httpx.get(gateway.url, timeout=30).json()["GREETING"]).startswith(words)


def comes(is_so: Callable[[], bool]) -> bool:
    """Wait for what must be so soon: the former process may still answer for a moment."""
    deadline_s = time.monotonic() + 20
    while time.monotonic() < deadline_s:
        if is_so():
            return True
        time.sleep(0.05)
    return False


def test_it_restarts_when_code_changes(reloading: RunningGateway, template: Path) -> None:
    assert version(reloading) == 1
    write_handler(template.parent, "greet", GREET.replace('"version": 1', '"version": 2'))
    reloading.wait_for(r"Changed: functions/greet\.py")
    assert comes(lambda: version(reloading) == 2)
    write_service(template.parent, TEMPLATE.replace("hello", "good evening"))
    reloading.wait_for(r"Changed: serverless\.yml")
    assert comes(partial(greets_with, reloading, "good evening"))


def test_an_editor_may_replace_the_template_again_and_again(
    reloading: RunningGateway, template: Path
) -> None:
    for number in range(3):
        other = template.with_suffix(".new")
        other.write_text(
            template.read_text(encoding="utf-8").replace("hello", f"hello{number}"), encoding="utf-8"
        )
        other.replace(template)
        reloading.wait_for(rf"(?s)(Changed: serverless\.yml.*){{{number + 1}}}")
        assert comes(partial(greets_with, reloading, f"hello{number}"))


def test_a_broken_function_is_shown_and_repaired_while_it_runs(
    reloading: RunningGateway, template: Path
) -> None:
    write_handler(template.parent, "greet", "def handler(event, context) return 1")
    reloading.wait_for("greet does not start: SyntaxError")
    assert httpx.get(reloading.url, timeout=30).status_code == 500
    write_handler(template.parent, "greet", GREET)
    reloading.wait_for(r"(?s)does not start.*Changed")
    assert version(reloading) == 1


def test_a_broken_template_is_shown_and_requests_wait_for_its_repair(
    reloading: RunningGateway, template: Path
) -> None:
    template.write_text("service: [", encoding="utf-8")
    reloading.wait_for("Not serving. It starts again when a file changes")
    assert "is not valid YAML" in reloading.output
    assert reloading.process.poll() is None
    write_service(template.parent, TEMPLATE)
    assert version(reloading) == 1


def test_a_taken_port_is_named(template: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with launched_gateway({"PORT": str(port)}, "--config", str(template)) as gateway:
            assert gateway.process.wait(10) == 1
            gateway.wait_for(f"port {port} on 127.0.0.1 is in use by another program")


@pytest.mark.parametrize("port", ["http", "-1", "65536"])
def test_a_port_must_be_a_number(port: str) -> None:
    with launched_gateway({"PORT": port}) as gateway:
        assert gateway.process.wait(10) == 1
        gateway.wait_for(f"Cannot start: PORT={port} is not a port number")


def test_it_does_not_start_on_a_database_that_cannot_be_migrated(template: Path) -> None:
    # Nobody listens on port 1.
    environment = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    started_s = time.monotonic()
    with launched_gateway(environment, "--config", str(template)) as gateway:
        assert gateway.process.wait(20) == 1
        assert "pages and API" not in gateway.output
    assert gateway.output.strip()
    assert time.monotonic() - started_s < 20
