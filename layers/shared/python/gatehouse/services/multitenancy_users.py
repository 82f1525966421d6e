"""Which tenants a login method is in (specs/supertokens.md, Appendix A, Multitenancy)."""

from collections.abc import Iterable
from typing import Any

from gatehouse.clock import Clock
from gatehouse.errors import DuplicateRow
from gatehouse.models.account_info import EMAIL, PHONE_NUMBER, THIRD_PARTY, AccountInfo, infos_of
from gatehouse.models.audit import EventName
from gatehouse.models.authuser import AuthUser, LoginMethod
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import (
    AssociationNotAllowed,
    EmailAlreadyExists,
    PhoneNumberAlreadyExists,
    RecipeError,
    ThirdPartyUserAlreadyExists,
    UnknownUserId,
)
from gatehouse.services.account_info import find_conflict, find_unchanged, hold_and_read
from gatehouse.services.audit import Events
from gatehouse.services.authuser import AuthUsers, pick
from gatehouse.store import login_methods, multitenancy_users
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query

_TAKEN: dict[str, type[RecipeError]] = {
    EMAIL: EmailAlreadyExists,
    PHONE_NUMBER: PhoneNumberAlreadyExists,
    THIRD_PARTY: ThirdPartyUserAlreadyExists,
}
_NAMES = {EMAIL: "email", PHONE_NUMBER: "phone number", THIRD_PARTY: "third party info"}


class TenantUsers:
    """Lets people into tenants and out again."""

    def __init__(self, database: Database, auth_users: AuthUsers, clock: Clock, events: Events) -> None:
        self._database = database
        self._auth_users = auth_users
        self._clock = clock
        self._events = events

    def associate(self, tenant: Tenant, user_id: str) -> bool:
        """Let a login method, by either id, into a tenant; returns whether it already was there.

        Raises UnknownUserId, AssociationNotAllowed, or the error of account information that another one has there.
        """
        try:
            return self._database.transact(lambda tx: self._associate(tx, tenant, user_id))
        except DuplicateRow:
            _, method = self._auth_users.require(self._database, tenant.app_id, user_id)
            raise _TAKEN[unique_infos(method)[0].kind] from None

    def disassociate(self, tenant: Tenant, user_id: str) -> bool:
        """Take a login method, by either id, out of a tenant, with its sessions and all else that it has there.

        Returns whether it was there, or had anything there; raises UnknownUserId for an id that nobody uses.
        """
        app_id, tenant_id = tenant.app_id, tenant.tenant_id

        def work(tx: Transaction) -> bool:
            methods, tenants, verified, is_used = tx.batch(
                *login_methods.by_ids(app_id, [user_id]), multitenancy_users.has_user_data(app_id, user_id)
            )
            person = pick(login_methods.people(methods, tenants, verified), user_id)
            method = person.login_method(user_id) if person else None
            note: tuple[Query[Any], ...] = ()
            deletes = multitenancy_users.delete_user_data(
                app_id, tenant_id, method.recipe_user_id if method else user_id
            )
            if method:
                deletes += multitenancy_users.delete_association(
                    app_id, tenant_id, method.supertokens_user_id
                )
                if person and tenant_id in method.tenant_ids:
                    note = self._note("tenant.user_removed", tenant, person, method)
            was_there = any(tx.finish(*deletes, *note)[: len(deletes)])
            if not (person or was_there or is_used):
                raise UnknownUserId
            return was_there

        return self._database.transact(work)

    def _associate(self, tx: Transaction, tenant: Tenant, user_id: str) -> bool:
        before, method = self._auth_users.require(self._database, tenant.app_id, user_id)
        if tenant.tenant_id in method.tenant_ids:
            return True
        infos = infos_of(before.login_methods)
        people, _ = hold_and_read(tx, tenant.app_id, infos, self._clock())
        person = find_unchanged(people, before, infos)
        method = person.login_method(method.supertokens_user_id) or method
        if tenant.tenant_id in method.tenant_ids:
            return True
        _check(person, method, tenant.tenant_id, people)
        joined_ms = [
            each.time_joined_ms for each in person.login_methods if each.tenant_ids or each is method
        ]
        tx.finish(
            *multitenancy_users.insert_association(
                tenant.app_id, tenant.tenant_id, person, method, first_time_joined_ms=min(joined_ms)
            ),
            *self._note("tenant.user_added", tenant, person, method),
        )
        return False

    def _note(
        self, event: EventName, tenant: Tenant, person: AuthUser, method: LoginMethod
    ) -> tuple[Query[Any], ...]:
        return self._events.note(
            event,
            app_id=tenant.app_id,
            subject_id=person.user_id,
            details={"of_tenant": tenant.tenant_id, "login_method": method.recipe_user_id},
        )


def unique_infos(method: LoginMethod) -> list[AccountInfo]:
    """Return the account information that only one login method of a recipe may have in a tenant."""
    infos = infos_of([method])
    return [info for info in infos if info.kind == THIRD_PARTY] if method.third_party else infos


def _check(person: AuthUser, method: LoginMethod, tenant_id: str, people: Iterable[AuthUser]) -> None:
    """Raise the error of whoever in the tenant stands in the way."""
    people = list(people)
    if person.is_primary:
        _check_primaries(person, tenant_id, people)
    for other in people:
        for theirs in other.login_methods:
            if (
                theirs.supertokens_user_id != method.supertokens_user_id
                and theirs.recipe_id == method.recipe_id
                and tenant_id in theirs.tenant_ids
            ):
                for info in unique_infos(method):
                    if info in unique_infos(theirs):
                        raise _TAKEN[info.kind]


def _check_primaries(person: AuthUser, tenant_id: str, people: list[AuthUser]) -> None:
    for kind in (EMAIL, PHONE_NUMBER, THIRD_PARTY):
        infos = [info for info in infos_of(person.login_methods) if info.kind == kind]
        conflict = find_conflict(infos, [tenant_id], people, besides=person.supertokens_user_id)
        if conflict is None:
            continue
        recipes = {own.recipe_id for own in person.login_methods if conflict.info in infos_of([own])}
        for theirs in conflict.primary.login_methods:
            is_there = tenant_id in theirs.tenant_ids and conflict.info in infos_of([theirs])
            if is_there and theirs.recipe_id in recipes:
                raise _TAKEN[kind]
        raise AssociationNotAllowed(
            reason=f"Another primary user with {_NAMES[kind]} already exists: {conflict.primary.supertokens_user_id}"
        )
