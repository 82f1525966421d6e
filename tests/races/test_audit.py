"""Many at once leave in the audit log what has happened, each thing once."""

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.models.tenancy import Tenant
from tests.audit.entries import entries, events
from tests.houses import Home
from tests.people import People
from tests.races.crowd import crowd_of, winners

CROWD = 8


def public(house: House) -> Tenant:
    """Return the tenant of the app."""
    return house.tenancy.resolve("", PUBLIC, PUBLIC)


def test_a_session_that_many_end_has_ended_once(home: Home) -> None:
    handle = People(home.house.database).give_session("ada")

    outcomes = crowd_of(CROWD, home, lambda house, _: house.session_list.revoke(public(house), [handle]))

    assert sorted(map(len, winners(outcomes))) == [0] * (CROWD - 1) + [1]
    assert events(home.house) == ["session.revoked"]


def test_a_role_that_many_take_is_taken_once(home: Home) -> None:
    home.house.userroles.create_role(PUBLIC, "editor", [])
    home.house.userroles.add_role(PUBLIC, PUBLIC, user_id="ada", role="editor")

    crowd_of(
        CROWD,
        home,
        lambda house, _: house.userroles.remove_role(PUBLIC, PUBLIC, user_id="ada", role="editor"),
    )

    taken = [entry for entry in entries(home.house) if entry.details.get("change") == "taken"]
    assert len(taken) == 1


@pytest.mark.parametrize("subject_id", [None, "ada"])
def test_every_failure_is_counted(home: Home, subject_id: str | None) -> None:
    def fail(house: House, _: int) -> None:
        for _ in range(5):
            house.failures.note(public(house), "emailpassword", "wrong_password", subject_id=subject_id)

    crowd_of(CROWD, home, fail)

    assert sum(entry.times for entry in entries(home.house)) == 5 * CROWD
    assert len(entries(home.house)) <= 2, "a minute may end meanwhile"
