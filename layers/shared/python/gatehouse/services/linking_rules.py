"""What speaks for and against linking people who share an address or a number (specs/supertokens.md 4.7).

Nobody may come by somebody else's account, nor lay an account out that its victim is linked to later: where linking
asks for verified addresses, an unverified login method neither joins others nor stands beside those who may be joined.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from gatehouse.models.account_info import THIRD_PARTY, AccountInfo, infos_of
from gatehouse.models.authuser import AuthUser, LoginMethod


@dataclass(frozen=True, slots=True)
class LinkingRule:
    """That people are linked; `requires_verification` says whether only those who have proved what they share."""

    requires_verification: bool


def sharing(people: Iterable[AuthUser], infos: Iterable[AccountInfo]) -> list[AuthUser]:
    """Return those who have some of this account information; a database may have found more."""
    wanted = set(infos)
    return [person for person in people if wanted & set(infos_of(person.login_methods))]


def has_proved(methods: Iterable[LoginMethod], infos: Iterable[AccountInfo]) -> bool:
    """Say whether a verified login method has one of these addresses and numbers."""
    contacts = {info for info in infos if info.kind != THIRD_PARTY}
    return any(method.is_verified and contacts & set(infos_of([method])) for method in methods)


def may_enter(
    people: Collection[AuthUser],
    infos: Collection[AccountInfo],
    rule: LinkingRule | None,
    *,
    is_verified: bool,
    session_user_id: str | None = None,
    found: AuthUser | None = None,
) -> bool:
    """Say whether linking has nothing against a sign-up, or against the sign-in of `found`.

    `people` are those of the tenant, `infos` is what who wants in has, `is_verified` whether they have proved it.
    """
    sharers = sharing(people, infos)
    if rule is None or not rule.requires_verification or not sharers:
        return True
    if found and [person.user_id for person in sharers] == [found.user_id]:
        return True
    primaries = [person for person in sharers if person.is_primary]
    if not primaries:
        others = (person for person in sharers if person.user_id != session_user_id)
        return all(has_proved(person.login_methods[:1], infos) for person in others)
    return is_verified and all(
        person.user_id == session_user_id or has_proved(person.login_methods, infos) for person in primaries
    )
