"""`python -m tests.browser.screenshots [folder]`: makes the pictures of the README, by default in docs/images."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from infra.setup.programs import CHROMIUM
from tests.browser.product import Product, running
from tests.browser.visitor import DESKTOP, Visitor, launched

ROOT = Path(__file__).parents[2]
ADMIN = "ada@example.com"
MEMBERS = {
    "margaret@example.com": "Margaret Hamilton",
    "alan@example.com": "Alan Turing",
    "katherine@example.com": "Katherine Johnson",
    "barbara@example.com": "Barbara Liskov",
    "grace@example.com": "Grace Hopper",
}
ACTIVE = ("alan@example.com", "katherine@example.com", "grace@example.com")


def main(folder: Path) -> None:
    """Fill a directory with people and take the pictures."""
    program = CHROMIUM.find()
    if program is None:
        raise SystemExit(CHROMIUM.advice)
    folder.mkdir(parents=True, exist_ok=True)
    with running() as product, sync_playwright() as playwright, launched(playwright, program) as browser:
        context = browser.new_context(viewport=DESKTOP)
        visitor = Visitor(context.new_page(), product, folder)
        visitor.open("/")
        visitor.page.get_by_label("E-mail address").focus()
        visitor.picture("sign-in")
        visitor.sign_in(ADMIN)
        _fill(product, visitor.session_token())
        visitor.open_directory()
        visitor.rename(ADMIN, "Ada Lovelace")
        visitor.hears(f"{ADMIN} is now called Ada Lovelace.")
        visitor.open_directory()
        visitor.picture("directory")


def _fill(product: Product, session_token: str) -> None:
    for email, name in MEMBERS.items():
        product.add(session_token, email, name)
    for email in ACTIVE:
        product.token_of(email)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images")
