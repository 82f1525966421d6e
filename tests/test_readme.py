"""The flow of the README, word for word, against a running Gatehouse on every engine."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from gatehouse.clock import now_ms
from tests.databases import FreshDatabase
from tests.gateway import running_gateway
from tests.processes import free_port
from tests.providers.fake_stytch import FakeStytch

README = Path(__file__).parents[1] / "README.md"


def flow() -> str:
    """Return the shell script between the README's marks."""
    match = re.search(
        r"<!-- flow -->\n```sh\n(.*?)```\n<!-- end of flow -->", README.read_text("utf-8"), re.DOTALL
    )
    assert match
    return match[1]


def run_flow(url: str, home: Path) -> list[str]:
    """Run the flow as it is, and return what each of its commands printed."""
    (home / ".curlrc").write_text('write-out = "\\n"\n')  # an answer a line
    finished = subprocess.run(
        ["bash", "-euc", flow()],
        env={**os.environ, "API": url, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.splitlines()


def check(printed: list[str]) -> None:
    """Check what the flow is promised to print."""
    sent, session, invited, found, changed, removed, logged_out, gone = printed
    assert sent == invited == '{"message":"magic link sent"}'
    assert '"email":"ada@example.com"' in session
    assert '"roles":["admin"]' in session
    assert re.fullmatch(r'\[\{.*"name":"Alan Turing".*\}\]', found)
    assert '"name":"Alan M. Turing"' in changed
    assert removed == '{"message":"success"}'
    assert logged_out == '{"message":"logged out"}'
    assert '"error": "user unauthenticated"' in gone


def test_flow_works_word_for_word(engine: str, fresh_database_url: FreshDatabase, tmp_path: Path) -> None:
    with running_gateway({"DATABASE_URL": fresh_database_url(engine)}) as gateway:
        check(run_flow(gateway.url, tmp_path))


def test_flow_works_with_stytch(fresh_database_url: FreshDatabase, tmp_path: Path) -> None:
    port = free_port()
    link_url = f"http://127.0.0.1:{port}/authenticate_magic_link"
    stytch = FakeStytch(now_ms, mailbox=tmp_path / "mailbox.jsonl", redirect_urls=frozenset({link_url}))
    environment = {
        **stytch.settings,
        "PORT": str(port),
        "MAILBOX_FILE": str(tmp_path / "mailbox.jsonl"),
        "DATABASE_URL": fresh_database_url("mariadb"),
    }
    with running_gateway(environment) as gateway:
        check(run_flow(gateway.url, tmp_path))
    stytch.close()
    assert stytch.complaints == []


@pytest.mark.timeout(180)
def test_flow_works_under_the_lambda_runtime_client(
    fresh_database_url: FreshDatabase, tmp_path: Path
) -> None:
    environment = {"DATABASE_URL": fresh_database_url("mariadb")}
    with running_gateway(environment, "--runtime", "awslambdaric") as gateway:
        check(run_flow(gateway.url, tmp_path))
