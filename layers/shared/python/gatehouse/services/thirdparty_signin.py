"""Sign-in through third parties, for frontends: checked, linked, and with a session (specs/supertokens.md 6.3)."""

from dataclasses import dataclass

from gatehouse.addresses import lower_email
from gatehouse.models.authuser import THIRD_PARTY, LoginMethod, ThirdPartyInfo
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.oauth.conversation import OAuthClient, Tokens
from gatehouse.oauth.registration import Registration
from gatehouse.oauth.vouching import MOST_LETTERS, Vouched
from gatehouse.recipe_errors import RecipeError
from gatehouse.services.auth_checks import AuthChecks, LetIn
from gatehouse.services.automatic_linking import AutomaticLinking
from gatehouse.services.candidates import Candidate
from gatehouse.services.emailverification import EmailVerification
from gatehouse.services.failures import Failures
from gatehouse.services.thirdparty import ThirdParty

FAKE_DOMAIN = "stfakeemail.supertokens.com"
"""Of the addresses of people whose third party tells none, as SuperTokens makes them."""


class NoEmailGivenByProvider(RecipeError):
    """The third party does not tell the address that is needed."""

    status_text = "NO_EMAIL_GIVEN_BY_PROVIDER"


@dataclass(frozen=True, slots=True)
class Return:
    """Somebody who is back from a third party: with a code, or with tokens that their frontend got."""

    redirect_uri: str = ""
    code: str = ""
    pkce_verifier: str | None = None
    tokens: Tokens | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """The session that somebody has already, whether they want to add to it, and how a new one is protected."""

    session: FrontendSession | None
    links_session: bool | None
    has_anti_csrf: bool


class ThirdPartySignIn:
    """Lets people in whom a third party vouches for; raises what `AuthChecks` does besides.

    `emailverification` is None where addresses are not verified at all.
    """

    def __init__(
        self,
        oauth: OAuthClient,
        checks: AuthChecks,
        linking: AutomaticLinking,
        thirdparty: ThirdParty,
        emailverification: EmailVerification | None,
        failures: Failures,
    ) -> None:
        self._oauth = oauth
        self._checks = checks
        self._linking = linking
        self._thirdparty = thirdparty
        self._emailverification = emailverification
        self._failures = failures

    def sign_in_up(self, tenant: Tenant, registration: Registration, back: Return, visitor: Visitor) -> LetIn:
        """Let somebody in; raises NoEmailGivenByProvider, EmailChangeNotAllowed, OAuthRefused."""
        vouched = self._vouched(registration, back)
        email, is_verified = _address(registration, vouched)
        info = ThirdPartyInfo(registration.id, vouched.user_id)
        candidate = Candidate(THIRD_PARTY, email=email, third_party=info)
        session = visitor.session
        seen = self._checks.look(tenant, candidate, session)
        found = self._checks.find(tenant, candidate, session, seen=seen)
        if found and not is_verified:
            is_verified = self._has_verified(tenant, found[1], email)
        with self._failures.refusing(tenant, THIRD_PARTY, found):
            self._checks.before(
                tenant,
                candidate,
                found=found[0] if found else None,
                is_sign_up=found is None,
                is_verified=is_verified,
                verifies=is_verified,
                factor_ids=[THIRD_PARTY],
                session=session,
                links_session=visitor.links_session,
                seen=seen,
            )
            if found and found[1].email != email:
                self._linking.check_email_change(
                    tenant, found[0], email, is_verified=is_verified, session=session
                )
        person, method, is_new = self._thirdparty.sign_in_up(tenant, info, email, is_verified=is_verified)
        person = self._linking.verify_if_proved(tenant, person, method)
        return self._checks.let_in(
            tenant,
            person,
            method,
            is_new=is_new,
            factor_id=THIRD_PARTY,
            session=session,
            links_session=visitor.links_session,
            has_anti_csrf=visitor.has_anti_csrf,
        )

    def _vouched(self, registration: Registration, back: Return) -> Vouched:
        if back.tokens is not None:
            return self._oauth.vouched(registration, back.tokens, are_own=False)
        tokens = self._oauth.exchange(registration, back.redirect_uri, back.code, back.pkce_verifier)
        return self._oauth.vouched(registration, tokens, are_own=True)

    def _has_verified(self, tenant: Tenant, method: LoginMethod, email: str) -> bool:
        """Say whether somebody has proved an address here that their third party does not vouch for."""
        if self._emailverification is None:
            return False
        if method.email == email:
            return method.is_verified
        return self._emailverification.is_verified(tenant.app_id, method.recipe_user_id, email)


def _address(registration: Registration, vouched: Vouched) -> tuple[str, bool]:
    """Return somebody's address and whether it is verified; raises NoEmailGivenByProvider."""
    if vouched.email is not None:
        return lower_email(vouched.email), vouched.is_verified
    made_up = f"{vouched.user_id}.{registration.id}@{FAKE_DOMAIN}".lower()
    if registration.provider.require_email is not False or len(made_up) > MOST_LETTERS:
        raise NoEmailGivenByProvider
    return made_up, True
