"""How many times sign-in with codes waits for the database, on a warm connection and with the keys known."""

import pytest

from tests.frontend import Frontend
from tests.functions.fdi.codes import CODE, RESEND, ask, newest, open_link, sign_in, type_code, wrong
from tests.houses import ADA, BOB, Home
from tests.round_trips.proxy import Trips


@pytest.fixture
def frontend(home: Home) -> Frontend:
    """A frontend where nobody has signed in, of a house that knows its tenant and keys."""
    sign_in(home, "first@example.com")
    return Frontend(home.house)


def test_codes_take_few_trips(frontend: Frontend, home: Home, trips: Trips) -> None:
    devices: list[dict[str, str]] = []
    assert trips(lambda: devices.append(ask(frontend, email=BOB))) == 3
    (device,) = devices
    assert trips(lambda: frontend.post(RESEND, **device)) == 4
    code, _ = newest(home, BOB)
    assert trips(lambda: type_code(frontend, device, wrong(code))) == 4
    assert trips(lambda: type_code(frontend, device, code)) <= 8, "a new user, noted in the directory"

    frontend = Frontend(home.house)
    assert trips(lambda: devices.append(ask(frontend, email=BOB))) == 3, (
        "nobody learns that there is an account"
    )
    device = devices[-1]
    code, _ = newest(home, BOB)
    assert trips(lambda: type_code(frontend, device, wrong(code))) == 3
    assert trips(lambda: type_code(frontend, device, code)) == 6
    ask(frontend, email=BOB)
    assert trips(lambda: open_link(Frontend(home.house), newest(home, BOB)[1])) == 6
    assert trips(lambda: frontend.get("/passwordless/email/exists", email=BOB)) == 1


def test_strangers_learn_nothing_from_the_trips(frontend: Frontend, home: Home, trips: Trips) -> None:
    strict = home.with_settings(SIGNUP="invite_only")
    sign_in(home, ADA)
    member, stranger = Frontend(strict), Frontend(strict)
    ask(member, email=BOB)

    assert trips(lambda: member.post(CODE, email=ADA)) == trips(lambda: stranger.post(CODE, email=BOB)) == 3


@pytest.mark.parametrize("how", ["any", "verified"])
def test_codes_take_no_more_where_accounts_are_linked(home: Home, trips: Trips, how: str) -> None:
    house = home.with_settings(ACCOUNT_LINKING=how)
    sign_in(home, ADA, house)
    frontend = Frontend(house)
    device = ask(frontend, email=ADA)

    assert trips(lambda: type_code(frontend, device, newest(home)[0])) == 6
