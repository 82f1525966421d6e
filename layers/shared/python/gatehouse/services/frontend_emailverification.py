"""Proof of addresses as frontends ask for it: letters to who is signed in, and what a proof does to their session.

The rules are SuperTokens' (specs/supertokens.md 6.3): a proved address may link its login method to somebody, and whose
session changes hands with that gets a new one.
"""

from gatehouse.errors import GatehouseError
from gatehouse.models import Client
from gatehouse.models.authuser import AuthUser, LoginMethod
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import FIRST_FACTORS, Tenant
from gatehouse.recipe_errors import Unauthorised
from gatehouse.services.authuser import AuthUsers
from gatehouse.services.automatic_linking import AutomaticLinking
from gatehouse.services.claim_checks import EMAIL_VERIFIED, value_of
from gatehouse.services.claims import SessionClaims
from gatehouse.services.email_letters import EmailLetters
from gatehouse.services.emailverification import EmailVerification
from gatehouse.services.factors import completed_in
from gatehouse.services.failures import Failures
from gatehouse.services.frontend_sessions import FrontendSessions
from gatehouse.services.session_list import SessionList
from gatehouse.services.tenancy import Tenancy
from gatehouse.store.database import Database, Transaction


class EmailVerificationOff(GatehouseError):
    """Nobody has to prove an address here."""

    status = 404
    title = "Not found"
    error = "not found"
    detail = "Addresses are verified only where EMAIL_VERIFICATION is optional or required"


class FrontendEmailVerification:
    """What the backend SDKs do about addresses; a tenant stands for its app, and sessions and links name their own."""

    def __init__(
        self,
        database: Database,
        tenancy: Tenancy,
        auth_users: AuthUsers,
        emailverification: EmailVerification,
        linking: AutomaticLinking,
        sessions: FrontendSessions,
        session_list: SessionList,
        claims: SessionClaims,
        letters: EmailLetters,
        failures: Failures,
    ) -> None:
        self._database = database
        self._tenancy = tenancy
        self._auth_users = auth_users
        self._emailverification = emailverification
        self._linking = linking
        self._sessions = sessions
        self._session_list = session_list
        self._claims = claims
        self._letters = letters
        self._failures = failures

    def send_letter(
        self, tenant: Tenant, session: FrontendSession, client: Client, *, has_anti_csrf: bool
    ) -> tuple[FrontendSession, bool]:
        """Send the link that proves the address of who is signed in; return their session, and whether it was sent.

        It is not if there is nothing to prove. Raises Unauthorised, TooManySends, LetterNotSent.
        """
        own = self._tenancy.sibling(tenant, session.tenant_id)
        person, method = self._owner(own, session)
        if method.email is None or method.is_verified:
            return self._updated(own, session, person, method, has_anti_csrf=has_anti_csrf), False
        if value_of(session.claims, EMAIL_VERIFIED) is not False:
            session = self._sessions.merge(own, session, self._claims.of_email(method))
        email = method.email

        def work(tx: Transaction) -> str:
            self._letters.count(tx, own, email, client)
            token, write = self._emailverification.new_token(own, method.recipe_user_id, email)
            tx.finish(write)
            return token

        with self._failures.sending(own.app_id, letter="email_verification"):
            token = self._database.transact(work)
        self._letters.send_verification(own, email, token)
        return session, True

    def verify(
        self, tenant: Tenant, token: str, session: FrontendSession | None, *, has_anti_csrf: bool
    ) -> FrontendSession | None:
        """Spend the token of a link, of whomever, and return the session as it is then.

        Raises EmailVerificationInvalidToken, and Unauthorised if the session's user is gone.
        """
        proved = self._emailverification.verify(tenant, token)
        person = self._auth_users.get(self._database, tenant.app_id, proved.user_id)
        method = person.login_method(proved.user_id) if person else None
        if person and method and method.email == proved.email:
            person = self._linking.link(tenant, person, method)
        if session is None or session.recipe_user_id != proved.user_id:
            return session
        if person is None or method is None:
            raise Unauthorised(message="Unknown User ID provided")
        return self._updated(tenant, session, person, method, has_anti_csrf=has_anti_csrf)

    def is_verified(
        self, tenant: Tenant, session: FrontendSession, *, has_anti_csrf: bool
    ) -> tuple[FrontendSession, bool]:
        """Say whether the address of who is signed in is verified, and return their session, which tells it now.

        Who has no address has nothing to prove. Raises Unauthorised.
        """
        person, method = self._owner(tenant, session)
        if method.email is None:
            return session, True
        if method.is_verified:
            return self._updated(tenant, session, person, method, has_anti_csrf=has_anti_csrf), True
        return self._sessions.merge(tenant, session, self._claims.of_email(method)), False

    def _owner(self, tenant: Tenant, session: FrontendSession) -> tuple[AuthUser, LoginMethod]:
        """Return whose session it is; raises Unauthorised if they are gone."""
        person = self._auth_users.get(self._database, tenant.app_id, session.recipe_user_id)
        method = person.login_method(session.recipe_user_id) if person else None
        if person is None or method is None:
            raise Unauthorised(message="Unknown User ID provided")
        return person, method

    def _updated(
        self,
        tenant: Tenant,
        session: FrontendSession,
        person: AuthUser,
        method: LoginMethod,
        *,
        has_anti_csrf: bool,
    ) -> FrontendSession:
        """Return a session that tells what is known of its address.

        If its login method belongs to somebody else since it was opened, all its sessions end and a new one is theirs.
        """
        if session.user_id == person.user_id:
            return self._sessions.merge(tenant, session, self._claims.of_email(method))
        self._session_list.revoke_of_user(
            tenant, method.recipe_user_id, is_across_tenants=True, has_linked=False
        )
        own = self._tenancy.sibling(tenant, session.tenant_id)
        factor_id = next(iter(completed_in(session) or FIRST_FACTORS[method.recipe_id]))
        return self._sessions.open(own, person, method, factor_id=factor_id, has_anti_csrf=has_anti_csrf)
