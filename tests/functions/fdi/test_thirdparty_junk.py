"""Junk in social login: from frontends, from third parties, and in what Apple posts."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from gatehouse.bootstrap import House
from gatehouse.errors import ProviderFailed
from gatehouse.oauth.conversation import OAuthClient
from gatehouse.oauth.http import ThirdPartyHttp
from tests.frontend import Frontend
from tests.houses import Home
from tests.oauth.world import ISSUER, World, id_token, publish

CLIENTS = [{"clientId": "c1", "clientSecret": "s1"}]
SITE = "http://127.0.0.1:3000"
NO_ADDRESS = {"status": "NO_EMAIL_GIVEN_BY_PROVIDER"}
JUNK: tuple[Any, ...] = ("\ud800", "…", "a\nb", "a\0b", "", 5, [], {"a": 1}, "x" * 10_000)
PROVIDERS = [
    {"thirdPartyId": name, "oidcDiscoveryEndpoint": f"{ISSUER}/.well-known/openid-configuration", **more}
    for name, more in (("acme", {"clients": CLIENTS}), ("quiet", {"clients": CLIENTS, "requireEmail": False}))
] + [{"thirdPartyId": "facebook", "clients": CLIENTS}]


@pytest.fixture
def world() -> World:
    """Third parties that answer."""
    world = World()
    publish(world)
    world.answers["https://graph.facebook.com/debug_token"] = {"data": {"app_id": "c1"}}
    world.answers["https://graph.facebook.com/me"] = {"id": "7", "email": "ada@example.com"}
    return world


@pytest.fixture
def house(sqlite_home: Home, world: World) -> House:
    """A house that talks to them."""
    house = sqlite_home.with_settings(THIRD_PARTY_PROVIDERS=json.dumps(PROVIDERS))
    house.__dict__["oauth"] = OAuthClient(world, house.clock)
    return house


def bring(house: House, provider: str, **tokens: Any) -> Any:
    """Return the answer to tokens that a frontend brings."""
    return Frontend(house).ask("POST", "/signinup", {"thirdPartyId": provider, "oAuthTokens": tokens})


def claim(house: House, provider: str, **claims: Any) -> Any:
    """Return the answer to a good ID token with some claims."""
    return bring(house, provider, id_token=id_token(**claims)).json


def test_junk_instead_of_tokens_lets_nobody_in(house: House) -> None:
    tokens = ({name: text} for name in ("access_token", "id_token") for text in JUNK)
    for given in tokens:
        answer = bring(house, "acme", **given)
        assert (answer.status, answer.json["status"]) == (200, "GENERAL_ERROR"), given
    for text in JUNK[:8]:
        answer = bring(house, "facebook", access_token=text)
        assert (answer.status, answer.json["status"]) == (200, "GENERAL_ERROR"), text


@pytest.mark.parametrize("user_id", ["a\0b", "u\ud800", "x" * 257])
def test_ids_that_not_every_database_holds_are_refused(house: House, user_id: str) -> None:
    assert claim(house, "acme", sub=user_id)["status"] == "GENERAL_ERROR"


@pytest.mark.parametrize(
    "email", ["a\0@example.com", "\ud800@example.com", "x" * 256 + "@example.com", 5, []]
)
def test_addresses_that_not_every_database_holds_are_none(house: House, email: Any) -> None:
    assert claim(house, "acme", email=email) == NO_ADDRESS
    assert claim(house, "quiet", email=email)["user"]["emails"] == ["u1.quiet@stfakeemail.supertokens.com"]


def test_address_that_is_made_up_is_not_too_long(house: House) -> None:
    assert claim(house, "quiet", sub="x" * 250, email=None) == NO_ADDRESS


@pytest.mark.parametrize("member", ["authorization_endpoint", "token_endpoint"])
def test_configuration_that_is_junk_is_the_providers_failure(house: House, world: World, member: str) -> None:
    configuration = world.answers[f"{ISSUER}/.well-known/openid-configuration"]
    configuration[member] = 5
    frontend = Frontend(house)
    query = urlencode({"thirdPartyId": "acme", "redirectURIOnProviderDashboard": SITE})
    url = frontend.ask("GET", f"/authorisationurl?{query}")
    info = {"redirectURIOnProviderDashboard": SITE, "redirectURIQueryParams": {"code": "x"}}
    world.answers[f"{ISSUER}/token"] = {"error": "invalid_grant"}
    signed = frontend.ask("POST", "/signinup", {"thirdPartyId": "acme", "redirectURIInfo": info})
    assert (url.status, signed.status) == ((502, 200) if member == "authorization_endpoint" else (200, 502))


@pytest.mark.parametrize("value", ["a\nb", "…"])
def test_header_that_cannot_be_sent_is_told_before(value: str) -> None:
    with pytest.raises(ProviderFailed, match="not valid"):
        ThirdPartyHttp().get("http://127.0.0.1:1/", {"x-own": value})


def from_apple(house: House, uri: Any) -> Any:
    """Return the answer to Apple's form."""
    state = base64.b64encode(json.dumps({"frontendRedirectURI": uri}).encode()).decode()
    form = urlencode({"state": state}).encode()
    return Frontend(house).call(
        "POST",
        "/callback/apple",
        body=form,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )


@pytest.mark.parametrize(
    ("path", "written"), [("/é", "/%C3%A9"), ("/…", "/%E2%80%A6"), ("/a b", "/a%20b"), ("/%0d", "/%0d")]
)
def test_apple_sends_people_on_to_any_path(house: House, path: str, written: str) -> None:
    answer = from_apple(house, SITE + path)
    assert (answer.status, answer.headers["location"].partition("?")[0]) == (303, SITE + written)


@pytest.mark.parametrize(
    "uri",
    [
        "https://[::1", "http:127.0.0.1:3000", "http:///x", f"{SITE}\\@evil.example.com", f"{SITE}@evil.example.com",
        f"{SITE}.evil.example.com", f"{SITE}:99/", f"{SITE}/a\nb", f"\t{SITE}", f"{SITE}/\ud800", "//evil.example.com",
        "javascript:alert(1)", "app://x", None, 5, "x" * 10_000,
    ],
)  # fmt: skip
def test_apple_sends_nobody_to_junk(house: House, uri: Any) -> None:
    answer = from_apple(house, uri)
    assert (answer.status, list(answer.json)) == (400, ["message"])
