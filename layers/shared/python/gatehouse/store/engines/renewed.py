"""A database whose password may be rotated while we run."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from gatehouse.errors import SettingInvalid
from gatehouse.store.dialects import Dialect

if TYPE_CHECKING:
    from gatehouse.store.engines import Connection, Engine


class RenewedEngine:
    """An engine that, when the database refuses it, asks for the setting again and tries once more.

    Nothing has been sent on a refused connection, so the request that meets a rotation need not even know.
    """

    def __init__(self, url: str, renew: Callable[[], str], engine_for: "Callable[[str], Engine]") -> None:
        self._url = url
        self._renew = renew
        self._engine_for = engine_for
        self._engine = engine_for(url)

    @property
    def dialect(self) -> Dialect:
        """The SQL that the database speaks."""
        return self._engine.dialect

    @property
    def statement_timeout_s(self) -> float:
        """How long a batch may take at most."""
        return self._engine.statement_timeout_s

    def connect(self, *, within_s: float = 6) -> "Connection":
        """Open a connection; raises DatabaseRefused, or SettingInvalid where the newest password is refused too."""
        try:
            return self._engine.connect(within_s=within_s)
        except SettingInvalid:
            url = self._renew()
            if url == self._url:
                raise
        renewed = self._engine_for(url)
        if renewed.dialect is not self._engine.dialect:
            raise SettingInvalid("DATABASE_URL", "names a database of another kind than before; try again")
        self._url, self._engine = url, renewed
        return renewed.connect(within_s=within_s)
