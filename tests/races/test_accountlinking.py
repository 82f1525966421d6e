"""One address has one primary user in a tenant, and nobody gets lost, however many link and remove at once."""

from collections import Counter
from contextlib import suppress

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.recipe_errors import (
    AccountInfoAlreadyAssociatedWithAnotherPrimaryUserId,
    InputUserIsNotAPrimaryUser,
    RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId,
    UnknownSuperTokensUserId,
    UserIdMappingAlreadyExists,
)
from gatehouse.store.statement import Sql
from gatehouse.store.useridmapping import Mapping
from tests.houses import Home
from tests.people import People
from tests.races.crowd import crowd_of, winners

CROWD = 16
ADDRESS = "a@example.com"

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


def primaries(people: People) -> list[str]:
    """Return the ids of primary users who have login methods."""
    rows = people.rows("all_auth_recipe_users", "primary_or_recipe_user_id, is_linked_or_is_a_primary_user")
    return sorted({user_id for user_id, is_primary in rows if is_primary})


def sharing(people: People, count: int) -> list[str]:
    """Make people who share an address."""
    users = [people.emailpassword(ADDRESS), people.passwordless(ADDRESS, None)]
    return users + [people.third_party("google", f"g{number}", ADDRESS) for number in range(count - 2)]


def test_of_many_who_share_an_address_one_becomes_primary(home: Home, people: People) -> None:
    users = sharing(people, CROWD)

    outcomes = crowd_of(
        CROWD, home, lambda house, number: house.accountlinking.make_primary(PUBLIC, users[number])
    )

    assert len(winners(outcomes)) == len(primaries(people)) == 1
    refused = [o for o in outcomes if isinstance(o, AccountInfoAlreadyAssociatedWithAnotherPrimaryUserId)]
    assert len(refused) == CROWD - 1
    assert {outcome.fields["primaryUserId"] for outcome in refused} == set(primaries(people))


def test_somebody_becomes_primary_once(home: Home, people: People) -> None:
    user = people.emailpassword(ADDRESS)

    outcomes = crowd_of(CROWD, home, lambda house, _: house.accountlinking.make_primary(PUBLIC, user))

    assert Counter(was_already for _, was_already in winners(outcomes)) == {False: 1, True: CROWD - 1}


def test_addresses_do_not_get_two_primary_users_by_linking(home: Home, people: People) -> None:
    users = sharing(people, CROWD)
    targets = [people.emailpassword(f"p{number}@example.com") for number in range(CROWD // 2)]
    for target in targets:
        home.house.accountlinking.make_primary(PUBLIC, target)

    def act(house: House, number: int) -> object:
        if number % 2:
            return house.accountlinking.make_primary(PUBLIC, users[number])
        return house.accountlinking.link(PUBLIC, users[number], targets[number // 2])

    outcomes = crowd_of(CROWD, home, act)

    assert len(winners(outcomes)) == 1
    holders = people.rows("app_id_to_user_id", "user_id, is_linked_or_is_a_primary_user")
    assert sum(bool(is_linked) for user_id, is_linked in holders if user_id in users) == 1


def test_login_method_is_linked_to_one_primary_user(home: Home, people: People) -> None:
    user = people.emailpassword(ADDRESS)
    targets = [people.emailpassword(f"p{number}@example.com") for number in range(CROWD)]
    for target in targets:
        home.house.accountlinking.make_primary(PUBLIC, target)

    outcomes = crowd_of(
        CROWD, home, lambda house, number: house.accountlinking.link(PUBLIC, user, targets[number])
    )

    assert len(winners(outcomes)) == 1
    assert {type(outcome) for outcome in outcomes} == {
        tuple,
        RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId,
    }


def test_linking_crosswise_ends(home: Home, people: People) -> None:
    pairs = [
        (people.emailpassword(f"a{n}@example.com"), people.passwordless(f"b{n}@example.com", None))
        for n in range(4)
    ]
    for first, second in pairs[:2]:
        home.house.accountlinking.make_primary(PUBLIC, first)
        home.house.accountlinking.make_primary(PUBLIC, second)
    for first, _ in pairs[2:]:
        home.house.accountlinking.make_primary(PUBLIC, first)

    def act(house: House, number: int) -> object:
        first, second = pairs[number % 4]
        return house.accountlinking.link(PUBLIC, *((first, second) if number % 8 < 4 else (second, first)))

    outcomes = crowd_of(CROWD, home, act)

    assert len(primaries(people)) == 6
    for number, outcome in enumerate(outcomes):
        if number % 4 < 2:
            assert isinstance(outcome, RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId)
        else:
            assert isinstance(outcome, tuple | InputUserIsNotAPrimaryUser)


def test_many_login_methods_of_one_primary_user_are_all_kept(home: Home, people: People) -> None:
    primary = people.emailpassword(ADDRESS, time_joined=100)
    others = [people.passwordless(f"b{n}@example.com", None, time_joined=n + 1) for n in range(CROWD)]
    home.house.accountlinking.make_primary(PUBLIC, primary)

    outcomes = crowd_of(
        CROWD, home, lambda house, number: house.accountlinking.link(PUBLIC, others[number], primary)
    )

    assert len(winners(outcomes)) == CROWD
    assert set(
        people.rows("all_auth_recipe_users", "primary_or_recipe_user_id, primary_or_recipe_user_time_joined")
    ) == {(primary, 1)}

    crowd_of(CROWD, home, lambda house, number: house.accountlinking.unlink(PUBLIC, others[number]))

    assert sorted(
        people.rows("all_auth_recipe_users", "primary_or_recipe_user_time_joined, user_id")
    ) == sorted([(100, primary), *((number + 1, other) for number, other in enumerate(others))])
    assert primaries(people) == [primary]


def test_nobody_is_linked_to_somebody_who_is_just_removed(home: Home, people: People) -> None:
    for round_number in range(4):
        primary = people.emailpassword(f"p{round_number}@example.com")
        others = [people.passwordless(f"b{round_number}-{n}@example.com", None) for n in range(7)]
        home.house.accountlinking.make_primary(PUBLIC, primary)

        def act(house: House, number: int, primary: str = primary, others: list[str] = others) -> object:
            if number == 0:
                house.user_removal.remove(PUBLIC, primary, with_linked=True)
                return None
            return house.accountlinking.link(PUBLIC, others[number - 1], primary)

        outcomes = crowd_of(8, home, act)

        assert outcomes[0] is None
        known = {user_id for (user_id,) in people.rows("app_id_to_user_id", "user_id")}
        owners = {user_id for (user_id,) in people.rows("app_id_to_user_id", "primary_or_recipe_user_id")}
        assert primary not in known
        assert owners <= known
        assert known == {user_id for (user_id,) in people.rows("all_auth_recipe_users", "user_id")}


def test_external_id_is_mapped_once(home: Home, people: People) -> None:
    users = [people.emailpassword(f"u{number}@example.com") for number in range(CROWD)]

    def act(house: House, number: int) -> None:
        mapping = Mapping(users[number], "external", None)
        house.useridmapping.create(PUBLIC, mapping, force=False, may_move_verification=True)

    outcomes = crowd_of(CROWD, home, act)

    assert Counter(type(outcome) for outcome in outcomes) == {
        type(None): 1,
        UserIdMappingAlreadyExists: CROWD - 1,
    }
    assert len(people.rows("userid_mapping", "external_user_id")) == 1


def test_id_gets_one_external_id_and_its_verified_address_moves_once(home: Home, people: People) -> None:
    user = people.emailpassword(ADDRESS)
    people.insert("emailverification_verified_emails", user_id=user, email=ADDRESS)

    def act(house: House, number: int) -> None:
        mapping = Mapping(user, f"external {number}", None)
        house.useridmapping.create(PUBLIC, mapping, force=False, may_move_verification=True)

    outcomes = crowd_of(CROWD, home, act)

    assert Counter(type(outcome) for outcome in outcomes) == {
        type(None): 1,
        UserIdMappingAlreadyExists: CROWD - 1,
    }
    assert people.rows("emailverification_verified_emails", "user_id") == people.rows(
        "userid_mapping", "external_user_id"
    )


def test_mapping_of_somebody_who_is_just_removed_is_removed_too(home: Home, people: People) -> None:
    for round_number in range(60):
        user = people.emailpassword(f"u{round_number}@example.com")

        def act(house: House, number: int, user: str = user, wait: int = round_number) -> None:
            if number == 0:
                house.user_removal.remove(PUBLIC, user, with_linked=True)
                return
            for _ in range(wait):
                house.database.run(Sql("SELECT 1").run())
            with suppress(UnknownSuperTokensUserId):
                mapping = Mapping(user, f"external {user}", None)
                house.useridmapping.create(PUBLIC, mapping, force=False, may_move_verification=True)

        assert crowd_of(2, home, act) == [None] * 2
        assert people.rows("userid_mapping", "external_user_id") == []
