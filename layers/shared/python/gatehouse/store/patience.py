"""Waiting for a database, within the time that the request has left."""

import time

from gatehouse import time_limit
from gatehouse.errors import DatabaseRefused

LEAST_TIME_S = 0.02
"""With less than this left nothing is sent any more."""


def time_for(seconds: float) -> float:
    """Return how long something may take, at most as long as given; raises DatabaseRefused when it is too late."""
    left_s = min(seconds, time_limit.seconds_left())
    if left_s < LEAST_TIME_S:
        raise DatabaseRefused
    return left_s


def pause(seconds: float) -> None:
    """Wait before the next try; raises DatabaseRefused when no time would be left for it."""
    if time_limit.seconds_left() < seconds + LEAST_TIME_S:
        raise DatabaseRefused
    time.sleep(seconds)
