"""Letters with links to pages of the website, counted against the send limits."""

from typing import Any
from urllib.parse import quote

from gatehouse.clock import MINUTE_MS, Clock
from gatehouse.delivery.letters import no_password_letter, password_reset_letter, verification_letter
from gatehouse.delivery.message import EmailSender
from gatehouse.models import Client
from gatehouse.models.tenancy import Tenant
from gatehouse.services.send_limits import SendLimits
from gatehouse.store.database import Transaction
from gatehouse.store.statement import Query


class EmailLetters:
    """Writes and sends them; `pages_url` is where the website shows SuperTokens' pages."""

    def __init__(
        self, sender: EmailSender, limits: SendLimits, clock: Clock, *, app_name: str, pages_url: str
    ) -> None:
        self._sender = sender
        self._limits = limits
        self._clock = clock
        self._app_name = app_name
        self._pages_url = pages_url

    def count(
        self, tx: Transaction, tenant: Tenant, email: str, client: Client, *others: Query[Any]
    ) -> list[Any]:
        """Count a letter, in one round trip with other queries, and return what those answer.

        Raises TooManySends.
        """
        return self._limits.count_with(tx, tenant.app_id, email, client, self._clock(), *others)

    def send_password_reset(self, tenant: Tenant, email: str, token: str) -> None:
        """Send the link with which a forgotten password is replaced; raises LetterNotSent."""
        lifetime = _minutes(tenant.config.password_reset_token_lifetime)
        link = self._link("reset-password", tenant, token)
        self._sender.send(password_reset_letter(email, link, self._app_name, lifetime))

    def send_no_password(self, email: str) -> None:
        """Tell an address that nobody signs in with it and a password; raises LetterNotSent."""
        self._sender.send(no_password_letter(email, self._app_name))

    def send_verification(self, tenant: Tenant, email: str, token: str) -> None:
        """Send the link that proves an address; raises LetterNotSent."""
        lifetime = _minutes(tenant.config.email_verification_token_lifetime)
        link = self._link("verify-email", tenant, token)
        self._sender.send(verification_letter(email, link, self._app_name, lifetime))

    def _link(self, page: str, tenant: Tenant, token: str) -> str:
        return f"{self._pages_url}/{page}?token={quote(token)}&tenantId={quote(tenant.tenant_id)}"


def _minutes(lifetime_ms: int) -> int:
    return lifetime_ms // MINUTE_MS
