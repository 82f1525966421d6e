"""The React app of the README, word for word, signs people in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.customer import Customer, Shop, open_shop


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """Run the app with a Gatehouse that has the settings of the README and no others."""
    with open_shop("readme") as shop:
        yield shop


def test_react_app_of_the_readme_signs_in(browser: Browser, shop: Shop, pictures: Path) -> None:
    ada = Customer(browser, shop, pictures)
    ada.visit()
    ada.fill("email", "ada@example.com")
    ada.reads("ada@example.com")
    ada.picture("readme-sent")
    ada.page.goto(ada.letter("ada@example.com")["links"][0])
    ada.reads("You are in.")
    ada.picture("readme-signed-in")
    ada.page.get_by_role("button", name="Sign out").click()
    ada.reads("Sign Up / Sign In")
    ada.page.context.close()
    assert ada.complaints == []
