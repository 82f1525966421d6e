"""Which release of SuperTokens' core made a database, by what its migrations left behind."""

from dataclasses import dataclass

from gatehouse.models import TableNames
from gatehouse.store.migrations.catalog import Catalog, StoredTable


@dataclass(frozen=True, slots=True)
class Mark:
    """A release, and what it added to the schema: a table, or a column or an index of one."""

    release: str
    table: str
    column: str = ""
    index: str = ""

    @property
    def words(self) -> str:
        """What was added."""
        return f"{self.table}.{self.column or self.index}" if self.column or self.index else self.table

    def is_in(self, catalog: Catalog, names: TableNames) -> bool:
        """Say whether a database has it."""
        table = catalog.find(names.bare(self.table))
        if table is None or not (self.column or self.index):
            return table is not None
        return self.column in table.columns if self.column else _has_index(table, self.index, names)


OLDEST = "9.0"
"""The oldest release whose schema can be adopted; the one before lacks columns that no migration of ours adds."""

MARKS = (
    Mark("6.0", "apps"),
    Mark("7.0", "app_id_to_user_id", column="primary_or_recipe_user_id"),
    Mark("9.0", "totp_user_devices", column="created_at"),
    Mark("9.1", "tenant_configs", column="is_first_factors_null"),
    Mark("9.2.2", "user_last_active", index="user_last_active_last_active_time_index"),
    Mark("9.3", "oauth_clients"),
    Mark("10.0", "bulk_import_users"),
    Mark("10.1", "webauthn_users"),
    Mark("11.3", "saml_clients"),
    Mark("12.0", "recipe_user_account_infos"),
    Mark("12.1", "session_info", column="prev_refresh_token_hash_2"),
)
"""Oldest first; between two of them the schema did not change in a way that tells."""

OURS = frozenset({"9.1", "9.2.2"})
"""What our own migrations add, too."""


@dataclass(frozen=True, slots=True)
class CoreVersion:
    """The release that a schema is of, and by which mark it is known; `next_release` no longer fits."""

    mark: Mark
    next_release: str | None

    @property
    def words(self) -> str:
        """The releases that it may be."""
        until = f", before {self.next_release}" if self.next_release else ""
        return f"{self.mark.release} or later{until} (it has {self.mark.words})"


def find_version(catalog: Catalog, names: TableNames, *, is_adopted: bool) -> CoreVersion | None:
    """Return the newest release that has left its mark, or None where there is not even `session_info`.

    In a database that was adopted already, marks that we leave as well tell nothing.
    """
    if catalog.find(names.bare("session_info")) is None:
        return None
    marks = [mark for mark in MARKS if not (is_adopted and mark.release in OURS)]
    found = [number for number, mark in enumerate(marks) if mark.is_in(catalog, names)]
    if not found:
        return CoreVersion(Mark("1.0", "session_info"), MARKS[0].release)
    newest = max(found)
    return CoreVersion(marks[newest], marks[newest + 1].release if newest + 1 < len(marks) else None)


def find_elsewhere(catalog: Catalog) -> list[str]:
    """Return the prefixes under which a database has SuperTokens' tables after all."""
    return sorted(
        table.removesuffix("_session_info") for table in catalog.tables if table.endswith("_session_info")
    )


def _has_index(table: StoredTable, name: str, names: TableNames) -> bool:
    return name in table.indexes or names.bare(name).lower() in table.indexes
