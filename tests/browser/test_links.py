"""What a sign-in link shows: the page that posts itself, its button, and why a link does not work."""

import time

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Start, Visit
from tests.browser.product import Product


def ask(product: Product, address: str) -> str:
    """Have a link sent and return it."""
    httpx.post(f"{product.url}/login", json={"email": address}).raise_for_status()
    return product.link_for(address)


def test_a_link_signs_in_without_javascript_by_its_button(visit: Visit, product: Product) -> None:
    visitor = visit(java_script_enabled=False)
    visitor.page.goto(ask(product, "noscript@example.com"))
    visitor.picture("link-without-javascript")
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.is_at("/profile")
    expect(visitor.page.locator("noscript p")).to_be_visible()
    expect(visitor.page.get_by_text("Loading your profile")).to_be_hidden()
    answer = httpx.get(
        f"{product.url}/session", headers={"Authorization": f"Bearer {visitor.session_token()}"}
    )
    assert answer.json()["user"]["email"] == "noscript@example.com"


def test_a_mail_scanner_does_not_burn_the_link(visit: Visit, product: Product) -> None:
    link = ask(product, "scanned@example.com")
    for _ in range(3):
        answer = httpx.get(link)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    visit().follow(link)


def test_a_used_link_says_so_and_leads_to_a_new_one(visit: Visit, product: Product) -> None:
    link = ask(product, "twice@example.com")
    visit().follow(link)
    late = visit()
    late.expected.add(400)
    late.page.goto(link)
    expect(late.page.get_by_role("heading", name="This link does not work")).to_be_visible()
    late.picture("link-used")
    late.page.get_by_role("link", name="Ask for a new link").click()
    late.is_at("/")


def test_an_expired_link_says_so(visit: Visit, start: Start) -> None:
    hasty = start(PASSWORDLESS_CODE_LIFETIME="1000")
    link = ask(hasty, "late@example.com")
    time.sleep(1.2)
    visitor = visit(hasty)
    visitor.expected.add(400)
    visitor.page.goto(link)
    expect(visitor.page.get_by_text("expired")).to_be_visible()
    expect(visitor.page.get_by_role("link", name="Ask for a new link")).to_be_visible()


@pytest.mark.parametrize(
    "query", ["", "?token=", "?token=nonsense", "?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"]
)
def test_a_broken_link_is_explained(visit: Visit, query: str) -> None:
    visitor = visit()
    visitor.expected.add(400)
    visitor.open(f"/authenticate_magic_link{query}")
    expect(visitor.page.get_by_role("heading", name="This link does not work")).to_be_visible()
    visitor.page.get_by_role("link", name="Ask for a new link").click()
    visitor.is_at("/")


def test_the_back_button_after_signing_in_does_not_show_the_link(visit: Visit, product: Product) -> None:
    visitor = visit()
    visitor.sign_in("back@example.com")
    visitor.page.go_back()
    expect(visitor.page).not_to_have_url(product.link_for("back@example.com"))


def test_a_link_opened_offline_waits_for_the_button(visit: Visit, product: Product) -> None:
    visitor = visit()
    visitor.page.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'onLine', {get: () => window.online})"
    )
    visitor.page.goto(ask(product, "train@example.com"))
    expect(visitor.page.get_by_role("status")).to_contain_text("You are offline")
    visitor.page.evaluate("window.online = true")
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.is_at("/profile")


def test_signing_in_works_for_a_website_on_another_origin(
    visit: Visit, start: Start, product: Product
) -> None:
    api = start(WEBSITE_URL=product.url)
    visitor = visit(api)
    visitor.websites.add(product.url)
    with visitor.page.expect_request(f"{product.url}/profile"):
        visitor.page.goto(ask(api, "elsewhere@example.com"), wait_until="commit")
    assert visitor.page.context.cookies(api.url)
