"""A real SMTP server, with the faults that tests ask for."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import AnyStr

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER = "postmaster"
PASSWORD = "correct horse/battery#staple"


@dataclass(kw_only=True)
class Faults:
    """What the server does wrong; nothing by default."""

    refuses_recipient: str = ""
    refuses_sender: str = ""
    refuses_data: str = ""
    drops_at_quit: bool = False
    hangs_at: str = ""
    answers_after_s: float = 0.0


@dataclass
class Received:
    """A letter as it came over the wire, and what was known of the connection."""

    sender: str
    recipients: list[str]
    options: list[str]
    content: bytes
    is_encrypted: bool
    hello: str

    @property
    def message(self) -> EmailMessage:
        """The letter, parsed."""
        return message_from_bytes(self.content, policy=policy.default)


@dataclass
class SmtpServer:
    """A running server: where it is, and what it got."""

    port: int
    received: list[Received] = field(default_factory=list)
    logins: list[tuple[str, bool]] = field(default_factory=list)

    def url(
        self, *, host: str = "127.0.0.1", scheme: str = "smtp", login: str = "", options: str = ""
    ) -> str:
        """Return the SMTP_URL of this server."""
        return f"{scheme}://{login}{host}:{self.port}{options}"


@contextmanager
def running_smtp_server(
    *,
    starttls: ssl.SSLContext | None = None,
    implicit_tls: ssl.SSLContext | None = None,
    wants_login: bool = False,
    smtputf8: bool = True,
    faults: Faults | None = None,
) -> Iterator[SmtpServer]:
    """Run a server on a free port of every local address until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = SmtpServer(port=0)
    handler = _Handler(server, faults or Faults())

    def protocol() -> SMTP:
        return _Protocol(
            handler,
            hostname="localhost",
            enable_SMTPUTF8=smtputf8,
            tls_context=starttls,
            auth_required=wants_login and starttls is not None,
            auth_require_tls=starttls is not None,
            authenticator=handler.authenticate if wants_login else None,
            loop=loop,
        )

    async def listen() -> asyncio.Server:
        return await loop.create_server(protocol, "0.0.0.0", 0, ssl=implicit_tls)  # noqa: S104

    async def close() -> None:
        listener.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    listener = asyncio.run_coroutine_threadsafe(listen(), loop).result(5)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


class _Protocol(SMTP):
    async def push(self, status: AnyStr) -> None:
        await asyncio.sleep(self.event_handler.faults.answers_after_s)
        await super().push(status)

    async def smtp_QUIT(self, arg: str | None) -> None:  # noqa: N802
        if self.event_handler.faults.drops_at_quit:
            self._writer.close()
        else:
            await super().smtp_QUIT(arg)


class _Handler:
    def __init__(self, server: SmtpServer, faults: Faults) -> None:
        self.server = server
        self.faults = faults

    def authenticate(
        self, protocol: SMTP, session: Session, envelope: Envelope, mechanism: str, login: object
    ) -> AuthResult:
        del protocol, envelope, mechanism
        assert isinstance(login, LoginPassword)
        self.server.logins.append((login.password.decode(), session.ssl is not None))
        is_right = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)

    async def handle_EHLO(  # noqa: N802
        self, protocol: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        del protocol, envelope
        session.host_name = hostname
        await self._hang("EHLO")
        return responses

    async def handle_MAIL(  # noqa: N802
        self, protocol: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del protocol, session
        if self.faults.refuses_sender:
            return self.faults.refuses_sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 ok"

    async def handle_RCPT(  # noqa: N802
        self, protocol: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del protocol, session, options
        if self.faults.refuses_recipient:
            return self.faults.refuses_recipient
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, protocol: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del protocol
        await self._hang("DATA")
        if self.faults.refuses_data:
            return self.faults.refuses_data
        assert isinstance(envelope.content, bytes)
        self.server.received.append(
            Received(
                sender=envelope.mail_from or "",
                recipients=[*envelope.rcpt_tos],
                options=[*envelope.mail_options],
                content=envelope.content,
                is_encrypted=session.ssl is not None,
                hello=session.host_name or "",
            )
        )
        return "250 2.0.0 accepted"

    async def _hang(self, step: str) -> None:
        if self.faults.hangs_at == step:
            await asyncio.Event().wait()
