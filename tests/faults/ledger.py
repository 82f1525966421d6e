"""What a database holds: all of it, what has changed, and whether anything lacks what it belongs to."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from gatehouse.store.database import Database
from gatehouse.store.statement import Sql

Contents = Mapping[str, Counter[tuple[Any, ...]]]
"""The rows of each table that has any."""

Change = Mapping[str, tuple[int, int]]
"""How many rows of each table are gone, and how many are new; a changed row is both."""

BELONGINGS = {
    "passwordless_codes": ("passwordless_devices", "app_id tenant_id device_id_hash"),
    "all_auth_recipe_users": ("app_id_to_user_id", "app_id user_id"),
    "emailpassword_users": ("app_id_to_user_id", "app_id user_id"),
    "passwordless_users": ("app_id_to_user_id", "app_id user_id"),
    "thirdparty_users": ("app_id_to_user_id", "app_id user_id"),
    "emailpassword_user_to_tenant": ("all_auth_recipe_users", "app_id tenant_id user_id"),
    "passwordless_user_to_tenant": ("all_auth_recipe_users", "app_id tenant_id user_id"),
    "thirdparty_user_to_tenant": ("all_auth_recipe_users", "app_id tenant_id user_id"),
    "emailpassword_pswd_reset_tokens": ("app_id_to_user_id", "app_id user_id"),
    "totp_user_devices": ("totp_users", "app_id user_id"),
    "totp_used_codes": ("totp_users", "app_id user_id"),
    "role_permissions": ("roles", "app_id role"),
    "user_roles": ("roles", "app_id role"),
    "tenants": ("apps", "app_id"),
}
"""Whose rows belong to rows of which table, and by which columns."""


class Ledger:
    """Looks at a database directly, on a connection of its own."""

    def __init__(self, database: Database, tables: list[str]) -> None:
        self._database = database
        self._tables = tables
        filled = ", ".join(f"EXISTS (SELECT 1 FROM {{{table}}})" for table in tables)
        self._filled = Sql(f"SELECT {filled}").only(lambda row: row)
        self._all = {table: Sql(f"SELECT * FROM {{{table}}}").all(tuple) for table in tables}

    def read(self) -> Contents:
        """Return everything."""
        filled = self._database.run(self._filled)
        tables = [table for table, is_filled in zip(self._tables, filled, strict=True) if is_filled]
        rows = self._database.batch(*(self._all[table] for table in tables))
        return {table: Counter(map(_hashable, found)) for table, found in zip(tables, rows, strict=True)}

    def put_back(self, contents: Contents) -> None:
        """Make the database what it was."""
        now = self.read()
        writes = []
        for table in now.keys() | contents.keys():
            there, wanted = now.get(table, Counter()), contents.get(table, Counter())
            if there == wanted:
                continue
            writes.append(Sql(f"DELETE FROM {{{table}}}").run())
            for row in wanted.elements():
                values = {f"v{number}": value for number, value in enumerate(row)}
                names = ", ".join(f":{name}" for name in values)
                writes.append(Sql(f"INSERT INTO {{{table}}} VALUES ({names})").run(**values))
        if writes:
            self._database.transact(lambda tx: tx.finish(*writes))

    def orphans(self, contents: Contents) -> list[str]:
        """Return the tables with rows that belong to nothing; only what is there is asked about."""
        asked = [(child, *BELONGINGS[child]) for child in BELONGINGS if child in contents]
        found = self._database.batch(*(_orphaned(*each) for each in asked)) if asked else ()
        return [child for (child, *_), is_found in zip(asked, found, strict=True) if is_found]


def change(before: Contents, after: Contents) -> Change:
    """Return what is different."""
    told = {}
    for table in sorted(before.keys() | after.keys()):
        old, new = before.get(table, Counter()), after.get(table, Counter())
        if old != new:
            told[table] = ((old - new).total(), (new - old).total())
    return told


def _orphaned(child: str, parent: str, columns: str) -> Any:
    same = " AND ".join(f"p.{column} = c.{column}" for column in columns.split())
    return Sql(
        f"SELECT 1 FROM {{{child}}} c WHERE NOT EXISTS (SELECT 1 FROM {{{parent}}} p WHERE {same}) LIMIT 1"
    ).finds()


def _hashable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)
