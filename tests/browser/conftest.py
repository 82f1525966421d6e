"""Gives tests a running Gatehouse and people with browsers. Each module has its own database."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.product import Product, running
from tests.browser.visitor import DESKTOP, Visitor, launched

PICTURES = "GATEHOUSE_SCREENSHOTS"
Start = Callable[..., Product]
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """Run Gatehouse with its default settings."""
    with running() as product:
        yield product


@pytest.fixture
def start() -> Iterator[Start]:
    """Run another Gatehouse with other settings, given by their names."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(running(**settings))


# Not for the session: while Playwright is open its event loop runs in this thread, and no other can.
@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright, launched(playwright, chromium) as browser:
        yield browser


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return the folder for screenshots: that of GATEHOUSE_SCREENSHOTS, or a temporary one."""
    folder = Path(os.environ.get(PICTURES) or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def visit(browser: Browser, product: Product, pictures: Path, start: Start) -> Iterator[Visit]:
    """Let a person with a fresh browser profile in; at the end nobody's console may hold a complaint.

    It asks for `start` so that browsers are closed before what that has started.
    """
    visitors: list[Visitor] = []

    def make(of: Product = product, **options: Any) -> Visitor:
        page = browser.new_context(**{"viewport": DESKTOP, "timezone_id": "UTC", **options}).new_page()
        visitors.append(Visitor(page, of, pictures))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.page.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
