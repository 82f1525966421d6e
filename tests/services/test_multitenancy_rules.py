"""What the three ways of setting up sign-in make of each other's tenants."""

from itertools import product

import pytest

from gatehouse.core_config import CoreConfigInvalid
from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY
from gatehouse.models.tenancy import FIRST_FACTORS, Logins, TenantConfig, TenantIdentifier
from gatehouse.services.multitenancy_rules import (
    BY_FACTORS,
    BY_SWITCHES,
    BY_SWITCHES_AND_FACTORS,
    EVERY_FACTOR,
    EVERY_RECIPE,
    TenantChange,
    factors_of,
    shown_first_factors,
)

TENANT = TenantIdentifier(tenant_id="t1")
PUBLIC_TENANT = TenantIdentifier(app_id="a1")
CODES = factors_of([PASSWORDLESS])
RULES = (BY_SWITCHES, BY_SWITCHES_AND_FACTORS, BY_FACTORS)


def on(*recipes: str, allowed: tuple[str, ...] | None = None) -> Logins:
    """Return logins with some recipes switched on."""
    return Logins(frozenset(recipes), allowed)


def change(*, ff: object = ..., rsf: object = ..., **switches: bool) -> TenantChange:
    """Return a change; factors are given unless they are `...`."""
    given = {"firstFactors": ff, "requiredSecondaryFactors": rsf}
    return TenantChange(
        switches=switches,
        factors={name: value for name, value in given.items() if value is not ...},  # type: ignore[misc]
    )


def test_an_app_s_own_tenant_begins_with_everything() -> None:
    assert {rules.new(PUBLIC_TENANT).logins for rules in RULES} == {Logins(EVERY_RECIPE, None)}


def test_other_tenants_begin_with_nothing() -> None:
    assert [rules.new(TENANT).logins for rules in RULES] == [
        on(allowed=()),
        on(),
        Logins(EVERY_RECIPE, ()),
    ]
    for rules, recipe in product(RULES, FIRST_FACTORS):
        logins = rules.new(TENANT).logins
        assert not logins.offers(recipe)
        assert not logins.has_on(recipe)


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        (on(allowed=()), change(emailpassword=True), on(EMAIL_PASSWORD, allowed=("emailpassword",))),
        (on(), change(emailpassword=True), on(EMAIL_PASSWORD, allowed=("emailpassword",))),
        (Logins(), change(), Logins()),
        (Logins(), change(thirdparty=False), Logins(EVERY_RECIPE, ("emailpassword", *CODES))),
        (Logins(), change(thirdparty=True), Logins()),
        (
            Logins(EVERY_RECIPE, ("emailpassword", "custom")),
            change(passwordless=True, emailpassword=False),
            Logins(EVERY_RECIPE, ("custom", *CODES)),
        ),
        (
            Logins(EVERY_RECIPE, ("otp-email",)),
            change(passwordless=True),
            Logins(EVERY_RECIPE, ("otp-email",)),
        ),
        (on(EMAIL_PASSWORD, allowed=("thirdparty",)), change(), on(EMAIL_PASSWORD, allowed=())),
    ],
)
def test_switches_alone(before: Logins, wanted: TenantChange, after: Logins) -> None:
    assert BY_SWITCHES.change(TenantConfig(TENANT, before), wanted).logins == after


@pytest.mark.parametrize(
    ("before", "secondary", "wanted", "after", "secondary_after"),
    [
        (on(), None, change(thirdparty=True), on(THIRD_PARTY), None),
        (Logins(EVERY_RECIPE, ()), None, change(thirdparty=True), on(THIRD_PARTY), None),
        (Logins(EVERY_RECIPE, ()), None, change(thirdparty=False), on(EMAIL_PASSWORD, PASSWORDLESS, allowed=()), None),
        (on(), None, change(ff=("otp-phone", "custom")), on(PASSWORDLESS, allowed=("otp-phone", "custom")), None),
        (on(), None, change(ff=None), on(), None),
        (Logins(), None, change(ff=None, emailpassword=False), on(THIRD_PARTY, PASSWORDLESS), None),
        (
            Logins(EVERY_RECIPE, ("emailpassword", "thirdparty")),
            ("emailpassword", "totp"),
            change(emailpassword=False),
            on(THIRD_PARTY, PASSWORDLESS, allowed=("thirdparty",)),
            ("totp",),
        ),
        (
            Logins(EVERY_RECIPE, ("thirdparty",)),
            ("emailpassword",),
            change(emailpassword=False),
            on(THIRD_PARTY, PASSWORDLESS, allowed=("thirdparty",)),
            None,
        ),
        (on(), None, change(rsf=("otp-email",)), on(PASSWORDLESS, allowed=()), ("otp-email",)),
        (
            on(EMAIL_PASSWORD),
            None,
            change(rsf=("otp-email", "totp"), thirdparty=True),
            on(EMAIL_PASSWORD, THIRD_PARTY, PASSWORDLESS, allowed=("emailpassword", "thirdparty")),
            ("otp-email", "totp"),
        ),
        (
            on(EMAIL_PASSWORD),
            None,
            change(rsf=("otp-email",), passwordless=True),
            on(EMAIL_PASSWORD, PASSWORDLESS),
            ("otp-email",),
        ),
        (on(EMAIL_PASSWORD), None, change(rsf=("totp",)), on(EMAIL_PASSWORD), ("totp",)),
        (
            on(EMAIL_PASSWORD, allowed=("emailpassword",)),
            None,
            change(rsf=("thirdparty",)),
            on(EMAIL_PASSWORD, THIRD_PARTY, allowed=("emailpassword",)),
            ("thirdparty",),
        ),
        (Logins(), ("totp",), change(rsf=None), Logins(), None),
    ],
)  # fmt: skip
def test_switches_and_factors(
    before: Logins,
    secondary: tuple[str, ...] | None,
    wanted: TenantChange,
    after: Logins,
    secondary_after: tuple[str, ...] | None,
) -> None:
    config = TenantConfig(TENANT, before, required_secondary_factors=secondary)

    changed = BY_SWITCHES_AND_FACTORS.change(config, wanted)

    assert (changed.logins, changed.required_secondary_factors) == (after, secondary_after)


@pytest.mark.parametrize("factor", EVERY_FACTOR)
@pytest.mark.parametrize("name", ["ff", "rsf"])
def test_a_factor_of_a_recipe_that_is_turned_off_is_a_contradiction(factor: str, name: str) -> None:
    recipe = next(recipe for recipe, factors in FIRST_FACTORS.items() if factor in factors)
    wanted = change(**{name: (factor,), recipe: False})  # type: ignore[arg-type]

    with pytest.raises(CoreConfigInvalid, match=f"should not contain '{factor}' because .* is disabled"):
        BY_SWITCHES_AND_FACTORS.change(TenantConfig(TENANT), wanted)


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        (on(EMAIL_PASSWORD), change(), on(EMAIL_PASSWORD)),
        (on(EMAIL_PASSWORD), change(rsf=("totp",)), Logins(EVERY_RECIPE, ("emailpassword",))),
        (on(), change(rsf=None), Logins(EVERY_RECIPE, ())),
        (on(EMAIL_PASSWORD), change(ff=None), Logins()),
        (Logins(), change(ff=()), Logins(EVERY_RECIPE, ())),
        (on(THIRD_PARTY, allowed=("custom",)), change(rsf=("x",)), Logins(EVERY_RECIPE, ("custom",))),
    ],
)
def test_factors_alone(before: Logins, wanted: TenantChange, after: Logins) -> None:
    assert BY_FACTORS.change(TenantConfig(TENANT, before), wanted).logins == after


def test_lists_show_what_switches_said() -> None:
    assert shown_first_factors(Logins()) is None
    assert shown_first_factors(on()) == ()
    assert shown_first_factors(on(THIRD_PARTY, PASSWORDLESS)) == ("thirdparty", *CODES)
    assert shown_first_factors(on(THIRD_PARTY, allowed=("x",))) == ("x",)
