"""Signing keys of tests: making one takes longer than most tests."""

from collections.abc import Callable
from itertools import count
from threading import Lock

from gatehouse.crypto.signing_key import make_key_value

KEYS_IN_POOL = 12
"""More than any app has, so that the keys of one app differ."""


def key_pool(size: int = KEYS_IN_POOL) -> Callable[[], str]:
    """Return a maker of signing keys that hands out a few keys in turn; threads may share it."""
    made: list[str] = []
    turns = count()
    lock = Lock()

    def make() -> str:
        with lock:
            turn = next(turns) % size
            if turn == len(made):
                made.append(make_key_value())
            return made[turn]

    return make


make_key = key_pool()
"""The maker that all houses of a process share."""
