"""Who may look after an app's users on SuperTokens' dashboard (specs/supertokens.md 4.8)."""

from dataclasses import replace
from typing import Any

from gatehouse.clock import DAY_MS, Clock
from gatehouse.crypto.identifiers import new_id
from gatehouse.errors import DuplicateRow, ParentMissing
from gatehouse.models.audit import EventName
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import (
    EmailAlreadyExists,
    InvalidCredentials,
    InvalidEmail,
    InvalidSession,
    PasswordWeak,
    UnknownUser,
)
from gatehouse.services.audit import Events, write
from gatehouse.services.dashboard_credentials import is_email, weakness
from gatehouse.services.failures import Failures
from gatehouse.services.passwords import is_password, make_hash
from gatehouse.store import audit, dashboard
from gatehouse.store.dashboard import DashboardSession, DashboardUser
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query

SESSION_LIFETIME_MS = 30 * DAY_MS
DASHBOARD = "dashboard"


class Dashboard:
    """Users of the dashboard, as many as there are; addresses are given trimmed and in lower case."""

    def __init__(self, database: Database, clock: Clock, events: Events, failures: Failures) -> None:
        self._database = database
        self._clock = clock
        self._events = events
        self._failures = failures

    def create_user(self, tenant: Tenant, email: str, password: str) -> DashboardUser:
        """Make a user; raises InvalidEmail, PasswordWeak or EmailAlreadyExists."""
        _check(email, password)
        user = DashboardUser(new_id(), email, make_hash(password, tenant.config), self._clock())
        try:
            note = self._note("dashboard.user_created", tenant.app_id, user.user_id)
            self._database.transact(lambda tx: tx.finish(dashboard.insert_user(tenant.app_id, user), *note))
        except DuplicateRow:
            raise EmailAlreadyExists from None
        return user

    def update_user(
        self,
        tenant: Tenant,
        *,
        user_id: str | None,
        email: str | None,
        new_email: str | None,
        new_password: str | None,
    ) -> DashboardUser:
        """Give a user, by id or else by address, another address, another password, or both, and end their sessions.

        Raises InvalidEmail, PasswordWeak, UnknownUser or EmailAlreadyExists.
        """
        _check(new_email, new_password)
        password_hash = None if new_password is None else make_hash(new_password, tenant.config)

        def work(tx: Transaction) -> DashboardUser:
            user = _lock(tx, tenant.app_id, user_id, email)
            if user is None:
                raise UnknownUser
            changed = replace(
                user, email=new_email or user.email, password_hash=password_hash or user.password_hash
            )
            tx.finish(
                dashboard.update_user(tenant.app_id, changed),
                dashboard.delete_sessions(tenant.app_id, user.user_id),
                *self._note("dashboard.user_updated", tenant.app_id, user.user_id),
            )
            return changed

        try:
            return self._database.transact(work)
        except DuplicateRow:
            raise EmailAlreadyExists from None

    def delete_user(self, app_id: str, *, user_id: str | None, email: str | None) -> bool:
        """Delete a user, by id or else by address; says whether there was one."""

        def work(tx: Transaction) -> bool:
            user = _lock(tx, app_id, user_id, email)
            if user:
                tx.finish(
                    dashboard.delete_sessions(app_id, user.user_id),
                    dashboard.delete_user(app_id, user.user_id),
                    *self._note("dashboard.user_deleted", app_id, user.user_id),
                )
            return user is not None

        return self._database.transact(work)

    def list_users(self, app_id: str) -> list[DashboardUser]:
        """List the users in the order in which they joined."""
        return self._database.run(dashboard.list_users(app_id))

    def sign_in(self, tenant: Tenant, email: str, password: str) -> str:
        """Open a session and return its id; raises InvalidCredentials."""
        user = self._database.run(dashboard.get_user_by_email(tenant.app_id, email))
        if user is None or user.email != email:
            self._failures.note(tenant, DASHBOARD, "wrong_password")
            raise InvalidCredentials
        if not is_password(password, user.password_hash, tenant.config):
            self._failures.note(tenant, DASHBOARD, "wrong_password", subject_id=user.user_id)
            raise InvalidCredentials
        now_ms = self._clock()
        session = DashboardSession(new_id(), user.user_id, now_ms, now_ms + SESSION_LIFETIME_MS)
        try:
            note = self._note("dashboard.signed_in", tenant.app_id, user.user_id)
            self._database.transact(
                lambda tx: tx.finish(dashboard.insert_session(tenant.app_id, session), *note)
            )
        except ParentMissing:  # the user was deleted meanwhile
            raise InvalidCredentials from None
        return session.session_id

    def verify_session(self, app_id: str, session_id: str) -> str:
        """Return the address of a session's user; raises InvalidSession."""
        found = self._database.run(dashboard.list_emails_of_session(app_id, session_id, self._clock()))
        for stored_id, email in found:
            if stored_id == session_id:
                return email
        raise InvalidSession

    def list_sessions(self, app_id: str, user_id: str) -> list[DashboardSession]:
        """List a user's sessions, oldest first."""
        return self._database.run(dashboard.list_sessions(app_id, user_id, self._clock()))

    def revoke_session(self, app_id: str, session_id: str) -> None:
        """End a session; one that is unknown has ended already."""
        ended = audit.row("session of the dashboard", session_id=session_id)
        note = self._events.note("dashboard.signed_out", app_id=app_id, provided=ended)
        write(self._database, *note, dashboard.delete_session(app_id, session_id))

    def _note(self, event: EventName, app_id: str, user_id: str) -> tuple[Query[Any], ...]:
        return self._events.note(event, app_id=app_id, subject_id=user_id)


def _check(email: str | None, password: str | None) -> None:
    """Raise InvalidEmail or PasswordWeak."""
    if email is not None and not is_email(email):
        raise InvalidEmail
    if password is not None and (message := weakness(password)):
        raise PasswordWeak(message=message)


def _lock(tx: Transaction, app_id: str, user_id: str | None, email: str | None) -> DashboardUser | None:
    """Find a user by id or else by address, and keep others from changing them."""
    if user_id is not None:
        return tx.run(dashboard.lock_user(app_id, user_id))
    user = tx.run(dashboard.lock_user_by_email(app_id, email or ""))
    return user if user and user.email == email else None
