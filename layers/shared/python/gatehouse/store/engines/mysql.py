"""MySQL, MariaDB, Vitess and PlanetScale through PyMySQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pymysql
from pymysql.constants import CLIENT, CR, ER

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
from gatehouse.store.engines.tls import LOOPBACK, verified_context
from gatehouse.store.statement import Result

if TYPE_CHECKING:
    from gatehouse.store.engines import Bound

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 6

_ACCESS = {ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, ER.BAD_DB_ERROR}
_PRIVILEGE = {ER.TABLEACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR, 1227}
_CONFLICT = {ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT, ER.CHECKREAD, 3572}  # CHECKREAD: MariaDB 11.6 and later
_GONE = {
    CR.CR_SERVER_GONE_ERROR,
    CR.CR_SERVER_LOST,
    CR.CR_CONN_HOST_ERROR,
    ER.SERVER_SHUTDOWN,
    ER.CON_COUNT_ERROR,
    ER.TOO_MANY_USER_CONNECTIONS,
    ER.QUERY_INTERRUPTED,
    1290,  # the server has become a read-only one: fail-over
    1792,  # the transaction is read-only, for the same reason
    1836,  # the same (MySQL)
    1927,  # connection was killed (MariaDB)
    3024,  # statement time-out (MySQL)
}
_SAFE_MIGRATIONS = "direct DDL is disabled"  # error 1105 of a PlanetScale branch
_VITESS_RETRY = ("code = Aborted", "code = Unavailable", "code = ResourceExhausted")


class MySqlEngine:
    """A MySQL database by its URL.

    Options: `ssl=off` (never to a server over the network), `ssl_ca=/path`, `unix_socket=/path`, `multi_statements=off`
    for servers that take one statement per packet. TLS is verified unless the server is on this machine.
    """

    def __init__(self, url: str, statement_timeout_s: int = READ_TIMEOUT_S) -> None:
        self._address = parse_address(url)
        self._statement_timeout_s = statement_timeout_s

    @property
    def dialect(self) -> Dialect:
        """The MySQL dialect."""
        return DIALECTS["mysql"]

    def connect(self) -> "MySqlConnection":
        """Open a connection in the server's autocommit mode; raises DatabaseUnavailable or SettingInvalid."""
        address = self._address
        multi = address.options.get("multi_statements") != "off"
        try:
            raw = pymysql.connect(
                host=address.host or "localhost",
                port=address.port or 3306,
                user=address.user or None,
                password=address.password.encode(),
                database=address.database,
                unix_socket=address.options.get("unix_socket"),
                charset="utf8mb4",
                autocommit=None,
                connect_timeout=CONNECT_TIMEOUT_S,
                read_timeout=self._statement_timeout_s,
                write_timeout=self._statement_timeout_s,
                client_flag=CLIENT.FOUND_ROWS | (CLIENT.MULTI_STATEMENTS if multi else 0),
                **self._tls(),
            )
        except pymysql.err.OperationalError as error:
            if error.args[0] in _ACCESS:
                raise SettingInvalid("DATABASE_URL", f"the database refused us: {error.args[1]}") from error
            raise DatabaseUnavailable from error
        return MySqlConnection(raw, multi=multi)

    def _tls(self) -> dict[str, Any]:
        address = self._address
        is_local = address.host in LOOPBACK and "ssl_ca" not in address.options
        if address.options.get("ssl") == "off" or is_local or "unix_socket" in address.options:
            return {"ssl_disabled": True}
        return {"ssl": verified_context(address.options.get("ssl_ca"))}


class MySqlConnection:
    """An open connection that sends a batch as one packet of several statements."""

    def __init__(self, raw: "pymysql.connections.Connection[Any]", *, multi: bool) -> None:
        self._raw = raw
        self._multi = multi

    def run(self, batch: "Sequence[Bound]") -> list[Result]:
        """Run the statements in order, in one round trip."""
        with _errors(), self._raw.cursor() as cursor:
            texts = [cursor.mogrify(text, values) for text, values in batch]
            results: list[Result] = []
            for packet in ["; ".join(texts)] if self._multi else texts:
                cursor.execute(packet)
                results.append(_result(cursor))
                while cursor.nextset():
                    results.append(_result(cursor))
            return results

    def ping(self) -> bool:
        """Ask the server whether it is there, without reconnecting."""
        try:
            self._raw.ping(reconnect=False)
        except (pymysql.err.Error, OSError):
            return False
        return True

    def close(self) -> None:
        """Close the connection."""
        with suppress(pymysql.err.Error, OSError):
            self._raw.close()


def _result(cursor: Any) -> Result:
    return Result(list(cursor.fetchall()), cursor.rowcount)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except pymysql.err.Error as error:
        raise _translate(error) from error
    except OSError as error:
        raise DatabaseUnavailable from error


def _translate(error: pymysql.err.Error) -> DatabaseError:
    """Map an error number of the server or the client to what it means for us (specs/databases.md 5)."""
    code, text = (*error.args, "", "")[:2]
    if code == ER.DUP_ENTRY:
        return DuplicateRow()
    if code in {ER.NO_REFERENCED_ROW, ER.NO_REFERENCED_ROW_2}:
        return ParentMissing()
    if code in _CONFLICT or (code in {1105, 1317} and any(mark in str(text) for mark in _VITESS_RETRY)):
        return DatabaseConflict()
    if code in _PRIVILEGE or _SAFE_MIGRATIONS in str(text):
        return PermissionDenied(str(text))
    if code in _GONE or isinstance(error, pymysql.err.InterfaceError):
        return DatabaseUnavailable()
    return DatabaseError()
