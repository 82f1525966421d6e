"""The command `python -m gatehouse.migrate`: what it prints, what it ends with."""

import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from gatehouse.errors import PermissionDenied
from gatehouse.migrate import main
from gatehouse.store.migrations.advice import missing_right_advice
from gatehouse.store.migrations.rows import VERSION_NAME
from tests.databases import FreshDatabase, Server
from tests.processes import free_port
from tests.store.migrations.described import ask, described
from tests.store.migrations.runs import NOTHING_TO_DO, run_script, seed

ONLY_ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE")
DIALECTS = {"sqlite": "sqlite", "mariadb": "mysql", "postgresql": "postgresql"}

Captured = pytest.CaptureFixture[str]


class Environment:
    """The settings that the command sees."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def set(self, **settings: str) -> None:
        for name, value in settings.items():
            self._monkeypatch.setenv(name, value)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Set settings for one test."""
    return Environment(monkeypatch)


@pytest.fixture(params=["guarded_mariadb_server", "guarded_postgres_server"])
def guarded(request: pytest.FixtureRequest) -> Server:
    """Run a server that checks privileges."""
    server: Server = request.getfixturevalue(request.param)
    return server


def database_of(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def statements(script: str) -> list[str]:
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    return [statement.strip() for statement in "\n".join(lines).split(";\n") if statement.strip()]


def test_run_says_what_it_does(engine_url: str, environment: Environment, capsys: Captured) -> None:
    environment.set(DATABASE_URL=engine_url)

    assert main([]) == 0
    said = capsys.readouterr().out
    assert "0002_gatehouse  users: created" in said
    assert "Done: 42 tables created" in said
    assert main([]) == 0
    assert capsys.readouterr().out == f"{NOTHING_TO_DO}\n"


def test_printed_sql_makes_the_whole_schema(
    engine: str, fresh_database_url: FreshDatabase, environment: Environment, capsys: Captured
) -> None:
    by_run, by_script = fresh_database_url(engine), fresh_database_url(engine)
    environment.set(DATABASE_URL=by_run)
    main([])
    capsys.readouterr()

    assert main(["--print", "--dialect", DIALECTS[engine]]) == 0
    run_script(by_script, capsys.readouterr().out)

    assert described(by_script) == described(by_run)
    environment.set(DATABASE_URL=by_script)
    assert main([]) == 0
    assert capsys.readouterr().out == f"{NOTHING_TO_DO}\n"


def test_printed_rows_stand_apart_from_the_schema(capsys: Captured) -> None:
    main(["--print", "--dialect", "mysql"])

    schema, mark, rows = capsys.readouterr().out.partition("-- The rows")
    assert {statement.split()[0] for statement in statements(schema)} == {"CREATE", "ALTER"}
    assert {statement.split()[0] for statement in statements(mark + rows)} == {"INSERT"}
    assert VERSION_NAME in rows


def test_printed_sql_for_a_database_is_what_it_lacks(
    engine: str, fresh_database_url: FreshDatabase, environment: Environment, capsys: Captured
) -> None:
    url = fresh_database_url(engine)
    environment.set(DATABASE_URL=url)
    if engine != "sqlite":
        seed(url)
    before = described(url)

    assert main(["--print"]) == 0
    script = capsys.readouterr().out
    assert described(url) == before
    run_script(url, script)

    assert main(["--print"]) == 0
    assert capsys.readouterr().out == "-- Nothing to do: the database has everything.\n"
    assert main([]) == 0
    assert capsys.readouterr().out == f"{NOTHING_TO_DO}\n"


def test_printed_sql_has_the_chosen_names(environment: Environment, capsys: Captured) -> None:
    environment.set(
        POSTGRESQL_TABLE_NAMES_PREFIX="st",
        POSTGRESQL_TABLE_SCHEMA="auth",
        POSTGRESQL_KEY_VALUE_TABLE_NAME="settings",
    )

    main(["--print", "--dialect", "postgresql"])

    script = capsys.readouterr().out
    assert 'CREATE SCHEMA IF NOT EXISTS "auth";' in script
    assert 'CREATE TABLE "auth".st_users (' in script
    assert 'CREATE TABLE "auth".settings (' in script
    assert 'CREATE INDEX st_session_expiry_index ON "auth".st_session_info (expires_at);' in script
    assert 'INSERT INTO "auth".settings' in script


def test_account_that_may_not_make_tables_gets_the_sql_for_the_administrator(
    guarded: Server, environment: Environment, capsys: Captured
) -> None:
    database_url = guarded.create_database()
    account_url = guarded.create_account(database_url, *ONLY_ROWS)
    environment.set(DATABASE_URL=account_url)

    assert main([]) == 1
    said = capsys.readouterr()
    assert "The database user may not do this" in said.err
    assert "denied" in said.err
    assert "run the SQL below" in said.err
    assert described(account_url) == {}

    guarded.execute(*statements(said.out), database=database_of(database_url))
    assert main([]) == 0
    assert capsys.readouterr().out == f"{NOTHING_TO_DO}\n"


def test_account_that_may_not_change_tables_gets_only_what_is_missing(
    guarded: Server, environment: Environment, capsys: Captured
) -> None:
    database_url = guarded.create_database()
    account_url = guarded.create_account(database_url, *ONLY_ROWS)
    environment.set(DATABASE_URL=database_url)
    main([])
    ask(database_url, "ALTER TABLE tenant_configs DROP COLUMN is_first_factors_null")
    ask(database_url, "DELETE FROM schema_migrations WHERE version = '0003_first_factors'")
    environment.set(DATABASE_URL=account_url)
    capsys.readouterr()

    assert main([]) == 1

    alter, update, note = statements(capsys.readouterr().out)
    assert alter.startswith("ALTER TABLE tenant_configs ADD COLUMN is_first_factors_null")
    assert update.startswith("UPDATE tenant_configs SET is_first_factors_null = TRUE")
    assert note.startswith("INSERT INTO schema_migrations")


def test_account_that_may_not_read_the_tables_is_told_so(
    guarded: Server, environment: Environment, capsys: Captured
) -> None:
    database_url = guarded.create_database()
    account_url = guarded.create_account(database_url, "INSERT")
    environment.set(DATABASE_URL=database_url)
    main([])
    environment.set(DATABASE_URL=account_url)
    capsys.readouterr()

    assert main([]) == 1

    said = capsys.readouterr()
    assert "give it SELECT, INSERT, UPDATE and DELETE" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://someone:hunter2@127.0.0.1:{port}/app", "The database cannot be reached"),
        ("postgresql://someone:hunter2@127.0.0.1:{port}/app", "The database cannot be reached"),
        ("mysql://someone:hunter2/x@127.0.0.1/app", "DATABASE_URL"),
        ("oracle://someone:hunter2@127.0.0.1/app", "DATABASE_URL: must start with mysql://"),
        ("sqlite:////dev/null/no.db", "DATABASE_URL: cannot open"),
    ],
)
def test_database_that_is_not_there_is_one_clear_line(
    url: str, said: str, environment: Environment, capsys: Captured
) -> None:
    environment.set(DATABASE_URL=url.format(port=free_port()))

    assert main([]) == 2

    line = capsys.readouterr().err
    assert line.startswith(said)
    assert line.count("\n") == 1
    assert "hunter2" not in line


def test_wrong_password_is_one_clear_line(
    guarded: Server, environment: Environment, capsys: Captured
) -> None:
    account_url = guarded.create_account(guarded.create_database(), *ONLY_ROWS)
    password = urlsplit(account_url).password or ""
    environment.set(DATABASE_URL=account_url.replace(password, "hunter2"))

    assert main([]) == 2

    line = capsys.readouterr().err
    assert line.startswith("DATABASE_URL: the database refused")
    assert line.count("\n") == 1
    assert "hunter2" not in line


def test_wrong_use_is_explained(capsys: Captured) -> None:
    assert main(["--dialect", "mysql"]) == 2
    assert "--print" in capsys.readouterr().err


def test_folder_without_migrations_is_named(
    engine_url: str, environment: Environment, capsys: Captured, tmp_path: object
) -> None:
    environment.set(DATABASE_URL=engine_url)

    assert main(["--migrations", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err


def test_branch_with_safe_migrations_counts_as_a_missing_right(mariadb_server: Server) -> None:
    url = mariadb_server.create_database()
    refusal = "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1105, MESSAGE_TEXT = 'direct DDL is disabled'"

    with pytest.raises(PermissionDenied) as denied:
        ask(url, refusal)

    assert "deploy request" in missing_right_advice(str(denied.value))


def test_nothing_that_answers_requests_loads_the_migrations() -> None:
    code = "import sys, functions.session, functions.cleanup; print(*sys.modules)"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    loaded = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "gatehouse.store.database" in loaded
    assert [
        name for name in loaded if name.startswith(("gatehouse.store.migrations", "gatehouse.migrate"))
    ] == []
