"""Sign-in with codes, for frontends: checked, linked, and with a session (specs/supertokens.md 6.3)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gatehouse.models.authuser import PASSWORDLESS, AuthUser
from gatehouse.models.factors import EMAIL_CODE, EMAIL_LINK, PHONE_CODE, PHONE_LINK
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import RecipeError, RestartFlow, Unauthorised
from gatehouse.services.audit import Events, write
from gatehouse.services.auth_checks import AuthChecks, LetIn, SignUpNotAllowed
from gatehouse.services.candidates import Seen
from gatehouse.services.code_delivery import Contact
from gatehouse.services.failures import Failures
from gatehouse.services.passwordless import Attempt, Passwordless, TypedAttempt
from gatehouse.services.passwordless_visitors import Visitor, admit, candidate_of, known
from gatehouse.store import authuser, emailverification, login_methods, passwordless, passwordless_users
from gatehouse.store.database import Database
from gatehouse.store.statement import Query


class _Proof:
    """A code that is checked at most once before it is used, because every try with a wrong one counts."""

    def __init__(self, check: Callable[[], object]) -> None:
        self._check = check
        self._is_checked = False
        self.error: RecipeError | None = None

    def is_right(self) -> bool:
        """Say whether the code is right; if not, `error` says why."""
        if not self._is_checked:
            self._is_checked = True
            try:
                self._check()
            except RecipeError as error:
                self.error = error
        return self.error is None


class PasswordlessSignIn:
    """Lets people in with codes; raises what `AuthChecks` does besides.

    `verifies` says that addresses are verified at all.
    """

    def __init__(
        self,
        database: Database,
        checks: AuthChecks,
        passwordless: Passwordless,
        events: Events,
        failures: Failures,
        *,
        verifies: bool,
    ) -> None:
        self._database = database
        self._checks = checks
        self._passwordless = passwordless
        self._events = events
        self._failures = failures
        self._verifies = verifies

    def consume_code(
        self, tenant: Tenant, attempt: Attempt, visitor: Visitor, *, has_anti_csrf: bool
    ) -> LetIn:
        """Let somebody in who has a code; raises what `Passwordless.consume_code` does."""
        contact, people = self._waiting(tenant, attempt.pre_auth_session_id)
        candidate, session = candidate_of(contact), visitor.session
        proof = _Proof(lambda: self._passwordless.check_code(tenant, attempt))
        found, seen = known(tenant, people, candidate), None
        if session or not found:
            seen = self._checks.look(tenant, candidate, session)
            found = self._checks.find(tenant, candidate, session, lambda _: proof.is_right(), seen)
            seen = self._prove_session(tenant, contact, session, seen, proof)
        factor_id = _factor_of(contact, attempt)
        try:
            with self._failures.refusing(tenant, PASSWORDLESS, found):
                admit(self._checks, tenant, candidate, visitor, found, [factor_id], seen)
        except SignUpNotAllowed:  # which only who has the code may know
            if not proof.is_right():
                raise proof.error or RestartFlow from None
            raise
        if proof.error:
            raise proof.error
        consumed = self._passwordless.consume_code(tenant, attempt, is_verifying=True)
        return self._checks.let_in(
            tenant,
            consumed.person,
            consumed.method,
            is_new=consumed.is_new,
            factor_id=factor_id,
            session=session,
            links_session=visitor.links_session,
            has_anti_csrf=has_anti_csrf,
        )

    def _waiting(self, tenant: Tenant, pre_auth_session_id: str) -> tuple[Contact, list[AuthUser]]:
        """Return where the code of a device was sent, and who signs in with that; raises RestartFlow."""
        where = tenant.app_id, tenant.tenant_id
        names = passwordless.spellings(pre_auth_session_id)
        reads: list[Query[Any]] = [
            passwordless.list_devices_with_codes(*where, "device_id_hash", names),
            *passwordless_users.list_people_of_device(*where, pre_auth_session_id),
        ]
        found, *people = self._database.batch(*reads)
        for device, _ in found:
            if device.device_id_hash in names:
                return Contact(device.email, device.phone_number), login_methods.people(*people)
        self._failures.note(tenant, PASSWORDLESS, "unknown_code")
        raise RestartFlow

    def _prove_session(
        self, tenant: Tenant, contact: Contact, session: FrontendSession | None, seen: Seen, proof: _Proof
    ) -> Seen:
        """Let a code also prove the address of who is signed in with the same; return what is known now."""
        if session is None or contact.email is None or not self._verifies:
            return seen
        if seen.session_user is None:
            raise Unauthorised(message="Session user not found")
        method = seen.session_user.login_method(session.recipe_user_id)
        if method is None:
            raise Unauthorised(message="The session is of a login method that its user does not have")
        if method.email != contact.email or method.is_verified or not proof.is_right():
            return seen
        app_id, user_id = tenant.app_id, method.recipe_user_id
        write(
            self._database,
            authuser.insert_verified_email(app_id, user_id, contact.email),
            emailverification.delete_tokens(app_id, tenant.tenant_id, user_id=user_id, email=contact.email),
            *self._events.note(
                "email.verified",
                app_id=app_id,
                tenant_id=tenant.tenant_id,
                subject_id=seen.session_user.user_id,
                details={"recipe": method.recipe_id},
                told={"email": contact.email},
            ),
        )
        verified = replace(method, is_verified=True)
        people = [person.with_method(verified) for person in seen.people]
        return replace(seen, people=people, session_user=seen.session_user.with_method(verified))


def _factor_of(contact: Contact, attempt: Attempt) -> str:
    is_typed = isinstance(attempt, TypedAttempt)
    if contact.email is not None:
        return EMAIL_CODE if is_typed else EMAIL_LINK
    return PHONE_CODE if is_typed else PHONE_LINK
