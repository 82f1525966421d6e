"""`python -m gatehouse.webhooks`, and the function that sends: what an operator sees of webhooks."""

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from standardwebhooks import Webhook

import functions.webhooks
from gatehouse.bootstrap import House
from gatehouse.web.entrance import Entrance
from gatehouse.webhooks import main
from tests.houses import Home
from tests.webhooks.conftest import SECRET, NewReceiver, house_of
from tests.webhooks.outbox import note, rows, send
from tests.webhooks.receiver import ReceiverServer


@pytest.fixture
def failing(new_receiver: NewReceiver) -> ReceiverServer:
    """Return a receiver that has gone."""
    return new_receiver(status=410)


@pytest.fixture
def house(sqlite_home: Home, failing: ReceiverServer, monkeypatch: pytest.MonkeyPatch) -> House:
    """Return a house with an event that was given up, whose settings the command finds in the environment."""
    house = house_of(sqlite_home, failing)
    note(house, "user.created", subject_id="u1")
    send(house)
    for name, value in {
        **sqlite_home.environment,
        "WEBHOOK_URLS": failing.url,
        "WEBHOOK_SECRETS": SECRET,
    }.items():
        monkeypatch.setenv(name, value)
    return house


def test_what_was_given_up_is_listed_and_sent_again(
    house: House, failing: ReceiverServer, capsys: pytest.CaptureFixture[str]
) -> None:
    (row,) = rows(house)

    assert main(["failed"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed[0].split() == [
        row.what.id,
        listed[0].split()[1],
        "user.created",
        f"127.0.0.1:{failing.port}",
        "410",
    ]
    assert listed[1:] == ["1 given up."]

    assert main(["resend", "no-such-id"]) == 1
    assert "Nothing with such an id was given up" in capsys.readouterr().err
    failing.status = 204
    assert main(["resend", row.what.id]) == 0
    assert capsys.readouterr().out == "1 will be sent again within a minute.\n"
    assert send(house).sent == 1
    assert failing.ids == [row.what.id] * 2
    assert main(["failed"]) == 0
    assert capsys.readouterr().out == "Nothing was given up.\n"


def test_everything_may_be_sent_again_and_gets_as_long_as_new_events(
    sqlite_home: Home, house: House, failing: ReceiverServer, capsys: pytest.CaptureFixture[str]
) -> None:
    note(house, times=3)
    send(house)
    failing.status = 500
    sqlite_home.clock.advance(days=5)

    assert house.webhook_failures.resend(None) == 4

    assert {(row.attempts, row.due_at_ms is None) for row in rows(house)} == {(0, False)}
    sent = send(house)
    assert (sent.retried, sent.given_up) == (4, 0)
    assert main(["resend", "--all"]) == 0
    assert capsys.readouterr().out == "0 will be sent again within a minute.\n"


def test_urls_can_be_tried(house: House, failing: ReceiverServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test"]) == 1
    assert capsys.readouterr().out == f"{failing.url}: 410\n"
    failing.status = 204

    assert main(["test"]) == 0

    assert capsys.readouterr().out == f"{failing.url}: 204\n"
    told = Webhook(SECRET).verify(failing.received[-1].body, dict(failing.received[-1].headers))
    assert told["type"] == "webhook.test"


def test_command_says_what_is_missing(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRETS", "")
    assert main(["test"]) == 2
    assert capsys.readouterr().err == "WEBHOOK_SECRETS: is needed to sign what is sent to WEBHOOK_URLS\n"
    monkeypatch.setenv("WEBHOOK_URLS", "")
    assert main(["failed"]) == 2
    assert "WEBHOOK_URLS: is empty" in capsys.readouterr().err


def test_command_runs_as_a_module(house: House) -> None:
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-m", "gatehouse.webhooks", "failed"]

    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("1 given up.\n")


def test_nothing_is_sent_again_unless_it_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["resend"])

    assert ended.value.code == 2
    assert "--all" in capsys.readouterr().err


def test_function_says_what_it_did(house: House, failing: ReceiverServer) -> None:
    failing.status = 204
    note(house, times=2)
    context: Any = SimpleNamespace(
        function_name="gatehouse-local-webhooks",
        aws_request_id="1",
        get_remaining_time_in_millis=lambda: 60_000,
    )
    functions.webhooks.entrance = Entrance(lambda: house)

    assert functions.webhooks.handler({}, context) == {
        "finished": True,
        "sent": 2,
        "retried": 0,
        "given_up": 0,
    }
