"""The test servers themselves: empty databases, accounts, TLS, and nothing left behind."""

import os
import signal
import sqlite3
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pymysql
import pytest

from infra.setup.programs import MARIADB, POSTGRESQL, Program
from tests import servers
from tests.databases import FreshDatabase, Server
from tests.processes import ServerFailed, ServerProcess

REFUSED = (pymysql.Error, psycopg.Error, OSError)
NOWHERE = Program(
    "The unheard-of server", ("no-such-server-program",), ("no-such-package",), "no-such-formula"
)


def run(url: str, *statements: str, **options: Any) -> list[Any]:
    """Run statements on a database; return the rows of the last one."""
    parts = urlsplit(url)
    connection: Any
    if parts.scheme == "sqlite":
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    elif parts.scheme == "mysql":
        connection = pymysql.connect(
            host=options.pop("host", parts.hostname),
            port=parts.port or 3306,
            user=parts.username,
            password=parts.password or "",
            database=parts.path.lstrip("/"),
            **options,
        )
    else:
        connection = psycopg.connect(url, **options)
    try:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        rows = list(cursor.fetchall()) if cursor.description else []
        connection.commit()
        return rows
    finally:
        connection.close()


@pytest.fixture(params=["mariadb", "postgresql"], scope="module")
def guarded_server(request: pytest.FixtureRequest) -> Server:
    name = {"mariadb": "guarded_mariadb_server", "postgresql": "guarded_postgres_server"}[request.param]
    server: Server = request.getfixturevalue(name)
    return server


def test_every_fresh_database_is_empty_and_its_own(engine: str, fresh_database_url: FreshDatabase) -> None:
    first, second = fresh_database_url(engine), fresh_database_url(engine)
    for url in (first, second):
        run(url, "CREATE TABLE people (name VARCHAR(20))", "INSERT INTO people VALUES ('Ada')")
    assert first != second
    assert run(first, "SELECT COUNT(*) FROM people")[0][0] == 1


def test_engine_url_speaks_the_engine(engine: str, engine_url: str) -> None:
    question = "SELECT sqlite_version()" if engine == "sqlite" else "SELECT version()"
    version = str(run(engine_url, question)[0][0])
    assert {
        "sqlite": version[0].isdigit(),
        "mariadb": version[0].isdigit(),
        "postgresql": "Postgre" in version,
    }[engine]


def test_mariadb_ignores_case_unless_a_table_says_otherwise(mariadb_server: Server) -> None:
    """As servers come, so that a migration which forgets its collation is found."""
    url = mariadb_server.create_database()
    run(url, "CREATE TABLE words (word VARCHAR(9))", "INSERT INTO words VALUES ('aB')")
    assert run(url, "SELECT COUNT(*) FROM words WHERE word = 'Ab'")[0][0] == 1


def test_an_account_may_only_do_what_it_was_given(guarded_server: Server) -> None:
    url = guarded_server.create_database()
    guarded_server.execute("CREATE TABLE people (name VARCHAR(20))", database=urlsplit(url).path.lstrip("/"))
    account_url = guarded_server.create_account(url, "SELECT", "INSERT")
    run(account_url, "INSERT INTO people VALUES ('Ada')")
    assert run(account_url, "SELECT name FROM people")[0][0] == "Ada"
    for statement in ("CREATE TABLE more (name VARCHAR(20))", "DELETE FROM people"):
        with pytest.raises(REFUSED, match=r"denied"):
            run(account_url, statement)


def test_an_account_without_create_is_possible_on_the_ordinary_postgresql(postgres_server: Server) -> None:
    account_url = postgres_server.create_account(postgres_server.create_database(), "SELECT")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(account_url, "CREATE TABLE more (name VARCHAR(20))")


def test_a_wrong_password_is_refused(guarded_server: Server) -> None:
    url = guarded_server.create_account(guarded_server.create_database(), "SELECT")
    parts = urlsplit(url)
    assert parts.password
    with pytest.raises(REFUSED, match=r"(?i)denied|authentication failed"):
        run(url.replace(parts.password, "wrong"), "SELECT 1")


def test_mariadb_proves_who_it_is_over_tls(guarded_mariadb_server: Server) -> None:
    url = guarded_mariadb_server.create_account(guarded_mariadb_server.create_database(), "SELECT")
    trusting = ssl.create_default_context(cafile=guarded_mariadb_server.ca_file)
    [[_, cipher]] = run(url, "SHOW STATUS LIKE 'Ssl_cipher'", ssl=trusting)
    assert cipher
    with pytest.raises(pymysql.OperationalError, match="CERTIFICATE_VERIFY_FAILED"):
        run(url, "SELECT 1", ssl=trusting, host="localhost")
    with pytest.raises(pymysql.OperationalError, match="CERTIFICATE_VERIFY_FAILED"):
        run(url, "SELECT 1", ssl=ssl.create_default_context())


def test_postgresql_proves_who_it_is_over_tls(guarded_postgres_server: Server) -> None:
    url = guarded_postgres_server.create_account(guarded_postgres_server.create_database(), "SELECT")
    verified = {"sslmode": "verify-full", "sslrootcert": str(guarded_postgres_server.ca_file)}
    assert run(url, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", **verified) == [(True,)]
    with pytest.raises(psycopg.OperationalError, match="certificate"):
        run(url.replace("127.0.0.1", "localhost"), "SELECT 1", **verified)
    with pytest.raises(psycopg.OperationalError, match="certificate"):
        run(url, "SELECT 1", sslmode="verify-full", sslrootcert="system")


@pytest.mark.parametrize(
    ("variable", "fixture", "choose"),
    [
        ("TEST_MYSQL_URL", "mariadb_server", servers.mysql_server),
        ("TEST_POSTGRES_URL", "postgres_server", servers.postgresql_server),
    ],
)
def test_a_server_from_the_environment_is_used_and_left_as_it_was(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, variable: str, fixture: str, choose: Any
) -> None:
    given: Server = request.getfixturevalue(fixture)
    monkeypatch.setenv(variable, given.url)
    server: Server = choose()
    url = server.create_database()
    assert run(url, "SELECT 1")[0][0] == 1
    server.stop()
    with pytest.raises(REFUSED):
        run(url, "SELECT 1")
    assert run(given.create_database(), "SELECT 1")[0][0] == 1


@pytest.mark.parametrize(("program", "start"), [(MARIADB, "start_mysql"), (POSTGRESQL, "start_postgresql")])
def test_a_killed_run_leaves_nothing_behind(program: Program, start: str) -> None:
    servers.require(program)
    script = f"""
from tests import servers
server = servers.{start}(has_accounts=False)
server.create_database()
print(server.url, server.process.directory, flush=True)
input()
"""
    run = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with run:
        assert run.stdout
        url, directory = run.stdout.readline().split()
        assert Path(directory).is_dir()
        os.killpg(run.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while Path(directory).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(directory).exists()
    with pytest.raises(REFUSED):
        psycopg.connect(url) if "postgresql" in url else pymysql.connect(
            host="127.0.0.1", port=urlsplit(url).port or 0
        )


def test_a_server_that_cannot_start_says_why_and_leaves_nothing() -> None:
    process = ServerProcess("broken", signal.SIGTERM)
    with pytest.raises(ServerFailed, match="disk on fire"):
        process.start(["sh", "-c", "echo disk on fire >&2; exit 1"], lambda: False)
    assert not process.directory.exists()


def test_a_missing_program_skips_the_test_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(
        pytest.skip.Exception, match=r"apt-get install no-such-package.*brew install no-such-formula"
    ):
        servers.require(NOWHERE)


def test_a_missing_program_fails_the_test_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="The unheard-of server is not installed"):
        servers.require(NOWHERE)
