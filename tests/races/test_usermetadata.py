"""Updates of one user's metadata lose nothing, however many are made at the same moment."""

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from tests.houses import Home
from tests.races.crowd import crowd_of, winners

CROWD = 16

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize("is_known", [False, True])
def test_no_update_is_lost(home: Home, *, is_known: bool) -> None:
    if is_known:
        home.house.usermetadata.update(PUBLIC, "ada", {"before": True})

    outcomes = crowd_of(
        CROWD, home, lambda house, number: house.usermetadata.update(PUBLIC, "ada", {f"key {number}": number})
    )

    assert len(winners(outcomes)) == CROWD
    everything = home.house.usermetadata.get(PUBLIC, "ada")
    assert everything == {f"key {number}": number for number in range(CROWD)} | (
        {"before": True} if is_known else {}
    )
    assert sorted(len(metadata) for metadata in winners(outcomes)) == list(
        range(1 + is_known, CROWD + 1 + is_known)
    )


def test_updates_and_removals_mix(home: Home) -> None:
    def act(house: House, number: int) -> None:
        if number % 4 == 0:
            house.usermetadata.remove(PUBLIC, "ada")
        else:
            house.usermetadata.update(PUBLIC, "ada", {f"key {number}": number})

    assert len(winners(crowd_of(CROWD, home, act))) == CROWD
