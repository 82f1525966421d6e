"""MySQL, MariaDB, Vitess and PlanetScale through PyMySQL."""

import math
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pymysql
from pymysql.constants import CLIENT, CR, ER
from pymysql.protocol import MysqlPacket

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
from gatehouse.store.engines.tls import LOOPBACK, verified_context
from gatehouse.store.statement import Result

if TYPE_CHECKING:
    from gatehouse.store.engines import Bound

    _Raw = pymysql.connections.Connection[Any]
else:
    _Raw = pymysql.connections.Connection

TICK_S = 0.05
"""Time-outs of the socket are whole ticks, so that reading a long answer does not set a new one for every packet."""

_ACCESS = {ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, ER.BAD_DB_ERROR}
_PRIVILEGE = {ER.TABLEACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR, 1227}
_CONFLICT = {ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT, ER.CHECKREAD, 3572}  # CHECKREAD: MariaDB 11.6 and later
_REFUSED = {
    ER.DISK_FULL,
    ER.ERROR_ON_WRITE,
    ER.RECORD_FILE_FULL,
    ER.OUT_OF_RESOURCES,
    ER.CANT_CREATE_THREAD,
    ER.CON_COUNT_ERROR,
    ER.TOO_MANY_USER_CONNECTIONS,
    ER.USER_LIMIT_REACHED,
    1290,  # the server has become a read-only one: fail-over
    1792,  # the transaction is read-only, for the same reason
    1836,  # the same (MySQL)
}
_GONE = {
    CR.CR_SERVER_GONE_ERROR,
    CR.CR_SERVER_LOST,
    CR.CR_CONN_HOST_ERROR,
    ER.SERVER_SHUTDOWN,
    ER.GET_ERRNO,  # the storage engine cannot: its disk is full, or broken
    1927,  # connection was killed (MariaDB)
    4031,  # the server had waited too long for us (MySQL)
}
_SLOW = {
    ER.QUERY_INTERRUPTED,
    1969,  # statement time-out (MariaDB)
    3024,  # statement time-out (MySQL)
}
_VITESS = {1105, ER.QUERY_INTERRUPTED}
"""Numbers under which Vitess tells its own errors, by a text."""
_SAFE_MIGRATIONS = "direct DDL is disabled"  # error 1105 of a PlanetScale branch
_VITESS_RETRY = ("code = Aborted", "code = ResourceExhausted", "code = FailedPrecondition", "CLUSTER_EVENT")
_VITESS_LOST = "code = Unavailable"  # nothing happened, unless it was the answer to COMMIT
_VITESS_SLOW = ("code = DeadlineExceeded", "code = Canceled")


class MySqlEngine:
    """A MySQL database by its URL.

    Options: `ssl=off` (never to a server over the network), `ssl_ca=/path`, `unix_socket=/path`, `multi_statements=off`
    for servers that take one statement per packet. TLS is verified unless the server is on this machine.
    """

    def __init__(self, url: str, statement_timeout_s: float = 6) -> None:
        self._address = parse_address(url)
        self.statement_timeout_s = statement_timeout_s

    @property
    def dialect(self) -> Dialect:
        """The MySQL dialect."""
        return DIALECTS["mysql"]

    def connect(self, *, within_s: float = 6) -> "MySqlConnection":
        """Open a connection in the server's autocommit mode; raises DatabaseRefused or SettingInvalid."""
        address = self._address
        multi = address.options.get("multi_statements") != "off"
        raw = _Bounded(
            host=address.host or "localhost",
            port=address.port or 3306,
            user=address.user or None,
            password=address.password.encode(),
            database=address.database,
            unix_socket=address.options.get("unix_socket"),
            charset="utf8mb4",
            autocommit=None,
            connect_timeout=within_s,
            client_flag=CLIENT.FOUND_ROWS | (CLIENT.MULTI_STATEMENTS if multi else 0),
            defer_connect=True,
            **self._tls(),
        )
        try:
            raw.end_in(within_s)
            raw.connect()
        except pymysql.err.Error as error:
            if error.args[0] in _ACCESS:
                raise SettingInvalid("DATABASE_URL", f"the database refused us: {error.args[1]}") from error
            raise DatabaseRefused from error
        return MySqlConnection(raw, multi=multi)

    def _tls(self) -> dict[str, Any]:
        address = self._address
        is_local = address.host in LOOPBACK and "ssl_ca" not in address.options
        if address.options.get("ssl") == "off" or is_local or "unix_socket" in address.options:
            return {"ssl_disabled": True}
        return {"ssl": verified_context(address.options.get("ssl_ca"))}


class _Bounded(_Raw):
    """A connection whose answers have to be there by a time, however many packets they come in."""

    _ends_at = 0.0

    def end_in(self, seconds: float) -> None:
        """Say how long what is sent next may take."""
        self._ends_at = time.monotonic() + seconds
        self._read_timeout = self._write_timeout = self._left_s()

    @property
    def is_late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._ends_at

    def _read_packet(self, packet_type: type[MysqlPacket] = MysqlPacket) -> Any:
        self._read_timeout = self._left_s()
        return super()._read_packet(packet_type)  # type: ignore[no-untyped-call]

    def _left_s(self) -> float:
        left_s = self._ends_at - time.monotonic()
        return max(1, math.ceil(left_s / TICK_S)) * TICK_S


class MySqlConnection:
    """An open connection that sends a batch as one packet of several statements."""

    def __init__(self, raw: _Bounded, *, multi: bool) -> None:
        self._raw = raw
        self._multi = multi

    def run(self, batch: "Sequence[Bound]", *, within_s: float = 6) -> list[Result]:
        """Run the statements in order, in one round trip."""
        results: list[Result] = []
        self._raw.end_in(within_s)
        with _errors(self._raw, batch, results), self._raw.cursor() as cursor:
            texts = [cursor.mogrify(text, values) for text, values in batch]
            for packet in ["; ".join(texts)] if self._multi else texts:
                cursor.execute(packet)
                results.append(_result(cursor))
                while cursor.nextset():
                    results.append(_result(cursor))
        return results

    def has_ended(self) -> bool:
        """Say whether the server has closed the connection."""
        sock: socket.socket | None = self._raw._sock  # type: ignore[attr-defined]
        return sock is None or has_news(sock.fileno())

    def ping(self, *, within_s: float = 2) -> bool:
        """Ask the server whether it is there, without reconnecting."""
        self._raw.end_in(within_s)
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
def _errors(raw: _Bounded, batch: "Sequence[Bound]", results: list[Result]) -> Iterator[None]:
    """Raise what an error means; `results` are those of the statements before the one that it is about."""
    try:
        yield
    except (pymysql.err.Error, OSError) as error:
        if raw.is_late:
            raise DatabaseSlow from error
        if isinstance(error, OSError):
            raise DatabaseUnavailable from error
        is_commit = batch[min(len(results), len(batch) - 1)][0] == "COMMIT"
        raise _translate(error, is_commit=is_commit) from error


def _translate(error: pymysql.err.Error, *, is_commit: bool) -> DatabaseError:
    """Map an error number of the server or the client to what it means for us (specs/databases.md 5)."""
    code, text = (*error.args, "", "")[:2]
    if code == ER.DUP_ENTRY:
        return DuplicateRow()
    if code in {ER.NO_REFERENCED_ROW, ER.NO_REFERENCED_ROW_2}:
        return ParentMissing()
    if code in _VITESS and (told := _translate_vitess(str(text), is_commit=is_commit)):
        return told
    if code in _CONFLICT:
        return DatabaseConflict()
    if code in _PRIVILEGE or _SAFE_MIGRATIONS in str(text):
        return PermissionDenied(str(text))
    if code in _REFUSED:
        return DatabaseRefused()
    if code in _SLOW:
        return DatabaseSlow()
    if code in _GONE or isinstance(error, pymysql.err.InterfaceError):
        return DatabaseUnavailable()
    return DatabaseError()


def _translate_vitess(text: str, *, is_commit: bool) -> DatabaseError | None:
    """Map what Vitess says of itself: it kills transactions after 20 s, bounds their number, and moves primaries."""
    if any(mark in text for mark in _VITESS_RETRY):
        return DatabaseConflict()
    if _VITESS_LOST in text:
        return DatabaseUnavailable() if is_commit else DatabaseConflict()
    return DatabaseSlow() if any(mark in text for mark in _VITESS_SLOW) else None
