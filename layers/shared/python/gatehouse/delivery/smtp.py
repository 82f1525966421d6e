"""Letters through an SMTP server."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from gatehouse.clock import Clock, now_ms
from gatehouse.delivery.address import parse_sender
from gatehouse.delivery.message import Letter
from gatehouse.delivery.smtp_url import parse_smtp_url
from gatehouse.errors import LetterNotSent

if TYPE_CHECKING:
    import ssl


class SmtpEmailSender:
    """Hands each letter to an SMTP server, over a connection of its own.

    `url` is SMTP_URL, `email_from` is EMAIL_FROM: both are read here, and a bad one raises SettingInvalid.
    `tls` checks the server's certificate (default: the system's authorities); `timeout_s` bounds each step; `refused`
    is called when the server does not take the password.
    """

    def __init__(
        self,
        url: str,
        email_from: str,
        *,
        tls: "ssl.SSLContext | None" = None,
        timeout_s: float = 5.0,
        clock: Clock = now_ms,
        refused: Callable[[], None] | None = None,
    ) -> None:
        self._server = parse_smtp_url(url)
        self._sender = parse_sender(email_from)
        self._tls = tls
        self._timeout_s = timeout_s
        self._clock = clock
        self._refused = refused

    def send(self, letter: Letter) -> None:
        """Return once the server has accepted the letter. Raises LetterNotSent."""
        from smtplib import SMTPAuthenticationError

        from gatehouse.delivery.mime import mime_message
        from gatehouse.delivery.smtp_conversation import hand_over

        message = mime_message(letter, self._sender, self._clock())
        try:
            hand_over(message, self._server, self._context(), self._timeout_s)
        except LetterNotSent as error:
            if self._refused and isinstance(error.__cause__, SMTPAuthenticationError):
                self._refused()
            raise

    def _context(self) -> "ssl.SSLContext":
        """Return the one TLS context: making it costs more than sending the letter."""
        if self._tls is None:
            import ssl

            self._tls = ssl.create_default_context()
        return self._tls
