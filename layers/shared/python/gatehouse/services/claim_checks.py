"""What may be demanded of the claims of a session: checks, and the reasons that a frontend is given.

A check asks for a claim to be read again where it is missing or too old, and then says what is wrong with it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatehouse.clock import SECOND_MS

Claims = Mapping[str, Any]
Reason = dict[str, Any]

EMAIL_VERIFIED = "st-ev"
ROLES = "st-role"
PERMISSIONS = "st-perm"
MFA = "st-mfa"

REFETCH_FALSE_MS = 10 * SECOND_MS
"""How long a session is believed that an address is not verified."""


class ClaimCheck(ABC):
    """Something that a session must prove; `claim` is the claim that it is about."""

    claim: str

    @abstractmethod
    def is_stale(self, claims: Claims, now_ms: int) -> bool:
        """Say whether the claim must be read again before it is judged."""

    @abstractmethod
    def fault(self, claims: Claims) -> Reason | None:
        """Return what is wrong with the claim, or None."""


@dataclass(frozen=True)
class EmailVerified(ClaimCheck):
    """The address of the login method is verified."""

    claim: str = EMAIL_VERIFIED

    def is_stale(self, claims: Claims, now_ms: int) -> bool:
        """Say whether there is no claim, or it has been false for some seconds."""
        value = value_of(claims, self.claim)
        return value is None or (value is False and _time_of(claims, self.claim) < now_ms - REFETCH_FALSE_MS)

    def fault(self, claims: Claims) -> Reason | None:
        """Return what is wrong with the claim, or None."""
        value = value_of(claims, self.claim)
        if value is True:
            return None
        return {"message": _message(value), "expectedValue": True, "actualValue": value}


@dataclass(frozen=True)
class Includes(ClaimCheck):
    """A list has all of some values."""

    claim: str
    wanted: tuple[str, ...]
    max_age_ms: int = 300 * SECOND_MS

    def is_stale(self, claims: Claims, now_ms: int) -> bool:
        """Say whether there is no claim, or it is too old."""
        is_missing = value_of(claims, self.claim) is None
        return is_missing or _time_of(claims, self.claim) < now_ms - self.max_age_ms

    def fault(self, claims: Claims) -> Reason | None:
        """Return what is wrong with the claim, or None."""
        value = value_of(claims, self.claim)
        if isinstance(value, list) and all(item in value for item in self.wanted):
            return None
        expected = self.wanted[0] if len(self.wanted) == 1 else list(self.wanted)
        return {"message": _message(value), "expectedToInclude": expected, "actualValue": value}


@dataclass(frozen=True)
class MfaCompleted(ClaimCheck):
    """All factors that are asked for were used."""

    claim: str = MFA

    def is_stale(self, claims: Claims, now_ms: int) -> bool:  # noqa: ARG002 (the claim does not age)
        """Say whether there is no claim."""
        return not isinstance(claims.get(self.claim), dict)

    def fault(self, claims: Claims) -> Reason | None:
        """Return what is wrong with the claim, or None."""
        value = claims.get(self.claim)
        if isinstance(value, dict) and value.get("v") is True:
            return None
        return {"message": "MFA requirement for auth is not satisfied"}


@dataclass(frozen=True)
class FactorUsed(ClaimCheck):
    """One of some factors was used."""

    wanted: tuple[str, ...]
    claim: str = MFA

    def is_stale(self, claims: Claims, now_ms: int) -> bool:  # noqa: ARG002 (the claim does not age)
        """Say whether there is no claim."""
        return not isinstance(claims.get(self.claim), dict)

    def fault(self, claims: Claims) -> Reason | None:
        """Return what is wrong with the claim, or None."""
        value = claims.get(self.claim)
        used = value.get("c") if isinstance(value, dict) else None
        if isinstance(used, dict) and any(factor in used for factor in self.wanted):
            return None
        if len(self.wanted) == 1:
            factor = self.wanted[0]
            return {"message": f"Factor validation failed: {factor} not completed", "factor_id": factor}
        names = ", ".join(self.wanted)
        return {
            "reason": f"None of these factors are complete in the session: {names}",
            "one_of": list(self.wanted),
        }


def has_factor(*factors: str) -> FactorUsed:
    """Demand that one of some factors was used, whether or not anybody asks for it otherwise."""
    return FactorUsed(factors)


def has_role(*roles: str) -> Includes:
    """Demand all of some roles; they are read again after five minutes."""
    return Includes(ROLES, roles)


def has_permission(*permissions: str) -> Includes:
    """Demand all of some permissions; they are read again after five minutes."""
    return Includes(PERMISSIONS, permissions)


def value_of(claims: Claims, name: str) -> Any:
    """Return the value of a claim `{v, t}`, or None."""
    claim = claims.get(name)
    return claim.get("v") if isinstance(claim, dict) else None


def _time_of(claims: Claims, name: str) -> int:
    claim = claims.get(name)
    time_ms = claim.get("t") if isinstance(claim, dict) else None
    return time_ms if isinstance(time_ms, int) else 0


def _message(value: Any) -> str:
    return "value does not exist" if value is None else "wrong value"
