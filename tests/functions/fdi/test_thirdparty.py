"""Social login on the frontend interface, at a real provider of OpenID Connect."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx
import pytest

from gatehouse.bootstrap import House
from gatehouse.provider_settings import read_providers
from tests.core import Core
from tests.frontend import Frontend
from tests.houses import ADA, LAPTOP, Home
from tests.oidc.provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider, running_provider

BACK = "http://127.0.0.1:3000/auth/callback/acme"
NOT_OURS = "https://evil.example.com/auth/callback/acme"
REFUSED = {
    "status": "SIGN_IN_UP_NOT_ALLOWED",
    "reason": "Cannot sign in / up due to security reasons. Please try a different login method or contact support. "
    "(ERR_CODE_006)",
}


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenIdProvider]:
    """Run the provider."""
    with running_provider([BACK]) as running:
        yield running


def listed(provider: OpenIdProvider, **changes: Any) -> str:
    """Return the setting that names the provider."""
    client = {"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET, "scope": ["openid", "email"]}
    acme = {
        "thirdPartyId": "acme",
        "name": "Acme",
        "oidcDiscoveryEndpoint": provider.discovery_url,
        "clients": [client],
    }
    return json.dumps([acme | changes])


@pytest.fixture
def house(home: Home, provider: OpenIdProvider) -> House:
    """A house, on every engine, where people may sign in through the provider."""
    return home.with_settings(THIRD_PARTY_PROVIDERS=listed(provider))


@pytest.fixture
def frontend(house: House) -> Frontend:
    """A frontend of it."""
    return Frontend(house)


def walk(url: str, name: str) -> dict[str, str]:
    """Sign in at the provider as a browser does; return the query that it sends somebody back with."""
    with httpx.Client(follow_redirects=False) as browser:
        for _ in range(12):
            page = browser.get(url)
            if page.status_code in {302, 303}:
                url = urljoin(url, page.headers["location"])
                if url.startswith(BACK):
                    return {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
                continue
            prompt = "login" if 'value="login"' in page.text else "consent"
            sent = browser.post(url, data={"prompt": prompt, "login": name, "password": "x"})
            url = urljoin(url, sent.headers["location"])
    raise AssertionError("the provider did not send anybody back")


def come_back(frontend: Frontend, name: str = "ada", path: str = "", **changes: Any) -> dict[str, Any]:
    """Go to the provider, sign in there, and return what the frontend sends then."""
    query = {"thirdPartyId": "acme", "redirectURIOnProviderDashboard": BACK}
    departure = frontend.get(f"{path}/authorisationurl", **query)
    info = {
        "redirectURIOnProviderDashboard": BACK,
        "redirectURIQueryParams": walk(departure["urlWithQueryParams"], name),
        "pkceCodeVerifier": departure.get("pkceCodeVerifier"),
    }
    return {"thirdPartyId": "acme", "redirectURIInfo": info, **changes}


def test_somebody_new_signs_up_and_in_again(frontend: Frontend) -> None:
    first = frontend.post("/signinup", **come_back(frontend))
    again = Frontend(frontend.house).post("/signinup", **come_back(frontend))

    assert (first["status"], first["createdNewRecipeUser"], again["createdNewRecipeUser"]) == (
        "OK",
        True,
        False,
    )
    (method,) = first["user"]["loginMethods"]
    assert (method["email"], method["verified"], method["recipeId"]) == (ADA, True, "thirdparty")
    assert method["thirdParty"] == {"id": "acme", "userId": "ada"}
    assert again["user"]["id"] == first["user"]["id"]
    assert frontend.is_signed_in


def test_address_that_the_provider_has_not_verified_is_not(frontend: Frontend) -> None:
    answer = frontend.post("/signinup", **come_back(frontend, "unverified-eve"))
    assert answer["user"]["loginMethods"][0]["verified"] is False
    claims = json.loads(base64.b64decode(frontend.tokens["front-token"]))["up"]
    assert claims["st-ev"]["v"] is False


def test_code_is_used_once(frontend: Frontend) -> None:
    body = come_back(frontend)
    assert frontend.post("/signinup", **body)["status"] == "OK"
    answer = Frontend(frontend.house).post("/signinup", **body)
    assert (answer["status"], answer["message"]) == (
        "GENERAL_ERROR",
        "acme did not accept the code (400): start again",
    )


def test_public_client_needs_its_verifier(home: Home, frontend: Frontend, provider: OpenIdProvider) -> None:
    client = {
        "clientId": CLIENT_ID,
        "clientSecret": CLIENT_SECRET,
        "scope": ["openid", "email"],
        "forcePKCE": True,
    }
    frontend.house = home.with_settings(THIRD_PARTY_PROVIDERS=listed(provider, clients=[client]))
    good, bad = come_back(frontend), come_back(frontend)
    bad["redirectURIInfo"]["pkceCodeVerifier"] = "x" * 43

    assert frontend.post("/signinup", **good)["status"] == "OK"
    assert Frontend(frontend.house).post("/signinup", **bad)["status"] == "GENERAL_ERROR"


def test_older_frontends_see_the_login_method(frontend: Frontend) -> None:
    answer = frontend.ask("POST", "/signinup", come_back(frontend), fdi_version="2.0").json
    assert answer["createdNewUser"] is True
    assert (answer["user"]["email"], answer["user"]["thirdParty"]) == (ADA, {"id": "acme", "userId": "ada"})


def test_verified_address_links_to_who_has_proved_the_same(home: Home, provider: OpenIdProvider) -> None:
    house = home.with_settings(THIRD_PARTY_PROVIDERS=listed(provider), ACCOUNT_LINKING="verified")
    frontend = Frontend(house)
    first = frontend.post("/signinup", **come_back(frontend))["user"]
    stranger = Frontend(house).post("/signinup", **come_back(frontend, "unverified-eve"))["user"]

    assert (first["isPrimaryUser"], stranger["isPrimaryUser"]) == (True, False)
    refused = Frontend(house).ask(
        "POST",
        "/signup",
        {"formFields": [{"id": "email", "value": ADA}, {"id": "password", "value": "correct horse 1"}]},
    )
    assert refused.json["status"] == "SIGN_UP_NOT_ALLOWED", "an unproved address links to nobody"


def test_only_who_was_invited_signs_up_where_it_is_by_invitation(
    home: Home, provider: OpenIdProvider
) -> None:
    admin = home.sign_in("admin@example.com").user
    house = home.with_settings(THIRD_PARTY_PROVIDERS=listed(provider), SIGNUP="invite_only")
    frontend = Frontend(house)
    assert frontend.post("/signinup", **come_back(frontend)) == REFUSED
    house.identity.invite(ADA, None, by=admin, client=LAPTOP)
    assert frontend.post("/signinup", **come_back(frontend))["status"] == "OK"
    assert frontend.post("/signinup", **come_back(frontend, "bob")) == REFUSED


def test_tenant_has_providers_of_its_own(house: House, core: Core, provider: OpenIdProvider) -> None:
    core.put("/recipe/multitenancy/tenant/v2", tenantId="t1", firstFactors=["thirdparty"])
    identifier = house.tenancy.resolve("", "public", "t1").identifier
    frontend = Frontend(house)
    target = (
        f"/authorisationurl?{urlencode({'thirdPartyId': 'acme', 'redirectURIOnProviderDashboard': BACK})}"
    )
    missing = frontend.ask("GET", f"/t1{target}")
    assert missing.json == {"message": "the provider acme could not be found in the configuration"}
    (own,) = read_providers(listed(provider))
    house.tenant_providers.put(identifier, own, skips_checks=False)

    answer = frontend.post("/t1/signinup", **come_back(frontend, path="/t1"))

    assert (answer["status"], answer["user"]["tenantIds"]) == ("OK", ["t1"])


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "Please provide the thirdPartyId as a GET param"),
        ({"thirdPartyId": "acme"}, "Please provide the redirectURIOnProviderDashboard as a GET param"),
        (
            {"thirdPartyId": "other", "redirectURIOnProviderDashboard": BACK},
            "the provider other could not be found in the configuration",
        ),
        (
            {"thirdPartyId": "acme", "redirectURIOnProviderDashboard": BACK, "clientType": "ios"},
            "Could not find client config for clientType: ios",
        ),
    ],
)
def test_what_is_missing_is_told(sqlite_house: House, query: dict[str, str], message: str) -> None:
    answer = Frontend(sqlite_house).ask("GET", f"/authorisationurl?{urlencode(query)}")
    assert (answer.status, answer.json) == (400, {"message": message})


@pytest.fixture
def sqlite_house(sqlite_home: Home, provider: OpenIdProvider) -> House:
    """The same house, for what has nothing to do with the database."""
    return sqlite_home.with_settings(THIRD_PARTY_PROVIDERS=listed(provider))


@pytest.mark.parametrize(
    ("redirect_uri", "is_allowed"),
    [
        (BACK, True),
        ("com.example.app:/callback", True),
        (NOT_OURS, False),
        ("http://127.0.0.1:3000@evil.example.com/", False),
        ("http://127.0.0.1:3000.evil.example.com/", False),
        ("//evil.example.com", False),
        ("/auth/callback", False),
        ("http://127.0.0.1:3000\\@evil.example.com", False),
        ("http://[", False),
    ],
)
def test_people_come_back_to_us_only(sqlite_house: House, redirect_uri: str, is_allowed: bool) -> None:
    query = urlencode({"thirdPartyId": "acme", "redirectURIOnProviderDashboard": redirect_uri})
    answer = Frontend(sqlite_house).ask("GET", f"/authorisationurl?{query}")
    assert answer.status == (200 if is_allowed else 400), answer.text


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Please provide the thirdPartyId in request body"),
        (
            {"thirdPartyId": "acme"},
            "Please provide one of redirectURIInfo or oAuthTokens in the request body",
        ),
        (
            {"thirdPartyId": "acme", "redirectURIInfo": {}},
            "Please provide the redirectURIOnProviderDashboard in request body",
        ),
        (
            {"thirdPartyId": "acme", "redirectURIInfo": {"redirectURIOnProviderDashboard": BACK}},
            "Please provide the code in redirectURIQueryParams of the redirectURIInfo",
        ),
    ],
)
def test_what_a_frontend_must_bring_is_told(sqlite_house: House, body: dict[str, Any], message: str) -> None:
    answer = Frontend(sqlite_house).ask("POST", "/signinup", body)
    assert (answer.status, answer.json) == (400, {"message": message})


def test_provider_that_is_down_is_told_apart(sqlite_home: Home) -> None:
    down = OpenIdProvider("http://127.0.0.1:1")
    house = sqlite_home.with_settings(THIRD_PARTY_PROVIDERS=listed(down))
    query = urlencode({"thirdPartyId": "acme", "redirectURIOnProviderDashboard": BACK})
    answer = Frontend(house).ask("GET", f"/authorisationurl?{query}")
    assert (answer.status, list(answer.json), answer.headers["retry-after"]) == (503, ["message"], "5")


def state(**content: Any) -> str:
    return base64.b64encode(json.dumps(content).encode()).decode()


def from_apple(house: House, **form: str) -> Any:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Frontend(house).call("POST", "/callback/apple", body=urlencode(form).encode(), headers=headers)


def test_apple_sends_people_on_to_the_frontend(sqlite_house: House) -> None:
    given = state(frontendRedirectURI="http://127.0.0.1:3000/auth/callback/apple?x=1")
    answer = from_apple(sqlite_house, state=given, code="c 1", user='{"name": "Ada"}')
    location = urlsplit(answer.headers["location"])
    assert (answer.status, f"{location.scheme}://{location.netloc}{location.path}") == (
        303,
        "http://127.0.0.1:3000/auth/callback/apple",
    )
    assert parse_qs(location.query) == {
        "x": ["1"],
        "code": ["c 1"],
        "state": [given],
        "user": ['{"name": "Ada"}'],
    }


def test_apple_sends_people_on_to_pages_with_any_letters_in_their_names(sqlite_house: House) -> None:
    given = state(frontendRedirectURI="http://127.0.0.1:3000/zurück%20zu?ä=ö#…")
    answer = from_apple(sqlite_house, state=given)
    assert answer.headers["location"].startswith(
        "http://127.0.0.1:3000/zur%C3%BCck%20zu?%C3%A4=%C3%B6&state="
    )


@pytest.mark.parametrize(
    "given",
    [
        "",
        "%",
        "eA==",
        state(),
        state(frontendRedirectURI=1),
        state(frontendRedirectURI=NOT_OURS),
        state(frontendRedirectURI="javascript:alert(1)"),
        state(frontendRedirectURI="//evil.example.com"),
        state(frontendRedirectURI="http://127.0.0.1:3000@evil.example.com"),
        state(frontendRedirectURI="http://ada@127.0.0.1:3000"),
        state(frontendRedirectURI="http://127.0.0.1:3000/\r\nX: y"),
        state(frontendRedirectURI="http://127.0.0.1:3000/\ud800"),
    ],
)
def test_apple_sends_nobody_elsewhere(sqlite_house: House, given: str) -> None:
    answer = from_apple(sqlite_house, state=given, code="c")
    assert (answer.status, list(answer.json), "location" in answer.headers) == (400, ["message"], False)
