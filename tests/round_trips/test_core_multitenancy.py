"""How many times the recipe multitenancy waits for the database, on a warm connection."""

import pytest

from tests.core import Core
from tests.functions.cdi.tenants import APP, DOMAIN, TENANT, make_tenants
from tests.houses import Home
from tests.people import People
from tests.round_trips.proxy import Trips

USER = "/t1/recipe/multitenancy/tenant/user"
PROVIDER = "/t1/recipe/multitenancy/config/thirdparty"
MANY = 40


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


def test_making_and_changing_takes_two(core: Core, trips: Trips) -> None:
    """Another one right after reads its own tenant again."""
    config = {"email_verification_token_lifetime": 5_000}
    for path, body in (
        (APP, {"appId": "a1"}),
        (DOMAIN, {"connectionUriDomain": "core.example.org"}),
        (TENANT, {"tenantId": "t1", "firstFactors": ["otp-email", "thirdparty"], "coreConfig": config}),
        (TENANT, {"tenantId": "t1", "requiredSecondaryFactors": ["totp"], "coreConfig": config}),
        (TENANT, {"firstFactors": None}),
    ):
        core.call("GET", "/hello")
        assert trips(lambda path=path, body=body: core.put(path, **body)) == 2  # type: ignore[misc]
        assert trips(lambda path=path, body=body: core.put(path, **body)) == 3  # type: ignore[misc]


def test_reads_take_one_however_many_tenants_there_are(core: Core, trips: Trips) -> None:
    core.put(APP, appId="a1")
    make_tenants(core, *(f"t{number}" for number in range(MANY)))
    for number in range(3):
        provider = {"thirdPartyId": f"p{number}", "clients": [{"clientId": "c"}]}
        core.put(f"/t{number}/recipe/multitenancy/config/thirdparty", config=provider)
    core.get("/t1/recipe/multitenancy/tenant/v2")

    core.get("/recipe/multitenancy/tenant/v2")
    for suffix in ("", "/v2"):
        assert trips(lambda suffix=suffix: core.get(f"/t1/recipe/multitenancy/tenant{suffix}")) == 1  # type: ignore[misc]
        for subject in ("tenant", "app", "connectionuridomain"):
            path = f"/recipe/multitenancy/{subject}/list{suffix}"
            assert trips(lambda path=path: core.get(path)) == 1  # type: ignore[misc]
    assert len(core.get("/recipe/multitenancy/tenant/list/v2")["tenants"]) == MANY + 1
    assert trips(lambda: core.get("/t1/recipe/dashboard/tenant/core-config")) == 1


def test_providers_take_two(core: Core, trips: Trips) -> None:
    make_tenants(core, "t1")
    core.get("/t1/recipe/multitenancy/tenant/v2")
    provider = {
        "thirdPartyId": "google",
        "clients": [{"clientType": kind, "clientId": "c"} for kind in "abc"],
    }

    assert trips(lambda: core.put(PROVIDER, config=provider)) == 2
    assert trips(lambda: core.put(PROVIDER, config=provider)) == 2
    assert trips(lambda: core.post(f"{PROVIDER}/remove", thirdPartyId="google")) == 2


def test_joining_takes_three_and_leaving_two(core: Core, people: People, trips: Trips) -> None:
    make_tenants(core, "t1")
    core.get("/t1/recipe/multitenancy/tenant/v2")
    first, second = people.emailpassword("a@example.com"), people.passwordless("a@example.com", "+491")
    core.post("/recipe/accountlinking/user/primary", recipeUserId=first)
    core.post("/recipe/accountlinking/user/link", recipeUserId=second, primaryUserId=first)

    assert trips(lambda: core.post(USER, recipeUserId=second)) == 3
    assert trips(lambda: core.post(USER, recipeUserId=second)) == 1
    assert trips(lambda: core.post(f"{USER}/remove", recipeUserId=second)) == 2
    assert trips(lambda: core.post(USER, recipeUserId="unknown")) == 2


def test_removal_takes_four_where_there_is_little(core: Core, people: People, trips: Trips) -> None:
    core.put(APP, appId="a1")
    make_tenants(core, "t1")
    people.give_everything(people.emailpassword("a@example.com", "t1"), "t1")
    core.get("/recipe/multitenancy/tenant/v2")

    assert trips(lambda: core.post("/recipe/multitenancy/tenant/remove", tenantId="t1")) == 4
    core.get("/recipe/multitenancy/tenant/v2")
    assert trips(lambda: core.post("/recipe/multitenancy/app/remove", appId="a1")) == 4
    core.get("/recipe/multitenancy/tenant/v2")
    assert trips(lambda: core.post("/recipe/multitenancy/app/remove", appId="a1")) == 3
