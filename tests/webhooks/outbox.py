"""What tests do with events on their way: note some, look at their rows, let them be sent."""

from collections.abc import Callable
from typing import Any

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.models.audit import EventName
from gatehouse.models.webhooks import Delivery
from gatehouse.services.webhook_sending import Sent
from gatehouse.store.statement import Sql
from gatehouse.store.webhooks import _read

ROWS = Sql("""
    SELECT app_id, id, event, at_ms, actor_id, subject_id, data, endpoint, queued_at_ms, due_at_ms, attempts, outcome
    FROM {webhook_deliveries} ORDER BY at_ms, id""")


def note(house: House, event: EventName = "user.created", *, times: int = 1, **about: Any) -> None:
    """Let something happen."""
    writes = [
        write for _ in range(times) for write in house.events.note(event, **{"app_id": PUBLIC, **about})
    ]
    house.database.transact(lambda tx: tx.finish(*writes))


def rows(house: House) -> list[Delivery]:
    """Return all that is on its way or was given up."""
    return house.database.run(ROWS.all(_read))


def send(house: House, remaining_ms: Callable[[], int] | None = None) -> Sent:
    """Run the sender once, with as much time as it likes."""
    return house.webhook_sending.send_due(remaining_ms or (lambda: 1_000_000))


def countdown(*answers: int) -> Callable[[], int]:
    """Return a function that tells these remaining times one after the other, and then none."""
    left = iter(answers)
    return lambda: next(left, 0)
