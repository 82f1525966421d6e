"""Tenants are made, changed and removed as if one after the other, however many do it at the same moment."""

from collections import Counter
from dataclasses import replace

import pytest

from gatehouse.bootstrap import House
from gatehouse.models.providers import Provider, ProviderClient
from gatehouse.models.tenancy import TenantIdentifier
from gatehouse.recipe_errors import AssociationNotAllowed, EmailAlreadyExists
from gatehouse.services.multitenancy_rules import BY_FACTORS, TenantChange
from gatehouse.services.tenancy import TenantNotFound
from tests.houses import Home
from tests.people import People
from tests.races.crowd import crowd_of, winners

CROWD = 16
ADDRESS = "a@example.com"
BASE = TenantIdentifier()
APP = TenantIdentifier(app_id="a1")
TENANT = TenantIdentifier(tenant_id="t1")
NOTHING = TenantChange()
KEYS = (
    "access_token_validity",
    "email_verification_token_lifetime",
    "password_reset_token_lifetime",
    "passwordless_code_lifetime",
    "passwordless_max_code_input_attempts",
    "totp_max_attempts",
    "totp_rate_limit_cooldown_sec",
    "refresh_token_validity",
)

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


def put(house: House, target: TenantIdentifier, change: TenantChange = NOTHING) -> bool:
    """Make or change a tenant."""
    source = replace(target, tenant_id="public") if target.tenant_id != "public" else BASE
    return house.multitenancy.put(source, target, BY_FACTORS, change)


def test_one_of_many_makes_a_tenant_an_app_or_a_domain(home: Home, people: People) -> None:
    targets = (TENANT, APP, TenantIdentifier("core.example.org"))
    for target in targets:
        outcomes = crowd_of(CROWD, home, lambda house, _, target=target: put(house, target))  # type: ignore[misc]
        assert Counter(map(str, outcomes)) == {"True": 1, "False": CROWD - 1}
    assert len(people.rows("tenant_configs", "app_id")) == 1 + len(targets)
    assert people.rows("apps", "app_id") == [("a1",), ("public",)]
    assert people.rows("tenants", "app_id, tenant_id") == [
        ("a1", "public"),
        ("public", "public"),
        ("public", "t1"),
    ]


def test_no_change_is_lost(home: Home) -> None:
    put(home.house, APP)

    outcomes = crowd_of(
        len(KEYS),
        home,
        lambda house, number: put(house, APP, TenantChange({KEYS[number]: 40_000 + number})),
    )

    assert outcomes == [False] * len(KEYS)
    assert home.house.multitenancy.get(APP).core_config == {
        key: 40_000 + number for number, key in enumerate(KEYS)
    }


def test_factors_are_those_of_one_change(home: Home) -> None:
    put(home.house, TENANT)

    crowd_of(
        CROWD,
        home,
        lambda house, number: put(
            house, TENANT, TenantChange(factors={"firstFactors": (f"a{number}", f"b{number}")})
        ),
    )

    first, second = home.house.multitenancy.get(TENANT).logins.first_factors or ()
    assert first.replace("a", "b") == second


def test_tenants_of_an_app_agree_where_they_must(home: Home) -> None:
    targets = [APP, replace(APP, tenant_id="t1")]
    for target in targets:
        put(home.house, target)

    def act(house: House, number: int) -> bool:
        return put(house, targets[number % 2], TenantChange({"access_token_validity": 7_000 + number // 2}))

    crowd_of(CROWD, home, act)

    values = {
        home.house.tenancy.resolve("", "a1", target.tenant_id).config.access_token_validity
        for target in targets
    }
    assert len(values) == 1


def test_providers_stay_whole(home: Home) -> None:
    put(home.house, TENANT)

    def act(house: House, number: int) -> bool:
        clients = tuple(ProviderClient(f"c{number}", kind) for kind in ("web", "ios"))
        return house.tenant_providers.put(TENANT, Provider("google", clients=clients), skips_checks=False)

    outcomes = crowd_of(CROWD, home, act)

    assert Counter(map(str, outcomes)) == {"True": 1, "False": CROWD - 1}
    (provider,) = home.house.multitenancy.get(TENANT).providers
    assert len(provider.clients) == 2
    assert len({client.client_id for client in provider.clients}) == 1


def test_one_of_many_removes_a_tenant_and_nothing_is_left(home: Home, people: People) -> None:
    for _ in range(5):
        put(home.house, TENANT)

        def act(house: House, number: int) -> bool | None:
            if number % 2:
                return house.multitenancy_removal.remove_tenant(BASE, "t1")
            house.tenant_providers.put(TENANT, Provider("google"), skips_checks=False)
            return None

        outcomes = crowd_of(CROWD, home, act)

        assert sum(outcome is True for outcome in outcomes) == 1
        assert all(isinstance(o, TenantNotFound) for o in outcomes if o not in (True, False, None))
        assert people.rows("tenant_thirdparty_providers", "tenant_id") == []
        assert people.rows("tenants", "tenant_id") == [("public",)]


def test_apps_are_removed_with_the_tenants_that_are_made_meanwhile_or_stay(
    home: Home, people: People
) -> None:
    for _ in range(5):
        put(home.house, APP)

        def act(house: House, number: int) -> bool:
            if number % 2:
                return house.multitenancy_removal.remove_app(BASE, "a1")
            return put(house, replace(APP, tenant_id=f"t{number}"))

        crowd_of(CROWD, home, act)

        tenants = [row[0] for row in people.rows("tenants", "tenant_id", app_id="a1")]
        assert tenants == [row[0] for row in people.rows("tenant_configs", "tenant_id", app_id="a1")]
        assert people.rows("apps", "app_id", app_id="a1") == ([("a1",)] if tenants else [])
        for tenant_id in tenants:
            if tenant_id != "public":
                home.house.multitenancy_removal.remove_tenant(APP, tenant_id)
        home.house.multitenancy_removal.remove_app(BASE, "a1")


def test_somebody_joins_once_and_leaves_once(home: Home, people: People) -> None:
    put(home.house, TENANT)
    user_id = people.emailpassword(ADDRESS)
    tenant = home.house.tenancy.resolve("", "public", "t1")

    joined = crowd_of(CROWD, home, lambda house, _: house.tenant_users.associate(tenant, user_id))
    assert Counter(map(str, joined)) == {"False": 1, "True": CROWD - 1}
    left = crowd_of(CROWD, home, lambda house, _: house.tenant_users.disassociate(tenant, user_id))
    assert Counter(map(str, left)) == {"True": 1, "False": CROWD - 1}
    assert people.rows("emailpassword_user_to_tenant", "tenant_id") == [("public",)]


def test_one_address_has_one_place_per_recipe_and_one_primary_user(home: Home, people: People) -> None:
    tenants = [f"o{number}" for number in range(CROWD)]
    for tenant_id in (*tenants, "t1"):
        people.add_tenant(tenant_id)
    tenant = home.house.tenancy.resolve("", "public", "t1")
    same = [people.emailpassword(ADDRESS, tenant_id) for tenant_id in tenants]

    outcomes = crowd_of(CROWD, home, lambda house, n: house.tenant_users.associate(tenant, same[n]))
    assert winners(outcomes) == [False]
    assert sum(isinstance(outcome, EmailAlreadyExists) for outcome in outcomes) == CROWD - 1

    others = [
        people.third_party("google", f"g{number}", "b@example.com", tenant_id)
        for number, tenant_id in enumerate(tenants[::2])
    ] + [people.passwordless("b@example.com", None, tenant_id) for tenant_id in tenants[1::2]]
    for user_id in others:
        home.house.accountlinking.make_primary("public", user_id)
    outcomes = crowd_of(CROWD, home, lambda house, n: house.tenant_users.associate(tenant, others[n]))
    assert winners(outcomes) == [False]
    assert all(isinstance(o, AssociationNotAllowed | EmailAlreadyExists) for o in outcomes if o is not False)


def test_who_joins_while_somebody_becomes_primary(home: Home, people: People) -> None:
    """A primary user joins a tenant, and the one who is there becomes primary: one of the two fails."""
    people.add_tenant("t1")
    tenant = home.house.tenancy.resolve("", "public", "t1")
    for number in range(8):
        address = f"{number}@example.com"
        newcomer, there = (
            people.third_party("google", f"g{number}", address),
            people.emailpassword(address, "t1"),
        )
        home.house.accountlinking.make_primary("public", newcomer)

        def act(house: House, number: int, newcomer: str = newcomer, there: str = there) -> object:
            if number % 2:
                return house.tenant_users.associate(tenant, newcomer)
            return house.accountlinking.make_primary("public", there)

        outcomes = crowd_of(2, home, act)
        assert len(winners(outcomes)) == 1
