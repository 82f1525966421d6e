"""SMTP_URL, read."""

import traceback

import pytest

from gatehouse.delivery.smtp_url import SmtpServer, parse_smtp_url
from gatehouse.errors import SettingInvalid


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", SmtpServer("mail.example.com", 587, "required")),
        ("smtp://mail.example.com:25/", SmtpServer("mail.example.com", 25, "required")),
        ("smtp://Mail.Example.com?starttls=optional", SmtpServer("mail.example.com", 587, "optional")),
        ("smtp://mail.example.com?starttls=off", SmtpServer("mail.example.com", 587, "off")),
        ("smtps://mail.example.com", SmtpServer("mail.example.com", 465, "implicit")),
        ("smtp://127.0.0.1:1025", SmtpServer("127.0.0.1", 1025, "off")),
        ("smtp://localhost:1025", SmtpServer("localhost", 1025, "off")),
        ("smtp://[::1]:1025", SmtpServer("::1", 1025, "off")),
        ("smtp://localhost?starttls=required", SmtpServer("localhost", 587, "required")),
        ("smtp://127.example.com", SmtpServer("127.example.com", 587, "required")),
        ("smtp://me:secret@127.0.0.1:1025", SmtpServer("127.0.0.1", 1025, "off", "me", "secret")),
        (
            "smtps://a%40b.c:p%2Fw%23%3A%25@mail.example.com:4650",
            SmtpServer("mail.example.com", 4650, "implicit", "a@b.c", "p/w#:%"),
        ),
    ],
)
def test_url_says_where_and_how(url: str, server: SmtpServer) -> None:
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("", "must look like"),
        ("mail.example.com:587", "must look like"),
        ("http://mail.example.com", "must look like"),
        ("smtp://", "must look like"),
        ("smtp://me:hunter2@", "must look like"),
        ("smtp://me:hunter2@mail.example.com:0", "must look like"),
        ("smtp://me:hunter2@mail.example.com:99999", "must look like"),
        ("smtp://me:hunter2/x@mail.example.com", "%XX for special characters"),
        ("smtp://me:hunter2#x@mail.example.com", "%XX for special characters"),
        ("smtp://me:[hunter2@mail.example.com", "must look like"),
        ("smtp://mail.example.com/path", "must look like"),
        ("smtp://me@mail.example.com", "both a user and a password"),
        ("smtp://:hunter2@mail.example.com", "both a user and a password"),
        ("smtp://me:hunter2%C3%A9@mail.example.com", "ASCII"),
        ("smtp://me:hunter2@mail.example.com?starttls=off", "in the clear"),
        ("smtp://me:hunter2@mail.example.com?starttls=maybe", "required, optional or off"),
        ("smtp://me:hunter2@mail.example.com?starttls=", "required, optional or off"),
        ("smtp://me:hunter2@mail.example.com?starttls=off&starttls=required", "required, optional or off"),
        ("smtp://me:hunter2@mail.example.com?tls=on", "required, optional or off"),
        ("smtps://me:hunter2@mail.example.com?starttls=off", "always encrypted"),
    ],
)
def test_bad_url_is_a_bad_setting_that_keeps_the_password_secret(url: str, advice: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        parse_smtp_url(url)
    assert caught.value.name == "SMTP_URL"
    assert advice in str(caught.value)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value, limit=0))


def test_representation_holds_no_password() -> None:
    assert "hunter2" not in repr(parse_smtp_url("smtps://me:hunter2@mail.example.com"))
