"""Events: what happened, by whom, to whom; noted in the audit log together with the change that they tell of.

Who calls is said once at the edge (`enter`), so that no rule has to hand it down.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gatehouse.clock import MINUTE_MS, Clock
from gatehouse.crypto.identifiers import new_id, sha256_hex
from gatehouse.errors import CommitUnknown
from gatehouse.models import PUBLIC
from gatehouse.models.audit import Entry, EventName
from gatehouse.models.tenancy import TenantIdentifier
from gatehouse.services.send_limits import network_of
from gatehouse.store import audit
from gatehouse.store.audit import Provided
from gatehouse.store.database import Database
from gatehouse.store.statement import Query

if TYPE_CHECKING:  # where no URL hears of events, nothing of them is loaded
    from gatehouse.services.webhooks import Webhooks

API = "api"
"""The actor of what a backend does with an API key of the core."""

LONGEST_ID, LONGEST_CLIENT, LONGEST_DETAIL = 128, 64, 200
"""Characters; the columns hold no more."""

BUCKETS = 64
"""How many rows a minute may have for one kind of failure that concerns nobody who is known."""

DONE_BY_STRANGERS = frozenset(
    {"signin.failed", "session.theft_detected", "send.refused", "password.reset_asked"}
)
"""Events that are not taken for their subject's own doing."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request: a network address, and who acts where nobody acts for themselves."""

    address: str | None = None
    actor_id: str | None = None


NOBODY = Caller()

_caller: ContextVar[Caller] = ContextVar("caller", default=NOBODY)


def enter(caller: Caller) -> None:
    """Say who sends the request that is answered from here on."""
    _caller.set(caller)


def caller() -> Caller:
    """Return who sends the request that is being answered; outside of requests nobody does."""
    return _caller.get()


class Events:
    """Makes the writes that note events, to go in the transaction of the change itself."""

    def __init__(
        self, clock: Clock, webhooks: "Webhooks | None" = None, *, keeps_clients: bool = True
    ) -> None:
        self._clock = clock
        self._webhooks = webhooks
        self._keeps_clients = keeps_clients
        self.noted: set[EventName] = set()  # by the request that is being answered, for metrics

    def note(
        self,
        event: EventName,
        *,
        app_id: str,
        tenant_id: str | None = None,
        actor_id: str | None = None,
        subject_id: str | None = None,
        client: str | None = None,
        details: Mapping[str, Any] | None = None,
        provided: Provided | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> tuple[Query[Any], ...]:
        """Return the writes of one event; the entry of the audit log comes first.

        `provided` names what must be there for the entry to be written at all; what else depends on the event can then
        be selected from the entry. `client` and `actor_id` are the caller's where they are left out; what has no other
        actor was done by its subject, unless the event says that this is not known.
        `told` is what webhooks tell and the log does not keep: addresses of people.
        """
        entry = self._entry(new_id(), event, tenant_id, actor_id, subject_id, client, details)
        kept = audit.insert_entry(app_id, entry, provided)
        if self._webhooks is None:
            return (kept,)
        return kept, *self._webhooks.writes(app_id, entry, told, of_entry=provided is not None)

    def count(
        self,
        event: EventName,
        *,
        app_id: str,
        tenant_id: str | None = None,
        subject_id: str | None = None,
        details: Mapping[str, Any],
    ) -> tuple[Query[Any], ...]:
        """Return the write that notes a failure, or counts it in the entry of the same minute.

        So however often somebody tries, there is a row a minute for each person, recipe and reason, and for all who
        are unknown as many as there are buckets of network addresses.
        """
        entry = self._entry("", event, tenant_id, None, subject_id, None, details)
        concerned = subject_id or self._bucket()
        minute = entry.at_ms // MINUTE_MS
        told = ":".join(f"{name}={value}" for name, value in sorted(entry.details.items()))
        entry_id = sha256_hex(f"{app_id}\n{event}\n{concerned}\n{minute}\n{told}")[:36]
        return (audit.count_entry(app_id, replace(entry, id=entry_id)),)

    def _bucket(self) -> str:
        network = network_of(caller().address or "")
        return f"#{int(sha256_hex(network)[:8], 16) % BUCKETS}"

    def _entry(
        self,
        entry_id: str,
        event: EventName,
        tenant_id: str | None,
        actor_id: str | None,
        subject_id: str | None,
        client: str | None,
        details: Mapping[str, Any] | None,
    ) -> Entry:
        self.noted.add(event)
        own = None if event in DONE_BY_STRANGERS else subject_id
        return Entry(
            entry_id,
            self._clock(),
            event,
            _short(actor_id or caller().actor_id or own, LONGEST_ID),
            _short(subject_id, LONGEST_ID),
            self._client(client),
            _details(tenant_id, details),
        )

    def _client(self, client: str | None) -> str | None:
        """Return the address that an entry keeps, if it may keep one."""
        if not self._keeps_clients:
            return None
        return _short(client or caller().address, LONGEST_CLIENT) or None


def write(database: Database, *queries: Query[Any]) -> tuple[Any, ...]:
    """Write what may be written twice, in one transaction: once more if nobody knows whether it was committed."""
    try:
        return database.transact(lambda tx: tx.finish(*queries))
    except CommitUnknown:
        return database.transact(lambda tx: tx.finish(*queries))


def session_name(handle: str) -> str:
    """Return the beginning of a session's handle, which tells sessions of one person apart."""
    return handle.rpartition("-test-")[2].rpartition("-live-")[2][:8]  # Stytch's have a prefix


def place_of(identifier: TenantIdentifier) -> dict[str, str | None]:
    """Return a tenant that is changed as details name it: without what is as usual."""
    return {
        "of_domain": identifier.domain or None,
        "of_app": identifier.app_id if identifier.app_id != PUBLIC else None,
        "of_tenant": identifier.tenant_id,
    }


def _details(tenant_id: str | None, details: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return what an entry says besides, without what is as usual, and no longer than it may be."""
    told = {**(details or {}), "tenant": tenant_id if tenant_id != PUBLIC else None}
    return {
        name: _short(value, LONGEST_DETAIL) if isinstance(value, str) else value
        for name, value in told.items()
        if value is not None
    }


def _short(text: str | None, longest: int) -> str | None:
    return None if text is None else text[:longest]
