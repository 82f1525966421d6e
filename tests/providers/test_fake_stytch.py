"""The fake is as strict as the tests need it: what a careless client would send is refused and noted."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.houses import ADA
from tests.providers.fake_stytch import PROJECT_ID, SECRET, FakeStytch

AGENT = {"User-Agent": "Stytch Python v15"}
LOGIN = {
    "email": ADA,
    "login_magic_link_url": "https://app.example.com/link",
    "signup_magic_link_url": "https://app.example.com/link",
    "login_expiration_minutes": 15,
    "signup_expiration_minutes": 15,
}


@pytest.fixture
def fake() -> Iterator[FakeStytch]:
    """Return a fake that may complain."""
    fake = FakeStytch()
    yield fake
    fake.close()


def post(fake: FakeStytch, path: str, secret: str = SECRET, **options: Any) -> tuple[int, str]:
    """Post, and return status and `error_type`."""
    options.setdefault("headers", AGENT)
    answer = requests.post(f"{fake.url}/v1/{path}", auth=(PROJECT_ID, secret), timeout=5, **options)
    return answer.status_code, answer.json().get("error_type", "")


@pytest.mark.parametrize(
    ("path", "body", "error_type"),
    [
        ("magic_links/email/login_or_create", {**LOGIN, "locale": "en"}, "invalid_members"),
        ("magic_links/email/login_or_create", {"email": ADA}, "invalid_members"),
        ("magic_links/email/login_or_create", {**LOGIN, "login_expiration_minutes": "15"}, "invalid_types"),
        ("magic_links/authenticate", {"token": "", "session_duration_minutes": 60}, "invalid_types"),
        ("magic_links/authenticate", {"token": "x", "session_duration_minutes": True}, "invalid_types"),
        ("sessions/authenticate", {}, "invalid_members"),
        ("sessions/authenticate", {"session_token": "a", "session_jwt": "b"}, "invalid_members"),
        ("sessions/revoke", ["session_id"], "invalid_members"),
        ("sessions/unknown", {}, "route_not_found"),
    ],
)
def test_careless_body_is_complained_about(fake: FakeStytch, path: str, body: Any, error_type: str) -> None:
    assert post(fake, path, json=body)[1] == error_type
    assert fake.complaints == [f"POST /v1/{path}: {error_type}"]


def test_careless_header_is_complained_about(fake: FakeStytch) -> None:
    text = json.dumps({"session_token": "x"})
    kinds = {**AGENT, "Content-Type": "text/plain"}

    assert post(fake, "sessions/authenticate", data=text, headers=kinds)[1] == "invalid_content_type"
    assert post(fake, "sessions/authenticate", json={}, headers={})[1] == "bad_user_agent"


def test_wrong_secret_is_refused(fake: FakeStytch) -> None:
    refused = post(fake, "sessions/authenticate", "wrong", json={"session_token": "x"})

    assert refused == (401, "unauthorized_credentials")


def test_limits_of_stytch_hold(fake: FakeStytch) -> None:
    path = "magic_links/email/login_or_create"

    assert post(fake, path, json={**LOGIN, "login_expiration_minutes": 4}) == (
        400,
        "invalid_login_expiration",
    )
    plain = {**LOGIN, "signup_magic_link_url": "http://app.example.com/link"}
    assert post(fake, path, json=plain) == (400, "invalid_magic_link_url")
    assert post(fake, path, json={**LOGIN, "email": "ada"}) == (400, "invalid_email")


def test_program_prints_settings_and_writes_letters(tmp_path: Path) -> None:
    mailbox = tmp_path / "mailbox.jsonl"
    program = [sys.executable, "-m", "tests.providers.fake_stytch", "--mailbox", str(mailbox)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline().strip() for _ in range(4)]
        exports = dict(line.removeprefix("export ").split("=", 1) for line in lines)
        try:
            answer = requests.post(
                f"{exports['STYTCH_PROJECT_ENV']}/v1/magic_links/email/login_or_create",
                auth=(exports["STYTCH_PROJECT_ID"], exports["STYTCH_SECRET"]),
                json=LOGIN,
                headers=AGENT,
                timeout=5,
            )
        finally:
            process.terminate()

    letter = json.loads(mailbox.read_text())
    assert (answer.status_code, answer.json()["user_created"]) == (200, True)
    assert (letter["to"], letter["code"]) == (ADA, None)
    assert letter["links"][0].startswith("https://app.example.com/link?stytch_token_type=magic_links&token=")
    assert set(letter) == {"to", "subject", "text", "html", "links", "code", "sent_at"}
