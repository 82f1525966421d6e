"""Compares by hand: `python -m tests.wire.frontend [reference|differences] [part of a conversation's name]`."""

import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.certificates import make_certificates
from tests.gateway import running_gateway
from tests.house_fixtures import MigratedDatabase
from tests.wire.frontend.said.everything import CONVERSATIONS
from tests.wire.frontend.deployments import settings_of
from tests.wire.frontend.differences import DIFFERENCES
from tests.wire.frontend.provider import running_provider
from tests.wire.frontend.sides import Asked, Gatehouse, Reference, References, Reply, gatehouse_with
from tests.wire.frontend.steps import Conversation, Step
from tests.wire.frontend.walking import Question, compare, tell
from tests.wire.oracles.findings import Findings

SHOWN = ("content-type", "authorization", "cookie", "rid", "fdi-version", "st-auth-mode", "anti-csrf")
CORE_SETTINGS = {"BCRYPT_LOG_ROUNDS": "4"}


class Both:
    """Openers of the two sides."""

    def __init__(self, core_url: str, folder: Path) -> None:
        self.references = References(core_url, make_certificates(folder).authority)
        self._folder = folder
        (folder / "mail").mkdir()
        self._database = MigratedDatabase(f"sqlite:///{folder}/gatehouse.db")

    def reference(self, deployment: str) -> AbstractContextManager[Reference]:
        """Open the SDK's side."""
        return self.references.with_settings(settings_of(deployment))

    def ours(self, deployment: str) -> AbstractContextManager[Gatehouse]:
        """Open our side on an empty database."""
        self._database.clean()
        return gatehouse_with(settings_of(deployment), self._database.url, self._folder / "mail")

    def close(self) -> None:
        """End what runs."""
        self.references.close()
        self._database.close()


@contextmanager
def both_sides() -> Iterator[tuple[Both, dict[str, str]]]:
    """Start everything, and give the openers and the names that every conversation begins with."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="gatehouse-frontend-")))
        gateway = stack.enter_context(running_gateway(CORE_SETTINGS))
        provider = stack.enter_context(running_provider())
        both = Both(gateway.core_url, folder)
        stack.callback(both.close)
        yield both, {"provider": provider}


def show(conversation: Conversation, step: Step, asked: Asked, reply: Reply) -> None:
    """Print one exchange."""
    print(f"\n### {conversation.name} ({conversation.settings})")
    print(f"{asked.method} {asked.target}")
    for name, value in asked.headers.items():
        print(f"{name}: {value[:100]}")
    print(f"{asked.body}\n-> {reply.status} {reply.crash}")
    for name, value in reply.pairs:
        if name != "content-length":
            print(f"   {name}: {_shown(name, value)}")
    print(f"   {reply.text}")
    for letter in reply.letters:
        print(f"   (letter) {letter}")


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
    what, part = [*sys.argv[1:], "differences", ""][:2] if len(sys.argv) < 3 else sys.argv[1:3]
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    chosen = [item for item in CONVERSATIONS if part in f"{item.name} ({item.settings})"]
    with both_sides() as (both, names):
        if what == "reference":
            tell(chosen, both.reference, names, show)
            return
        findings: Findings[Question] = Findings(DIFFERENCES)
        compare(chosen, both.reference, both.ours, names, findings)
    print(findings.by_route(limit=8))
    print("stale:", findings.stale)


if __name__ == "__main__":
    main()
