"""A person with a browser: signs in, and notices whatever goes wrong on the pages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    Request,
    ViewportSize,
    expect,
)

from tests.browser.product import COOKIE, Product

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 375, "height": 760}
_REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d{3})")


@contextmanager
def launched(playwright: Playwright, program: Path) -> Iterator[Browser]:
    """Start Chromium without a window."""
    browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
    yield browser
    browser.close()


class Visitor:
    """A person on a page of the product.

    `expected` are the HTTP statuses that may turn up in the console: 401 is how a page learns that nobody is
    signed in. `websites` are the origins that pages may load from. Everything else that the console says at
    level warning or error is kept in `complaints`.
    """

    def __init__(self, page: Page, product: Product, pictures: Path) -> None:
        self.page = page
        self.product = product
        self.expected = {401}
        self.websites = {product.url}
        self.complaints: list[str] = []
        self._pictures = pictures
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        page.on("request", self._watch)

    def _listen(self, message: ConsoleMessage) -> None:
        refused = _REFUSED.match(message.text)
        if refused and int(refused[1]) in self.expected:
            return
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type} on {self.page.url}: {message.text}")

    def _watch(self, request: Request) -> None:
        if "/".join(request.url.split("/")[:3]) not in self.websites:
            self.complaints.append(f"{self.page.url} asks for {request.url}")

    def open(self, path: str) -> None:
        """Go to a path of the product."""
        self.page.goto(self.product.url + path)

    def ask_for_link(self, address: str) -> None:
        """Type an address on the sign-in page, send it and arrive at "check your mail"."""
        self.open("/")
        self.page.get_by_label("E-mail address").fill(address)
        self.page.get_by_role("button", name="Send me a link").click()
        self.is_at("/check-your-mail")

    def sign_in(self, address: str) -> None:
        """Ask for a link, open it, and arrive on the profile."""
        self.ask_for_link(address)
        self.follow(self.product.link_for(address))

    def follow(self, link: str) -> None:
        """Open a sign-in link and arrive on the profile."""
        self.page.goto(link)
        self.is_at("/profile")
        expect(self.page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()

    def open_directory(self) -> None:
        """Go to the directory and wait for its people."""
        self.open("/directory")
        self.settle()

    def enter(self, session_token: str) -> None:
        """Open the directory with a session that is there already."""
        self.page.context.add_cookies([{"name": COOKIE, "value": session_token, "url": self.product.url}])
        self.open_directory()

    def settle(self) -> None:
        """Wait until the directory has loaded."""
        expect(self.page.locator("#people")).to_have_attribute("aria-busy", "false")

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.locator("dialog[open]")

    def row(self, email: str) -> Locator:
        """Return the directory's row of a person."""
        return self.page.get_by_role("row").filter(has=self.page.get_by_text(email, exact=True))

    def rename(self, person: str, name: str) -> None:
        """Give a person, known by name or else by e-mail, another name."""
        self.page.get_by_role("button", name=f"Rename {person}").click()
        self.dialog.get_by_label("Name").fill(name)
        self.dialog.get_by_role("button", name="Save the name").click()

    def remove(self, person: str) -> None:
        """Remove a person, known by name or else by e-mail."""
        self.page.get_by_role("button", name=f"Remove {person}").click()
        self.dialog.get_by_role("button", name="Remove").click()

    def hears(self, text: str | re.Pattern[str]) -> None:
        """Expect the directory to announce a text."""
        expect(self.page.locator("#status")).to_have_text(text)

    def is_at(self, path: str) -> None:
        """Expect to be on a page."""
        expect(self.page).to_have_url(self.product.url + path)

    def forget_jwt(self) -> None:
        """Let the five minutes pass in which a session is believed without asking the database."""
        self.page.context.clear_cookies(name=f"{COOKIE}_jwt")

    def session_token(self) -> str:
        """Return the session token of the browser's cookie."""
        cookies = {cookie.get("name"): cookie.get("value") for cookie in self.page.context.cookies()}
        return str(cookies[COOKIE])

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def picture(self, name: str) -> None:
        """Save what the window shows."""
        self.page.screenshot(path=self._pictures / f"{name}.png")
