"""A town per engine, for as long as the tests of a file last."""

from collections.abc import Callable, Iterator

import pytest

from gatehouse.store import database as gateway
from tests.faults.ledger import Ledger
from tests.faults.world import Town, open_town
from tests.house_fixtures import MigratedDatabase

Migrated = Callable[[str], MigratedDatabase]


@pytest.fixture(scope="session")
def towns(migrated: Migrated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Town]]:
    """Return a function that gives the one town of an engine."""
    opened: dict[str, Town] = {}
    closing = []

    def get(engine: str) -> Town:
        if engine not in opened:
            database = migrated(engine)
            database.clean()
            ledger = Ledger(database.gateway, database._tables)
            manager = open_town(database.url, ledger, tmp_path_factory.mktemp("town") / "mailbox.jsonl")
            opened[engine] = manager.__enter__()
            closing.append(manager)
        return opened[engine]

    yield get
    for manager in closing:
        manager.__exit__(None, None, None)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody pause before they try again."""
    monkeypatch.setattr(gateway, "RETRY_PAUSE_S", (0.0, 0.001))
    monkeypatch.setattr(gateway, "CONNECT_PAUSE_S", 0.01)
