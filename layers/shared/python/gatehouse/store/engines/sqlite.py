"""SQLite for a laptop, through the standard library."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gatehouse.errors import (
    DatabaseConflict,
    DatabaseError,
    DatabaseRefused,
    DatabaseUnavailable,
    DuplicateRow,
    ParentMissing,
    PermissionDenied,
    SettingInvalid,
)
from gatehouse.store.dialects import DIALECTS, Dialect
from gatehouse.store.statement import Result

if TYPE_CHECKING:
    from gatehouse.store.engines import Bound

BUSY_TIMEOUT_S = 15
_SETTINGS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON")
_DUPLICATE = {sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE}


class SqliteEngine:
    """A file by its URL: `sqlite:///relative.db`, `sqlite:////absolute.db`."""

    def __init__(self, url: str, statement_timeout_s: float = 6) -> None:
        self.statement_timeout_s = statement_timeout_s
        path = unquote(url.partition(":")[2].removeprefix("///"))
        if not path or ":memory:" in path:
            raise SettingInvalid("DATABASE_URL", "must name a file, as in sqlite:///gatehouse.db")
        self._path = Path(path)

    @property
    def dialect(self) -> Dialect:
        """The SQLite dialect."""
        return DIALECTS["sqlite"]

    def connect(self, *, within_s: float = 6) -> "SqliteConnection":  # noqa: ARG002 (no server)
        """Open the file, made with its folder if it is not there; raises SettingInvalid."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            raw = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            for setting in _SETTINGS:
                raw.execute(setting)
        except (sqlite3.Error, OSError) as error:
            raise SettingInvalid("DATABASE_URL", f"cannot open {self._path}: {error}") from error
        return SqliteConnection(raw)


class SqliteConnection:
    """An open file in autocommit mode."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def run(self, batch: "Sequence[Bound]", *, within_s: float = 6) -> list[Result]:  # noqa: ARG002
        """Run the statements in order; a file makes nobody wait but for other writers."""
        with _errors():
            return [_result(self._raw.execute(text, values)) for text, values in batch]

    def has_ended(self) -> bool:
        """A file ends nothing."""
        return False

    def ping(self, *, within_s: float = 2) -> bool:  # noqa: ARG002
        """A file is always there."""
        return True

    def close(self) -> None:
        """Close the file."""
        self._raw.close()


def _result(cursor: sqlite3.Cursor) -> Result:
    return Result(cursor.fetchall(), cursor.rowcount)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _translate(error) from error


def _translate(error: sqlite3.Error) -> DatabaseError:
    code = getattr(error, "sqlite_errorcode", None)
    if code in _DUPLICATE:
        return DuplicateRow()
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return ParentMissing()
    if code is not None and code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return DatabaseConflict()
    if code is not None and code & 0xFF == sqlite3.SQLITE_READONLY:
        return PermissionDenied("attempt to write a readonly database")
    if code is not None and code & 0xFF == sqlite3.SQLITE_FULL:
        return DatabaseRefused()
    if code is not None and code & 0xFF == sqlite3.SQLITE_IOERR:
        return DatabaseUnavailable()
    return DatabaseError()
