"""Identity from Stytch: it sends the links and keeps the sessions; the directory is here."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gatehouse.clock import Clock
from gatehouse.errors import (
    DuplicateRow,
    EmailChangeUnsupported,
    EmailTaken,
    GatehouseError,
    LetterNotSent,
    LinkInvalid,
    ProviderFailed,
    ProviderUnavailable,
    Unauthenticated,
)
from gatehouse.models import PUBLIC, Client, Credentials, Session, SignedIn, User
from gatehouse.providers.bounded_http import TimeLimits
from gatehouse.providers.identity import Unchanged
from gatehouse.providers.stytch_client import StytchClient
from gatehouse.providers.stytch_jwt import SessionJwts
from gatehouse.services.signin import SignIn, with_roles
from gatehouse.services.users import Users
from gatehouse.store import authuser, userroles, users
from gatehouse.store.database import Database, Transaction

_TOKEN = re.compile(r"[A-Za-z0-9_=-]{16,500}")
"""What tokens of links and of sessions look like; anything else is not worth a call."""


class StytchIdentity:
    """Sends links and keeps sessions at Stytch; knows people by their ids there."""

    def __init__(
        self,
        database: Database,
        *,
        signin: SignIn,
        users: Users,
        clock: Clock,
        project_id: str,
        secret: str,
        environment: str,
        api_url: str,
        session_duration_minutes: int,
        link_lifetime_minutes: int,
        limits: TimeLimits | None = None,
        refused: Callable[[], None] | None = None,
    ) -> None:
        self._database = database
        self._signin = signin
        self._users = users
        self._link_url = f"{api_url}/authenticate_magic_link"
        self._session_minutes = session_duration_minutes
        self._link_minutes = link_lifetime_minutes
        self._limits = limits or TimeLimits()
        self._stytch = StytchClient(
            project_id=project_id,
            secret=secret,
            environment=environment,
            limits=self._limits,
            refused=refused,
        )
        issuers = (f"stytch.com/{project_id}", self._stytch.address)
        self._jwts = SessionJwts(self._stytch.read_keys, clock, project_id=project_id, issuers=issuers)

    def login(self, email: str, client: Client) -> None:
        """Send a sign-in link; strangers get none, and no letter either, where they may not join."""
        if self._database.transact(lambda tx: self._signin.admit(tx, email, client)).may_sign_in:
            self._send_link(email)

    def invite(self, email: str, name: str | None, *, by: User, client: Client) -> None:
        """Put a person into the directory if they are new, and send them a link."""

        def work(tx: Transaction) -> None:
            known = self._signin.admit(tx, email, client).user
            tx.finish(*self._users.invitation(email=email, name=name, by=by, known=known))

        self._database.transact(work)
        try:
            self._send_link(email)
        except (LetterNotSent, ProviderFailed, ProviderUnavailable) as error:
            raise LetterNotSent(
                "The person is in the directory, but the invitation could not be sent. "
                "Please try again in a moment."
            ) from error

    def authenticate(self, token: str, client: Client) -> SignedIn:
        """Spend a link at Stytch, then note in one transaction who has arrived; if that fails, end the session."""
        self.check_link(token)
        opened, email = self._stytch.use_link(token, session_minutes=self._session_minutes)
        try:
            if email is None:
                raise LinkInvalid("This link proves no e-mail address. Ask for a new one.")
            user = self._arrive(opened.session, email, client)
        except GatehouseError:
            self._end_quietly(opened.session.handle)
            raise
        return SignedIn(user, opened.session, session_token=opened.token, session_jwt=opened.jwt)

    def check_link(self, token: str) -> None:
        """Raise LinkInvalid for a text that cannot be a link's token."""
        if not _TOKEN.fullmatch(token):
            raise LinkInvalid

    def check(self, credentials: Credentials, *, check_database: bool = False) -> SignedIn:
        """Return who is signed in: a current JWT is believed, else Stytch is asked.

        Only the session token brings a fresh JWT: one that leaked must not prolong itself. Either way one query tells
        who that is here. Raises Unauthenticated.
        """
        token, jwt = _token(credentials), credentials.jwt
        if jwt and not (token and check_database):
            with suppress(ProviderFailed):  # without keys Stytch itself has to judge the JWT
                given = self._jwts.read(jwt)
                if given is None or not given.is_current:
                    jwt = None
                elif not check_database:
                    return self._person(given.session)
        if not (token or jwt):
            raise Unauthenticated
        opened = self._stytch.read_session(token=token, jwt=None if token else jwt)
        return self._person(opened.session, jwt=opened.jwt if token else None)

    def log_out(self, credentials: Credentials, *, everywhere: bool = False) -> None:
        """End a session, or every session of its person.

        Raises ProviderUnavailable or ProviderFailed when Stytch cannot be told: the session may then live on.
        """
        if everywhere:
            self._log_out_everywhere(credentials)
        elif token := _token(credentials):
            self._stytch.end_session(token=token)
        elif credentials.jwt and (given := self._jwts.read(credentials.jwt)):
            self._stytch.end_session(session_id=given.session.handle)

    def change_user(
        self, user_id: str, *, email: str | Unchanged, name: str | Unchanged | None, by: User
    ) -> User:
        """Change a person; the e-mail address only until they have signed in, for then Stytch knows them by it."""

        def work(tx: Transaction) -> None:
            user = self._users.find(tx, user_id)
            new_email = user.email if isinstance(email, Unchanged) else email
            new_name = user.name if isinstance(name, Unchanged) else name
            if new_email != user.email and user.auth_user_id:
                raise EmailChangeUnsupported
            tx.finish(*self._users.change(user, email=new_email, name=new_name, by=by))

        try:
            self._database.transact(work)
        except DuplicateRow as error:
            raise EmailTaken from error
        return self._users.get(user_id)

    def remove_user(self, user_id: str, *, by: User) -> None:
        """Remove a person at Stytch, which ends their sessions, and then here; when Stytch fails, nowhere."""
        user = self._database.transact(lambda tx: self._users.find_to_remove(tx, user_id, by=by))
        auth_user_id = user.auth_user_id
        if auth_user_id:
            self._stytch.delete_user(auth_user_id)

        def work(tx: Transaction) -> None:
            tx.finish(
                *(authuser.delete_users(PUBLIC, [PUBLIC], [auth_user_id]) if auth_user_id else []),
                *self._users.removal(user, by=by),
            )

        self._database.transact(work)

    def jwks(self) -> tuple[list[dict[str, Any]], int]:
        """Return Stytch's public keys and for how many seconds they may be cached."""
        return self._jwts.jwks()

    def _send_link(self, email: str) -> None:
        self._stytch.send_link(email, url=self._link_url, lifetime_minutes=self._link_minutes)

    def _arrive(self, opened: Session, email: str, client: Client) -> User:
        """Link the person in the directory to their identity at Stytch and return them."""
        auth_user_id = opened.auth_user_id

        def work(tx: Transaction) -> User:
            found, has_anyone = tx.batch(
                users.list_users_of_identity(PUBLIC, auth_user_id=auth_user_id, email=email),
                users.has_users(PUBLIC),
            )
            arrival = self._signin.arrive(
                found,
                has_anyone=has_anyone,
                email=email,
                auth_user_id=auth_user_id,
                client=client,
                session_handle=opened.handle,
            )
            *_, roles = tx.batch(*arrival.writes, arrival.roles)
            return self._signin.settle(tx, arrival, roles)

        return self._database.transact(work, rerun_on_duplicate=True)

    def _person(self, session: Session, *, jwt: str | None = None) -> SignedIn:
        """Return who a session belongs to, as the directory knows them now; raises Unauthenticated for nobody."""
        user, roles = self._database.batch(
            users.get_user_of_identity(PUBLIC, session.auth_user_id),
            userroles.list_roles_of_users(PUBLIC, PUBLIC, [session.auth_user_id]),
        )
        if user is None:
            raise Unauthenticated
        return SignedIn(with_roles(user, roles), session, session_jwt=jwt)

    def _log_out_everywhere(self, credentials: Credentials) -> None:
        """End all sessions, this one last: until then it can be tried again."""
        try:
            current = self.check(credentials, check_database=True)
        except Unauthenticated:
            return
        own, user = current.session, current.user
        others = [
            handle for handle in self._stytch.list_session_ids(own.auth_user_id) if handle != own.handle
        ]
        give_up_at = time.monotonic() + 2 * self._limits.call_s
        for handle in (*others, own.handle):
            if time.monotonic() > give_up_at:
                raise ProviderUnavailable("Not every session could be ended in time. Please try again.")
            self._stytch.end_session(session_id=handle)
        note = self._users.note("session.revoked", by=user, about=user.id, email=user.email)
        self._database.transact(lambda tx: tx.finish(*note))

    def _end_quietly(self, session_id: str) -> None:
        """End a session whose tokens nobody gets; if that fails too, it dies unused."""
        with suppress(ProviderFailed, ProviderUnavailable):
            self._stytch.end_session(session_id=session_id)


def _token(credentials: Credentials) -> str | None:
    """Return the session token if it may be one of Stytch's."""
    token = credentials.token
    return token if token and _TOKEN.fullmatch(token) else None
