"""What the SQL of the three engines does not share: each difference is a verb with a name."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

_PLACEHOLDER = re.compile(r"(?<![:\w]):([a-z]\w*)")
_NEW = re.compile(r"\bnew\.(\w+)")
_OLD = re.compile(r"\bold\.(\w+)")


@dataclass(frozen=True)
class Dialect(ABC):
    """The SQL of one engine."""

    name: str
    lock_clause: str
    share_clause: str
    begin: tuple[str, ...]
    """Statements that begin a transaction; in it a statement may take `{limit_ms}`, and silence `{idle_ms}`."""
    placeholder: str
    old_row: str = "{{{table}}}."
    new_value: str = r"excluded.\1"
    longest_text: int | None = None
    """Bytes that a TEXT column holds, where that is bounded."""

    def bind(self, text: str) -> str:
        """Return a text with `:name` written as the driver wants it."""
        if self.placeholder == ":{}":
            return text
        return _PLACEHOLDER.sub(lambda match: self.placeholder.format(match[1]), text.replace("%", "%%"))

    def upsert(
        self, table: str, columns: tuple[str, ...], key: tuple[str, ...], update: tuple[tuple[str, str], ...]
    ) -> str:
        """Insert a row or change the one that has its key; without `update`, leave that one as it is."""
        changes = ", ".join(f"{column} = {self._expression(table, text)}" for column, text in update)
        action = f"DO UPDATE SET {changes}" if changes else "DO NOTHING"
        return f"{_insert(table, columns)} ON CONFLICT ({', '.join(key)}) {action}"

    @abstractmethod
    def bounded_delete(self, table: str, where: str, order_by: str) -> str:
        """Delete at most `:limit` rows in the order of an index."""

    def tie_order(self, _order: str) -> str:
        """Return how SuperTokens sorts the ids of users who joined at one time, by the order of the times."""
        return "DESC"

    def texts_as_json(self, column: str) -> str:
        """Read a list of texts as JSON; the empty text, or NULL, is none (specs/supertokens.md 2.2)."""
        return column

    def json_as_texts(self, value: str) -> str:
        """Write a list of texts that is given as JSON; the empty text is none."""
        return value

    def _expression(self, table: str, text: str) -> str:
        return _OLD.sub(self.old_row.format(table=table) + r"\1", _NEW.sub(self.new_value, text))


@dataclass(frozen=True)
class MySql(Dialect):
    """MySQL 5.7 and later, MariaDB, Vitess and PlanetScale."""

    name: str = "mysql"
    lock_clause: str = "FOR UPDATE"
    share_clause: str = "LOCK IN SHARE MODE"
    begin: tuple[str, ...] = ("START TRANSACTION",)
    placeholder: str = "%({})s"
    old_row: str = ""
    new_value: str = r"VALUES(\1)"
    longest_text: int | None = 65_535

    def upsert(
        self, table: str, columns: tuple[str, ...], key: tuple[str, ...], update: tuple[tuple[str, str], ...]
    ) -> str:
        """`VALUES(column)` is the one spelling that MySQL, MariaDB and Vitess all read (specs/databases.md 1.7).

        Leaving a row as it is sets the key's first column to itself: INSERT IGNORE would hide other errors, and Vitess
        refuses it of a column that rows are sharded by, which the first, the app, never is.
        """
        kept = ((key[0], f"old.{key[0]}"),)
        changes = ", ".join(f"{column} = {self._expression(table, text)}" for column, text in update or kept)
        return f"{_insert(table, columns)} ON DUPLICATE KEY UPDATE {changes}"

    def bounded_delete(self, table: str, where: str, order_by: str) -> str:
        """ORDER BY keeps the plan on the index and the replication deterministic (specs/databases.md 8)."""
        return f"DELETE FROM {{{table}}} WHERE {where} ORDER BY {order_by} LIMIT :limit"

    def tie_order(self, order: str) -> str:
        """MySQL 5.7 has no index whose columns are sorted in two ways (specs/supertokens.md 2.2)."""
        return order


@dataclass(frozen=True)
class PostgreSql(Dialect):
    """PostgreSQL 12 and later, also behind PgBouncer in transaction mode."""

    name: str = "postgresql"
    lock_clause: str = "FOR UPDATE"
    share_clause: str = "FOR SHARE"
    # A server that hears nothing more of us lets go of our locks. For the transaction only: poolers keep no session.
    begin: tuple[str, ...] = (
        "BEGIN",
        "SELECT set_config('statement_timeout', '{limit_ms}', true), "
        "set_config('idle_in_transaction_session_timeout', '{idle_ms}', true)",
    )
    placeholder: str = "%({})s"

    def bounded_delete(self, table: str, where: str, order_by: str) -> str:
        """Pick by ctid and skip rows that another sweep has locked."""
        return (
            f"DELETE FROM {{{table}}} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {{{table}}} WHERE {where} "
            f"ORDER BY {order_by} LIMIT :limit FOR UPDATE SKIP LOCKED))"
        )

    def texts_as_json(self, column: str) -> str:
        """The column is an array."""
        return f"CAST(to_jsonb({column}) AS TEXT)"

    def json_as_texts(self, value: str) -> str:
        """The column is an array."""
        given = f"CAST({value} AS TEXT)"
        return (
            f"CASE WHEN {given} = '' THEN NULL "
            f"ELSE ARRAY(SELECT jsonb_array_elements_text(CAST({given} AS JSONB))) END"
        )


@dataclass(frozen=True)
class Sqlite(Dialect):
    """SQLite 3.35 and later: one writer at a time, so it needs no row locks."""

    name: str = "sqlite"
    lock_clause: str = ""
    share_clause: str = ""
    begin: tuple[str, ...] = ("BEGIN IMMEDIATE",)
    placeholder: str = ":{}"

    def bounded_delete(self, table: str, where: str, order_by: str) -> str:
        """Pick by rowid: not every build knows DELETE … LIMIT."""
        return (
            f"DELETE FROM {{{table}}} WHERE rowid IN "
            f"(SELECT rowid FROM {{{table}}} WHERE {where} ORDER BY {order_by} LIMIT :limit)"
        )


DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (MySql(), PostgreSql(), Sqlite())}


def _insert(table: str, columns: tuple[str, ...]) -> str:
    values = ", ".join(f":{column}" for column in columns)
    return f"INSERT INTO {{{table}}} ({', '.join(columns)}) VALUES ({values})"
