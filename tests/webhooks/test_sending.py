"""Events reach the URLs that hear of them: signed, once or again, and whatever became of them is noted."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from gatehouse.bootstrap import House
from gatehouse.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gatehouse.models import PUBLIC
from gatehouse.services.webhook_sending import BATCH, LEASE_MS, RETRY_AFTER_MS
from gatehouse.store import audit
from gatehouse.store.database import Transaction
from tests.houses import ADA, LAPTOP, Home
from tests.webhooks.conftest import SECRET, NewHouse, NewReceiver
from tests.webhooks.outbox import note, rows, send
from tests.webhooks.receiver import ReceiverServer

SENDERS, EVENTS = 4, 90
OTHER_SECRET = "whsec_" + "QUJD" * 10


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


def test_gone_is_taken_at_its_word(new_house: NewHouse, new_receiver: NewReceiver) -> None:
    receiver = new_receiver(answers=[410])
    house = new_house(receiver)
    note(house)

    assert send(house).given_up == 1

    (row,) = rows(house)
    assert (row.due_at_ms, row.outcome) == (None, "410")


@pytest.mark.parametrize(("asked_s", "waits_ms"), [(7_200, 2 * HOUR_MS), (999_999_999, DAY_MS)])
def test_receiver_may_ask_for_more_time(
    home: Home, new_house: NewHouse, new_receiver: NewReceiver, asked_s: int, waits_ms: int
) -> None:
    receiver = new_receiver(answers=[429], headers={"retry-after": str(asked_s)})
    house = new_house(receiver)
    note(house)
    asked_at_ms = home.clock()

    send(house)

    (row,) = rows(house)
    assert row.due_at_ms
    assert 0 <= row.due_at_ms - asked_at_ms - waits_ms < MINUTE_MS
    home.clock.advance(seconds=waits_ms / 1000 + 60)
    assert send(house).sent == 1


def test_dead_url_is_asked_once_in_a_run_and_holds_up_nobody(
    home: Home, new_house: NewHouse, new_receiver: NewReceiver
) -> None:
    dead, alive = new_receiver(status=503), new_receiver()
    house = new_house(dead, alive)
    note(house, times=2 * BATCH + 5)

    sent = send(house)

    assert (sent.sent, sent.retried, sent.is_finished) == (2 * BATCH + 5, 1, False)
    assert len(dead.received) == 1
    waiting = rows(house)
    assert sorted(row.attempts for row in waiting) == [0] * (2 * BATCH + 4) + [1]
    dead.status = 204
    home.clock.advance(seconds=1)
    assert send(house).sent == 2 * BATCH + 4, "all but the one that was tried, which is due later"


def test_receiver_that_hangs_holds_up_nobody(
    home: Home, new_house: NewHouse, new_receiver: NewReceiver
) -> None:
    hanging, alive = new_receiver(hangs=True), new_receiver()
    house = new_house(hanging, alive)
    note(house, times=BATCH + 5)

    sent = send(house, lambda: 0 if len(alive.received) == BATCH + 5 and hanging.received else 1_000_000)

    assert len(alive.received) == BATCH + 5
    assert sent.is_finished is False


def test_event_that_was_never_tried_is_given_up_after_four_days(
    home: Home, new_house: NewHouse, new_receiver: NewReceiver
) -> None:
    receiver = new_receiver(status=502)
    house = new_house(receiver)
    note(house, times=5)
    home.clock.advance(days=4, seconds=1)

    assert send(house).given_up == 5

    assert [row.due_at_ms for row in rows(house)] == [None] * 5
    assert len(receiver.received) == 1


def test_without_time_nothing_is_begun(new_house: NewHouse, receiver: ReceiverServer) -> None:
    house = new_house(receiver)
    note(house, times=3)

    sent = send(house, lambda: 10_000)

    assert (sent.sent, sent.is_finished, receiver.received) == (0, False, [])
    assert [row.attempts for row in rows(house)] == [0, 0, 0]


def test_what_there_is_no_time_for_is_left_to_the_next_run(
    home: Home, new_house: NewHouse, receiver: ReceiverServer
) -> None:
    house = new_house(receiver)
    note(house, times=5)

    first = send(house, lambda: 1_000_000 if len(receiver.received) < 2 else 10_000)

    assert 2 <= first.sent < 5
    assert first.is_finished is False
    assert {row.attempts for row in rows(house)} == {0}
    home.clock.advance(seconds=1)
    assert send(house).sent == 5 - first.sent


def test_urls_hear_of_what_they_are_for(home: Home, new_receiver: NewReceiver) -> None:
    users, sessions, everything = new_receiver(), new_receiver(), new_receiver()
    house = home.with_settings(
        WEBHOOK_URLS=f"{users.url} user.*, {sessions.url} session.created user.deleted, {everything.url}",
        WEBHOOK_SECRETS=SECRET,
    )
    for event in ("user.created", "user.deleted", "session.created", "roles.changed"):
        note(house, event)

    send(house)

    def heard(receiver: ReceiverServer) -> list[str]:
        return sorted(json.loads(item.body)["type"] for item in receiver.received)

    assert heard(users) == ["user.created", "user.deleted"]
    assert heard(sessions) == ["session.created", "user.deleted"]
    assert heard(everything) == ["roles.changed", "session.created", "user.created", "user.deleted"]
    assert set(users.ids) < set(everything.ids), "an event has one id wherever it goes"


def test_receivers_may_change_from_one_secret_to_another(
    home: Home, new_house: NewHouse, receiver: ReceiverServer
) -> None:
    home.clock.ahead_ms = 0
    house = new_house(receiver, WEBHOOK_SECRETS=f"{OTHER_SECRET}, {SECRET}")
    note(house)
    send(house)

    (received,) = receiver.received
    for secret in (SECRET, OTHER_SECRET):
        Webhook(secret).verify(received.body, dict(received.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "QUJE" * 10).verify(received.body, dict(received.headers))


def test_sign_in_waits_for_no_receiver_and_tells_no_secret(
    home: Home, new_house: NewHouse, new_receiver: NewReceiver
) -> None:
    receiver = new_receiver(hangs=True)
    house = new_house(receiver)

    house.identity.login(ADA, LAPTOP)
    token = home.mailbox.token_for(ADA)
    signed_in = house.identity.authenticate(token, LAPTOP)

    assert receiver.received == []
    told = [row.what for row in rows(house)]
    assert {what.event for what in told} >= {"session.created", "user.created"}
    assert {what.subject_id for what in told} == {signed_in.user.id}
    written = json.dumps([dict(what.data or {}) for what in told])
    for secret in (token, signed_in.session_token, signed_in.session_jwt):
        assert secret
        assert secret not in written


def test_without_urls_nothing_is_written(home: Home) -> None:
    assert len(home.house.events.note("user.created", app_id=PUBLIC)) == 1
    home.sign_in(ADA)
    assert rows(home.house) == []
    assert send(home.house).is_finished


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
