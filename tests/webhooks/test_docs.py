"""docs/webhooks.md is true: its examples are like what is sent, and its programs take it."""

import json
import re
from typing import Any

import pytest

from gatehouse.models import Credentials
from gatehouse.models.audit import EVENT_NAMES
from gatehouse.models.webhooks import COUNTED
from gatehouse.services.webhook_sending import RETRY_AFTER_MS
from infra.build_layers import ROOT
from tests.houses import ADA, LAPTOP, Home
from tests.webhooks.conftest import SECRET, house_of
from tests.webhooks.outbox import send
from tests.webhooks.receiver import Received, ReceiverServer

TEXT = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")


def example(mark: str) -> str:
    """Return the block after a mark."""
    match = re.search(rf"<!-- {re.escape(mark)} -->\n```\w+\n(.*?)```\n", TEXT, re.DOTALL)
    assert match, mark
    return match[1]


@pytest.fixture
def received(sqlite_home: Home, receiver: ReceiverServer) -> list[Received]:
    """Let somebody sign in for the first time, and out, and return what a receiver hears of that."""
    sqlite_home.clock.ahead_ms = 0
    house = house_of(sqlite_home, receiver)
    house.identity.login(ADA, LAPTOP)
    signed_in = house.identity.authenticate(sqlite_home.mailbox.token_for(ADA), LAPTOP)
    house.identity.log_out(Credentials(token=signed_in.session_token))
    send(house)
    return receiver.received


@pytest.mark.parametrize("event", ["user.created", "session.created", "session.revoked"])
def test_examples_have_what_is_sent(received: list[Received], event: str) -> None:
    bodies = [json.loads(item.body) for item in received]
    (told,) = [body for body in bodies if body["type"] == event]
    shown = json.loads(example(event))

    assert shape(told) == shape(shown) - ({"data.client"} if event == "session.revoked" else set())


def shape(value: Any, name: str = "") -> set[str]:
    """Return the names of all members."""
    if not isinstance(value, dict):
        return {name}
    return {path for key, item in value.items() for path in shape(item, f"{name}.{key}" if name else key)}


def test_python_program_takes_what_is_sent(
    received: list[Received], capsys: pytest.CaptureFixture[str]
) -> None:
    program: dict[str, Any] = {}
    exec(example("python").replace("whsec_…", SECRET), program)  # noqa: S102 (it is our own)

    answers = {program["receive"](item.body, dict(item.headers)) for item in received}

    assert answers == {204}
    assert capsys.readouterr().out == f"new: {ADA}\n"
    assert program["receive"](received[0].body + b" ", dict(received[0].headers)) == 400


def test_every_event_is_listed(received: list[Received]) -> None:
    listed = set(
        re.findall(r"`([a-z_]+\.[a-z_]+)`", TEXT.partition("## Events")[2].partition("## Verify")[0])
    )
    assert listed == set(EVENT_NAMES) - COUNTED


def test_times_are_those_that_hold() -> None:
    minutes = [ms // 60_000 for ms in RETRY_AFTER_MS]
    assert minutes == [1, 5, 30, *(hours * 60 for hours in (2, 5, 10, 14, 20, 24))]
    assert "after 1, 5 and 30 minutes, then after 2, 5, 10, 14, 20 and 24 hours" in TEXT
