"""PostgreSQL through psycopg 3."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors as pg
from psycopg.types.string import TextLoader

from gatehouse.errors import (
    DatabaseConflict,
    DatabaseError,
    DatabaseRefused,
    DatabaseSlow,
    DatabaseUnavailable,
    DuplicateRow,
    ParentMissing,
    PermissionDenied,
    SettingInvalid,
)
from gatehouse.store.dialects import DIALECTS, Dialect
from gatehouse.store.engines.address import parse_address
from gatehouse.store.engines.sockets import has_news
from gatehouse.store.engines.tls import LOOPBACK, ca_bundle
from gatehouse.store.statement import Result

if TYPE_CHECKING:
    from gatehouse.store.engines import Bound

# Its warning about a batch that failed repeats the server's text, in which values stand; the error is told anyway.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)

LEAST_CONNECT_TIMEOUT_S = 2
"""The driver waits for no shorter time."""
UNACKNOWLEDGED_MS = 6_000

_CONFLICT = (pg.SerializationFailure, pg.DeadlockDetected, pg.LockNotAvailable)
_ACCESS = (pg.InvalidPassword, pg.InvalidAuthorizationSpecification, pg.InvalidCatalogName)
_REFUSED = (
    pg.ReadOnlySqlTransaction,  # fail-over: the server has become a standby
    pg.InsufficientResources,
    pg.DiskFull,
    pg.OutOfMemory,
    pg.TooManyConnections,
    pg.CannotConnectNow,
)
_GONE = (
    psycopg.InterfaceError,
    psycopg.OperationalError,
    pg.IdleInTransactionSessionTimeout,
    pg.TransactionTimeout,
)
_LIBPQ = {
    "application_name", "channel_binding", "connect_timeout", "gssencmode", "host", "sslcert", "sslcrl", "sslkey",
    "sslmode", "sslnegotiation", "sslpassword", "sslrootcert", "target_session_attrs", "tcp_user_timeout",
}  # fmt: skip


class _BlankPadded(TextLoader):
    """Reads CHAR(n) without the blanks that PostgreSQL pads it with."""

    def load(self, data: Any) -> Any:
        text: Any = super().load(data)
        return text.rstrip(" ")


class PostgreSqlEngine:
    """A PostgreSQL database by its URL; options are libpq's. TLS is verified unless the server is on this machine."""

    def __init__(self, url: str, statement_timeout_s: float = 6) -> None:
        self._address = parse_address(url)
        self.statement_timeout_s = statement_timeout_s

    @property
    def dialect(self) -> Dialect:
        """The PostgreSQL dialect."""
        return DIALECTS["postgresql"]

    def connect(self, *, within_s: float = 6) -> "PostgreSqlConnection":
        """Open a connection in autocommit mode; raises DatabaseRefused or SettingInvalid."""
        if within_s < LEAST_CONNECT_TIMEOUT_S:
            raise DatabaseRefused
        address = self._address
        try:
            raw = _Bounded.connect(
                host=address.host or None,
                port=address.port,
                user=address.user or None,
                password=address.password or None,
                dbname=address.database,
                autocommit=True,
                prepare_threshold=None,  # PgBouncer in transaction mode keeps no session
                **{
                    "connect_timeout": int(within_s),
                    "tcp_user_timeout": UNACKNOWLEDGED_MS,
                    **self._options(),
                },
            )
        except _ACCESS as error:
            raise SettingInvalid(
                "DATABASE_URL", "the database refused the user name, password or name"
            ) from error
        except psycopg.OperationalError as error:
            if any(
                mark in str(error)
                for mark in ("authentication failed", "does not exist", "no password supplied")
            ):
                raise SettingInvalid(
                    "DATABASE_URL", f"the database refused us: {_first_line(error)}"
                ) from error
            raise DatabaseRefused from error
        raw.adapters.register_loader("bpchar", _BlankPadded)
        return PostgreSqlConnection(raw)

    def _options(self) -> dict[str, Any]:
        given = {name: value for name, value in self._address.options.items() if name in _LIBPQ}
        is_local = self._address.host in LOOPBACK or given.get("host", "").startswith("/")
        if is_local or "sslmode" in given:
            return given
        bundle = ca_bundle()
        return {"sslmode": "verify-full", **({"sslrootcert": bundle} if bundle else {}), **given}


class _Bounded(psycopg.Connection[Any]):
    """A connection whose answers have to be there by a time."""

    _ends_at = 0.0

    def end_in(self, seconds: float) -> None:
        """Say how long what is sent next may take."""
        self._ends_at = time.monotonic() + seconds

    @property
    def is_late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._ends_at

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server as long as there is time; a connection that was too late is closed."""
        left_s = max(0.001, self._ends_at - time.monotonic())
        try:
            return super().wait(gen, interval, left_s if timeout is None else min(timeout, left_s))
        except psycopg.OperationalError:
            if self.is_late:
                self.pgconn.finish()
            raise


class PostgreSqlConnection:
    """An open connection that sends a batch through libpq's pipeline mode."""

    def __init__(self, raw: _Bounded) -> None:
        self._raw = raw

    def run(self, batch: "Sequence[Bound]", *, within_s: float = 6) -> list[Result]:
        """Run the statements in order, in one round trip."""
        self._raw.end_in(within_s)
        with _errors(self._raw):
            if len(batch) == 1:
                return [_result(self._raw.execute(*batch[0]))]
            with self._raw.pipeline():
                cursors = [self._raw.execute(text, values) for text, values in batch]
            return [_result(cursor) for cursor in cursors]

    def has_ended(self) -> bool:
        """Say whether the server has closed the connection."""
        return self._raw.closed or has_news(self._raw.fileno())

    def ping(self, *, within_s: float = 2) -> bool:
        """Ask the server whether it is there."""
        self._raw.end_in(within_s)
        try:
            self._raw.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def close(self) -> None:
        """Close the connection."""
        with suppress(psycopg.Error):
            self._raw.close()


def _result(cursor: "psycopg.Cursor[Any]") -> Result:
    return Result(cursor.fetchall() if cursor.description else [], cursor.rowcount)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1]


@contextmanager
def _errors(raw: _Bounded) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        if raw.is_late:
            raise DatabaseSlow from error
        raise _translate(error) from error


def _translate(error: psycopg.Error) -> DatabaseError:
    """Map a SQLSTATE to what it means for us (specs/databases.md 5)."""
    if isinstance(error, pg.UniqueViolation):
        return DuplicateRow()
    if isinstance(error, pg.ForeignKeyViolation):
        return ParentMissing()
    if isinstance(error, _CONFLICT):
        return DatabaseConflict()
    if isinstance(error, pg.InsufficientPrivilege):
        return PermissionDenied(error.diag.message_primary)
    if isinstance(error, _REFUSED):
        return DatabaseRefused()
    if isinstance(error, pg.QueryCanceled):
        return DatabaseSlow()
    if isinstance(error, _GONE):
        return DatabaseUnavailable()
    return DatabaseError()
