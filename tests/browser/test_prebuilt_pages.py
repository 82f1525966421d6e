"""People sign in on the prebuilt pages of supertokens-auth-react, which are not changed in anything."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from gatehouse.crypto.totp_code import code_at, decode_secret
from tests.browser.customer import PATIENCE_MS, Customer, Shop, open_shop
from tests.databases import FreshDatabase
from tests.oidc.provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider, running_provider

pytestmark = pytest.mark.timeout(120)

PERIOD_S = 30
QUIRK = "exception: No session exists"
"""What the pages' own code sometimes throws while somebody signs out."""


@pytest.fixture(params=["sqlite", "mariadb"], scope="module")
def shop(request: pytest.FixtureRequest, fresh_database_url: FreshDatabase) -> Iterator[Shop]:
    """Run the website with all recipes, once on each of two databases."""
    with open_shop(
        "prebuilt",
        DATABASE_URL=fresh_database_url(request.param),
        EMAIL_VERIFICATION="required",
        MFA="on",
        PASSWORDLESS_CONTACT="EMAIL_OR_PHONE",
        PASSWORDLESS_FLOW="USER_INPUT_CODE_AND_MAGIC_LINK",
        SEND_LIMIT_PER_ADDRESS="100",
    ) as shop:
        yield shop


@pytest.fixture
def ada(browser: Browser, shop: Shop, pictures: Path) -> Iterator[Customer]:
    """Let somebody with a fresh browser profile onto the website."""
    ada = Customer(browser, shop, pictures)
    ada.visit()
    expect(ada.page).to_have_url(re.compile("/auth/"))
    yield ada
    ada.page.context.close()
    assert [complaint for complaint in ada.complaints if complaint != QUIRK] == []


def is_in(customer: Customer) -> None:
    """Expect to be signed in, and the API to agree."""
    customer.reads("Signed in")
    customer.page.get_by_role("button", name="Ask the API").click()
    customer.reads('200 {"status":"OK","isVerified":true}')


def leave(customer: Customer) -> None:
    """Sign out."""
    customer.page.get_by_role("button", name="Sign out").click()
    customer.reads("Not registered yet?")


def enter_code(customer: Customer, address: str) -> None:
    """Sign in with a code."""
    sent = len(customer.product.letters_to(address))
    customer.fill("email", address)
    customer.fill("userInputCode", customer.letter(address, after=sent)["code"])


def test_link_signs_in(ada: Customer) -> None:
    ada.reads("Not registered yet?")
    ada.picture("prebuilt-sign-in")
    ada.fill("email", "link@example.com")
    ada.press("Continue with passwordless")
    ada.reads("link@example.com")
    ada.page.goto(ada.letter("link@example.com")["links"][0])

    is_in(ada)
    ada.picture("prebuilt-signed-in")
    leave(ada)


def test_code_signs_in_after_a_wrong_one(ada: Customer) -> None:
    ada.fill("email", "code@example.com")
    ada.press("Continue with passwordless")
    code = ada.letter("code@example.com")["code"]
    ada.fill("userInputCode", "000000" if code != "000000" else "000001")
    ada.reads("Invalid OTP")
    ada.fill("userInputCode", code)

    is_in(ada)
    leave(ada)


def test_code_of_a_text_message_signs_in(ada: Customer) -> None:
    ada.press("Use a Phone number")
    ada.page.locator("input[type=tel]").fill("+49 1511 2345678")
    ada.page.keyboard.press("Enter")
    ada.fill("userInputCode", ada.letter("+4915112345678")["code"])

    is_in(ada)
    leave(ada)


def test_password_with_verification_and_reset(ada: Customer) -> None:
    address = "password@example.com"
    ada.press("Sign Up")
    ada.page.locator("input[name=email]").fill(address)
    ada.fill("password", "correct horse 1")
    ada.reads("Verify your email")
    ada.picture("prebuilt-verify")
    ada.page.goto(ada.letter(address)["links"][0])
    ada.press("CONTINUE")
    is_in(ada)
    leave(ada)

    ada.fill("email", address)
    ada.press("Forgot password?")
    ada.fill("email", address)
    ada.reads(re.compile("A password reset email has been sent"))
    ada.page.goto(ada.letter(address, after=1)["links"][0])
    ada.page.locator("input[name=password]").fill("battery staple 2")
    ada.fill("confirm-password", "battery staple 2")
    ada.reads("Your password has been updated successfully")
    ada.press("SIGN IN")

    ada.fill("email", address)
    ada.fill("password", "correct horse 1")
    ada.reads("Incorrect email and password combination")
    ada.fill("password", "battery staple 2")
    is_in(ada)


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
def test_tenant_has_its_own_ways_to_sign_in(ada: Customer, shop: Shop) -> None:
    body = {"tenantId": "paris", "firstFactors": ["link-email"]}
    httpx.put(f"{shop.product.url}/core/recipe/multitenancy/tenant/v2", json=body).raise_for_status()
    ada.visit("/auth/?tenantId=paris")
    ada.fill("email", "tenant@example.com")
    ada.reads(re.compile("We sent a link to"))
    ada.page.goto(ada.letter("tenant@example.com")["links"][0])

    is_in(ada)
    ada.reads(re.compile('"tId": "paris"'))


def test_account_of_an_openid_provider_signs_in(ada: Customer, shop: Shop) -> None:
    with running_provider([f"{shop.website.url}/auth/callback/local"]) as provider:
        offer(shop, provider)
        ada.websites.add(provider.url)
        ada.visit("/auth/")
        ada.reads("Continue with Local")
        ada.picture("prebuilt-social")
        ada.press("Continue with Local")
        ada.page.locator("input[name=login]").fill("social")
        ada.fill("password", "anything")
        ada.page.get_by_role("button", name="Continue").click()

        is_in(ada)
        leave(ada)


def offer(shop: Shop, provider: OpenIdProvider) -> None:
    """Put a provider into the tenant's table, as backend SDKs do."""
    client = {"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET, "scope": ["openid", "email"]}
    config = {
        "thirdPartyId": "local",
        "name": "Local",
        "oidcDiscoveryEndpoint": provider.discovery_url,
        "clients": [client],
    }
    core = f"{shop.product.url}/core/recipe/multitenancy/config/thirdparty"
    httpx.put(core, json={"config": config}).raise_for_status()


def test_authenticator_app_is_a_second_factor(ada: Customer, shop: Shop) -> None:
    address = "totp@example.com"
    require_totp(shop, join(shop, address))

    enter_code(ada, address)
    ada.press("secret key")
    ada.picture("prebuilt-totp")
    app = authenticator(str(ada.page.locator("[data-supertokens~=totpSecret]").text_content()))
    ada.fill("totp", app())
    is_in(ada)
    leave(ada)

    enter_code(ada, address)
    expect(ada.page.locator("input[name=totp]")).to_be_visible(timeout=PATIENCE_MS)
    ada.picture("prebuilt-totp-code")
    ada.fill("totp", app())
    is_in(ada)


def join(shop: Shop, address: str) -> str:
    """Sign up with a code, without a browser; return the user's id."""
    api = f"{shop.product.url}/auth/signinup/code"
    device = httpx.post(api, json={"email": address}).raise_for_status().json()
    proof = {name: device[name] for name in ("deviceId", "preAuthSessionId")}
    code = shop.product.letters_to(address)[-1]["code"]
    answer = httpx.post(f"{api}/consume", json={**proof, "userInputCode": code}).raise_for_status()
    return str(answer.json()["user"]["id"])


def require_totp(shop: Shop, user_id: str) -> None:
    """Note in somebody's metadata that they need an authenticator app, as backend SDKs do."""
    update = {"_supertokens": {"requiredSecondaryFactors": ["totp"]}}
    body = {"userId": user_id, "metadataUpdate": update}
    httpx.put(f"{shop.product.url}/core/recipe/user/metadata", json=body).raise_for_status()


def authenticator(secret: str) -> Callable[[], str]:
    """Return what tells the codes of a secret, each once: the present one first, then the next."""
    steps = iter(range(int(time.time()) // PERIOD_S, 2**40))
    return lambda: code_at(decode_secret(secret), next(steps))
