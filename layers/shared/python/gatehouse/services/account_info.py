"""The rule that account linking rests on: in a tenant, one primary user has an address, a number or an account.

Whoever makes a primary user, or changes what one has, follows it (specs/supertokens.md 4.7): learn the account
information concerned, then begin a transaction with `hold_and_read`, which lets one such change at a time through and
reads afresh, and then look for a conflict. A login method that gets another address or number does it with
`begin_change`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gatehouse.errors import DatabaseConflict
from gatehouse.models.account_info import AccountInfo, infos_of
from gatehouse.models.authuser import AuthUser
from gatehouse.store import account_info, login_methods
from gatehouse.store.database import Transaction
from gatehouse.store.statement import Query


@dataclass(frozen=True, slots=True)
class Conflict:
    """A primary user, and what they have already."""

    primary: AuthUser
    info: AccountInfo

    @property
    def description(self) -> str:
        """What SuperTokens says about it."""
        return f"This user's {self.info.kind} is already associated with another user ID"


def find_conflict(
    infos: Iterable[AccountInfo], tenant_ids: Iterable[str], people: Iterable[AuthUser], *, besides: str
) -> Conflict | None:
    """Return a primary user of one of the tenants who has some of this account information, whatever the method.

    `besides` is the SuperTokens id of the person who may have it.
    """
    wanted = list(infos)
    primaries = [
        (person, infos_of(person.login_methods))
        for person in sorted(people, key=lambda person: person.time_joined_ms)
        if person.is_primary and person.supertokens_user_id != besides
    ]
    for tenant_id in tenant_ids:
        for info in wanted:
            for person, has in primaries:
                if info in has and tenant_id in person.tenant_ids:
                    return Conflict(person, info)
    return None


def hold_and_read(
    tx: Transaction,
    app_id: str,
    infos: Collection[AccountInfo],
    now_ms: int,
    *others: Query[Any],
    locks: Sequence[Query[Any]] = (),
) -> tuple[list[AuthUser], list[Any]]:
    """Begin a transaction: hold account information until it ends, and read who has it, then `others`.

    One round trip; `locks` come before the reads, for the same reason as the holds (`store.account_info.hold`).
    """
    first = [*account_info.hold(app_id, infos, now_ms), *locks]
    answers = tx.batch(*first, *account_info.list_people(app_id, infos), *others)[len(first) :]
    methods, tenants, verified, *rest = answers
    return login_methods.people(methods, tenants, verified), rest


def find_unchanged(people: Iterable[AuthUser], before: AuthUser, infos: Collection[AccountInfo]) -> AuthUser:
    """Return a person as `hold_and_read` found them.

    Raises DatabaseConflict, so that the transaction runs again, if they have changed so much that what is held is not
    all that they have.
    """
    for person in people:
        if person.supertokens_user_id == before.supertokens_user_id:
            if set(infos_of(person.login_methods)) <= set(infos):
                return person
            break
    raise DatabaseConflict


def begin_change(
    tx: Transaction, app_id: str, before: AuthUser, gained: Collection[AccountInfo], now_ms: int
) -> tuple[AuthUser, Conflict | None]:
    """Begin the transaction in which one of a person's login methods gets other account information.

    Return the person as they are now, and who else, as a primary user in one of their tenants, has some of it already:
    that forbids it to a primary user, and to nobody else. `before` is the person as a read outside of the transaction
    found them; what they have is held, too, so that nobody makes them a primary user meanwhile. One round trip; raises
    DatabaseConflict as `find_unchanged` does.
    """
    infos = {*infos_of(before.login_methods), *gained}
    people, _ = hold_and_read(tx, app_id, infos, now_ms)
    person = find_unchanged(people, before, infos)
    if not person.is_primary:
        return person, None
    return person, find_conflict(gained, person.tenant_ids, people, besides=person.supertokens_user_id)
