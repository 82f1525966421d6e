"""An account at a third party is one user, however many sign in at the same moment; on every engine."""

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.models.authuser import AuthUser, LoginMethod, ThirdPartyInfo
from gatehouse.recipe_errors import EmailChangeNotAllowed
from gatehouse.store.statement import Sql
from tests.houses import ADA, BOB, Home
from tests.people import People
from tests.races.crowd import crowd_of, winners

CROWD = 64
GOOGLE = ThirdPartyInfo("google", "g1")

pytestmark = pytest.mark.timeout(180)


def sign_in(house: House, email: str, info: ThirdPartyInfo = GOOGLE) -> tuple[AuthUser, LoginMethod, bool]:
    """Sign in or up."""
    tenant = house.tenancy.resolve("", PUBLIC, PUBLIC)
    return house.thirdparty.sign_in_up(tenant, info, email, is_verified=True)


def count(home: Home, table: str) -> int:
    """Count the rows of a table."""
    return home.house.database.run(Sql(f"SELECT COUNT(*) FROM {{{table}}}").only(lambda row: int(row[0])))


def test_one_account_is_one_user(home: Home) -> None:
    outcomes = crowd_of(CROWD, home, lambda house, _: sign_in(house, ADA))

    assert len(winners(outcomes)) == CROWD
    assert sum(is_new for _, _, is_new in winners(outcomes)) == 1
    assert len({person.user_id for person, _, _ in winners(outcomes)}) == 1
    tables = ("thirdparty_users", "thirdparty_user_to_tenant", "app_id_to_user_id", "user_last_active")
    assert [count(home, table) for table in tables] == [1, 1, 1, 1]


def test_changed_addresses_come_one_after_the_other(home: Home) -> None:
    sign_in(home.house, ADA)

    outcomes = crowd_of(16, home, lambda house, number: sign_in(house, f"u{number}@example.com"))

    assert [person.emails for person, _, _ in winners(outcomes)] == [
        [f"u{number}@example.com"] for number in range(16)
    ]
    assert count(home, "emailverification_verified_emails") == 17


def test_one_of_many_primary_users_gets_an_address(home: Home) -> None:
    people = People(home.house.database)
    accounts = [ThirdPartyInfo("google", f"g{number}") for number in range(8)]
    for account in accounts:
        user = people.third_party(account.id, account.user_id, f"{account.user_id}@example.com")
        home.house.accountlinking.make_primary(PUBLIC, user)

    outcomes = crowd_of(8, home, lambda house, number: sign_in(house, BOB, accounts[number]))

    assert len(winners(outcomes)) == 1
    assert sum(isinstance(outcome, EmailChangeNotAllowed) for outcome in outcomes) == 7
