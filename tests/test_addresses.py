"""What counts as an e-mail address, and when two are the same."""

import pytest

from gatehouse.addresses import normalise_email


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ada@example.com", "ada@example.com"),
        ("  Ada.L+x@Example.COM\t", "ada.l+x@example.com"),
        ("o'brien@example.co.uk", "o'brien@example.co.uk"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
        ("info@münchen.example", "info@münchen.example"),
        ("a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example"),
        ("a@1.example", "a@1.example"),
    ],
)
def test_addresses_are_stored_in_one_form(typed: str, stored: str) -> None:
    assert normalise_email(typed) == stored
    assert normalise_email(stored) == stored


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "a",
        "a@b",
        "a@b.",
        "a@.b.c",
        "a@b..c",
        "a b@c.de",
        "a@b c.de",
        "a@b@c.de",
        ".a@b.de",
        "a.@b.de",
        "a..b@c.de",
        "a@-b.de",
        "a@b_.de",
        "a@b-.de",
        "<a@b.de>",
        "a@b.de, c@d.ef",
        "a\n@b.de",
        "a@b.de\x00",
        '"a b"@c.de',
        "a@[127.0.0.1]",
        "a@straße.example",
        f"{'a' * 65}@b.de",
        f"a@{'b.' * 130}de",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        normalise_email(text)
