"""What a request makes of a tenant: three ways, for the interface has said three times how people may sign in.

Before CDI 5.0 a recipe is on or off. 5.0 adds lists of factors beside these switches; its `/v2` paths (5.1) have the
lists alone. Rows keep both, and each way reads and writes them so that the others show something sensible.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gatehouse.core_config import CoreConfigInvalid
from gatehouse.errors import Forbidden
from gatehouse.models import PUBLIC
from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY
from gatehouse.models.tenancy import FIRST_FACTORS, Logins, TenantConfig, TenantIdentifier

EVERY_RECIPE = frozenset(FIRST_FACTORS)
EVERY_FACTOR = tuple(factor for factors in FIRST_FACTORS.values() for factor in factors)

_RECIPE_OF = {factor: recipe for recipe, factors in FIRST_FACTORS.items() for factor in factors}
_NAMES = {EMAIL_PASSWORD: "emailPassword", THIRD_PARTY: "thirdParty", PASSWORDLESS: "passwordless"}

Factors = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class TenantChange:
    """What a request says of a tenant; what it leaves out stays.

    `switches` turn recipes on and off; of the two lists, one that is given stands in `factors` under its wire name.
    """

    core_config: Mapping[str, Any] | None = None
    switches: Mapping[str, bool] = field(default_factory=dict)
    factors: Mapping[str, Factors] = field(default_factory=dict)

    @property
    def first_factors(self) -> Factors:
        """The first factors that are given; None allows all."""
        return self.factors.get("firstFactors")

    @property
    def secondary_factors(self) -> Factors:
        """The required secondary factors that are given; None requires none."""
        return self.factors.get("requiredSecondaryFactors")

    @property
    def has_first_factors(self) -> bool:
        """Whether first factors are given."""
        return "firstFactors" in self.factors

    @property
    def has_secondary_factors(self) -> bool:
        """Whether required secondary factors are given."""
        return "requiredSecondaryFactors" in self.factors


class TenantRules(ABC):
    """One way to set up how people sign in to a tenant."""

    def new(self, identifier: TenantIdentifier) -> TenantConfig:
        """Return a tenant before its first change: an app's own offers everything, others nothing."""
        logins = Logins() if identifier.is_public else self.logins_of_new
        return TenantConfig(identifier, logins)

    @property
    @abstractmethod
    def logins_of_new(self) -> Logins:
        """How people sign in to a new tenant that is not an app's own."""

    @abstractmethod
    def change(self, config: TenantConfig, change: TenantChange) -> TenantConfig:
        """Return a tenant with other factors and recipes; raises CoreConfigInvalid."""


class BySwitches(TenantRules):
    """Before CDI 5.0: a recipe is off when none of its factors is allowed."""

    @property
    def logins_of_new(self) -> Logins:
        """Nothing is on."""
        return Logins(frozenset(), ())

    def change(self, config: TenantConfig, change: TenantChange) -> TenantConfig:
        """Turn recipes on and off; the row's own switches are only ever turned on."""
        logins, switches = config.logins, change.switches
        wanted = [recipe for recipe, is_on in switches.items() if is_on and not logins.offers(recipe)]
        enabled = logins.enabled | frozenset(wanted)
        unwanted = [
            recipe for recipe in FIRST_FACTORS if recipe not in enabled or switches.get(recipe) is False
        ]
        allowed = logins.first_factors
        if allowed is not None:
            allowed = _union(allowed, factors_of(wanted))
        elif unwanted:
            allowed = EVERY_FACTOR
        if allowed is not None:
            allowed = _without(allowed, unwanted)
        return replace(config, logins=Logins(enabled, allowed))


class BySwitchesAndFactors(TenantRules):
    """CDI 5.0: switches and lists, which may not contradict each other."""

    @property
    def logins_of_new(self) -> Logins:
        """Nothing is on, and every factor of what will be is allowed."""
        return Logins(frozenset(), None)

    def change(self, config: TenantConfig, change: TenantChange) -> TenantConfig:
        """Change switches and lists; a factor turns its recipe on, and turning a recipe off takes its factors away."""
        _check_contradictions(change)
        before, switches = config.logins, change.switches
        if before.first_factors == () and any(is_on for is_on in switches.values()):
            before = Logins(frozenset(), None)
        secondary = config.required_secondary_factors
        allowed, off = before.first_factors, [recipe for recipe, is_on in switches.items() if not is_on]
        if change.has_first_factors:
            allowed = change.first_factors
        elif allowed is not None:
            allowed = _without(allowed, off)
        elif _turns_on_by_secondary(before, change):
            on = [recipe for recipe in FIRST_FACTORS if switches.get(recipe, recipe in before.enabled)]
            allowed = factors_of(on)
        if change.has_secondary_factors:
            secondary = change.secondary_factors
        elif secondary is not None:
            secondary = _without(secondary, off)
        enabled = (before.enabled | {recipe for recipe, is_on in switches.items() if is_on}) - set(off)
        enabled |= _recipes_of((*(allowed or ()), *(secondary or ())))
        return replace(config, logins=Logins(enabled, allowed), required_secondary_factors=secondary or None)


class ByFactors(TenantRules):
    """The `/v2` paths: lists alone. Every switch is on, so that the lists say everything."""

    @property
    def logins_of_new(self) -> Logins:
        """Everything is on, and no first factor allowed."""
        return Logins(EVERY_RECIPE, ())

    def change(self, config: TenantConfig, change: TenantChange) -> TenantConfig:
        """Change the lists; what the switches said becomes first factors."""
        if not change.factors:
            return config
        allowed = shown_first_factors(config.logins)
        if change.has_first_factors:
            allowed = change.first_factors
        secondary = config.required_secondary_factors
        if change.has_secondary_factors:
            secondary = change.secondary_factors
        return replace(
            config, logins=Logins(EVERY_RECIPE, allowed), required_secondary_factors=secondary or None
        )


BY_SWITCHES = BySwitches()
BY_SWITCHES_AND_FACTORS = BySwitchesAndFactors()
BY_FACTORS = ByFactors()


def factors_of(recipes: Iterable[str]) -> tuple[str, ...]:
    """Return the first factors that recipes bring."""
    return tuple(factor for recipe in recipes for factor in FIRST_FACTORS[recipe])


def shown_first_factors(logins: Logins) -> Factors:
    """Return the first factors as lists alone say them: None if everything is on and allowed."""
    if logins.first_factors is not None or logins.enabled == EVERY_RECIPE:
        return logins.first_factors
    return factors_of(recipe for recipe in FIRST_FACTORS if recipe in logins.enabled)


def check_may_put(source: TenantIdentifier, target: TenantIdentifier) -> None:
    """Raise Forbidden unless `target` is below `source`, or the same (specs/supertokens.md 4.9)."""
    if not target.is_public:
        if source.tenant_id not in {PUBLIC, target.tenant_id}:
            raise Forbidden("You must use the public or same tenant to add/update a tenant")
    elif target != target.connection:
        if not source.is_public or source.app_id not in {PUBLIC, target.app_id}:
            raise Forbidden("You must use the public or same app to add/update an app")
    elif source != TenantIdentifier() and source.domain != target.domain and target.domain:
        raise Forbidden(
            "You must use the default or same connectionUriDomain to create/update a connectionUriDomain"
        )


def _check_contradictions(change: TenantChange) -> None:
    for recipe, factors in FIRST_FACTORS.items():
        if change.switches.get(recipe) is False:
            for name, given in change.factors.items():
                for factor in factors:
                    if factor in (given or ()):
                        raise CoreConfigInvalid(
                            f"{name} should not contain '{factor}' because {_NAMES[recipe]} is disabled for the tenant."
                        )


def _turns_on_by_secondary(before: Logins, change: TenantChange) -> bool:
    """Whether a recipe is turned on by a secondary factor alone, which must not make it a first factor."""
    return any(
        not before.has_on(recipe) and not change.switches.get(recipe)
        for recipe in _recipes_of(change.secondary_factors or ())
    )


def _recipes_of(factors: Iterable[str]) -> frozenset[str]:
    return frozenset(_RECIPE_OF[factor] for factor in factors if factor in _RECIPE_OF)


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _without(factors: tuple[str, ...], recipes: Iterable[str]) -> tuple[str, ...]:
    gone = set(factors_of(recipes))
    return tuple(factor for factor in factors if factor not in gone)
