"""Sessions as SuperTokens' session SDKs keep them: renewed silently, ended everywhere, and taken from thieves."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.customer import PATIENCE_MS, Customer, Shop, open_shop
from tests.databases import FreshDatabase

pytestmark = pytest.mark.timeout(120)

TABS = 8
GRACE_S = 2
LIFETIME_S = 2
ANTI_CSRF = {"sqlite": "NONE", "mariadb": "VIA_TOKEN"}
SDKS = {"web-js": "byhand", "website": "website"}
SECRETS = {"sAccessToken", "sRefreshToken", "st-access-token", "st-refresh-token"}
OVERTAKEN = "Saving to cookies was not successful"
"""The SDK says so, too, when another tab saves the same cookie before it has looked."""

STOLEN = {"cookie": "sRefreshToken", "header": "st-refresh-token"}


@pytest.fixture(params=ANTI_CSRF, scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    """Run a test once on each of two databases."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def shop(engine: str, fresh_database_url: FreshDatabase) -> Iterator[Shop]:
    """Run the website with access tokens that soon expire, on one of the databases with anti-csrf tokens."""
    with open_shop(
        "byhand",
        DATABASE_URL=fresh_database_url(engine),
        ACCESS_TOKEN_VALIDITY=str(LIFETIME_S),
        ANTI_CSRF=ANTI_CSRF[engine],
        GATEHOUSE_TEST_MODE="on",
        REFRESH_GRACE_SECONDS=str(GRACE_S),
    ) as shop:
        yield shop


class Member(Customer):
    """A person on a page that has a form and nothing else; `travels` is how the session does, cookie or header."""

    def join(self, sdk: str, travels: str, address: str) -> None:
        """Sign up with a password; a session in headers is one of another site than the API's."""
        website = self.shop.website
        origin = website.url if travels == "cookie" else website.cross_site_url
        self.page.goto(f"{origin}/{SDKS[sdk]}.html?travels={travels}")
        self.page.locator("input[name=email]").fill(address)
        self.page.locator("input[name=password]").fill("correct horse 1")
        self.page.get_by_role("button", name="Sign up").click()
        self.is_in()

    def is_in(self) -> None:
        """Expect to be signed in."""
        expect(self.page.locator("#state")).to_contain_text("Signed in as", timeout=PATIENCE_MS)

    def is_out(self) -> None:
        """Expect not to be signed in."""
        expect(self.page.locator("#state")).to_have_text("Signed out", timeout=PATIENCE_MS)

    def let_expire(self, seconds: float = LIFETIME_S) -> None:
        """Let the access token become too old."""
        self.page.wait_for_timeout(1_000 * seconds + 100)

    def asks(self, status: int) -> None:
        """Ask the API what only those who are signed in may know, and expect a status."""
        self.page.get_by_role("button", name="Ask the API").click()
        self.is_told(status)

    def is_told(self, status: int) -> None:
        """Expect a status of what the API has been asked."""
        expect(self.page.locator("output")).to_contain_text(str(status), timeout=PATIENCE_MS)

    def cookies(self) -> dict[str, str]:
        """Return the cookies of the API's and of the website's hosts."""
        return {str(item.get("name")): str(item.get("value")) for item in self.page.context.cookies()}


@pytest.fixture
def let_in(browser: Browser, shop: Shop, pictures: Path) -> Iterator[Callable[..., Member]]:
    """Let people with browser profiles of their own onto the website; no console may hold a complaint."""
    members: list[Member] = []

    def make(**options: Any) -> Member:
        members.append(Member(browser, shop, pictures, **options))
        return members[-1]

    yield make
    for member in members:
        member.page.context.close()
    complaints = [complaint for member in members for complaint in member.complaints]
    assert [complaint for complaint in complaints if OVERTAKEN not in complaint] == []


@pytest.fixture
def ada(let_in: Callable[..., Member]) -> Member:
    """Let one person in."""
    return let_in()


@pytest.mark.parametrize("travels", ["cookie", "header"])
def test_session_is_renewed_silently_and_ends_in_all_tabs(
    let_in: Callable[..., Member], travels: str
) -> None:
    members = {sdk: let_in() for sdk in SDKS}
    for sdk, member in members.items():
        member.join(sdk, travels, f"{sdk}-{travels}@example.com")
        member.asks(200)
        member.picture(f"{sdk}-{travels}")
    refreshes = {sdk: member.refreshes for sdk, member in members.items()}
    members["web-js"].let_expire()
    for sdk, member in members.items():
        member.asks(200)
        assert set(refreshes[sdk].statuses) == {200}

        tab = member.other_tab()
        tab.is_in()
        member.page.get_by_role("button", name="Sign out").click()
        member.is_out()
        tab.asks(401)
        tab.is_out()
        assert not set(member.cookies()) & SECRETS


def test_thief_and_owner_of_a_refresh_token_are_both_signed_out(ada: Member, engine: str) -> None:
    travels = "header" if engine == "mariadb" else "cookie"
    ada.join("web-js", travels, f"robbed-{travels}@example.com")
    stolen = ada.cookies()[STOLEN[travels]]
    ada.let_expire()
    ada.asks(200)
    ada.let_expire(GRACE_S)

    answer = steal(ada.product.url, travels, stolen)
    assert (answer.status_code, answer.json()) == (401, {"message": "token theft detected"})
    ada.asks(401)
    ada.is_out()


def steal(url: str, travels: str, token: str) -> httpx.Response:
    """Refresh with somebody else's token."""
    proof = (
        {"cookie": f"sRefreshToken={token}"} if travels == "cookie" else {"authorization": f"Bearer {token}"}
    )
    return httpx.post(
        f"{url}/auth/session/refresh", headers={**proof, "rid": "anti-csrf", "st-auth-mode": travels}
    )


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_eight_tabs_that_refresh_at_once_keep_one_person_signed_in(ada: Member) -> None:
    ada.join("web-js", "cookie", "tabs@example.com")
    tabs = [ada, *(ada.other_tab() for _ in range(TABS - 1))]
    ada.let_expire()
    ask_at_once(tabs)
    for tab in tabs:
        tab.is_told(200)
        tab.is_in()


@pytest.mark.parametrize("engine", ["mariadb"], indirect=True)
def test_eight_tabs_without_a_common_lock_keep_one_person_signed_in(
    ada: Member, let_in: Callable[..., Member]
) -> None:
    tabs = [let_in() for _ in range(TABS)]
    for tab in tabs:  # before there is a session, because pages refresh one that has expired when they open
        tab.visit("/byhand.html?travels=cookie")
        tab.is_out()
    ada.join("web-js", "cookie", "locks@example.com")
    cookies: Any = ada.page.context.cookies()
    for tab in tabs:
        tab.page.context.add_cookies(cookies)
    refreshes = [tab.refreshes for tab in tabs]
    ada.let_expire()
    ask_at_once(tabs)
    for tab in tabs:
        tab.is_told(200)
        tab.is_in()
    assert all(set(count.statuses) == {200} for count in refreshes)


def ask_at_once(tabs: list[Member]) -> None:
    """Let tabs ask the API at the same moment."""
    moment = float(tabs[0].page.evaluate("Date.now()")) + 50 * len(tabs)
    for tab in tabs:
        tab.page.evaluate("at => void setTimeout(() => ask.click(), at - Date.now())", moment)
