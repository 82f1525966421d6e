"""Phone numbers are written as SuperTokens stores them."""

import os
import random
import subprocess
import sys

import pytest

from gatehouse.phone_numbers import normalise_phone_number


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("+44-207 183 8750", "+442071838750"),
        (" +1 (800) FLOWERS\t", "+18003569377"),
        ("+36305914904", "+36305914904"),
        ("+1234567892", "+1234567892"),
        ("tel:+1-201-555-0123", "+12015550123"),
        ("+12025550144 ext. 5", "+12025550144"),
        ("+٣٦٣٠٥٩١٤٩٠٤", "+36305914904"),
        ("0170 1234567", "0170 1234567"),
        ("0012025550144", "0012025550144"),
        (" not a number \n", "not a number"),
        ("+99912345", "+99912345"),
        ("", ""),
        ("+", "+"),
        ("+1" * 200, "+1" * 200),
        ("\u00a0x\u00a0", "\u00a0x\u00a0"),
    ],
)
def test_numbers_have_one_form(text: str, stored: str) -> None:
    assert normalise_phone_number(text) == stored
    assert normalise_phone_number(stored) == stored


def test_junk_stays_junk() -> None:
    chance = random.Random(1)
    for _ in range(3_000):
        text = "".join(chance.choice("+0123456789 -()/;=.extphone-context:#*\ud800📱٣〇") for _ in range(30))
        assert len(normalise_phone_number(text)) <= len(text) + 10


def test_the_tables_are_read_when_they_are_needed() -> None:
    search_path = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    program = "import sys, gatehouse.phone_numbers; print('phonenumbers' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], env=search_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
