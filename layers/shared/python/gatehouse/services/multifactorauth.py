"""Second factors: completed in a session, set up, and told to whoever must choose one (specs/supertokens.md 6.3)."""

from dataclasses import dataclass

from gatehouse.clock import SECOND_MS, Clock
from gatehouse.errors import GatehouseError
from gatehouse.frontend_errors import GeneralError, InvalidClaims
from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, AuthUser, LoginMethod
from gatehouse.models.factors import EMAIL_FACTORS, PHONE_FACTORS, TOTP
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import Unauthorised
from gatehouse.services.authuser import pick
from gatehouse.services.claim_checks import MFA
from gatehouse.services.factor_contacts import Contacts, emails, is_real, phone_numbers
from gatehouse.services.factors import FactorRules, Factors, claim_of, completed_in, unsatisfied
from gatehouse.services.frontend_sessions import FrontendSessions
from gatehouse.services.session_list import SessionList
from gatehouse.services.tenancy import Tenancy, TenantNotFound
from gatehouse.store import login_methods, totp, usermetadata
from gatehouse.store.database import Database
from gatehouse.store.statement import Query
from gatehouse.store.totp import Device

SET_UP_IS_MISSING = "Completed factors in the session does not satisfy the MFA requirements for auth"
NOT_NEXT = "Not allowed to setup factor that is not in the next set of unsatisfied factors"


class MultiFactorAuthOff(GatehouseError):
    """Sessions know nothing of factors here."""

    status = 404
    error = "not_found"
    title = "Not there"
    detail = "Second factors are there only where MFA is on"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Somebody with a session, the second factors of which they need one, and those that they have."""

    person: AuthUser
    method: LoginMethod
    required: tuple[str, ...]
    set_up: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Permission:
    """A session, its claim as it must be now, its user, and the factors that they may set up."""

    session: FrontendSession
    person: AuthUser
    factor_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactorInfo:
    """What a frontend asks before it lets somebody choose a factor: which are next, set up, and may be."""

    next: list[str]
    already_set_up: list[str]
    allowed_to_set_up: list[str]
    emails: Contacts
    phone_numbers: Contacts


class MultiFactorAuth(Factors):
    """The rules of factors with the sessions that they are used in; a session's own tenant is the one that counts."""

    def __init__(
        self,
        rules: FactorRules,
        session_list: SessionList,
        database: Database,
        tenancy: Tenancy,
        sessions: FrontendSessions,
        clock: Clock,
    ) -> None:
        super().__init__(rules, session_list)
        self._database = database
        self._tenancy = tenancy
        self._sessions = sessions
        self._clock = clock

    def require_on(self) -> None:
        """Raise MultiFactorAuthOff unless sessions know which factors were used."""
        if not self.is_on:
            raise MultiFactorAuthOff

    def complete_factor(
        self, tenant: Tenant, session: FrontendSession, factor_id: str, *, is_in_log: bool = False
    ) -> FrontendSession:
        """Note in a session that a factor was used just now, and in the audit log; raises Unauthorised."""
        own = self.tenant_of(tenant, session)
        known = self._read(own, session)
        completed = {**(completed_in(session) or {}), factor_id: self._clock() // SECOND_MS}
        claim = {MFA: claim_of(completed, known.required)}
        return self._sessions.merge(own, session, claim, factor_id=None if is_in_log else factor_id)

    def require_may_set_up(
        self, tenant: Tenant, session: FrontendSession, person: AuthUser | None, *factor_ids: str
    ) -> Permission:
        """Return which of some factors the user of a session may set up; raises InvalidClaims if it is none of them.

        `person` is the user, if the caller has just read them. Raises Unauthorised if the session is theirs no longer.
        """
        own = self.tenant_of(tenant, session)
        session, known = self._resync(own, session, person)
        faults = {factor: self._fault(session, known, factor) for factor in factor_ids}
        allowed = tuple(factor for factor, fault in faults.items() if fault is None)
        if not allowed:
            reason = {"message": list(faults.values())[-1]}
            raise InvalidClaims([{"id": MFA, "reason": reason}], session)
        return Permission(session, known.person, allowed)

    def info(self, tenant: Tenant, session: FrontendSession) -> tuple[FrontendSession, FactorInfo]:
        """Return the session, its claim as it must be now, and what its user can choose from.

        Raises Unauthorised, or GeneralError if they can have none of the factors that they need.
        """
        own = self.tenant_of(tenant, session)
        session, known = self._resync(own, session)
        missing = unsatisfied(completed_in(session) or {}, known.required)
        allowed = [factor for factor in self.secondary_factors if self._fault(session, known, factor) is None]
        following = [factor for factor in missing if factor in allowed or factor in known.set_up]
        if missing and not following:
            raise GeneralError(f"A second factor is needed that nobody can set up here: {', '.join(missing)}")
        passwordless = self._rules.passwordless
        return session, FactorInfo(
            next=following,
            already_set_up=list(known.set_up),
            allowed_to_set_up=allowed,
            emails=emails(known.person, known.method, passwordless),
            phone_numbers=phone_numbers(known.person, known.method, passwordless),
        )

    def tenant_of(self, tenant: Tenant, session: FrontendSession) -> Tenant:
        """Return the tenant that a session was opened in; raises Unauthorised if it is gone."""
        try:
            return self._tenancy.sibling(tenant, session.tenant_id)
        except TenantNotFound:
            raise Unauthorised(message="Tenant not found") from None

    def _resync(
        self, tenant: Tenant, session: FrontendSession, person: AuthUser | None = None
    ) -> tuple[FrontendSession, Knowledge]:
        """Return the session, its claim as it must be now, and what is known of its user."""
        known = self._read(tenant, session, person)
        claim = claim_of(self.completed(tenant, session, known.method), known.required)
        if session.claims.get(MFA) != claim:
            session = self._sessions.merge(tenant, session, {MFA: claim})
        return session, known

    def _read(self, tenant: Tenant, session: FrontendSession, person: AuthUser | None = None) -> Knowledge:
        """Return what is known of a session's user; raises Unauthorised if it is no longer theirs."""
        app_id, method_id = tenant.app_id, session.recipe_user_id
        people = () if person else login_methods.by_ids(app_id, [method_id])
        user_id = person.user_id if person else session.user_id
        metadata, devices, *rows = self._database.batch(*_noted_of(app_id, user_id), *people)
        if person is None:
            person = pick(login_methods.people(*rows), method_id)
        method = person.login_method(method_id) if person else None
        if person is None or method is None:
            raise Unauthorised(message="Session user not found")
        if person.user_id != user_id:  # linked since the session was opened
            if person.login_method(user_id) is None:
                raise Unauthorised(message="User no longer associated with the session")
            metadata, devices = self._database.batch(*_noted_of(app_id, person.user_id))
        has_totp = any(device.user_id == person.user_id and device.is_verified for device in devices)
        set_up = self._set_up(person, has_totp=has_totp)
        return Knowledge(person, method, self.required(tenant, metadata), set_up)

    def _set_up(self, person: AuthUser, *, has_totp: bool) -> tuple[str, ...]:
        """Return the factors that a person has; in which tenant does not matter."""
        methods = person.login_methods
        codes = [method for method in methods if method.recipe_id == PASSWORDLESS]
        has = {
            EMAIL_PASSWORD: any(method.recipe_id == EMAIL_PASSWORD for method in methods),
            **dict.fromkeys(EMAIL_FACTORS, any(is_real(method.email) for method in codes)),
            **dict.fromkeys(PHONE_FACTORS, any(method.phone_number is not None for method in codes)),
            TOTP: has_totp,
        }
        return tuple(factor for factor in self.secondary_factors if has[factor])

    def _fault(self, session: FrontendSession, known: Knowledge, factor_id: str) -> str | None:
        """Return why a factor may not be set up in a session, or None if it may."""
        missing = unsatisfied(completed_in(session) or {}, known.required)
        if any(factor in known.set_up for factor in missing):
            return SET_UP_IS_MISSING
        return None if not missing or factor_id in missing else NOT_NEXT


def _noted_of(app_id: str, user_id: str) -> tuple[Query[str | None], Query[list[Device]]]:
    """Return the reads of what is noted about a person, and of their TOTP devices."""
    return usermetadata.get_metadata(app_id, user_id), totp.list_devices(app_id, user_id)
