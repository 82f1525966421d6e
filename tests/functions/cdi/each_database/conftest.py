"""Houses on every kind of database: each engine, and on the servers also what SuperTokens made."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import FreshDatabase
from tests.houses import Home, open_house
from tests.people import DATABASES, People, make_database


@pytest.fixture(scope="module", params=DATABASES)
def url(request: pytest.FixtureRequest, fresh_database_url: FreshDatabase) -> str:
    """Return the URL of a database of each kind."""
    return make_database(request.param, fresh_database_url)


@pytest.fixture
def home(url: str, tmp_path: Path) -> Iterator[Home]:
    """A house on the database."""
    home = open_house(url, tmp_path / "mailbox.jsonl")
    yield home
    home.close()


@pytest.fixture
def people(home: Home) -> Iterator[People]:
    """Write people into the house's database; nobody and nothing is left of them afterwards."""
    people = People(home.house.database)
    yield people
    people.clear()
