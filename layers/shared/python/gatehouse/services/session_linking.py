"""Login methods that are added to who is signed in already (specs/supertokens.md 4.7 and 6.3).

That is how second factors are set up. Somebody's session must not reach further than they have proved: what both sides
share, and the user of the session themselves, are verified where linking asks for it.
"""

from dataclasses import dataclass

from gatehouse.errors import RequestInvalid
from gatehouse.frontend_errors import InvalidClaims
from gatehouse.models.account_info import infos_of
from gatehouse.models.authuser import AuthUser, LoginMethod
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import (
    AccountInfoAlreadyAssociatedWithAnotherPrimaryUserId,
    RecipeError,
    RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId,
    RecipeUserIdAlreadyLinkedWithPrimaryUserId,
    Unauthorised,
)
from gatehouse.services.accountlinking import AccountLinking
from gatehouse.services.authuser import AuthUsers
from gatehouse.services.automatic_linking import AutomaticLinking
from gatehouse.services.claim_checks import EmailVerified, value_of
from gatehouse.services.claims import SessionClaims, faults
from gatehouse.services.frontend_sessions import FrontendSessions
from gatehouse.services.linking_rules import has_proved
from gatehouse.store.database import Database

LINKING_IS_OFF = (
    "Login methods are not linked here: ACCOUNT_LINKING is off, but shouldTryLinkingWithSessionUser is true"
)

SESSION_USER_TAKEN = "SESSION_USER_ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR"
EMAIL_VERIFICATION_REQUIRED = "EMAIL_VERIFICATION_REQUIRED"


class LinkingToSessionUserFailed(RecipeError):
    """A login method cannot be added to who is signed in; `reason` is one of SuperTokens' four."""

    status_text = "LINKING_TO_SESSION_USER_FAILED"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Target:
    """To whom a login method is added, and whether it is theirs already."""

    person: AuthUser
    is_linked: bool
    requires_verification: bool


class SessionLinking:
    """Adds login methods to the users of sessions."""

    def __init__(
        self,
        database: Database,
        auth_users: AuthUsers,
        accounts: AccountLinking,
        linking: AutomaticLinking,
        sessions: FrontendSessions,
        claims: SessionClaims,
    ) -> None:
        self._database = database
        self._auth_users = auth_users
        self._accounts = accounts
        self._linking = linking
        self._sessions = sessions
        self._claims = claims

    def target(
        self,
        tenant: Tenant,
        session: FrontendSession | None,
        links_session: bool | None,
        found: AuthUser | None,
        *,
        skips_update: bool = False,
        session_user: AuthUser | None = None,
    ) -> Target | None:
        """Return to whom a login method, of `found` if it exists, is added; None: to nobody, it lets in by itself.

        The user of the session becomes a primary one for it, unless `skips_update`; `session_user` is who was just
        read. Raises Unauthorised, RequestInvalid, InvalidClaims, LinkingToSessionUserFailed.
        """
        if session is None and links_session:
            raise Unauthorised(message="Session not found but shouldTryLinkingWithSessionUser is true")
        if session is None or links_session is False:
            return None
        rule = self._linking.rule(session)
        if rule is None:
            if links_session:
                raise RequestInvalid(LINKING_IS_OFF)
            return None
        if found and found.user_id == session.user_id:
            return Target(found, True, rule.requires_verification)
        person = session_user or self._auth_users.get(self._database, tenant.app_id, session.user_id)
        if person is None:
            raise Unauthorised(message="Session user not found")
        if not person.is_primary and not skips_update:
            person = self._make_primary(tenant, session, person)
        return Target(person, False, rule.requires_verification)

    def join(self, tenant: Tenant, target: Target, person: AuthUser, method: LoginMethod) -> AuthUser:
        """Add a login method to who is signed in, and return them.

        Raises LinkingToSessionUserFailed; InputUserIsNotAPrimaryUser if they are no primary user any more.
        """
        shared = has_proved(target.person.login_methods, infos_of([method]))
        if target.requires_verification and not (method.is_verified or shared):
            raise LinkingToSessionUserFailed(EMAIL_VERIFICATION_REQUIRED)
        try:
            return self._linking.join(tenant, person, method, target.person)
        except (
            RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId,
            AccountInfoAlreadyAssociatedWithAnotherPrimaryUserId,
        ) as error:
            raise LinkingToSessionUserFailed(error.status_text) from None

    def _make_primary(self, tenant: Tenant, session: FrontendSession, person: AuthUser) -> AuthUser:
        if not self._linking.should_become_primary(person, session):
            self._demand_proof(tenant, session, person.login_methods[0])
        try:
            return self._accounts.make_primary(tenant.app_id, person.supertokens_user_id)[0]
        except RecipeUserIdAlreadyLinkedWithPrimaryUserId:
            raise Unauthorised(message="Session user not found") from None
        except AccountInfoAlreadyAssociatedWithAnotherPrimaryUserId:
            raise LinkingToSessionUserFailed(SESSION_USER_TAKEN) from None

    def _demand_proof(self, tenant: Tenant, session: FrontendSession, method: LoginMethod) -> None:
        """Raise InvalidClaims: the address of who is signed in is not verified, and the session must know it."""
        check = EmailVerified()
        claim = self._claims.of_email(method)
        if claim and value_of(session.claims, check.claim) is not False:
            session = self._sessions.merge(tenant, session, claim)
        raise InvalidClaims(faults([check], session.claims), session)
