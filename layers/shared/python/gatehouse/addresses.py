"""E-mail addresses as they are compared and stored."""

import re
import unicodedata

JAVA_BLANKS = "".join(map(chr, range(0x21)))
"""What Java's trim() takes away: all up to the blank, and nothing else."""

MAX_LENGTH = 254
_ADDRESS = re.compile(r"[^\s@<>(),:;\"\\\[\]\x00-\x1f\x7f]{1,64}@([^\s@<>(),:;\"\\\[\]/\x00-\x1f\x7f]+)")
_LABEL = re.compile(r"[^\W_]([\w-]{0,61}[^\W_])?")


def normalise_email(text: str) -> str:
    """Return an address trimmed, in NFC and lower case; raises ValueError for what cannot be one (RFC 5321)."""
    address = unicodedata.normalize("NFC", text.strip()).lower()
    match = _ADDRESS.fullmatch(address)
    if (
        not match
        or len(address) > MAX_LENGTH
        or ".." in address
        or address.startswith(".")
        or ".@" in address
    ):
        raise ValueError("this is not an e-mail address")
    labels = match[1].split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or not _survives_dns(match[1]):
        raise ValueError("this is not an e-mail address")
    return address


def _survives_dns(domain: str) -> bool:
    """Say whether a domain means itself in DNS: `straße.example` would become `strasse.example`, somebody else's."""
    try:
        return domain.isascii() or domain.encode("idna").decode("idna") == domain
    except UnicodeError:
        return False


def lower_email(text: str) -> str:
    """Return an address as SuperTokens stores it: trimmed and in lower case, without any check."""
    return text.strip(JAVA_BLANKS).lower()


FAKE_DOMAINS = ("@stfakeemail.supertokens.com", ".fakeemail.com")
"""How addresses end that stand for people who have none; the second is of older users."""


def is_fake_email(address: str) -> bool:
    """Say whether an address was only made up, for somebody who has none."""
    return address.strip().lower().endswith(FAKE_DOMAINS)
