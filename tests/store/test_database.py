"""The gateway: batches, transactions, and what happens when the database does not go along."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gatehouse.config import load_settings
from gatehouse.errors import (
    CommitUnknown,
    DatabaseConflict,
    DatabaseError,
    DatabaseUnavailable,
    DuplicateRow,
    ParentMissing,
    SettingInvalid,
)
from gatehouse.models import TableNames
from gatehouse.store import key_value
from gatehouse.store.database import PING_AFTER_IDLE_S, RECYCLE_AFTER_S, TRIES, Database, Transaction
from gatehouse.store.engines import engine_for
from gatehouse.store.statement import Sql
from tests.databases import FreshDatabase, Server
from tests.round_trips.proxy import CountingProxy, counting_proxy
from tests.store.migrations.described import ask

INSERT = Sql("INSERT INTO {roles} (app_id, role) VALUES ('public', :role)")
SELECT = Sql("SELECT role FROM {roles} WHERE role IN (:roles) ORDER BY role")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A gateway to a migrated database."""
    database = Database(engine_for(database_url), TableNames())
    yield database
    database.disconnect()


def roles(database: Database, *names: str) -> list[str]:
    """Read which of the roles exist."""
    return database.run(SELECT.all(lambda row: str(row[0]), roles=list(names)))


def test_transaction_takes_effect_as_a_whole(database: Database) -> None:
    def work(tx: Transaction) -> None:
        tx.run(INSERT.run(role="a"))
        tx.batch(INSERT.run(role="b"), INSERT.run(role="c"))

    database.transact(work)
    assert roles(database, "a", "b", "c", "d") == ["a", "b", "c"]


def test_failed_transaction_leaves_nothing(database: Database) -> None:
    def work(tx: Transaction) -> None:
        tx.run(INSERT.run(role="a"))
        raise KeyError

    with pytest.raises(KeyError):
        database.transact(work)
    assert roles(database, "a") == []


def test_batch_that_fails_in_the_middle_leaves_nothing(database: Database) -> None:
    database.transact(lambda tx: tx.finish(INSERT.run(role="b")))

    with pytest.raises(DuplicateRow):
        database.transact(
            lambda tx: tx.finish(INSERT.run(role="a"), INSERT.run(role="b"), INSERT.run(role="c"))
        )
    assert roles(database, "a", "b", "c") == ["b"]


def test_lists_are_written_out_and_an_empty_one_matches_nothing(database: Database) -> None:
    database.transact(lambda tx: tx.finish(*(INSERT.run(role=role) for role in ("x", "y", "z"))))

    assert roles(database, "x", "z", "nobody") == ["x", "z"]
    assert roles(database) == []


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE roles; --", "100%", "%s %(x)s", "\\", "\\'", ":role", "{roles}", "💥 é\n", '"']
)
def test_values_arrive_as_they_are(database: Database, text: str) -> None:
    database.transact(lambda tx: tx.finish(INSERT.run(role=text)))

    assert roles(database, text) == [text]


def test_upsert_changes_and_insert_if_absent_keeps(database: Database) -> None:
    def write(value: str) -> None:
        database.run(key_value.insert_value_if_absent("public", "public", name="n", value=value, now_ms=1))

    write("first")
    write("second")
    assert database.run(key_value.get_value("public", "public", "n")) == "first"


def test_what_rides_along_comes_first_and_costs_nothing(database: Database) -> None:
    seen: list[list[str]] = []

    def work(tx: Transaction) -> int:
        tx.take_along(SELECT.all(lambda row: str(row[0]), roles=["a"]), seen.append)
        return tx.run(INSERT.run(role="a"))

    before = database.round_trips
    assert database.transact(work) == 1
    assert (seen, database.round_trips - before) == ([[]], 2)


def test_conflicts_run_the_whole_transaction_again(database: Database) -> None:
    attempts = 0

    def work(tx: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        tx.run(INSERT.run(role="once"))
        if attempts < 3:
            raise DatabaseConflict

    database.transact(work)
    assert (attempts, roles(database, "once")) == (3, ["once"])


def test_transaction_never_changes_its_connection(database: Database) -> None:
    def work(tx: Transaction) -> None:
        tx.run(INSERT.run(role="a"))
        database._opened_at -= RECYCLE_AFTER_S + 1
        database._used_at -= PING_AFTER_IDLE_S + 1
        tx.run(INSERT.run(role="b"))
        raise KeyError

    with pytest.raises(KeyError):
        database.transact(work)
    assert roles(database, "a", "b") == []


def test_endless_conflicts_end(database: Database) -> None:
    attempts = 0

    def work(_: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        raise DatabaseConflict

    with pytest.raises(DatabaseConflict):
        database.transact(work)
    assert attempts == TRIES


def test_duplicates_run_again_only_where_that_helps(database: Database) -> None:
    attempts = 0

    def work(_: Transaction) -> str:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise DuplicateRow
        return "found"

    with pytest.raises(DuplicateRow):
        database.transact(work)
    attempts = 0
    assert database.transact(work, rerun_on_duplicate=True) == "found"


def test_wrong_statement_is_an_error_that_does_not_poison_the_connection(database: Database) -> None:
    with pytest.raises(DatabaseError):
        database.run(Sql("SELECT nothing FROM {nowhere}").run())
    assert roles(database, "a") == []


def test_rows_without_their_parent_are_told_from_other_errors(
    engine: str, fresh_database_url: FreshDatabase
) -> None:
    url = fresh_database_url(engine)
    ask(
        url,
        "CREATE TABLE parents (id INT PRIMARY KEY)",
        "CREATE TABLE children (parent INT PRIMARY KEY, FOREIGN KEY (parent) REFERENCES parents (id))",
    )
    database = Database(engine_for(url), TableNames())
    parent, child = (Sql(f"INSERT INTO {{{table}}} VALUES (:id)") for table in ("parents", "children"))

    with pytest.raises(ParentMissing):
        database.run(child.run(id=1))
    with pytest.raises(ParentMissing):
        database.transact(lambda tx: tx.finish(parent.run(id=1), child.run(id=2)))
    database.transact(lambda tx: tx.finish(parent.run(id=1), child.run(id=1)))
    database.disconnect()


def test_lost_connection_is_opened_again(server_database_url: str) -> None:
    with _proxied(server_database_url) as (database, proxy):
        assert roles(database, "a") == []
        proxy.drop()
        assert roles(database, "a") == []

        proxy.drop()
        database.transact(lambda tx: tx.run(INSERT.run(role="a")))
        assert roles(database, "a") == ["a"]


def test_connection_lost_before_the_commit_runs_the_transaction_again(server_database_url: str) -> None:
    with _proxied(server_database_url) as (database, proxy):
        attempts = 0

        def work(tx: Transaction) -> None:
            nonlocal attempts
            attempts += 1
            tx.run(INSERT.run(role="a"))
            if attempts == 1:
                proxy.drop()
            tx.run(INSERT.run(role="b"))

        database.transact(work)
        assert (attempts, roles(database, "a", "b")) == (2, ["a", "b"])


def test_connection_lost_while_committing_is_told(server_database_url: str) -> None:
    with _proxied(server_database_url) as (database, proxy):

        def work(tx: Transaction) -> None:
            tx.run(INSERT.run(role="a"))
            proxy.drop()

        with pytest.raises(CommitUnknown):
            database.transact(work)
        assert roles(database, "a") in ([], ["a"])


@pytest.mark.parametrize("scheme", ["mysql", "postgresql"])
def test_server_that_is_not_there_is_unavailable(scheme: str) -> None:
    database = Database(engine_for(f"{scheme}://user:secret@127.0.0.1:1/x"), TableNames())

    with pytest.raises(DatabaseUnavailable) as caught:
        database.run(Sql("SELECT 1").run())
    assert "secret" not in str(caught.value)
    assert caught.value.retry_after_s


def test_refused_password_names_the_setting_and_no_secret(guarded_mariadb_server: Server) -> None:
    parts = urlsplit(guarded_mariadb_server.url)
    database = Database(engine_for(f"mysql://nobody:hunter2@127.0.0.1:{parts.port}/x"), TableNames())

    with pytest.raises(SettingInvalid, match="DATABASE_URL") as caught:
        database.run(Sql("SELECT 1").run())
    assert "hunter2" not in str(caught.value)


def test_tls_is_verified(guarded_mariadb_server: Server, guarded_postgres_server: Server) -> None:
    for server, option in (
        (guarded_mariadb_server, "ssl_ca"),
        (guarded_postgres_server, "sslmode=verify-full&sslrootcert"),
    ):
        good = Database(engine_for(f"{server.create_database()}?{option}={server.ca_file}"), TableNames())
        assert good.run(Sql("SELECT 1").only(lambda row: int(row[0]))) == 1
        good.disconnect()
        wrong = Database(engine_for(f"{server.create_database()}?{option}={__file__}"), TableNames())
        with pytest.raises((SettingInvalid, DatabaseUnavailable)):
            wrong.run(Sql("SELECT 1").run())


def test_connection_over_tls_is_kept(guarded_mariadb_server: Server, guarded_postgres_server: Server) -> None:
    """What TLS says by itself is not taken for the server's farewell."""
    for server, option in (
        (guarded_mariadb_server, "ssl_ca"),
        (guarded_postgres_server, "sslmode=verify-full&sslrootcert"),
    ):
        database = Database(engine_for(f"{server.create_database()}?{option}={server.ca_file}"), TableNames())
        one = Sql("SELECT 1").only(lambda row: int(row[0]))
        assert database.run(one) == 1
        first = database._connection
        for _ in range(5):
            assert database.run(one) == 1
        assert database._connection is first
        database.disconnect()


def test_prefix_schema_and_renamed_tables_are_used() -> None:
    settings = load_settings(
        {
            "POSTGRESQL_CONNECTION_URI": "postgresql://h/d",
            "POSTGRESQL_TABLE_SCHEMA": "auth",
            "POSTGRESQL_TABLE_NAMES_PREFIX": "app",
            "POSTGRESQL_SESSION_INFO_TABLE_NAME": "visits",
        }
    )
    database = Database(engine_for(settings.database_url), settings.table_names)

    text, _ = database.bind(Sql("SELECT 1 FROM {session_info}, {users} WHERE a = :a AND b LIKE '%'").run(a=1))

    assert text == """SELECT 1 FROM "auth".visits, "auth".app_users WHERE a = %(a)s AND b LIKE '%%'"""


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "oracle://x", "", "mysql://h:port/x", "mysql://u:a#b@h/x"]
)
def test_wrong_url_is_refused_with_the_settings_name(url: str) -> None:
    with pytest.raises(SettingInvalid, match="DATABASE_URL"):
        engine_for(url).connect()


def test_folder_of_a_sqlite_file_is_made(tmp_path: Path) -> None:
    database = Database(engine_for(f"sqlite:///{tmp_path}/new/folder/x.db"), TableNames())

    assert database.run(Sql("SELECT 1").only(lambda row: int(row[0]))) == 1
    database.disconnect()


@contextmanager
def _proxied(url: str) -> Iterator[tuple[Database, CountingProxy]]:
    """Open a gateway through a proxy that can drop its connections."""
    parts = urlsplit(url)
    with counting_proxy(url) as proxy:
        database = Database(engine_for(url.replace(f":{parts.port}/", f":{proxy.port}/")), TableNames())
        yield database, proxy
        database.disconnect()
