"""The directory: search, paging, what people may be called, and what the server refuses."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Visit
from tests.browser.product import Product
from tests.browser.visitor import Visitor

ADA = "ada@example.com"
PEOPLE = 60


@pytest.fixture(scope="module")
def admin_token(product: Product) -> str:
    """Fill the directory and return the administrator's session token."""
    token = product.token_of(ADA)
    for number in range(PEOPLE):
        product.add(token, f"person{number:02}@example.com", f"Person {number:02}")
    product.add(token, "zoe@example.com", "<img src=x onerror=alert(1)>")
    return token


@pytest.fixture
def ada(visit: Visit, admin_token: str) -> Visitor:
    """Open the directory as the administrator."""
    visitor = visit()
    visitor.enter(admin_token)
    return visitor


def emails(visitor: Visitor) -> list[str]:
    """Return the e-mail addresses that the table shows."""
    return visitor.page.locator("td.email").all_inner_texts()


def search(visitor: Visitor, text: str) -> None:
    """Type into the search field."""
    visitor.page.get_by_role("searchbox").fill(text)


def find(visitor: Visitor, text: str) -> None:
    """Search for something that only one person matches."""
    search(visitor, text)
    visitor.hears("1 person")


def test_pages_lead_to_the_end_and_back(ada: Visitor) -> None:
    previous, following = (ada.page.get_by_role("button", name=name) for name in ("Previous", "Next"))
    ada.hears("Page 1, 25 people")
    expect(previous).to_be_disabled()
    first = emails(ada)
    following.click()
    ada.hears("Page 2, 25 people")
    second = emails(ada)
    following.click()
    ada.hears("Page 3, 12 people")
    expect(following).to_be_disabled()
    everybody = first + second + emails(ada)
    assert len(set(everybody)) == len(everybody) == PEOPLE + 2
    assert everybody[-1] == ADA
    previous.click()
    ada.hears("Page 2, 25 people")
    assert emails(ada) == second
    previous.click()
    ada.hears("Page 1, 25 people")
    assert emails(ada) == first


def test_pressing_next_twice_does_not_skip_a_page(ada: Visitor) -> None:
    held: list[Route] = []
    ada.page.route("**/users?*cursor=*", lambda route: held.append(route))
    ada.page.get_by_role("button", name="Next").dblclick()
    expect(ada.page.locator("#people")).to_have_attribute("aria-busy", "true")
    held[0].continue_()
    ada.hears("Page 2, 25 people")
    assert len(held) == 1


@pytest.mark.parametrize("text", ["person1", "PERSON1", "Person 1", "  person1 "])
def test_search_finds_the_beginning_of_an_address_or_a_name(ada: Visitor, text: str) -> None:
    search(ada, text)
    ada.hears("10 people")
    assert all(email.startswith("person1") for email in emails(ada))
    expect(ada.page.get_by_role("button", name="Next")).to_be_hidden()


def test_search_goes_through_its_own_pages(ada: Visitor) -> None:
    search(ada, "person")
    expect(ada.row("zoe@example.com")).to_have_count(0)
    ada.page.get_by_role("button", name="Next").click()
    ada.hears("Page 2, 25 people")
    ada.page.get_by_role("button", name="Next").click()
    ada.hears("Page 3, 10 people")
    search(ada, "person0")
    ada.hears("10 people")


def test_an_empty_result_says_what_was_searched(ada: Visitor) -> None:
    search(ada, "nobody%_")
    expect(ada.page.get_by_text("Nobody's name or e-mail begins with “nobody%_”.")).to_be_visible()
    ada.hears("0 people")
    search(ada, "")
    ada.hears("Page 1, 25 people")


def test_typing_asks_once_and_a_slow_answer_does_not_overtake(ada: Visitor) -> None:
    held: list[Route] = []
    ada.page.route("**/users?*search=p", lambda route: held.append(route))
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url))
    field = ada.page.get_by_role("searchbox")
    field.press_sequentially("p")
    ada.page.wait_for_timeout(400)
    field.evaluate(
        """field => {
          for (const letter of "erson59") {
            field.value += letter;
            field.dispatchEvent(new Event("input", { bubbles: true }));
          }
        }"""
    )
    ada.hears("1 person")
    held[0].fulfill(json=[])
    ada.page.wait_for_timeout(100)
    assert emails(ada) == ["person59@example.com"]
    assert len([url for url in asked if "/users?" in url]) == 2


def test_names_are_text_never_markup(ada: Visitor) -> None:
    find(ada, "zoe")
    expect(ada.row("zoe@example.com")).to_contain_text("<img src=x onerror=alert(1)>")
    assert ada.page.locator("#rows img").count() == 0
    ada.page.get_by_role("button", name="Remove").click()
    expect(ada.dialog.get_by_role("heading")).to_have_text("Remove <img src=x onerror=alert(1)>?")
    ada.dialog.get_by_role("button", name="Cancel").click()


def test_nobody_can_remove_themselves(ada: Visitor) -> None:
    find(ada, ADA)
    expect(ada.row(ADA).get_by_role("button")).to_have_text(["Rename"])


def test_removing_the_only_person_of_the_last_page_goes_back_a_page(
    ada: Visitor, product: Product, admin_token: str
) -> None:
    for number in range(26):
        product.add(admin_token, f"last{number:02}@example.org")
    search(ada, "last")
    expect(ada.row("last25@example.org")).to_be_visible()
    ada.page.get_by_role("button", name="Next").click()
    ada.hears("Page 2, 1 person")
    ada.remove("last00@example.org")
    ada.hears("last00@example.org has been removed.")
    assert len(emails(ada)) == 25


def test_an_invitation_to_a_wrong_address_is_explained_at_the_field(ada: Visitor) -> None:
    ada.page.get_by_role("button", name="Invite a person").click()
    field = ada.dialog.get_by_label("E-mail address")
    field.fill("nobody@")
    ada.dialog.get_by_role("button", name="Send the invitation").click()
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(ada.dialog.get_by_text("not a complete e-mail address")).to_be_visible()
    field.press("Escape")
    ada.page.get_by_role("button", name="Invite a person").click()
    expect(ada.dialog.get_by_label("E-mail address")).to_have_value("")
    expect(ada.dialog.get_by_text("not a complete e-mail address")).to_be_hidden()


def test_a_name_that_the_server_refuses_is_explained_at_the_field(ada: Visitor) -> None:
    ada.expected.add(422)
    find(ada, "person59")
    ada.page.get_by_role("button", name="Rename Person 59").click()
    field = ada.dialog.get_by_label("Name")
    field.fill("bell\x07")
    ada.dialog.get_by_role("button", name="Save the name").click()
    expect(ada.dialog.locator("#rename-name-error")).to_have_text(re.compile("control characters"))
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()


@pytest.mark.parametrize(
    ("status", "detail", "shown"),
    [
        (403, "Only administrators may do this.", "Only administrators may do this."),
        (404, "There is no user with this id.", "There is no user with this id."),
        (409, "You cannot remove your own account.", "You cannot remove your own account."),
        (429, "", "Too many attempts. Try again in 2 minutes."),
        (503, "", "The service is not available at the moment. Try again in a minute."),
    ],
)
def test_a_refusal_is_shown_in_the_dialog_that_asked(
    ada: Visitor, status: int, detail: str, shown: str
) -> None:
    ada.expected.add(status)
    ada.page.route(
        "**/users/*",
        lambda route: route.fulfill(
            status=status,
            headers={"Retry-After": "61"},
            content_type="application/problem+json",
            json={"status": status, "detail": detail},
        ),
    )
    find(ada, "person59")
    ada.remove("Person 59")
    expect(ada.dialog.get_by_role("alert")).to_have_text(shown)
    expect(ada.dialog.get_by_role("button", name="Remove")).to_be_enabled()
    ada.page.keyboard.press("Escape")
    expect(ada.page.get_by_role("button", name="Remove Person 59")).to_be_focused()


def test_a_dialog_waits_for_its_answer_and_asks_once(ada: Visitor) -> None:
    find(ada, "person58")
    held: list[Route] = []
    ada.page.route("**/users/*", lambda route: held.append(route))
    ada.rename("Person 58", "Person 58 again")
    expect(ada.dialog.get_by_role("button", name="Saving…")).to_have_attribute("aria-busy", "true")
    ada.page.keyboard.press("Escape")
    ada.dialog.get_by_label("Name").press("Enter")
    ada.dialog.get_by_role("button", name="Cancel").click()
    expect(ada.dialog).to_be_visible()
    held[0].continue_()
    ada.hears("person58@example.com is now called Person 58 again.")
    expect(ada.dialog).to_have_count(0)
    assert len(held) == 1


def test_somebody_removed_meanwhile_is_explained(
    ada: Visitor, visit: Visit, product: Product, admin_token: str
) -> None:
    product.add(admin_token, "gone@example.com", "Gone")
    ada.expected.add(404)
    ada.open_directory()
    other = visit()
    other.enter(admin_token)
    other.remove("Gone")
    other.hears("Gone has been removed.")
    ada.rename("Gone", "Back")
    expect(ada.dialog.get_by_text("There is no user with this id.")).to_be_visible()


def test_a_list_that_cannot_be_loaded_can_be_tried_again(ada: Visitor) -> None:
    ada.expected.add(503)
    ada.page.route(
        "**/users?*", lambda route: route.fulfill(status=503, json={"message": "Service Unavailable"})
    )
    search(ada, "person59")
    expect(ada.page.get_by_role("alert")).to_contain_text("not available at the moment")
    assert emails(ada) == []
    ada.page.unroute("**/users?*")
    ada.page.get_by_role("button", name="Try again").click()
    ada.hears("1 person")
    expect(ada.page.get_by_role("alert")).to_be_hidden()


def test_a_session_that_ended_leads_to_sign_in(ada: Visitor) -> None:
    find(ada, "person59")
    ada.page.context.clear_cookies()
    ada.page.get_by_role("button", name="Rename Person 59").click()
    ada.dialog.get_by_role("button", name="Save the name").click()
    ada.is_at("/")
    expect(ada.page.get_by_text("Your session has ended.")).to_be_visible()
