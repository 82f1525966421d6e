"""How long the request that is being answered may still take: what waits for others asks before it waits."""

import math
import time
from contextvars import ContextVar

_ends_at_s: ContextVar[float] = ContextVar("ends_at_s", default=math.inf)


def end_in(seconds: float) -> None:
    """Let whatever this request waits for come to an end within these seconds; it is forgotten with the request."""
    _ends_at_s.set(time.monotonic() + seconds)


def seconds_left() -> float:
    """Return how long this request may still wait; infinity where nobody said."""
    return _ends_at_s.get() - time.monotonic()
