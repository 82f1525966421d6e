"""Codes and links to sign in, sent to an address or a number and counted against the send limits."""

from dataclasses import dataclass, field
from typing import Any

from gatehouse.clock import MINUTE_MS, Clock
from gatehouse.crypto.passwordless_code import NewCode
from gatehouse.delivery.letters import (
    code_letter,
    code_message,
    not_invited_letter,
    not_invited_message,
    sign_in_letter,
)
from gatehouse.delivery.message import EmailSender, SmsSender
from gatehouse.errors import LetterNotSent
from gatehouse.models import Client
from gatehouse.models.tenancy import Tenant
from gatehouse.services.send_limits import SendLimits
from gatehouse.store.database import Transaction
from gatehouse.store.statement import Query


@dataclass(frozen=True, slots=True)
class Contact:
    """Where codes go: an address, in lower case, or a number in the form of E.164."""

    email: str | None = field(default=None, repr=False)
    phone_number: str | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """The address or the number."""
        return self.email or self.phone_number or ""


class CodeDelivery:
    """Writes and sends; `pages_url` is where the website shows SuperTokens' pages, `sms_sender` None sends nothing."""

    def __init__(
        self,
        sender: EmailSender,
        sms_sender: SmsSender | None,
        limits: SendLimits,
        clock: Clock,
        *,
        app_name: str,
        pages_url: str,
    ) -> None:
        self._sender = sender
        self._sms_sender = sms_sender
        self._limits = limits
        self._clock = clock
        self._app_name = app_name
        self._pages_url = pages_url

    def count(
        self, tx: Transaction, tenant: Tenant, contact: Contact, client: Client, *others: Query[Any]
    ) -> list[Any]:
        """Count a code, in one round trip with other queries, and return what those answer.

        Raises TooManySends.
        """
        return self._limits.count_with(tx, tenant.app_id, contact.text, client, self._clock(), *others)

    def send(
        self, tenant: Tenant, contact: Contact, code: NewCode, *, has_code: bool, has_link: bool
    ) -> None:
        """Send the code to type, the link, or both; raises LetterNotSent."""
        lifetime = tenant.config.passwordless_code_lifetime // MINUTE_MS
        typed = code.user_input_code if has_code else None
        link = self._link(tenant, code) if has_link else None
        if contact.phone_number is not None:
            self._sms.send(code_message(contact.phone_number, typed, link, self._app_name, lifetime))
        elif typed is not None:
            self._sender.send(code_letter(contact.text, typed, link, self._app_name, lifetime))
        else:
            self._sender.send(sign_in_letter(contact.text, link or "", self._app_name, lifetime))

    def send_not_invited(self, contact: Contact) -> None:
        """Tell a stranger that there is no account for them; raises LetterNotSent."""
        if contact.phone_number is not None:
            self._sms.send(not_invited_message(contact.phone_number, self._app_name))
        else:
            self._sender.send(not_invited_letter(contact.text, self._app_name))

    @property
    def _sms(self) -> SmsSender:
        if self._sms_sender is None:
            raise LetterNotSent("Text messages are not sent here: SMS_SENDER is none.")
        return self._sms_sender

    def _link(self, tenant: Tenant, code: NewCode) -> str:
        ids = f"preAuthSessionId={code.device_id_hash}&tenantId={tenant.tenant_id}"
        return f"{self._pages_url}/verify?{ids}#{code.link_code}"
