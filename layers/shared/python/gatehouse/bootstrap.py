"""The only builder: from the environment to an object graph, once per Lambda instance."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gatehouse.clock import DAY_MS, MINUTE_MS, SECOND_MS, Clock, now_ms
from gatehouse.config import Settings
from gatehouse.crypto.signing_key import make_key_value
from gatehouse.current_settings import CurrentSettings
from gatehouse.delivery.message import EmailSender, SmsSender
from gatehouse.models import PUBLIC
from gatehouse.providers.identity import IdentityProvider
from gatehouse.services.audit import Events
from gatehouse.services.authuser import AuthUsers
from gatehouse.services.cleanup import Cleanup
from gatehouse.services.failures import Failures
from gatehouse.services.send_limits import SendLimits
from gatehouse.services.signin import SignIn
from gatehouse.services.signing_keys import SigningKeyRing
from gatehouse.services.tenancy import Tenancy
from gatehouse.services.users import Users
from gatehouse.store.database import Database
from gatehouse.store.engines import Engine, engine_for
from gatehouse.store.engines.renewed import RenewedEngine
from gatehouse.webhook_settings import demand_secrets

if TYPE_CHECKING:
    from gatehouse.oauth.conversation import OAuthClient
    from gatehouse.services.accountlinking import AccountLinking
    from gatehouse.services.app_notes import AppNotes
    from gatehouse.services.audit_log import AuditLog
    from gatehouse.services.auth_checks import AuthChecks
    from gatehouse.services.automatic_linking import AutomaticLinking
    from gatehouse.services.claims import SessionClaims
    from gatehouse.services.dashboard import Dashboard
    from gatehouse.services.email_letters import EmailLetters
    from gatehouse.services.emailpassword import EmailPassword
    from gatehouse.services.emailpassword_signin import PasswordSignIn
    from gatehouse.services.emailverification import EmailVerification
    from gatehouse.services.factors import FactorRules, Factors
    from gatehouse.services.forgotten_password import ForgottenPasswords
    from gatehouse.services.frontend_emailverification import FrontendEmailVerification
    from gatehouse.services.frontend_sessions import FrontendSessions
    from gatehouse.services.frontend_totp import FrontendTotp
    from gatehouse.services.jwt import Jwts
    from gatehouse.services.multifactorauth import MultiFactorAuth
    from gatehouse.services.multitenancy import Multitenancy
    from gatehouse.services.multitenancy_removal import MultitenancyRemoval
    from gatehouse.services.multitenancy_thirdparty import TenantProviders
    from gatehouse.services.multitenancy_users import TenantUsers
    from gatehouse.services.offered_providers import OfferedProviders
    from gatehouse.services.password_reset import PasswordReset
    from gatehouse.services.passwordless import Passwordless
    from gatehouse.services.passwordless_codes import PasswordlessCodes
    from gatehouse.services.passwordless_sending import PasswordlessSending
    from gatehouse.services.passwordless_signin import PasswordlessSignIn
    from gatehouse.services.passwordless_users import PasswordlessUsers
    from gatehouse.services.session import Sessions
    from gatehouse.services.session_list import SessionList
    from gatehouse.services.statistics import Statistics
    from gatehouse.services.thirdparty import ThirdParty
    from gatehouse.services.thirdparty_signin import ThirdPartySignIn
    from gatehouse.services.totp import Totp
    from gatehouse.services.user_pages import UserPages
    from gatehouse.services.user_removal import UserRemoval
    from gatehouse.services.useridmapping import UserIdMappings
    from gatehouse.services.usermetadata import UserMetadata
    from gatehouse.services.userroles import UserRoles
    from gatehouse.services.webhook_failures import WebhookFailures
    from gatehouse.services.webhook_sending import WebhookSending
    from gatehouse.services.webhooks import Webhooks


@dataclass(frozen=True)
class House:
    """Everything a function may need; each part is built when it is first used."""

    settings: Settings
    clock: Clock = now_ms
    make_signing_key_value: Callable[[], str] = make_key_value
    current: CurrentSettings | None = None
    """Where the settings are from, if they may change; whoever is refused with a secret of theirs asks there."""

    def close(self) -> None:
        """Close the connection of the database, if there is one."""
        if "database" in self.__dict__:
            self.database.disconnect()

    @cached_property
    def database(self) -> Database:
        """The database; its connection is opened by the first query."""
        return Database(_engine(self.settings.database_url, self.current), self.settings.table_names)

    @cached_property
    def events(self) -> Events:
        """What happens, noted in the audit log."""
        return Events(self.clock, self.webhooks, keeps_clients=self.settings.audit_client_addresses)

    @cached_property
    def webhooks(self) -> "Webhooks | None":
        """Events on their way to URLs, if there are any."""
        if not self.settings.webhooks.endpoints:
            return None
        from gatehouse.services.webhooks import Webhooks

        return Webhooks(self.settings.webhooks.endpoints)

    @cached_property
    def webhook_sending(self) -> "WebhookSending":
        """Whatever sends them; raises SettingInvalid without a secret to sign with."""
        from gatehouse.services.webhook_sending import WebhookSending

        settings = self.settings.webhooks
        demand_secrets(settings)
        return WebhookSending(
            self.database,
            self.clock,
            settings.endpoints,
            settings.secrets,
            may_be_private=settings.may_be_private or self.settings.is_local,
        )

    @cached_property
    def webhook_failures(self) -> "WebhookFailures":
        """What they did not take."""
        from gatehouse.services.webhook_failures import WebhookFailures

        return WebhookFailures(self.database, self.clock, self.settings.webhooks.endpoints)

    @cached_property
    def audit_log(self) -> "AuditLog":
        """What has happened, for administrators."""
        from gatehouse.services.audit_log import AuditLog

        return AuditLog(self.database)

    @cached_property
    def failures(self) -> Failures:
        """Who did not get in, noted in the audit log."""
        return Failures(self.database, self.events)

    @cached_property
    def users(self) -> Users:
        """The directory."""
        return Users(self.database, self.clock, self.events)

    @cached_property
    def signin(self) -> SignIn:
        """The rules of sign-in that both providers share."""
        return SignIn(
            self.send_limits,
            self.clock,
            self.events,
            is_invite_only=self.settings.signup == "invite_only",
            admin_emails=self.settings.admin_emails,
        )

    @cached_property
    def send_limits(self) -> SendLimits:
        """How many letters go out."""
        return SendLimits(
            per_address=self.settings.sends_per_address,
            per_client=self.settings.sends_per_client,
            window_minutes=self.settings.send_window_minutes,
        )

    @cached_property
    def tenancy(self) -> Tenancy:
        """The tenants of the core, with their configuration."""
        return Tenancy(self.database, self.clock, self.settings.core, is_test_mode=self.settings.test_mode)

    @cached_property
    def signing_keys(self) -> SigningKeyRing:
        """The keys of the apps."""
        return SigningKeyRing(self.database, self.tenancy, self.clock, self.make_signing_key_value)

    @cached_property
    def sessions(self) -> "Sessions":
        """The recipe session: sessions by their tokens."""
        from gatehouse.services.session import Sessions

        return Sessions(self.database, self.signing_keys, self.tenancy, self.clock, self.events)

    @cached_property
    def session_list(self) -> "SessionList":
        """The recipe session: sessions by their handles and users."""
        from gatehouse.services.session_list import SessionList

        return SessionList(self.database, self.tenancy, self.clock, self.events)

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
    def jwts(self) -> "Jwts":
        """The recipe jwt."""
        from gatehouse.services.jwt import Jwts

        return Jwts(self.signing_keys, self.clock)

    @cached_property
    def auth_users(self) -> AuthUsers:
        """People across all recipes."""
        return AuthUsers(self.database)

    @cached_property
    def emailpassword(self) -> "EmailPassword":
        """The recipe emailpassword."""
        from gatehouse.services.emailpassword import EmailPassword

        return EmailPassword(self.database, self.auth_users, self.clock, self.events, self.failures)

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
    def password_reset(self) -> "PasswordReset":
        """Resets of forgotten passwords."""
        from gatehouse.services.password_reset import PasswordReset

        return PasswordReset(self.database, self.auth_users, self.clock, self.events)

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
    def emailverification(self) -> "EmailVerification":
        """The recipe emailverification."""
        from gatehouse.services.emailverification import EmailVerification

        return EmailVerification(self.database, self.clock, self.events)

    @cached_property
    def dashboard(self) -> "Dashboard":
        """The recipe dashboard."""
        from gatehouse.services.dashboard import Dashboard

        return Dashboard(self.database, self.clock, self.events, self.failures)

    @cached_property
    def app_notes(self) -> "AppNotes":
        """What is noted about an app, and changes nothing."""
        from gatehouse.services.app_notes import AppNotes

        return AppNotes(self.database, self.clock)

    @cached_property
    def statistics(self) -> "Statistics":
        """What an app is used for."""
        from gatehouse.services.statistics import Statistics

        return Statistics(self.database, self.clock)

    @cached_property
    def passwordless(self) -> "Passwordless":
        """The recipe passwordless: sign-in with codes."""
        from gatehouse.services.passwordless import Passwordless

        return Passwordless(self.database, self.clock, self.events, self.failures)

    @cached_property
    def passwordless_codes(self) -> "PasswordlessCodes":
        """The recipe passwordless: codes that wait to be used."""
        from gatehouse.services.passwordless_codes import PasswordlessCodes

        return PasswordlessCodes(self.database, self.clock)

    @cached_property
    def passwordless_users(self) -> "PasswordlessUsers":
        """The recipe passwordless: users."""
        from gatehouse.services.passwordless_users import PasswordlessUsers

        return PasswordlessUsers(self.database, self.auth_users, self.clock, self.events)

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
    def thirdparty(self) -> "ThirdParty":
        """The recipe thirdparty."""
        from gatehouse.services.thirdparty import ThirdParty

        return ThirdParty(self.database, self.auth_users, self.clock, self.events)

    @cached_property
    def totp(self) -> "Totp":
        """The recipe totp."""
        from gatehouse.services.totp import Totp

        return Totp(self.database, self.clock, self.events, self.failures)

    @cached_property
    def frontend_totp(self) -> "FrontendTotp":
        """Authenticator apps, in sessions."""
        from gatehouse.services.frontend_totp import FrontendTotp

        return FrontendTotp(
            self.totp, self.multifactorauth, self.frontend_sessions, issuer=self.settings.app_name
        )

    @cached_property
    def userroles(self) -> "UserRoles":
        """The recipe userroles."""
        from gatehouse.services.userroles import UserRoles

        return UserRoles(self.database, self.events)

    @cached_property
    def usermetadata(self) -> "UserMetadata":
        """The recipe usermetadata."""
        from gatehouse.services.usermetadata import UserMetadata

        return UserMetadata(self.database)

    @cached_property
    def user_pages(self) -> "UserPages":
        """Lists of users."""
        from gatehouse.services.user_pages import UserPages

        return UserPages(self.database)

    @cached_property
    def user_removal(self) -> "UserRemoval":
        """What goes with a user."""
        from gatehouse.services.user_removal import UserRemoval

        return UserRemoval(self.database, self.auth_users, self.clock, self.events)

    @cached_property
    def accountlinking(self) -> "AccountLinking":
        """The recipe accountlinking."""
        from gatehouse.services.accountlinking import AccountLinking

        return AccountLinking(self.database, self.auth_users, self.clock, self.events)

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
    def useridmapping(self) -> "UserIdMappings":
        """The recipe useridmapping."""
        from gatehouse.services.useridmapping import UserIdMappings

        return UserIdMappings(self.database, self.clock, self.events)

    @cached_property
    def multitenancy(self) -> "Multitenancy":
        """The recipe multitenancy: connection URI domains, apps and tenants."""
        from gatehouse.services.multitenancy import Multitenancy

        return Multitenancy(self.database, self.tenancy, self.clock, self.events)

    @cached_property
    def multitenancy_removal(self) -> "MultitenancyRemoval":
        """Their removal."""
        from gatehouse.services.multitenancy_removal import MultitenancyRemoval

        return MultitenancyRemoval(self.database, self.tenancy, self.events)

    @cached_property
    def tenant_providers(self) -> "TenantProviders":
        """The third-party providers of tenants."""
        from gatehouse.services.multitenancy_thirdparty import TenantProviders

        return TenantProviders(self.database, self.events)

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
    def tenant_users(self) -> "TenantUsers":
        """Who is in which tenant."""
        from gatehouse.services.multitenancy_users import TenantUsers

        return TenantUsers(self.database, self.auth_users, self.clock, self.events)

    @cached_property
    def cleanup(self) -> Cleanup:
        """The sweep of expired rows."""
        return Cleanup(
            self.database,
            self.tenancy,
            self.clock,
            link_lifetime_ms=self.settings.code_lifetime_ms,
            audit_retention_ms=self.settings.audit_retention_days * DAY_MS,
        )

    @cached_property
    def sender(self) -> EmailSender:
        """Whatever sends letters."""
        return _sender(self.settings, self.current)

    @cached_property
    def sms_sender(self) -> SmsSender | None:
        """Whatever sends text messages, if anything does."""
        return _sms_sender(self.settings)

    @cached_property
    def identity(self) -> IdentityProvider:
        """The identity provider; Stytch is imported only when it is the one."""
        if self.settings.identity_provider == "stytch":
            return self._stytch()
        return self._embedded()

    def _embedded(self) -> IdentityProvider:
        from gatehouse.providers.embedded import EmbeddedIdentity
        from gatehouse.services.links import Links
        from gatehouse.services.opaque_sessions import OpaqueSessions

        settings = self.settings
        keys = self.signing_keys.of(PUBLIC, settings.core)
        sessions = OpaqueSessions(
            self.database,
            keys,
            self.clock,
            self.events,
            issuer=settings.issuer,
            duration_minutes=settings.session_duration_minutes,
        )
        return EmbeddedIdentity(
            self.database,
            signin=self.signin,
            links=Links(self.clock, self.failures, code_lifetime_ms=settings.code_lifetime_ms),
            sessions=sessions,
            keys=keys,
            users=self.users,
            sender=self.sender,
            failures=self.failures,
            app_name=settings.app_name,
            api_url=settings.api_url,
            link_lifetime_minutes=max(1, settings.code_lifetime_ms // MINUTE_MS),
        )

    def _stytch(self) -> IdentityProvider:
        from gatehouse.providers.stytch import StytchIdentity

        settings = self.settings
        return StytchIdentity(
            self.database,
            signin=self.signin,
            users=self.users,
            clock=self.clock,
            project_id=settings.stytch_project_id,
            secret=settings.stytch_secret,
            environment=settings.stytch_project_env,
            api_url=settings.api_url,
            session_duration_minutes=settings.session_duration_minutes,
            link_lifetime_minutes=settings.code_lifetime_ms // MINUTE_MS,
            refused=self.current.doubt if self.current else None,
        )


class Builder:
    """Builds the house, and another one when a secret in its settings was rotated; raises SettingInvalid."""

    def __init__(self, current: CurrentSettings) -> None:
        self._current = current
        self._house: House | None = None

    def __call__(self) -> House:
        """Return the house; the same one while its settings are."""
        settings = self._current.read()
        if self._house is None or self._house.settings is not settings:
            self._house = House(settings, current=self._current)
        return self._house

    def forget(self) -> None:
        """Keep nothing of what was read and built."""
        self._current.forget()
        self._house = None


def _engine(url: str, current: CurrentSettings | None) -> Engine:
    """Return the engine for a URL; where that may change, one that asks for it again when it is refused."""
    if current is None:
        return engine_for(url)
    return RenewedEngine(url, lambda: current.renew().database_url, engine_for)


def _sender(settings: Settings, current: CurrentSettings | None) -> EmailSender:
    if settings.email_sender == "ses":
        from gatehouse.delivery.ses import SesEmailSender

        return SesEmailSender(settings.email_from, configuration_set=settings.ses_configuration_set)
    if settings.email_sender == "smtp":
        from gatehouse.delivery.smtp import SmtpEmailSender

        return SmtpEmailSender(
            settings.smtp_url, settings.email_from, refused=current.doubt if current else None
        )
    from gatehouse.delivery.console import ConsoleEmailSender

    return ConsoleEmailSender(settings.mailbox_file)


def _sms_sender(settings: Settings) -> SmsSender | None:
    if settings.frontend.sms_sender == "none":
        return None
    if settings.frontend.sms_sender == "sns":
        from gatehouse.delivery.sns import SnsSmsSender

        return SnsSmsSender(sender_id=settings.frontend.sms_sender_id)
    from gatehouse.delivery.console import ConsoleSmsSender

    return ConsoleSmsSender(settings.mailbox_file)
