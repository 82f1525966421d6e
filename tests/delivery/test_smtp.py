"""Letters through a real SMTP server, good and bad."""

import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from gatehouse.delivery.letters import invitation_letter
from gatehouse.delivery.message import Letter
from gatehouse.delivery.smtp import SmtpEmailSender
from gatehouse.errors import LetterNotSent
from tests.delivery.certificates import Authority
from tests.delivery.conftest import LINK
from tests.delivery.smtp_server import PASSWORD, USER, Faults, Received, SmtpServer, running_smtp_server

FROM = "Gatehouse <no-reply@gatehouse.example>"
LOGIN = f"{USER}:{quote(PASSWORD, safe='')}@"
ENOUGH_S = 5  # for what takes a second, on a busy machine
HERE = "0.0.0.0"  # noqa: S104 - an address that reaches this machine without being a loopback one


def only(server: SmtpServer) -> Received:
    """Return the one letter that the server got."""
    [received] = server.received
    return received


def body(received: Received, subtype: str) -> str:
    """Return the text or the HTML of a letter."""
    part = received.message.get_body((subtype,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


@pytest.fixture
def plain() -> Iterator[SmtpServer]:
    """A server without TLS."""
    with running_smtp_server() as server:
        yield server


@pytest.fixture
def guarded(authority: Authority, folder: Path) -> Iterator[SmtpServer]:
    """A server that wants STARTTLS and then a login."""
    tls = authority.server_context(folder, "localhost")
    with running_smtp_server(starttls=tls, wants_login=True) as server:
        yield server


def test_letter_arrives_as_text_and_html(plain: SmtpServer, letter: Letter) -> None:
    SmtpEmailSender(plain.url(), FROM, clock=lambda: 1_795_232_012_123).send(letter)
    received = only(plain)
    assert (received.sender, received.recipients) == ("no-reply@gatehouse.example", ["ada@example.com"])
    message = received.message
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert body(received, "plain") == letter.text
    assert body(received, "html") == letter.html
    assert LINK in body(received, "plain")
    assert not message.defects
    assert received.content.isascii()
    assert max(map(len, received.content.split(b"\r\n"))) <= 998


def test_letter_has_the_headers_of_an_automatic_one(plain: SmtpServer, letter: Letter) -> None:
    sender = SmtpEmailSender(plain.url(), FROM, clock=lambda: 1_795_232_012_123)
    sender.send(letter)
    sender.send(letter)
    first, second = (received.message for received in plain.received)
    assert first["From"] == FROM
    assert first["To"] == "ada@example.com"
    assert first["Subject"] == "Sign in to Gatehouse"
    assert first["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(first["Date"]).timestamp() == 1_795_232_012
    assert first["Message-ID"].endswith("@gatehouse.example>")
    assert first["Message-ID"] != second["Message-ID"]


def test_greeting_needs_no_dns(plain: SmtpServer, letter: Letter) -> None:
    SmtpEmailSender(plain.url(), FROM).send(letter)
    assert only(plain).hello == "gatehouse.example"


def test_names_in_any_script_arrive(plain: SmtpServer) -> None:
    letter = invitation_letter("ada@example.com", LINK, "Größe Ω 入口", 15, "Ada Łovelace", "Grâce 👋")
    SmtpEmailSender(plain.url(), "Größe Ω, 入口 <no-reply@bücher.example>").send(letter)
    received = only(plain)
    [sender] = received.message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Größe Ω, 入口", "no-reply@xn--bcher-kva.example")
    assert received.message["Subject"] == "Your invitation to Größe Ω 入口"
    assert body(received, "plain") == letter.text
    assert body(received, "html") == letter.html
    assert received.content.isascii()


def test_address_in_any_script_is_reached(plain: SmtpServer) -> None:
    letter = Letter("jörg@bücher.example", "Hello", "text\n", "<p>html</p>\n")
    SmtpEmailSender(plain.url(), FROM).send(letter)
    received = only(plain)
    assert received.recipients == ["jörg@xn--bcher-kva.example"]
    assert "SMTPUTF8" in received.options
    assert "To: jörg@xn--bcher-kva.example\r\n".encode() in received.content


def test_address_that_the_server_cannot_write_fails(letter: Letter) -> None:
    with running_smtp_server(smtputf8=False) as server:
        sender = SmtpEmailSender(server.url(), FROM)
        with pytest.raises(LetterNotSent):
            sender.send(Letter("jörg@example.com", "Hello", "text", "<p>html</p>"))
        sender.send(letter)
    assert only(server).recipients == ["ada@example.com"]


def test_starttls_comes_before_the_password(
    guarded: SmtpServer, letter: Letter, authority: Authority
) -> None:
    url = guarded.url(host="localhost", login=LOGIN, options="?starttls=required")
    SmtpEmailSender(url, FROM, tls=authority.client_context()).send(letter)
    assert guarded.logins == [(PASSWORD, True)]
    assert only(guarded).is_encrypted


def test_starttls_is_used_when_offered(guarded: SmtpServer, letter: Letter, authority: Authority) -> None:
    url = guarded.url(host="localhost", login=LOGIN, options="?starttls=optional")
    SmtpEmailSender(url, FROM, tls=authority.client_context()).send(letter)
    assert only(guarded).is_encrypted


def test_smtps_is_encrypted_from_the_first_byte(authority: Authority, folder: Path, letter: Letter) -> None:
    with running_smtp_server(implicit_tls=authority.server_context(folder, "localhost")) as server:
        url = server.url(scheme="smtps", host="localhost")
        SmtpEmailSender(url, FROM, tls=authority.client_context()).send(letter)
    assert only(server).message["Subject"] == letter.subject


@pytest.mark.parametrize("host", [HERE, "127.0.0.1"])
def test_missing_starttls_fails_where_it_is_required(plain: SmtpServer, letter: Letter, host: str) -> None:
    sender = SmtpEmailSender(plain.url(host=host, options="?starttls=required"), FROM)
    with pytest.raises(LetterNotSent):
        sender.send(letter)
    assert plain.received == []


def test_starttls_is_required_by_default(plain: SmtpServer, letter: Letter) -> None:
    with pytest.raises(LetterNotSent):
        SmtpEmailSender(plain.url(host=HERE), FROM).send(letter)
    assert plain.received == []


def test_password_never_travels_in_the_clear(letter: Letter) -> None:
    with running_smtp_server(wants_login=True) as server:
        sender = SmtpEmailSender(server.url(host=HERE, login=LOGIN, options="?starttls=optional"), FROM)
        with pytest.raises(LetterNotSent):
            sender.send(letter)
    assert server.logins == []


def test_letter_without_a_password_may_travel_in_the_clear(plain: SmtpServer, letter: Letter) -> None:
    SmtpEmailSender(plain.url(host=HERE, options="?starttls=optional"), FROM).send(letter)
    SmtpEmailSender(plain.url(host=HERE, options="?starttls=off"), FROM).send(letter)
    assert len(plain.received) == 2


def test_password_may_travel_within_this_machine(letter: Letter) -> None:
    with running_smtp_server(wants_login=True) as server:
        SmtpEmailSender(server.url(login=LOGIN), FROM).send(letter)
    assert server.logins == [(PASSWORD, False)]
    assert len(server.received) == 1


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize(("host", "expired"), [("mail.example.com", False), ("localhost", True)])
def test_wrong_certificate_ends_the_conversation(
    authority: Authority, folder: Path, letter: Letter, scheme: str, host: str, *, expired: bool
) -> None:
    tls = authority.server_context(folder, host, expired=expired)
    has_starttls = scheme == "smtp"
    options = "?starttls=optional" if has_starttls else ""
    with running_smtp_server(
        starttls=tls if has_starttls else None, implicit_tls=None if has_starttls else tls, wants_login=True
    ) as server:
        url = server.url(scheme=scheme, host="localhost", login=LOGIN, options=options)
        with pytest.raises(LetterNotSent):
            SmtpEmailSender(url, FROM, tls=authority.client_context()).send(letter)
    assert (server.logins, server.received) == ([], [])


def test_unknown_authority_is_not_trusted_by_default(guarded: SmtpServer, letter: Letter) -> None:
    url = guarded.url(host="localhost", login=LOGIN, options="?starttls=required")
    with pytest.raises(LetterNotSent):
        SmtpEmailSender(url, FROM).send(letter)
    assert guarded.logins == []


def test_wrong_password_fails_and_stays_secret(
    guarded: SmtpServer, letter: Letter, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    url = guarded.url(host="localhost", login=f"{USER}:hunter2@", options="?starttls=required")
    refusals: list[str] = []
    sender = SmtpEmailSender(
        url, FROM, tls=authority.client_context(), refused=lambda: refusals.append("asks for another one")
    )
    with pytest.raises(LetterNotSent) as caught:
        sender.send(letter)
    assert ("hunter2", True) in guarded.logins
    assert refusals == ["asks for another one"]
    assert "535" in caplog.text
    told = caplog.text + "".join(traceback.format_exception(caught.value))
    assert "hunter2" not in told
    assert USER not in told
    assert LINK not in told


@pytest.mark.parametrize(
    ("faults", "logged"),
    [
        (Faults(refuses_recipient="450 4.2.0 greylisted, try again"), "450 4.2.0"),
        (Faults(refuses_sender="550 5.7.1 <no-reply@gatehouse.example> may not send"), "550 5.7.1"),
        (Faults(refuses_data="554 5.7.1 looks like spam to ada@example.com"), "554 5.7.1"),
        (Faults(refuses_data="451 disk full"), "451"),
    ],
)
def test_refused_letter_fails_and_says_little(
    faults: Faults, logged: str, letter: Letter, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        running_smtp_server(faults=faults) as server,
        pytest.raises(LetterNotSent, match="try again") as caught,
    ):
        SmtpEmailSender(server.url(), FROM).send(letter)
    assert logged in caplog.text
    assert "ada@example.com" not in caplog.text + str(caught.value)
    assert LINK not in caplog.text


def test_refused_address_is_named_as_the_reason(letter: Letter, caplog: pytest.LogCaptureFixture) -> None:
    faults = Faults(refuses_recipient="550 5.1.1 ada@example.com: no such mailbox")
    with (
        running_smtp_server(faults=faults) as server,
        pytest.raises(LetterNotSent, match="refused this address"),
    ):
        SmtpEmailSender(server.url(), FROM).send(letter)
    assert "550 5.1.1" in caplog.text
    assert "ada@example.com" not in caplog.text


def test_letter_that_was_accepted_stays_sent(letter: Letter) -> None:
    with running_smtp_server(faults=Faults(drops_at_quit=True)) as server:
        SmtpEmailSender(server.url(), FROM).send(letter)
    assert len(server.received) == 1


def test_closed_port_fails_at_once(letter: Letter) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(LetterNotSent):
        SmtpEmailSender(f"smtp://127.0.0.1:{port}", FROM).send(letter)
    assert time.monotonic() - began < 5  # the default time-out


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".invalid"])
def test_unknown_host_fails(letter: Letter, host: str) -> None:
    with pytest.raises(LetterNotSent):
        SmtpEmailSender(f"smtp://{host}", FROM).send(letter)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_silent_server_fails_within_the_time_out(letter: Letter, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(LetterNotSent):
            SmtpEmailSender(url, FROM, timeout_s=0.3).send(letter)
    assert 0.3 <= time.monotonic() - began < ENOUGH_S


@pytest.mark.parametrize("step", ["EHLO", "DATA"])
def test_server_that_stops_answering_fails_within_the_time_out(letter: Letter, step: str) -> None:
    with running_smtp_server(faults=Faults(hangs_at=step)) as server:
        began = time.monotonic()
        with pytest.raises(LetterNotSent):
            SmtpEmailSender(server.url(), FROM, timeout_s=0.3).send(letter)
        assert 0.3 <= time.monotonic() - began < ENOUGH_S
    assert server.received == []


def test_server_that_is_slow_at_every_step_fails_within_three_time_outs(letter: Letter) -> None:
    with running_smtp_server(faults=Faults(answers_after_s=0.25)) as server:
        began = time.monotonic()
        with pytest.raises(LetterNotSent):
            SmtpEmailSender(server.url(), FROM, timeout_s=0.3).send(letter)
        assert 0.8 <= time.monotonic() - began < ENOUGH_S


def test_server_that_drips_fails_within_three_time_outs(letter: Letter) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_drip, args=(listener,), daemon=True)
        thread.start()
        began = time.monotonic()
        with pytest.raises(LetterNotSent):
            SmtpEmailSender(f"smtp://127.0.0.1:{listener.getsockname()[1]}", FROM, timeout_s=0.2).send(letter)
        assert 0.5 <= time.monotonic() - began < ENOUGH_S
        thread.join(5)


def _drip(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection, suppress(OSError):
        connection.sendall(b"220-")
        for _ in range(600):
            connection.sendall(b"z")
            time.sleep(0.05)


def test_server_that_is_slow_but_steady_is_waited_for(letter: Letter) -> None:
    with running_smtp_server(faults=Faults(answers_after_s=0.05)) as server:
        SmtpEmailSender(server.url(), FROM, timeout_s=5).send(letter)
    assert len(server.received) == 1
