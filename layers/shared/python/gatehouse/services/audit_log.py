"""What the audit log has, newest first, for administrators.

Each page looks at a bounded number of rows, whatever is asked: one filter chooses an index, and what the others leave
of some hundred rows is the page, which may be short. Its cursor goes on where it stopped looking.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from gatehouse.errors import RequestInvalid
from gatehouse.models import PUBLIC
from gatehouse.models.audit import EVENT_NAMES, Entry
from gatehouse.services.audit import API
from gatehouse.store import audit, session, users
from gatehouse.store.database import Database

LOOKED_THROUGH = 500
"""Rows that a page looks through for what more than one filter lets pass."""

MOST_IDS = 20
"""Under how many ids one person is looked for."""

NEWEST = (2**63 - 1, "")

Position = tuple[int, str]
"""(at_ms, id) of an entry: what is older comes after it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of an event or of all that begin with `session.`, about somebody, by somebody, in a time.

    `from_ms` is the first millisecond, `to_ms` the first one that is not meant any more.
    """

    event: str | None = None
    subject: str | None = None
    actor: str | None = None
    from_ms: int = 0
    to_ms: int | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries, newest first; `next_cursor` is None where there are no more."""

    entries: list[Entry]
    next_cursor: str | None


class AuditLog:
    """Reads the log of the app."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_page(self, wanted: Wanted, *, cursor: str | None, limit: int) -> AuditPage:
        """Return a page; raises RequestInvalid for an unknown event, and for a cursor that no page gave."""
        filters = self._filters(wanted)
        before = _read_cursor(cursor) if cursor else NEWEST
        if wanted.to_ms is not None:
            before = min(before, (wanted.to_ms, ""))
        column, values = next(iter(filters.items()), (None, [None]))
        count = limit + 1 if len(filters) < 2 else LOOKED_THROUGH
        found = self._database.batch(
            *(
                audit.list_page(PUBLIC, column, value, from_ms=wanted.from_ms, before=before, limit=count)
                for value in values
            )
        )
        entries, horizon = _merged(found, count)
        passing = [entry for entry in entries if _passes(entry, filters)]
        if len(passing) > limit:
            horizon = _position(passing[limit - 1])
        return AuditPage(passing[:limit], _write_cursor(horizon) if horizon else None)

    def _filters(self, wanted: Wanted) -> dict[str, list[str]]:
        """Return the values that entries may have in some columns; the first column finds the fewest rows."""
        filters: dict[str, list[str]] = {}
        if wanted.event is not None:
            filters["event"] = _names(wanted.event)
        if wanted.actor is not None:
            filters = {"actor_id": self._ids(wanted.actor), **filters}
        if wanted.subject is not None:
            filters = {"subject_id": self._ids(wanted.subject), **filters}
        return filters

    def _ids(self, person_id: str) -> list[str]:
        """Return the ids that a person has in the log: in the directory, and of each login method."""
        if person_id == API:
            return [API]
        user, pairs = self._database.batch(
            users.get_user(PUBLIC, person_id), session.list_ids_of_person(PUBLIC, person_id)
        )
        identity = (user.auth_user_id if user else None) or person_id
        if identity != person_id:
            pairs = self._database.run(session.list_ids_of_person(PUBLIC, identity))
        known = [person_id, identity, *(each for pair in pairs for each in pair if each)]
        known += self._database.run(audit.list_directory_ids(PUBLIC, known))
        return list(dict.fromkeys(known))[:MOST_IDS]


def _names(event: str) -> list[str]:
    """Return the events that are meant; raises RequestInvalid if there are none."""
    names = [
        name for name in EVENT_NAMES if name == event or (event.endswith(".") and name.startswith(event))
    ]
    if not names:
        known = ", ".join(EVENT_NAMES)
        raise RequestInvalid(
            f"There is no such event. Give one of these, or its beginning up to the dot: {known}."
        )
    return [*names]


def _merged(found: Sequence[Sequence[Entry]], count: int) -> tuple[list[Entry], Position | None]:
    """Return entries newest first, and the last one before which all are known; None if that is all there are."""
    horizon = max((_position(some[-1]) for some in found if len(some) == count), default=None)
    entries = sorted((entry for some in found for entry in some), key=_position, reverse=True)
    return [entry for entry in entries if horizon is None or _position(entry) >= horizon], horizon


def _passes(entry: Entry, filters: dict[str, list[str]]) -> bool:
    return all(getattr(entry, column) in values for column, values in filters.items())


def _position(entry: Entry) -> Position:
    return entry.at_ms, entry.id


def _write_cursor(position: Position) -> str:
    return base64.urlsafe_b64encode(f"{position[0]};{position[1]}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> Position:
    try:
        at, _, entry_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(";")
        if not at.isdecimal() or len(at) > 15 or not entry_id or "\x00" in entry_id:
            raise ValueError(cursor)
        return int(at), entry_id
    except (binascii.Error, ValueError) as error:
        raise RequestInvalid("The cursor is not one that a page of the audit log gave.") from error
