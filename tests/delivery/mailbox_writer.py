"""A process of its own that writes letters: `python -m tests.delivery.mailbox_writer FILE NUMBER`."""

import sys

from gatehouse.delivery.console import ConsoleEmailSender
from gatehouse.delivery.letters import sign_in_letter

LETTERS = 100


def address(writer: int, number: int) -> str:
    """Return to whom a writer's letter of that number goes."""
    return f"{writer}-{number}@example.com"


def main(mailbox: str, writer: int) -> None:
    """Make the letters, say so, wait for the end of the standard input, and send them."""
    sender = ConsoleEmailSender(mailbox)
    letters = [
        sign_in_letter(
            address(writer, number), "https://a.example/" + "x" * (number % 10) * 200, "Gatehouse", 15
        )
        for number in range(LETTERS)
    ]
    sys.stderr.write("ready\n")
    sys.stderr.flush()
    sys.stdin.read()
    for letter in letters:
        sender.send(letter)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
