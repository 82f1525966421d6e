"""The cron that deletes what has expired."""

from typing import Any, Protocol

from gatehouse.web import seen
from gatehouse.web.entrance import open_entrance
from gatehouse.web.observed import observed

MARGIN_MS = 5_000
"""Stop this long before the function's time is over."""

entrance = open_entrance()


class LambdaContext(Protocol):
    """What this function asks of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run."""


def clean_up(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Delete in bounded batches; returns {"finished": whether nothing expired is left, "deleted": {table: rows}}."""
    house = entrance.house
    seen.note_house(house)
    swept = house.cleanup.sweep(lambda: context.get_remaining_time_in_millis() > MARGIN_MS)
    seen.count("RowsDeleted", sum(swept.deleted.values()))
    return {"finished": swept.is_finished, "deleted": swept.deleted}


handler = observed(clean_up)
