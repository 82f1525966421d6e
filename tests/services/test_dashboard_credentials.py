"""The dashboard takes exactly the addresses and passwords that SuperTokens' own patterns take."""

import re
import time
from itertools import product

import pytest

from gatehouse.services.dashboard_credentials import is_email, weakness

ORIGINAL = re.compile(
    r"((^<>()[\].,;:@]+(.^<>()[\].,;:@]+)*)|(.+))@([0-9{1,3}.]|(([a-zA-Z0-9-]+.)+[a-zA-Z]{2,}))"
)
"""SuperTokens' pattern as Java reads it, where a class within a class is part of it."""

SHORT = "Password must contain at least 8 characters, including a number"
LONG = "Password's length must be lesser than 100 characters"
NO_LETTER = "Password must contain at least one alphabet"
NO_DIGIT = "Password must contain at least one number"


def test_same_addresses_are_taken() -> None:
    for length in range(8):
        for letters in product("a1.@!", repeat=length):
            text = "".join(letters)
            assert is_email(text) == bool(ORIGINAL.fullmatch(text)), text


@pytest.mark.parametrize(
    "text",
    ["boss@example.com", "a@b.co", "a b@c-d.museum", "ü@example.com", "a@b@example.com", "a@abcd", "a@7"],
)
def test_such_addresses_are_taken(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    ["", "@", "a", "a@", "@example.com", "a@b.c", "a@b..com", "a@.com", "a@b.com1", "a@b.com ", "a\n@b.com"],
)
def test_such_addresses_are_refused(text: str) -> None:
    assert not is_email(text)


@pytest.mark.parametrize(
    "text", ["a@" + "a" * 250 + "1", "@" * 256, "a@" + "a." * 120 + "1", "a@" * 127 + "!"]
)
def test_no_address_takes_long(text: str) -> None:
    started = time.perf_counter()
    assert not is_email(text)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("", SHORT),
        ("abcdef1", SHORT),
        ("😀😀😀a1", None),
        ("abcdefg1", None),
        ("a1" + "x" * 97, None),
        ("a1" + "x" * 98, LONG),
        ("a1" + "😀" * 49, LONG),
        ("12345678", NO_LETTER),
        ("ünïcödé1", None),
        ("äöüäöüäöü1", NO_LETTER),
        ("abcdefgh", NO_DIGIT),
        ("abcdefg\u0661", NO_DIGIT),
        ("abcdefg1\nh", NO_LETTER),
        ("correct horse 9", None),
    ],
)
def test_weak_passwords_are_told_apart(password: str, wrong: str | None) -> None:
    assert weakness(password) == wrong
