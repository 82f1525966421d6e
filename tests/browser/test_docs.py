"""The API page shows what openapi.json says."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

OPENAPI = Path(__file__).parents[2] / "web" / "openapi.json"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def page(visit: Visit) -> Page:
    """Open the page."""
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    visitor.open("/docs")
    expect(visitor.page.get_by_role("article").first).to_be_visible()
    visitor.picture("docs")
    return visitor.page


def test_every_operation_is_shown_and_linked(page: Page) -> None:
    paths = json.loads(OPENAPI.read_text())["paths"]
    operations = [
        f"{method.upper()} {path}" for path, item in paths.items() for method in item if method in METHODS
    ]
    shown = [text.replace("\u200b", "") for text in page.locator("article h2").all_inner_texts()]
    assert shown == operations
    links = page.get_by_role("navigation", name="Operations").get_by_role("link")
    expect(links).to_have_count(len(operations))
    for link in links.all():
        expect(page.locator(link.get_attribute("href") or "none")).to_have_count(1)


def test_an_operation_says_who_may_what_to_send_and_what_comes_back(page: Page) -> None:
    invite = page.locator("#post-invite")
    expect(invite).to_contain_text("Who may: administrators")
    expect(invite.locator(".members").first).to_contain_text("email")
    expect(invite.locator("pre").first).to_contain_text('"email": "ada@example.com"')
    invite.get_by_text("200").click()
    expect(invite.locator("details").first).to_contain_text('"message"')
    users = page.locator("#get-users").get_by_text("Parameters").locator("+ dl")
    expect(users).to_contain_text("at most 100")


def test_the_curl_example_can_be_copied(page: Page) -> None:
    page.locator("#post-login .code").last.get_by_role("button", name="Copy").click()
    expect(page.locator("#post-login").get_by_role("button", name="Copied")).to_be_visible()
    origin = page.url.removesuffix("/docs")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f'curl -X POST "{origin}/login" \\\n')
    assert """-d '{"email":"ada@example.com"}'""" in copied


def test_a_link_to_an_operation_leads_there(visit: Visit) -> None:
    visitor = visit()
    visitor.open("/docs#delete-users-user-id")
    expect(visitor.page.locator("#delete-users-user-id")).to_be_in_viewport()


def test_a_description_that_cannot_be_loaded_is_explained(visit: Visit) -> None:
    visitor = visit()
    visitor.expected.add(503)
    visitor.page.route("**/openapi.json", lambda route: route.fulfill(status=503))
    visitor.open("/docs")
    expect(visitor.page.get_by_role("alert")).to_contain_text("could not be loaded")
