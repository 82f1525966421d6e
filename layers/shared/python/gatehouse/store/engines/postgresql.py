"""PostgreSQL through psycopg 3."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors as pg
from psycopg.types.string import TextLoader

from gatehouse.errors import (
    DatabaseConflict,
    DatabaseError,
    DatabaseUnavailable,
    DuplicateRow,
    ParentMissing,
    PermissionDenied,
    SettingInvalid,
)
from gatehouse.store.dialects import DIALECTS, Dialect
from gatehouse.store.engines.address import parse_address
from gatehouse.store.engines.tls import LOOPBACK, ca_bundle
from gatehouse.store.statement import Result

if TYPE_CHECKING:
    from gatehouse.store.engines import Bound

# Its warning about a batch that failed repeats the server's text, in which values stand; the error is told anyway.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)

CONNECT_TIMEOUT_S = 5
UNACKNOWLEDGED_MS = 6_000

_CONFLICT = (pg.SerializationFailure, pg.DeadlockDetected, pg.LockNotAvailable)
_REFUSED = (pg.InvalidPassword, pg.InvalidAuthorizationSpecification, pg.InvalidCatalogName)
_GONE = (psycopg.InterfaceError, psycopg.OperationalError, pg.QueryCanceled, pg.ReadOnlySqlTransaction)
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

    def __init__(self, url: str) -> None:
        self._address = parse_address(url)

    @property
    def dialect(self) -> Dialect:
        """The PostgreSQL dialect."""
        return DIALECTS["postgresql"]

    def connect(self) -> "PostgreSqlConnection":
        """Open a connection in autocommit mode; raises DatabaseUnavailable or SettingInvalid."""
        address = self._address
        try:
            raw = psycopg.connect(
                host=address.host or None,
                port=address.port,
                user=address.user or None,
                password=address.password or None,
                dbname=address.database,
                autocommit=True,
                prepare_threshold=None,  # PgBouncer in transaction mode keeps no session
                **{
                    "connect_timeout": CONNECT_TIMEOUT_S,
                    "tcp_user_timeout": UNACKNOWLEDGED_MS,
                    **self._options(),
                },
            )
        except _REFUSED as error:
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
            raise DatabaseUnavailable from error
        raw.adapters.register_loader("bpchar", _BlankPadded)
        return PostgreSqlConnection(raw)

    def _options(self) -> dict[str, Any]:
        given = {name: value for name, value in self._address.options.items() if name in _LIBPQ}
        is_local = self._address.host in LOOPBACK or given.get("host", "").startswith("/")
        if is_local or "sslmode" in given:
            return given
        bundle = ca_bundle()
        return {"sslmode": "verify-full", **({"sslrootcert": bundle} if bundle else {}), **given}


class PostgreSqlConnection:
    """An open connection that sends a batch through libpq's pipeline mode."""

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self._raw = raw

    def run(self, batch: "Sequence[Bound]") -> list[Result]:
        """Run the statements in order, in one round trip."""
        with _errors():
            if len(batch) == 1:
                return [_result(self._raw.execute(*batch[0]))]
            with self._raw.pipeline():
                cursors = [self._raw.execute(text, values) for text, values in batch]
            return [_result(cursor) for cursor in cursors]

    def ping(self) -> bool:
        """Ask the server whether it is there."""
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
def _errors() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
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
    if isinstance(error, _GONE):
        return DatabaseUnavailable()
    return DatabaseError()
