"""Letters and text messages on the terminal, and in a mailbox file, for development."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from textwrap import indent

from gatehouse.clock import Clock, now_ms
from gatehouse.delivery.message import Letter, TextMessage
from gatehouse.errors import LetterNotSent


class ConsoleEmailSender:
    """Prints letters instead of sending them.

    `mailbox_file`, unless it is empty, gets each letter as a line of JSON; `clock` gives its `sent_at`.
    """

    def __init__(self, mailbox_file: str = "", clock: Clock = now_ms) -> None:
        self._mailbox_file = mailbox_file
        self._clock = clock

    def send(self, letter: Letter) -> None:
        """Keep and print the letter. Raises LetterNotSent if either fails."""
        kept = {"subject": letter.subject, "text": letter.text, "html": letter.html}
        _deliver(
            {"to": letter.to, **kept, "links": letter.links, "code": letter.code},
            f"Letter to {letter.to}: {letter.subject}\n\n{indent(letter.text, '    ')}",
            self._mailbox_file,
            self._clock(),
        )


class ConsoleSmsSender:
    """Prints text messages instead of sending them; the parameters are those of ConsoleEmailSender."""

    def __init__(self, mailbox_file: str = "", clock: Clock = now_ms) -> None:
        self._mailbox_file = mailbox_file
        self._clock = clock

    def send(self, message: TextMessage) -> None:
        """Keep and print the message. Raises LetterNotSent if either fails."""
        kept = {"subject": "", "text": message.text, "html": ""}
        _deliver(
            {"to": message.to, **kept, "links": message.links, "code": message.code},
            f"Text message to {message.to}\n\n{indent(message.text, '    ')}\n",
            self._mailbox_file,
            self._clock(),
        )


def _deliver(entry: dict[str, object], printed: str, mailbox_file: str, now: int) -> None:
    try:
        if mailbox_file:
            sent_at = datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds")
            _append(Path(mailbox_file), {**entry, "sent_at": sent_at.replace("+00:00", "Z")})
        sys.stdout.write(f"\n{printed}\n")
        sys.stdout.flush()
    except (OSError, UnicodeError) as error:
        raise LetterNotSent(f"The mailbox or the console cannot be written to: {error}.") from error


def _append(mailbox: Path, entry: dict[str, object]) -> None:
    """Add a line in a single system call: with O_APPEND the lines of concurrent writers stay whole."""
    line = json.dumps(entry).encode() + b"\n"
    mailbox.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(mailbox, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        written = os.write(file, line)
    finally:
        os.close(file)
    if written != len(line):
        raise LetterNotSent("The mailbox file is full: the letter was cut short.")
