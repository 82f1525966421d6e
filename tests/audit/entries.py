"""What tests look at in the audit log."""

from typing import Any

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.models.audit import Entry
from gatehouse.services.audit_log import NEWEST
from gatehouse.store import audit
from gatehouse.store.statement import Sql

HERE = "203.0.113.7"
"""Where all requests of tests come from."""


def entries(house: House, app_id: str = PUBLIC) -> list[Entry]:
    """Return what the log has, oldest first."""
    page = audit.list_page(app_id, None, None, from_ms=0, before=NEWEST, limit=1_000)
    return sorted(house.database.run(page), key=lambda entry: entry.at_ms)


def events(house: House, app_id: str = PUBLIC) -> list[str]:
    """Return the names of what has happened, in the order of letters: much happens at one time."""
    return sorted(entry.event for entry in entries(house, app_id))


def the(house: House, event: str, app_id: str = PUBLIC) -> Entry:
    """Return the one entry of an event."""
    (entry,) = [entry for entry in entries(house, app_id) if entry.event == event]
    return entry


def who(entry: Entry) -> tuple[str | None, str | None, str | None]:
    """Return who did it, to whom, and from where."""
    return entry.actor_id, entry.subject_id, entry.client


def forget(house: House) -> None:
    """Empty the log, to look at what comes now."""
    house.database.run(Sql("DELETE FROM {audit_log}").run())


def everything(house: House) -> list[tuple[Any, ...]]:
    """Return all that the log has, as it is stored."""
    return house.database.run(Sql("SELECT * FROM {audit_log}").all(tuple))
