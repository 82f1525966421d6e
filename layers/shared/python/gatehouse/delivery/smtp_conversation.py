"""One SMTP conversation: connect, encrypt, sign in, hand over one message."""

import io
import logging
import re
import smtplib
import socket
import ssl
import time
from contextlib import suppress
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from gatehouse.delivery.smtp_url import SmtpServer
from gatehouse.errors import LetterNotSent

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_log = logging.getLogger(__name__)

_STEPS_AT_MOST = 3
_ENHANCED_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")  # RFC 3463


def hand_over(message: EmailMessage, server: SmtpServer, tls: ssl.SSLContext, timeout_s: float) -> None:
    """Return once `server` has accepted the message.

    Each step may last `timeout_s`, all of them three times that. Raises LetterNotSent for any failure;
    neither it nor the log repeats a password or what the server said about an address.
    """
    try:
        _converse(message, server, tls, timeout_s)
    except smtplib.SMTPRecipientsRefused as error:
        [(code, reply)] = error.recipients.values()
        _log.warning("mail server %s refused a recipient: %s", server.host, _status(code, reply))
        is_final = 500 <= code < 600
        raise LetterNotSent("The mail server refused this address." if is_final else None) from error
    except smtplib.SMTPResponseException as error:
        kind, status = type(error).__name__, _status(error.smtp_code, error.smtp_error)
        _log.warning("mail server %s refused a letter: %s %s", server.host, kind, status)
        raise LetterNotSent from error
    except (OSError, UnicodeError) as error:
        _log.warning("mail server %s failed: %s", server.host, error)
        raise LetterNotSent from error


def _converse(message: EmailMessage, server: SmtpServer, tls: ssl.SSLContext, timeout_s: float) -> None:
    hello = message["From"].addresses[0].domain
    if server.tls == "implicit":
        smtp: _Timed = _TimedTls(server.host, server.port, hello, timeout=timeout_s, context=tls)
    else:
        smtp = _Timed(server.host, server.port, hello, timeout=timeout_s)
    try:
        _encrypt(smtp, server, tls)
        if server.user:
            smtp.login(server.user, server.password)
        smtp.send_message(message)
        with suppress(smtplib.SMTPException):  # the letter is on its way, whatever the answer
            smtp.quit()
    finally:
        smtp.close()


def _encrypt(smtp: smtplib.SMTP, server: SmtpServer, tls: ssl.SSLContext) -> None:
    smtp.ehlo_or_helo_if_needed()
    offers_tls = smtp.has_extn("starttls")
    if server.tls == "required" or (server.tls == "optional" and offers_tls):
        smtp.starttls(context=tls)
    elif server.user and not server.is_loopback and server.tls != "implicit":
        raise smtplib.SMTPNotSupportedError("no STARTTLS, and the password must not travel in the clear")


class _Timed(smtplib.SMTP):
    """Waits for each piece of an answer up to `timeout`, and for all of them up to three times that."""

    def __init__(self, host: str, port: int, hello: str, *, timeout: float, **more: Any) -> None:
        self._ends_at = time.monotonic() + _STEPS_AT_MOST * timeout
        # Without a name to greet with, smtplib asks DNS for one, which may take longer than all the rest.
        super().__init__(host, port, local_hostname=hello, timeout=timeout, **more)

    def getreply(self) -> tuple[int, bytes]:
        if self.sock and self.file is None:
            self.file = io.BufferedReader(_Answers(self.sock, self.timeout, self._ends_at))
        return super().getreply()


class _TimedTls(_Timed, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class _Answers(io.RawIOBase):
    """What the server says, as a file; TimeoutError when the conversation has lasted long enough."""

    def __init__(self, sock: socket.socket, timeout_s: float, ends_at: float) -> None:
        self._sock = sock
        self._timeout_s = timeout_s
        self._ends_at = ends_at

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        left_s = self._ends_at - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the server takes too long")
        self._sock.settimeout(min(self._timeout_s, left_s))
        return self._sock.recv_into(buffer)


def _status(code: int, reply: bytes | str) -> str:
    """Return the codes of a reply without its words, which may repeat an address or a user name."""
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    enhanced = _ENHANCED_STATUS.match(words)
    return f"{code} {enhanced[0]}" if enhanced else str(code)
