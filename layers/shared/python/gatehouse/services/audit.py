"""Events: what happened, by whom, to whom; noted in the audit log together with the change that they tell of.

Who calls is set once at the edge, so that rules need not hand it down: `caller` gives a request's network address, and
who acts in it where that is nobody's own doing.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from gatehouse.clock import Clock
from gatehouse.crypto.identifiers import new_id
from gatehouse.models import PUBLIC
from gatehouse.store import audit
from gatehouse.store.audit import Provided
from gatehouse.store.statement import Query

API = "api"
"""The actor of what a backend does with an API key of the core."""

LONGEST_ID, LONGEST_CLIENT, LONGEST_DETAIL = 128, 64, 200

EventName = Literal[
    "session.created",
    "session.revoked",
    "session.theft_detected",
    "signin.failed",
    "send.refused",
    "user.created",
    "user.updated",
    "user.deleted",
    "user.invited",
    "user.joined",
    "password.changed",
    "password.reset_asked",
    "password.reset",
    "email.verified",
    "email.unverified",
    "email.changed",
    "factor.added",
    "factor.removed",
    "account.linked",
    "account.unlinked",
    "roles.changed",
    "role.changed",
    "tenant.changed",
    "tenant.deleted",
    "provider.changed",
    "dashboard_user.changed",
]


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

    def __init__(self, clock: Clock, *, keeps_clients: bool = True) -> None:
        self._clock = clock
        self._keeps_clients = keeps_clients

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
    ) -> tuple[Query[Any], ...]:
        """Return the writes of one event, in this order: the entry of the audit log comes first.

        `provided` names what must be there for the entry to be written at all; what else depends on the event can then
        be selected from the entry. `client` and `actor_id` are the caller's where they are left out; what has no other
        actor was done by its subject.
        """
        return (self._entry(event, app_id, tenant_id, actor_id, subject_id, client, details, provided),)

    def _entry(
        self,
        event: EventName,
        app_id: str,
        tenant_id: str | None,
        actor_id: str | None,
        subject_id: str | None,
        client: str | None,
        details: Mapping[str, Any] | None,
        provided: Provided | None,
    ) -> Query[int]:
        actor_id = actor_id or caller().actor_id or subject_id
        return audit.insert_entry(
            app_id,
            entry_id=new_id(),
            event=event,
            at_ms=self._clock(),
            actor_id=_short(actor_id, LONGEST_ID),
            subject_id=_short(subject_id, LONGEST_ID),
            client=self._client(client),
            details=_details(tenant_id, details),
            provided=provided,
        )

    def _client(self, client: str | None) -> str | None:
        """Return the address that an entry keeps, if it may keep one."""
        if not self._keeps_clients:
            return None
        return _short(client or caller().address, LONGEST_CLIENT) or None


def _details(tenant_id: str | None, details: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return what an entry says besides, without what is as usual, and no longer than it may be."""
    told = {"tenant": tenant_id if tenant_id != PUBLIC else None, **(details or {})}
    return {
        name: _short(value, LONGEST_DETAIL) if isinstance(value, str) else value
        for name, value in told.items()
        if value is not None
    }


def _short(text: str | None, longest: int) -> str | None:
    return None if text is None else text[:longest]
