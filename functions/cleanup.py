"""The cron that deletes what has expired."""

import json
import logging
from typing import Any, Protocol

from gatehouse.bootstrap import build
from gatehouse.web.app import Entrance

MARGIN_MS = 5_000
"""Stop this long before the function's time is over."""

entrance = Entrance(build)
log = logging.getLogger("gatehouse.cleanup")


class LambdaContext(Protocol):
    """What this function asks of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run."""


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Delete in bounded batches; returns {"finished": whether nothing expired is left, "deleted": {table: rows}}."""
    swept = entrance.house.cleanup.sweep(lambda: context.get_remaining_time_in_millis() > MARGIN_MS)
    answer = {"finished": swept.is_finished, "deleted": swept.deleted}
    log.info("cleanup %s", json.dumps(answer))
    return answer
