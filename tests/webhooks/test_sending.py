"""Events reach the URLs that hear of them: signed, once or again, and whatever became of them is noted."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from gatehouse.bootstrap import House
from gatehouse.clock import DAY_MS
from gatehouse.models import PUBLIC
from gatehouse.services.webhook_sending import LEASE_MS, RETRY_AFTER_MS
from gatehouse.store import audit
from gatehouse.store.database import Transaction
from tests.houses import ADA, Home
from tests.webhooks.conftest import SECRET, NewHouse, NewReceiver
from tests.webhooks.outbox import note, rows, send
from tests.webhooks.receiver import ReceiverServer

SENDERS, EVENTS = 4, 90


class Interrupted(Exception):
    """What ends a transaction in the middle."""


def is_idle(house: House) -> bool:
    return send(house).sent == 0


def test_event_arrives_signed(home: Home, new_house: NewHouse, receiver: ReceiverServer) -> None:
    home.clock.ahead_ms = 0  # receivers refuse what is of another time
    house = new_house(receiver)
    note(house, subject_id="u1", details={"recipe": "emailpassword"}, told={"email": ADA})

    sent = send(house)

    assert (sent.sent, sent.retried, sent.given_up, sent.is_finished) == (1, 0, 0, True)
    (received,) = receiver.received
    told = Webhook(SECRET).verify(received.body, dict(received.headers))
    assert told["type"] == "user.created"
    assert told["data"] == {
        "app_id": "public",
        "tenant_id": "public",
        "user_id": "u1",
        "actor_id": "u1",
        "recipe": "emailpassword",
        "email": ADA,
    }
    assert received.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(received.body + b" ", dict(received.headers))
    assert rows(house) == []


def test_nothing_is_on_its_way_until_the_change_is_committed(
    new_house: NewHouse, receiver: ReceiverServer
) -> None:
    house = new_house(receiver)

    def work(tx: Transaction) -> None:
        tx.batch(*house.events.note("user.created", app_id=PUBLIC))
        raise Interrupted

    with pytest.raises(Interrupted):
        house.database.transact(work)

    assert rows(house) == []
    assert is_idle(house)


def test_event_that_depends_on_something_is_told_only_if_it_happened(
    home: Home, new_house: NewHouse, receiver: ReceiverServer
) -> None:
    house = new_house(receiver)
    handle = home.sign_in(ADA).session.handle
    for known in ("no-such-session", handle):
        note(house, "session.revoked", provided=audit.session(PUBLIC, known))

    (row,) = rows(house)

    assert row.what.subject_id, "who had the session is known to the database only"
    assert send(house).sent == 1
    assert json.loads(receiver.received[0].body)["data"]["user_id"] == row.what.subject_id


def test_several_senders_share_the_work(home: Home, new_house: NewHouse, receiver: ReceiverServer) -> None:
    house = new_house(receiver)
    note(house, times=EVENTS)
    start = Barrier(SENDERS)

    def run(_: int) -> int:
        sender = House(house.settings, home.clock)
        try:
            start.wait()
            return send(sender).sent
        finally:
            sender.database.disconnect()

    with ThreadPoolExecutor(SENDERS) as pool:
        counts = list(pool.map(run, range(SENDERS)))

    assert sum(counts) == EVENTS
    assert len(receiver.ids) == len(set(receiver.ids)) == EVENTS, "none lost, none twice"
    assert rows(house) == []


def test_what_a_crashed_sender_had_taken_is_sent_again_under_the_same_id(
    home: Home, new_house: NewHouse, new_receiver: NewReceiver
) -> None:
    receiver = new_receiver(hangs=True)
    house, other = new_house(receiver), new_house(receiver)
    note(house, times=2)

    crashed = send(house, lambda: 0 if receiver.received else 1_000_000)

    assert (crashed.sent, crashed.is_finished) == (0, False)
    receiver.hangs = False
    receiver.released.set()
    assert is_idle(other), "the other sender may be busy with them"
    home.clock.advance(seconds=LEASE_MS / 1000 + 1)
    assert send(other).sent == 2
    assert len(set(receiver.ids)) == 2
    assert receiver.ids.count(receiver.ids[0]) == 2
    bodies = [item.body for item in receiver.received if item.headers["webhook-id"] == receiver.ids[0]]
    assert bodies[0] == bodies[1]


def test_receiver_that_fails_is_tried_for_three_days(
    home: Home, new_house: NewHouse, new_receiver: NewReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = new_receiver(status=500)
    house = new_house(receiver)
    note(house, details={"recipe": "thirdparty"}, told={"email": ADA})
    started_ms = home.clock()

    for attempt, pause_ms in enumerate(RETRY_AFTER_MS, 1):
        assert send(house).retried == 1
        (row,) = rows(house)
        assert (row.attempts, row.outcome) == (attempt, "500")
        assert row.due_at_ms
        waits_ms = row.due_at_ms - home.clock()
        assert pause_ms - 1_000 <= waits_ms <= pause_ms * 1.2
        assert is_idle(house), "it is not due yet"
        home.clock.advance(seconds=waits_ms / 1000 + 1)
    assert 3 * DAY_MS < home.clock() - started_ms < 4 * DAY_MS

    assert send(house).given_up == 1

    (row,) = rows(house)
    assert (row.due_at_ms, row.attempts, row.outcome) == (None, 10, "500")
    assert len(set(receiver.ids)) == 1
    assert len(receiver.received) == 10
    assert len({item.headers["webhook-timestamp"] for item in receiver.received}) == 10
    (said,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert f"gave up user.created {row.what.id} to 127.0.0.1:{receiver.port}" in said.message
    assert ADA not in caplog.text
    home.clock.advance(days=30)
    assert is_idle(house)
    house.cleanup.sweep(lambda: True)
    assert rows(house) == []


def test_delivery_is_not_moved_by_whoever_lost_it(
    home: Home, new_house: NewHouse, new_receiver: NewReceiver
) -> None:
    """A sender that is slower than its lease must not push back what another has taken over."""
    receiver = new_receiver(status=500)
    house = new_house(receiver)
    note(house)

    def late(received: object) -> None:
        receiver.on_request = lambda received: None
        home.clock.advance(seconds=LEASE_MS / 1000 + 1)
        other = House(house.settings, home.clock)
        send(other)
        other.database.disconnect()

    receiver.on_request = late
    send(house)

    (row,) = rows(house)
    assert row.attempts == 2
    assert row.due_at_ms
    assert row.due_at_ms - home.clock() > RETRY_AFTER_MS[1] - 60_000, "as the second sender said"
