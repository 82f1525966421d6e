"""Users who sign in with codes: found, and given another address or number (specs/supertokens.md 4.1)."""

from collections.abc import Mapping
from typing import Any

from gatehouse.clock import Clock
from gatehouse.errors import DuplicateRow, RequestInvalid
from gatehouse.models.account_info import EMAIL, PHONE_NUMBER, AccountInfo
from gatehouse.models.audit import EventName
from gatehouse.models.authuser import PASSWORDLESS, AuthUser, LoginMethod
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import (
    EmailAlreadyExists,
    EmailChangeNotAllowed,
    PhoneNumberAlreadyExists,
    PhoneNumberChangeNotAllowed,
    UnknownEmail,
    UnknownPhoneNumber,
    UnknownUserId,
)
from gatehouse.services.account_info import Conflict, begin_change
from gatehouse.services.audit import Events
from gatehouse.services.authuser import AuthUsers
from gatehouse.store import account_info, passwordless, passwordless_users
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query

KINDS = {"email": EMAIL, "phone_number": PHONE_NUMBER}
Found = tuple[AuthUser, LoginMethod]
"""A person, and which of their login methods is meant."""

TAKEN = {"email": EmailAlreadyExists, "phone_number": PhoneNumberAlreadyExists}

CHANGED: Mapping[str, EventName] = {"email": "email.changed", "phone_number": "phone.changed"}


class PasswordlessUsers:
    """Login methods with an address, in lower case, a phone number, in the form of E.164, or both."""

    def __init__(self, database: Database, auth_users: AuthUsers, clock: Clock, events: Events) -> None:
        self._database = database
        self._auth_users = auth_users
        self._clock = clock
        self._events = events

    def get_by_id(self, app_id: str, user_id: str) -> Found:
        """Return a login method by an id of either kind, as a person who has no other; raises UnknownUserId."""
        person, method = self._auth_users.require_of(self._database, app_id, user_id, PASSWORDLESS)
        return person.alone(method), method

    def get_by_email(self, tenant: Tenant, email: str) -> Found:
        """Return who has an address in a tenant and signs in with it; raises UnknownEmail."""
        found = self._find(tenant, AccountInfo(EMAIL, email))
        if found is None:
            raise UnknownEmail
        return found

    def get_by_phone_number(self, tenant: Tenant, phone_number: str) -> Found:
        """Return who has a number in a tenant and signs in with it; raises UnknownPhoneNumber."""
        found = self._find(tenant, AccountInfo(PHONE_NUMBER, phone_number))
        if found is None:
            raise UnknownPhoneNumber
        return found

    def update(self, app_id: str, user_id: str, changes: Mapping[str, str | None]) -> None:
        """Give a login method another `email`, `phone_number` or both, or take one of them away (None).

        What waits for codes sent to the old or the new one is gone. Raises UnknownUserId, EmailAlreadyExists,
        PhoneNumberAlreadyExists; EmailChangeNotAllowed or PhoneNumberChangeNotAllowed if another primary user has it;
        RequestInvalid if nothing would be left.
        """

        def work(tx: Transaction) -> None:
            before, method = self._auth_users.require_of(self._database, app_id, user_id, PASSWORDLESS)
            changed = {column: new for column, new in changes.items() if new != getattr(method, column)}
            left = {"email": method.email, "phone_number": method.phone_number, **changed}
            if all(contact is None for contact in left.values()):
                raise RequestInvalid("You cannot clear both email and phone number of a user")
            if not changed:
                return
            gained = [AccountInfo(KINDS[column], new) for column, new in changed.items() if new is not None]
            person, conflict = begin_change(tx, app_id, before, gained, self._clock())
            _refuse(conflict)
            now = person.login_method(method.supertokens_user_id)
            if now is None:
                raise UnknownUserId
            devices = [
                found for column in changed for found in _change(tx, app_id, now, column, changed[column])
            ]
            notes = [
                note
                for column in changed
                for note in self._events.note(
                    CHANGED[column],
                    app_id=app_id,
                    subject_id=person.user_id,
                    details={"recipe": PASSWORDLESS},
                    told={column: changed[column]},
                )
            ]
            tx.finish(*_removal(app_id, devices), *notes)

        self._database.transact(work)

    def _find(self, tenant: Tenant, info: AccountInfo) -> Found | None:
        people = account_info.list_people_in_tenant(tenant.app_id, tenant.tenant_id, [info])
        for person in self._auth_users.read(self._database, people):
            for method in person.login_methods:
                has = method.email if info.kind == EMAIL else method.phone_number
                if method.recipe_id == PASSWORDLESS and has == info.value:
                    return person, method
        return None


def _refuse(conflict: Conflict | None) -> None:
    if conflict and conflict.info.kind == EMAIL:
        raise EmailChangeNotAllowed(reason="New email is associated with another primary user ID")
    if conflict:
        raise PhoneNumberChangeNotAllowed(
            reason="New phone number is associated with another primary user ID"
        )


def _change(
    tx: Transaction, app_id: str, method: LoginMethod, column: str, new: str | None
) -> list[tuple[str, str]]:
    """Write a change, and lock the devices, by tenant and hash, that wait for a code sent to the old or the new one."""
    contacts = [contact for contact in (getattr(method, column), new) if contact is not None]
    try:
        *_, devices = tx.batch(
            *passwordless_users.update_user(
                app_id, method.tenant_ids, method.supertokens_user_id, column, new
            ),
            passwordless_users.lock_devices_of_contact(app_id, method.tenant_ids, column, contacts),
        )
    except DuplicateRow:
        raise TAKEN[column] from None
    return list(devices)


def _removal(app_id: str, devices: list[tuple[str, str]]) -> list[Query[Any]]:
    by_tenant: dict[str, list[str]] = {}
    for tenant_id, device in devices:
        by_tenant.setdefault(tenant_id, []).append(device)
    return [
        write
        for tenant_id, hashes in by_tenant.items()
        for write in passwordless.delete_devices(app_id, tenant_id, hashes)
    ]
