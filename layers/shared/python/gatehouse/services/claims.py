"""The claims that Gatehouse puts into sessions: verified address, roles, permissions, factors."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from gatehouse.clock import SECOND_MS, Clock
from gatehouse.models.authuser import AuthUser, LoginMethod
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import Unauthorised
from gatehouse.services.authuser import AuthUsers
from gatehouse.services.claim_checks import EMAIL_VERIFIED, MFA, PERMISSIONS, ROLES, ClaimCheck
from gatehouse.services.tenancy import Tenancy
from gatehouse.store import userroles
from gatehouse.store.database import Database
from gatehouse.store.statement import Query

Factors = Mapping[str, int]
"""Which factors were used in a session, and when, in seconds since 1970."""


class MfaClaim(Protocol):
    """How the claim of factors comes about."""

    def reads(self, tenant: Tenant, person: AuthUser) -> tuple[Query[Any], ...]:
        """Return the reads of what is demanded of a person."""

    def claim(self, tenant: Tenant, completed: Factors, answers: tuple[Any, ...]) -> dict[str, Any]:
        """Return the claim from what the reads answered."""

    def completed(self, tenant: Tenant, session: FrontendSession, method: LoginMethod) -> Factors:
        """Return the factors of a session, also of one that was opened before there was such a claim."""


class SessionClaims:
    """Reads what claims tell, when a session is opened and when a claim has grown old."""

    def __init__(
        self,
        database: Database,
        auth_users: AuthUsers,
        tenancy: Tenancy,
        clock: Clock,
        *,
        tells_email: bool,
        mfa: MfaClaim | None,
    ) -> None:
        self._database = database
        self._auth_users = auth_users
        self._tenancy = tenancy
        self._clock = clock
        self._tells_email = tells_email
        self._mfa = mfa

    def reads(self, tenant: Tenant, person: AuthUser) -> tuple[Query[Any], ...]:
        """Return the reads that all claims of a person need, to be run in one batch."""
        app_id, tenant_id = tenant.app_id, tenant.tenant_id
        return (
            userroles.list_roles_of_users(app_id, tenant_id, [person.user_id]),
            userroles.list_permissions_of_user(app_id, tenant_id, person.user_id),
            *(self._mfa.reads(tenant, person) if self._mfa else ()),
        )

    def of_new(
        self,
        tenant: Tenant,
        person: AuthUser,
        method: LoginMethod,
        answers: tuple[Any, ...],
        *,
        factor_id: str,
    ) -> dict[str, Any]:
        """Return the claims of a session that is opened with a factor, from what the reads answered."""
        completed = {factor_id: self._clock() // SECOND_MS}
        return self._of(tenant, person, method, answers, completed)

    def read_again(self, tenant: Tenant, session: FrontendSession, names: Iterable[str]) -> dict[str, Any]:
        """Return some claims of a session as they are now in its tenant; raises Unauthorised if its user is gone."""
        tenant = self._tenancy.sibling(tenant, session.tenant_id)
        person = self._auth_users.get(self._database, tenant.app_id, session.recipe_user_id)
        method = person.login_method(session.recipe_user_id) if person else None
        if person is None or method is None:
            raise Unauthorised(message="Unknown User ID provided")
        answers = self._database.batch(*self.reads(tenant, person))
        completed = self._mfa.completed(tenant, session, method) if self._mfa and MFA in names else {}
        claims = self._of(tenant, person, method, answers, completed)
        return {name: claims[name] for name in names if name in claims}

    def of_email(self, method: LoginMethod) -> dict[str, Any]:
        """Return the claim that tells whether an address is verified; people without one have nothing to verify."""
        if not self._tells_email:
            return {}
        return {EMAIL_VERIFIED: self._timed(method.email is None or method.is_verified)}

    def _of(
        self,
        tenant: Tenant,
        person: AuthUser,
        method: LoginMethod,
        answers: tuple[Any, ...],
        completed: Factors,
    ) -> dict[str, Any]:
        roles, permissions, *others = answers
        claims = self.of_email(method) | {
            ROLES: self._timed([role for owner, role in roles if owner == person.user_id]),
            PERMISSIONS: self._timed(permissions),
        }
        if self._mfa:
            claims[MFA] = self._mfa.claim(tenant, completed, tuple(others))
        return claims

    def _timed(self, value: Any) -> dict[str, Any]:
        return {"v": value, "t": self._clock()}


def stale(checks: Iterable[ClaimCheck], claims: Mapping[str, Any], now_ms: int) -> list[str]:
    """Return the claims that must be read again before they are judged."""
    return list(dict.fromkeys(check.claim for check in checks if check.is_stale(claims, now_ms)))


def faults(checks: Iterable[ClaimCheck], claims: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is wrong, as a frontend is told."""
    found = ((check.claim, check.fault(claims)) for check in checks)
    return [{"id": claim, "reason": reason} for claim, reason in found if reason]
