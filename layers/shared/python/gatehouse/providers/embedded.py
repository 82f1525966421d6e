"""Identity from our own engine, on the SuperTokens tables."""

from typing import Any

from gatehouse.delivery.letters import invitation_letter, not_invited_letter, sign_in_letter
from gatehouse.delivery.message import EmailSender, Letter
from gatehouse.errors import DuplicateRow, EmailTaken, Forbidden, LinkInvalid, Unauthenticated
from gatehouse.models import PUBLIC, Client, Credentials, SignedIn, User
from gatehouse.models.authuser import PASSWORDLESS
from gatehouse.models.tenancy import TenantIdentifier
from gatehouse.providers.identity import Unchanged
from gatehouse.services.failures import Failures
from gatehouse.services.links import Links
from gatehouse.services.opaque_sessions import NewSession, OpaqueSessions
from gatehouse.services.signin import SignIn
from gatehouse.services.signing_keys import SigningKeys
from gatehouse.services.users import Users
from gatehouse.store import authuser, passwordless
from gatehouse.store import links as stored_links
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query


class EmbeddedIdentity:
    """Sends links by our own letters and keeps sessions in `session_info`."""

    def __init__(
        self,
        database: Database,
        *,
        signin: SignIn,
        links: Links,
        sessions: OpaqueSessions,
        keys: SigningKeys,
        users: Users,
        sender: EmailSender,
        failures: Failures,
        app_name: str,
        api_url: str,
        link_lifetime_minutes: int,
    ) -> None:
        self._database = database
        self._signin = signin
        self._links = links
        self._sessions = sessions
        self._keys = keys
        self._users = users
        self._sender = sender
        self._failures = failures
        self._app_name = app_name
        self._api_url = api_url
        self._link_lifetime_minutes = link_lifetime_minutes

    def login(self, email: str, client: Client) -> None:
        """Send a sign-in link, or, to a stranger where strangers may not join, a letter that says so."""

        def work(tx: Transaction) -> Letter:
            if not self._signin.admit(tx, email, client).may_sign_in:
                tx.finish(*self._failures.writes(TenantIdentifier(), PASSWORDLESS, "not_invited"))
                return not_invited_letter(email, self._app_name)
            token, writes = self._links.create_code(email)
            tx.finish(*writes)
            return sign_in_letter(email, self._url(token), self._app_name, self._link_lifetime_minutes)

        with self._failures.sending(PUBLIC, letter="sign_in"):
            letter = self._database.transact(work)
        self._sender.send(letter)

    def invite(self, email: str, name: str | None, *, by: User, client: Client) -> None:
        """Put a person into the directory if they are new, and send them a link."""

        def work(tx: Transaction) -> str:
            known = self._signin.admit(tx, email, client).user
            token, writes = self._links.create_code(email)
            tx.finish(*self._users.invitation(email=email, name=name, by=by, known=known), *writes)
            return token

        with self._failures.sending(PUBLIC, letter="invitation"):
            link = self._url(self._database.transact(work))
        self._sender.send(
            invitation_letter(
                email, link, self._app_name, self._link_lifetime_minutes, name, by.name or by.email
            )
        )

    def authenticate(self, token: str, client: Client) -> SignedIn:
        """Spend a link in one transaction: the link, the person, the directory, the session, or nothing at all."""

        def work(tx: Transaction) -> tuple[NewSession, User]:
            self._keys.read_along(tx)
            link = self._links.open_link(tx, token)
            login_method, joining = link.login_method, list[Query[Any]]()
            if login_method is None:
                login_method, joining = self._links.join(link.email)
            session = self._sessions.open(login_method.recipe_user_id)
            arrival = self._signin.arrive(
                link.found_users,
                has_anyone=link.has_anyone,
                email=link.email,
                auth_user_id=login_method.user_id,
                client=client,
                session_handle=session.token.handle,
            )
            is_ours, *_, roles = tx.batch(
                link.spending,
                *link.clearing,
                *joining,
                *self._links.verified(login_method, link.email),
                *arrival.writes,
                session.write,
                arrival.roles,
            )
            if not is_ours:
                raise LinkInvalid
            tx.prove_by(session.proof)
            return session, self._signin.settle(tx, arrival, roles)

        try:
            session, user = self._database.transact(work, rerun_on_duplicate=True)
        except DuplicateRow as error:  # the database takes the address of somebody else for the same
            raise EmailTaken from error
        except Forbidden:
            self._failures.note(TenantIdentifier(), PASSWORDLESS, "not_invited")
            raise
        return self._sessions.opened(session, user)

    def check_link(self, token: str) -> None:
        """Raise LinkInvalid for a text that cannot be a link's token."""
        self._links.parse(token)

    def check(self, credentials: Credentials, *, check_database: bool = False) -> SignedIn:
        """Return who is signed in; raises Unauthenticated."""
        return self._sessions.check(credentials, check_database=check_database)

    def log_out(self, credentials: Credentials, *, everywhere: bool = False) -> None:
        """End a session, or every session of its person."""
        if not everywhere:
            self._sessions.end(credentials)
            return
        try:
            user = self._sessions.check(credentials, check_database=True).user
        except Unauthenticated:
            return

        def work(tx: Transaction) -> None:
            self._sessions.end_all(tx, user.auth_user_id or "")
            tx.finish(*self._users.note("session.revoked", by=user, about=user.id, email=user.email))

        self._database.transact(work)

    def change_user(
        self, user_id: str, *, email: str | Unchanged, name: str | Unchanged | None, by: User
    ) -> User:
        """Change a person; a new e-mail address is also the one that signs in from now on, and old links die."""

        def work(tx: Transaction) -> None:
            user = self._users.find(tx, user_id)
            new_email = user.email if isinstance(email, Unchanged) else email
            new_name = user.name if isinstance(name, Unchanged) else name
            writes: list[Query[Any]] = [*self._users.change(user, email=new_email, name=new_name, by=by)]
            if new_email != user.email:
                writes += self._move_login(tx, user, new_email)
            tx.finish(*writes)

        try:
            self._database.transact(work)
        except DuplicateRow as error:
            raise EmailTaken from error
        return self._users.get(user_id)

    def remove_user(self, user_id: str, *, by: User) -> None:
        """Remove a person with all their login methods, sessions, roles and pending links."""

        def work(tx: Transaction) -> None:
            user = self._users.find_to_remove(tx, user_id, by=by)
            known, devices, tenant_ids = tx.batch(
                authuser.list_ids_of_person(PUBLIC, user.auth_user_id or ""),
                stored_links.list_devices_of_email(PUBLIC, PUBLIC, user.email),
                authuser.list_tenant_ids(PUBLIC),
            )
            ids = [identifier for pair in known for identifier in pair if identifier]
            tx.finish(
                *passwordless.delete_devices(PUBLIC, PUBLIC, devices),
                *(authuser.delete_users(PUBLIC, tenant_ids, ids) if ids else []),
                *self._users.removal(user, by=by),
            )

        self._database.transact(work)

    def jwks(self) -> tuple[list[dict[str, Any]], int]:
        """Return the public keys of session JWTs and for how many seconds they may be cached."""
        return self._keys.jwks()

    def _move_login(self, tx: Transaction, user: User, email: str) -> list[Query[Any]]:
        """Return the writes that let a person sign in with a new address instead of the old one."""
        known, devices = tx.batch(
            authuser.list_ids_of_person(PUBLIC, user.auth_user_id or ""),
            stored_links.list_devices_of_email(PUBLIC, PUBLIC, user.email),
        )
        writes = passwordless.delete_devices(PUBLIC, PUBLIC, devices)
        for recipe_user_id, _ in known:
            writes += stored_links.update_email(
                PUBLIC, PUBLIC, user_id=recipe_user_id, old_email=user.email, email=email
            )
        return writes

    def _url(self, token: str) -> str:
        return f"{self._api_url}/authenticate_magic_link?token={token}"
