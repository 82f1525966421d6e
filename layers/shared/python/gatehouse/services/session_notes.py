"""What the audit log has of a session: that it was opened, that a factor was used in it, that it was stolen."""

from typing import Any

from gatehouse.crypto.access_token import AccessToken
from gatehouse.models.session import SessionInfo, StoredSession
from gatehouse.models.tenancy import Tenant
from gatehouse.services.audit import Events, session_name
from gatehouse.store import audit
from gatehouse.store.statement import Query


class SessionNotes:
    """Makes the writes that note what happens to sessions with tokens."""

    def __init__(self, events: Events) -> None:
        self._events = events

    def opened(self, tenant: Tenant, info: SessionInfo, factor_id: str | None) -> tuple[Query[Any], ...]:
        """Note that somebody has signed in, with a factor if it is known."""
        details = {"factor": factor_id, "session": session_name(info.handle)}
        return self._events.note(
            "session.created",
            app_id=tenant.app_id,
            tenant_id=tenant.tenant_id,
            subject_id=info.user_id,
            details=details,
            told={"session": info.handle},
        )

    def stolen(self, tenant: Tenant, found: StoredSession) -> tuple[Query[Any], ...]:
        """Note that somebody came with a refresh token that was used before."""
        return self._events.note(
            "session.theft_detected",
            app_id=tenant.app_id,
            tenant_id=tenant.tenant_id,
            subject_id=found.user.user_id,
            details={"session": session_name(found.handle)},
            told={"session": found.handle},
        )

    def used(self, tenant: Tenant, token: AccessToken, factor_id: str) -> tuple[Query[Any], ...]:
        """Note that a factor was used in a session, if it is still there."""
        return self._events.note(
            "factor.used",
            app_id=tenant.app_id,
            tenant_id=tenant.tenant_id,
            subject_id=token.user_id,
            details={"factor": factor_id, "session": session_name(token.session_handle)},
            told={"session": token.session_handle},
            provided=audit.session(tenant.tenant_id, token.session_handle),
        )
