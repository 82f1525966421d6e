"""E-mail addresses as mail services want them."""

import re
import unicodedata
from dataclasses import dataclass

from gatehouse.delivery.message import is_address
from gatehouse.errors import LetterNotSent, SettingInvalid

_NAMED = re.compile(r'(?:"(?P<quoted>[^"\\]*)"|(?P<plain>[^"<>]*))\s*<(?P<address>[^<>]+)>')


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom letters come from: a display name, which may be empty, and an ASCII address."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part of the address after the @."""
        return self.address.rpartition("@")[2]


def parse_sender(email_from: str) -> Sender:
    """Read `Name <address>` or a bare address. Raises SettingInvalid."""
    match = _NAMED.fullmatch(email_from.strip())
    name = (match["quoted"] or match["plain"] or "").strip() if match else ""
    address = match["address"] if match else email_from.strip()
    if not is_address(address) or not name.isprintable():
        raise SettingInvalid("EMAIL_FROM", "must look like Gatehouse <no-reply@example.com>")
    try:
        address = with_ascii_domain(address)
    except LetterNotSent:
        raise SettingInvalid("EMAIL_FROM", "has a domain that is not valid in an address") from None
    if not address.isascii():
        raise SettingInvalid("EMAIL_FROM", "may have letters outside ASCII only in the name and the domain")
    return Sender(name, address)


def with_ascii_domain(address: str) -> str:
    """Return the address with its domain as DNS knows it (`xn--…`), the part before the @ untouched.

    Raises LetterNotSent for a domain that the encoding would turn into a different one: `straße.example`
    would become `strasse.example`, which may be somebody else's, and the letter holds a sign-in link.
    """
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    domain = unicodedata.normalize("NFC", domain).lower()
    try:
        encoded = domain.encode("idna")
        is_same = encoded.decode("idna") == domain
    except UnicodeError:
        encoded, is_same = b"", False
    if not is_same:
        raise LetterNotSent("Letters cannot be sent to addresses in this domain.")
    return f"{local}@{encoded.decode('ascii')}"
