"""Sign-in and sign-up of people whom a third party vouches for (specs/supertokens.md 4.5)."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import Any

from gatehouse.clock import Clock
from gatehouse.crypto.identifiers import new_id
from gatehouse.errors import DatabaseConflict, RequestInvalid
from gatehouse.models.account_info import EMAIL, AccountInfo
from gatehouse.models.audit import EventName
from gatehouse.models.authuser import THIRD_PARTY, AuthUser, LoginMethod, ThirdPartyInfo
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import EmailChangeNotAllowed, UnknownThirdPartyUser
from gatehouse.services.account_info import begin_change
from gatehouse.services.audit import Events
from gatehouse.services.authuser import AuthUsers
from gatehouse.store import account_info, authuser, login_methods, thirdparty
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query

Found = tuple[AuthUser, LoginMethod]
"""A person, and which of their login methods is meant."""


class ThirdParty:
    """Login methods by their account at a third party; e-mail addresses are given in lower case."""

    def __init__(self, database: Database, auth_users: AuthUsers, clock: Clock, events: Events) -> None:
        self._database = database
        self._events = events
        self._auth_users = auth_users
        self._clock = clock

    def sign_in_up(
        self, tenant: Tenant, info: ThirdPartyInfo, email: str, *, is_verified: bool
    ) -> tuple[AuthUser, LoginMethod, bool]:
        """Return who is an account in a tenant, with the address they have there now; make them if there is nobody.

        Return whether they are new, too. Raises EmailChangeNotAllowed if another primary user has the address, and
        RequestInvalid for an account that only the database takes for another's.
        """

        def work(tx: Transaction) -> tuple[AuthUser, LoginMethod, bool]:
            people = self._read(tenant, info)
            found = _pick(people, tenant, info)
            writes: list[Query[Any]] = []
            if found is None and people:
                raise RequestInvalid("Another user's thirdPartyUserId is the same to the database")
            if found is None:
                person, method = self._join(tenant, info, email, writes)
            elif found[1].email == email:
                person, method = found
            else:
                person, method = self._move(tx, tenant, info, found, email)
                writes += self._note("email.changed", tenant, info, person, email)
            if is_verified:
                if found and not method.is_verified:
                    writes += self._note("email.verified", tenant, info, person, email)
                method = replace(method, is_verified=True)
                person = person.with_method(method)
                writes.append(authuser.insert_verified_email(tenant.app_id, method.recipe_user_id, email))
            writes.append(
                authuser.upsert_last_active(tenant.app_id, person.supertokens_user_id, self._clock())
            )
            tx.finish(*writes)
            return person, method, found is None

        return self._database.transact(work, rerun_on_duplicate=True)

    def get_by_id(self, app_id: str, user_id: str) -> Found:
        """Return a login method by an id of either kind, as a person who has no other; raises UnknownUserId."""
        person, method = self._auth_users.require_of(self._database, app_id, user_id, THIRD_PARTY)
        return person.alone(method), method

    def get_by_info(self, tenant: Tenant, info: ThirdPartyInfo) -> Found:
        """Return who is an account at a third party in a tenant; raises UnknownThirdPartyUser."""
        found = _pick(self._read(tenant, info), tenant, info)
        if found is None:
            raise UnknownThirdPartyUser
        return found

    def list_by_email(self, tenant: Tenant, email: str) -> list[Found]:
        """List who has an address in a tenant, and at a third party, the first to join first."""
        infos = [AccountInfo(EMAIL, email)]
        people = self._auth_users.read(
            self._database, account_info.list_people_in_tenant(tenant.app_id, tenant.tenant_id, infos)
        )
        found: list[Found] = []
        for person in sorted(people, key=lambda person: (person.time_joined_ms, person.supertokens_user_id)):
            methods = (m for m in person.login_methods if m.recipe_id == THIRD_PARTY and m.email == email)
            found += [(person, method) for method in islice(methods, 1)]
        return found

    def _read(self, tenant: Tenant, info: ThirdPartyInfo) -> list[AuthUser]:
        queries = thirdparty.list_people(tenant.app_id, tenant.tenant_id, info)
        return self._auth_users.read(self._database, queries)

    def _move(self, tx: Transaction, tenant: Tenant, info: ThirdPartyInfo, found: Found, email: str) -> Found:
        """Begin a transaction and give somebody another address; return them as they are with it."""
        before, method = found
        gained = [AccountInfo(EMAIL, email)]
        _, conflict = begin_change(tx, tenant.app_id, before, gained, self._clock())
        if conflict:
            raise EmailChangeNotAllowed(reason="Email already associated with another primary user.")
        _, methods, tenants, verified = tx.batch(
            thirdparty.update_email(tenant.app_id, method.supertokens_user_id, email),
            *thirdparty.list_people(tenant.app_id, tenant.tenant_id, info),
        )
        moved = _pick(login_methods.people(methods, tenants, verified), tenant, info)
        if moved is None:  # taken out of the tenant meanwhile
            raise DatabaseConflict
        return moved

    def _join(self, tenant: Tenant, info: ThirdPartyInfo, email: str, writes: list[Query[Any]]) -> Found:
        """Make a new person; the writes are added."""
        user_id, now_ms = new_id(), self._clock()
        writes += authuser.insert_recipe_user(
            tenant.app_id,
            tenant.tenant_id,
            user_id=user_id,
            recipe_id=THIRD_PARTY,
            time_joined_ms=now_ms,
        ) + thirdparty.insert_user(
            tenant.app_id,
            tenant.tenant_id,
            user_id=user_id,
            info=info,
            email=email,
            time_joined_ms=now_ms,
        )
        method = LoginMethod(
            recipe_id=THIRD_PARTY,
            supertokens_user_id=user_id,
            external_user_id=None,
            time_joined_ms=now_ms,
            tenant_ids=(tenant.tenant_id,),
            is_verified=False,
            email=email,
            third_party=info,
        )
        person = AuthUser(user_id, None, False, (method,))
        writes += self._note("user.created", tenant, info, person, email)
        return person, method

    def _note(
        self, event: EventName, tenant: Tenant, info: ThirdPartyInfo, person: AuthUser, email: str
    ) -> tuple[Query[Any], ...]:
        return self._events.note(
            event,
            app_id=tenant.app_id,
            tenant_id=tenant.tenant_id,
            subject_id=person.user_id,
            details={"recipe": THIRD_PARTY, "provider": info.id},
            told={"email": email},
        )


def _pick(people: Iterable[AuthUser], tenant: Tenant, info: ThirdPartyInfo) -> Found | None:
    """Return who is really that account; the database may compare without case and accents."""
    for person in people:
        for method in person.login_methods:
            if method.third_party == info and tenant.tenant_id in method.tenant_ids:
                return person, method
    return None
