"""The directory: who the application knows."""

import base64
import binascii
from typing import Any

from gatehouse.clock import Clock
from gatehouse.crypto.identifiers import new_id
from gatehouse.errors import DuplicateRow, EmailTaken, RemovalRefused, RequestInvalid, UserNotFound
from gatehouse.models import ADMIN_ROLE, PUBLIC, User, UserPage
from gatehouse.models.audit import EventName
from gatehouse.services.audit import Events
from gatehouse.services.signin import with_roles
from gatehouse.store import userroles, users
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query

NEWEST = (2**63 - 1, "")


class Users:
    """Lists, finds and adds people; changing and removing them starts at the identity provider."""

    def __init__(self, database: Database, clock: Clock, events: Events) -> None:
        self._database = database
        self._clock = clock
        self._events = events

    def list_page(self, *, search: str, cursor: str | None, limit: int) -> UserPage:
        """Return a page, newest first; `search` is the start of an e-mail address or a name.

        Raises RequestInvalid for a cursor that no page gave.
        """
        before_ms, before_id = _read_cursor(cursor) if cursor else NEWEST
        found = self._database.run(
            users.list_page(PUBLIC, prefix=search, before_ms=before_ms, before_id=before_id, limit=limit + 1)
        )
        page = found[:limit]
        linked = [user.auth_user_id for user in page if user.auth_user_id]
        roles = self._database.run(userroles.list_roles_of_users(PUBLIC, PUBLIC, linked)) if linked else []
        next_cursor = _write_cursor(page[-1]) if len(found) > limit else None
        return UserPage([with_roles(user, roles) for user in page], next_cursor)

    def get(self, user_id: str) -> User:
        """Return a person with their roles; raises UserNotFound."""
        user = self._database.run(users.get_user(PUBLIC, user_id))
        if user is None:
            raise UserNotFound
        if not user.auth_user_id:
            return user
        return with_roles(
            user, self._database.run(userroles.list_roles_of_users(PUBLIC, PUBLIC, [user.auth_user_id]))
        )

    def create(self, *, email: str, name: str | None, by: User) -> str:
        """Add a person who has not signed in yet and return their id; raises EmailTaken."""
        user_id, now_ms = new_id(), self._clock()
        insert = users.insert_user(PUBLIC, user_id=user_id, email=email, name=name, now_ms=now_ms)
        try:
            self._database.transact(
                lambda tx: tx.finish(insert, *self.note("user.created", by=by, about=user_id, email=email))
            )
        except DuplicateRow as error:
            raise EmailTaken from error
        return user_id

    def find(self, tx: Transaction, user_id: str) -> User:
        """Return a person without roles, locked until the transaction ends; raises UserNotFound."""
        user = tx.run(users.lock_user(PUBLIC, user_id))
        if user is None:
            raise UserNotFound
        return user

    def find_to_remove(self, tx: Transaction, user_id: str, *, by: User) -> User:
        """Return the person to remove; raises UserNotFound, and RemovalRefused for oneself and the last administrator.

        The last one can only be met when two administrators remove each other at the same moment.
        """
        if user_id == by.id:
            raise RemovalRefused
        admins, user = tx.batch(
            userroles.lock_holders(PUBLIC, PUBLIC, ADMIN_ROLE), users.lock_user(PUBLIC, user_id)
        )
        if user is None:
            raise UserNotFound
        if admins == [user.auth_user_id]:
            raise RemovalRefused("This is the last administrator, who cannot be removed.")
        return user

    def change(self, user: User, *, email: str, name: str | None, by: User) -> list[Query[Any]]:
        """Return the writes that change a person; a taken e-mail address raises DuplicateRow."""
        return [
            users.update_user(PUBLIC, user_id=user.id, email=email, name=name, now_ms=self._clock()),
            *self.note("user.updated", by=by, about=user.id, email=email),
            *(self.note("email.changed", by=by, about=user.id, email=email) if email != user.email else ()),
        ]

    def removal(self, user: User, *, by: User) -> list[Query[Any]]:
        """Return the writes that remove a person from the directory."""
        note = self.note("user.deleted", by=by, about=user.id, email=user.email, auth_user=user.auth_user_id)
        return [users.delete_user(PUBLIC, user.id), *note]

    def invitation(self, *, email: str, name: str | None, by: User, known: User | None) -> list[Query[Any]]:
        """Return the writes that put an invited person into the directory if they are new."""
        if known:
            return [*self.note("user.invited", by=by, about=known.id, email=email)]
        user_id = new_id()
        return [
            users.insert_user_if_absent(
                PUBLIC, user_id=user_id, email=email, name=name, now_ms=self._clock()
            ),
            *self.note("user.invited", by=by, about=user_id, email=email),
        ]

    def note(
        self, event: EventName, *, by: User, about: str, email: str, **details: str | None
    ) -> tuple[Query[Any], ...]:
        """Return the writes that note what an administrator did to somebody, or somebody to themselves."""
        return self._events.note(
            event, app_id=PUBLIC, actor_id=by.id, subject_id=about, details=details, told={"email": email}
        )


def _write_cursor(last: User) -> str:
    return base64.urlsafe_b64encode(f"{last.created_at_ms};{last.id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[int, str]:
    try:
        created, _, user_id = (
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(";")
        )
        if not created.isdecimal() or len(created) > 15 or not user_id or "\x00" in user_id:
            raise ValueError(cursor)
        return int(created), user_id
    except (binascii.Error, ValueError) as error:
        raise RequestInvalid("The cursor is not one that a page of users gave.") from error
