"""Compares by hand: `python -m tests.wire.frontend [reference|differences] [part of a conversation's name]`."""

import sys
from base64 import b64decode

from tests.wire.frontend.both import both_sides
from tests.wire.frontend.differences import DIFFERENCES
from tests.wire.frontend.said.everything import CONVERSATIONS
from tests.wire.frontend.sides import Asked, Reply
from tests.wire.frontend.steps import Conversation, Step
from tests.wire.frontend.walking import Question, compare, tell
from tests.wire.oracles.findings import Findings


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def show(conversation: Conversation, step: Step, asked: Asked, reply: Reply) -> None:
    """Print one exchange."""
    _say(f"\n### {conversation.name} ({conversation.settings})")
    _say(f"{asked.method} {asked.target}")
    for name, value in asked.headers.items():
        _say(f"{name}: {value[:100]}")
    _say(f"{asked.body}\n-> {reply.status} {reply.crash}")
    for name, value in reply.pairs:
        if name != "content-length":
            _say(f"   {name}: {_shown(name, value)}")
    _say(f"   {reply.text}")
    for letter in reply.letters:
        _say(f"   (letter) {letter}")


def _shown(name: str, value: str) -> str:
    """Return a header as a reader wants it: claims in clear, tokens cut."""
    if name == "front-token" and value != "remove":
        return b64decode(value).decode()
    if name == "set-cookie" and len(value) > 200:
        token, _, attributes = value.partition(";")
        return f"{token[:50]}…;{attributes}"
    return value[:100]


def main() -> None:
    """Print what was asked for."""
    what, part = [*sys.argv[1:], *("differences", "")[len(sys.argv) - 1 :]][:2]
    chosen = [item for item in CONVERSATIONS if part in f"{item.name} ({item.settings})"]
    findings: Findings[Question] = Findings(DIFFERENCES)
    with both_sides() as both:
        if what == "reference":
            tell(chosen, both.reference, both.names, show)
            return
        compare(chosen, both.reference, both.ours, both.names, findings)
    _say(findings.by_route(limit=40))
    _say(f"no longer there: {findings.stale}")


if __name__ == "__main__":
    main()
