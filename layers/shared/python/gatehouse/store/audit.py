"""Rows of the audit log.

An entry is inserted once: the same one again changes nothing. Some are written only where what they tell of is there to
be changed, in the same transaction and before the change, which they hold the row for.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatehouse.store.statement import Query, Sql, Statement, Upsert

COLUMNS = ("app_id", "id", "at_ms", "event", "actor_id", "subject_id", "client", "details")

INSERT_ENTRY = Upsert("audit_log", columns=COLUMNS, key=("app_id", "id"))

_INSERT = f"INSERT INTO {{audit_log}} ({', '.join(COLUMNS)})"

INSERT_ENTRY_OF_IDENTITY = Sql(f"""
    {_INSERT}
    SELECT u.app_id, :id, :at_ms, :event, u.id, u.id, :client, :details
    FROM {{users}} u
    WHERE u.app_id = :app_id AND u.email = :email AND u.auth_user_id = :auth_user_id""")

_OF_SESSION = f"""
    {_INSERT}
    SELECT s.app_id, :id, :at_ms, :event, COALESCE(:actor_id, s.user_id), COALESCE(:subject_id, s.user_id), :client,
      :details
    FROM {{session_info}} s
    WHERE s.app_id = :app_id AND s.tenant_id = :session_tenant_id AND s.session_handle = :session_handle"""

INSERT_ENTRY_OF_SESSION = Sql(f"{_OF_SESSION} {{for_update}}")

INSERT_ENTRY_OF_TOKEN = Sql(
    f"{_OF_SESSION} AND s.refresh_token_hash_2 = :refresh_token_hash_2 {{for_update}}"
)


@dataclass(frozen=True, slots=True)
class Provided:
    """What must be there for an entry to be written."""

    statement: Statement
    values: Mapping[str, Any] = field(repr=False)


def identity(*, email: str, auth_user_id: str) -> Provided:
    """Somebody in the directory with an address who is linked to an identity, and did it themselves."""
    return Provided(INSERT_ENTRY_OF_IDENTITY, {"email": email, "auth_user_id": auth_user_id})


def session(tenant_id: str, handle: str) -> Provided:
    """A session; whoever has it did it, to themselves, unless the entry says otherwise."""
    return Provided(INSERT_ENTRY_OF_SESSION, {"session_tenant_id": tenant_id, "session_handle": handle})


def session_of_token(tenant_id: str, handle: str, *, refresh_token_hash_2: str) -> Provided:
    """The same, with the token that has a hash."""
    return Provided(
        INSERT_ENTRY_OF_TOKEN,
        {
            "session_tenant_id": tenant_id,
            "session_handle": handle,
            "refresh_token_hash_2": refresh_token_hash_2,
        },
    )


def insert_entry(
    app_id: str,
    *,
    entry_id: str,
    event: str,
    at_ms: int,
    actor_id: str | None = None,
    subject_id: str | None = None,
    client: str | None = None,
    details: Mapping[str, Any] | None = None,
    provided: Provided | None = None,
) -> Query[int]:
    """Note who did what to whom: `actor_id` and `subject_id` are ids of people, `client` a network address."""
    entry = {
        "app_id": app_id,
        "id": entry_id,
        "at_ms": at_ms,
        "event": event,
        "actor_id": actor_id,
        "subject_id": subject_id,
        "client": client,
        "details": json.dumps(details) if details else None,
    }
    if provided is None:
        return INSERT_ENTRY.run(**entry)
    return provided.statement.run(**entry, **provided.values)
