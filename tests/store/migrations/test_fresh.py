"""An empty database gets the declared schema, however the run goes."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gatehouse.models import TableNames
from gatehouse.store.engines import engine_for
from gatehouse.store.migrations.files import RunRefused
from tests.databases import FreshDatabase, Server
from tests.store.migrations.declared import GATEHOUSE, SUPERTOKENS, declared
from tests.store.migrations.described import ask, described
from tests.store.migrations.runs import LAST_VERSION, MIGRATIONS, NOTHING_TO_DO, migrate

EVERYTHING = declared(SUPERTOKENS) | declared(GATEHOUSE)
RENAMED = TableNames(prefix="auth", renamed=(("key_value", "settings"), ("session_info", "open_sessions")))


class PowerCut(Exception):
    """What stops a run in the middle."""


def renamed_schema() -> set[str]:
    return {RENAMED.bare(table) for table in EVERYTHING}


def test_declared_supertokens_tables_are_thirty_five() -> None:
    assert len(declared(SUPERTOKENS)) == 35


def test_empty_database_gets_the_declared_schema(engine_url: str) -> None:
    lines = migrate(engine_url)

    assert described(engine_url) == EVERYTHING
    assert lines[-1].startswith("Done: 42 tables created, ")
    assert lines[-1].endswith(f"4 base rows written. The schema is at {LAST_VERSION}.")


def test_base_rows_are_those_that_supertokens_makes(engine_url: str) -> None:
    migrate(engine_url)

    assert ask(engine_url, "SELECT app_id FROM apps") == [("public",)]
    assert ask(engine_url, "SELECT app_id, tenant_id FROM tenants") == [("public", "public")]
    assert ask(engine_url, "SELECT * FROM tenant_configs") == [("", "public", "public", "{}", 1, 1, 1, 1)]
    assert ask(engine_url, "SELECT name, value FROM key_value") == [
        ("gatehouse_schema_version", LAST_VERSION)
    ]


def test_second_run_has_nothing_to_do(engine_url: str) -> None:
    migrate(engine_url)
    ask(engine_url, "UPDATE apps SET created_at_time = 1")
    ask(engine_url, "UPDATE tenant_configs SET core_config = 'mine', third_party_enabled = NULL")

    assert migrate(engine_url) == [NOTHING_TO_DO]
    assert ask(engine_url, "SELECT created_at_time FROM apps") == [(1,)]
    assert ask(engine_url, "SELECT core_config, third_party_enabled FROM tenant_configs") == [("mine", None)]


def test_runs_at_once_make_one_schema(engine_url: str) -> None:
    command = [sys.executable, "-m", "gatehouse.migrate"]
    environment = {"DATABASE_URL": engine_url, "PYTHONPATH": ":".join(sys.path)}
    runs = [
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(4)
    ]

    said = [run.communicate(timeout=60)[0] for run in runs]

    assert [run.returncode for run in runs] == [0, 0, 0, 0], said
    assert described(engine_url) == EVERYTHING
    if engine_for(engine_url).dialect.name != "mysql":  # there each statement is a race of its own
        assert sum(len(re.findall(r": created(;|$)", output, re.MULTILINE)) for output in said) == len(
            EVERYTHING
        )
        assert "adopted" not in "".join(said)
    assert migrate(engine_url) == [NOTHING_TO_DO]


@pytest.mark.parametrize("lockless_engine", ["sqlite", "mariadb"])
def test_run_that_is_overtaken_does_nothing_twice(
    lockless_engine: str, fresh_database_url: FreshDatabase
) -> None:
    url = fresh_database_url(lockless_engine)
    slow: list[str] = []
    fast: list[str] = []

    def report(line: str) -> None:
        slow.append(line)
        fast.extend(fast or migrate(url))

    migrate(url, report=report)

    assert slow[-1] == f"Done: 1 table created. The schema is at {LAST_VERSION}."
    assert "41 tables created" in fast[-1]


@pytest.mark.parametrize("after_lines", [0, 1, 5, 37])
def test_interrupted_run_is_continued(engine_url: str, after_lines: int) -> None:
    said: list[str] = []

    def report(line: str) -> None:
        said.append(line)
        if len(said) > after_lines:
            raise PowerCut

    with pytest.raises(PowerCut):
        migrate(engine_url, report=report)
    migrate(engine_url)

    assert described(engine_url) == EVERYTHING
    assert migrate(engine_url) == [NOTHING_TO_DO]


def test_prefix_and_renamed_tables(engine_url: str) -> None:
    migrate(engine_url, RENAMED)

    assert set(described(engine_url)) == renamed_schema()
    assert {"auth_users", "settings", "open_sessions"} <= renamed_schema()
    assert migrate(engine_url, RENAMED) == [NOTHING_TO_DO]


def test_prefix_may_have_capitals(engine_url: str) -> None:
    names = TableNames(prefix="Auth")
    migrate(engine_url, names)

    assert {table.lower() for table in described(engine_url)} == {f"auth_{table}" for table in EVERYTHING}
    assert migrate(engine_url, names) == [NOTHING_TO_DO]


def test_prefixed_schemas_share_a_database(engine_url: str) -> None:
    migrate(engine_url)
    migrate(engine_url, TableNames(prefix="other"))

    assert set(described(engine_url)) == set(EVERYTHING) | {f"other_{table}" for table in EVERYTHING}


def test_schema_of_postgresql_is_made_and_used(postgres_server: Server) -> None:
    url = postgres_server.create_database()
    names = TableNames(schema="auth")

    migrate(url, names)

    assert described(url) == {}
    assert set(ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'auth'")) == {
        (table,) for table in EVERYTHING
    }
    assert migrate(url, names) == [NOTHING_TO_DO]


def test_changed_file_of_an_applied_version_is_refused(engine_url: str, tmp_path: Path) -> None:
    migrate(engine_url)
    folder = shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    for file in folder.glob("0002_*/*.sql"):
        file.write_text(file.read_text().replace("VARCHAR(64)", "VARCHAR(65)"))

    with pytest.raises(RunRefused, match=r"0002_gatehouse is not the one that was applied"):
        migrate(engine_url, folder=folder)
    assert described(engine_url) == EVERYTHING


def test_next_version_is_applied_to_a_database_in_use(engine_url: str, tmp_path: Path) -> None:
    migrate(engine_url)
    folder = shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    for dialect in ("mysql", "postgresql", "sqlite"):
        (folder / "9000_later").mkdir(exist_ok=True)
        (folder / "9000_later" / f"{dialect}.sql").write_text(
            "ALTER TABLE {users} ADD COLUMN locale VARCHAR(8);\n"
            "CREATE INDEX {users_locale_index} ON {users} (locale);\n"
            "UPDATE {users} SET locale = 'en' WHERE locale IS NULL;\n"
        )
    ask(
        engine_url,
        "INSERT INTO users (id, email, created_at_ms, updated_at_ms) VALUES ('1', 'a@example.com', 1, 1)",
    )

    migrate(engine_url, folder=folder)

    assert ("locale", "s8") in described(engine_url)["users"].columns
    assert "locale" in described(engine_url)["users"].indexes
    assert ask(engine_url, "SELECT locale FROM users") == [("en",)]
    assert ask(engine_url, "SELECT value FROM key_value") == [("9000_later",)]


def test_older_gatehouse_leaves_a_newer_database_alone(engine_url: str, tmp_path: Path) -> None:
    migrate(engine_url)
    ask(engine_url, "INSERT INTO schema_migrations VALUES ('9999_future', 'x', 1)")
    ask(engine_url, "UPDATE key_value SET value = '9999_future'")

    assert migrate(engine_url) == ["Nothing to do: the schema is at 9999_future."]
    assert ask(engine_url, "SELECT value FROM key_value") == [("9999_future",)]


def test_texts_numbers_and_truths_come_back_as_they_were(engine_url: str) -> None:
    migrate(engine_url)
    columns = "session_handle, user_id, refresh_token_hash_2, expires_at, created_at_time, use_static_key"

    ask(
        engine_url,
        f"INSERT INTO session_info ({columns}) VALUES ('aB ', '007', 'é', 9007199254740993, 0, TRUE)",
    )

    [row] = ask(engine_url, f"SELECT {columns} FROM session_info")
    assert row == ("aB ", "007", "é", 9_007_199_254_740_993, 0, 1)
    assert ask(engine_url, "SELECT user_id FROM session_info WHERE session_handle = 'AB '") == []
