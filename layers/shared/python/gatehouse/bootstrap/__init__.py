"""The only builder: from the settings to an object graph, anew when a secret has changed."""

from functools import cached_property
from typing import TYPE_CHECKING

from gatehouse.bootstrap.frontend import Frontend
from gatehouse.clock import DAY_MS, MINUTE_MS
from gatehouse.current_settings import CurrentSettings
from gatehouse.models import PUBLIC
from gatehouse.providers.identity import IdentityProvider
from gatehouse.services.cleanup import Cleanup
from gatehouse.webhook_settings import demand_secrets

if TYPE_CHECKING:
    from gatehouse.services.audit_log import AuditLog
    from gatehouse.services.webhook_failures import WebhookFailures
    from gatehouse.services.webhook_sending import WebhookSending


class House(Frontend):
    """Everything a function may need; each part is built when it is first used."""

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
