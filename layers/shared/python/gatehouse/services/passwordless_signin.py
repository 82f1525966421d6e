"""Sign-in with codes as frontends ask for it: sent, sent again, and used for a session (specs/supertokens.md 6.3).

A code that goes out says nothing about whether there is an account. Where strangers may not join they get the same
answer as everybody, a device included, and a letter without a code; whether somebody may join is told to who has it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from gatehouse.crypto.passwordless_code import NewCode
from gatehouse.models import Client
from gatehouse.models.authuser import PASSWORDLESS, AuthUser, LoginMethod
from gatehouse.models.factors import (
    EMAIL_CODE,
    EMAIL_FACTORS,
    EMAIL_LINK,
    PHONE_CODE,
    PHONE_FACTORS,
    PHONE_LINK,
)
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import RecipeError, RestartFlow, Unauthorised
from gatehouse.services.auth_checks import (
    Admission,
    AuthChecks,
    NotInvited,
    SignUpNotAllowed,
)
from gatehouse.services.candidates import Candidate, Found, Seen
from gatehouse.services.code_delivery import CodeDelivery, Contact
from gatehouse.services.passwordless import Attempt, ConsumedCode, Passwordless, TypedAttempt
from gatehouse.services.passwordless_codes import CreatedCode, PasswordlessCodes
from gatehouse.services.session_linking import LinkingToSessionUserFailed
from gatehouse.store import authuser, emailverification, login_methods, passwordless, passwordless_users
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query

_LINKS = (EMAIL_LINK, PHONE_LINK)
_CODES = (EMAIL_CODE, PHONE_CODE)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the door: the session that they have already, and whether they want to add to it."""

    session: FrontendSession | None
    links_session: bool | None


@dataclass(frozen=True, slots=True)
class SentCode:
    """A device that waits for a code, and what was sent to it."""

    code: NewCode
    flow: str


@dataclass(frozen=True, slots=True)
class LetIn:
    """Who has signed in, with which login method, whether it is new, and in which session."""

    person: AuthUser
    method: LoginMethod
    is_new: bool
    session: FrontendSession


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

    `factors` are those that codes and links are here. `verifies` says that addresses are verified at all.
    """

    def __init__(
        self,
        database: Database,
        checks: AuthChecks,
        codes: PasswordlessCodes,
        passwordless: Passwordless,
        delivery: CodeDelivery,
        *,
        factors: tuple[str, ...],
        verifies: bool,
    ) -> None:
        self._database = database
        self._checks = checks
        self._codes = codes
        self._passwordless = passwordless
        self._delivery = delivery
        self._factors = factors
        self._verifies = verifies

    def create_code(self, tenant: Tenant, contact: Contact, visitor: Visitor, client: Client) -> SentCode:
        """Send a code to who may sign in or up; raises TooManySends, LetterNotSent."""
        admission, is_invited = self._admit(tenant, contact, visitor)

        def work(tx: Transaction) -> CreatedCode:
            self._delivery.count(tx, tenant, contact, client)
            created, writes = self._codes.new_device(
                tenant, email=contact.email, phone_number=contact.phone_number
            )
            tx.finish(*writes)
            return created

        created = self._database.transact(work, rerun_on_duplicate=True)
        return self._send(tenant, contact, created, admission, is_invited=is_invited)

    def resend_code(self, tenant: Tenant, device_id: str, visitor: Visitor, client: Client) -> SentCode:
        """Send another code to the same address; raises RestartFlow, RequestInvalid, TooManySends, LetterNotSent."""
        lock = self._codes.lock_device(tenant, device_id)
        waiting = next(iter(self._codes.list_by_device_id(tenant, device_id)), None)
        if waiting is None:
            raise RestartFlow
        contact = Contact(waiting.device.email, waiting.device.phone_number)
        if not self._factors_of(contact):
            raise RestartFlow
        try:
            admission, is_invited = self._admit(tenant, contact, visitor)
        except (SignUpNotAllowed, LinkingToSessionUserFailed):  # as `create_code` will say
            raise RestartFlow from None

        def work(tx: Transaction) -> CreatedCode:
            (locked,) = self._delivery.count(tx, tenant, contact, client, lock)
            created, write = self._codes.another_code(tenant, device_id, locked)
            tx.finish(write)
            return created

        created = self._database.transact(work, rerun_on_duplicate=True)
        return self._send(tenant, contact, created, admission, is_invited=is_invited)

    def consume_code(
        self, tenant: Tenant, attempt: Attempt, visitor: Visitor, *, has_anti_csrf: bool
    ) -> LetIn:
        """Let somebody in who has a code; raises what `Passwordless.consume_code` does."""
        contact, people = self._waiting(tenant, attempt.pre_auth_session_id)
        candidate, session = _candidate(contact), visitor.session
        proof = _Proof(lambda: self._passwordless.check_code(tenant, attempt))
        found, seen = _known(tenant, people, candidate), None
        if session or not found:
            seen = self._checks.look(tenant, candidate, session)
            found = self._checks.find(tenant, candidate, session, lambda _: proof.is_right(), seen)
            seen = self._prove_session(tenant, contact, session, seen, proof)
        factor_id = _factor_of(contact, attempt)
        try:
            self._before(tenant, candidate, visitor, found, [factor_id], seen)
        except SignUpNotAllowed:  # which only who has the code may know
            if not proof.is_right():
                raise proof.error or RestartFlow from None
            raise
        if proof.error:
            raise proof.error
        consumed = self._passwordless.consume_code(tenant, attempt, is_verifying=True)
        return self._let_in(tenant, consumed, visitor, factor_id, has_anti_csrf=has_anti_csrf)

    def _admit(self, tenant: Tenant, contact: Contact, visitor: Visitor) -> tuple[Admission, bool]:
        """Return with which factors somebody may go on, and whether they are invited, if they must be."""
        candidate = _candidate(contact)
        factors = self._factors_of(contact)
        if visitor.session:  # they type the code where they are signed in
            factors = [EMAIL_CODE if contact.email is not None else PHONE_CODE]
        seen = self._checks.look(tenant, candidate, visitor.session)
        found = _known(tenant, seen.people, candidate)
        try:
            return self._before(tenant, candidate, visitor, found, factors, seen, skips_update=True), True
        except NotInvited as stranger:
            return stranger.admission, False

    def _before(
        self,
        tenant: Tenant,
        candidate: Candidate,
        visitor: Visitor,
        found: Found | None,
        factor_ids: list[str],
        seen: Seen | None,
        *,
        skips_update: bool = False,
    ) -> Admission:
        return self._checks.before(
            tenant,
            candidate,
            found=found[0] if found else None,
            is_sign_up=found is None,
            is_verified=found[1].is_verified if found else True,
            verifies=True,
            factor_ids=factor_ids,
            session=visitor.session,
            links_session=visitor.links_session,
            skips_update=skips_update,
            seen=seen,
        )

    def _send(
        self,
        tenant: Tenant,
        contact: Contact,
        created: CreatedCode,
        admission: Admission,
        *,
        is_invited: bool,
    ) -> SentCode:
        has_link = any(factor in _LINKS for factor in admission.factor_ids)
        has_code = any(factor in _CODES for factor in admission.factor_ids)
        if is_invited:
            self._delivery.send(tenant, contact, created.code, has_code=has_code, has_link=has_link)
        else:
            self._delivery.send_not_invited(contact)
        parts = [*(["USER_INPUT_CODE"] if has_code else []), *(["MAGIC_LINK"] if has_link else [])]
        return SentCode(created.code, "_AND_".join(parts))

    def _factors_of(self, contact: Contact) -> list[str]:
        reached = EMAIL_FACTORS if contact.email is not None else PHONE_FACTORS
        return [factor for factor in self._factors if factor in reached]

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
        self._database.batch(
            authuser.insert_verified_email(app_id, user_id, contact.email),
            emailverification.delete_tokens(app_id, tenant.tenant_id, user_id=user_id, email=contact.email),
        )
        verified = replace(method, is_verified=True)
        people = [person.with_method(verified) for person in seen.people]
        return replace(seen, people=people, session_user=seen.session_user.with_method(verified))

    def _let_in(
        self,
        tenant: Tenant,
        consumed: ConsumedCode,
        visitor: Visitor,
        factor_id: str,
        *,
        has_anti_csrf: bool,
    ) -> LetIn:
        person, method = consumed.person, consumed.method
        person = self._checks.link(tenant, person, method, visitor.session, visitor.links_session)
        method = person.login_method(method.supertokens_user_id) or method
        session = self._checks.after(
            tenant,
            person,
            method,
            is_sign_up=consumed.is_new,
            factor_id=factor_id,
            session=visitor.session,
            has_anti_csrf=has_anti_csrf,
        )
        return LetIn(person, method, consumed.is_new, session)


def _candidate(contact: Contact) -> Candidate:
    return Candidate(PASSWORDLESS, email=contact.email, phone_number=contact.phone_number)


def _known(tenant: Tenant, people: Iterable[AuthUser], candidate: Candidate) -> Found | None:
    """Return who signs in to a tenant with an address or a number, and the login method."""
    for person in people:
        for method in person.login_methods:
            if candidate.has(method) and tenant.tenant_id in method.tenant_ids:
                return person, method
    return None


def _factor_of(contact: Contact, attempt: Attempt) -> str:
    is_typed = isinstance(attempt, TypedAttempt)
    if contact.email is not None:
        return EMAIL_CODE if is_typed else EMAIL_LINK
    return PHONE_CODE if is_typed else PHONE_LINK
