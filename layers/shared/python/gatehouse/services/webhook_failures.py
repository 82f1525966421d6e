"""Events that URLs did not take until they were given up: what an administrator can see of them, and send again."""

from collections.abc import Collection, Iterator, Sequence

from gatehouse.clock import Clock
from gatehouse.models.webhooks import Delivery, Endpoint
from gatehouse.store import webhooks
from gatehouse.store.database import Database

MOST = 1000
"""How many are listed for a URL; whoever sends them again may then list the next."""


class WebhookFailures:
    """Lists them, and puts them on their way again."""

    def __init__(self, database: Database, clock: Clock, endpoints: Sequence[Endpoint]) -> None:
        self._database = database
        self._clock = clock
        self._endpoints = endpoints

    def list(self) -> Iterator[tuple[Endpoint, Delivery]]:
        """Yield each with its URL, oldest first for each URL."""
        for endpoint in self._endpoints:
            for delivery in self._database.run(webhooks.list_given_up(endpoint.key, limit=MOST)):
                yield endpoint, delivery

    def resend(self, event_ids: Collection[str] | None) -> int:
        """Let the next run send events again, all or those with an id; returns how many."""
        now_ms = self._clock()
        found = [item for _, item in self.list() if event_ids is None or item.what.id in event_ids]
        again = [webhooks.resend_delivery(item, now_ms=now_ms) for item in found]
        return sum(self._database.transact(lambda tx: tx.finish(*again))) if again else 0
