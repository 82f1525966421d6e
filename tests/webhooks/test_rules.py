"""Which URL hears of what, how long it is tried, and that it holds up nobody."""

import json
from threading import Event

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from gatehouse.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gatehouse.models import PUBLIC
from gatehouse.services.webhook_lanes import MOST_LANES
from gatehouse.services.webhook_sending import BATCH
from tests.houses import ADA, LAPTOP, Home
from tests.webhooks.conftest import SECRET, NewHouse, NewReceiver
from tests.webhooks.outbox import note, rows, send
from tests.webhooks.receiver import Received, ReceiverServer

OTHER_SECRET = "whsec_" + "QUJD" * 10


@pytest.fixture
def home(sqlite_home: Home) -> Home:
    """Return a house on SQLite: what is told here has nothing to do with the database."""
    return sqlite_home


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


@pytest.mark.parametrize("slow", ["hangs", "is_trickling"])
def test_slow_receiver_holds_up_nobody(new_house: NewHouse, new_receiver: NewReceiver, slow: str) -> None:
    hanging, alive = new_receiver(**{slow: True}), new_receiver()
    house = new_house(hanging, alive)
    note(house, times=BATCH + 5)

    sent = send(house, lambda: 0 if len(alive.received) == BATCH + 5 and hanging.received else 1_000_000)

    assert len(alive.received) == BATCH + 5
    assert sent.is_finished is False


def test_url_that_takes_all_gets_several_at_once(new_house: NewHouse, receiver: ReceiverServer) -> None:
    house = new_house(receiver)
    note(house, times=12 * BATCH)
    together, inside = Event(), []

    def stay_until_another_comes(received: Received) -> None:
        inside.append(received)
        if len(inside) > 1:
            together.set()
        if len(receiver.received) > BATCH:
            assert together.wait(5)
        inside.remove(received)

    receiver.on_request = stay_until_another_comes

    sent = send(house)

    assert (sent.sent, sent.retried, sent.is_finished) == (12 * BATCH, 0, True)
    assert len(set(receiver.ids)) == 12 * BATCH
    assert receiver.connections <= MOST_LANES
    assert together.is_set()


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
    before = rows(house)

    sent = send(house, lambda: 10_000)

    assert (sent.sent, sent.is_finished, receiver.received) == (0, False, [])
    assert rows(house) == before


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
