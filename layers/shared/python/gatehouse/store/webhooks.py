"""Rows of events on their way to URLs.

`due_at_ms` is also the lease: whoever sends a row moves it on first, and only one finds the value that all have seen.
A sender that crashes leaves a row that becomes due again.
"""

import json
from typing import Any

from gatehouse.models.webhooks import Delivery, Happening
from gatehouse.store.statement import Query, Row, Sql, Upsert

_KEY = "app_id = :app_id AND id = :id AND endpoint = :endpoint"

INSERT_DELIVERY = Upsert(
    "webhook_deliveries",
    columns=(
        "app_id",
        "id",
        "endpoint",
        "event",
        "at_ms",
        "actor_id",
        "subject_id",
        "data",
        "queued_at_ms",
        "due_at_ms",
        "attempts",
    ),
    key=("app_id", "id", "endpoint"),
)

INSERT_DELIVERY_OF_ENTRY = Sql("""
    INSERT INTO {webhook_deliveries}
      (app_id, id, endpoint, event, at_ms, actor_id, subject_id, data, queued_at_ms, due_at_ms, attempts)
    SELECT a.app_id, a.id, :endpoint, a.event, a.at_ms, a.actor_id, a.subject_id, :data, a.at_ms, a.at_ms, 0
    FROM {audit_log} a
    LEFT JOIN {webhook_deliveries} d ON d.app_id = a.app_id AND d.id = a.id AND d.endpoint = :endpoint
    WHERE a.app_id = :app_id AND a.id = :id AND d.id IS NULL""")

_SELECT = """
    SELECT app_id, id, event, at_ms, actor_id, subject_id, data, endpoint, queued_at_ms, due_at_ms, attempts, outcome
    FROM {webhook_deliveries} WHERE endpoint = :endpoint"""

SELECT_DUE = Sql(f"{_SELECT} AND due_at_ms <= :now_ms ORDER BY due_at_ms LIMIT :limit")

SELECT_GIVEN_UP = Sql(f"{_SELECT} AND due_at_ms IS NULL ORDER BY at_ms LIMIT :limit")

CLAIM_DELIVERY = Sql(f"""
    UPDATE {{webhook_deliveries}} SET due_at_ms = :lease_until_ms, attempts = attempts + 1
    WHERE {_KEY} AND due_at_ms = :seen_due_at_ms""")

RESCHEDULE_DELIVERY = Sql(f"""
    UPDATE {{webhook_deliveries}} SET due_at_ms = :due_at_ms, attempts = :attempts, outcome = :outcome
    WHERE {_KEY} AND due_at_ms = :lease_until_ms""")

GIVE_UP_DELIVERY = Sql(f"""
    UPDATE {{webhook_deliveries}} SET due_at_ms = NULL, outcome = :outcome
    WHERE {_KEY} AND due_at_ms = :lease_until_ms""")

RESEND_DELIVERY = Sql(f"""
    UPDATE {{webhook_deliveries}} SET due_at_ms = :now_ms, queued_at_ms = :now_ms, attempts = 0
    WHERE {_KEY} AND due_at_ms IS NULL""")

DELETE_DELIVERY = Sql(f"DELETE FROM {{webhook_deliveries}} WHERE {_KEY}")


def insert_delivery(what: Happening, endpoint: str) -> Query[int]:
    """Put an event on its way to a URL, at once; the same again changes nothing."""
    return INSERT_DELIVERY.run(
        app_id=what.app_id,
        id=what.id,
        endpoint=endpoint,
        event=what.event,
        at_ms=what.at_ms,
        actor_id=what.actor_id,
        subject_id=what.subject_id,
        data=_written(what),
        queued_at_ms=what.at_ms,
        due_at_ms=what.at_ms,
        attempts=0,
    )


def insert_delivery_of_entry(what: Happening, endpoint: str) -> Query[int]:
    """Do the same with the audit entry that has the event's id, if that was written; it knows who it is about."""
    return INSERT_DELIVERY_OF_ENTRY.run(
        app_id=what.app_id, id=what.id, endpoint=endpoint, data=_written(what)
    )


def list_due(endpoint: str, *, now_ms: int, limit: int) -> Query[list[Delivery]]:
    """List what is to be sent to a URL, longest due first."""
    return SELECT_DUE.all(_read, endpoint=endpoint, now_ms=now_ms, limit=limit)


def list_given_up(endpoint: str, *, limit: int) -> Query[list[Delivery]]:
    """List what a URL did not take until it was given up, oldest first."""
    return SELECT_GIVEN_UP.all(_read, endpoint=endpoint, limit=limit)


def claim_delivery(delivery: Delivery, *, lease_until_ms: int) -> Query[bool]:
    """Take a due delivery for oneself until a time, and count an attempt; answers whether nobody was faster."""
    return CLAIM_DELIVERY.happens(
        **_key(delivery), seen_due_at_ms=delivery.due_at_ms, lease_until_ms=lease_until_ms
    )


def reschedule_delivery(delivery: Delivery, *, due_at_ms: int) -> Query[bool]:
    """Send a claimed delivery again at a time; answers False if the claim has passed to somebody else."""
    return RESCHEDULE_DELIVERY.happens(
        **_key(delivery),
        lease_until_ms=delivery.due_at_ms,
        due_at_ms=due_at_ms,
        attempts=delivery.attempts,
        outcome=delivery.outcome,
    )


def give_up_delivery(delivery: Delivery) -> Query[bool]:
    """Send a claimed delivery no more; answers False if the claim has passed to somebody else."""
    return GIVE_UP_DELIVERY.happens(
        **_key(delivery), lease_until_ms=delivery.due_at_ms, outcome=delivery.outcome
    )


def resend_delivery(delivery: Delivery, *, now_ms: int) -> Query[bool]:
    """Put on its way again what was given up, as if it had just happened."""
    return RESEND_DELIVERY.happens(**_key(delivery), now_ms=now_ms)


def delete_delivery(delivery: Delivery) -> Query[bool]:
    """Forget what has arrived, whoever holds the claim."""
    return DELETE_DELIVERY.happens(**_key(delivery))


def _key(delivery: Delivery) -> dict[str, Any]:
    return {"app_id": delivery.what.app_id, "id": delivery.what.id, "endpoint": delivery.endpoint}


def _written(what: Happening) -> str | None:
    return json.dumps(what.data) if what.data else None


def _read(row: Row) -> Delivery:
    app_id, event_id, event, at_ms, actor_id, subject_id, data, *rest = row
    return Delivery(
        Happening(app_id, event_id, event, at_ms, actor_id, subject_id, json.loads(data) if data else None),
        *rest,
    )
