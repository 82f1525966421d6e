"""Which release of the core made a database, by its tables alone."""

import pytest

from gatehouse.models import TableNames
from gatehouse.store.migrations.catalog import Catalog, StoredIndex, StoredTable
from infra.moving.supertokens.versions import MARKS, Mark, find_elsewhere, find_version

PLAIN = TableNames()


def catalog_with(marks: tuple[Mark, ...], names: TableNames = PLAIN) -> Catalog:
    """A database that some releases have left their marks in."""
    catalog = Catalog({names.bare("session_info"): StoredTable({"session_handle"})})
    for mark in marks:
        table = catalog.tables.setdefault(names.bare(mark.table), StoredTable())
        if mark.column:
            table.columns.add(mark.column)
        if mark.index:
            table.indexes[mark.index] = StoredIndex(is_unique=False, is_valid=True, columns=())
    return catalog


@pytest.mark.parametrize("number", range(len(MARKS)), ids=[mark.release for mark in MARKS])
def test_release_is_known_by_its_newest_mark(number: int) -> None:
    version = find_version(catalog_with(MARKS[: number + 1]), PLAIN, is_adopted=False)

    assert version is not None
    assert version.mark == MARKS[number]
    following = MARKS[number + 1].release if number + 1 < len(MARKS) else None
    assert version.next_release == following


def test_marks_of_our_own_migrations_tell_nothing_after_a_move() -> None:
    version = find_version(catalog_with(MARKS[:5]), PLAIN, is_adopted=True)

    assert version is not None
    assert version.words == "9.0 or later, before 9.3 (it has totp_user_devices.created_at)"


def test_database_of_something_else_has_no_version() -> None:
    assert find_version(Catalog({"orders": StoredTable()}), PLAIN, is_adopted=False) is None


def test_tables_under_a_prefix_are_found() -> None:
    catalog = catalog_with(MARKS[:3], TableNames(prefix="auth"))

    assert find_version(catalog, PLAIN, is_adopted=False) is None
    assert find_elsewhere(catalog) == ["auth"]
    version = find_version(catalog, TableNames(prefix="auth"), is_adopted=False)
    assert version is not None
    assert version.mark.release == "9.0"
