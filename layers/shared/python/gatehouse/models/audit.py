"""Entries of the audit log, and the events that they are of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

EventName = Literal[
    "session.created",
    "session.revoked",
    "session.theft_detected",
    "signin.failed",
    "send.refused",
    "factor.used",
    "factor.added",
    "factor.removed",
    "user.created",
    "user.joined",
    "user.invited",
    "user.updated",
    "user.deleted",
    "user.mapped",
    "user.unmapped",
    "password.changed",
    "password.reset_asked",
    "password.reset",
    "email.verified",
    "email.unverified",
    "email.changed",
    "phone.changed",
    "account.linked",
    "account.unlinked",
    "roles.changed",
    "role.changed",
    "role.deleted",
    "tenant.changed",
    "tenant.deleted",
    "tenant.user_added",
    "tenant.user_removed",
    "provider.changed",
    "provider.deleted",
    "dashboard.signed_in",
    "dashboard.signed_out",
    "dashboard.user_created",
    "dashboard.user_updated",
    "dashboard.user_deleted",
]
"""What is noted; docs/audit.md says when."""

EVENT_NAMES: tuple[EventName, ...] = get_args(EventName)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: when, what, who did it, to whom, from which network address, and how often in its minute."""

    id: str
    at_ms: int
    event: str
    actor_id: str | None = None
    subject_id: str | None = None
    client: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    times: int = 1
