"""What frontends are told of the ways to sign in to a tenant."""

import json
from typing import Any

import pytest

from gatehouse.bootstrap import House
from tests.core import Core
from tests.frontend import Frontend
from tests.houses import Home

PROVIDER = "/recipe/multitenancy/config/thirdparty"
TENANT = "/recipe/multitenancy/tenant/v2"
PASSWORD_AND_CODES = ["emailpassword", "otp-email", "link-email"]


@pytest.fixture(scope="module")
def engine() -> str:
    """Run these tests on SQLite; the reads behind them are tested on every engine."""
    return "sqlite"


@pytest.fixture
def house(home: Home) -> House:
    """Return a house that sends codes and links to addresses."""
    return home.with_settings(
        PASSWORDLESS_CONTACT="EMAIL", PASSWORDLESS_FLOW="USER_INPUT_CODE_AND_MAGIC_LINK"
    )


def methods(house: House, target: str = "/loginmethods") -> Any:
    """Ask for the ways to sign in."""
    return Frontend(house).get(target)


def client(**more: Any) -> dict[str, Any]:
    """Return a client that was registered with a provider."""
    return {"clientId": "c", "clientSecret": "s", **more}


def put_provider(core: Core, third_party_id: str, *clients: dict[str, Any], **more: Any) -> None:
    """Give the public tenant a provider."""
    config = {"thirdPartyId": third_party_id, "clients": clients or [client()], **more}
    core.put(PROVIDER, config=config, skipValidation=True)


def providers(house: House, target: str = "/loginmethods") -> dict[str, str | None]:
    """Return the names of the providers that are offered, by id."""
    return {
        provider["id"]: provider["name"] for provider in methods(house, target)["thirdParty"]["providers"]
    }


def test_everything_that_is_set_up_is_offered(house: House) -> None:
    assert methods(house) == {
        "status": "OK",
        "emailPassword": {"enabled": True},
        "passwordless": {"enabled": True},
        "thirdParty": {"enabled": False, "providers": []},
        "webauthn": {"enabled": False},
        "firstFactors": PASSWORD_AND_CODES,
    }
    assert methods(house, "/public/loginmethods") == methods(house)


def test_a_tenant_offers_its_own_providers(house: House, core: Core) -> None:
    put_provider(core, "google")
    put_provider(core, "google-workspaces-2", client(additionalConfig={"hd": "example.com"}))
    put_provider(core, "our-id", name="Our ID")
    put_provider(core, "nameless")

    answer = methods(house)

    assert answer["thirdParty"]["enabled"] is True
    assert answer["firstFactors"] == ["emailpassword", "thirdparty", "otp-email", "link-email"]
    assert providers(house) == {
        "google": "Google",
        "google-workspaces-2": "Google Workspaces",
        "our-id": "Our ID",
        "nameless": None,
    }


def test_providers_without_a_client_of_the_asked_type_are_left_out(house: House, core: Core) -> None:
    put_provider(core, "github", client(clientType="web"), client(clientType="mobile"))
    put_provider(core, "google", client(clientType="web"))
    put_provider(core, "apple", client())

    assert providers(house).keys() == {"google", "apple"}, "of several clients one must be named"
    assert providers(house, "/loginmethods?clientType=web").keys() == {"github", "google"}
    assert providers(house, "/loginmethods?clientType=mobile").keys() == {"github"}
    assert providers(house, "/loginmethods?clientType=").keys() == set()


def test_a_tenant_with_first_factors_of_its_own_offers_these(house: House, core: Core) -> None:
    core.put(TENANT, tenantId="t1", firstFactors=["link-email", "thirdparty", "link-phone"])
    core.put(TENANT, tenantId="t2")

    assert methods(house, "/t1/loginmethods") == {
        "status": "OK",
        "emailPassword": {"enabled": False},
        "passwordless": {"enabled": True},
        "thirdParty": {"enabled": True, "providers": []},
        "webauthn": {"enabled": False},
        "firstFactors": ["link-email", "thirdparty"],
    }
    nothing = methods(house, "/t2/loginmethods")
    assert nothing["firstFactors"] == []
    assert [nothing[name]["enabled"] for name in ("emailPassword", "passwordless", "thirdParty")] == [
        False
    ] * 3


def test_the_settings_say_what_is_offered(home: Home) -> None:
    house = home.with_settings(FIRST_FACTORS="emailpassword")
    answer = methods(house)
    assert answer["firstFactors"] == ["emailpassword"]
    assert answer["passwordless"] == {"enabled": False}


def test_an_unknown_tenant_is_bad_input(house: House) -> None:
    answer = Frontend(house).ask("GET", "/nowhere/loginmethods")
    assert (answer.status, list(answer.json)) == (400, ["message"])


def test_providers_of_the_settings_are_offered_by_the_public_tenant_alone(home: Home, core: Core) -> None:
    static = [
        {"thirdPartyId": "google", "clients": [client()], "name": "Google for us"},
        {"thirdPartyId": "github", "clients": [client(clientType="web")]},
    ]
    house = home.with_settings(THIRD_PARTY_PROVIDERS=json.dumps(static))
    core.put(TENANT, tenantId="t1", firstFactors=["thirdparty"])
    assert providers(house) == {"google": "Google for us", "github": "Github"}
    assert providers(house, "/t1/loginmethods") == {}

    put_provider(core, "google", client(clientType="mobile"))
    assert providers(house) == {}, "its own take their place, and have the clients of both"
    assert providers(house, "/loginmethods?clientType=mobile") == {"google": "Google for us"}
