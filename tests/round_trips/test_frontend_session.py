"""How many times the sessions of frontends wait for the database, on a warm connection and with the keys known."""

import pytest

from tests.frontend import Frontend
from tests.houses import Home
from tests.round_trips.proxy import Trips


@pytest.fixture(params=["header", "cookie"])
def frontend(request: pytest.FixtureRequest, home: Home) -> Frontend:
    """Somebody's frontend, signed in."""
    frontend = Frontend(home.house, request.param)
    frontend.open_session()
    return frontend


def test_refresh_takes_two_and_verification_none(frontend: Frontend, trips: Trips) -> None:
    late = frontend.copy()
    assert trips(lambda: frontend.ask("POST", "/session/refresh")) == 2
    assert trips(lambda: frontend.ask("POST", "/session/refresh")) == 2, (
        "the first use of a child, noted as such"
    )
    assert trips(lambda: late.ask("POST", "/session/refresh")) == 3, "a tab that comes late"
    assert trips(lambda: Frontend(frontend.house).ask("POST", "/session/refresh")) == 0


def test_sign_out_takes_one_and_after_a_refresh_two_more(frontend: Frontend, trips: Trips) -> None:
    other = frontend.copy()
    assert trips(lambda: frontend.ask("POST", "/signout")) == 1
    assert trips(lambda: other.ask("POST", "/signout")) <= 2
