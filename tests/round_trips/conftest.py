"""A house whose database waits are counted on the wire."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.core import Core
from tests.houses import ADA, Home, StoppedClock, open_house
from tests.round_trips.proxy import CountingProxy, Trips, counting_proxy


@pytest.fixture
def proxy(server_database_url: str) -> Iterator[CountingProxy]:
    """A counting proxy in front of the database server."""
    with counting_proxy(server_database_url) as running:
        yield running


@pytest.fixture
def home(server_database_url: str, proxy: CountingProxy, tmp_path: Path) -> Iterator[Home]:
    """A house whose connection goes through the proxy, where somebody has signed in before."""
    parts = urlsplit(server_database_url)
    url = server_database_url.replace(f":{parts.port}/", f":{proxy.port}/")
    home = open_house(url, tmp_path / "mailbox.jsonl", StoppedClock())
    home.sign_in(ADA)
    yield home
    home.close()


@pytest.fixture
def trips(proxy: CountingProxy) -> Trips:
    """Count the round trips of an action."""

    def count(act: Callable[[], object]) -> int:
        before = proxy.round_trips
        act()
        return proxy.round_trips - before

    return count


@pytest.fixture
def core(home: Home) -> Core:
    """The core interface on that house, its tenant known."""
    core = Core(home.house)
    core.call("GET", "/hello")
    return core
