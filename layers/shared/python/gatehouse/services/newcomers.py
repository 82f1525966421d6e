"""Who joins through the frontend interface, and what the directory notes of them.

It is the directory of the REST API, so its rules are those of `services/signin.py`: where strangers may not join, an
address must be in the directory; and who has proved their address when they sign up is noted there, so that removing
them there removes them. An address that nobody has proved changes nothing in it, and gives nobody a role.
"""

from typing import Any

from gatehouse.addresses import is_fake_email
from gatehouse.clock import Clock
from gatehouse.crypto.identifiers import new_id
from gatehouse.errors import DuplicateRow
from gatehouse.models import PUBLIC
from gatehouse.models.authuser import AuthUser, LoginMethod
from gatehouse.models.tenancy import Tenant
from gatehouse.services.audit import Events
from gatehouse.services.signin import SignIn
from gatehouse.store import audit, users
from gatehouse.store.database import Database
from gatehouse.store.statement import Query


class Newcomers:
    """Lets people join, and notes them in the directory, which knows the people of the app's own tenant."""

    def __init__(
        self, database: Database, signin: SignIn, clock: Clock, events: Events, *, demands_proof: bool
    ) -> None:
        self._database = database
        self._signin = signin
        self._clock = clock
        self._events = events
        self._demands_proof = demands_proof
        """Whether sessions of people with an unproved address are worth nothing."""

    def reads(self, email: str | None) -> tuple[Query[Any], ...]:
        """Return the reads that `may_join` needs, if it needs any."""
        if email is None or not self._signin.is_invite_only:
            return ()
        return users.get_user_by_email(PUBLIC, email), users.has_users(PUBLIC)

    def may_join(
        self, tenant: Tenant, email: str | None, answers: tuple[Any, ...], *, is_verified: bool
    ) -> bool:
        """Say whether somebody may sign up, from what the reads answered.

        Where strangers may not join, whoever knows the address of somebody invited must not join in their name: they
        have proved it, or their session is worth nothing until they do. Administrators by setting, and the very first
        person, may join without invitation, but not without proof.
        """
        if not self._signin.is_invite_only:
            return True
        if email is None or not (is_verified or self._demands_proof):
            return False
        user, has_anyone = answers
        if user is not None:
            return True
        is_trusted = is_verified and tenant.identifier.is_public and not is_fake_email(email)
        return is_trusted and self._signin.may_join(email, has_anyone=has_anyone)

    def note(self, tenant: Tenant, person: AuthUser, method: LoginMethod) -> None:
        """Note who has just signed up in the directory, if they have proved all that they are known by; one trip.

        Who is in the directory under this address already, with an account, stays as they are there.
        """
        email = method.email
        if email is None or is_fake_email(email):  # which stands for an account without an address
            return
        if not tenant.identifier.is_public or tenant.app_id != PUBLIC:
            return
        if person.emails != [email] or not all(each.is_verified for each in person.login_methods):
            return
        reads_and_writes = (users.has_users(PUBLIC), *self._joining(email, person.user_id))
        try:
            has_anyone, *_ = self._database.transact(lambda tx: tx.finish(*reads_and_writes))
        except DuplicateRow:  # they are there under another address
            return
        if not has_anyone:
            self._database.transact(
                lambda tx: self._signin.appoint_first(tx, person.user_id, has_anyone=has_anyone)
            )

    def _joining(self, email: str, auth_user_id: str) -> list[Query[Any]]:
        """Return the writes that put somebody into the directory, or link who was invited."""
        now_ms, identity = self._clock(), {"email": email, "auth_user_id": auth_user_id}
        return [
            users.insert_user_if_absent(PUBLIC, user_id=new_id(), email=email, name=None, now_ms=now_ms),
            users.update_unlinked(PUBLIC, now_ms=now_ms, **identity),
            *self._events.note(
                "user.joined",
                app_id=PUBLIC,
                details={"auth_user": auth_user_id},
                provided=audit.identity(**identity),
                told={"email": email},
            ),
            *self._signin.grants(email, auth_user_id),
        ]
