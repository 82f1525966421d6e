"""How each engine takes changes of its schema."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gatehouse.models import TableNames
from gatehouse.store.database import Database, Transaction
from gatehouse.store.engines import Engine
from gatehouse.store.migrations.files import RunRefused
from gatehouse.store.statement import Sql

LOCK_KEY = 7_406_283_155
"""Names the advisory lock that one run at a time holds on PostgreSQL."""

LOCK_PATIENCE_S = 600
PAUSE_S = (0.1, 0.3)

_READ_COMMITTED = Sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")


@dataclass(frozen=True, slots=True)
class Habits:
    """What an engine needs.

    is_transactional: a migration runs in one transaction, else statement by statement.
    beside_writers: the word that lets CREATE INDEX work on a table that others write to, where it takes one.
    prelude: what such a transaction begins with. It does not queue long for a lock: everybody would queue behind it.
    try_lock: asks for the lock of the run, where there is one.
    """

    is_transactional: bool
    beside_writers: str = ""
    prelude: tuple[Sql, ...] = ()
    try_lock: Sql | None = None


HABITS = {
    "mysql": Habits(is_transactional=False),
    "postgresql": Habits(
        is_transactional=True,
        beside_writers="CONCURRENTLY",
        prelude=(Sql("SET LOCAL lock_timeout = '3s'"),),
        try_lock=Sql(f"SELECT pg_try_advisory_xact_lock({LOCK_KEY})"),
    ),
    "sqlite": Habits(is_transactional=True),
}


@contextmanager
def turn(engine: Engine, report: Callable[[str], None]) -> Iterator[None]:
    """Wait until no other run is under way, and hold others up; does nothing where the engine has no lock for that.

    A transaction on a connection of its own holds the lock: so it works through a pooler, and ends with this process.
    It keeps no snapshot, so an index that is built beside writers does not wait for it.
    """
    try_lock = HABITS[engine.dialect.name].try_lock
    if not try_lock:
        yield
        return
    holder = Database(engine, TableNames())
    tx = Transaction(holder)
    try:
        tx.run(_READ_COMMITTED.run())
        _wait_for(lambda: tx.run(try_lock.only(lambda row: bool(row[0]))), report)
        yield
    finally:
        tx.roll_back()
        holder.disconnect()


def pause() -> None:
    """Wait a moment for somebody else to finish."""
    time.sleep(random.uniform(*PAUSE_S))  # noqa: S311 (jitter)


def _wait_for(is_ours: Callable[[], bool], report: Callable[[str], None]) -> None:
    since = time.monotonic()
    is_told = False
    while not is_ours():
        if not is_told:
            report("Another run is under way; waiting for it.")
            is_told = True
        if time.monotonic() - since > LOCK_PATIENCE_S:
            raise RunRefused(
                "Another run has been under way for ten minutes. Run this again when it has ended."
            )
        pause()
