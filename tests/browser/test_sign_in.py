"""The sign-in pages when something is wrong: the address, the pace, the mail server, the network."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Start, Visit
from tests.browser.product import Product
from tests.browser.visitor import Visitor

CLOSED_PORT = "smtp://127.0.0.1:1"


def send(visitor: Visitor, address: str) -> None:
    """Type an address on the sign-in page and send it."""
    visitor.page.get_by_label("E-mail address").fill(address)
    visitor.page.get_by_role("button", name="Send me a link").click()


def complains(visitor: Visitor, text: str | re.Pattern[str]) -> None:
    """Expect a message at the address, which then has the focus, and the button to be ready again."""
    field = visitor.page.get_by_label("E-mail address")
    expect(visitor.page.get_by_role("alert")).to_have_text(text)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(visitor.page.get_by_role("button", name="Send me a link")).to_be_enabled()


@pytest.mark.parametrize(
    "address", ["", "  ", "ada", "ada@", "@example.com", "ada@example", "a b@example.com"]
)
def test_an_incomplete_address_is_explained_before_it_is_sent(visit: Visit, address: str) -> None:
    visitor = visit()
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.method))
    visitor.open("/")
    send(visitor, address)
    complains(visitor, re.compile(r"Enter an e-mail address|This is not a complete e-mail address"))
    assert "POST" not in asked
    visitor.page.get_by_label("E-mail address").press_sequentially("x")
    expect(visitor.page.get_by_role("alert")).to_have_text("")


def test_an_address_that_the_server_refuses_is_explained_in_its_words(visit: Visit) -> None:
    visitor = visit()
    visitor.expected.add(422)
    visitor.open("/")
    send(visitor, f"{'x' * 70}@example.com")
    complains(visitor, re.compile(r"\w+"))


def test_too_many_letters_say_when_to_come_back(visit: Visit, start: Start) -> None:
    visitor = visit(start(SEND_LIMIT_PER_ADDRESS="1", SEND_LIMIT_WINDOW_MINUTES="1440"))
    visitor.expected.add(429)
    visitor.ask_for_link("ada@example.com")
    visitor.page.get_by_role("link", name="Use another address").click()
    send(visitor, "ada@example.com")
    complains(visitor, re.compile(r"Too many attempts\. Try again in \d+ (minutes|hours?)\."))
    send(visitor, "bob@example.com")
    visitor.is_at("/check-your-mail")


def test_a_letter_that_cannot_be_sent_is_no_dead_end(visit: Visit, start: Start) -> None:
    visitor = visit(start(EMAIL_SENDER="smtp", SMTP_URL=CLOSED_PORT))
    visitor.expected.add(502)
    visitor.open("/")
    send(visitor, "ada@example.com")
    complains(visitor, re.compile("could not be sent.*again"))
    visitor.is_at("/")


def gateway_says(status: int, route: Route) -> None:
    """Answer as API Gateway does when no function answers."""
    route.fulfill(status=status, json={"message": "Service Unavailable"})


@pytest.mark.parametrize(
    ("behave", "message"),
    [
        (partial(gateway_says, 503), re.compile("not available at the moment")),
        (partial(gateway_says, 500), re.compile("went wrong on our side")),
        (
            lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"),
            re.compile("could not be sent"),
        ),
    ],
)
def test_failures_of_the_gateway_are_explained(
    visit: Visit, behave: Callable[[Route], None], message: re.Pattern[str]
) -> None:
    visitor = visit()
    visitor.expected |= {500, 502, 503}
    visitor.open("/")
    visitor.page.route("**/login", behave)
    send(visitor, "ada@example.com")
    complains(visitor, message)


def test_being_offline_is_explained_and_passes(visit: Visit) -> None:
    visitor = visit()
    visitor.open("/")
    expect(visitor.page.get_by_role("button", name="Send me a link")).to_be_enabled()
    visitor.page.context.set_offline(True)
    send(visitor, "offline@example.com")
    complains(visitor, re.compile("You are offline"))
    visitor.page.context.set_offline(False)
    send(visitor, "offline@example.com")
    visitor.is_at("/check-your-mail")
    assert visitor.complaints
    assert all("ERR_INTERNET_DISCONNECTED" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()


def test_progress_is_shown_and_a_second_press_does_nothing(visit: Visit, product: Product) -> None:
    visitor = visit()
    visitor.open("/")
    held: list[Route] = []
    visitor.page.route("**/login", lambda route: held.append(route))
    send(visitor, "slow@example.com")
    button = visitor.page.get_by_role("button", name="Sending the link…")
    expect(button).to_have_attribute("aria-busy", "true")
    visitor.page.get_by_label("E-mail address").press("Enter")
    visitor.page.keyboard.press("Enter")
    held[0].continue_()
    visitor.is_at("/check-your-mail")
    assert len(held) == 1
    assert len(product.letters_to("slow@example.com")) == 1


def test_another_letter_can_be_asked_for_after_a_pause(visit: Visit, product: Product) -> None:
    visitor = visit()
    visitor.page.clock.install()
    visitor.ask_for_link("patient@example.com")
    button = visitor.page.get_by_role("button", name="Send it again")
    expect(button).to_have_text(re.compile(r"Send it again in 0:\d\d"))
    expect(button).to_be_disabled()
    button.click(force=True)
    assert len(product.letters_to("patient@example.com")) == 1
    visitor.page.reload()
    expect(button).to_be_disabled()
    visitor.page.clock.fast_forward("00:31")
    expect(button).to_be_enabled()
    button.click()
    expect(visitor.page.get_by_role("status")).to_have_text("Sent. Use the newest letter.")
    expect(button).to_be_disabled()
    assert len(product.letters_to("patient@example.com")) == 2


def test_the_limit_also_holds_for_another_letter(visit: Visit, start: Start) -> None:
    visitor = visit(start(SEND_LIMIT_PER_ADDRESS="1", SEND_LIMIT_WINDOW_MINUTES="1440"))
    visitor.expected.add(429)
    visitor.page.clock.install()
    visitor.ask_for_link("ada@example.com")
    visitor.page.clock.fast_forward("00:31")
    visitor.page.get_by_role("button", name="Send it again").click()
    expect(visitor.page.get_by_role("alert")).to_have_text(re.compile(r"Try again in \d+ (minutes|hours?)"))
    expect(visitor.page.get_by_role("button")).to_have_text(re.compile(r"Send it again in \d+:\d\d"))


def test_the_page_notices_a_sign_in_in_another_tab(visit: Visit, product: Product) -> None:
    visitor = visit()
    visitor.ask_for_link("tabs@example.com")
    other = visitor.page.context.new_page()
    other.goto(product.link_for("tabs@example.com"))
    expect(other).to_have_url(f"{product.url}/profile")
    other.close()
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    visitor.is_at("/profile")


def test_check_your_mail_without_an_address_leads_back(visit: Visit) -> None:
    visitor = visit()
    visitor.open("/check-your-mail")
    expect(visitor.page.get_by_text("If you asked for a link, it is in your inbox.")).to_be_visible()
    visitor.page.get_by_role("link", name="Use another address").click()
    visitor.is_at("/")
