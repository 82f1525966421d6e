"""Sign-up and sign-in with a password as frontends ask for it: checked, linked, and with a session.

Whoever has no account is let wait for a password hash, too. The order of the checks is SuperTokens', so that frontends
see its answers.
"""

from dataclasses import dataclass, field

from gatehouse.addresses import is_fake_email
from gatehouse.models.authuser import EMAIL_PASSWORD, AuthUser, LoginMethod
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import EmailAlreadyExists, WrongCredentials
from gatehouse.services.auth_checks import AuthChecks, LetIn, SignUpNotAllowed
from gatehouse.services.automatic_linking import AutomaticLinking
from gatehouse.services.candidates import Candidate, Found, Seen
from gatehouse.services.emailpassword import EmailPassword
from gatehouse.services.failures import Failures


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the door: what they say, and the session that they have already."""

    email: str
    password: str = field(repr=False)
    session: FrontendSession | None
    links_session: bool | None
    has_anti_csrf: bool

    @property
    def candidate(self) -> Candidate:
        """Who they say they are."""
        return Candidate(EMAIL_PASSWORD, email=self.email)


class PasswordSignIn:
    """Lets people in; raises what `AuthChecks` does besides."""

    def __init__(
        self, users: EmailPassword, checks: AuthChecks, linking: AutomaticLinking, failures: Failures
    ) -> None:
        self._users = users
        self._checks = checks
        self._linking = linking
        self._failures = failures

    def sign_in(self, tenant: Tenant, visitor: Visitor) -> LetIn:
        """Let somebody in who has an account; raises WrongCredentials."""
        email, session = visitor.email, visitor.session

        def is_right(there: Tenant) -> bool:
            return self._users.is_right(there, email, visitor.password)

        seen = self._checks.look(tenant, visitor.candidate, session)
        found = self._checks.find(tenant, visitor.candidate, session, is_right, seen)
        if found is None:
            is_right(tenant)  # takes as long as it would for a known address
            self._failures.note(tenant, EMAIL_PASSWORD, "wrong_password")
            raise WrongCredentials
        person, method = found
        with self._failures.refusing(tenant, EMAIL_PASSWORD, found):
            is_first = self._is_first_factor(tenant, visitor, seen, found)
        if not is_right(tenant) or (is_first and is_fake_email(email)):
            self._failures.note(tenant, EMAIL_PASSWORD, "wrong_password", subject_id=person.user_id)
            raise WrongCredentials
        person = self._linking.verify_if_proved(tenant, person, method)
        return self._let_in(tenant, visitor, person, method, is_sign_up=False)

    def sign_up(self, tenant: Tenant, visitor: Visitor) -> LetIn:
        """Make an account and let its owner in; raises EmailAlreadyExists."""
        seen = self._checks.look(tenant, visitor.candidate, visitor.session)
        try:
            with self._failures.refusing(tenant, EMAIL_PASSWORD, None):
                is_first = self._is_first_factor(tenant, visitor, seen)
        except SignUpNotAllowed:
            if self._checks.find(tenant, visitor.candidate, seen=seen):
                raise EmailAlreadyExists from None
            raise
        if is_first and is_fake_email(visitor.email):
            raise EmailAlreadyExists
        person, method = self._users.sign_up(tenant, visitor.email, visitor.password)
        return self._let_in(tenant, visitor, person, method, is_sign_up=True)

    def _is_first_factor(
        self, tenant: Tenant, visitor: Visitor, seen: Seen, found: Found | None = None
    ) -> bool:
        """Say whether somebody, who signs up if nobody was found, uses a first factor."""
        admission = self._checks.before(
            tenant,
            visitor.candidate,
            found=found[0] if found else None,
            is_sign_up=found is None,
            is_verified=found[1].is_verified if found else is_fake_email(visitor.email),
            verifies=False,
            factor_ids=[EMAIL_PASSWORD],
            session=visitor.session,
            links_session=visitor.links_session,
            seen=seen,
        )
        return admission.is_first_factor

    def _let_in(
        self, tenant: Tenant, visitor: Visitor, person: AuthUser, method: LoginMethod, *, is_sign_up: bool
    ) -> LetIn:
        return self._checks.let_in(
            tenant,
            person,
            method,
            is_new=is_sign_up,
            factor_id=EMAIL_PASSWORD,
            session=visitor.session,
            links_session=visitor.links_session,
            has_anti_csrf=visitor.has_anti_csrf,
        )
