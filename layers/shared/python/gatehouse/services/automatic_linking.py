"""Login methods that become one person by themselves, because they share an address or a number.

What decides is what SuperTokens' backend SDKs decide (specs/supertokens.md 4.7); `services/accountlinking.py` does it,
and sees to it that of several who do it at once each finds what the others have done.
"""

from dataclasses import dataclass, replace

from gatehouse.errors import RequestInvalid
from gatehouse.models.account_info import EMAIL, AccountInfo, infos_of
from gatehouse.models.authuser import AuthUser, LoginMethod
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import (
    AccountInfoAlreadyAssociatedWithAnotherPrimaryUserId,
    EmailChangeNotAllowed,
    InputUserIsNotAPrimaryUser,
    RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId,
    RecipeUserIdAlreadyLinkedWithPrimaryUserId,
)
from gatehouse.services.accountlinking import AccountLinking
from gatehouse.services.authuser import AuthUsers
from gatehouse.services.linking_rules import LinkingRule, email_change_fault, has_proved, may_enter, sharing
from gatehouse.store import account_info, authuser
from gatehouse.store.database import Database

TRIES = 10
"""How often linking starts again because somebody else was faster."""

RACES = (
    AccountInfoAlreadyAssociatedWithAnotherPrimaryUserId,
    InputUserIsNotAPrimaryUser,
    RecipeUserIdAlreadyLinkedWithPrimaryUserId,
    RequestInvalid,  # somebody has just been removed
)


@dataclass(frozen=True, slots=True)
class LinkingChoices:
    """What a deployment has chosen: `how` is `off`, `verified` or `any`.

    `links_sessions` says that who is signed in may add login methods even where `how` is `off`, once all that is shared
    is verified: second factors need it. `verifies` says that addresses are verified at all.
    """

    how: str
    links_sessions: bool
    verifies: bool


class AutomaticLinking:
    """Links people by what they share."""

    def __init__(
        self, database: Database, auth_users: AuthUsers, accounts: AccountLinking, choices: LinkingChoices
    ) -> None:
        self._database = database
        self._auth_users = auth_users
        self._accounts = accounts
        self._choices = choices

    @property
    def is_on(self) -> bool:
        """Whether anybody is ever linked."""
        return self._choices.how != "off" or self._choices.links_sessions

    def rule(self, session: FrontendSession | None = None) -> LinkingRule | None:
        """Return how people are linked where somebody has this session; None: not at all."""
        if self._choices.how != "off":
            return LinkingRule(self._choices.how == "verified")
        return LinkingRule(True) if session and self._choices.links_sessions else None

    def may_sign_up(self, email: str, people: list[AuthUser]) -> bool:
        """Say whether linking has nothing against a new login method whose owner has proved an address.

        `people` are those of the tenant who have it.
        """
        return may_enter(people, [AccountInfo(EMAIL, email)], self.rule(), is_verified=True)

    def should_become_primary(self, person: AuthUser, session: FrontendSession | None = None) -> bool:
        """Say whether somebody with one login method may be the person to whom others are linked."""
        rule = self.rule(session)
        return rule is not None and _may_be_primary(person, rule)

    def check_email_change(
        self,
        tenant: Tenant,
        person: AuthUser,
        email: str,
        *,
        is_verified: bool,
        session: FrontendSession | None = None,
    ) -> None:
        """Raise EmailChangeNotAllowed if a login method of somebody may not have an address from now on.

        The `reason` is PRIMARY_USER_CONFLICT or ACCOUNT_TAKEOVER_RISK; `is_verified` says whether it is proved to be
        theirs.
        """
        rule = self.rule(session)
        if is_verified and (not person.is_primary or email in person.emails):
            return
        if not person.is_primary and (rule is None or not rule.requires_verification):
            return
        found = account_info.list_people(tenant.app_id, [AccountInfo(EMAIL, email)])
        people = self._auth_users.read(self._database, found)
        fault = email_change_fault(person, email, people, rule, is_verified=is_verified)
        if fault:
            raise EmailChangeNotAllowed(reason=fault)

    def link(
        self, tenant: Tenant, person: AuthUser, method: LoginMethod, session: FrontendSession | None = None
    ) -> AuthUser:
        """Link somebody to who has the same address or number, or make them the one to link to; return who they are.

        Primary users stay who they are.
        """
        rule = self.rule(session)
        if rule is None or person.is_primary:
            return person
        for _ in range(TRIES):
            try:
                return self._link(tenant, person, method, rule)
            except RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId as error:
                return error.person
            except RACES:
                continue
        return person

    def join(self, tenant: Tenant, person: AuthUser, method: LoginMethod, primary: AuthUser) -> AuthUser:
        """Link a login method to a primary user, whose proof of the same address counts for it, too.

        Raises what `AccountLinking.link` does.
        """
        linked, was_linked = self._accounts.link(
            tenant.app_id, person.login_methods[0].supertokens_user_id, primary.supertokens_user_id
        )
        now = linked.login_method(method.supertokens_user_id)
        return linked if was_linked or now is None else self.verify_if_proved(tenant, linked, now)

    def verify_if_proved(self, tenant: Tenant, person: AuthUser, method: LoginMethod) -> AuthUser:
        """Let the address of a login method count as verified if another one of the same person proves it."""
        if method.email is None or method.is_verified or not (self._choices.verifies and person.is_primary):
            return person
        if not has_proved(person.login_methods, [AccountInfo(EMAIL, method.email)]):
            return person
        self._database.run(authuser.insert_verified_email(tenant.app_id, method.recipe_user_id, method.email))
        return person.with_method(replace(method, is_verified=True))

    def _link(self, tenant: Tenant, person: AuthUser, method: LoginMethod, rule: LinkingRule) -> AuthUser:
        infos = infos_of(person.login_methods)
        found = account_info.list_people_in_tenant(tenant.app_id, tenant.tenant_id, infos)
        people = sharing(self._auth_users.read(self._database, found), infos)
        primaries = [other for other in people if other.is_primary]
        if len(primaries) > 1:
            return person
        target = primaries[0] if primaries else self._oldest(tenant, person, people, rule)
        if target is None:
            return self._on_their_own(tenant, person, rule)
        if target.login_method(method.supertokens_user_id):
            return target
        if rule.requires_verification and not (
            method.is_verified and has_proved(target.login_methods, infos)
        ):
            return person
        return self.join(tenant, person, method, target)

    def _oldest(
        self, tenant: Tenant, person: AuthUser, people: list[AuthUser], rule: LinkingRule
    ) -> AuthUser | None:
        """Make a primary user of who came first, if that is another; return them, or None."""
        oldest = min(people, key=lambda other: other.time_joined_ms, default=person)
        if oldest.user_id == person.user_id or not _may_be_primary(oldest, rule):
            return None
        return self._accounts.make_primary(tenant.app_id, oldest.supertokens_user_id)[0]

    def _on_their_own(self, tenant: Tenant, person: AuthUser, rule: LinkingRule) -> AuthUser:
        if not _may_be_primary(person, rule):
            return person
        return self._accounts.make_primary(tenant.app_id, person.supertokens_user_id)[0]


def _may_be_primary(person: AuthUser, rule: LinkingRule) -> bool:
    return not rule.requires_verification or person.login_methods[0].is_verified
