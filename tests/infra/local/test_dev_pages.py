"""infra.local.dev_pages and mailbox: what only the local gateway serves."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from infra.local.dev_pages import DevPages
from infra.local.gateway import LocalGateway
from infra.local.in_process import InProcessInstance
from infra.local.instances import Instances
from infra.local.mailbox import Mailbox, mailbox_page
from infra.local.messages import Request
from infra.local.schedule import Scheduler
from infra.local.service import Service
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
        ({"Host": "[::1]:3000"}, 200),
        ({"Host": "dev.example.com"}, 403),
        ({"Host": ""}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "[::1"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://dev.example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
    ],
)
def test_other_sites_are_kept_out(client: httpx.Client, headers: dict[str, str], status: int) -> None:
    assert client.get("/_dev/mailbox.json", headers=headers).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.7"},
        {"x-forwarded-for": ""},
        {"Forwarded": "for=203.0.113.7;proto=https"},
        {"Via": "1.1 tunnel"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/_dev/mailbox"),
        ("GET", "/_dev/mailbox.json"),
        ("DELETE", "/_dev/mailbox"),
        ("POST", "/_dev/run/sweep"),
    ],
)
def test_what_comes_through_a_tunnel_is_kept_out(
    client: httpx.Client, mailbox: Mailbox, method: str, path: str, headers: dict[str, str]
) -> None:
    deliver(mailbox)
    response = client.request(method, path, headers={"Host": "localhost:3000", **headers})
    assert response.status_code == 403
    assert "not through a proxy or tunnel" in response.json()["message"]
    assert len(mailbox.letters()) == 1


@pytest.mark.parametrize(
    ("source_ip", "status"),
    [
        ("127.0.0.1", 200),
        ("127.8.8.8", 200),
        ("::1", 200),
        ("::ffff:127.0.0.1", 200),
        ("192.168.1.7", 403),
        ("203.0.113.7", 403),
        ("::ffff:192.168.1.7", 403),
        ("fe80::1%eth0", 403),
    ],
)
def test_other_machines_are_kept_out(tmp_path: Path, mailbox: Mailbox, source_ip: str, status: int) -> None:
    service = Service("shop", tmp_path, "us-east-1", {})
    instances = Instances([], partial(InProcessInstance, root=tmp_path), per_function=1)
    pages = DevPages(mailbox, Scheduler(service, instances))
    request = Request("GET", "/_dev/mailbox.json", [("Host", "localhost:3000")], source_ip=source_ip)
    assert pages.handle(request).status == status
