"""Sign-up and sign-in with an e-mail address and a password (specs/supertokens.md 4.3)."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from gatehouse.clock import Clock
from gatehouse.crypto.identifiers import new_id
from gatehouse.crypto.password import HashFormat
from gatehouse.errors import DuplicateRow
from gatehouse.models.account_info import EMAIL, AccountInfo
from gatehouse.models.audit import EventName
from gatehouse.models.authuser import EMAIL_PASSWORD, AuthUser, LoginMethod
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import (
    EmailAlreadyExists,
    EmailChangeNotAllowed,
    UnknownEmail,
    UnknownUserId,
    WrongCredentials,
)
from gatehouse.services.account_info import begin_change
from gatehouse.services.audit import Events, write
from gatehouse.services.authuser import AuthUsers
from gatehouse.services.failures import Failures
from gatehouse.services.passwords import check_hash, is_password, make_hash
from gatehouse.store import account_info, audit, authuser, emailpassword, login_methods
from gatehouse.store.audit import Provided
from gatehouse.store.database import Batches, Database, Transaction
from gatehouse.store.statement import Query

FAKE_EMAILS = ("@stfakeemail.supertokens.com", ".fakeemail.com")
"""Endings of addresses that SDKs make up; they count as verified (specs/supertokens.md 4.3)."""

IMPORT_TRIES = 3

Found = tuple[AuthUser, LoginMethod]
"""A person, and which of their login methods is meant."""


class EmailPassword:
    """Login methods with an e-mail address, given trimmed and in lower case, and a password."""

    def __init__(
        self, database: Database, auth_users: AuthUsers, clock: Clock, events: Events, failures: Failures
    ) -> None:
        self._database = database
        self._auth_users = auth_users
        self._clock = clock
        self._events = events
        self._failures = failures

    def sign_up(self, tenant: Tenant, email: str, password: str) -> Found:
        """Make a user; raises EmailAlreadyExists."""
        user_id, app_id, is_fake = new_id(), tenant.app_id, email.endswith(FAKE_EMAILS)
        others = [authuser.upsert_last_active(app_id, user_id, self._clock())]
        if is_fake:
            others.append(authuser.insert_verified_email(app_id, user_id, email))
        password_hash = make_hash(password, tenant.config)
        return self._insert(tenant, user_id, email, password_hash, *others, is_verified=is_fake)

    def sign_in(self, tenant: Tenant, email: str, password: str) -> Found:
        """Return who has this address and this password in a tenant; raises WrongCredentials."""
        try:
            person, method, password_hash = self._find(tenant, email)
        except WrongCredentials:
            self._failures.note(tenant, EMAIL_PASSWORD, "wrong_password")
            raise
        if not is_password(password, password_hash, tenant.config):
            self._failures.note(tenant, EMAIL_PASSWORD, "wrong_password", subject_id=person.user_id)
            raise WrongCredentials
        self._database.run(
            authuser.upsert_last_active(tenant.app_id, person.supertokens_user_id, self._clock())
        )
        return person, method

    def is_right(self, tenant: Tenant, email: str, password: str) -> bool:
        """Say whether somebody signs in to a tenant with an address and a password; takes as long if nobody has it."""
        found = self._database.run(emailpassword.get_credentials(tenant.app_id, tenant.tenant_id, email))
        if found is None or found.email != email:
            make_hash(password, tenant.config)
            return False
        return is_password(password, found.password_hash, tenant.config)

    def import_user(
        self, tenant: Tenant, email: str, password_hash: str, algorithm: HashFormat | None
    ) -> tuple[AuthUser, LoginMethod, bool]:
        """Make a user with the password hash of another system, or give an existing one that hash.

        Return whether they existed, too. Raises RequestInvalid for a hash that is none, and EmailAlreadyExists for an
        address that only the database takes for another's.
        """
        check_hash(password_hash, algorithm, tenant.config)
        for _ in range(IMPORT_TRIES):
            if found := self._overwrite(tenant, email, password_hash):
                return *found, True
            with suppress(EmailAlreadyExists):  # somebody was faster
                return *self._insert(tenant, new_id(), email, password_hash), False
        raise EmailAlreadyExists

    def get_by_id(self, app_id: str, user_id: str) -> Found:
        """Return a login method by an id of either kind, as a person who has no other; raises UnknownUserId."""
        person, method = self._require(self._database, app_id, user_id)
        return person.alone(method), method

    def get_by_email(self, tenant: Tenant, email: str) -> Found:
        """Return who has an address in a tenant, and signs in with it and a password; raises UnknownEmail."""
        info = AccountInfo(EMAIL, email)
        people = account_info.list_people_in_tenant(tenant.app_id, tenant.tenant_id, [info])
        for person in self._auth_users.read(self._database, people):
            for method in person.login_methods:
                if method.recipe_id == EMAIL_PASSWORD and method.email == email:
                    return person, method
        raise UnknownEmail

    def exists(self, tenant: Tenant, email: str) -> bool:
        """Say whether somebody has an address in a tenant, and signs in with it and a password."""
        try:
            self.get_by_email(tenant, email)
        except UnknownEmail:
            return False
        return True

    def update(self, tenant: Tenant, user_id: str, *, email: str | None, password: str | None) -> None:
        """Give a login method, by an id of either kind, another address, another password, or both.

        Raises UnknownUserId, EmailAlreadyExists, and EmailChangeNotAllowed if another primary user has the address.
        """
        app_id = tenant.app_id
        password_hash = None if password is None else make_hash(password, tenant.config)

        def work(tx: Transaction) -> None:
            person, method = self._require(self._database, app_id, user_id)
            writes: list[Query[Any]] = []
            if email is not None:
                writes += self._change_email(tx, app_id, person, method, email)
                writes += self._note("email.changed", tenant, person.user_id, told={"email": email})
            if password_hash is not None:
                writes.append(
                    emailpassword.update_password(app_id, method.supertokens_user_id, password_hash)
                )
                writes += self._note("password.changed", tenant, person.user_id)
            tx.finish(*writes)

        try:
            self._database.transact(work)
        except DuplicateRow:
            raise EmailAlreadyExists from None

    def _change_email(
        self, tx: Transaction, app_id: str, before: AuthUser, method: LoginMethod, email: str
    ) -> list[Query[int]]:
        """Begin a transaction and return the writes that give a login method another address."""
        person, conflict = begin_change(tx, app_id, before, [AccountInfo(EMAIL, email)], self._clock())
        if conflict:
            raise EmailChangeNotAllowed(reason="New email is associated with another primary user ID")
        now = person.login_method(method.supertokens_user_id)
        if now is None:
            raise UnknownUserId
        return emailpassword.update_email(app_id, now.tenant_ids, now.supertokens_user_id, email)

    def _find(self, tenant: Tenant, email: str) -> tuple[AuthUser, LoginMethod, str]:
        """Return who signs in with an address, and the hash of their password; raises WrongCredentials."""
        credentials, methods, tenants, verified = self._database.batch(
            emailpassword.get_credentials(tenant.app_id, tenant.tenant_id, email),
            *emailpassword.list_people_by_email(tenant.app_id, tenant.tenant_id, email),
        )
        if credentials and credentials.email == email:
            for person in login_methods.people(methods, tenants, verified):
                if method := person.login_method(credentials.user_id):
                    return person, method, credentials.password_hash
        raise WrongCredentials

    def _require(self, runner: Batches, app_id: str, user_id: str) -> Found:
        """Return a login method with a password by an id of either kind; raises UnknownUserId."""
        person, method = self._auth_users.require(runner, app_id, user_id)
        if method.recipe_id != EMAIL_PASSWORD:
            raise UnknownUserId
        return person, method

    def _overwrite(self, tenant: Tenant, email: str, password_hash: str) -> Found | None:
        """Give who has an address in a tenant another password hash; None: nobody has it."""
        try:
            person, method, _ = self._find(tenant, email)
        except WrongCredentials:
            return None
        app_id, user_id = tenant.app_id, method.supertokens_user_id
        note = self._note(
            "password.changed", tenant, person.user_id, provided=audit.row("password", user_id=user_id)
        )
        change = emailpassword.update_password(app_id, user_id, password_hash)
        *_, is_there = write(self._database, *note, change)
        return (person, method) if is_there else None

    def _insert(
        self,
        tenant: Tenant,
        user_id: str,
        email: str,
        password_hash: str,
        *others: Query[int],
        is_verified: bool = False,
    ) -> Found:
        """Store a new user, together with other rows; raises EmailAlreadyExists."""
        found, rows = self.new_user(tenant, user_id, email, password_hash, is_verified=is_verified)
        try:
            self._database.transact(lambda tx: tx.finish(*rows, *others))
        except DuplicateRow:
            raise EmailAlreadyExists from None
        return found

    def _note(
        self,
        event: EventName,
        tenant: Tenant,
        user_id: str,
        *,
        provided: Provided | None = None,
        told: Mapping[str, str] | None = None,
    ) -> tuple[Query[Any], ...]:
        return self._events.note(
            event,
            app_id=tenant.app_id,
            tenant_id=tenant.tenant_id,
            subject_id=user_id,
            details={"recipe": EMAIL_PASSWORD},
            provided=provided,
            told=told,
        )

    def new_user(
        self, tenant: Tenant, user_id: str, email: str, password_hash: str, *, is_verified: bool
    ) -> tuple[Found, list[Query[Any]]]:
        """Return a new user, and the writes that store them; a taken address raises DuplicateRow then."""
        now_ms, app_id, tenant_id = self._clock(), tenant.app_id, tenant.tenant_id
        rows: list[Query[Any]] = authuser.insert_recipe_user(
            app_id, tenant_id, user_id=user_id, recipe_id=EMAIL_PASSWORD, time_joined_ms=now_ms
        ) + emailpassword.insert_user(
            app_id,
            tenant_id,
            user_id=user_id,
            email=email,
            password_hash=password_hash,
            time_joined_ms=now_ms,
        )
        rows += self._note("user.created", tenant, user_id, told={"email": email})
        method = LoginMethod(
            recipe_id=EMAIL_PASSWORD,
            supertokens_user_id=user_id,
            external_user_id=None,
            time_joined_ms=now_ms,
            tenant_ids=(tenant_id,),
            is_verified=is_verified,
            email=email,
        )
        return (AuthUser(user_id, None, False, (method,)), method), rows
