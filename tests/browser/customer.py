"""A person on a website of another origin, whose pages are SuperTokens' frontends and whose API is Gatehouse."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.product import LETTER_S, Product, running
from tests.browser.visitor import Visitor
from tests.browser.website import Website, open_website

WINDOW = {"width": 800, "height": 800}
PATIENCE_MS = 20_000
DECORATION = ("https://cdnjs.cloudflare.com", "https://fonts.googleapis.com")
"""Where the prebuilt pages take pictures of flags from, and an OpenID provider letters, which tests do without."""


@dataclass(frozen=True)
class Shop:
    """A website and its Gatehouse."""

    website: Website
    product: Product


@contextmanager
def open_shop(page: str, **settings: str) -> Iterator[Shop]:
    """Run a website with one of the pages of `frontends`, and a Gatehouse that serves it."""
    with open_website(page) as website:
        origins = f"{website.url},{website.cross_site_url}"
        with running(**{"WEBSITE_URL": website.url, "ALLOWED_ORIGINS": origins, **settings}) as product:
            website.api_url = product.url
            yield Shop(website, product)


class Customer(Visitor):
    """A person with a browser on the website."""

    def __init__(self, browser: Browser, shop: Shop, pictures: Path, **options: Any) -> None:
        context = browser.new_context(**{"viewport": WINDOW, **options})
        context.set_default_timeout(PATIENCE_MS)
        super().__init__(context.new_page(), shop.product, pictures)
        self.shop = shop
        self.websites |= {shop.website.url, shop.website.cross_site_url, *DECORATION}
        for origin in DECORATION:
            context.route(f"{origin}/**", _send_nothing)

    def visit(self, path: str = "/") -> None:
        """Go to a path of the website."""
        self.page.goto(self.shop.website.url + path)

    def other_tab(self) -> Self:
        """Return the same person in another tab of the same browser, on the same page."""
        tab = object.__new__(type(self))
        Visitor.__init__(tab, self.page.context.new_page(), self.product, self._pictures)
        tab.shop, tab.websites, tab.complaints = self.shop, self.websites, self.complaints
        tab.page.goto(self.page.url)
        return tab

    def fill(self, name: str, text: str) -> None:
        """Type into a field, and press Enter."""
        field = self.page.locator(f"input[name={name}]")
        field.fill(text)
        field.press("Enter")

    def press(self, name: str) -> None:
        """Press a button or a link."""
        self.page.get_by_text(name, exact=True).click()

    def reads(self, text: str | re.Pattern[str]) -> None:
        """Expect a text on the page."""
        expect(self.page.get_by_text(text)).to_be_visible(timeout=PATIENCE_MS)

    def letter(self, address: str, *, after: int = 0) -> dict[str, Any]:
        """Return the newest letter or text message to an address, once there are more than `after`."""
        deadline = time.monotonic() + LETTER_S
        while len(letters := self.product.letters_to(address)) <= after:
            assert time.monotonic() < deadline, f"no letter to {address} came"
            time.sleep(0.05)
        return letters[-1]

    @property
    def refreshes(self) -> "Refreshes":
        """Count from now on how often this tab refreshes its session."""
        return Refreshes(self.page)


class Refreshes:
    """The statuses of a tab's answers to refreshing."""

    def __init__(self, page: Page) -> None:
        self.statuses: list[int] = []
        page.on(
            "response",
            lambda answer: (
                self.statuses.append(answer.status)
                if answer.request.method == "POST" and answer.url.endswith("/auth/session/refresh")
                else None
            ),
        )


def _send_nothing(route: Route) -> None:
    route.fulfill(status=200, body="")
