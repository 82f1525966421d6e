"""How oracles ask: a house with a clock that they set, and the one call that they make."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gatehouse.bootstrap import House
from gatehouse.config import load_settings
from tests.signing_keys import make_key


class Answer(Protocol):
    """What was answered."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, in any case."""
        ...

    @property
    def text(self) -> str:
        """The body."""
        ...


class Caller(Protocol):
    """Whatever answers the Core Driver Interface."""

    def call(self, method: str, target: str, *, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Send a request and return its answer."""
        ...


@dataclass(frozen=True)
class Crash:
    """What stands for the answer of a function that raised."""

    text: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.at_ms = 0

    def __call__(self) -> int:
        """Return the time that was set."""
        return self.at_ms


def open_house(database_url: str, clock: SetClock, **environment: str) -> House:
    """Build a house on a migrated database, at a set time and with quickly made keys."""
    settings = load_settings({"DATABASE_URL": database_url, "GATEHOUSE_TEST_MODE": "on", **environment})
    return House(settings, clock, make_signing_key_value=make_key)


def header(answer: Answer, name: str) -> str | None:
    """Return a header of an answer by its name in lower case."""
    return next((value for key, value in answer.headers.items() if key.lower() == name), None)
