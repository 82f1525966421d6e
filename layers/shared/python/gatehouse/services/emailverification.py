"""Proof that somebody reads what is sent to an e-mail address (specs/supertokens.md 4.4)."""

from contextlib import suppress
from typing import Any

from gatehouse.clock import Clock
from gatehouse.crypto.one_time_token import make_one_time_token, token_hash
from gatehouse.errors import DuplicateRow
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import EmailAlreadyVerified, EmailVerificationInvalidToken
from gatehouse.services.audit import Events, write
from gatehouse.store import audit, authuser, emailverification
from gatehouse.store.database import Database, Transaction
from gatehouse.store.emailverification import VerificationToken
from gatehouse.store.statement import Query


class EmailVerification:
    """Makes tokens of users by the ids that callers send, known or not, and spends each of them once."""

    def __init__(self, database: Database, clock: Clock, events: Events) -> None:
        self._database = database
        self._clock = clock
        self._events = events

    def create_token(self, tenant: Tenant, user_id: str, email: str) -> str:
        """Return a token; raises EmailAlreadyVerified."""
        if self._database.run(emailverification.is_verified(tenant.app_id, user_id, email)):
            raise EmailAlreadyVerified
        token, write = self.new_token(tenant, user_id, email)
        with suppress(DuplicateRow):  # stored already, and sent again because the connection was lost
            self._database.run(write)
        return token

    def new_token(self, tenant: Tenant, user_id: str, email: str) -> tuple[str, Query[int]]:
        """Return a token for an address that is not verified yet, and the write that stores it."""
        token = make_one_time_token()
        expires_at_ms = self._clock() + tenant.config.email_verification_token_lifetime
        stored = VerificationToken(user_id, email, token_hash(token), expires_at_ms)
        return token, emailverification.insert_token(tenant.app_id, tenant.tenant_id, stored)

    def verify(self, tenant: Tenant, token: str) -> VerificationToken:
        """Spend a token, with all others in the tenant of its user for its address, and note the address as verified.

        Raises EmailVerificationInvalidToken.
        """
        app_id, tenant_id, hashed = tenant.app_id, tenant.tenant_id, token_hash(token)
        found = self._database.run(emailverification.get_token(app_id, tenant_id, hashed))
        if found is None or found.token_hash != hashed:
            raise EmailVerificationInvalidToken
        whose = {"user_id": found.user_id, "email": found.email}
        writes: list[Query[Any]] = [emailverification.delete_tokens(app_id, tenant_id, **whose)]
        has_expired = found.expires_at_ms < self._clock()
        if not has_expired:
            writes.append(authuser.insert_verified_email(app_id, found.user_id, found.email))
            writes += self._events.note(
                "email.verified",
                app_id=app_id,
                tenant_id=tenant_id,
                subject_id=found.user_id,
                told={"email": found.email},
            )

        def work(tx: Transaction) -> None:
            if hashed not in tx.run(emailverification.lock_tokens(app_id, tenant_id, **whose)):
                raise EmailVerificationInvalidToken
            tx.finish(*writes)

        self._database.transact(work)
        if has_expired:
            raise EmailVerificationInvalidToken
        return found

    def is_verified(self, app_id: str, user_id: str, email: str) -> bool:
        """Say whether a user has proved an address."""
        return self._database.run(emailverification.is_verified(app_id, user_id, email))

    def unverify(self, app_id: str, user_id: str, email: str) -> None:
        """Forget that a user has proved an address."""
        note = self._events.note(
            "email.unverified",
            app_id=app_id,
            subject_id=user_id,
            provided=audit.row("verified address", user_id=user_id, email=email),
            told={"email": email},
        )
        write(self._database, *note, emailverification.delete_verified_email(app_id, user_id, email))

    def revoke_tokens(self, tenant: Tenant, user_id: str, email: str) -> None:
        """Take back all tokens in a tenant of a user for an address."""
        self._database.run(
            emailverification.delete_tokens(tenant.app_id, tenant.tenant_id, user_id=user_id, email=email)
        )
