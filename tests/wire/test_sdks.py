"""The newest official SDKs, unmodified, walk through every recipe on a running Gatehouse."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import FreshDatabase
from tests.gateway import RunningGateway, running_gateway

ROOT = Path(__file__).parents[2]
SDKS = Path(__file__).parent / "sdks"
PYTHON = ROOT / ".venv-sdk" / "bin" / "python"

DATABASES = {
    "sqlite": ("sqlite", {}),
    "mariadb": ("mariadb", {}),
    "mariadb with a prefix": ("mariadb", {"MYSQL_TABLE_NAMES_PREFIX": "gate"}),
    "postgresql": ("postgresql", {}),
    "postgresql with a schema and a prefix": (
        "postgresql",
        {"POSTGRESQL_TABLE_SCHEMA": "auth", "POSTGRESQL_TABLE_NAMES_PREFIX": "gate"},
    ),
}


@pytest.fixture(params=DATABASES, scope="module")
def gateway(request: pytest.FixtureRequest, fresh_database_url: FreshDatabase) -> Iterator[RunningGateway]:
    """A running Gatehouse, once on every kind of database; its core asks for a key, as when deployed."""
    engine, settings = DATABASES[request.param]
    environment = {
        "DATABASE_URL": fresh_database_url(engine),
        "API_KEYS": "a-key-of-twenty-or-more",
        **settings,
    }
    with running_gateway(environment) as running:
        yield running


def walk(gateway: RunningGateway, *command: str) -> None:
    """Run an SDK's own tests against the gateway's core; show what they print where they fail."""
    finished = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "CORE_URL": gateway.core_url, "CORE_API_KEY": "a-key-of-twenty-or-more"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, f"{finished.stdout}\n{finished.stderr}"
    assert "pass" in finished.stdout


def test_python_sdk_walks(gateway: RunningGateway) -> None:
    folder = str(SDKS / "python")
    options = ["-q", "-c", os.devnull, "-o", "python_files=walk_*.py", "-p", "no:cacheprovider"]
    walk(
        gateway,
        str(PYTHON),
        "-m",
        "pytest",
        *options,
        f"--rootdir={folder}",
        f"--confcutdir={folder}",
        folder,
    )


def test_node_sdk_walks(gateway: RunningGateway) -> None:
    files = sorted(str(file) for file in (SDKS / "node").glob("*.test.mjs"))
    walk(gateway, "node", "--test", *files)
