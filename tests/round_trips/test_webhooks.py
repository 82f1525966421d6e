"""Where URLs hear of events, people wait for the database no more often than elsewhere, and for the URLs never."""

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import Credentials
from tests.houses import ADA, BOB, LAPTOP, Home
from tests.round_trips.proxy import Trips
from tests.webhooks.outbox import rows

NOBODY = "https://receiver.invalid/hooks, https://receiver.invalid/others"


@pytest.fixture
def telling(home: Home) -> House:
    """Return a house whose events go to two URLs, with a warm connection."""
    house = home.with_settings(WEBHOOK_URLS=NOBODY)
    house.identity.login(ADA, LAPTOP)
    house.identity.authenticate(home.mailbox.token_for(ADA), LAPTOP)
    return house


def test_signing_in_takes_as_many(home: Home, telling: House, trips: Trips) -> None:
    for address in (ADA, BOB):
        assert trips(lambda address=address: telling.identity.login(address, LAPTOP)) == 2  # type: ignore[misc]
        token = home.mailbox.token_for(address)
        before = len(rows(telling))
        assert trips(lambda token=token: telling.identity.authenticate(token, LAPTOP)) == 3  # type: ignore[misc]
        assert len(rows(telling)) >= before + 2


def test_writes_of_the_directory_and_logout_take_as_many(home: Home, telling: House, trips: Trips) -> None:
    telling.identity.login(BOB, LAPTOP)
    bob = telling.identity.authenticate(home.mailbox.token_for(BOB), LAPTOP)
    telling.identity.login(ADA, LAPTOP)
    admin = telling.identity.authenticate(home.mailbox.token_for(ADA), LAPTOP)
    ending, plain = Credentials(token=admin.session_token), home.sign_in(ADA).session_token

    assert trips(lambda: telling.users.create(email="c@example.com", name="C", by=admin.user)) == 1
    assert trips(lambda: telling.identity.remove_user(bob.user.id, by=admin.user)) == 3
    with_urls = trips(lambda: telling.identity.log_out(ending))
    assert with_urls == trips(lambda: home.house.identity.log_out(Credentials(token=plain)))
