"""What frontends sign in with, on the recipes of the core."""

from functools import cached_property
from typing import TYPE_CHECKING

from gatehouse.bootstrap.core import Core
from gatehouse.clock import SECOND_MS

if TYPE_CHECKING:
    from gatehouse.oauth.conversation import OAuthClient
    from gatehouse.services.auth_checks import AuthChecks
    from gatehouse.services.automatic_linking import AutomaticLinking
    from gatehouse.services.claims import SessionClaims
    from gatehouse.services.email_letters import EmailLetters
    from gatehouse.services.emailpassword_signin import PasswordSignIn
    from gatehouse.services.factors import FactorRules, Factors
    from gatehouse.services.forgotten_password import ForgottenPasswords
    from gatehouse.services.frontend_emailverification import FrontendEmailVerification
    from gatehouse.services.frontend_sessions import FrontendSessions
    from gatehouse.services.frontend_totp import FrontendTotp
    from gatehouse.services.multifactorauth import MultiFactorAuth
    from gatehouse.services.offered_providers import OfferedProviders
    from gatehouse.services.passwordless_sending import PasswordlessSending
    from gatehouse.services.passwordless_signin import PasswordlessSignIn
    from gatehouse.services.thirdparty_signin import ThirdPartySignIn


class Frontend(Core):
    """What a backend SDK of SuperTokens does, on the recipes of the core."""

    @cached_property
    def frontend_sessions(self) -> "FrontendSessions":
        """Sessions as frontends hold them."""
        from gatehouse.services.frontend_sessions import FrontendSessions, global_checks

        frontend = self.settings.frontend
        return FrontendSessions(
            self.sessions,
            self.session_list,
            self.signing_keys,
            self.claims,
            self.clock,
            issuer=self.settings.issuer,
            checks=global_checks(
                requires_email=frontend.email_verification == "required", has_mfa=frontend.has_mfa
            ),
            grace_ms=frontend.refresh_grace_seconds * SECOND_MS or None,
        )

    @cached_property
    def claims(self) -> "SessionClaims":
        """The claims of frontends' sessions."""
        from gatehouse.services.claims import SessionClaims

        frontend = self.settings.frontend
        return SessionClaims(
            self.database,
            self.auth_users,
            self.tenancy,
            self.clock,
            tells_email=frontend.email_verification != "off",
            mfa=self.factors if frontend.has_mfa else None,
        )

    @cached_property
    def factor_rules(self) -> "FactorRules":
        """Which factors are offered and demanded."""
        from gatehouse.models.factors import passwordless_factors
        from gatehouse.services.factors import FactorRules

        frontend = self.settings.frontend
        return FactorRules(
            passwordless=passwordless_factors(frontend.passwordless_contact, frontend.passwordless_flow),
            first=frontend.first_factors,
            required=frontend.required_secondary_factors,
            is_on=frontend.has_mfa,
        )

    @cached_property
    def factors(self) -> "Factors":
        """The claim of factors."""
        from gatehouse.services.factors import Factors

        return Factors(self.factor_rules, self.session_list)

    @cached_property
    def multifactorauth(self) -> "MultiFactorAuth":
        """Second factors, in sessions."""
        from gatehouse.services.multifactorauth import MultiFactorAuth

        return MultiFactorAuth(
            self.factor_rules,
            self.session_list,
            self.database,
            self.tenancy,
            self.frontend_sessions,
            self.clock,
        )

    @cached_property
    def frontend_totp(self) -> "FrontendTotp":
        """Authenticator apps, in sessions."""
        from gatehouse.services.frontend_totp import FrontendTotp

        return FrontendTotp(
            self.totp, self.multifactorauth, self.frontend_sessions, issuer=self.settings.app_name
        )

    @cached_property
    def auth_checks(self) -> "AuthChecks":
        """Who may sign in or up with what."""
        from gatehouse.services.auth_checks import AuthChecks
        from gatehouse.services.newcomers import Newcomers
        from gatehouse.services.session_linking import SessionLinking

        session_linking = SessionLinking(
            self.database,
            self.auth_users,
            self.accountlinking,
            self.automatic_linking,
            self.frontend_sessions,
            self.claims,
        )
        return AuthChecks(
            self.database,
            self.tenancy,
            self.tenant_users,
            self.automatic_linking,
            session_linking,
            Newcomers(
                self.database,
                self.signin,
                self.clock,
                self.events,
                demands_proof=self.settings.frontend.email_verification == "required",
            ),
            self.multifactorauth,
            self.frontend_sessions,
        )

    @cached_property
    def automatic_linking(self) -> "AutomaticLinking":
        """Login methods that become one person by themselves."""
        from gatehouse.services.automatic_linking import AutomaticLinking, LinkingChoices

        frontend = self.settings.frontend
        choices = LinkingChoices(
            frontend.account_linking,
            links_sessions=frontend.has_mfa,
            verifies=frontend.email_verification != "off",
        )
        return AutomaticLinking(self.database, self.auth_users, self.accountlinking, choices)

    @cached_property
    def password_signin(self) -> "PasswordSignIn":
        """Sign-up and sign-in with a password, for frontends."""
        from gatehouse.services.emailpassword_signin import PasswordSignIn

        return PasswordSignIn(self.emailpassword, self.auth_checks, self.automatic_linking, self.failures)

    @cached_property
    def forgotten_passwords(self) -> "ForgottenPasswords":
        """Links that set forgotten passwords, for frontends."""
        from gatehouse.services.forgotten_password import ForgottenPasswords

        return ForgottenPasswords(
            self.database,
            self.auth_users,
            self.password_reset,
            self.emailpassword,
            self.automatic_linking,
            self.email_letters,
            self.events,
            self.failures,
            verifies=self.settings.frontend.email_verification != "off",
        )

    @cached_property
    def frontend_emailverification(self) -> "FrontendEmailVerification":
        """Proof of addresses, for frontends."""
        from gatehouse.services.frontend_emailverification import FrontendEmailVerification

        return FrontendEmailVerification(
            self.database,
            self.tenancy,
            self.auth_users,
            self.emailverification,
            self.automatic_linking,
            self.frontend_sessions,
            self.session_list,
            self.claims,
            self.email_letters,
            self.failures,
        )

    @cached_property
    def email_letters(self) -> "EmailLetters":
        """Letters with links to pages of the website."""
        from gatehouse.services.email_letters import EmailLetters

        return EmailLetters(
            self.sender,
            self.send_limits,
            self.clock,
            app_name=self.settings.app_name,
            pages_url=self.settings.website + self.settings.frontend.website_base_path,
        )

    @cached_property
    def passwordless_sending(self) -> "PasswordlessSending":
        """Codes that frontends ask for."""
        from gatehouse.models.factors import passwordless_factors
        from gatehouse.services.code_delivery import CodeDelivery
        from gatehouse.services.passwordless_sending import PasswordlessSending

        frontend = self.settings.frontend
        delivery = CodeDelivery(
            self.sender,
            self.sms_sender,
            self.send_limits,
            self.clock,
            app_name=self.settings.app_name,
            pages_url=self.settings.website + frontend.website_base_path,
        )
        return PasswordlessSending(
            self.database,
            self.auth_checks,
            self.passwordless_codes,
            delivery,
            self.failures,
            factors=passwordless_factors(frontend.passwordless_contact, frontend.passwordless_flow),
        )

    @cached_property
    def passwordless_signin(self) -> "PasswordlessSignIn":
        """Sign-in with codes, for frontends."""
        from gatehouse.services.passwordless_signin import PasswordlessSignIn

        return PasswordlessSignIn(
            self.database,
            self.auth_checks,
            self.passwordless,
            self.events,
            self.failures,
            verifies=self.settings.frontend.email_verification != "off",
        )

    @cached_property
    def thirdparty_signin(self) -> "ThirdPartySignIn":
        """Sign-in through third parties, for frontends."""
        from gatehouse.services.thirdparty_signin import ThirdPartySignIn

        verifies = self.settings.frontend.email_verification != "off"
        return ThirdPartySignIn(
            self.oauth,
            self.auth_checks,
            self.automatic_linking,
            self.thirdparty,
            self.emailverification if verifies else None,
            self.failures,
        )

    @cached_property
    def offered_providers(self) -> "OfferedProviders":
        """The third-party providers that frontends show."""
        from gatehouse.services.offered_providers import OfferedProviders

        return OfferedProviders(self.database, self.settings.frontend.third_party_providers)

    @cached_property
    def oauth(self) -> "OAuthClient":
        """The conversation with third parties."""
        from gatehouse.oauth.conversation import OAuthClient
        from gatehouse.oauth.http import ThirdPartyHttp

        return OAuthClient(ThirdPartyHttp(), self.clock)
