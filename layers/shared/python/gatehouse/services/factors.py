"""Which factors people may sign in with, which second ones are demanded, and the claim that tells of them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gatehouse.clock import SECOND_MS
from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY, AuthUser, LoginMethod
from gatehouse.models.factors import (
    EMAIL_CODE,
    EMAIL_LINK,
    KNOWN_FACTORS,
    PHONE_CODE,
    PHONE_LINK,
    TOTP,
)
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import Unauthorised
from gatehouse.services.claim_checks import MFA
from gatehouse.services.multitenancy_rules import shown_first_factors
from gatehouse.services.session_list import SessionList
from gatehouse.store import usermetadata
from gatehouse.store.statement import Query

Completed = Mapping[str, int]
"""Which factors were used in a session, and when, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class FactorRules:
    """What a deployment offers and demands; a tenant's own first factors go before `first`.

    `passwordless` are the factors that codes and links are here, `required` those of which everybody needs one.
    """

    passwordless: tuple[str, ...]
    first: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    is_on: bool = False


class Factors:
    """The rules of factors, and the claim of a session that tells which were used and whether they are enough."""

    def __init__(self, rules: FactorRules, session_list: SessionList) -> None:
        self._rules = rules
        self._session_list = session_list

    @property
    def is_on(self) -> bool:
        """Whether sessions know which factors were used."""
        return self._rules.is_on

    @property
    def secondary_factors(self) -> tuple[str, ...]:
        """The factors that somebody may set up besides the one they sign in with."""
        return (EMAIL_PASSWORD, *self._rules.passwordless, TOTP)

    def first_factors(self, tenant: Tenant, *, has_providers: bool = True) -> tuple[str, ...]:
        """Return with what people may sign in to a tenant; without a list, third parties count if there are any."""
        available = (EMAIL_PASSWORD, THIRD_PARTY, *self._rules.passwordless)
        chosen = shown_first_factors(tenant.logins)
        if chosen is None:
            chosen = self._rules.first or None
        if chosen is None:
            return tuple(factor for factor in available if factor != THIRD_PARTY or has_providers)
        return tuple(factor for factor in chosen if factor in available or factor not in KNOWN_FACTORS)

    def is_valid_first_factor(self, tenant: Tenant, factor_id: str) -> bool:
        """Say whether people may sign in to a tenant with a factor."""
        return factor_id in self.first_factors(tenant)

    def required(self, tenant: Tenant, metadata: str | None) -> tuple[str, ...]:
        """Return the second factors of which a person needs one, by what is noted of them, the tenant's and ours."""
        own, ours = _noted(metadata), self._rules.required
        return tuple(dict.fromkeys((*own, *tenant.required_secondary_factors, *ours)))

    def reads(self, tenant: Tenant, person: AuthUser) -> tuple[Query[Any], ...]:
        """Return the reads of what is demanded of a person."""
        return (usermetadata.get_metadata(tenant.app_id, person.user_id),)

    def claim(self, tenant: Tenant, completed: Completed, answers: tuple[Any, ...]) -> dict[str, Any]:
        """Return the claim from what the reads answered."""
        return claim_of(completed, self.required(tenant, answers[0]))

    def completed(self, tenant: Tenant, session: FrontendSession, method: LoginMethod) -> Completed:
        """Return the factors of a session; of one from before there was such a claim, the one that opened it.

        Raises Unauthorised if it has ended, or nobody could open it now.
        """
        known = completed_in(session)
        if known is not None:
            return known
        usable = (factor for factor in _of_method(method) if self.is_valid_first_factor(tenant, factor))
        first = next(usable, None)
        if first is None:
            raise Unauthorised(message="Incorrect login method used")
        return {first: self._session_list.get(tenant, session.handle).created_at_ms // SECOND_MS}


def completed_in(session: FrontendSession) -> Completed | None:
    """Return the factors that the claim of a session has, or None if it has no claim."""
    claim = session.claims.get(MFA)
    completed = claim.get("c") if isinstance(claim, dict) else None
    return completed if isinstance(completed, dict) else None


def unsatisfied(completed: Iterable[str], required: tuple[str, ...]) -> tuple[str, ...]:
    """Return the factors of which one is still missing."""
    return () if set(completed) & set(required) else required


def claim_of(completed: Completed, required: tuple[str, ...]) -> dict[str, Any]:
    """Return the claim of a session in which some factors were used."""
    return {"c": dict(completed), "v": not unsatisfied(completed, required)}


def _of_method(method: LoginMethod) -> tuple[str, ...]:
    """Return the first factors that a login method may have been used with."""
    if method.recipe_id != PASSWORDLESS:
        return (method.recipe_id,)
    by_email = (EMAIL_LINK, EMAIL_CODE) if method.email is not None else ()
    by_phone = (PHONE_LINK, PHONE_CODE) if method.phone_number is not None else ()
    return (*by_email, *by_phone)


def _noted(metadata: str | None) -> tuple[str, ...]:
    """Return the second factors that are demanded of a person in particular."""
    noted = json.loads(metadata or "{}").get("_supertokens")
    factors = noted.get("requiredSecondaryFactors") if isinstance(noted, dict) else None
    return tuple(factor for factor in factors if isinstance(factor, str)) if isinstance(factors, list) else ()
