"""What every test may ask for: real database servers, fresh databases on each engine, and the browser's program."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.endpoints import note_covered
from infra.setup.programs import CHROMIUM
from tests import servers
from tests.aws_fixtures import aws, aws_url, endpoint  # noqa: F401 (fixtures)
from tests.core import ASKED
from tests.databases import FreshDatabase, Server
from tests.house_fixtures import (  # noqa: F401 (fixtures)
    api,
    core,
    database_url,
    home,
    migrated,
    server_database_url,
    sqlite_home,
)

SLOW = ("tests/wire/", "tests/test_", "tests/browser/", "tests/infra/")
"""Where tests start programs: gateways, browsers, SDKs, packaging."""

collect_ignore = ["wire/sdks"]
"""Tests that run in the SDKs' own environments."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what `make endpoints` asks for."""
    parser.addoption("--note-endpoints", action="store_true", help="note which tests call each operation")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run one process more than there are processors: a third of the time, tests wait for something else."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left alone with it in the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(SLOW))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Note which tests have called each operation of the core, if that was asked for."""
    if session.config.getoption("--note-endpoints"):
        note_covered(ASKED)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Server]:
    """Run MariaDB (or MySQL) where everybody may do everything."""
    server = servers.mysql_server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """Run PostgreSQL that believes every name."""
    server = servers.postgresql_server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def guarded_mariadb_server() -> Iterator[Server]:
    """Run MariaDB (or MySQL) with passwords, privileges and TLS."""
    server = servers.start_mysql(has_accounts=True)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def guarded_postgres_server() -> Iterator[Server]:
    """Run PostgreSQL with passwords and TLS."""
    server = servers.start_postgresql(has_accounts=True)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def fresh_database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> FreshDatabase:
    """Return a function that makes an empty database on `sqlite`, `mariadb` or `postgresql` and returns its URL."""
    folder = tmp_path_factory.mktemp("databases")

    def make(engine: str) -> str:
        if engine == "sqlite":
            return f"sqlite:///{folder / secrets.token_hex(6)}.db"
        server: Server = request.getfixturevalue(
            {"mariadb": "mariadb_server", "postgresql": "postgres_server"}[engine]
        )
        return server.create_database()

    return make


@pytest.fixture(params=["sqlite", "mariadb", "postgresql"], scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    """Run a test once on every database engine."""
    name: str = request.param
    return name


@pytest.fixture
def engine_url(engine: str, fresh_database_url: FreshDatabase) -> str:
    """Return the URL of an empty database, once on every engine."""
    return fresh_database_url(engine)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Return where Chromium is."""
    return servers.require(CHROMIUM)
