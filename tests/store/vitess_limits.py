"""An engine that puts the limits of PlanetScale before a real one: what would be refused there fails here."""

import re
from collections.abc import Callable, Sequence
from functools import cache

from gatehouse.errors import DatabaseConflict
from gatehouse.store.dialects import Dialect
from gatehouse.store.engines import Bound, Connection, Engine
from gatehouse.store.statement import Result
from tests.store.vschema import read_vschema
from tests.store.vschema_lint import REFUSED_FUNCTIONS, findings

ROWS = 100_000
TRANSACTION_S = 20
BEGIN, ENDS = "START TRANSACTION", {"COMMIT", "ROLLBACK"}
REFUSED = REFUSED_FUNCTIONS | {
    *("DDL", "SET", "session variable", "LOCK", "CALL", "REPLACE", "USING", "recursive CTE", "INSERT AS"),
    *("several statements", "sharding column changed", "upsert of a vindex column", "no sharding column"),
}
"""What Vitess refuses of all that the lint finds, wherever the rows are; the rest only costs."""


class LimitBroken(AssertionError):
    """A statement that PlanetScale would refuse."""


class LimitedEngine:
    """An engine whose connections keep the limits; `clock` gives seconds."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    @property
    def dialect(self) -> Dialect:
        return self._engine.dialect

    @property
    def statement_timeout_s(self) -> float:
        return self._engine.statement_timeout_s

    def connect(self, *, within_s: float = 6) -> "LimitedConnection":
        """Open a connection that keeps the limits."""
        return LimitedConnection(self._engine.connect(within_s=within_s), self._clock)


class LimitedConnection:
    """A connection that fails where PlanetScale would."""

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._clock = clock
        self._begun_at: float | None = None
        self.ping = connection.ping
        self.close = connection.close
        self.has_ended = connection.has_ended

    def run(self, batch: Sequence[Bound], *, within_s: float = 6) -> list[Result]:
        """Run statements, unless one of them is refused or their transaction is too old."""
        texts = [text for text, _ in batch]
        for text in texts:
            if refused := refusals(text):
                raise LimitBroken(f"{', '.join(sorted(refused))}: {text}")
        self._keep_time(texts)
        results = self._connection.run(batch, within_s=within_s)
        for text, result in zip(texts, results, strict=True):
            if max(len(result.rows), result.count) > ROWS:
                raise LimitBroken(f"more than {ROWS} rows: {text}")
        return results

    def _keep_time(self, texts: Sequence[str]) -> None:
        """Treat a transaction that is too old as Vitess does: it is gone, and the next statement is told."""
        if texts[0] == BEGIN:
            self._begun_at = self._clock()
        began = self._begun_at
        if began is not None and self._clock() - began > TRANSACTION_S:
            self._begun_at = None
            self._connection.run([("ROLLBACK", {})])
            raise DatabaseConflict
        if texts[-1] in ENDS:
            self._begun_at = None


@cache
def refusals(text: str) -> set[str]:
    """Return what Vitess refuses in a statement as the driver gets it."""
    if text == BEGIN or text in ENDS:
        return set()
    return findings(re.sub(r"%\((\w+)\)s", r":\1", text), read_vschema()) & REFUSED
