"""Faults that are no imitation: servers that restart, die, stall, lock, run full, refuse, or become read-only."""

import contextvars
import os
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gatehouse import time_limit
from gatehouse.errors import DatabaseRefused, DatabaseSlow, DatabaseUnavailable
from gatehouse.models import TableNames
from gatehouse.store import database as gateway
from gatehouse.store.database import Database, Transaction
from gatehouse.store.engines import engine_for
from gatehouse.store.statement import Sql
from tests import servers
from tests.databases import FreshDatabase, Server

INSERT = Sql("INSERT INTO things (name, value) VALUES (:name, 0)")
SELECT = Sql("SELECT name FROM things ORDER BY name").all(lambda row: str(row[0]))
ADD = Sql("UPDATE things SET value = value + 1 WHERE name = :name")
PATIENCE_S = 0.3
STOP = {"mariadb": signal.SIGTERM, "postgresql": signal.SIGINT}
CRASH = {"mariadb": signal.SIGKILL, "postgresql": signal.SIGQUIT}
"""PostgreSQL's immediate shutdown: nothing is written any more. Killed, it would leave processes behind."""


def make(url: str, patience_s: float = 6.0) -> Database:
    """Return a gateway to a database with a table."""
    database = Database(engine_for(url, statement_timeout_s=patience_s), TableNames())
    database.run(Sql("CREATE TABLE IF NOT EXISTS things (name VARCHAR(40) PRIMARY KEY, value INT)").run())
    return database


@pytest.fixture(scope="module", params=["mariadb", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Run a test on every server."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def own_server(engine: str) -> Iterator[Server]:
    """Run a server that tests may stop, kill and stall."""
    is_mariadb = engine == "mariadb"
    server = (
        servers.start_mysql(has_accounts=False, is_durable=True)
        if is_mariadb
        else servers.start_postgresql(has_accounts=False)
    )
    yield server
    server.stop()


@pytest.fixture
def own(own_server: Server, engine: str) -> Iterator[Database]:
    """Open a database of it."""
    database = make(own_server.create_database())
    if engine == "postgresql":
        own_server.execute("CHECKPOINT")  # tests have it forget what it was told last before a crash
    yield database
    database.disconnect()


@pytest.fixture
def shared_url(engine: str, fresh_database_url: FreshDatabase) -> str:
    """Return a database of the server that all tests share."""
    return fresh_database_url(engine)


@contextmanager
def answers_within(seconds: float) -> Iterator[None]:
    """Hold that something takes no longer."""
    since = time.monotonic()
    yield
    assert time.monotonic() - since < seconds


def test_restart_is_not_noticed(own: Database, own_server: Server, engine: str) -> None:
    assert own_server.process
    own.run(INSERT.run(name="before"))

    own_server.process.halt(STOP[engine])
    own_server.process.start_again()

    own.transact(lambda tx: tx.finish(INSERT.run(name="after")))
    assert own.run(SELECT) == ["after", "before"]


def test_crash_amid_a_transaction_runs_it_again(own: Database, own_server: Server, engine: str) -> None:
    process, attempts = own_server.process, 0
    assert process

    def work(tx: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        tx.run(INSERT.run(name="one"))
        if attempts == 1:
            process.halt(CRASH[engine])
            process.start_again()
        tx.run(INSERT.run(name="two"))

    own.transact(work)
    assert (attempts, own.run(SELECT)) == (2, ["one", "two"])


def test_server_that_is_gone_is_told_at_once_and_used_when_it_is_back(
    own: Database, own_server: Server, engine: str
) -> None:
    assert own_server.process
    own_server.process.halt(CRASH[engine])

    with answers_within(1.5), pytest.raises(DatabaseRefused) as caught:
        own.run(SELECT)
    assert caught.value.retry_after_s
    with answers_within(0.4), pytest.raises(DatabaseRefused):  # trying again would take longer
        own.run(SELECT)

    own_server.process.start_again()
    own._down_until -= gateway.DOWN_FOR_S
    assert own.run(SELECT) == []


def test_stalled_server_is_not_waited_for(own_server: Server) -> None:
    assert own_server.process
    database = make(own_server.create_database(), PATIENCE_S)
    with _stalled(own_server), answers_within(PATIENCE_S + 1), pytest.raises(DatabaseSlow):
        database.run(SELECT)

    assert database.run(SELECT) == []
    database.disconnect()


def test_lock_that_nobody_lets_go_ends_in_time_and_leaves_nothing(shared_url: str) -> None:
    holder, database = make(shared_url), make(shared_url, PATIENCE_S)
    holder.run(INSERT.run(name="a"))
    tx = Transaction(holder)
    tx.run(ADD.run(name="a"))

    with answers_within(PATIENCE_S + 1), pytest.raises(DatabaseUnavailable):
        database.transact(lambda tx: tx.batch(INSERT.run(name="b"), ADD.run(name="a")))

    tx.commit()
    assert database.run(SELECT) == ["a"]
    for each in (holder, database):
        each.disconnect()


def test_deadlock_ends_well_for_both(shared_url: str) -> None:
    first, second = make(shared_url), make(shared_url)
    first.transact(lambda tx: tx.finish(INSERT.run(name="a"), INSERT.run(name="b")))
    meeting = threading.Barrier(2)
    attempts: list[str] = []

    def crossing(database: Database, *names: str) -> None:
        def work(tx: Transaction) -> None:
            attempts.append(names[0])
            tx.run(ADD.run(name=names[0]))
            with suppress(threading.BrokenBarrierError):
                meeting.wait(2 if len(attempts) <= 2 else 0)
            tx.run(ADD.run(name=names[1]))

        database.transact(work)

    other = threading.Thread(target=crossing, args=(second, "b", "a"))
    other.start()
    crossing(first, "a", "b")
    other.join()

    values = Sql("SELECT value FROM things ORDER BY name").all(lambda row: int(row[0]))
    assert (first.run(values), len(attempts)) == ([2, 2], 3)
    for each in (first, second):
        each.disconnect()


def test_statement_that_the_server_ends_is_not_sent_again(shared_url: str, engine: str) -> None:
    database, admin = make(shared_url), make(shared_url)
    with _ending(admin, engine), answers_within(5), pytest.raises(DatabaseSlow):
        database.run(Sql("SELECT SLEEP(20)" if engine == "mariadb" else "SELECT pg_sleep(20)").run())

    assert database.run(SELECT) == []
    for each in (database, admin):
        each.disconnect()


def test_too_many_connections_are_refused_and_later_taken(
    engine: str, guarded_mariadb_server: Server, guarded_postgres_server: Server
) -> None:
    server = guarded_mariadb_server if engine == "mariadb" else guarded_postgres_server
    url = server.create_database()
    account = server.create_account(url, "SELECT")
    name = account.partition("://")[2].partition(":")[0]
    server.execute(
        f"ALTER USER '{name}'@'%' WITH MAX_USER_CONNECTIONS 1"
        if engine == "mariadb"
        else f"ALTER ROLE {name} CONNECTION LIMIT 1"
    )
    first, second = (Database(engine_for(account), TableNames()) for _ in range(2))
    one = Sql("SELECT 1").only(lambda row: int(row[0]))
    assert first.run(one) == 1

    with answers_within(1.5), pytest.raises(DatabaseRefused):
        second.run(one)

    first.disconnect()
    second._down_until = 0
    assert second.run(one) == 1
    second.disconnect()


def test_read_only_server_is_read_and_refuses_writes(
    engine: str, guarded_mariadb_server: Server, guarded_postgres_server: Server
) -> None:
    server = guarded_mariadb_server if engine == "mariadb" else guarded_postgres_server
    url = server.create_database()
    make(url).disconnect()
    database = Database(engine_for(server.create_account(url, "SELECT", "INSERT", "UPDATE")), TableNames())
    database.run(INSERT.run(name="before"))
    with _read_only(server, engine, url):
        database.disconnect()
        with pytest.raises(DatabaseRefused):
            database.transact(lambda tx: tx.finish(INSERT.run(name="a")))
        with pytest.raises(DatabaseRefused):
            database.run(ADD.run(name="before"))
        assert database.run(SELECT) == ["before"]

    database.disconnect()
    database.transact(lambda tx: tx.finish(INSERT.run(name="a")))
    assert database.run(SELECT) == ["a", "before"]
    database.disconnect()


def test_connection_is_not_waited_for_when_nobody_speaks(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience_s = {"mariadb": PATIENCE_S, "postgresql": 2.0}[engine]
    monkeypatch.setattr(gateway, "CONNECT_TIMEOUT_S", patience_s)
    scheme = {"mariadb": "mysql"}.get(engine, engine)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"{scheme}://x@127.0.0.1:{mute.getsockname()[1]}/x"
        database = Database(engine_for(url), TableNames())

        with answers_within(patience_s + 1), pytest.raises(DatabaseRefused):
            database.run(SELECT)
        with pytest.raises(DatabaseRefused):
            database.transact(lambda tx: tx.run(SELECT))
        mute.setblocking(False)
        mute.accept()[0].close()
        with pytest.raises(BlockingIOError):
            mute.accept()


def test_nothing_is_sent_when_a_request_has_no_time_left(shared_url: str) -> None:
    database = make(shared_url)
    before = database.round_trips

    def late() -> None:
        time_limit.end_in(0)
        with pytest.raises(DatabaseRefused):
            database.run(SELECT)

    _in_a_request(late)
    assert database.round_trips == before + 1
    assert database.run(SELECT) == []
    database.disconnect()


def test_full_disk_is_told_and_leaves_nothing(engine: str, own_server: Server) -> None:
    """MariaDB waits for room, PostgreSQL refuses."""
    with _small_disk(own_server) as disk:
        url = own_server.create_database()
        database = make(url, 1.0)
        name = f"small_{url.rpartition('_')[2]}"
        if engine == "postgresql":
            database.run(Sql(f"CREATE TABLESPACE {name} LOCATION '{disk}'").run())
        where = f"DATA DIRECTORY = '{disk}'" if engine == "mariadb" else f"TABLESPACE {name}"
        database.run(Sql(f"CREATE TABLE big (id INT PRIMARY KEY, filling TEXT) {where}").run())
        fill = Sql("INSERT INTO big VALUES (:id, :filling)")

        def work(tx: Transaction) -> None:
            tx.run(INSERT.run(name="a"))
            for number in range(400):
                tx.run(fill.run(id=number, filling=secrets.token_hex(30_000)))

        with pytest.raises(DatabaseSlow if engine == "mariadb" else DatabaseRefused):
            database.transact(work)
        assert database.run(SELECT) == []
        database.disconnect()


@contextmanager
def _stalled(server: Server) -> Iterator[None]:
    """Let a server hear and say nothing; PostgreSQL's connections are processes of their own."""
    assert server.process
    group = server.process.pid
    pids = [group, *_children(group)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout
    return [int(line) for line in listed.split()]


@contextmanager
def _ending(admin: Database, engine: str) -> Iterator[None]:
    """End whatever sleeps, as soon as it does."""
    find = (
        Sql("SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'")
        if engine == "mariadb"
        else Sql("SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'")
    )
    end = "KILL QUERY {}" if engine == "mariadb" else "SELECT pg_cancel_backend({})"

    def watch() -> None:
        while True:
            for (found,) in admin.run(find.all(tuple)):
                admin.run(Sql(end.format(found)).run())
                return

    watching = threading.Thread(target=watch)
    watching.start()
    yield
    watching.join()


@contextmanager
def _read_only(server: Server, engine: str, url: str) -> Iterator[None]:
    """Let a server, or on PostgreSQL a database, take no writes, as after a fail-over."""
    name = url.rpartition("/")[2]
    on, off = (
        ("SET GLOBAL read_only = ON", "SET GLOBAL read_only = OFF")
        if engine == "mariadb"
        else (
            f"ALTER DATABASE {name} SET default_transaction_read_only = on",
            f"ALTER DATABASE {name} RESET default_transaction_read_only",
        )
    )
    server.execute(on)
    try:
        yield
    finally:
        server.execute(off)


def _in_a_request(act: Callable[[], None]) -> None:
    """Do something in a context of its own, as each request has one."""
    contextvars.copy_context().run(act)


@contextmanager
def _small_disk(server: Server) -> Iterator[Path]:
    """Mount a disk with little room that is a server's, or skip where that is not allowed."""
    assert server.process
    disk = server.process.make_directory("small")
    options = ["-t", "tmpfs", "-o", "size=12m,mode=755", "none", str(disk)]
    if not shutil.which("mount") or subprocess.run(["mount", *options], check=False).returncode:
        disk.rmdir()
        pytest.skip("only root may mount a small disk; test_outcomes.py has the same as an imitation")
    server.process.give(disk)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=False)
        disk.rmdir()
