"""Resets of forgotten passwords, with tokens that work once and for some time (specs/supertokens.md 4.3)."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gatehouse.clock import Clock
from gatehouse.crypto.one_time_token import make_one_time_token, token_hash
from gatehouse.errors import DuplicateRow, ParentMissing, RequestInvalid
from gatehouse.models.audit import EventName
from gatehouse.models.authuser import EMAIL_PASSWORD, AuthUser
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import ResetPasswordInvalidToken, UnknownUserId
from gatehouse.services.audit import Events, write
from gatehouse.services.authuser import AuthUsers
from gatehouse.services.passwords import make_hash
from gatehouse.store import emailpassword, password_reset
from gatehouse.store.database import Database, Transaction
from gatehouse.store.password_reset import ResetToken
from gatehouse.store.statement import Query


@dataclass(frozen=True, slots=True)
class Reset:
    """Who may set another password, by the id that the outside knows, and for which address the token was made."""

    user_id: str
    email: str


class PasswordReset:
    """Makes tokens, and spends each of them once, with all others that its user has."""

    def __init__(self, database: Database, auth_users: AuthUsers, clock: Clock, events: Events) -> None:
        self._database = database
        self._auth_users = auth_users
        self._clock = clock
        self._events = events

    def create_token(self, tenant: Tenant, user_id: str, email: str) -> str:
        """Return a token for a user by an id of either kind, of whatever recipe; raises UnknownUserId.

        Somebody who signs in otherwise may be about to get a password.
        """
        found = self._database.run(password_reset.list_user_ids(tenant.app_id, user_id))
        ids = [own for own, named in found if named == user_id]
        if not ids:
            raise UnknownUserId
        return self._insert(tenant, user_id if user_id in ids else ids[0], email)

    def create_token_of_single_login(self, tenant: Tenant, user_id: str) -> str:
        """Return a token for a user who has one login method, with a password (CDI before 4.0).

        Raises UnknownUserId, and RequestInvalid for several login methods.
        """
        person = self._auth_users.get(self._database, tenant.app_id, user_id)
        if person is None:
            raise UnknownUserId
        if len(person.login_methods) > 1:
            raise RequestInvalid("Please use CDI version >= 4.0")
        email = _only_email(person)
        if email is None:
            raise UnknownUserId
        return self._insert(tenant, person.login_methods[0].supertokens_user_id, email)

    def consume_token(self, tenant: Tenant, token: str) -> Reset:
        """Spend a token and say whose it was; raises ResetPasswordInvalidToken."""
        spent = self.spend(tenant.app_id, token, lambda found: [*self.note(tenant, found)])
        email = spent.email
        if email is None:
            person = self._auth_users.get(self._database, tenant.app_id, spent.user_id)
            email = _only_email(person) if person else None
        if email is None:
            raise ResetPasswordInvalidToken
        return Reset(spent.outside_user_id, email)

    def reset(self, tenant: Tenant, token: str, password: str) -> str:
        """Spend a token and set its user's password; return their id. Raises ResetPasswordInvalidToken."""
        app_id, password_hash = tenant.app_id, make_hash(password, tenant.config)
        spent = self.spend(
            app_id,
            token,
            lambda found: [
                emailpassword.update_password(app_id, found.user_id, password_hash),
                *self.note(tenant, found),
            ],
        )
        return spent.outside_user_id

    def new_token(self, tenant: Tenant, user_id: str, email: str) -> tuple[str, Query[int]]:
        """Return a token for a SuperTokens user id, and the write that stores it."""
        token = make_one_time_token()
        write = password_reset.insert_token(
            tenant.app_id,
            user_id=user_id,
            token_hash=token_hash(token),
            expires_at_ms=self._clock() + tenant.config.password_reset_token_lifetime,
            email=email,
        )
        return token, write

    def _insert(self, tenant: Tenant, user_id: str, email: str) -> str:
        token, row = self.new_token(tenant, user_id, email)
        try:
            with suppress(DuplicateRow):  # stored already, and sent again because the connection was lost
                write(self._database, row, *self.note_asked(tenant, user_id))
        except ParentMissing:  # the user was removed meanwhile
            raise UnknownUserId from None
        return token

    def note_asked(self, tenant: Tenant, user_id: str) -> tuple[Query[Any], ...]:
        """Return the writes that note that a token was asked for."""
        return self._note("password.reset_asked", tenant, user_id)

    def note(self, tenant: Tenant, spent: ResetToken) -> tuple[Query[Any], ...]:
        """Return the writes that note that a token was used."""
        return self._note("password.reset", tenant, spent.outside_user_id)

    def _note(self, event: EventName, tenant: Tenant, user_id: str) -> tuple[Query[Any], ...]:
        return self._events.note(event, app_id=tenant.app_id, tenant_id=tenant.tenant_id, subject_id=user_id)

    def spend(self, app_id: str, token: str, also: Callable[[ResetToken], list[Query[Any]]]) -> ResetToken:
        """Delete all tokens of a token's user, even if it has expired, and return it.

        `also` says, before the transaction, what to write in it. Raises ResetPasswordInvalidToken.
        """
        hashed = token_hash(token)
        found = self._database.run(password_reset.get_token(app_id, hashed))
        if found is None or found.token_hash != hashed:
            raise ResetPasswordInvalidToken
        has_expired = found.expires_at_ms < self._clock()
        writes = [] if has_expired else also(found)

        def work(tx: Transaction) -> None:
            if hashed not in tx.run(password_reset.lock_tokens(app_id, found.user_id)):
                raise ResetPasswordInvalidToken
            tx.finish(password_reset.delete_tokens(app_id, found.user_id), *writes)

        self._database.transact(work)
        if has_expired:
            raise ResetPasswordInvalidToken
        return found


def _only_email(person: AuthUser) -> str | None:
    """Return the address of somebody who has one login method, with a password."""
    methods = person.login_methods
    return methods[0].email if len(methods) == 1 and methods[0].recipe_id == EMAIL_PASSWORD else None
