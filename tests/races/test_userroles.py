"""Roles are made, given and deleted as if one after the other, however many do it at the same moment."""

from collections import Counter

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.recipe_errors import UnknownRole
from gatehouse.store.statement import Sql
from tests.houses import Home
from tests.races.crowd import crowd_of, winners

CROWD = 16

pytestmark = pytest.mark.timeout(180)


def count(home: Home, table: str) -> int:
    """Count the rows of a table."""
    return home.house.database.run(Sql(f"SELECT COUNT(*) FROM {{{table}}}").only(lambda row: int(row[0])))


def test_one_of_many_makes_a_role(home: Home) -> None:
    outcomes = crowd_of(
        CROWD,
        home,
        lambda house, number: house.userroles.create_role(PUBLIC, "editor", ["read", f"write {number}"]),
    )

    assert Counter(map(str, outcomes)) == {"True": 1, "False": CROWD - 1}
    assert (count(home, "roles"), count(home, "role_permissions")) == (1, CROWD + 1)


def test_one_of_many_gives_somebody_a_role(home: Home) -> None:
    home.house.userroles.create_role(PUBLIC, "editor", [])

    outcomes = crowd_of(
        CROWD, home, lambda house, _: house.userroles.add_role(PUBLIC, PUBLIC, user_id="ada", role="editor")
    )

    assert Counter(map(str, outcomes)) == {"False": 1, "True": CROWD - 1}


def test_one_of_many_takes_it(home: Home) -> None:
    home.house.userroles.create_role(PUBLIC, "editor", [])
    home.house.userroles.add_role(PUBLIC, PUBLIC, user_id="ada", role="editor")

    outcomes = crowd_of(
        CROWD,
        home,
        lambda house, _: house.userroles.remove_role(PUBLIC, PUBLIC, user_id="ada", role="editor"),
    )

    assert Counter(map(str, outcomes)) == {"True": 1, "False": CROWD - 1}


def test_nobody_keeps_a_role_that_is_deleted(home: Home) -> None:
    for _ in range(5):
        home.house.userroles.create_role(PUBLIC, "editor", ["read"])

        def act(house: House, number: int) -> bool:
            if number == CROWD // 2:
                return house.userroles.delete_role(PUBLIC, "editor")
            return house.userroles.add_role(PUBLIC, PUBLIC, user_id=f"u{number}", role="editor")

        outcomes = crowd_of(CROWD, home, act)

        assert outcomes[CROWD // 2] is True
        assert all(isinstance(outcome, bool | UnknownRole) for outcome in outcomes)
        assert [count(home, table) for table in ("roles", "user_roles", "role_permissions")] == [0, 0, 0]


def test_no_permission_outlives_its_role(home: Home) -> None:
    def act(house: House, number: int) -> bool:
        if number % 2:
            return house.userroles.delete_role(PUBLIC, "editor")
        return house.userroles.create_role(PUBLIC, "editor", [f"p{number}"])

    outcomes = crowd_of(CROWD, home, act)
    assert len(winners(outcomes)) == CROWD
    home.house.userroles.delete_role(PUBLIC, "editor")

    assert [count(home, table) for table in ("roles", "role_permissions")] == [0, 0]
