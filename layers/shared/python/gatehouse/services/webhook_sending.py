"""Sends events to URLs: takes what is due, posts it, and notes what became of it.

Each URL has threads of its own, so that a slow or dead one holds up no other; only the caller's thread talks to the
database. What was sent is deleted after it was taken, so an event may arrive twice, and never not at all.
"""

import json
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gatehouse import __version__
from gatehouse.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Clock
from gatehouse.crypto.webhook_signature import sign
from gatehouse.delivery.webhook import PATIENCE_S, Receiver, Reply
from gatehouse.models import PUBLIC
from gatehouse.models.webhooks import Delivery, Endpoint, Happening
from gatehouse.services.webhook_lanes import MOST_LANES, Lane, Results, Road, Tried, start, take
from gatehouse.store import webhooks
from gatehouse.store.database import Database
from gatehouse.store.statement import Query

RETRY_AFTER_MS = (
    MINUTE_MS,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
)
"""How long after each attempt the next one is due: as Standard Webhooks suggests, over three days."""

JITTER = (1.0, 1.2)
GIVE_UP_AFTER_MS = 4 * DAY_MS
LONGEST_RETRY_AFTER_S = DAY_MS // SECOND_MS
BATCH = 20
LEASE_MS = 3 * MINUTE_MS
SEND_MS = 20_000
"""No send begins with less time than this: it may take as long as all of its time-outs together."""
WRITE_MS = 2_000
"""What is left by then is for noting what became of the last sends."""
GONE = 410

log = logging.getLogger("gatehouse.webhooks")


@dataclass(slots=True)
class Sent:
    """What a run did, and whether nothing that was due is left."""

    sent: int = 0
    retried: int = 0
    given_up: int = 0
    is_finished: bool = True


class WebhookSending:
    """Sends what is due; several may do so at once and share the work."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        endpoints: Sequence[Endpoint],
        secrets: Sequence[bytes],
        *,
        may_be_private: bool,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._database = database
        self._clock = clock
        self._endpoints = endpoints
        self._secrets = secrets
        self._may_be_private = may_be_private
        self._patience_s = patience_s

    def send_due(self, remaining_ms: Callable[[], int]) -> Sent:
        """Send until nothing is due, or the time is over that `remaining_ms` tells."""
        sent, results = Sent(), Results()
        lanes = [self._lane(Road(endpoint)) for endpoint in self._endpoints]
        busy = sum(self._start(lane, results, remaining_ms, sent) for lane in lanes)
        while busy and remaining_ms() > WRITE_MS:
            found = take(results)
            self._note([item for item in found if isinstance(item, Tried)], sent)
            for lane in (item for item in found if isinstance(item, Lane)):
                busy += self._go_on(lane, results, remaining_ms, sent) - 1
        sent.is_finished &= not busy
        return sent

    def receiver(self, endpoint: Endpoint) -> Receiver:
        """Return what posts to a URL."""
        return Receiver(endpoint.url, may_be_private=self._may_be_private, patience_s=self._patience_s)

    def post(self, receiver: Receiver, what: Happening) -> Reply:
        """Sign and send one event."""
        body, now_s = message(what), self._clock() // SECOND_MS
        headers = {
            "content-type": "application/json",
            "user-agent": f"Gatehouse/{__version__}",
            "webhook-id": what.id,
            "webhook-timestamp": str(now_s),
            "webhook-signature": sign(self._secrets, message_id=what.id, timestamp_s=now_s, body=body),
        }
        return receiver.post(body, headers)

    def _lane(self, road: Road) -> Lane:
        return Lane(road, self.receiver(road.endpoint))

    def _start(self, lane: Lane, results: Results, remaining_ms: Callable[[], int], sent: Sent) -> bool:
        """Take a batch for a URL and let a thread send it; returns False if there is nothing, or no time."""
        if remaining_ms() <= SEND_MS:
            sent.is_finished = False
            return False
        batch = self._claim(lane.road.endpoint)
        if not batch:
            return False
        start(lane, batch, self.post, lambda: remaining_ms() > SEND_MS, results)
        return True

    def _go_on(self, lane: Lane, results: Results, remaining_ms: Callable[[], int], sent: Sent) -> int:
        """Go on in a lane that is through, and in another one beside it; returns how many are busy then."""
        road, lanes = lane.road, [lane]
        if road.closed.is_set():
            sent.is_finished = False
            lanes = []
        elif road.lanes < MOST_LANES:
            lanes.append(self._lane(road))
        busy = [item for item in lanes if self._start(item, results, remaining_ms, sent)]
        road.lanes += len(busy) - 1
        if lane not in busy:
            lane.receiver.close()
        return len(busy)

    def _claim(self, endpoint: Endpoint) -> list[Delivery]:
        """Take what is due for a URL; another sender may be faster with some, and then there may be more."""
        while True:
            now_ms = self._clock()
            due = self._database.run(webhooks.list_due(endpoint.key, now_ms=now_ms, limit=BATCH))
            if not due:
                return []
            lease_until_ms = now_ms + LEASE_MS
            claims = [webhooks.claim_delivery(item, lease_until_ms=lease_until_ms) for item in due]
            won = self._database.transact(lambda tx, claims=claims: tx.finish(*claims))  # type: ignore[misc]
            mine = [
                replace(item, due_at_ms=lease_until_ms, attempts=item.attempts + 1)
                for item, is_mine in zip(due, won, strict=True)
                if is_mine
            ]
            if mine:
                return mine

    def _note(self, tried: Sequence[Tried], sent: Sent) -> None:
        """Write down what became of deliveries."""
        writes = [self._settle(item, sent) for item in tried]
        if writes:
            self._database.transact(lambda tx: tx.finish(*writes))

    def _settle(self, tried: Tried, sent: Sent) -> Query[bool]:
        """Return the write that ends a claim: taken, to be sent again, or given up."""
        delivery, reply, now_ms = tried.delivery, tried.reply, self._clock()
        is_old = now_ms >= delivery.queued_at_ms + GIVE_UP_AFTER_MS
        if reply is None and not is_old:
            released = replace(delivery, attempts=delivery.attempts - 1)
            return webhooks.reschedule_delivery(released, due_at_ms=now_ms)
        if reply and reply.is_taken:
            sent.sent += 1
            return webhooks.delete_delivery(delivery)
        delivery = replace(delivery, outcome=reply.word if reply else delivery.outcome)
        told = (delivery.what.event, delivery.what.id, tried.endpoint.host, delivery.attempts)
        if is_old or delivery.attempts > len(RETRY_AFTER_MS) or (reply and reply.status == GONE):
            sent.given_up += 1
            log.error("gave up %s %s to %s after %d attempts: %s", *told, delivery.outcome)
            return webhooks.give_up_delivery(delivery)
        sent.retried += 1
        log.warning("could not send %s %s to %s, attempt %d: %s", *told, delivery.outcome)
        return webhooks.reschedule_delivery(delivery, due_at_ms=now_ms + _pause_ms(delivery, reply))


def message(what: Happening) -> bytes:
    """Return the body that tells of an event, the same at every attempt."""
    at = datetime.fromtimestamp(what.at_ms / SECOND_MS, UTC).isoformat(timespec="milliseconds")
    details = {**(what.data or {})}
    told = {
        "app_id": what.app_id,
        "tenant_id": details.pop("tenant", PUBLIC),
        "user_id": what.subject_id,
        "actor_id": what.actor_id,
        **details,
    }
    data = {name: value for name, value in told.items() if value is not None}
    body = {"type": what.event, "timestamp": at.replace("+00:00", "Z"), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _pause_ms(delivery: Delivery, reply: Reply | None) -> int:
    """Return when to try again: later each time, and not before the receiver wants it."""
    usual_ms = RETRY_AFTER_MS[delivery.attempts - 1] * random.uniform(*JITTER)  # noqa: S311 (jitter)
    asked_s = min(reply.retry_after_s or 0, LONGEST_RETRY_AFTER_S) if reply else 0
    return max(round(usual_ms), asked_s * SECOND_MS)
