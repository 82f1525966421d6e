"""What the letters say."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from gatehouse.delivery.letters import (
    code_letter,
    code_message,
    invitation_letter,
    no_password_letter,
    not_invited_letter,
    not_invited_message,
    password_reset_letter,
    sign_in_letter,
    verification_letter,
)
from gatehouse.delivery.message import Letter
from tests.delivery.conftest import LINK

_EMPTY_ELEMENTS = {"meta", "br"}


@dataclass
class Page(HTMLParser):
    """What a person sees of an HTML letter, and where its links lead."""

    words: list[str] = field(default_factory=list)
    links: list[str | None] = field(default_factory=list)
    elements: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.links += [value for name, value in attrs if tag == "a" and name == "href"]
        if tag not in _EMPTY_ELEMENTS:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self._open):
            self.words.append(data)


def read(letter: Letter) -> Page:
    """Parse the HTML of a letter; fails if its elements do not close in order."""
    page = Page()
    page.feed(letter.html)
    page.close()
    return page


def seen(letter: Letter) -> str:
    """Return the words of the HTML, each separated by one space."""
    return " ".join(" ".join(read(letter).words).split())


def invitation(name: str | None = None, invited_by: str | None = None, app_name: str = "Gatehouse") -> Letter:
    """Return an invitation for Ada."""
    return invitation_letter("ada@example.com", LINK, app_name, 15, name, invited_by)


WITH_LINK = [
    sign_in_letter("ada@example.com", LINK, "Gatehouse", 15),
    invitation("Ada", "grace@example.com"),
    password_reset_letter("ada@example.com", LINK, "Gatehouse", 15),
    verification_letter("ada@example.com", LINK, "Gatehouse", 15),
    code_letter("ada@example.com", "042195", LINK, "Gatehouse", 15),
]
WITH_CODE = [code_letter("ada@example.com", "042195", link, "Gatehouse", 15) for link in (None, LINK)]
ALL = [
    *WITH_LINK,
    WITH_CODE[0],
    not_invited_letter("ada@example.com", "Gatehouse"),
    no_password_letter("ada@example.com", "Gatehouse"),
]


@pytest.mark.parametrize("letter", ALL, ids=lambda letter: letter.subject)
def test_letter_names_the_app_and_its_reader(letter: Letter) -> None:
    assert "Gatehouse" in letter.subject
    for words in (letter.text, seen(letter)):
        assert "Gatehouse" in words
        assert "ada@example.com" in words
        assert "ignore" in words
        assert "$" not in words


@pytest.mark.parametrize("letter", WITH_LINK, ids=lambda letter: letter.subject)
def test_letter_holds_its_link_whole_in_both_parts(letter: Letter) -> None:
    assert letter.links == (LINK,)
    assert LINK in letter.text.splitlines()
    assert read(letter).links == [LINK, LINK]  # the button and the plain address
    assert LINK in seen(letter)


@pytest.mark.parametrize("letter", WITH_LINK, ids=lambda letter: letter.subject)
def test_letter_says_how_long_and_how_often_its_link_works(letter: Letter) -> None:
    for words in (letter.text, seen(letter)):
        assert "works once" in words
        assert "15 minutes" in words


@pytest.mark.parametrize("letter", WITH_CODE, ids=["alone", "with a link"])
def test_codes_are_easy_to_copy_and_not_in_the_subject(letter: Letter) -> None:
    assert letter.code == "042195"
    assert "042195" in letter.text.splitlines()
    assert "042195" in read(letter).words
    assert "042195" not in letter.subject
    for words in (letter.text, seen(letter)):
        assert "where you asked for it" in words
        assert "works once and expires in 15 minutes" in words
        assert "Ask for another one" in words
        assert "Tell this code to nobody" in words


def test_letters_with_a_code_alone_have_no_link() -> None:
    letter = WITH_CODE[0]
    assert letter.links == ()
    assert read(letter).links == []
    assert "http" not in letter.text


@pytest.mark.parametrize(
    ("code", "link", "text"),
    [
        ("042195", None, "042195 is your code for Gatehouse. It works once and expires in 15 minutes."),
        (None, LINK, f"Sign in to Gatehouse: {LINK} This link works once and expires in 15 minutes."),
        (
            "042195",
            LINK,
            f"042195 is your code for Gatehouse. It works once and expires in 15 minutes. Or open {LINK}",
        ),
    ],
)
def test_text_messages_are_short(code: str | None, link: str | None, text: str) -> None:
    message = code_message("+491701234567", code, link, "Gatehouse", 15)
    assert (message.to, message.text, message.code) == ("+491701234567", text, code)
    assert message.links == ((link,) if link else ())
    assert text.isascii(), "other letters make a message cost as much as two"


def test_text_messages_to_strangers_hold_nothing() -> None:
    message = not_invited_message("+491701234567", "Gatehouse\r\nYour code is 1")
    assert "no account" in message.text
    assert "\n" not in message.text
    assert (message.links, message.code) == ((), None)


def test_letters_to_strangers_hold_no_link() -> None:
    not_invited = not_invited_letter("ada@example.com", "Gatehouse")
    no_password = no_password_letter("ada@example.com", "Gatehouse")
    for letter, said in (
        (not_invited, "no account"),
        (not_invited, "administrator"),
        (no_password, "nobody signs in"),
    ):
        assert letter.links == ()
        assert read(letter).links == []
        for words in (letter.text, seen(letter)):
            assert said in words
            assert "http" not in words


def test_letters_say_where_a_new_link_comes_from() -> None:
    sign_in, _, reset, verification, _ = WITH_LINK
    for letter, said in (
        (sign_in, "Enter your address on the sign-in page"),
        (reset, "that you forgot your password"),
        (verification, "after you have signed in"),
    ):
        for words in (letter.text, seen(letter)):
            assert said in words


@pytest.mark.parametrize("letter", ALL, ids=lambda letter: letter.subject)
def test_html_needs_nothing_from_elsewhere(letter: Letter) -> None:
    elements = read(letter).elements
    assert not {"table", "img", "script", "link", "iframe", "form"} & set(elements)
    assert "url(" not in letter.html


def test_invitation_says_who_invites_whom() -> None:
    for words in (invitation("Ada", "Grace").text, seen(invitation("Ada", "Grace"))):
        assert "Hello Ada," in words
        assert "Grace has invited you to Gatehouse." in words


@pytest.mark.parametrize("nobody", [None, "", "  ", "\n"])
def test_invitation_does_without_names(nobody: str | None) -> None:
    letter = invitation(nobody, nobody)
    for words in (letter.text, seen(letter)):
        assert "Hello," in words
        assert "You have been invited to Gatehouse." in words


def test_name_cannot_bring_markup() -> None:
    name = "<script>alert(1)</script>\"'&amp;"
    letter = invitation(name, name, app_name=name)
    assert "<script" not in letter.html
    assert set(read(letter).elements) == set(read(invitation()).elements)
    assert f"Hello {name}," in seen(letter)
    assert f"Hello {name}," in letter.text


def test_name_cannot_bring_a_placeholder() -> None:
    assert "Hello $link ${to}," in invitation("$link ${to}").text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada\r\n\r\nYour account is locked.", "Ada Your account is locked."),
        ("Ada\u2028\x85\tLovelace", "Ada Lovelace"),
        ("\x1b]0;x\x07Ada", "]0;xAda"),
        ("\u202eadA\u2066\u2069", "adA"),
        ("Ada\ud800", "Ada"),
        ("👩‍🚀 Åsa می‌خواهم", "👩‍🚀 Åsa می‌خواهم"),
        ("x" * 81, "x" * 80 + "…"),
    ],
)
def test_name_stays_words_in_a_sentence(name: str, shown: str) -> None:
    letter = invitation(name)
    assert f"Hello {shown}," in letter.text.splitlines()
    assert f"Hello {shown}," in seen(letter)
    letter.html.encode()


@pytest.mark.parametrize("app_name", ["Gate\nBcc: eve@example.com", "Gate\r\n\r\nbody", "Gate\x00"])
def test_app_name_cannot_add_a_header(app_name: str) -> None:
    letters = (
        sign_in_letter("ada@example.com", LINK, app_name, 15),
        invitation(app_name=app_name),
        not_invited_letter("ada@example.com", app_name),
        password_reset_letter("ada@example.com", LINK, app_name, 15),
        verification_letter("ada@example.com", LINK, app_name, 15),
        no_password_letter("ada@example.com", app_name),
        code_letter("ada@example.com", "042195", LINK, app_name, 15),
    )
    assert all(letter.subject.isprintable() for letter in letters)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "in less than a minute."),
        (1, "in 1 minute."),
        (15, "in 15 minutes."),
        (60, "in 1 hour."),
        (90, "in 90 minutes."),
        (720, "in 12 hours."),
        (1440, "in 1 day."),
        (43200, "in 30 days."),
    ],
)
def test_lifetime_reads_well(minutes: int, said: str) -> None:
    letter = sign_in_letter("ada@example.com", LINK, "Gatehouse", minutes)
    assert said in letter.text
    assert said in seen(letter)
