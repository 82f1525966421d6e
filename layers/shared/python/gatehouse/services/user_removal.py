"""What goes when a person goes, or one of their login methods (specs/supertokens.md 4.7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gatehouse.clock import Clock
from gatehouse.models.account_info import infos_of
from gatehouse.models.authuser import PASSWORDLESS, AuthUser, LoginMethod
from gatehouse.services.account_info import find_unchanged, hold_and_read
from gatehouse.services.audit import Events
from gatehouse.services.authuser import AuthUsers
from gatehouse.store import authuser, passwordless, user_removal
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query
from gatehouse.store.user_removal import Device


@dataclass(frozen=True, slots=True)
class Traces:
    """What a person has left besides their login methods: where, under which ids, and which devices wait for them."""

    tenant_ids: list[str]
    ambiguous_ids: list[str]
    devices: list[Device]

    @classmethod
    def of(cls, answers: Sequence[Any]) -> "Traces":
        """Put together what `look_for_traces` found."""
        ambiguous_ids, devices, *tenants_of_ids = answers
        tenant_ids = dict.fromkeys(tenant_id for tenant_ids in tenants_of_ids for tenant_id in tenant_ids)
        return cls(list(tenant_ids), ambiguous_ids, devices)


class UserRemoval:
    """Removes people."""

    def __init__(self, database: Database, auth_users: AuthUsers, clock: Clock, events: Events) -> None:
        self._database = database
        self._auth_users = auth_users
        self._clock = clock
        self._events = events

    def remove(self, app_id: str, user_id: str, *, with_linked: bool) -> None:
        """Remove the person with an id of either kind, or just that login method if others are linked to it.

        Somebody unknown is removed already.
        """

        def work(tx: Transaction) -> None:
            before = self._auth_users.get(self._database, app_id, user_id)
            if before is None:
                return
            infos = infos_of(before.login_methods)
            people, traces = hold_and_read(
                tx,
                app_id,
                infos,
                self._clock(),
                *look_for_traces(app_id, before),
                locks=[authuser.lock_ids(app_id, [own_id for own_id, _ in _identities(before)])],
            )
            person = find_unchanged(people, before, infos)
            tx.finish(
                *removal(app_id, person, user_id, Traces.of(traces), with_linked=with_linked),
                *self._note(app_id, person, user_id, with_linked=with_linked),
            )

        self._database.transact(work)

    def _note(
        self, app_id: str, person: AuthUser, user_id: str, *, with_linked: bool
    ) -> tuple[Query[Any], ...]:
        gone, stay = _part(person, user_id, with_linked=with_linked)
        if not stay:
            told = {"email": next(iter(person.emails), None)}
            return self._events.note("user.deleted", app_id=app_id, subject_id=person.user_id, told=told)
        methods = {"login_method": gone[0].recipe_user_id if gone else user_id, "change": "removed"}
        return self._events.note(
            "account.unlinked", app_id=app_id, subject_id=person.user_id, details=methods
        )


def look_for_traces(app_id: str, person: AuthUser) -> tuple[Query[Any], ...]:
    """Return the reads of a person's traces."""
    user_ids = _ids(_identities(person))
    methods = [method for method in person.login_methods if method.recipe_id == PASSWORDLESS]
    return (
        user_removal.list_ambiguous_ids(app_id, user_ids),
        user_removal.list_devices(
            app_id,
            person.tenant_ids,
            emails=[method.email for method in methods if method.email],
            phone_numbers=[method.phone_number for method in methods if method.phone_number],
        ),
        *(user_removal.list_tenants_in_use(app_id, user_id) for user_id in user_ids),
    )


def removal(
    app_id: str, person: AuthUser, user_id: str, traces: Traces, *, with_linked: bool
) -> list[Query[Any]]:
    """Return the writes that remove a person, or just the login method with an id if others are linked to it.

    Of a primary user, the id and what other recipes keep under it stay as long as there is any login method. The entry
    in the directory goes with the last one: it says who may sign in, and now nobody may.
    """
    gone, stay = _part(person, user_id, with_linked=with_linked)
    identities = [
        pair for pair in _identities(person, gone) if not stay or pair[0] != person.supertokens_user_id
    ]
    shared = _ids(pair for pair in identities if not set(pair) & set(traces.ambiguous_ids))
    own = [method.supertokens_user_id for method in gone]
    writes: list[Query[Any]] = [
        *_devices_removal(app_id, gone, traces.devices),
        *authuser.delete_login_methods(app_id, traces.tenant_ids, own),
        *authuser.delete_shared_data(app_id, traces.tenant_ids, shared),
        *authuser.delete_ids(app_id, [*(pair[0] for pair in identities), *shared]),
    ]
    if not stay:
        return [*writes, user_removal.delete_directory_entries(app_id, shared)]
    joined_ms = min(method.time_joined_ms for method in stay)
    others = [method.supertokens_user_id for method in stay]
    return [*writes, user_removal.update_time_joined(app_id, others, joined_ms)]


def _part(
    person: AuthUser, user_id: str, *, with_linked: bool
) -> tuple[list[LoginMethod], list[LoginMethod]]:
    """Return which login methods go and which stay."""
    if with_linked or len(person.login_methods) == 1:
        return list(person.login_methods), []
    chosen = person.login_method(user_id)
    return (
        [method for method in person.login_methods if method is chosen],
        [method for method in person.login_methods if method is not chosen],
    )


def _identities(
    person: AuthUser, methods: Sequence[LoginMethod] | None = None
) -> list[tuple[str, str | None]]:
    """Return (own id, external id) of login methods and of the person, whose own login method may be gone."""
    pairs = [(person.supertokens_user_id, person.external_user_id)]
    pairs += [
        (method.supertokens_user_id, method.external_user_id)
        for method in (person.login_methods if methods is None else methods)
    ]
    return list(dict.fromkeys(pairs))


def _ids(pairs: Iterable[tuple[str, str | None]]) -> list[str]:
    return [user_id for pair in pairs for user_id in pair if user_id]


def _devices_removal(
    app_id: str, methods: Iterable[LoginMethod], devices: Iterable[Device]
) -> list[Query[Any]]:
    """Return the writes that remove the devices which wait for codes sent to what passwordless login methods have."""
    waiting: dict[str, list[str]] = {}
    for method in methods:
        if method.recipe_id != PASSWORDLESS:
            continue
        for device in devices:
            is_theirs = (device.email is not None and device.email == method.email) or (
                device.phone_number is not None and device.phone_number == method.phone_number
            )
            if is_theirs and device.tenant_id in method.tenant_ids:
                waiting.setdefault(device.tenant_id, []).append(device.device_id_hash)
    return [
        write
        for tenant_id, hashes in waiting.items()
        for write in passwordless.delete_devices(app_id, tenant_id, list(dict.fromkeys(hashes)))
    ]
