"""Who may ask for a link, and what the directory notes when somebody proves an address."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gatehouse.clock import Clock
from gatehouse.crypto.identifiers import new_id
from gatehouse.errors import Forbidden
from gatehouse.models import ADMIN_ROLE, PUBLIC, Client, User
from gatehouse.models.audit import EventName
from gatehouse.models.authuser import PASSWORDLESS
from gatehouse.models.factors import EMAIL_LINK
from gatehouse.services.audit import Events, session_name
from gatehouse.services.send_limits import SendLimits
from gatehouse.store import key_value, userroles, users
from gatehouse.store.database import Transaction
from gatehouse.store.statement import Query

FIRST_ADMIN = "gatehouse_first_admin"


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether an address may get a link, and who has it in the directory."""

    may_sign_in: bool
    user: User | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who proved an address: who they are in the directory, and the writes that note it."""

    user: User
    writes: list[Query[Any]]
    claims_first_admin: bool

    @property
    def roles(self) -> Query[list[tuple[str, str]]]:
        """The read of the person's roles, to run after the writes."""
        return userroles.list_roles_of_users(PUBLIC, PUBLIC, [self.user.auth_user_id or ""])


class SignIn:
    """The rules that every identity provider shares."""

    def __init__(
        self,
        limits: SendLimits,
        clock: Clock,
        events: Events,
        *,
        is_invite_only: bool,
        admin_emails: Sequence[str],
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._events = events
        self.is_invite_only = is_invite_only
        self._admin_emails = frozenset(admin_emails)

    def admit(self, tx: Transaction, email: str, client: Client) -> Admission:
        """Count a letter and say whether the address may get a link; raises TooManySends."""
        user, has_anyone = self._limits.count_with(
            tx,
            PUBLIC,
            email,
            client,
            self._clock(),
            users.get_user_by_email(PUBLIC, email),
            users.has_users(PUBLIC),
        )
        return Admission(user is not None or self.may_join(email, has_anyone=has_anyone), user)

    def arrive(
        self,
        found: Sequence[User],
        *,
        has_anyone: bool,
        email: str,
        auth_user_id: str,
        client: Client,
        session_handle: str,
    ) -> Arrival:
        """Work out who has just proved `email`; `found` is who is linked to the identity or has the address.

        Raises Forbidden if nobody is found and strangers may not join.
        """
        now_ms = self._clock()
        known = next((user for user in found if user.auth_user_id == auth_user_id), None) or next(
            iter(found), None
        )
        if known is None and not self.may_join(email, has_anyone=has_anyone):
            raise Forbidden("This application is by invitation only. Ask an administrator to invite you.")
        user = replace(
            known or User(new_id(), email, None, None, now_ms, now_ms, None),
            auth_user_id=auth_user_id,
            last_sign_in_at_ms=now_ms,
        )
        writes: list[Query[Any]] = []
        if known:
            writes.append(
                users.update_sign_in(PUBLIC, user_id=user.id, auth_user_id=auth_user_id, now_ms=now_ms)
            )
        else:
            writes.append(
                users.insert_user(
                    PUBLIC,
                    user_id=user.id,
                    email=email,
                    name=None,
                    now_ms=now_ms,
                    auth_user_id=auth_user_id,
                    last_sign_in_at_ms=now_ms,
                )
            )
        writes += self.grants(email, auth_user_id)
        if known is None or not known.auth_user_id:
            writes += self._note("user.joined" if known else "user.created", user, client)
        writes += self._note("session.created", user, client, session_handle)
        return Arrival(user, writes, claims_first_admin=self._is_up_for_grabs(has_anyone=has_anyone))

    def _note(
        self, event: EventName, user: User, client: Client, session_handle: str | None = None
    ) -> tuple[Query[Any], ...]:
        opened = {"factor": EMAIL_LINK, "session": session_name(session_handle)} if session_handle else {}
        told = {"email": user.email, "auth_user": user.auth_user_id}
        return self._events.note(
            event,
            app_id=PUBLIC,
            subject_id=user.id,
            client=client.address,
            details={"recipe": PASSWORDLESS, **opened},
            told={**told, "session": session_handle} if session_handle else told,
        )

    def settle(self, tx: Transaction, arrival: Arrival, roles: Sequence[tuple[str, str]]) -> User:
        """Return the person with their roles; the first of an empty directory becomes administrator.

        `roles` is what `arrival.roles` answered after the writes.
        """
        auth_user_id = arrival.user.auth_user_id or ""
        if arrival.claims_first_admin and self._is_first(tx, auth_user_id):
            note = self._note_admin(arrival.user.id)
            *_, roles = tx.batch(*_grant(auth_user_id), *note, arrival.roles)
        return with_roles(arrival.user, roles)

    def grants(self, email: str, auth_user_id: str) -> list[Query[Any]]:
        """Return the writes that make somebody administrator if the settings say so of the address they proved."""
        return [*_grant(auth_user_id)] if email in self._admin_emails else []

    def appoint_first(self, tx: Transaction, auth_user_id: str, *, has_anyone: bool) -> None:
        """Make somebody administrator who came first to a directory that has none; `has_anyone` is what it had."""
        if self._is_up_for_grabs(has_anyone=has_anyone) and self._is_first(tx, auth_user_id):
            tx.finish(*_grant(auth_user_id), *self._note_admin(auth_user_id))

    def _note_admin(self, user_id: str) -> tuple[Query[Any], ...]:
        """Return the writes that note that somebody became administrator by coming first."""
        change = {"role": ADMIN_ROLE, "change": "given", "reason": "came_first"}
        return self._events.note("roles.changed", app_id=PUBLIC, subject_id=user_id, details=change)

    def _is_first(self, tx: Transaction, auth_user_id: str) -> bool:
        """Say whether this person is the first; of several at once, exactly one is."""
        _, first = tx.batch(
            key_value.insert_value_if_absent(
                PUBLIC, PUBLIC, name=FIRST_ADMIN, value=auth_user_id, now_ms=self._clock()
            ),
            key_value.get_value(PUBLIC, PUBLIC, FIRST_ADMIN),
        )
        return first == auth_user_id

    def may_join(self, email: str, *, has_anyone: bool) -> bool:
        """Strangers may join unless it is by invitation; administrators and the very first person always may."""
        is_first = self._is_up_for_grabs(has_anyone=has_anyone)
        return not self.is_invite_only or email in self._admin_emails or is_first

    def _is_up_for_grabs(self, *, has_anyone: bool) -> bool:
        """Say whether whoever comes now is the administrator."""
        return not has_anyone and not self._admin_emails


def _grant(auth_user_id: str) -> list[Query[Any]]:
    return [*userroles.grant_role(PUBLIC, PUBLIC, user_id=auth_user_id, role=ADMIN_ROLE)]


def with_roles(user: User, roles: Sequence[tuple[str, str]]) -> User:
    """Return a person with those of the (user_id, role) pairs that are theirs."""
    return replace(user, roles=tuple(role for owner, role in roles if owner == user.auth_user_id))
