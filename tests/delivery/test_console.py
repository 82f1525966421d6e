"""Letters on the terminal and in the mailbox file."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from gatehouse.delivery.console import ConsoleEmailSender, ConsoleSmsSender
from gatehouse.delivery.message import Letter, TextMessage
from gatehouse.errors import LetterNotSent
from tests.delivery.conftest import LINK
from tests.delivery.mailbox_writer import LETTERS, address

_WRITERS = 8


def test_letter_is_printed_with_its_link(letter: Letter, capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleEmailSender().send(letter)
    printed = capsys.readouterr().out
    assert "ada@example.com" in printed
    assert "Sign in to Gatehouse" in printed
    assert LINK in printed.split()
    assert "<" not in printed


def test_letter_is_kept_as_a_line_of_json(letter: Letter, tmp_path: Path) -> None:
    mailbox = tmp_path / "new" / "folder" / "mailbox.jsonl"
    ConsoleEmailSender(str(mailbox), clock=lambda: 1_795_232_012_123).send(letter)
    [line] = mailbox.read_text().splitlines()
    assert json.loads(line) == {
        "to": "ada@example.com",
        "subject": "Sign in to Gatehouse",
        "text": letter.text,
        "html": letter.html,
        "links": [LINK],
        "code": None,
        "sent_at": "2026-11-21T03:33:32.123Z",
    }


def test_text_message_is_printed_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mailbox = tmp_path / "mailbox.jsonl"
    sender = ConsoleSmsSender(str(mailbox), clock=lambda: 0)
    sender.send(TextMessage("+4915112345678", "Your code is 123456.", links=(LINK,), code="123456"))
    assert "Your code is 123456." in capsys.readouterr().out
    assert json.loads(mailbox.read_text()) == {
        "to": "+4915112345678",
        "subject": "",
        "text": "Your code is 123456.",
        "html": "",
        "links": [LINK],
        "code": "123456",
        "sent_at": "1970-01-01T00:00:00.000Z",
    }


def test_mailbox_is_for_its_owner_only(letter: Letter, tmp_path: Path) -> None:
    mailbox = tmp_path / "mailbox.jsonl"
    before = os.umask(0)
    try:
        ConsoleEmailSender(str(mailbox)).send(letter)
    finally:
        os.umask(before)
    assert mailbox.stat().st_mode & 0o777 == 0o600


def test_mailbox_that_cannot_be_written_fails_the_letter(letter: Letter, tmp_path: Path) -> None:
    with pytest.raises(LetterNotSent):
        ConsoleEmailSender(str(tmp_path)).send(letter)


def test_full_disk_fails_the_letter(letter: Letter) -> None:
    full = Path("/dev/full")
    if not full.exists():  # Linux has it
        full = Path("/dev/null/mailbox")
    with pytest.raises(LetterNotSent):
        ConsoleEmailSender(str(full)).send(letter)


def test_concurrent_writers_leave_every_line_whole(tmp_path: Path) -> None:
    mailbox = tmp_path / "mailbox.jsonl"
    gate, key = os.pipe()
    with ExitStack() as running:
        writers = [running.enter_context(_writer(mailbox, number, gate)) for number in range(_WRITERS)]
        os.close(gate)
        for writer in writers:
            assert writer.stderr is not None
            assert writer.stderr.readline() == b"ready\n"
        os.close(key)  # they all wait for this
    assert [writer.returncode for writer in writers] == [0] * _WRITERS
    addresses = [json.loads(line)["to"] for line in mailbox.read_text().splitlines()]
    sent = [address(writer, number) for writer in range(_WRITERS) for number in range(LETTERS)]
    assert sorted(addresses) == sorted(sent)


def _writer(mailbox: Path, number: int, gate: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.delivery.mailbox_writer", str(mailbox), str(number)],
        env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdin=gate,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
