"""Webhooks: the URLs that hear of events, and what is on its way to them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from gatehouse.models.audit import EVENT_NAMES

COUNTED = frozenset({"signin.failed", "send.refused", "password.reset_asked"})
"""Events of strangers that the audit log only counts: whoever tries doors would fill the inboxes of others."""

HEARD = tuple(event for event in EVENT_NAMES if event not in COUNTED)
"""The events that URLs can hear of."""


@dataclass(frozen=True)
class Endpoint:
    """A URL that hears of the events whose names fit one of its patterns."""

    url: str
    patterns: tuple[str, ...] = ("*",)

    @cached_property
    def key(self) -> str:
        """Tell this URL from others in the database, wherever it stands in the list."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:32]

    @property
    def host(self) -> str:
        """Return what may be logged of the URL: its path or query may hold a secret."""
        return urlsplit(self.url).netloc

    def hears_of(self, event: str) -> bool:
        """Say whether an event goes to this URL."""
        return any(fnmatchcase(event, pattern) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as webhooks tell of it; `id` is the same for every URL and at every attempt."""

    app_id: str
    id: str
    event: str
    at_ms: int
    actor_id: str | None = None
    subject_id: str | None = None
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to one URL.

    `due_at_ms` is when it is sent next, None where it was given up; `attempts` counts those that were begun since
    `queued_at_ms`, `outcome` says how the last one ended.
    """

    what: Happening
    endpoint: str
    queued_at_ms: int
    due_at_ms: int | None
    attempts: int = 0
    outcome: str | None = None
