"""Rows of the audit log: written with the change that they tell of, and read newest first.

An entry is inserted once: the same one again changes nothing. Some are written only where what they tell of is there to
be changed, in the same transaction and before the change, which they hold the row for. What fails again and again is
one row for each minute that counts the times.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatehouse.models.audit import Entry
from gatehouse.store.statement import Query, Row, Sql, Statement, Upsert

COLUMNS = ("app_id", "id", "at_ms", "event", "actor_id", "subject_id", "client", "details")
KEY = ("app_id", "id")

INSERT_ENTRY = Upsert("audit_log", columns=COLUMNS, key=KEY)

COUNT_ENTRY = Upsert(
    "audit_log", columns=(*COLUMNS, "times"), key=KEY, update=(("times", "old.times + new.times"),)
)

_INSERT = f"INSERT INTO {{audit_log}} ({', '.join(COLUMNS)})"

INSERT_ENTRY_OF_IDENTITY = Sql(f"""
    {_INSERT}
    SELECT x.app_id, :id, :at_ms, :event, x.id, x.id, :client, :details
    FROM {{users}} x
    WHERE x.app_id = :app_id AND x.email = :email AND x.auth_user_id = :auth_user_id""")

_OF_SESSION = f"""
    {_INSERT}
    SELECT x.app_id, :id, :at_ms, :event, COALESCE(:actor_id, x.user_id), COALESCE(:subject_id, x.user_id), :client,
      :details
    FROM {{session_info}} x
    WHERE x.app_id = :app_id AND x.tenant_id = :of_tenant_id AND x.session_handle = :session_handle"""

INSERT_ENTRY_OF_SESSION = Sql(f"{_OF_SESSION} {{for_update}}")

INSERT_ENTRY_OF_TOKEN = Sql(
    f"{_OF_SESSION} AND x.refresh_token_hash_2 = :refresh_token_hash_2 {{for_update}}"
)


def _of_row(table: str, *columns: str) -> Sql:
    """Return the insert of an entry that is written if a row with these columns is there."""
    is_it = " AND ".join(f"x.{column} = :of_{column}" for column in columns)
    return Sql(f"""
    {_INSERT}
    SELECT x.app_id, :id, :at_ms, :event, :actor_id, :subject_id, :client, :details
    FROM {{{table}}} x
    WHERE x.app_id = :app_id AND {is_it} {{for_update}}""")


INSERT_ENTRY_OF_ROW = {
    "verified address": _of_row("emailverification_verified_emails", "user_id", "email"),
    "password": _of_row("emailpassword_users", "user_id"),
    "role": _of_row("roles", "role"),
    "role of a user": _of_row("user_roles", "tenant_id", "user_id", "role"),
    "TOTP device": _of_row("totp_user_devices", "user_id", "device_name"),
    "session of the dashboard": _of_row("dashboard_user_sessions", "session_id"),
    "provider": _of_row(
        "tenant_thirdparty_providers", "connection_uri_domain", "tenant_id", "third_party_id"
    ),
    "mapping": _of_row("userid_mapping", "supertokens_user_id", "external_user_id"),
}
"""Entries about something that there may be, and is only one of."""

_SELECT = f"SELECT a.{', a.'.join(COLUMNS)}, a.times FROM {{audit_log}} a WHERE a.app_id = :app_id"
_PAGE = """
      AND a.at_ms >= :from_ms AND a.at_ms <= :before_ms AND (a.at_ms < :before_ms OR a.id < :before_id)
    ORDER BY a.at_ms DESC, a.id DESC
    LIMIT :limit"""

SELECT_PAGE = Sql(f"{_SELECT} {_PAGE}")

SELECT_PAGE_BY = {
    "event": Sql(f"{_SELECT} AND a.event = :value {_PAGE}"),
    "subject_id": Sql(f"{_SELECT} AND a.subject_id = :value {_PAGE}"),
    "actor_id": Sql(f"{_SELECT} AND a.actor_id = :value {_PAGE}"),
}
"""Pages of one value of a column, each by an index of its own."""


SELECT_DIRECTORY_IDS = Sql("""
    SELECT u.id FROM {users} u WHERE u.app_id = :app_id AND u.auth_user_id IN (:auth_user_ids)""")


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
    return Provided(INSERT_ENTRY_OF_SESSION, {"of_tenant_id": tenant_id, "session_handle": handle})


def session_of_token(tenant_id: str, handle: str, *, refresh_token_hash_2: str) -> Provided:
    """The same, with the token that has a hash."""
    found = session(tenant_id, handle)
    return Provided(INSERT_ENTRY_OF_TOKEN, {**found.values, "refresh_token_hash_2": refresh_token_hash_2})


def row(what: str, **columns: str) -> Provided:
    """One of INSERT_ENTRY_OF_ROW, with the values of its columns."""
    values = {f"of_{column}": value for column, value in columns.items()}
    return Provided(INSERT_ENTRY_OF_ROW[what], values)


def insert_entry(app_id: str, entry: Entry, provided: Provided | None = None) -> Query[int]:
    """Note what happened, or, with `provided`, what happens to something if it is there."""
    values = _values(app_id, entry)
    if provided is None:
        return INSERT_ENTRY.run(**values)
    return provided.statement.run(**values, **provided.values)


def count_entry(app_id: str, entry: Entry) -> Query[int]:
    """Note what happened, or count one more time if there is an entry with this id."""
    return COUNT_ENTRY.run(**_values(app_id, entry), times=entry.times)


def list_page(
    app_id: str,
    column: str | None,
    value: str | None,
    *,
    from_ms: int,
    before: tuple[int, str],
    limit: int,
) -> Query[list[Entry]]:
    """List entries newest first, all or those with a value in a column; `before` is (at_ms, id) of one not to list."""
    before_ms, before_id = before
    window = {"from_ms": from_ms, "before_ms": before_ms, "before_id": before_id, "limit": limit}
    if column is None:
        return SELECT_PAGE.all(_read, app_id=app_id, **window)
    return SELECT_PAGE_BY[column].all(_read, app_id=app_id, value=value, **window)


def list_directory_ids(app_id: str, auth_user_ids: list[str]) -> Query[list[str]]:
    """List the ids that the directory has for some identities."""
    return SELECT_DIRECTORY_IDS.all(lambda row: str(row[0]), app_id=app_id, auth_user_ids=auth_user_ids)


def _values(app_id: str, entry: Entry) -> dict[str, Any]:
    return {
        "app_id": app_id,
        "id": entry.id,
        "at_ms": entry.at_ms,
        "event": entry.event,
        "actor_id": entry.actor_id,
        "subject_id": entry.subject_id,
        "client": entry.client,
        "details": json.dumps(dict(entry.details)) if entry.details else None,
    }


def _read(row: Row) -> Entry:
    _, entry_id, at_ms, event, actor_id, subject_id, client, details, times = row
    return Entry(entry_id, at_ms, event, actor_id, subject_id, client, json.loads(details or "{}"), times)
