"""A copy of the core's database, brought to our schema, with a house that lives in it."""

from urllib.parse import urlsplit

from gatehouse.bootstrap import House
from tests.databases import Server
from tests.house_fixtures import MigratedDatabase
from tests.wire.java_core.manifest import read_dump
from tests.wire.oracles.asking import SetClock, open_house


def load_copy(engine: str, server: Server, database_url: str) -> None:
    """Fill an empty database with the dump, and migrate it."""
    server.execute(*read_dump(engine), database=urlsplit(database_url).path.lstrip("/"))
    MigratedDatabase(database_url).close()


def move_in(database_url: str, at_ms: int) -> tuple[House, SetClock]:
    """Open a house on a copy; it shares nothing with other houses."""
    clock = SetClock()
    clock.at_ms = at_ms
    return open_house(database_url, clock), clock
