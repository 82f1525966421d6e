"""Forgotten passwords as frontends know them: a letter with a link, and the password that is set with it.

Who asks is told nothing about the address, neither by the answer nor by its time: every address is counted, looked up
and written to. One that nobody has a password for gets a letter that says so, because the conversation with a mail
server takes longer than all the rest, and would be missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from gatehouse.crypto.identifiers import new_id
from gatehouse.errors import DuplicateRow, ParentMissing
from gatehouse.models import Client
from gatehouse.models.account_info import EMAIL, AccountInfo
from gatehouse.models.authuser import EMAIL_PASSWORD, AuthUser, LoginMethod
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import RecipeError, ResetPasswordInvalidToken
from gatehouse.services.audit import Events
from gatehouse.services.authuser import AuthUsers
from gatehouse.services.automatic_linking import AutomaticLinking
from gatehouse.services.email_letters import EmailLetters
from gatehouse.services.emailpassword import EmailPassword
from gatehouse.services.failures import Failures
from gatehouse.services.password_reset import PasswordReset
from gatehouse.services.passwords import make_hash
from gatehouse.store import account_info, authuser, emailpassword, emailverification, login_methods
from gatehouse.store.database import Database, Transaction
from gatehouse.store.password_reset import ResetToken
from gatehouse.store.statement import Query


class PasswordResetNotAllowed(RecipeError):
    """The address belongs to somebody who has others, too, and has not proved this one."""

    status_text = "PASSWORD_RESET_NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__(
            reason="Reset password link was not created because of account take over risk. Please contact support. "
            "(ERR_CODE_001)"
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a token does: its writes, and whose login method has the new password then."""

    person: AuthUser
    method: LoginMethod
    writes: list[Query[Any]]


class ForgottenPasswords:
    """Sends links to whoever may set a password, and sets it; `verifies` says that a link proves its address."""

    def __init__(
        self,
        database: Database,
        auth_users: AuthUsers,
        resets: PasswordReset,
        users: EmailPassword,
        linking: AutomaticLinking,
        letters: EmailLetters,
        events: Events,
        failures: Failures,
        *,
        verifies: bool,
    ) -> None:
        self._database = database
        self._auth_users = auth_users
        self._resets = resets
        self._users = users
        self._linking = linking
        self._letters = letters
        self._events = events
        self._failures = failures
        self._verifies = verifies

    def send_link(self, tenant: Tenant, email: str, client: Client) -> None:
        """Send a letter to an address; raises PasswordResetNotAllowed, TooManySends, LetterNotSent."""
        reads = account_info.list_people_in_tenant(
            tenant.app_id, tenant.tenant_id, [AccountInfo(EMAIL, email)]
        )

        def work(tx: Transaction) -> str | None:
            people = login_methods.people(*self._letters.count(tx, tenant, email, client, *reads))
            user_id = self._owner_of(email, [person for person in people if email in person.emails])
            if user_id is None:
                tx.finish(*self._note_unknown(tenant))
                return None
            token, write = self._resets.new_token(tenant, user_id, email)
            tx.finish(write, *self._resets.note_asked(tenant, user_id))
            return token

        try:
            with self._failures.sending(tenant.app_id, letter="password_reset"):
                token = self._database.transact(work)
        except ParentMissing:  # the user was removed meanwhile
            token = None
        if token is None:
            self._letters.send_no_password(email)
        else:
            self._letters.send_password_reset(tenant, email, token)

    def _note_unknown(self, tenant: Tenant) -> tuple[Query[Any], ...]:
        """Return the write that notes that somebody asked for an address that nobody has."""
        return self._events.count(
            "password.reset_asked",
            app_id=tenant.app_id,
            tenant_id=tenant.tenant_id,
            details={"reason": "unknown_address"},
        )

    def reset(self, tenant: Tenant, token: str, password: str) -> None:
        """Spend a token and set a password; raises ResetPasswordInvalidToken."""
        plans: list[Plan] = []

        def writes(found: ResetToken) -> list[Query[Any]]:
            plans[:] = [plan] if (plan := self._plan(tenant, found, password)) else []
            return plan.writes if plan else []

        try:
            self._resets.spend(tenant.app_id, token, writes)
        except DuplicateRow:  # somebody has a password for the address meanwhile
            self._resets.spend(tenant.app_id, token, lambda _: [])
            raise ResetPasswordInvalidToken from None
        if not plans:
            raise ResetPasswordInvalidToken
        (plan,) = plans
        if not plan.person.is_primary:
            self._linking.link(tenant, plan.person, plan.method)

    def _owner_of(self, email: str, people: list[AuthUser]) -> str | None:
        """Return the SuperTokens id that a token for an address is made for; raises PasswordResetNotAllowed.

        It is a login method's with a password, or that of a person who gets one and is linked to it.
        """
        method = _with_password(people, email)
        person = self._candidate(people)
        if person is None:
            return method.supertokens_user_id if method else None
        if _is_takeover_risk(person, email):
            raise PasswordResetNotAllowed
        if method:
            return method.supertokens_user_id
        may_get_one = self._linking.rule() is not None and self._linking.may_sign_up(email, people)
        return person.supertokens_user_id if may_get_one else None

    def _candidate(self, people: list[AuthUser]) -> AuthUser | None:
        """Return to whom a login method with the address of these people is, or would be, linked."""
        primary = next((person for person in people if person.is_primary), None)
        if primary or not people:
            return primary
        oldest = min(people, key=lambda person: person.time_joined_ms)
        return oldest if self._linking.should_become_primary(oldest) else None

    def _plan(self, tenant: Tenant, found: ResetToken, password: str) -> Plan | None:
        """Return what a token does, or None if it may do nothing any more."""
        person = self._auth_users.get(self._database, tenant.app_id, found.user_id)
        method = person.login_method(found.user_id) if person else None
        email = found.email or (method.email if method else None)
        if person is None or email is None:
            return None
        if method is None or method.recipe_id != EMAIL_PASSWORD:
            password_hash = make_hash(password, tenant.config)
            new, writes = self._users.new_user(tenant, new_id(), email, password_hash, is_verified=False)
            writes += self._resets.note(tenant, found)
            return self._verified(tenant, email, Plan(*new, writes))
        if person.is_primary and _is_takeover_risk(person, email):
            return None
        password_hash = make_hash(password, tenant.config)
        write = emailpassword.update_password(tenant.app_id, method.supertokens_user_id, password_hash)
        return self._verified(tenant, email, Plan(person, method, [write, *self._resets.note(tenant, found)]))

    def _verified(self, tenant: Tenant, email: str, plan: Plan) -> Plan:
        """Return what a token does, and that whoever has it has proved its address."""
        if not self._verifies:
            return plan
        app_id, user_id = tenant.app_id, plan.method.recipe_user_id
        writes = [
            *plan.writes,
            authuser.insert_verified_email(app_id, user_id, email),
            emailverification.delete_tokens(app_id, tenant.tenant_id, user_id=user_id, email=email),
        ]
        if plan.method.email != email:
            return replace(plan, writes=writes)
        method = replace(plan.method, is_verified=True)
        return Plan(plan.person.with_method(method), method, writes)


def _with_password(people: Iterable[AuthUser], email: str) -> LoginMethod | None:
    return next(
        (
            method
            for person in people
            for method in person.login_methods
            if method.recipe_id == EMAIL_PASSWORD and method.email == email
        ),
        None,
    )


def _is_takeover_risk(person: AuthUser, email: str) -> bool:
    """Say whether somebody has other addresses or numbers, and has not proved this address with any login method.

    Who sent it along may be a stranger, who would be let in to all the rest.
    """
    is_verified = any(method.email == email and method.is_verified for method in person.login_methods)
    has_others = any(
        method.email not in {None, email} or method.phone_number is not None
        for method in person.login_methods
    )
    return not is_verified and has_others
