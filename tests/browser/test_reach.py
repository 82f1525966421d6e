"""The pages reach everybody: by keyboard alone, on a phone, in the dark, without motion, with enough contrast."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.product import Product
from tests.browser.visitor import PHONE, Visitor

ADA = "ada@example.com"
STYLE = Path(__file__).parents[2] / "web" / "assets" / "style.css"
MAX_STOPS = 60
PAIRS = [
    *(("ink", surface) for surface in ("paper", "surface", "tint", "bad-tint")),
    *(("muted", surface) for surface in ("paper", "surface")),
    *(("accent", surface) for surface in ("paper", "surface", "tint")),
    *(("bad", surface) for surface in ("paper", "surface")),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-bad", "bad"),
    ("on-bad", "bad-strong"),
]


@pytest.fixture(scope="module")
def admin_token(product: Product) -> str:
    """Fill the directory and return the administrator's session token."""
    token = product.token_of(ADA)
    for number in range(30):
        product.add(token, f"person{number:02}@a-company-with-a-long-name.example.com", f"Person {number:02}")
    product.add(token, f"{'w' * 60}@example.com", f"{'W' * 120} {'i' * 100}")
    return token


def tab_to(visitor: Visitor, name: str, *, key: str = "Tab") -> None:
    """Press Tab until the control of this name has the focus; each stop on the way must be visible."""
    for _ in range(MAX_STOPS):
        visitor.page.keyboard.press(key)
        stop = visitor.page.evaluate(
            """() => {
              const at = document.activeElement;
              const style = getComputedStyle(at);
              const box = at.getBoundingClientRect();
              return {
                name: at.getAttribute("aria-label") ?? at.labels?.[0]?.innerText ?? at.innerText,
                isOutlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
                isInView: box.bottom > 0 && box.top < innerHeight && box.width > 0,
                isBody: at === document.body,
              };
            }"""
        )
        if stop["isBody"]:
            continue
        assert stop["isOutlined"], f"the focus on {stop['name']!r} cannot be seen"
        assert stop["isInView"], f"{stop['name']!r} has the focus out of view"
        if stop["name"].strip() == name:
            return
    raise AssertionError(f"Tab never comes to {name!r}")


def test_everything_works_by_keyboard_alone(visit: Visit, product: Product, admin_token: str) -> None:
    visitor = visit()
    keyboard = visitor.page.keyboard
    visitor.open("/")
    tab_to(visitor, "E-mail address")
    keyboard.type(ADA)
    keyboard.press("Enter")
    visitor.is_at("/check-your-mail")
    expect(visitor.page.get_by_role("heading")).to_be_focused()
    visitor.follow(product.link_for(ADA))
    tab_to(visitor, "Open the directory")
    keyboard.press("Enter")
    visitor.settle()

    tab_to(visitor, "Skip to the content")
    keyboard.press("Enter")
    tab_to(visitor, "Invite a person")
    keyboard.press("Enter")
    expect(visitor.dialog.get_by_label("E-mail address")).to_be_focused()
    keyboard.press("Escape")
    expect(visitor.dialog).to_have_count(0)
    expect(visitor.page.get_by_role("button", name="Invite a person")).to_be_focused()
    keyboard.press("Enter")
    keyboard.type("keys@example.com")
    tab_to(visitor, "Name (optional)")
    keyboard.type("Keys")
    keyboard.press("Enter")
    visitor.hears("The invitation to keys@example.com is on its way.")
    expect(visitor.page.get_by_role("button", name="Invite a person")).to_be_focused()

    tab_to(visitor, "Search")
    keyboard.type("keys")
    visitor.hears("1 person")
    tab_to(visitor, "Rename Keys")
    keyboard.press("Enter")
    expect(visitor.dialog.get_by_label("Name")).to_be_focused()
    keyboard.type("Alicia Keys")
    keyboard.press("Enter")
    visitor.hears("keys@example.com is now called Alicia Keys.")
    expect(visitor.page.get_by_role("button", name="Rename Alicia Keys")).to_be_focused()
    tab_to(visitor, "Remove Alicia Keys")
    keyboard.press("Enter")
    expect(visitor.dialog.get_by_role("button", name="Cancel")).to_be_focused()
    keyboard.press("Enter")
    expect(visitor.page.get_by_role("button", name="Remove Alicia Keys")).to_be_focused()
    keyboard.press("Enter")
    tab_to(visitor, "Remove")
    keyboard.press("Enter")
    visitor.hears("Alicia Keys has been removed.")
    expect(visitor.page.get_by_role("heading", name="Directory")).to_be_focused()

    tab_to(visitor, "Search")
    keyboard.press("ControlOrMeta+a")
    keyboard.press("Delete")
    visitor.hears("Page 1, 25 people")
    tab_to(visitor, "Next")
    keyboard.press("Enter")
    visitor.hears(re.compile("Page 2, "))
    expect(visitor.page.get_by_role("button", name="Next")).to_be_focused()
    tab_to(visitor, "Sign out", key="Shift+Tab")
    keyboard.press("Enter")
    visitor.is_at("/")


def test_a_dialog_keeps_the_focus(visit: Visit, admin_token: str) -> None:
    visitor = visit()
    visitor.enter(admin_token)
    visitor.page.get_by_role("button", name="Invite a person").click()
    for _ in range(12):
        visitor.page.keyboard.press("Tab")
        assert visitor.page.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        )


@pytest.mark.parametrize("path", ["/", "/check-your-mail", "/docs", "/authenticate_magic_link?token=x"])
@pytest.mark.parametrize("width", [320, 375])
def test_nothing_scrolls_sideways_on_a_phone(visit: Visit, path: str, width: int) -> None:
    visitor = visit(viewport={"width": width, "height": 700}, is_mobile=True, has_touch=True)
    visitor.expected.add(400)
    visitor.open(path)
    if path == "/docs":
        expect(visitor.page.get_by_role("article").first).to_be_visible()
    assert visitor.overflow() <= 0


def test_the_directory_becomes_cards_on_a_phone(visit: Visit, admin_token: str) -> None:
    visitor = visit(viewport=PHONE, is_mobile=True, has_touch=True)
    visitor.enter(admin_token)
    assert visitor.overflow() <= 0
    visitor.picture("directory-phone")
    cell = visitor.page.get_by_role("row").nth(2).get_by_role("cell").nth(1)
    assert visitor.page.locator("#rows tr").first.evaluate("row => getComputedStyle(row).display") == "grid"
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"E-mail"'
    for button in visitor.page.get_by_role("button").all()[:6]:
        box = button.bounding_box()
        assert box
        assert box["height"] >= 36
    visitor.page.get_by_role("button", name="Rename Person 29").tap()
    assert visitor.overflow() <= 0
    visitor.dialog.get_by_role("button", name="Cancel").tap()
    visitor.open("/profile")
    expect(visitor.page.get_by_role("button", name="Sign out everywhere")).to_be_visible()
    assert visitor.overflow() <= 0


@pytest.mark.parametrize("width", [768, 1024, 1089, 1280])
def test_the_directory_fits_every_window(visit: Visit, admin_token: str, width: int) -> None:
    visitor = visit(viewport={"width": width, "height": 900})
    visitor.enter(admin_token)
    visitor.picture(f"directory-{width}")
    assert visitor.overflow() <= 0
    sheet = visitor.page.locator(".sheet").evaluate("sheet => sheet.scrollWidth - sheet.clientWidth")
    assert sheet <= 0


def test_the_table_stays_a_table_for_screen_readers(visit: Visit, admin_token: str) -> None:
    for viewport in (PHONE, {"width": 1280, "height": 800}):
        visitor = visit(viewport=viewport)
        visitor.enter(admin_token)
        table = visitor.page.get_by_role("table", name="Directory")
        expect(table.get_by_role("row")).to_have_count(26)
        expect(table.get_by_role("columnheader")).to_have_count(7)
        expect(table.get_by_role("row").nth(1).get_by_role("cell")).to_have_count(7)


def test_the_pages_are_dark_in_the_dark(visit: Visit, admin_token: str) -> None:
    visitor = visit(color_scheme="dark")
    visitor.enter(admin_token)
    visitor.picture("directory-dark")
    paper = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", paper)) < 64


def test_nothing_moves_for_those_who_asked_for_that(visit: Visit) -> None:
    visitor = visit(reduced_motion="reduce")
    visitor.open("/")
    visitor.page.evaluate("document.getElementById('send').setAttribute('aria-busy', 'true')")
    moving = "getComputedStyle(document.getElementById('send'), '::before').animationName"
    assert visitor.page.evaluate(moving) == "none"


def palettes() -> list[dict[str, str]]:
    """Return the colours of the light and the dark page by name."""
    light, dark = re.findall(r":root \{(.*?)\}", STYLE.read_text(), re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", text)) for text in (light, dark)]


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour such as `0b6b4b` (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark"])
def test_text_has_contrast(palette: dict[str, str]) -> None:
    weak = {pair: contrast(palette[pair[0]], palette[pair[1]]) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
    assert contrast(palette["edge"], palette["surface"]) >= 3
