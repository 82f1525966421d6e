"""How many times frontends with passwords wait for the database, on a warm connection."""

import pytest

from tests.frontend import Frontend
from tests.functions.fdi.passwords import (
    PASSWORD,
    ask_for_link,
    form,
    quick,
    reset,
    sign_in,
    token_for,
)
from tests.houses import ADA, BOB, Home
from tests.round_trips.proxy import Trips

VERIFY = "/user/email/verify"


@pytest.fixture
def home(home: Home) -> Home:
    """A house that does not spend time on passwords, its tenant and keys known."""
    home = quick(home)
    Frontend(home.house).sign_up("first@example.com")
    return home


@pytest.fixture
def frontend(home: Home) -> Frontend:
    """A frontend where nobody has signed in."""
    return Frontend(home.house)


def test_passwords_take_few_trips(frontend: Frontend, trips: Trips) -> None:
    fields = form(email=ADA, password=PASSWORD)

    assert trips(lambda: frontend.post("/signup", formFields=fields)) <= 4
    frontend.tokens.clear()
    assert trips(lambda: frontend.post("/signin", formFields=fields)) <= 4
    frontend.tokens.clear()
    assert trips(lambda: sign_in(frontend, ADA, "wrong")) == 3, "one of them notes it"
    assert trips(lambda: sign_in(frontend, BOB, "wrong")) == 3, "nobody learns that there is no Bob"
    assert trips(lambda: frontend.get("/emailpassword/email/exists", email=ADA)) == 1


@pytest.mark.parametrize("how", ["any", "verified"])
def test_passwords_take_a_few_more_where_accounts_are_linked(home: Home, trips: Trips, how: str) -> None:
    house = home.with_settings(ACCOUNT_LINKING=how)
    frontend = Frontend(house)
    frontend.sign_up("second@example.com")
    frontend.tokens.clear()
    fields = form(email=ADA, password=PASSWORD)
    frontend.post("/signup", formFields=fields)
    frontend.tokens.clear()

    assert trips(lambda: frontend.post("/signin", formFields=fields)) <= 5


def test_forgotten_passwords_take_few_trips(frontend: Frontend, home: Home, trips: Trips) -> None:
    frontend.sign_up(ADA)

    assert trips(lambda: ask_for_link(frontend, ADA)) == 2
    assert trips(lambda: ask_for_link(frontend, BOB)) == 2, "nobody learns that there is no Bob"
    assert trips(lambda: reset(frontend, token_for(home, ADA))) == 4
    assert trips(lambda: reset(frontend, "x")) == 1


def test_proofs_of_addresses_take_few_trips(frontend: Frontend, home: Home, trips: Trips) -> None:
    frontend.sign_up(ADA)

    assert trips(lambda: frontend.get(VERIFY)) == 2
    assert trips(lambda: frontend.post(f"{VERIFY}/token")) == 3
    assert trips(lambda: frontend.post(VERIFY, token=token_for(home, ADA))) == 5
    assert trips(lambda: frontend.post(f"{VERIFY}/token")) == 2
    assert trips(lambda: frontend.post(VERIFY, token="x")) == 1
