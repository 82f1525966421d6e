"""Fixtures around a migrated database: the house, and the API on it, once on every engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatehouse.clock import now_ms
from gatehouse.models import TableNames
from gatehouse.store.database import Database
from gatehouse.store.engines import engine_for
from gatehouse.store.migrations.files import read_migrations
from gatehouse.store.migrations.rows import base_rows
from gatehouse.store.migrations.runner import Migrator
from gatehouse.store.statement import Sql
from tests.api import Api
from tests.core import Core
from tests.databases import FreshDatabase
from tests.houses import Home, open_house

MIGRATIONS = Path(__file__).parents[1] / "infra" / "migrations"
KEPT = {"schema_migrations"}


class MigratedDatabase:
    """A database with all tables; `clean` leaves only the rows that a migration writes."""

    def __init__(self, url: str) -> None:
        self.url = url
        engine = engine_for(url)
        self._migrations = read_migrations(MIGRATIONS, engine.dialect.name)
        Migrator(engine, TableNames(), self._migrations, now_ms=now_ms, report=lambda _: None).run()
        self.gateway = Database(engine, TableNames())
        tables = [change.table for migration in self._migrations for change in migration.changes]
        self._tables = [table for table in dict.fromkeys(tables) if table not in KEPT]
        filled = ", ".join(f"EXISTS (SELECT 1 FROM {{{table}}})" for table in self._tables)
        self._filled = Sql(f"SELECT {filled}").only(lambda row: row)

    def clean(self) -> None:
        """Delete everything that tests wrote; most tables are empty, which is asked more quickly than done."""
        rows = [row.written() for row in base_rows(self._migrations[-1].version, now_ms())]
        filled = zip(self._tables, self.gateway.run(self._filled), strict=True)
        clearing = [Sql(f"DELETE FROM {{{table}}}").run() for table, is_filled in filled if is_filled]
        self.gateway.transact(lambda tx: tx.finish(*clearing, *rows))

    def close(self) -> None:
        """Close the connection."""
        self.gateway.disconnect()


@pytest.fixture(scope="session")
def migrated(fresh_database_url: FreshDatabase) -> Iterator[Callable[[str], MigratedDatabase]]:
    """Return a function that gives the one migrated database of an engine."""
    made: dict[str, MigratedDatabase] = {}

    def get(engine: str) -> MigratedDatabase:
        if engine not in made:
            made[engine] = MigratedDatabase(fresh_database_url(engine))
        return made[engine]

    yield get
    for database in made.values():
        database.close()


@pytest.fixture
def database_url(engine: str, migrated: Callable[[str], MigratedDatabase]) -> str:
    """Return the URL of a migrated database with nothing in it, once on every engine."""
    database = migrated(engine)
    database.clean()
    return database.url


@pytest.fixture(params=["mariadb", "postgresql"])
def server_database_url(request: pytest.FixtureRequest, migrated: Callable[[str], MigratedDatabase]) -> str:
    """Return the same, once on every engine that is reached over the network."""
    database = migrated(request.param)
    database.clean()
    return database.url


@pytest.fixture
def home(
    database_url: str, engine: str, migrated: Callable[[str], MigratedDatabase], tmp_path: Path
) -> Iterator[Home]:
    """Return a house with its mailbox and clock."""
    home = open_house(database_url, tmp_path / "mailbox.jsonl")
    home.keep(migrated(engine).gateway)
    yield home
    home.close()


@pytest.fixture
def api(home: Home) -> Api:
    """Return the REST functions on the house."""
    return Api(home.house)


@pytest.fixture
def core(home: Home) -> Core:
    """Return the core interface on the house."""
    return Core(home.house)


@pytest.fixture
def sqlite_home(migrated: Callable[[str], MigratedDatabase], tmp_path: Path) -> Iterator[Home]:
    """A house on SQLite, for what has nothing to do with the database."""
    database = migrated("sqlite")
    database.clean()
    home = open_house(database.url, tmp_path / "mailbox.jsonl")
    home.keep(database.gateway)
    yield home
    home.close()
