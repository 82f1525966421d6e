"""The whole way of an administrator and of the person she invites, from the first link to the last logout."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.product import COOKIE, Product

ADA = "ada@example.com"
GRACE = "grace@example.com"


def test_from_the_first_link_to_logout(visit: Visit, product: Product) -> None:
    ada = visit()
    ada.open("/")
    ada.picture("sign-in")
    ada.ask_for_link(ADA)
    expect(ada.page.get_by_text(ADA)).to_be_visible()
    ada.picture("check-your-mail")
    ada.follow(product.link_for(ADA))
    expect(ada.page.get_by_role("heading", name=ADA)).to_be_visible()
    expect(ada.page.get_by_text("admin", exact=True)).to_be_visible()
    expect(ada.page.locator("#expiry")).to_contain_text("in 7 days")
    ada.picture("profile")

    ada.page.get_by_role("link", name="Open the directory").click()
    ada.settle()
    expect(ada.row(ADA)).to_contain_text("You")
    ada.page.get_by_role("button", name="Invite a person").click()
    ada.dialog.get_by_label("E-mail address").fill(GRACE)
    ada.dialog.get_by_label("Name").fill("Grace Hopper")
    ada.picture("invite")
    ada.dialog.get_by_role("button", name="Send the invitation").click()
    ada.hears(f"The invitation to {GRACE} is on its way.")
    expect(ada.row(GRACE)).to_contain_text("Invited")
    expect(ada.row(GRACE)).to_contain_text("Never")

    grace = visit()
    grace.follow(product.link_for(GRACE))
    expect(grace.page.get_by_role("heading", name="Grace Hopper")).to_be_visible()
    grace.open_directory()
    expect(grace.row(ADA)).to_be_visible()
    assert grace.page.get_by_role("button", name="Invite a person").is_hidden()
    assert grace.page.get_by_role("button", name="Rename").count() == 0
    assert grace.page.get_by_role("button", name="Remove").count() == 0
    assert grace.page.get_by_role("columnheader").count() == 6

    ada.open_directory()
    expect(ada.row(GRACE)).to_contain_text("Active")
    ada.rename("Grace Hopper", "Rear Admiral Hopper")
    ada.hears(f"{GRACE} is now called Rear Admiral Hopper.")
    expect(ada.row(GRACE)).to_contain_text("Rear Admiral Hopper")

    remove = ada.page.get_by_role("button", name="Remove Rear Admiral Hopper")
    remove.click()
    ada.picture("remove")
    ada.dialog.get_by_role("button", name="Cancel").click()
    expect(ada.row(GRACE)).to_be_visible()
    remove.click()
    ada.dialog.get_by_role("button", name="Remove").click()
    ada.hears("Rear Admiral Hopper has been removed.")
    expect(ada.row(GRACE)).to_have_count(0)

    grace.forget_jwt()
    grace.open("/profile")
    grace.is_at("/")
    expect(grace.page.get_by_text("Your session has ended.")).to_be_visible()

    ada.page.get_by_role("button", name="Sign out").click()
    ada.is_at("/")
    expect(ada.page.get_by_text("You are signed out.")).to_be_visible()
    assert [cookie.get("name") for cookie in ada.page.context.cookies()] == []
    ada.open("/directory")
    ada.is_at("/")


def test_session_cookies_are_out_of_reach_of_scripts(visit: Visit) -> None:
    visitor = visit()
    visitor.sign_in("cookies@example.com")
    cookies = visitor.page.context.cookies()
    assert {cookie.get("name") for cookie in cookies} == {COOKIE, f"{COOKIE}_jwt"}
    assert {(cookie.get("httpOnly"), cookie.get("sameSite"), cookie.get("path")) for cookie in cookies} == {
        (True, "Lax", "/")
    }
    assert visitor.page.evaluate("document.cookie") == ""


def test_whoever_is_signed_in_goes_on_to_the_profile(visit: Visit) -> None:
    visitor = visit()
    visitor.sign_in("again@example.com")
    visitor.open("/")
    visitor.is_at("/profile")


def test_signing_out_everywhere_ends_the_session_of_another_device(visit: Visit) -> None:
    laptop, phone = visit(), visit()
    laptop.sign_in("two@example.com")
    phone.sign_in("two@example.com")

    laptop.page.get_by_role("button", name="Sign out everywhere").click()
    laptop.is_at("/")
    expect(laptop.page.get_by_text("You are signed out on all your devices.")).to_be_visible()

    phone.forget_jwt()
    phone.open("/profile")
    phone.is_at("/")


@pytest.mark.parametrize("path", ["/profile", "/directory"])
def test_pages_behind_the_gate_send_strangers_to_sign_in(visit: Visit, path: str) -> None:
    stranger = visit()
    stranger.open(path)
    stranger.is_at("/")
    expect(stranger.page.get_by_role("status")).to_contain_text("Sign in again to go on.")
