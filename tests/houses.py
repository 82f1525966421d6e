"""Houses for tests: the real object graph on a real database, with a mailbox file and a clock that tests can set."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gatehouse.bootstrap import House
from gatehouse.clock import now_ms
from gatehouse.config import load_settings
from gatehouse.models import Client, SignedIn
from gatehouse.store.database import Database
from tests.signing_keys import make_key

ADA = "ada@example.com"
BOB = "bob@example.com"
LAPTOP = Client("203.0.113.7")


class Clock:
    """The time; tests move it forward. It starts a minute into a window of the send limits, so that none ends early."""

    def __init__(self) -> None:
        self.ahead_ms = (60_000 - now_ms()) % 900_000

    def __call__(self) -> int:
        """Return the system's time, moved forward."""
        return now_ms() + self.ahead_ms

    def advance(self, *, seconds: float = 0, minutes: float = 0, days: float = 0) -> None:
        """Move the time forward."""
        self.ahead_ms += round(seconds * 1_000 + minutes * 60_000 + days * 86_400_000)


class StoppedClock(Clock):
    """A time that only tests move: however long they take, nothing that an instance keeps grows old."""

    def __init__(self) -> None:
        super().__init__()
        self._started_ms = now_ms()

    def __call__(self) -> int:
        """Return the time when it was made, moved forward."""
        return self._started_ms + self.ahead_ms


@dataclass(frozen=True)
class Mailbox:
    """The file that the console sender appends letters to."""

    path: Path

    def letters(self) -> list[dict[str, Any]]:
        """Return all letters, oldest first."""
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []

    def last_to(self, address: str) -> dict[str, Any]:
        """Return the newest letter to an address."""
        return next(letter for letter in reversed(self.letters()) if letter["to"] == address)

    def token_for(self, address: str) -> str:
        """Return the token of the newest link that was sent to an address."""
        link: str = self.last_to(address)["links"][0]
        return parse_qs(urlsplit(link).query)["token"][0]


@dataclass(frozen=True)
class Home:
    """A house with what its tests need to look at."""

    house: House
    mailbox: Mailbox
    clock: Clock
    environment: Mapping[str, str]
    others: list[House] = field(default_factory=list)
    kept: list[Database] = field(default_factory=list)

    def keep(self, database: Database) -> None:
        """Let the house use a connection that is open already, as a warm instance does, and leave it open."""
        self.house.__dict__["database"] = database
        self.kept.append(database)

    def with_settings(self, **changes: str) -> House:
        """Return another house on the same database, mailbox and clock, with other settings."""
        self.others.append(House(load_settings({**self.environment, **changes}), self.clock, make_key))
        return self.others[-1]

    def close(self) -> None:
        """Close the database connections."""
        for house in (self.house, *self.others):
            if house.database not in self.kept:
                house.database.disconnect()

    def sign_in(self, email: str, client: Client = LAPTOP) -> SignedIn:
        """Ask for a link, take it from the mailbox, and use it."""
        self.house.identity.login(email, client)
        return self.house.identity.authenticate(self.mailbox.token_for(email), client)


def open_house(database_url: str, mailbox: Path, clock: Clock | None = None, **environment: str) -> Home:
    """Build a house on a migrated database; `environment` holds settings by their names."""
    clock = clock or Clock()
    given = {
        "DATABASE_URL": database_url,
        "MAILBOX_FILE": str(mailbox),
        "BCRYPT_LOG_ROUNDS": "4",  # the least: what hashes cost is the business of their own tests
        **environment,
    }
    return Home(House(load_settings(given), clock, make_key), Mailbox(mailbox), clock, given)
