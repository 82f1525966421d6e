"""Threads that post events: each URL is a road of its own, with more lanes while it takes all that it is sent."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread

from gatehouse.delivery.webhook import Receiver, Reply
from gatehouse.models.webhooks import Delivery, Endpoint, Happening

MOST_LANES = 4
"""How many events a URL is sent at the same moment."""

POLL_S = 0.5

log = logging.getLogger("gatehouse.webhooks")


@dataclass(slots=True)
class Road:
    """A URL while a run works on it; it is closed once nothing more goes there."""

    endpoint: Endpoint
    lanes: int = 1
    closed: Event = field(default_factory=Event)


@dataclass(frozen=True, slots=True)
class Lane:
    """A connection to a URL, which one thread uses at a time."""

    road: Road
    receiver: Receiver


@dataclass(frozen=True, slots=True)
class Tried:
    """A delivery with what became of it; None if there was no time, or no use, to send it now."""

    endpoint: Endpoint
    delivery: Delivery
    reply: Reply | None


Results = SimpleQueue[Tried | Lane]
"""What threads find out, in order; a lane itself says that it is through with its batch."""

Post = Callable[[Receiver, Happening], Reply]


def start(
    lane: Lane, batch: Iterable[Delivery], post: Post, has_time: Callable[[], bool], results: Results
) -> None:
    """Let a thread send a batch; all that it finds out goes to `results`."""
    arguments = (lane, batch, post, has_time, results)
    Thread(target=_work, args=arguments, daemon=True).start()


def _work(
    lane: Lane, batch: Iterable[Delivery], post: Post, has_time: Callable[[], bool], results: Results
) -> None:
    road = lane.road
    try:
        for delivery in batch:
            if not has_time():
                road.closed.set()
            reply = None if road.closed.is_set() else post(lane.receiver, delivery.what)
            if reply and reply.is_down:
                road.closed.set()
            results.put(Tried(road.endpoint, delivery, reply))
    except Exception:
        log.exception("sending to %s failed", road.endpoint.host)
        road.closed.set()
    finally:
        results.put(lane)


def take(results: Results) -> list[Tried | Lane]:
    """Return what there is, after waiting a moment for something."""
    found: list[Tried | Lane] = []
    try:
        found.append(results.get(timeout=POLL_S))
        while True:
            found.append(results.get_nowait())
    except Empty:
        return found
