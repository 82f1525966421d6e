"""Events reach their URL, whatever the sender's requests to the database come to."""

from contextlib import suppress

import pytest

from gatehouse.bootstrap import House
from gatehouse.errors import DatabaseUnavailable
from gatehouse.services.webhook_sending import LEASE_MS
from gatehouse.store.statement import Sql
from tests.faults.cases import Towns
from tests.faults.proxy import Fault
from tests.faults.world import Town
from tests.houses import ADA, BOB, LAPTOP
from tests.webhooks.conftest import SECRET
from tests.webhooks.receiver import ReceiverServer, receiver_server

WAITING = Sql("SELECT id FROM {webhook_deliveries}").all(lambda row: str(row[0]))


def run_sender(house: House) -> None:
    """Let the cron run."""
    house.webhook_sending.send_due(lambda: 60_000)


def lose_one(town: Town, house: House, receiver: ReceiverServer, fault: Fault | None, at: int) -> int:
    """Lose a request of a sender; the next one comes when its claims have run out. Return how many there were."""
    town.begin_anew()
    house.identity.login(ADA, LAPTOP)
    ada = house.identity.authenticate(town.home.mailbox.token_for(ADA), LAPTOP).user
    house.users.create(email=BOB, name=None, by=ada)
    waiting = set(town.database.run(WAITING))
    assert waiting
    receiver.received.clear()
    town.proxy.plan(fault, at)
    with suppress(DatabaseUnavailable):
        run_sender(house)
    requests = town.proxy.requests
    town.recover()
    town.home.clock.advance(seconds=LEASE_MS / 1_000 + 1)
    run_sender(house)
    assert town.database.run(WAITING) == []
    assert set(receiver.ids) == waiting
    return requests


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("engine", ["mariadb", "postgresql"])
def test_every_event_arrives(towns: Towns, engine: str) -> None:
    town = towns(engine)
    ahead_ms = town.home.clock.ahead_ms
    with receiver_server() as receiver:
        house = town.home.with_settings(WEBHOOK_URLS=receiver.url, WEBHOOK_SECRETS=SECRET)
        house.__dict__["database"] = town.database
        try:
            requests = lose_one(town, house, receiver, None, 0)
            assert requests >= 3, "it looks, claims, and notes"
            for kind in ("before", "after"):
                for at in range(1, requests + 1):
                    lose_one(town, house, receiver, Fault(kind), at)
        finally:
            town.home.clock.ahead_ms = ahead_ms
