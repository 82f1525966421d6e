"""A core whose keys are made quickly, and a client of it."""

import pytest

from gatehouse.bootstrap import House
from tests.core import Core
from tests.functions.cdi.sessions import SessionClient
from tests.houses import Home
from tests.people import People
from tests.wire.oracles.asking import key_pool

make_key = key_pool()


@pytest.fixture
def core(home: Home) -> Core:
    """The core interface on a house of its own."""
    home.others.append(House(home.house.settings, home.clock, make_signing_key_value=make_key))
    return Core(home.others[-1])


@pytest.fixture
def client(core: Core) -> SessionClient:
    """A client in the newest version."""
    return SessionClient(core)


@pytest.fixture
def people(home: Home) -> People:
    """Whoever signs in."""
    return People(home.house.database)
