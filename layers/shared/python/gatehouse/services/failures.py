"""Failures at the door, noted in the audit log: who did not get in, and why, in a word.

Whoever is unknown leaves no name: only that it happened. The same is written for people who are known and for those who
are not, so that nobody learns from the time who is.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from gatehouse.errors import DatabaseError, GatehouseError, TooManySends
from gatehouse.models.audit import EventName
from gatehouse.models.authuser import AuthUser, LoginMethod
from gatehouse.models.tenancy import Tenant, TenantIdentifier
from gatehouse.services.audit import Events
from gatehouse.store.database import Database
from gatehouse.store.statement import Query

Place = Tenant | TenantIdentifier
"""Where somebody wants in."""

REFUSALS = {
    "SIGN_UP_NOT_ALLOWED": "sign_up_not_allowed",
    "SIGN_IN_NOT_ALLOWED": "sign_in_not_allowed",
    "LINKING_TO_SESSION_USER_FAILED": "linking_failed",
    "EMAIL_CHANGE_NOT_ALLOWED_ERROR": "email_change_not_allowed",
    "NO_EMAIL_GIVEN_BY_PROVIDER": "no_email_given",
}
"""What the rules say to who may not come in, by the status that frontends get."""

log = logging.getLogger("gatehouse.audit")


class Failures:
    """Notes failures: in a round trip of their own, or as writes for a transaction that is there anyway."""

    def __init__(self, database: Database, events: Events) -> None:
        self._database = database
        self._events = events

    def writes(
        self, place: Place, recipe: str, reason: str, *, subject_id: str | None = None
    ) -> tuple[Query[Any], ...]:
        """Return the write that notes a sign-in that failed."""
        return self._events.count(
            "signin.failed",
            app_id=place.app_id,
            tenant_id=place.tenant_id,
            subject_id=subject_id,
            details={"recipe": recipe, "reason": reason},
        )

    def note(self, place: Place, recipe: str, reason: str, *, subject_id: str | None = None) -> None:
        """Note a sign-in that failed; where that is not possible the visitor is answered all the same."""
        self._write(self.writes(place, recipe, reason, subject_id=subject_id))

    @contextmanager
    def refusing(
        self, place: Place, recipe: str, found: tuple[AuthUser, LoginMethod] | None
    ) -> Iterator[None]:
        """Note that the rules let somebody not in, who may be known."""
        try:
            yield
        except GatehouseError as error:  # a recipe's; the REST functions load none of them
            if reason := REFUSALS.get(getattr(error, "status_text", "")):
                self.note(place, recipe, reason, subject_id=found[0].user_id if found else None)
            raise

    @contextmanager
    def sending(self, app_id: str, **details: str) -> Iterator[None]:
        """Note letters that are not sent because there were too many."""
        try:
            yield
        except TooManySends:
            self._count("send.refused", app_id, details)
            raise

    def _count(self, event: EventName, app_id: str, details: Mapping[str, Any]) -> None:
        self._write(self._events.count(event, app_id=app_id, details=details))

    def _write(self, queries: tuple[Query[Any], ...]) -> None:
        try:
            self._database.transact(lambda tx: tx.finish(*queries))
        except DatabaseError as error:
            log.warning("a failure could not be noted in the audit log: %s", type(error).__name__)
