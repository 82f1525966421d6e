"""SQL written once: statements, and the queries bound from them."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from gatehouse.store.dialects import Dialect

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Row = tuple[Any, ...]
Parameters = Mapping[str, Any]

_TEXTS_AS_JSON = re.compile(r"\{texts_as_json\(([\w.]+)\)\}")
_JSON_AS_TEXTS = re.compile(r"\{json_as_texts\((:\w+)\)\}")


@dataclass(frozen=True, slots=True)
class Result:
    """What one statement gave: its rows, and how many rows it matched or wrote."""

    rows: list[Row]
    count: int


class Statement(ABC):
    """A statement of the shared subset: `{table}` for tables, `:name` for values.

    A list as value is written out: `IN (:handles)`.
    """

    @abstractmethod
    def text(self, dialect: "Dialect") -> str:
        """Return the statement for one dialect, tables still as `{table}`."""

    def one(self, decode: Callable[[Row], T], /, **values: Any) -> "Query[T | None]":
        """Bind a read that finds one row or none."""
        return Query(self, values, lambda result: decode(result.rows[0]) if result.rows else None)

    def only(self, decode: Callable[[Row], T], /, **values: Any) -> "Query[T]":
        """Bind a read that always finds exactly one row."""
        return Query(self, values, lambda result: decode(result.rows[0]))

    def all(self, decode: Callable[[Row], T], /, **values: Any) -> "Query[list[T]]":
        """Bind a read of any number of rows."""
        return Query(self, values, lambda result: [decode(row) for row in result.rows])

    def finds(self, /, **values: Any) -> "Query[bool]":
        """Bind a read that answers whether there is a row."""
        return Query(self, values, lambda result: bool(result.rows))

    def run(self, /, **values: Any) -> "Query[int]":
        """Bind a write; it answers how many rows it matched."""
        return Query(self, values, lambda result: result.count)

    def happens(self, /, **values: Any) -> "Query[bool]":
        """Bind a write that decides: it answers whether it matched a row."""
        return Query(self, values, lambda result: result.count > 0)


@dataclass(frozen=True)
class Sql(Statement):
    """One text for the three engines.

    `{for_update}` locks the rows that a SELECT reads; `{for_share}` lets others lock them in the same way, and no more.
    `{texts_as_json(column)}` and `{json_as_texts(:name)}` read and write a list of texts, as JSON.
    """

    sql: str

    def text(self, dialect: "Dialect") -> str:
        """Return the text with the dialect's lock clause and its lists of texts."""
        text = self.sql.replace("{for_update}", dialect.lock_clause)
        text = text.replace("{for_share}", dialect.share_clause)
        text = _TEXTS_AS_JSON.sub(lambda match: dialect.texts_as_json(match[1]), text)
        return _JSON_AS_TEXTS.sub(lambda match: dialect.json_as_texts(match[1]), text)


@dataclass(frozen=True)
class Upsert(Statement):
    """Insert a row, or change the row that has its key.

    `update` maps a column to the expression it gets; `new.column` in it is the value that was to be inserted and
    `old.column` the one that is there. Without `update` the row is left as it is (insert if absent).
    """

    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    update: tuple[tuple[str, str], ...] = ()

    def text(self, dialect: "Dialect") -> str:
        """Return the dialect's form of INSERT … ON CONFLICT."""
        return dialect.upsert(self.table, self.columns, self.key, self.update)


@dataclass(frozen=True)
class BoundedDelete(Statement):
    """Delete at most `:limit` rows, oldest first by an indexed column."""

    table: str
    where: str
    order_by: str

    def text(self, dialect: "Dialect") -> str:
        """Return the dialect's form of DELETE … LIMIT."""
        return dialect.bounded_delete(self.table, self.where, self.order_by)


@dataclass(frozen=True, slots=True)
class Query(Generic[T_co]):
    """A statement with its values and the function that turns its result into what the caller wants."""

    statement: Statement
    values: Parameters
    decode: Callable[[Result], T_co]
