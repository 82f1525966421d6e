"""The gateway: one connection, batches in one round trip, transactions that run again when that is safe."""

import itertools
import random
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar, overload

from gatehouse.errors import (
    CommitUnknown,
    DatabaseConflict,
    DatabaseRefused,
    DatabaseUnavailable,
    DuplicateRow,
)
from gatehouse.models import TableNames
from gatehouse.store.dialects import Dialect
from gatehouse.store.engines import Bound, Connection, Engine
from gatehouse.store.patience import pause, time_for
from gatehouse.store.statement import Parameters, Query, Result, Sql, Statement

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")

TRIES = 10
RECONNECTS = 1
RETRY_PAUSE_S = (0.01, 0.1)
CONNECT_TRIES = 3
CONNECT_PAUSE_S = 0.15
CONNECT_TIMEOUT_S = 3.0
"""Longer than a lost packet takes to be sent again."""
DOWN_FOR_S = 2.0
"""After a connection could not be opened, nobody tries for so long: requests are answered at once instead."""
PING_TIMEOUT_S = 2.0
PING_AFTER_IDLE_S = 60
RECYCLE_AFTER_S = 12 * 3600
IDLE_FACTOR = 5
"""How many times longer than a statement may take our silence in a transaction may last."""

_COMMIT = Sql("COMMIT").run()
_ROLLBACK = Sql("ROLLBACK").run()


class Batches(ABC):
    """What can run queries: each call is one round trip on MySQL and PostgreSQL."""

    @abstractmethod
    def _execute(self, queries: tuple[Query[Any], ...]) -> list[Result]:
        """Send queries in one round trip."""

    def run(self, query: Query[T]) -> T:
        """Run one query and return what it answers."""
        return query.decode(self._execute((query,))[0])

    @overload
    def batch(self, a: Query[A], b: Query[B], /) -> tuple[A, B]: ...
    @overload
    def batch(self, a: Query[A], b: Query[B], c: Query[C], /) -> tuple[A, B, C]: ...
    @overload
    def batch(self, a: Query[A], b: Query[B], c: Query[C], d: Query[D], /) -> tuple[A, B, C, D]: ...
    @overload
    def batch(
        self, a: Query[A], b: Query[B], c: Query[C], d: Query[D], e: Query[E], /
    ) -> tuple[A, B, C, D, E]: ...
    @overload
    def batch(self, *queries: Query[Any]) -> tuple[Any, ...]: ...
    def batch(self, *queries: Query[Any]) -> tuple[Any, ...]:
        """Run queries that do not need each other's results, in order, and return their answers in order."""
        results = self._execute(queries)
        return tuple(query.decode(result) for query, result in zip(queries, results, strict=True))


class Transaction(Batches):
    """A transaction; it begins with its first batch and ends with `Database.transact`'s work."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._riders: list[tuple[Query[Any], Callable[[Any], None]]] = []
        self._proof: Query[bool] | None = None
        self._is_begun = False
        self._is_finished = False

    def take_along(self, query: Query[T], take: Callable[[T], None]) -> None:
        """Send a query with the next batch, at no round trip of its own, and hand its answer to `take`."""
        self._riders.append((query, take))

    def prove_by(self, query: Query[bool]) -> None:
        """Name a read that finds what only this transaction wrote; it decides if the answer to COMMIT is lost."""
        self._proof = query

    def finish(self, *queries: Query[Any]) -> tuple[Any, ...]:
        """Run the last queries and commit in the same round trip; for writes that need no look at their result."""
        try:
            results = self._execute((*queries, _COMMIT))
        except DatabaseRefused:
            raise
        except DatabaseUnavailable as error:
            raise CommitUnknown from error
        self._is_finished = True
        return tuple(query.decode(result) for query, result in zip(queries, results[:-1], strict=True))

    def _execute(self, queries: tuple[Query[Any], ...]) -> list[Result]:
        riders, self._riders = self._riders, []
        first = () if self._is_begun else self._database.begin
        sent = (*first, *(query for query, _ in riders), *queries)
        results = self._database.send(sent, is_continued=self._is_begun)[len(first) :]
        self._is_begun = True
        for (query, take), result in zip(riders, results, strict=False):
            take(query.decode(result))
        return results[len(riders) :]

    def commit(self) -> None:
        """End with success, unless nothing was begun or `finish` did it."""
        if not self._is_begun or self._is_finished:
            return
        try:
            self.finish()
        except CommitUnknown:
            if not self._is_proven():
                raise

    def _is_proven(self) -> bool:
        """Look for what was written; an answer that does not come proves nothing."""
        try:
            return self._proof is not None and self._database.run(self._proof)
        except DatabaseUnavailable:
            return False

    def roll_back(self) -> None:
        """End without effect; a connection that cannot roll back is dropped, which has the same effect."""
        if self._is_finished or not self._database.is_connected:
            return
        try:
            self._database.send((_ROLLBACK,), is_continued=True)
        except Exception:
            self._database.disconnect()


class Database(Batches):
    """One database, one connection that is opened when it is first needed."""

    def __init__(self, engine: Engine, names: TableNames) -> None:
        self._engine = engine
        self._names = names
        self._connection: Connection | None = None
        self._opened_at = self._used_at = 0.0
        self._down_until = 0.0
        self._texts: dict[Statement, str] = {}
        limit_ms = round(engine.statement_timeout_s * 1_000)
        begin = (
            text.format(limit_ms=limit_ms, idle_ms=IDLE_FACTOR * limit_ms) for text in engine.dialect.begin
        )
        self.begin = tuple(Sql(text).run() for text in begin)
        self.round_trips = 0

    @property
    def dialect(self) -> Dialect:
        """The SQL that the database speaks."""
        return self._engine.dialect

    @property
    def names(self) -> TableNames:
        """The names that the tables have here."""
        return self._names

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection, as far as we know."""
        return self._connection is not None

    def transact(self, work: Callable[[Transaction], T], *, rerun_on_duplicate: bool = False) -> T:
        """Run `work` in a transaction and commit.

        `work` may run several times: after a deadlock or serialization failure, after a connection lost before the
        commit, and, with `rerun_on_duplicate`, after a unique key was taken by somebody faster. So it must do nothing
        but talk to the transaction. Raises CommitUnknown when the connection was lost during the commit.
        """
        return self._insist(lambda: self._attempt(work), rerun_on_duplicate=rerun_on_duplicate)

    def send(self, queries: tuple[Query[Any], ...], *, is_continued: bool = False) -> list[Result]:
        """Send queries as they are, in one round trip; `is_continued` on the very connection of a begun transaction.

        What is unavailable afterwards has no connection any more, so that nothing of it goes on.
        """
        connection = self._connection if is_continued else self._usable_connection()
        if connection is None:
            raise DatabaseRefused
        self.round_trips += 1
        bound = [self.bind(query) for query in queries]
        try:
            results = connection.run(bound, within_s=time_for(self._engine.statement_timeout_s))
        except DatabaseUnavailable:
            self.disconnect()
            raise
        self._used_at = time.monotonic()
        return results

    def bind(self, query: Query[Any]) -> Bound:
        """Return a query's text and values as the driver takes them."""
        text = self._texts.get(query.statement)
        if text is None:
            text = self._names.fill(self.dialect.bind(query.statement.text(self.dialect)))
            self._texts[query.statement] = text
        return self._spread(text, query.values)

    def disconnect(self) -> None:
        """Drop the connection; the next query opens another."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _execute(self, queries: tuple[Query[Any], ...]) -> list[Result]:
        """Run reads, or one write that may safely run twice, outside a transaction."""
        return self._insist(lambda: self.send(queries))

    def _insist(self, act: Callable[[], T], *, rerun_on_duplicate: bool = False) -> T:
        """Do something again while that is safe and may help, with a pause before."""
        losses = 0
        for attempt in itertools.count(1):
            try:
                return act()
            except DatabaseUnavailable as error:
                losses += 1
                if not error.may_rerun or losses > RECONNECTS:
                    raise
            except (DatabaseConflict, DuplicateRow) as error:
                may_rerun = rerun_on_duplicate or isinstance(error, DatabaseConflict)
                if attempt >= TRIES or not may_rerun:
                    raise
            pause(random.uniform(*RETRY_PAUSE_S) * min(attempt, 4))  # noqa: S311 (jitter)
        raise AssertionError("unreachable")

    def _attempt(self, work: Callable[[Transaction], T]) -> T:
        tx = Transaction(self)
        try:
            answer = work(tx)
            tx.commit()
        except BaseException:
            tx.roll_back()
            raise
        return answer

    def _usable_connection(self) -> Connection:
        now = time.monotonic()
        is_old = now - self._opened_at > RECYCLE_AFTER_S
        if self._connection and (is_old or self._connection.has_ended()):
            self.disconnect()
        is_idle = now - self._used_at > PING_AFTER_IDLE_S
        if self._connection and is_idle and not self._connection.ping(within_s=time_for(PING_TIMEOUT_S)):
            self.disconnect()
        if not self._connection:
            self._connection = self._connect()
            self._opened_at = now
        return self._connection

    def _connect(self) -> Connection:
        """Open a connection; raises DatabaseRefused, and does so at once if nobody was there a moment ago."""
        if time.monotonic() < self._down_until:
            raise DatabaseRefused
        for attempt in itertools.count(1):
            since, within_s = time.monotonic(), time_for(CONNECT_TIMEOUT_S)
            try:
                return self._engine.connect(within_s=within_s)
            except DatabaseRefused:
                now = time.monotonic()
                is_silent = now - since >= within_s
                if attempt == CONNECT_TRIES or (is_silent and within_s == CONNECT_TIMEOUT_S):
                    self._down_until = now + DOWN_FOR_S
                if attempt == CONNECT_TRIES or is_silent:
                    raise
            pause(CONNECT_PAUSE_S * attempt)
        raise AssertionError("unreachable")

    def _spread(self, text: str, values: Parameters) -> Bound:
        """Write out lists: `IN (:ids)` becomes `IN (:ids_0, :ids_1)`; an empty list matches nothing."""
        bound: dict[str, Any] = {}
        for name, value in values.items():
            if not isinstance(value, list | tuple):
                bound[name] = value
                continue
            parts = {f"{name}_{index}": item for index, item in enumerate(value)}
            style = self.dialect.placeholder
            written_out = ", ".join(style.format(part) for part in parts) or "NULL"
            text = re.sub(re.escape(style.format(name)) + r"(?!\w)", written_out, text)
            bound.update(parts)
        return text, bound
