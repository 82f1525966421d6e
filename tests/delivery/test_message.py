"""What may stand on the envelope of a letter or a text message."""

import pytest

from gatehouse.delivery.address import Sender, parse_sender, with_ascii_domain
from gatehouse.delivery.message import Letter, TextMessage
from gatehouse.errors import LetterNotSent, SettingInvalid


@pytest.mark.parametrize(
    "address", ["ada@example.com", "a+b.c@sub.example.com", "jörg@bücher.example", "a'b@x.y"]
)
def test_letter_goes_to_an_address(address: str) -> None:
    assert Letter(address, "Hello", "text", "<p>html</p>").to == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@b@example.com",
        "ada @example.com",
        "ada@example.com\nBcc: eve@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\x00",
        "ada@example.com\u2028",
        "ada@example.com,eve@example.com",
        "ada@example.com;eve@example.com",
        "Ada <ada@example.com>",
        "<ada@example.com>",
        '"ada eve"@example.com',
        "ada\u202e@example.com",
        "ada\ud800@example.com",
    ],
)
def test_letter_goes_to_nothing_else(address: str) -> None:
    with pytest.raises(LetterNotSent):
        Letter(address, "Hello", "text", "<p>html</p>")


@pytest.mark.parametrize(
    "subject", ["Hello\nBcc: eve@example.com", "Hello\r\n\r\nbody", "a\x00b", "a\u2029b"]
)
def test_subject_cannot_add_a_header(subject: str) -> None:
    with pytest.raises(LetterNotSent):
        Letter("ada@example.com", subject, "text", "<p>html</p>")


def test_representation_holds_no_secret() -> None:
    letter = Letter("ada@example.com", "Hello", "the-link", "the-link", links=("the-link",), code="998877")
    message = TextMessage("+4915112345678", "Your code is 998877", code="998877")
    assert "the-link" not in repr(letter)
    assert "998877" not in repr(letter) + repr(message)


@pytest.mark.parametrize(
    "number", ["", "015112345678", "+0151", "+49 151 12345678", "+49151123456789012", "+49a\n"]
)
def test_text_message_goes_to_international_numbers_only(number: str) -> None:
    with pytest.raises(LetterNotSent):
        TextMessage(number, "text")


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("no-reply@example.com", Sender("", "no-reply@example.com")),
        ("Gatehouse <no-reply@localhost>", Sender("Gatehouse", "no-reply@localhost")),
        ('"Ada, Inc." <ada@example.com>', Sender("Ada, Inc.", "ada@example.com")),
        ("Größe & Söhne <post@bücher.example>", Sender("Größe & Söhne", "post@xn--bcher-kva.example")),
        ("  <post@example.com>  ", Sender("", "post@example.com")),
    ],
)
def test_sender_is_read_with_and_without_a_name(text: str, sender: Sender) -> None:
    assert parse_sender(text) == sender


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Gatehouse",
        "Gatehouse <no-reply>",
        "Gatehouse <a@b> <c@d>",
        "A <a@example.com>, B <b@example.com>",
        "Gatehouse\nBcc: eve@example.com <a@example.com>",
        "a@example.com\nBcc: eve@example.com",
        "jörg@example.com",
        "post@straße.example",
    ],
)
def test_bad_sender_is_a_bad_setting(text: str) -> None:
    with pytest.raises(SettingInvalid, match="EMAIL_FROM"):
        parse_sender(text)


def test_domain_outside_ascii_is_written_as_dns_knows_it() -> None:
    assert with_ascii_domain("jörg@BÜCHER.example") == "jörg@xn--bcher-kva.example"
    assert with_ascii_domain("jo@bu\u0308cher.example") == "jo@xn--bcher-kva.example"
    assert with_ascii_domain("Ada@Example.com") == "Ada@Example.com"


@pytest.mark.parametrize(
    "domain", ["straße.example", "ⓖithub.example", "\uff47ithub.example", "ü..example", "ü" * 64]
)
def test_letter_never_goes_to_a_domain_that_only_looks_the_same(domain: str) -> None:
    with pytest.raises(LetterNotSent):
        with_ascii_domain(f"ada@{domain}")
