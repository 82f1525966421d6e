"""What is seen of one request while it is answered: its operation, its house, what went wrong; never what it says."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gatehouse.errors import (
    DatabaseError,
    GatehouseError,
    LetterNotSent,
    ProviderFailed,
    ProviderUnavailable,
)

if TYPE_CHECKING:  # the website's function has no house
    from gatehouse.bootstrap import House
    from gatehouse.models.audit import EventName

EVENT_METRICS = {
    "session.created": "SignIns",
    "signin.failed": "SignInFailures",
    "session.theft_detected": "TheftsDetected",
}
"""The events that are counted, and the metrics that count them."""


@dataclass(slots=True)
class Seen:
    """One request, or one run of a cron."""

    route: str = ""
    """The template of the path, such as `/users/{id}`."""

    error: Exception | None = None
    """What it was refused for, or failed with."""

    house: "House | None" = None
    trips_before: int = 0
    counts: dict[str, float] = field(default_factory=dict)
    """Metrics by name that its function counts itself."""

    @property
    def error_class(self) -> str:
        """The name of the error's class; of an unexpected one's, where it was wrapped to be told."""
        wrapped = self.error.__cause__ if type(self.error) is GatehouseError else None
        error = wrapped or self.error
        return type(error).__name__ if error else ""

    @property
    def round_trips(self) -> int | None:
        """How often the database was asked; None where no house was needed."""
        return None if self.house is None else _round_trips(self.house) - self.trips_before

    @property
    def others_failed(self) -> bool:
        """Whether a service that is not ours did: mail, messages, an identity provider."""
        return isinstance(self.error, LetterNotSent | ProviderFailed | ProviderUnavailable)

    def counted(self, *, is_ok: bool) -> dict[str, float]:
        """Return the metrics that what happened counts for; a sign-in only where all went well."""
        noted = _noted(self.house)
        happened = {
            **{metric: event in noted for event, metric in EVENT_METRICS.items()},
            "SignIns": is_ok and "session.created" in noted,
            "DatabaseUnavailable": isinstance(self.error, DatabaseError) and self.error.status == 503,
            "LettersNotSent": isinstance(self.error, LetterNotSent),
            "ProvidersFailed": isinstance(self.error, ProviderFailed | ProviderUnavailable),
        }
        counts = {metric: value for metric, value in self.counts.items() if value}
        return counts | {metric: 1 for metric, is_so in happened.items() if is_so}


_seen: ContextVar[Seen | None] = ContextVar("seen", default=None)


def begin(route: str) -> Seen:
    """Return the record of a request that comes in now; until the next one all notes go there."""
    record = Seen(route)
    _seen.set(record)
    return record


def note_route(template: str) -> None:
    """Note which operation was found behind a path."""
    if record := _seen.get():
        record.route = template


def note_error(error: Exception) -> None:
    """Note why a request is refused, or fails."""
    if record := _seen.get():
        record.error = error


def note_house(house: "House") -> None:
    """Note which house answers."""
    if record := _seen.get():
        record.house = house
        record.trips_before = _round_trips(house)
        _noted(house).clear()


def count(metric: str, value: float) -> None:
    """Count something that only the function knows."""
    if record := _seen.get():
        record.counts[metric] = record.counts.get(metric, 0) + value


def _noted(house: "House | None") -> "set[EventName]":
    """Return the events of the request, without building what notes them."""
    events = vars(house).get("events") if house else None
    return events.noted if events else set()


def _round_trips(house: "House") -> int:
    """Return the house's round trips so far, without building its database: not every request needs one."""
    database = vars(house).get("database")
    return database.round_trips if database else 0
