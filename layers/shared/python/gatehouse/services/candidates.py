"""Who wants in: what they say they have, what is known of others who have it, and what linking has against it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from gatehouse.models.account_info import EMAIL, PHONE_NUMBER, THIRD_PARTY, AccountInfo, infos_of
from gatehouse.models.authuser import AuthUser, LoginMethod, ThirdPartyInfo
from gatehouse.services.linking_rules import LinkingRule, has_proved, may_enter
from gatehouse.services.session_linking import Target

Found = tuple[AuthUser, LoginMethod]
"""A person, and which of their login methods is meant."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who wants in, by the recipe they use and what they say they have; an account at a third party counts alone."""

    recipe_id: str
    email: str | None = None
    phone_number: str | None = None
    third_party: ThirdPartyInfo | None = None

    @property
    def infos(self) -> list[AccountInfo]:
        """All that they say they have."""
        texts = ((EMAIL, self.email), (PHONE_NUMBER, self.phone_number))
        infos = [AccountInfo(kind, text) for kind, text in texts if text is not None]
        account = self.third_party
        return infos + ([AccountInfo(THIRD_PARTY, account.user_id, account.id)] if account else [])

    def has(self, method: LoginMethod) -> bool:
        """Say whether this is a login method of theirs."""
        if method.recipe_id != self.recipe_id:
            return False
        if self.third_party:
            return method.third_party == self.third_party
        return bool(set(infos_of([method])) & set(self.infos))


@dataclass(frozen=True, slots=True)
class Seen:
    """What one read tells: who in the tenant has the same account information, whose the session is, and who is known.

    `directory` is what `Newcomers.may_join` needs.
    """

    people: list[AuthUser]
    session_user: AuthUser | None
    directory: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who wants in, how people are linked, to whom this is added, and whether all of it is proved."""

    candidate: Candidate
    rule: LinkingRule | None
    target: Target | None
    is_verified: bool

    @property
    def needs_people(self) -> bool:
        """Whether it matters who else has the same."""
        return self.rule is not None and self.rule.requires_verification

    @property
    def is_proved(self) -> bool:
        """Whether they have proved it, or the user of the session has."""
        return self.is_verified or (
            self.target is not None and has_proved(self.target.person.login_methods, self.candidate.infos)
        )

    @property
    def is_added(self) -> bool:
        """Whether it will be added to who is signed in."""
        return self.target is not None and (self.is_proved or not self.target.requires_verification)

    def is_fine(self, people: Collection[AuthUser], found: AuthUser | None = None) -> bool:
        """Say whether linking has nothing against a sign-up, or the sign-in of `found`, who has proved nothing.

        `people` are those of the tenant who have the same.
        """
        session_user_id = self.target.person.user_id if self.target else None
        return may_enter(
            people,
            self.candidate.infos,
            self.rule,
            is_verified=found is None and self.is_proved,
            session_user_id=session_user_id,
            found=found,
        )
