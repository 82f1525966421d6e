"""Passwords, addresses and their tokens, however many instances want the same at once; on every engine."""

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import (
    EmailAlreadyExists,
    EmailAlreadyVerified,
    EmailChangeNotAllowed,
    EmailVerificationInvalidToken,
    ResetPasswordInvalidToken,
)
from tests.houses import Home
from tests.people import People
from tests.races.crowd import crowd_of, winners

CROWD = 16
ADA, BOB = "ada@example.com", "bob@example.com"

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def home(home: Home) -> Home:
    """A house that does not spend time on passwords."""
    return Home(home.with_settings(BCRYPT_LOG_ROUNDS="4"), home.mailbox, home.clock, home.environment)


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


def tenant(house: House) -> Tenant:
    """Return the public tenant."""
    return house.tenancy.resolve("", PUBLIC, PUBLIC)


def test_one_address_signs_up_once(home: Home, people: People) -> None:
    outcomes = crowd_of(
        CROWD, home, lambda house, number: house.emailpassword.sign_up(tenant(house), ADA, f"pw {number}")
    )

    assert len(winners(outcomes)) == 1
    assert sum(isinstance(outcome, EmailAlreadyExists) for outcome in outcomes) == CROWD - 1
    assert set(people.counts()) >= {"emailpassword_users", "app_id_to_user_id"}
    assert set(people.counts().values()) == {1}


def test_one_address_is_imported_once(home: Home, people: People) -> None:
    outcomes = crowd_of(
        CROWD,
        home,
        lambda house, number: house.emailpassword.import_user(tenant(house), ADA, f"$2a$04${number}", None),
    )

    assert sorted(did_exist for _, _, did_exist in winners(outcomes)) == [False] + [True] * (CROWD - 1)
    assert len({user.user_id for user, _, _ in winners(outcomes)}) == 1
    assert set(people.counts().values()) == {1}


def test_one_reset_token_has_one_winner(home: Home, people: People) -> None:
    user_id = people.emailpassword(ADA)
    token = home.house.password_reset.create_token(tenant(home.house), user_id, ADA)

    outcomes = crowd_of(
        CROWD, home, lambda house, _: house.password_reset.consume_token(tenant(house), token)
    )

    assert [reset.user_id for reset in winners(outcomes)] == [user_id]
    assert sum(isinstance(outcome, ResetPasswordInvalidToken) for outcome in outcomes) == CROWD - 1


def test_one_reset_token_sets_one_password(home: Home, people: People) -> None:
    user_id = people.emailpassword(ADA)
    token = home.house.password_reset.create_token(tenant(home.house), user_id, ADA)

    outcomes = crowd_of(
        CROWD, home, lambda house, number: house.password_reset.reset(tenant(house), token, f"pw {number}")
    )

    (winner,) = [number for number, outcome in enumerate(outcomes) if outcome == user_id]
    home.house.emailpassword.sign_in(tenant(home.house), ADA, f"pw {winner}")


def test_of_many_reset_tokens_of_one_user_one_works(home: Home, people: People) -> None:
    user_id = people.emailpassword(ADA)
    create = home.house.password_reset.create_token
    tokens = [create(tenant(home.house), user_id, ADA) for _ in range(CROWD)]

    outcomes = crowd_of(
        CROWD, home, lambda house, number: house.password_reset.consume_token(tenant(house), tokens[number])
    )

    assert len(winners(outcomes)) == 1
    assert sum(isinstance(outcome, ResetPasswordInvalidToken) for outcome in outcomes) == CROWD - 1
    assert people.rows("emailpassword_pswd_reset_tokens", "user_id") == []


def test_one_verification_token_has_one_winner(home: Home, people: People) -> None:
    token = home.house.emailverification.create_token(tenant(home.house), "ada-1", ADA)

    outcomes = crowd_of(CROWD, home, lambda house, _: house.emailverification.verify(tenant(house), token))

    assert [(proved.user_id, proved.email) for proved in winners(outcomes)] == [("ada-1", ADA)]
    assert sum(isinstance(outcome, EmailVerificationInvalidToken) for outcome in outcomes) == CROWD - 1
    assert people.rows("emailverification_verified_emails", "user_id, email") == [("ada-1", ADA)]


def test_of_many_verification_tokens_for_one_address_one_works(home: Home, people: People) -> None:
    create = home.house.emailverification.create_token
    tokens = [create(tenant(home.house), "ada-1", ADA) for _ in range(CROWD)]

    outcomes = crowd_of(
        CROWD, home, lambda house, number: house.emailverification.verify(tenant(house), tokens[number])
    )

    assert len(winners(outcomes)) == 1
    assert people.rows("emailverification_tokens", "user_id") == []
    assert people.rows("emailverification_verified_emails", "user_id") == [("ada-1",)]
    with pytest.raises(EmailAlreadyVerified):
        create(tenant(home.house), "ada-1", ADA)


def test_one_address_is_taken_by_one_of_many_who_change_theirs(home: Home, people: People) -> None:
    users = [people.emailpassword(f"u{number}@example.com") for number in range(CROWD)]

    outcomes = crowd_of(
        CROWD,
        home,
        lambda house, number: house.emailpassword.update(
            tenant(house), users[number], email=ADA, password=None
        ),
    )

    assert len(winners(outcomes)) == 1
    assert sum(isinstance(outcome, EmailAlreadyExists) for outcome in outcomes) == CROWD - 1
    owners = people.rows("emailpassword_users", "user_id", email=ADA)
    assert len(owners) == 1
    assert people.rows("emailpassword_user_to_tenant", "user_id", email=ADA) == owners


@pytest.mark.parametrize("time", range(4))
def test_who_becomes_primary_and_who_changes_an_address_do_not_meet(
    home: Home, people: People, time: int
) -> None:
    """Bob is about to have Ada's address while both, or the others who have it, become primary users."""
    changing = people.emailpassword(BOB)
    others = [people.third_party("google", f"g{number}", ADA) for number in range(CROWD // 2)]

    def act(house: House, number: int) -> object:
        if number == 0:
            house.emailpassword.update(tenant(house), changing, email=ADA, password=None)
            return "changed"
        if number % 2:
            return house.accountlinking.make_primary(PUBLIC, changing)
        return house.accountlinking.make_primary(PUBLIC, others[number // 2])

    outcomes = crowd_of(CROWD, home, act)

    columns = "user_id, is_linked_or_is_a_primary_user"
    primaries = {user_id for user_id, is_primary in people.rows("app_id_to_user_id", columns) if is_primary}
    has_changed = outcomes[0] == "changed"
    assert has_changed or isinstance(outcomes[0], EmailChangeNotAllowed)
    assert len(primaries & {*others, *([changing] if has_changed else [])}) <= 1
    assert people.rows("emailpassword_users", "email") == [(ADA if has_changed else BOB,)]


def test_dashboard_has_one_user_of_an_address(home: Home, people: People) -> None:
    outcomes = crowd_of(
        CROWD, home, lambda house, _: house.dashboard.create_user(tenant(house), ADA, "correct horse 9")
    )

    assert len(winners(outcomes)) == 1
    assert sum(isinstance(outcome, EmailAlreadyExists) for outcome in outcomes) == CROWD - 1
    assert len(people.rows("dashboard_users", "email")) == 1
