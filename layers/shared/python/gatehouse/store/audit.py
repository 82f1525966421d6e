"""Rows of the audit log."""

import json
from collections.abc import Mapping

from gatehouse.store.statement import Query, Sql

INSERT_ENTRY = Sql("""
    INSERT INTO {audit_log} (app_id, id, at_ms, event, actor_id, subject_id, client, details)
    VALUES (:app_id, :id, :at_ms, :event, :actor_id, :subject_id, :client, :details)""")

INSERT_ENTRY_OF_IDENTITY = Sql("""
    INSERT INTO {audit_log} (app_id, id, at_ms, event, actor_id, subject_id)
    SELECT u.app_id, :id, :at_ms, :event, u.id, u.id
    FROM {users} u
    WHERE u.app_id = :app_id AND u.email = :email AND u.auth_user_id = :auth_user_id""")


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


def insert_entry_of_identity(
    app_id: str, *, entry_id: str, event: str, at_ms: int, email: str, auth_user_id: str
) -> Query[int]:
    """Note what somebody did themselves who has an address and is linked to an identity; nobody else did it."""
    return INSERT_ENTRY_OF_IDENTITY.run(
        app_id=app_id, id=entry_id, at_ms=at_ms, event=event, email=email, auth_user_id=auth_user_id
    )
