"""Who may sign in or up with what, before and after their proof (specs/supertokens.md 4.7 and 6.3).

Every recipe of the frontend interface asks here, in SuperTokens' order: `find` who it is, `before` the proof is looked
at, and `let_in` when it was right, which is to `link`, and `after` that the session. What `find` and `before` both need
can be read once with `look`, and given to both.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from gatehouse.errors import DatabaseConflict, RequestInvalid
from gatehouse.models.authuser import AuthUser, LoginMethod
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import (
    AssociationNotAllowed,
    InputUserIsNotAPrimaryUser,
    RecipeError,
    Unauthorised,
)
from gatehouse.services.authuser import pick
from gatehouse.services.automatic_linking import TRIES, AutomaticLinking
from gatehouse.services.candidates import Candidate, Entry, Found, Seen
from gatehouse.services.frontend_sessions import FrontendSessions
from gatehouse.services.multifactorauth import MultiFactorAuth
from gatehouse.services.multitenancy_users import TenantUsers
from gatehouse.services.newcomers import Newcomers
from gatehouse.services.session_linking import LinkingToSessionUserFailed, SessionLinking, Target
from gatehouse.services.tenancy import Tenancy
from gatehouse.store import account_info, login_methods
from gatehouse.store.database import Database


class SignUpNotAllowed(RecipeError):
    """Somebody else has the address or number, or strangers may not join."""

    status_text = "SIGN_UP_NOT_ALLOWED"


class NotInvited(SignUpNotAllowed):
    """Strangers may not join; `admission` is what they would have got, for recipes that do not tell them here."""

    def __init__(self, admission: "Admission") -> None:
        super().__init__()
        self.admission = admission


class SignInNotAllowed(RecipeError):
    """Somebody else has the address or number, and it is not proved whose it is."""

    status_text = "SIGN_IN_NOT_ALLOWED"


REFUSALS = (SignUpNotAllowed, SignInNotAllowed, LinkingToSessionUserFailed)
"""What a recipe tells with a status and a reason of its own."""

NO_FIRST_FACTOR = (
    "First factor sign in/up called for a non-first factor with an active session. This might indicate that you are "
    "trying to use this as a secondary factor, but disabled account linking."
)


class Refused(RecipeError):
    """A recipe's own status and `reason` for any of these."""

    def __init__(self, status_text: str, reason: str) -> None:
        super().__init__(reason=reason)
        self.status_text = status_text


@dataclass(frozen=True, slots=True)
class Admission:
    """With which factors somebody may go on, and whether these let them in, or are added to a session."""

    factor_ids: tuple[str, ...]
    is_first_factor: bool


@dataclass(frozen=True, slots=True)
class LetIn:
    """Who has signed in, the login method of their session, whether what they came with is new, and the session."""

    person: AuthUser
    method: LoginMethod
    is_new: bool
    session: FrontendSession


class AuthChecks:
    """What the backend SDKs ask around every sign-in and sign-up.

    Raises SignUpNotAllowed, SignInNotAllowed and LinkingToSessionUserFailed, which a recipe tells with `refusal`.
    """

    def __init__(
        self,
        database: Database,
        tenancy: Tenancy,
        tenant_users: TenantUsers,
        linking: AutomaticLinking,
        session_linking: SessionLinking,
        newcomers: Newcomers,
        factors: MultiFactorAuth,
        sessions: FrontendSessions,
    ) -> None:
        self._database = database
        self._tenancy = tenancy
        self._tenant_users = tenant_users
        self._linking = linking
        self._session_linking = session_linking
        self._newcomers = newcomers
        self._factors = factors
        self._sessions = sessions

    def look(self, tenant: Tenant, candidate: Candidate, session: FrontendSession | None = None) -> Seen:
        """Read what `find` and `before` need to know, in one round trip."""
        app_id = tenant.app_id
        sharers = account_info.list_people_in_tenant(app_id, tenant.tenant_id, candidate.infos)
        owner = login_methods.by_ids(app_id, [session.user_id]) if session else ()
        directory = self._newcomers.reads(candidate.email)
        a, b, c, *others = self._database.batch(*sharers, *owner, *directory)
        session_user = pick(login_methods.people(*others[:3]), session.user_id) if session else None
        return Seen(login_methods.people(a, b, c), session_user, tuple(others[len(owner) :]))

    def find(
        self,
        tenant: Tenant,
        candidate: Candidate,
        session: FrontendSession | None = None,
        checks_credentials: Callable[[Tenant], bool] = lambda _: True,
        seen: Seen | None = None,
    ) -> Found | None:
        """Return who wants in, and with which login method.

        The user of a session may be known by the same login method in another tenant: once their credentials are right
        there, they are let into this one. Raises Unauthorised if the session's user is gone or may not come here.
        """
        for _ in range(TRIES):
            seen = seen or self.look(tenant, candidate, session)
            for person in seen.people:
                for method in person.login_methods:
                    if candidate.has(method) and tenant.tenant_id in method.tenant_ids:
                        return person, method
            if session is None:
                return None
            if seen.session_user is None:
                raise Unauthorised(message="Session user not found")
            if not seen.session_user.is_primary:
                return None
            try:
                return self._bring_along(tenant, candidate, seen.session_user, checks_credentials)
            except AssociationNotAllowed:
                raise Unauthorised(message="Session user not associated with the session tenant") from None
            except RecipeError:  # somebody else has it in this tenant, since the read
                seen = None
        return None

    def before(
        self,
        tenant: Tenant,
        candidate: Candidate,
        *,
        found: AuthUser | None,
        is_sign_up: bool,
        is_verified: bool,
        verifies: bool,
        factor_ids: Sequence[str],
        session: FrontendSession | None,
        links_session: bool | None,
        skips_update: bool = False,
        seen: Seen | None = None,
    ) -> Admission:
        """Say whether somebody may go on, before their proof is looked at.

        `is_verified` says that what they have is proved already, `verifies` that the proof they bring will do that.
        `skips_update` leaves the session's user as they are. Raises InvalidClaims, RequestInvalid, Unauthorised, too.
        """
        target = self._session_linking.target(
            tenant,
            session,
            links_session,
            found,
            skips_update=skips_update,
            session_user=seen.session_user if seen else None,
        )
        admission = Admission(
            self._valid_factors(tenant, factor_ids, session, target), is_first_factor=target is None
        )
        rule = self._linking.rule(session if target else None)
        entry = Entry(candidate, rule, target, is_verified=is_verified or verifies)
        if is_sign_up:
            self._check_sign_up(tenant, entry, seen, admission)
        elif found and not (verifies or found.is_primary or found.login_methods[0].is_verified):
            self._check_sign_in(tenant, entry, found, seen)
        return admission

    def let_in(
        self,
        tenant: Tenant,
        person: AuthUser,
        method: LoginMethod,
        *,
        is_new: bool,
        factor_id: str,
        session: FrontendSession | None,
        links_session: bool | None,
        has_anti_csrf: bool,
    ) -> LetIn:
        """Link who has proved that they are somebody, and give them a session; raises what `before` does about it."""
        own_id = method.supertokens_user_id
        person = self.link(tenant, person, person.login_method(own_id) or method, session, links_session)
        method = person.login_method(own_id) or method
        now = self.after(
            tenant,
            person,
            method,
            is_sign_up=is_new,
            factor_id=factor_id,
            session=session,
            has_anti_csrf=has_anti_csrf,
        )
        return LetIn(person, person.login_method(now.recipe_user_id) or method, is_new, now)

    def link(
        self,
        tenant: Tenant,
        person: AuthUser,
        method: LoginMethod,
        session: FrontendSession | None,
        links_session: bool | None,
    ) -> AuthUser:
        """Link who has proved that they are somebody: to the session's user, or to who shares their address.

        Return who they are now. Raises what `before` does about the session.
        """
        for _ in range(TRIES):
            target = self._session_linking.target(tenant, session, links_session, person)
            if target is None:
                return self._linking.link(tenant, person, method)
            if target.is_linked:
                return target.person
            with suppress(InputUserIsNotAPrimaryUser):
                return self._session_linking.join(tenant, target, person, method)
        raise DatabaseConflict

    def after(
        self,
        tenant: Tenant,
        person: AuthUser,
        method: LoginMethod,
        *,
        is_sign_up: bool,
        factor_id: str,
        session: FrontendSession | None,
        has_anti_csrf: bool,
    ) -> FrontendSession:
        """Return the session of who has signed in: the one they had, with one more factor, or a new one."""
        if session and person.login_method(session.recipe_user_id):
            if self._factors.is_on:
                return self._factors.complete_factor(tenant, session, factor_id)
            return session
        if is_sign_up and self._has_proved_themselves(person):
            self._newcomers.note(tenant, person, method)
        return self._sessions.open(tenant, person, method, factor_id=factor_id, has_anti_csrf=has_anti_csrf)

    def _has_proved_themselves(self, person: AuthUser) -> bool:
        """Say whether a proof that counts for somebody who has just signed up is theirs.

        Where linking asks for none, it may be that of whoever they were linked to.
        """
        rule = self._linking.rule()
        return rule is None or rule.requires_verification or len(person.login_methods) == 1

    def _bring_along(
        self,
        tenant: Tenant,
        candidate: Candidate,
        person: AuthUser,
        checks_credentials: Callable[[Tenant], bool],
    ) -> Found | None:
        """Let the user of a session into a tenant with a login method of theirs, whose credentials are right.

        Raises what `TenantUsers.associate` does.
        """
        for method in person.login_methods:
            if not candidate.has(method) or not method.tenant_ids:
                continue
            if tenant.tenant_id in method.tenant_ids:
                return person, method
            if checks_credentials(self._tenancy.sibling(tenant, method.tenant_ids[0])):
                self._tenant_users.associate(tenant, method.supertokens_user_id)
                there = replace(method, tenant_ids=(*method.tenant_ids, tenant.tenant_id))
                return person.with_method(there), there
        return None

    def _valid_factors(
        self,
        tenant: Tenant,
        factor_ids: Sequence[str],
        session: FrontendSession | None,
        target: Target | None,
    ) -> tuple[str, ...]:
        """Return the factors that may be used; raises Unauthorised, RequestInvalid, InvalidClaims if it is none."""
        if session and target:
            if target.is_linked or not self._factors.is_on:
                return tuple(factor_ids)
            return self._factors.require_may_set_up(tenant, session, target.person, *factor_ids).factor_ids
        valid = tuple(factor for factor in factor_ids if self._factors.is_valid_first_factor(tenant, factor))
        if valid:
            return valid
        if session:
            raise RequestInvalid(NO_FIRST_FACTOR)
        raise Unauthorised(message="A valid session is required to authenticate with secondary factors")

    def _check_sign_up(self, tenant: Tenant, entry: Entry, seen: Seen | None, admission: Admission) -> None:
        """Raise SignUpNotAllowed, NotInvited.

        What is added to who is signed in needs no invitation, unless it could turn out a way in for others.
        """
        email = entry.candidate.email
        if seen is None and (entry.needs_people or self._newcomers.reads(email)):
            seen = self.look(tenant, entry.candidate)
        if seen and not entry.is_fine(seen.people):
            raise SignUpNotAllowed
        directory = seen.directory if seen else ()
        if not entry.is_added and not self._newcomers.may_join(
            tenant, email, directory, is_verified=entry.is_verified
        ):
            raise NotInvited(admission)

    def _check_sign_in(self, tenant: Tenant, entry: Entry, found: AuthUser, seen: Seen | None) -> None:
        """Raise SignInNotAllowed."""
        if seen is None and entry.needs_people:
            seen = self.look(tenant, entry.candidate)
        if seen and not entry.is_fine(seen.people, found=found):
            raise SignInNotAllowed


def refusal(error: RecipeError, texts: Mapping[str, str], status_text: str | None = None) -> RecipeError:
    """Return what a recipe answers to one of REFUSALS.

    `texts` are its reasons by the status of the error, or, for LinkingToSessionUserFailed, by the reason there;
    `status_text` is what it calls them all, or None for the error's own.
    """
    key = error.reason if isinstance(error, LinkingToSessionUserFailed) else error.status_text
    return Refused(status_text or error.status_text, texts[key])
