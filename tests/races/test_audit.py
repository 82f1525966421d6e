"""Many at once leave in the audit log what has happened, each thing once."""

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.models.tenancy import Tenant
from tests.audit.entries import entries, events
from tests.houses import Home
from tests.people import People
from tests.races.crowd import crowd_of, winners

CROWD = 4
ROUNDS = 10


def public(house: House) -> Tenant:
    """Return the tenant of the app."""
    return house.tenancy.resolve("", PUBLIC, PUBLIC)


def test_sessions_that_many_end_have_ended_once(home: Home) -> None:
    people = People(home.house.database)
    handles = [people.give_session("ada") for _ in range(ROUNDS)]

    outcomes = crowd_of(
        CROWD,
        home,
        lambda house, _: [
            one for each in handles for one in house.session_list.revoke(public(house), [each])
        ],
    )

    assert sum(map(len, winners(outcomes))) == ROUNDS
    assert events(home.house) == ["session.revoked"] * ROUNDS


def test_roles_that_many_take_are_taken_once(home: Home) -> None:
    roles = home.house.userroles
    roles.create_role(PUBLIC, "editor", [])
    for number in range(ROUNDS):
        roles.add_role(PUBLIC, PUBLIC, user_id=f"u{number}", role="editor")

    def take(house: House, _: int) -> None:
        for number in range(ROUNDS):
            house.userroles.remove_role(PUBLIC, PUBLIC, user_id=f"u{number}", role="editor")

    crowd_of(CROWD, home, take)

    taken = [entry for entry in entries(home.house) if entry.details.get("change") == "taken"]
    assert sorted(str(entry.subject_id) for entry in taken) == sorted(f"u{n}" for n in range(ROUNDS))


@pytest.mark.parametrize("subject_id", [None, "ada"])
def test_every_failure_is_counted(home: Home, subject_id: str | None) -> None:
    def fail(house: House, _: int) -> None:
        for _ in range(5):
            house.failures.note(public(house), "emailpassword", "wrong_password", subject_id=subject_id)

    crowd_of(CROWD, home, fail)

    assert sum(entry.times for entry in entries(home.house)) == 5 * CROWD
    assert len(entries(home.house)) <= 2, "a minute may end meanwhile"
