"""Sessions from outside: what is kept of them, whose they are, and how they end (specs/supertokens.md 3.9)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from gatehouse.clock import Clock
from gatehouse.crypto.access_token import PayloadProtected, check_payload
from gatehouse.errors import RequestInvalid
from gatehouse.models import PUBLIC
from gatehouse.models.session import StoredSession
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import Unauthorised
from gatehouse.services.audit import Events, session_name, write
from gatehouse.services.tenancy import Tenancy
from gatehouse.store import audit, authuser, session
from gatehouse.store.database import Database
from gatehouse.store.dialects import Dialect
from gatehouse.store.statement import Query

AT_ONCE = 1_000
NAMED_AT_MOST = 20
"""Of how many sessions that end together each has an entry in the audit log."""
MISSING = "Session does not exist."


class PayloadInvalid(RequestInvalid):
    """The payload of a session's access tokens has a claim that belongs to the session."""

    detail = "The user payload contains protected field"


class SessionList:
    """Finds, changes and ends sessions; a tenant stands for its app, and handles name their own."""

    def __init__(self, database: Database, tenancy: Tenancy, clock: Clock, events: Events) -> None:
        self._database = database
        self._tenancy = tenancy
        self._clock = clock
        self._events = events

    def get(self, tenant: Tenant, handle: str) -> StoredSession:
        """Return a session that has not expired; raises Unauthorised, TenantNotFound."""
        own = self._tenancy.sibling(tenant, tenant_of(handle))
        found = self._database.run(session.get_session(own.app_id, own.tenant_id, handle))
        if found is None or found.handle != handle or found.expires_at_ms <= self._clock():
            raise Unauthorised(message=MISSING)
        return found

    def update_payload(self, tenant: Tenant, handle: str, payload: Mapping[str, Any], version: int) -> None:
        """Replace what access tokens of a version carry from their next renewal on.

        Raises Unauthorised, RequestInvalid.
        """
        require_free(payload, version)
        own = self._tenancy.sibling(tenant, tenant_of(handle))
        text = written("userDataInJWT", payload, self._database.dialect)
        change = session.update_payload(own.app_id, own.tenant_id, handle, text, now_ms=self._clock())
        if not self._database.run(change):
            raise Unauthorised(message=MISSING)

    def update_data(self, tenant: Tenant, handle: str, data: Mapping[str, Any]) -> None:
        """Replace what the application keeps beside a session; raises Unauthorised, RequestInvalid."""
        own = self._tenancy.sibling(tenant, tenant_of(handle))
        text = written("userDataInDatabase", data, self._database.dialect)
        change = session.update_data(own.app_id, own.tenant_id, handle, text, now_ms=self._clock())
        if not self._database.run(change):
            raise Unauthorised(message=MISSING)

    def list_of_user(
        self, tenant: Tenant, user_id: str, *, is_across_tenants: bool, has_linked: bool
    ) -> list[str]:
        """List the sessions of a login method, or of all methods of its person, that have not expired."""
        return self._of_user(tenant, user_id, is_across_tenants=is_across_tenants, has_linked=has_linked)[0]

    def revoke_of_user(
        self, tenant: Tenant, user_id: str, *, is_across_tenants: bool, has_linked: bool
    ) -> list[str]:
        """End the sessions that `list_of_user` lists, and return them."""
        handles, active_id = self._of_user(
            tenant, user_id, is_across_tenants=is_across_tenants, has_linked=has_linked
        )
        tenant_ids = _tenants(handles)
        *chunks, last = list(_chunks(handles)) or [[]]
        for chunk in chunks:
            self._database.run(session.delete_sessions(tenant.app_id, tenant_ids, chunk))
        self._database.transact(
            lambda tx: tx.finish(
                session.delete_sessions(tenant.app_id, tenant_ids, last),
                authuser.upsert_last_active(tenant.app_id, active_id, self._clock()),
                *(self._note(tenant.app_id, user_id, handles) if handles else ()),
            )
        )
        return handles

    def revoke(self, tenant: Tenant, handles: Iterable[str]) -> list[str]:
        """End sessions, and return those that there were."""
        return [
            handle
            for chunk in _chunks(dict.fromkeys(handles))
            for handle in self._revoke(tenant.app_id, chunk)
        ]

    def _revoke(self, app_id: str, handles: list[str]) -> list[str]:
        tenant_ids = _tenants(handles)
        known = handles
        if len(handles) > 1:
            there = set(self._database.run(session.list_handles(app_id, tenant_ids, handles)))
            known = [handle for handle in handles if handle in there]
        if not known:
            return []
        notes = [note for handle in known for note in self._notes_of(app_id, handle)]
        if len(known) > NAMED_AT_MOST:
            notes = [*self._note(app_id, None, known)]
        *_, count = write(self._database, *notes, session.delete_sessions(app_id, tenant_ids, known))
        return known if count else []

    def _notes_of(self, app_id: str, handle: str) -> tuple[Query[Any], ...]:
        """Return the writes that note the end of a session, if it has not ended before."""
        tenant_id = tenant_of(handle)
        return self._events.note(
            "session.revoked",
            app_id=app_id,
            tenant_id=tenant_id,
            details={"session": session_name(handle)},
            told={"session": handle},
            provided=audit.session(tenant_id, handle),
        )

    def _note(self, app_id: str, user_id: str | None, handles: list[str]) -> tuple[Query[Any], ...]:
        """Return the writes that note the end of several sessions, of somebody or of whomever."""
        return self._events.note(
            "session.revoked",
            app_id=app_id,
            subject_id=user_id,
            details={"sessions": len(handles)},
        )

    def _of_user(
        self, tenant: Tenant, user_id: str, *, is_across_tenants: bool, has_linked: bool
    ) -> tuple[list[str], str]:
        """Return somebody's sessions, and the id under which is noted when they were active."""
        pairs, all_tenant_ids = self._database.batch(
            session.list_ids_of_person(tenant.app_id, user_id), authuser.list_tenant_ids(tenant.app_id)
        )
        own = [pair for pair in pairs if user_id in pair]
        methods = pairs if own and has_linked else own
        user_ids = {user_id, *(identifier for pair in methods for identifier in pair if identifier)}
        handles = self._database.run(
            session.list_handles_of_users(
                tenant.app_id,
                all_tenant_ids if is_across_tenants else [tenant.tenant_id],
                sorted(user_ids),
                now_ms=self._clock(),
            )
        )
        return handles, own[0][0] if own else user_id


def tenant_of(handle: str) -> str:
    """Return the tenant that a session's handle names, as Java splits texts."""
    parts = handle.rstrip("_").split("_")
    return (parts[1] if len(parts) > 1 else "") or PUBLIC


def require_free(payload: Mapping[str, Any], version: int) -> None:
    """Raise PayloadInvalid if a payload has a claim of the session."""
    try:
        check_payload(payload, version)
    except PayloadProtected:
        raise PayloadInvalid from None


def written(name: str, value: Mapping[str, Any], dialect: Dialect) -> str:
    """Return an object as its column holds it; raises RequestInvalid if it is too long for that."""
    text, longest = json.dumps(value, separators=(",", ":")), dialect.longest_text
    if longest is not None and len(text) > longest:
        raise RequestInvalid(f"Field name '{name}' must not be longer than {longest} bytes of JSON")
    return text


def _tenants(handles: Iterable[str]) -> list[str]:
    return sorted({tenant_of(handle) for handle in handles})


def _chunks(handles: Iterable[str]) -> Iterable[list[str]]:
    given = list(handles)
    return (given[start : start + AT_ONCE] for start in range(0, len(given), AT_ONCE))
