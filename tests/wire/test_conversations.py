"""Gatehouse answers what SDKs' own test suites asked a SuperTokens core, as that core did (specs/supertokens.md)."""

import os
from collections.abc import Iterator

import pytest

from gatehouse.bootstrap import House
from tests.core import Core
from tests.wire.conversations.differences import DIFFERENCES
from tests.wire.conversations.recording import read_recording
from tests.wire.conversations.replay import replay
from tests.wire.conversations.settings import SETTINGS
from tests.wire.oracles.asking import SetClock, open_house


@pytest.fixture
def clock() -> SetClock:
    """Return a clock that the replay sets."""
    return SetClock()


@pytest.fixture
def house(database_url: str, clock: SetClock) -> Iterator[House]:
    """Return a house with nothing in it."""
    house = open_house(database_url, clock, **SETTINGS)
    yield house
    house.database.disconnect()


@pytest.mark.timeout(600)
def test_every_recorded_answer_is_given_again(house: House, clock: SetClock) -> None:
    findings = replay(read_recording(), Core(house), clock, DIFFERENCES)
    assert not findings.unexplained, "\n" + findings.report(limit=int(os.environ.get("ORACLE_LIMIT", "30")))
    assert not findings.stale, "differences that no longer occur"
