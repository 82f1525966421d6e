"""Texts from outside, and what no database can hold of them."""


def is_storable(text: str) -> bool:
    """Say whether a text has neither NUL nor half of a surrogate pair."""
    return "\x00" not in text and (
        text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)
    )
