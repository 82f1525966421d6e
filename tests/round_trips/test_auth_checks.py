"""How many times the checks around a sign-in wait for the database, on a warm connection."""

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS
from gatehouse.models.tenancy import Tenant
from gatehouse.services.auth_checks import Admission
from gatehouse.services.candidates import Candidate, Seen
from tests.houses import Home
from tests.people import People
from tests.round_trips.proxy import Trips

EMAIL = "carol@example.com"
CODE = Candidate(PASSWORDLESS, email=EMAIL)


def tenant_of(house: House) -> Tenant:
    """Return the app's own tenant, which is known from the second time on."""
    return house.tenancy.resolve("", PUBLIC, PUBLIC)


def sign_up(house: House, candidate: Candidate, seen: Seen | None = None) -> Admission:
    """Ask whether somebody may sign up."""
    return house.auth_checks.before(
        tenant_of(house),
        candidate,
        found=None,
        is_sign_up=True,
        is_verified=False,
        verifies=candidate.recipe_id == PASSWORDLESS,
        factor_ids=["otp-email", "emailpassword"],
        session=None,
        links_session=None,
        seen=seen,
    )


@pytest.fixture
def user_id(home: Home) -> str:
    """Make somebody who has proved their address with a code; return their id."""
    people = People(home.house.database)
    user_id = people.passwordless(EMAIL, None)
    people.insert("emailverification_verified_emails", user_id=user_id, email=EMAIL)
    return user_id


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        ({}, 0),
        ({"ACCOUNT_LINKING": "any"}, 0),
        ({"ACCOUNT_LINKING": "verified"}, 1),
        ({"SIGNUP": "invite_only"}, 1),
    ],
)
@pytest.mark.usefixtures("user_id")
def test_sign_up_is_allowed_after_one_read_at_most(
    home: Home, trips: Trips, settings: dict[str, str], most: int
) -> None:
    house = home.with_settings(ADMIN_EMAILS=EMAIL, **settings)
    seen = house.auth_checks.look(tenant_of(house), CODE)

    assert trips(lambda: sign_up(house, Candidate(PASSWORDLESS, email=EMAIL))) == most
    assert trips(lambda: sign_up(house, CODE, seen)) == 0


@pytest.mark.parametrize("how", ["off", "verified", "any"])
def test_people_are_found_checked_and_linked_with_one_read(
    home: Home, trips: Trips, user_id: str, how: str
) -> None:
    house = home.with_settings(ACCOUNT_LINKING=how)
    if how != "off":
        house.accountlinking.make_primary(PUBLIC, user_id)
    tenant = tenant_of(house)

    def sign_in() -> None:
        found = house.auth_checks.find(tenant, CODE)
        assert found
        house.auth_checks.before(
            tenant,
            CODE,
            found=found[0],
            is_sign_up=False,
            is_verified=True,
            verifies=True,
            factor_ids=["otp-email"],
            session=None,
            links_session=None,
        )
        assert house.auth_checks.link(tenant, *found, None, None) == found[0]

    assert trips(sign_in) == 1


def test_new_people_are_noted_with_one_trip(home: Home, trips: Trips, user_id: str) -> None:
    house = home.house
    tenant = tenant_of(house)
    person, method = house.auth_users.require(house.database, PUBLIC, user_id)

    def enter(*, is_sign_up: bool) -> None:
        house.auth_checks.after(
            tenant,
            person,
            method,
            is_sign_up=is_sign_up,
            factor_id=EMAIL_PASSWORD,
            session=None,
            has_anti_csrf=False,
        )

    enter(is_sign_up=False)
    assert trips(lambda: enter(is_sign_up=False)) == 2
    assert trips(lambda: enter(is_sign_up=True)) == 3
