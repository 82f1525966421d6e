"""Many who share an address sign in at once, and become one person."""

from collections import Counter

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.models.authuser import AuthUser
from gatehouse.services.session_linking import LinkingToSessionUserFailed
from tests.functions.fdi.factors import session_of, sign_in
from tests.houses import ADA, BOB, Home
from tests.people import People
from tests.races.crowd import crowd_of, winners

CROWD = 8


@pytest.fixture
def home(home: Home) -> Home:
    """A home where accounts are linked that have proved the same address."""
    house = home.with_settings(ACCOUNT_LINKING="verified")
    return Home(house, home.mailbox, home.clock, home.environment, home.others)


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


def prove(people: People, user_id: str, email: str) -> str:
    """Let somebody have proved their address; return their id."""
    people.insert("emailverification_verified_emails", user_id=user_id, email=email)
    return user_id


def signed_in(house: House, user_id: str) -> AuthUser:
    """Link who has just signed in."""
    tenant = house.tenancy.resolve("", PUBLIC, PUBLIC)
    person, method = house.auth_users.require(house.database, PUBLIC, user_id)
    return house.auth_checks.link(tenant, person, method, None, None)


def test_all_who_share_an_address_become_one_person(home: Home, people: People) -> None:
    users = [
        prove(people, people.third_party("google", f"g{number}", ADA, time_joined=number + 10), ADA)
        for number in range(CROWD)
    ]

    outcomes = crowd_of(CROWD, home, lambda house, number: signed_in(house, users[number]))

    people_now = home.house.auth_users.get(home.house.database, PUBLIC, users[0])
    assert [person.user_id for person in winners(outcomes)] == [users[0]] * CROWD
    assert people_now
    assert {method.supertokens_user_id for method in people_now.login_methods} == set(users)


def test_one_login_method_signs_in_many_times_at_once(home: Home, people: People) -> None:
    old = prove(people, people.emailpassword(ADA, time_joined=1), ADA)
    new = prove(people, people.passwordless(ADA, None, time_joined=2), ADA)

    outcomes = crowd_of(CROWD, home, lambda house, number: signed_in(house, (old, new)[number % 2]))

    assert len(winners(outcomes)) == CROWD
    person = home.house.auth_users.get(home.house.database, PUBLIC, new)
    assert person
    assert (person.user_id, person.is_primary, len(person.login_methods)) == (old, True, 2)


def test_login_method_is_added_to_one_of_those_who_are_signed_in(home: Home, people: People) -> None:
    wanted = prove(people, people.third_party("google", "g", "shared@example.com"), "shared@example.com")
    owners = [f"u{number}@example.com" for number in range(CROWD)]
    sessions = [
        session_of(sign_in(home.house, prove(people, people.emailpassword(email), email))) for email in owners
    ]

    def act(house: House, number: int) -> AuthUser:
        tenant = house.tenancy.resolve("", PUBLIC, PUBLIC)
        person, method = house.auth_users.require(house.database, PUBLIC, wanted)
        return house.auth_checks.link(tenant, person, method, sessions[number], True)

    outcomes = crowd_of(CROWD, home, act)

    (winner,) = winners(outcomes)
    assert winner.login_method(wanted)
    refused = [outcome for outcome in outcomes if isinstance(outcome, LinkingToSessionUserFailed)]
    assert Counter(error.reason for error in refused) == {
        "RECIPE_USER_ID_ALREADY_LINKED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR": CROWD - 1
    }


def test_one_of_all_who_join_an_empty_directory_is_administrator(home: Home, people: People) -> None:
    users = [
        prove(people, people.third_party("google", f"g{n}", f"u{n}@example.com"), f"u{n}@example.com")
        for n in range(CROWD)
    ]

    def act(house: House, number: int) -> None:
        tenant = house.tenancy.resolve("", PUBLIC, PUBLIC)
        person, method = house.auth_users.require(house.database, PUBLIC, users[number])
        house.auth_checks.after(
            tenant,
            person,
            method,
            is_sign_up=True,
            factor_id="thirdparty",
            session=None,
            has_anti_csrf=False,
        )

    assert crowd_of(CROWD, home, act) == [None] * CROWD
    assert len(people.rows("users", "email")) == CROWD
    assert len(people.rows("user_roles", "user_id", role="admin")) == 1


def test_an_invited_address_is_linked_to_one_of_its_accounts(home: Home, people: People) -> None:
    admin = home.sign_in(BOB).user
    home.house.users.create(email=ADA, name=None, by=admin)
    users = [prove(people, people.third_party("google", f"g{n}", ADA), ADA) for n in range(CROWD)]

    def act(house: House, number: int) -> None:
        tenant = house.tenancy.resolve("", PUBLIC, PUBLIC)
        person, method = house.auth_users.require(house.database, PUBLIC, users[number])
        house.auth_checks.after(
            tenant,
            person,
            method,
            is_sign_up=True,
            factor_id="thirdparty",
            session=None,
            has_anti_csrf=False,
        )

    assert crowd_of(CROWD, home, act) == [None] * CROWD
    ((owner,),) = people.rows("users", "auth_user_id", email=ADA)
    assert owner in users
    assert (
        len(
            people.rows(
                "audit_log",
                "event",
                event="user.joined",
                subject_id=people.rows("users", "id", email=ADA)[0][0],
            )
        )
        == 1
    )
