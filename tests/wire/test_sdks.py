"""Official SDKs, unmodified, walk through every recipe on a running Gatehouse: the newest and the oldest."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificates import make_certificates
from tests.databases import FreshDatabase
from tests.gateway import RunningGateway, running_gateway

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).parents[2]
SDKS = Path(__file__).parent / "sdks"

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
        "BCRYPT_LOG_ROUNDS": "4",  # the least; what they cost is not the SDKs' business
        **settings,
    }
    with running_gateway(environment) as running:
        yield running


def walk(gateway: RunningGateway, *command: str, **environment: str) -> None:
    """Run an SDK's own tests against the gateway's core; show what they print where they fail.

    The Python SDK makes a client for each request, which reads all authorities that the machine trusts: so that is one.
    """
    authority = make_certificates(gateway.folder).authority
    finished = subprocess.run(
        command,
        cwd=ROOT,
        env={
            **os.environ,
            "CORE_URL": gateway.core_url,
            "CORE_API_KEY": "a-key-of-twenty-or-more",
            "SSL_CERT_FILE": str(authority),
            **environment,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, f"{finished.stdout}\n{finished.stderr}"
    assert "pass" in finished.stdout


def walk_in_python(gateway: RunningGateway, virtualenv: str, name: str) -> None:
    """Walk with the SDK that a virtual environment has, by the files of a folder of `sdks`."""
    folder = str(SDKS / name)
    options = ["-q", "-c", os.devnull, "-o", "python_files=walk_*.py", "-p", "no:cacheprovider"]
    places = [f"--rootdir={folder}", f"--confcutdir={folder}", folder]
    walk(gateway, str(ROOT / virtualenv / "bin" / "python"), "-m", "pytest", *options, *places)


def walk_in_node(gateway: RunningGateway, sdk: str) -> None:
    """Walk with an SDK of package.json."""
    files = sorted(str(file) for file in (SDKS / "node").glob("*.test.mjs"))
    walk(gateway, "node", "--test", *files, SDK=sdk)


def test_python_sdk_walks(gateway: RunningGateway) -> None:
    walk_in_python(gateway, ".venv-sdk", "python")


def test_node_sdk_walks(gateway: RunningGateway) -> None:
    walk_in_node(gateway, "supertokens-node")


@pytest.mark.parametrize("gateway", ["sqlite"], indirect=True)
def test_oldest_python_sdk_walks(gateway: RunningGateway) -> None:
    walk_in_python(gateway, ".venv-sdk-old", "python_old")


@pytest.mark.parametrize("gateway", ["sqlite"], indirect=True)
def test_oldest_node_sdk_walks(gateway: RunningGateway) -> None:
    walk_in_node(gateway, "supertokens-node-16")
