"""Codes of authenticator apps complete one session, however many use them at the same moment."""

from collections import Counter

import pytest

from gatehouse.bootstrap import House
from gatehouse.crypto.totp_code import code_at, decode_secret
from gatehouse.errors import GatehouseError
from gatehouse.models import PUBLIC
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import RecipeError
from tests.houses import Home
from tests.people import People
from tests.races.crowd import crowd_of, winners

CROWD = 6

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def home(home: Home) -> Home:
    """Return a house where everybody needs an authenticator app."""
    strict = home.with_settings(MFA="on", REQUIRED_SECONDARY_FACTORS="totp")
    return Home(strict, home.mailbox, home.clock, home.environment)


@pytest.fixture
def user_id(home: Home) -> str:
    """Make somebody with a password; return their id."""
    return People(home.house.database).emailpassword("ada@example.com")


def tenant(house: House) -> Tenant:
    """Return the public tenant."""
    return house.tenancy.resolve("", PUBLIC, PUBLIC)


def sign_in(house: House, user_id: str) -> FrontendSession:
    """Open a session with a password."""
    person, method = house.auth_users.require(house.database, PUBLIC, user_id)
    return house.frontend_sessions.open(
        tenant(house), person, method, factor_id="emailpassword", has_anti_csrf=False
    )


def code(home: Home, secret: str) -> str:
    """Return the code of now."""
    return code_at(decode_secret(secret), home.clock() // 30_000)


def kinds(outcomes: list[FrontendSession | GatehouseError]) -> Counter[str]:
    """Count outcomes: sessions as `OK`, refusals by their status."""
    return Counter(outcome.status_text if isinstance(outcome, RecipeError) else "OK" for outcome in outcomes)


def test_one_code_completes_one_of_several_sessions(home: Home, user_id: str) -> None:
    house = home.house
    device = house.totp.import_device(
        PUBLIC, user_id, "phone", secret="JBSWY3DPEHPK3PXP", period_s=30, skew=1
    )
    sessions = [sign_in(house, user_id) for _ in range(CROWD)]
    right = code(home, device.secret)

    outcomes = crowd_of(
        CROWD,
        home,
        lambda house, number: house.frontend_totp.verify(tenant(house), sessions[number], right),
    )

    assert kinds(outcomes) == {"OK": 1, "INVALID_TOTP_ERROR": CROWD - 1}
    (winner,) = winners(outcomes)
    assert winner.claims["st-mfa"]["v"] is True
    payloads = [house.session_list.get(tenant(house), session.handle).payload for session in sessions]
    assert sum(payload["st-mfa"]["v"] for payload in payloads) == 1


def test_one_code_verifies_a_device_for_one_of_several_sessions(home: Home, user_id: str) -> None:
    house = home.house
    sessions = [sign_in(house, user_id) for _ in range(CROWD)]
    _, device, _ = house.frontend_totp.create_device(tenant(house), sessions[0], "phone")
    right = code(home, device.secret)

    def verify(house: House, number: int) -> FrontendSession:
        return house.frontend_totp.verify_device(tenant(house), sessions[number], "phone", right)[0]

    outcomes = crowd_of(CROWD, home, verify)

    completed = [session for session in winners(outcomes) if session.claims["st-mfa"]["v"]]
    assert len(completed) == 1, "the others have proved nothing"
    payloads = [house.session_list.get(tenant(house), session.handle).payload for session in sessions]
    assert sum(payload["st-mfa"]["v"] for payload in payloads) == 1
