"""The outbox: events that URLs shall hear of are written together with the change, and sent later."""

from collections.abc import Mapping, Sequence
from typing import Any

from gatehouse.models.audit import Entry
from gatehouse.models.webhooks import Endpoint, Happening
from gatehouse.store import webhooks
from gatehouse.store.statement import Query


class Webhooks:
    """Puts events on their way to the URLs that hear of them; nothing is sent here."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._endpoints = endpoints

    def writes(
        self, app_id: str, entry: Entry, told: Mapping[str, Any] | None, *, of_entry: bool
    ) -> tuple[Query[int], ...]:
        """Return a write for each URL that hears of an event, for the transaction of the change.

        `told` is what the entry does not say. With `of_entry` the writes do something only if the entry is there by
        then, and take from it who did what to whom.
        """
        heard = [endpoint.key for endpoint in self._endpoints if endpoint.hears_of(entry.event)]
        if not heard:
            return ()
        data = {"client": entry.client, **entry.details, **(told or {})}
        what = Happening(app_id, entry.id, entry.event, entry.at_ms, entry.actor_id, entry.subject_id, data)
        insert = webhooks.insert_delivery_of_entry if of_entry else webhooks.insert_delivery
        return tuple(insert(what, key) for key in heard)
