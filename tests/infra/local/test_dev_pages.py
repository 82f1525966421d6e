"""infra.local.dev_pages and mailbox: what only the local gateway serves."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.local.gateway import LocalGateway
from infra.local.mailbox import Mailbox, mailbox_page
from tests.infra.local.service import write_service

TEMPLATE = """
    service: shop
    provider: {name: aws, timeout: 1}
    functions:
      sweep: {handler: functions/sweep.handler, events: [schedule: {rate: rate(1 hour), input: {how: well}}]}
      fail: {handler: functions/fail.handler, events: [schedule: rate(1 hour)]}
      everything: {handler: functions/sweep.handler, events: [httpApi: '*']}
"""

LETTER = {
    "to": "ada@example.com",
    "subject": "Sign in <now>",
    "text": "Open https://x.example/?a=1&b=2",
    "html": '<p>Hello "Ada"</p><script>alert(1)</script>',
    "links": ["https://x.example/?a=1&b=2", "javascript:alert(1)"],
    "code": "123456",
    "sent_at": "2026-11-21T03:33:32.123Z",
}


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mailbox.jsonl")


@pytest.fixture
def client(tmp_path: Path, mailbox: Mailbox) -> Iterator[httpx.Client]:
    template = write_service(
        tmp_path,
        TEMPLATE,
        sweep="def handler(event, context):\n    return {'got': event, 'left': context.get_remaining_time_in_millis()}",
        fail="def handler(event, context):\n    raise ValueError('out of order')",
    )
    environment = {"MAILBOX_FILE": str(mailbox.file), "API_URL": "https://dev.example.com"}
    with (
        LocalGateway(template, environment=environment) as gateway,
        httpx.Client(base_url=gateway.url) as client,
    ):
        yield client


def deliver(mailbox: Mailbox, **changed: object) -> None:
    with mailbox.file.open("a") as file:
        file.write(json.dumps({**LETTER, **changed}) + "\n")


def test_letters_are_listed_newest_first(client: httpx.Client, mailbox: Mailbox) -> None:
    assert client.get("/_dev/mailbox.json").json() == []
    deliver(mailbox, subject="first")
    deliver(mailbox, subject="second")
    letters = client.get("/_dev/mailbox.json").json()
    assert [letter["subject"] for letter in letters] == ["second", "first"]
    assert letters[0] == {**LETTER, "subject": "second"}


def test_a_line_that_is_still_being_written_is_left_out(mailbox: Mailbox) -> None:
    deliver(mailbox)
    with mailbox.file.open("a") as file:
        file.write('{"to": "bob@exa')
    assert [letter["to"] for letter in mailbox.letters()] == ["ada@example.com"]


def test_the_page_shows_letters_and_runs_nothing_of_them(client: httpx.Client, mailbox: Mailbox) -> None:
    deliver(mailbox)
    response = client.get("/_dev/mailbox")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = response.text
    assert "<h2>Sign in &lt;now&gt;</h2>" in page
    assert '<a href="https://x.example/?a=1&amp;b=2">' in page
    assert '<code class="code">123456</code>' in page
    assert (
        'srcdoc="&lt;base target=&quot;_blank&quot;&gt;&lt;p&gt;Hello &quot;Ada&quot;&lt;/p&gt;&lt;script'
        in page
    )
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "javascript:" not in page
    assert page.count("<script>") == 1


def test_an_empty_mailbox_says_so() -> None:
    assert "No letters yet" in mailbox_page([])


def test_the_mailbox_can_be_emptied(client: httpx.Client, mailbox: Mailbox) -> None:
    deliver(mailbox)
    assert client.delete("/_dev/mailbox").status_code == 204
    assert client.get("/_dev/mailbox.json").json() == []
    assert client.delete("/_dev/mailbox").status_code == 204


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/_dev/"),
        ("GET", "/_dev/run/sweep"),
        ("POST", "/_dev/mailbox"),
        ("POST", "/_dev/run/"),
        ("GET", "/_dev/x"),
    ],
)
def test_there_is_nothing_else(client: httpx.Client, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 404


def test_scheduled_functions_can_be_run(client: httpx.Client) -> None:
    result = client.post("/_dev/run/sweep").json()
    assert result["got"] == {"how": "well"}
    assert 900 < result["left"] <= 1000


def test_a_scheduled_function_that_fails_says_why(client: httpx.Client) -> None:
    response = client.post("/_dev/run/fail")
    assert response.status_code == 500
    assert response.json()["errorMessage"] == "out of order"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "localhost:3000"}, 200),
        ({"Host": "dev.example.com"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "[::1"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_other_sites_are_kept_out(client: httpx.Client, headers: dict[str, str], status: int) -> None:
    assert client.get("/_dev/mailbox.json", headers=headers).status_code == status
