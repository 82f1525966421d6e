"""The gateway: one connection, batches in one round trip, transactions that run again when that is safe."""

import itertools
import random
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar, overload

from gatehouse.errors import CommitUnknown, DatabaseConflict, DatabaseUnavailable, DuplicateRow
from gatehouse.models import TableNames
from gatehouse.store.dialects import Dialect
from gatehouse.store.engines import Bound, Connection, Engine
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
PING_AFTER_IDLE_S = 60
RECYCLE_AFTER_S = 12 * 3600

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
        self._begin = Sql(database.dialect.begin).run()
        self._riders: list[tuple[Query[Any], Callable[[Any], None]]] = []
        self._is_begun = False
        self._is_finished = False

    def take_along(self, query: Query[T], take: Callable[[T], None]) -> None:
        """Send a query with the next batch, at no round trip of its own, and hand its answer to `take`."""
        self._riders.append((query, take))

    def finish(self, *queries: Query[Any]) -> tuple[Any, ...]:
        """Run the last queries and commit in the same round trip; for writes that need no look at their result."""
        try:
            results = self._execute((*queries, _COMMIT))
        except DatabaseUnavailable as error:
            raise CommitUnknown from error
        self._is_finished = True
        return tuple(query.decode(result) for query, result in zip(queries, results[:-1], strict=True))

    def _execute(self, queries: tuple[Query[Any], ...]) -> list[Result]:
        riders, self._riders = self._riders, []
        first = () if self._is_begun else (self._begin,)
        sent = (*first, *(query for query, _ in riders), *queries)
        results = self._database.send(sent, is_continued=self._is_begun)[len(first) :]
        self._is_begun = True
        for (query, take), result in zip(riders, results, strict=False):
            take(query.decode(result))
        return results[len(riders) :]

    def commit(self) -> None:
        """End with success, unless nothing was begun or `finish` did it."""
        if self._is_begun and not self._is_finished:
            self.finish()

    def roll_back(self) -> None:
        """End without effect; a connection that cannot roll back is dropped, which has the same effect."""
        if self._is_finished:
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
        self._texts: dict[Statement, str] = {}
        self.round_trips = 0

    @property
    def dialect(self) -> Dialect:
        """The SQL that the database speaks."""
        return self._engine.dialect

    @property
    def names(self) -> TableNames:
        """The names that the tables have here."""
        return self._names

    def transact(self, work: Callable[[Transaction], T], *, rerun_on_duplicate: bool = False) -> T:
        """Run `work` in a transaction and commit.

        `work` may run several times: after a deadlock or serialization failure, after a connection lost before the
        commit, and, with `rerun_on_duplicate`, after a unique key was taken by somebody faster. So it must do nothing
        but talk to the transaction. Raises CommitUnknown when the connection was lost during the commit.
        """
        for attempt in itertools.count(1):
            try:
                return self._attempt(work)
            except DatabaseUnavailable as error:
                self.disconnect()
                if isinstance(error, CommitUnknown) or attempt > RECONNECTS:
                    raise
            except (DatabaseConflict, DuplicateRow) as error:
                may_rerun = rerun_on_duplicate or isinstance(error, DatabaseConflict)
                if attempt == TRIES or not may_rerun:
                    raise
            time.sleep(random.uniform(*RETRY_PAUSE_S) * min(attempt, 4))  # noqa: S311 (jitter)
        raise AssertionError("unreachable")

    def send(self, queries: tuple[Query[Any], ...], *, is_continued: bool = False) -> list[Result]:
        """Send queries as they are, in one round trip; `is_continued` on the very connection of a begun transaction."""
        connection = self._connection if is_continued else self._usable_connection()
        if connection is None:
            raise DatabaseUnavailable
        self.round_trips += 1
        results = connection.run([self.bind(query) for query in queries])
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
        try:
            return self.send(queries)
        except DatabaseUnavailable:
            self.disconnect()
            return self.send(queries)

    def _attempt(self, work: Callable[[Transaction], T]) -> T:
        tx = Transaction(self)
        try:
            answer = work(tx)
        except BaseException:
            tx.roll_back()
            raise
        tx.commit()
        return answer

    def _usable_connection(self) -> Connection:
        now = time.monotonic()
        if self._connection and now - self._opened_at > RECYCLE_AFTER_S:
            self.disconnect()
        if self._connection and now - self._used_at > PING_AFTER_IDLE_S and not self._connection.ping():
            self.disconnect()
        if not self._connection:
            self._connection = self._engine.connect()
            self._opened_at = now
        return self._connection

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
