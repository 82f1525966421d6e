"""Which addresses and passwords the dashboard takes, as SuperTokens has it."""

import re

_ANY = r"[^\n\r\x85\u2028\u2029]"
"""What a dot means in Java."""
_WORD = "[A-Za-z0-9-]"
_OTHER = r"[^A-Za-z0-9\n\r\x85\u2028\u2029-]"
# SuperTokens' own pattern says `([a-zA-Z-0-9]+.)+[a-zA-Z]{2,}` for domains, where the dot is any character. This one
# accepts the same texts, and never takes exponential time.
_EMAIL = re.compile(rf"{_ANY}+@(?:[0-9{{}},.]|{_WORD}(?:{_OTHER}?{_WORD})*{_ANY}[A-Za-z]{{2,}})")
_WITH_LETTER = re.compile(rf"{_ANY}*[A-Za-z]{_ANY}*")
_WITH_DIGIT = re.compile(rf"{_ANY}*[0-9]{_ANY}*")
_SHORTEST = 8
_TOO_LONG = 100


def is_email(text: str) -> bool:
    """Say whether a text may be an e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def weakness(password: str, length: int | None = None) -> str | None:
    """Return what is wrong with a password, or None; its length is as Java counts it, unless one is given."""
    if length is None:
        length = len(password.encode("utf-16-le", errors="surrogatepass")) // 2
    if length < _SHORTEST:
        return "Password must contain at least 8 characters, including a number"
    if length >= _TOO_LONG:
        return "Password's length must be lesser than 100 characters"
    if not _WITH_LETTER.fullmatch(password):
        return "Password must contain at least one alphabet"
    if not _WITH_DIGIT.fullmatch(password):
        return "Password must contain at least one number"
    return None
