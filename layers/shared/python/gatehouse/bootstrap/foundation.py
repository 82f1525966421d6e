"""What all interfaces stand on: the database, tenants, keys, events, and whatever sends letters."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gatehouse.clock import Clock, now_ms
from gatehouse.config import Settings
from gatehouse.crypto.signing_key import make_key_value
from gatehouse.current_settings import CurrentSettings
from gatehouse.delivery.message import EmailSender, SmsSender
from gatehouse.services.audit import Events
from gatehouse.services.authuser import AuthUsers
from gatehouse.services.failures import Failures
from gatehouse.services.send_limits import SendLimits
from gatehouse.services.signin import SignIn
from gatehouse.services.signing_keys import SigningKeyRing
from gatehouse.services.tenancy import Tenancy
from gatehouse.services.users import Users
from gatehouse.store.database import Database
from gatehouse.store.engines import Engine, engine_for
from gatehouse.store.engines.renewed import RenewedEngine

if TYPE_CHECKING:
    from gatehouse.services.webhooks import Webhooks


@dataclass(frozen=True)
class Foundation:
    """What all interfaces stand on."""

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
    def tenancy(self) -> Tenancy:
        """The tenants of the core, with their configuration."""
        return Tenancy(self.database, self.clock, self.settings.core, is_test_mode=self.settings.test_mode)

    @cached_property
    def signing_keys(self) -> SigningKeyRing:
        """The keys of the apps."""
        return SigningKeyRing(self.database, self.tenancy, self.clock, self.make_signing_key_value)

    @cached_property
    def auth_users(self) -> AuthUsers:
        """People across all recipes."""
        return AuthUsers(self.database)

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
    def failures(self) -> Failures:
        """Who did not get in, noted in the audit log."""
        return Failures(self.database, self.events)

    @cached_property
    def send_limits(self) -> SendLimits:
        """How many letters go out."""
        return SendLimits(
            per_address=self.settings.sends_per_address,
            per_client=self.settings.sends_per_client,
            window_minutes=self.settings.send_window_minutes,
        )

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
    def sender(self) -> EmailSender:
        """Whatever sends letters."""
        return _sender(self.settings, self.current)

    @cached_property
    def sms_sender(self) -> SmsSender | None:
        """Whatever sends text messages, if anything does."""
        return _sms_sender(self.settings)


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
