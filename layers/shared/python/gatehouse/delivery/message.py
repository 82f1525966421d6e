"""What can be sent, and what sends it."""

import re
from dataclasses import dataclass, field
from typing import Protocol

from gatehouse.errors import LetterNotSent

_ADDRESS = re.compile(r'[^\s@<>()\[\],;:\\"]+@[^\s@<>()\[\],;:\\"]+')
_PHONE_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one bare e-mail address, as text and as HTML.

    `links` and `code` repeat what the body holds, so that the local mailbox can show them.
    Raises LetterNotSent for an address or a subject that could add a header or a recipient.
    """

    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    links: tuple[str, ...] = field(default=(), repr=False)
    code: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not is_address(self.to):
            raise LetterNotSent("This is not an e-mail address that a letter can go to.")
        if not self.subject.isprintable():
            raise LetterNotSent("The subject of a letter must be one line of text.")


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text message to one phone number in E.164 form. Raises LetterNotSent for any other form.

    `links` and `code` repeat what it says, as those of a letter do.
    """

    to: str
    text: str = field(repr=False)
    links: tuple[str, ...] = field(default=(), repr=False)
    code: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not _PHONE_NUMBER.fullmatch(self.to):
            raise LetterNotSent("This is not a phone number that a message can go to.")


class EmailSender(Protocol):
    """Hands letters to a mail service."""

    def send(self, letter: Letter) -> None:
        """Return once the service has accepted the letter. Raises LetterNotSent."""


class SmsSender(Protocol):
    """Hands text messages to a phone service."""

    def send(self, message: TextMessage) -> None:
        """Return once the service has accepted the message. Raises LetterNotSent."""


def is_address(text: str) -> bool:
    """Return whether the text is one bare e-mail address: no name, no list, no invisible characters."""
    return text.isprintable() and _ADDRESS.fullmatch(text) is not None
