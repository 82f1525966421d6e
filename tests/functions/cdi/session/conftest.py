"""A client of the core, and people for it."""

import pytest

from tests.core import Core
from tests.functions.cdi.sessions import SessionClient
from tests.houses import Home
from tests.people import People


@pytest.fixture
def client(core: Core) -> SessionClient:
    """A client in the newest version."""
    return SessionClient(core)


@pytest.fixture
def people(home: Home) -> People:
    """Whoever signs in."""
    return People(home.house.database)
