"""How the core is put back: what is ours in the database, and what is lost by removing it."""

from collections.abc import Iterable, Iterator

from gatehouse.models import TableNames
from gatehouse.store.migrations.catalog import Catalog
from gatehouse.store.migrations.files import CreateTable, Migration

SUPERTOKENS = "0001_supertokens"
"""The migration whose tables are the core's."""


def own_tables(migrations: Iterable[Migration]) -> list[str]:
    """Return the tables that are ours alone, in the order in which they were made."""
    return [
        change.table
        for migration in migrations
        if migration.version != SUPERTOKENS
        for change in migration.changes
        if isinstance(change, CreateTable)
    ]


def core_tables(migrations: Iterable[Migration]) -> frozenset[str]:
    """Return the tables that are the core's."""
    return frozenset(
        change.table
        for migration in migrations
        if migration.version == SUPERTOKENS
        for change in migration.changes
        if isinstance(change, CreateTable)
    )


def undo_plan(migrations: Iterable[Migration], catalog: Catalog, names: TableNames) -> Iterator[str]:
    """Yield the steps as lines: what to do is text, and SQL where there is something to run."""
    migrations = list(migrations)
    ours = [table for table in own_tables(migrations) if catalog.find(names.bare(table))]
    yield "-- The way back to SuperTokens' core"
    yield "-- 1. Point the connection URI of your SDKs (or the DNS name in it) at the core again. That is all: people,"
    yield "--    sessions, keys, codes and roles are in the core's own tables and forms. Nothing has to be converted."
    yield "-- 2. What the core does not see: the directory and the log behind Gatehouse's own endpoints, as /users."
    yield "--    People whom those signed in are signed out; those who use SuperTokens' SDKs stay signed in."
    if not ours:
        yield "-- 3. Gatehouse has no tables here, so nothing can be removed."
        return
    yield "-- 3. If you are sure to stay with the core, remove what is Gatehouse's alone. Until then leave it: the core"
    yield "--    does not look at it, and you can come here again at any time. Added indexes and columns stay; newer"
    yield "--    cores have them, too."
    yield f"DELETE FROM {names.qualified('key_value')} WHERE name LIKE 'gatehouse%';"  # noqa: S608 (our own names)
    yield from (f"DROP TABLE {names.qualified(table)};" for table in reversed(ours))
