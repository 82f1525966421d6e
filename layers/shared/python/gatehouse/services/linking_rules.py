"""What speaks for and against linking people who share an address or a number (specs/supertokens.md 4.7).

Nobody may come by somebody else's account, nor lay an account out that its victim is linked to later: where linking
asks for verified addresses, an unverified login method neither joins others nor stands beside those who may be joined.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from gatehouse.models.account_info import EMAIL, THIRD_PARTY, AccountInfo, infos_of
from gatehouse.models.authuser import AuthUser, LoginMethod

PRIMARY_USER_CONFLICT = "PRIMARY_USER_CONFLICT"
ACCOUNT_TAKEOVER_RISK = "ACCOUNT_TAKEOVER_RISK"


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


def email_change_fault(
    person: AuthUser,
    email: str,
    people: Iterable[AuthUser],
    rule: LinkingRule | None,
    *,
    is_verified: bool,
) -> str | None:
    """Return why a login method of somebody may not have another address, or None if it may.

    `people` are those who have it, `is_verified` says whether it is proved to be theirs.
    """
    others = [other for other in people if _has_beside(other, email, person)]
    has_primary = any(other.is_primary for other in others)
    if person.is_primary and has_primary:
        return PRIMARY_USER_CONFLICT
    if is_verified or rule is None or not rule.requires_verification:
        return None
    if person.is_primary:
        is_risky = bool(others) and not has_proved(person.login_methods, [AccountInfo(EMAIL, email)])
    else:
        is_risky = has_primary and person.login_methods[0].email != email
    return ACCOUNT_TAKEOVER_RISK if is_risky else None


def _has_beside(other: AuthUser, email: str, person: AuthUser) -> bool:
    """Say whether somebody else has an address in a tenant of a person."""
    tenant_ids = set(person.tenant_ids)
    return other.user_id != person.user_id and any(
        method.email == email and tenant_ids & set(method.tenant_ids) for method in other.login_methods
    )
