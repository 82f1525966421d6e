"""Starts both sides: one core for the SDK's, one database for ours."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.certificates import make_certificates
from tests.gateway import running_gateway
from tests.house_fixtures import MigratedDatabase
from tests.wire.frontend.deployments import settings_of
from tests.wire.frontend.provider import running_provider
from tests.wire.frontend.sides import Gatehouse, Reference, References, gatehouse_with

CORE_SETTINGS = {"BCRYPT_LOG_ROUNDS": "4"}


class Both:
    """Openers of the two sides, and the names that every conversation begins with."""

    def __init__(self, core_url: str, provider: str, folder: Path) -> None:
        self.names = {"provider": provider}
        self._references = References(core_url, make_certificates(folder).authority)
        self._mail = folder / "mail"
        self._mail.mkdir()
        self._database = MigratedDatabase(f"sqlite:///{folder}/gatehouse.db")

    def reference(self, deployment: str) -> AbstractContextManager[Reference]:
        """Open the SDK's side."""
        return self._references.with_settings(settings_of(deployment))

    def ours(self, deployment: str) -> AbstractContextManager[Gatehouse]:
        """Open our side on an empty database."""
        self._database.clean()
        return gatehouse_with(settings_of(deployment), self._database.url, self._mail)

    def close(self) -> None:
        """End what runs."""
        self._references.close()
        self._database.close()


@contextmanager
def both_sides() -> Iterator[Both]:
    """Start everything, and end it after the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="gatehouse-frontend-")))
        gateway = stack.enter_context(running_gateway(CORE_SETTINGS))
        both = Both(gateway.core_url, stack.enter_context(running_provider()), folder)
        stack.callback(both.close)
        yield both
