"""Rows of the audit log."""

import json
from collections.abc import Mapping

from gatehouse.store.statement import Query, Sql

INSERT_ENTRY = Sql("""
    INSERT INTO {audit_log} (app_id, id, at_ms, event, actor_id, subject_id, client, details)
    VALUES (:app_id, :id, :at_ms, :event, :actor_id, :subject_id, :client, :details)""")


def insert_entry(
    app_id: str,
    *,
    entry_id: str,
    event: str,
    at_ms: int,
    actor_id: str | None = None,
    subject_id: str | None = None,
    client: str | None = None,
    details: Mapping[str, str] | None = None,
) -> Query[int]:
    """Note who did what to whom: `actor_id` and `subject_id` are ids of the directory, `client` a network address."""
    return INSERT_ENTRY.run(
        app_id=app_id,
        id=entry_id,
        at_ms=at_ms,
        event=event,
        actor_id=actor_id,
        subject_id=subject_id,
        client=client,
        details=json.dumps(details) if details else None,
    )
