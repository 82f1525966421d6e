"""Which shards the transactions of a flow write to, from the statements and values that the services really send."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import sqlglot
from sqlglot import exp

from gatehouse.errors import DatabaseUnavailable
from gatehouse.models import TableNames
from gatehouse.store.database import Database
from gatehouse.store.dialects import MySql
from gatehouse.store.engines import Engine
from gatehouse.store.statement import Query, Result, Sql, Statement
from tests.store.vschema import VSchema, read_vschema
from tests.store.vschema_lint import WRITES

UNSHARDED = ("unsharded", "unsharded")
EVERY = ("every shard", "every shard")
ENDS = ("BEGIN IMMEDIATE", "ROLLBACK", "COMMIT")

Shard = tuple[str, str]
"""The column that a shard is found by, and the value in it: equal values are on the same shard, whatever the column."""


@dataclass(frozen=True)
class Half:
    """What is to be committed of a transaction: so many of its shards, after so many others of several shards."""

    shards: int
    after: int = 0


class Recording(Database):
    """A gateway that remembers the transactions it sends, and can commit one as Vitess does at its worst."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, TableNames())
        self.committed: list[list[Query[Any]]] = []
        self.half: Half | None = None
        self.torn = 0
        self._current: list[Query[Any]] = []

    def send(self, queries: tuple[Query[Any], ...], *, is_continued: bool = False) -> list[Result]:
        """Send queries and remember them; a transaction that is to be torn is not committed as a whole."""
        texts = [query.statement.text(self.dialect) for query in queries]
        if texts[0] == self.dialect.begin[0]:
            self._current = []
        self._current += queries
        if "COMMIT" not in texts:
            return super().send(queries, is_continued=is_continued)
        transaction = [query for query in self._current if query.statement.text(self.dialect) not in ENDS]
        if self.half and len(written_by(transaction).values) > 1:
            if not self.half.after:
                super().send(queries[:-1], is_continued=is_continued)
                self._tear(transaction, self.half.shards)
            self.half = replace(self.half, after=self.half.after - 1)
        self.committed.append(transaction)
        return super().send(queries, is_continued=is_continued)

    def _tear(self, transaction: list[Query[Any]], count: int) -> None:
        """Commit what a transaction writes to its first shards, and lose the connection."""
        shards = written_by(transaction)
        first = set(shards.values[:count])
        self.half = None
        self.torn += 1
        kept = [
            query
            for query in transaction
            if is_write(query.statement) and shards.by_query[id(query)] <= first
        ]
        begin, rollback, commit = (Sql(text).run() for text in ENDS)
        super().send((rollback,), is_continued=True)
        super().send((begin, *kept, commit))
        raise DatabaseUnavailable


@dataclass
class Shards:
    """The shards of one transaction, in the order in which Vitess meets them, which is that of its commits.

    What is written to lookup tables is committed before all of them.
    """

    met: dict[str, str] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    lookups: dict[str, str] = field(default_factory=dict)
    by_query: dict[int, set[str]] = field(default_factory=dict)

    @property
    def values(self) -> list[str]:
        """What those that are written to are known by."""
        return [value for value in self.met if value in self.written]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that those that are written to are found by, with the lookup tables on shards of their own."""
        apart = [f"lookup of {name}" for value, name in self.lookups.items() if value not in self.written]
        return (*apart, *(self.met[value] for value in self.values))


def written_by(transaction: list[Query[Any]]) -> Shards:
    """Find out where a transaction writes."""
    vschema, shards = read_once(), Shards()
    for query in transaction:
        for name, value in found(query, vschema):
            shards.met.setdefault(value, name)
            shards.by_query.setdefault(id(query), set()).add(value)
            if is_write(query.statement):
                shards.written.add(value)
        shards.lookups |= {value: name for name, value in looked_up(query, vschema)}
    return shards


read_once = cache(read_vschema)


@cache
def parsed(statement: Statement) -> exp.Expr:
    """Parse a statement as MySQL gets it."""
    return sqlglot.parse_one(statement.text(MySql()).replace("{", "`").replace("}", "`"), read="mysql")


def is_write(statement: Statement) -> bool:
    """Tell writes from reads."""
    return isinstance(parsed(statement), WRITES)


def found(query: Query[Any], vschema: VSchema) -> Iterator[Shard]:
    """Yield the shards of a query; reads that go by a lookup table or to all shards are left out."""
    statement = parsed(query.statement)
    for table in statement.find_all(exp.Table):
        column = vschema.sharding.get(table.name)
        if column is None:
            yield UNSHARDED
        elif isinstance(statement, exp.Insert) and table is statement.this.find(exp.Table):
            yield from given(column, columns_of(statement)[column], query)
        else:
            values = [(column, str(value)) for value in asked(statement, table, column, query)]
            yield from values or ([EVERY] if isinstance(statement, WRITES) else [])


def looked_up(query: Query[Any], vschema: VSchema) -> Iterator[Shard]:
    """Yield the shards of what a query adds to lookup tables."""
    statement = parsed(query.statement)
    if isinstance(statement, exp.Insert):
        changes = columns_of(statement)
    elif isinstance(statement, exp.Update):
        changes = {change.this.name: change.expression for change in statement.expressions}
    else:
        return
    table = statement.this.find(exp.Table)
    for column in vschema.lookups.get(table.name if table else "", {}):
        if column in changes:
            yield from given(column, changes[column], query)


def columns_of(statement: exp.Insert) -> dict[str, exp.Expr]:
    """Return the values of a new row by column."""
    row = statement.expression
    values = row.expressions[0].expressions if isinstance(row, exp.Values) else row.selects
    return dict(zip((column.name for column in statement.this.expressions), values, strict=True))


def given(column: str, value: exp.Expr, query: Query[Any]) -> Iterator[Shard]:
    """Yield the shard of a value, unless it is NULL, which no lookup table has."""
    bound = query.values.get(value.name)
    if bound is not None:
        yield column, str(bound)


def asked(statement: exp.Expr, table: exp.Table, column: str, query: Query[Any]) -> Iterator[Any]:
    """Yield the values of a table's sharding column that a statement asks for."""
    for condition in statement.find_all(exp.EQ, exp.In):
        one = condition.this
        if isinstance(one, exp.Column) and one.name == column and one.table in {"", table.alias_or_name}:
            for value in condition.expressions or [condition.expression]:
                if isinstance(value, exp.Placeholder):
                    bound = query.values[value.name]
                    yield from bound if isinstance(bound, list | tuple) else (bound,)
