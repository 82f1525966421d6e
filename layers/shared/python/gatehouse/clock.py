"""The time, as everything here counts it: milliseconds since 1970, UTC."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Returns now in milliseconds since 1970, UTC."""

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


def now_ms() -> int:
    """Return the system's time in milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000
