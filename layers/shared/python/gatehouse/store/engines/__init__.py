"""The three drivers behind one face: connect, run a batch in one packet, say what an error means."""

from collections.abc import Sequence
from typing import Any, Protocol

from gatehouse.errors import SettingInvalid
from gatehouse.store.dialects import Dialect
from gatehouse.store.statement import Result

Bound = tuple[str, dict[str, Any]]
"""A statement in the driver's own placeholder style, with its values."""


class Connection(Protocol):
    """An open connection in autocommit mode; transactions are begun and ended by statements."""

    def run(self, batch: Sequence[Bound], *, within_s: float = 6) -> list[Result]:
        """Run statements in one round trip where the engine can; raises the errors of `gatehouse.errors`.

        DatabaseSlow is raised when the last answer is not there in time; the connection is of no use then.
        """

    def has_ended(self) -> bool:
        """Say, without asking, whether the server has closed the connection: it speaks unasked only then."""

    def ping(self, *, within_s: float = 2) -> bool:
        """Say whether the server still answers."""

    def close(self) -> None:
        """Close without complaint, also when the server is gone."""


class Engine(Protocol):
    """One database to connect to."""

    @property
    def dialect(self) -> Dialect:
        """The SQL that this engine speaks."""

    @property
    def statement_timeout_s(self) -> float:
        """How long a batch may take at most."""

    def connect(self, *, within_s: float = 6) -> Connection:
        """Open a connection; raises DatabaseRefused or SettingInvalid."""


def engine_for(url: str, *, statement_timeout_s: float = 6) -> Engine:
    """Return the engine for a `mysql://`, `postgresql://` or `sqlite:///` URL; only its driver is imported."""
    scheme = url.partition(":")[0].lower()
    if scheme in {"mysql", "mariadb"}:
        from gatehouse.store.engines.mysql import MySqlEngine

        return MySqlEngine(url, statement_timeout_s)
    if scheme in {"postgresql", "postgres"}:
        from gatehouse.store.engines.postgresql import PostgreSqlEngine

        return PostgreSqlEngine(url, statement_timeout_s)
    if scheme == "sqlite":
        from gatehouse.store.engines.sqlite import SqliteEngine

        return SqliteEngine(url, statement_timeout_s)
    raise SettingInvalid("DATABASE_URL", "must start with mysql://, postgresql:// or sqlite:///")
