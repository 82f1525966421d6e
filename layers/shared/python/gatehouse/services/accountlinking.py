"""Primary users, and the login methods that are linked to them (specs/supertokens.md 4.7).

SuperTokens relies on serializable transactions here. We hold the account information of everybody concerned instead
(`services/account_info.py`): two operations on one person, or on two who share an address, come one after the other.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from gatehouse.clock import Clock
from gatehouse.errors import RequestInvalid
from gatehouse.models.account_info import AccountInfo, infos_of
from gatehouse.models.audit import EventName
from gatehouse.models.authuser import AuthUser
from gatehouse.recipe_errors import (
    AccountInfoAlreadyAssociatedWithAnotherPrimaryUserId,
    InputUserIsNotAPrimaryUser,
    RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId,
    RecipeUserIdAlreadyLinkedWithPrimaryUserId,
)
from gatehouse.services.account_info import find_conflict, find_unchanged, hold_and_read
from gatehouse.services.audit import Events
from gatehouse.services.authuser import AuthUsers, pick
from gatehouse.services.user_removal import Traces, look_for_traces, removal
from gatehouse.store import account_info, accountlinking, authuser, login_methods, session, user_removal
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query


class AccountLinking:
    """Makes primary users, links login methods to them, and takes them apart again.

    Every method takes ids of either kind, and raises RequestInvalid for one that nobody has.
    """

    def __init__(self, database: Database, auth_users: AuthUsers, clock: Clock, events: Events) -> None:
        self._database = database
        self._auth_users = auth_users
        self._clock = clock
        self._events = events

    def check_primary(self, app_id: str, user_id: str) -> bool:
        """Say whether somebody is a primary user already; raises what `make_primary` would."""
        (person,) = self._require(app_id, user_id)
        if _is_primary(person, user_id):
            return True
        infos = infos_of(person.login_methods)
        people = self._auth_users.read(self._database, account_info.list_people(app_id, infos))
        _refuse_conflict(infos, person.tenant_ids, people, besides=person)
        return False

    def make_primary(self, app_id: str, user_id: str) -> tuple[AuthUser, bool]:
        """Make somebody a primary user; return them, and whether they were one already.

        Raises RecipeUserIdAlreadyLinkedWithPrimaryUserId, AccountInfoAlreadyAssociatedWithAnotherPrimaryUserId.
        """

        def work(tx: Transaction) -> tuple[AuthUser, bool]:
            (before,) = self._require(app_id, user_id)
            if _is_primary(before, user_id):
                return before, True
            infos = infos_of(before.login_methods)
            people, _ = hold_and_read(tx, app_id, infos, self._clock())
            person = find_unchanged(people, before, infos)
            if _is_primary(person, user_id):
                return person, True
            _refuse_conflict(infos, person.tenant_ids, people, besides=person)
            tx.finish(*_assign(app_id, person.supertokens_user_id, person, is_primary=True))
            return replace(person, is_primary=True), False

        return self._database.transact(work)

    def check_link(self, app_id: str, user_id: str, primary_user_id: str) -> bool:
        """Say whether a login method is linked to a primary user already; raises what `link` would."""
        recipe_user, primary = self._require(app_id, user_id, primary_user_id)
        if _is_linked(recipe_user, primary):
            return True
        infos = infos_of((*recipe_user.login_methods, *primary.login_methods))
        people = self._auth_users.read(self._database, account_info.list_people(app_id, infos))
        _refuse_conflict(infos, _tenants_of(recipe_user, primary), people, besides=primary)
        return False

    def link(self, app_id: str, user_id: str, primary_user_id: str) -> tuple[AuthUser, bool]:
        """Link a login method to a primary user; return them, and whether it was linked already.

        Its sessions end, because its user id changes. Raises InputUserIsNotAPrimaryUser,
        RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId, AccountInfoAlreadyAssociatedWithAnotherPrimaryUserId.
        """

        def work(tx: Transaction) -> tuple[AuthUser, bool]:
            before, target = self._require(app_id, user_id, primary_user_id)
            if _is_linked(before, target):
                return target, True
            infos = infos_of((*before.login_methods, *target.login_methods))
            people, (tenant_ids,) = hold_and_read(
                tx, app_id, infos, self._clock(), user_removal.list_tenants_in_use(app_id, before.user_id)
            )
            recipe_user = find_unchanged(people, before, infos)
            primary = find_unchanged(people, target, infos)
            if _is_linked(recipe_user, primary):
                return primary, True
            _refuse_conflict(infos, _tenants_of(recipe_user, primary), people, besides=primary)
            linked = _joined(primary, recipe_user)
            tx.finish(
                *_assign(app_id, recipe_user.supertokens_user_id, linked, is_primary=True),
                *_update_time_joined(app_id, linked),
                *_revoke(app_id, tenant_ids, recipe_user.user_id),
                accountlinking.delete_last_active(app_id, recipe_user.supertokens_user_id),
                authuser.upsert_last_active(app_id, linked.supertokens_user_id, self._clock()),
                *self._note("account.linked", app_id, linked, recipe_user.user_id),
            )
            return linked, False

        return self._database.transact(work)

    def unlink(self, app_id: str, user_id: str) -> tuple[bool, bool]:
        """Take a login method from its primary user; return whether it had one, and whether it was removed for it.

        A primary user's own login method cannot leave its id to the others and keep it, so it is removed. Without
        others, the primary user just becomes a normal one.
        """

        def work(tx: Transaction) -> tuple[bool, bool]:
            (before,) = self._require(app_id, user_id)
            if not before.is_primary:
                return False, False
            infos = infos_of(before.login_methods)
            people, traces = hold_and_read(tx, app_id, infos, self._clock(), *look_for_traces(app_id, before))
            person = find_unchanged(people, before, infos)
            if not person.is_primary:
                return False, False
            return self._unlink(tx, app_id, person, user_id, Traces.of(traces))

        return self._database.transact(work)

    def _unlink(
        self, tx: Transaction, app_id: str, person: AuthUser, user_id: str, traces: Traces
    ) -> tuple[bool, bool]:
        method = person.login_method(user_id)
        if method is None:  # the primary user's own, which an earlier call has removed
            tx.finish(*_revoke(app_id, traces.tenant_ids, person.user_id))
            return True, True
        revocation = _revoke(app_id, traces.tenant_ids, method.recipe_user_id)
        others = tuple(other for other in person.login_methods if other is not method)
        if others and method.supertokens_user_id == person.supertokens_user_id:
            tx.finish(
                *removal(app_id, person, user_id, traces, with_linked=False),
                *revocation,
                *self._note("account.unlinked", app_id, person, method.recipe_user_id, change="removed"),
            )
            return True, True
        alone = AuthUser(method.supertokens_user_id, method.external_user_id, False, (method,))
        tx.finish(
            *_assign(app_id, method.supertokens_user_id, alone, is_primary=False),
            *(_update_time_joined(app_id, replace(person, login_methods=others)) if others else []),
            *revocation,
            *(self._note("account.unlinked", app_id, person, method.recipe_user_id) if others else ()),
        )
        return True, False

    def _note(
        self, event: EventName, app_id: str, person: AuthUser, method_id: str, **details: str
    ) -> tuple[Query[Any], ...]:
        told = {"login_method": method_id, **details}
        return self._events.note(event, app_id=app_id, subject_id=person.user_id, details=told)

    def _require(self, app_id: str, *user_ids: str) -> list[AuthUser]:
        """Return the people with some ids, in order; raises RequestInvalid."""
        found = self._auth_users.read(self._database, login_methods.by_ids(app_id, list(user_ids)))
        people = [person for user_id in user_ids if (person := pick(found, user_id))]
        if len(people) < len(user_ids):
            raise RequestInvalid("Unknown user ID provided")
        return people


def _is_primary(person: AuthUser, user_id: str) -> bool:
    """Say whether an id is a primary user's own; raises RecipeUserIdAlreadyLinkedWithPrimaryUserId for a linked one."""
    method = person.login_method(user_id)
    if person.is_primary and method and method.supertokens_user_id != person.supertokens_user_id:
        raise RecipeUserIdAlreadyLinkedWithPrimaryUserId(
            primaryUserId=person.user_id, description="This user ID is already linked to another user ID"
        )
    return person.is_primary


def _is_linked(recipe_user: AuthUser, primary: AuthUser) -> bool:
    """Say whether a login method belongs to a primary user.

    Raises InputUserIsNotAPrimaryUser, RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId.
    """
    if not primary.is_primary:
        raise InputUserIsNotAPrimaryUser
    if not recipe_user.is_primary:
        return False
    if recipe_user.supertokens_user_id != primary.supertokens_user_id:
        raise RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId(recipe_user)
    return True


def _refuse_conflict(
    infos: Iterable[AccountInfo], tenant_ids: Iterable[str], people: Iterable[AuthUser], *, besides: AuthUser
) -> None:
    conflict = find_conflict(infos, tenant_ids, people, besides=besides.supertokens_user_id)
    if conflict:
        raise AccountInfoAlreadyAssociatedWithAnotherPrimaryUserId(
            primaryUserId=conflict.primary.user_id, description=conflict.description
        )


def _tenants_of(*people: AuthUser) -> list[str]:
    """Return the tenants of all people: sharing one of them is enough, because the other may be added later."""
    return list(dict.fromkeys(tenant_id for person in people for tenant_id in person.tenant_ids))


def _joined(primary: AuthUser, recipe_user: AuthUser) -> AuthUser:
    methods = (*primary.login_methods, *recipe_user.login_methods)
    return replace(
        primary,
        login_methods=tuple(
            sorted(methods, key=lambda method: (method.time_joined_ms, method.supertokens_user_id))
        ),
    )


def _assign(app_id: str, user_id: str, person: AuthUser, *, is_primary: bool) -> list[Query[int]]:
    return accountlinking.update_person(
        app_id,
        user_id,
        primary_user_id=person.supertokens_user_id,
        is_linked=is_primary,
        time_joined_ms=person.time_joined_ms,
    )


def _update_time_joined(app_id: str, person: AuthUser) -> list[Query[Any]]:
    user_ids = [method.supertokens_user_id for method in person.login_methods]
    return [user_removal.update_time_joined(app_id, user_ids, person.time_joined_ms)]


def _revoke(app_id: str, tenant_ids: Iterable[str], user_id: str) -> list[Query[Any]]:
    return [session.delete_sessions_of_users(app_id, tenant_id, [user_id]) for tenant_id in tenant_ids]
