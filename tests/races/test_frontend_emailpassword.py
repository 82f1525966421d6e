"""Links of letters, however many instances get the same at once; on every engine."""

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import EmailVerificationInvalidToken, ResetPasswordInvalidToken
from tests.functions.fdi.passwords import prove, quick, token_for
from tests.houses import ADA, LAPTOP, Home
from tests.people import People
from tests.races.crowd import crowd_of, winners

CROWD = 16

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def home(home: Home) -> Home:
    """A home that does not spend time on passwords, and links accounts by itself."""
    home = quick(home)
    return Home(
        home.with_settings(ACCOUNT_LINKING="any"), home.mailbox, home.clock, home.environment, home.others
    )


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


def tenant(house: House) -> Tenant:
    """Return the public tenant."""
    return house.tenancy.resolve("", PUBLIC, PUBLIC)


def reset_by_all(home: Home, token: str) -> int:
    """Let everybody set a password of their own with the same link; return who did."""
    outcomes = crowd_of(
        CROWD,
        home,
        lambda house, number: house.forgotten_passwords.reset(tenant(house), token, f"password {number}"),
    )
    assert sum(isinstance(outcome, ResetPasswordInvalidToken) for outcome in outcomes) == CROWD - 1
    return outcomes.index(None)


def can_sign_in(home: Home, password: str) -> bool:
    """Say whether Ada has a password."""
    return home.house.emailpassword.is_right(tenant(home.house), ADA, password)


def test_one_link_sets_one_password(home: Home, people: People) -> None:
    people.emailpassword(ADA)
    home.house.forgotten_passwords.send_link(tenant(home.house), ADA, LAPTOP)

    winner = reset_by_all(home, token_for(home, ADA))

    assert [number for number in range(CROWD) if can_sign_in(home, f"password {number}")] == [winner]


def test_one_link_makes_one_login_method(home: Home, people: People) -> None:
    google = people.third_party("google", "g1", ADA)
    prove(home, google, ADA)
    home.house.forgotten_passwords.send_link(tenant(home.house), ADA, LAPTOP)

    winner = reset_by_all(home, token_for(home, ADA))

    assert can_sign_in(home, f"password {winner}")
    assert people.counts()["emailpassword_users"] == 1
    assert people.rows("app_id_to_user_id", "primary_or_recipe_user_id") == [(google,), (google,)]


def test_one_link_proves_an_address_once(home: Home, people: People) -> None:
    user_id = people.emailpassword(ADA)
    token = home.house.emailverification.create_token(tenant(home.house), user_id, ADA)

    outcomes = crowd_of(
        CROWD,
        home,
        lambda house, _: house.frontend_emailverification.verify(
            tenant(house), token, None, has_anti_csrf=False
        ),
    )

    assert winners(outcomes) == [None]
    assert sum(isinstance(outcome, EmailVerificationInvalidToken) for outcome in outcomes) == CROWD - 1
    assert people.rows("emailverification_verified_emails", "user_id, email") == [(user_id, ADA)]
    assert people.rows("app_id_to_user_id", "is_linked_or_is_a_primary_user") in ([(1,)], [(True,)])
