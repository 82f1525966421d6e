"""A house whose people are at Stytch: the real SDK on a strict fake server; on SQLite unless a module says more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gatehouse.bootstrap import House
from gatehouse.providers.bounded_http import TimeLimits
from gatehouse.providers.stytch import StytchIdentity
from tests.api import ORIGIN
from tests.houses import Clock, Home, open_house
from tests.providers.fake_stytch import PROJECT_ID, FakeStytch

LINK_URL = f"{ORIGIN}/authenticate_magic_link"
IMPATIENT = TimeLimits(connect_s=0.3, silence_s=0.4, call_s=0.6)


@pytest.fixture(scope="module")
def engine() -> str:
    """Run tests on SQLite only."""
    return "sqlite"


@pytest.fixture
def clock() -> Clock:
    """Return the time that Gatehouse and Stytch share."""
    return Clock()


@pytest.fixture
def stytch(clock: Clock, tmp_path: Path) -> Iterator[FakeStytch]:
    """Return the fake server; whatever it complains about fails the test."""
    fake = FakeStytch(clock, mailbox=tmp_path / "mailbox.jsonl", redirect_urls=frozenset({LINK_URL}))
    yield fake
    fake.close()
    assert fake.complaints == []


@pytest.fixture
def home(database_url: str, stytch: FakeStytch, clock: Clock, tmp_path: Path) -> Iterator[Home]:
    """Return a house with its mailbox, which Stytch's letters go to, and its clock."""
    home = open_house(database_url, tmp_path / "mailbox.jsonl", clock, **stytch.settings)
    yield home
    home.close()


@pytest.fixture
def impatient(home: Home, stytch: FakeStytch) -> StytchIdentity:
    """Return an identity provider with short time limits."""
    return identity_of(home.house, IMPATIENT)


def identity_of(house: House, limits: TimeLimits, environment: str = "") -> StytchIdentity:
    """Return an identity provider as the house would build it, with other time limits, or at another address."""
    return StytchIdentity(
        house.database,
        signin=house.signin,
        users=house.users,
        clock=house.clock,
        project_id=PROJECT_ID,
        secret=house.settings.stytch_secret,
        environment=environment or house.settings.stytch_project_env,
        api_url=house.settings.api_url,
        session_duration_minutes=house.settings.session_duration_minutes,
        link_lifetime_minutes=15,
        limits=limits,
    )
