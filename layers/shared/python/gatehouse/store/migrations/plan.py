"""The way from what a database has to what the migrations make: every statement ensures, none insists."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum

from gatehouse.models import TableNames
from gatehouse.store.migrations.catalog import Catalog, StoredIndex, StoredTable
from gatehouse.store.migrations.files import (
    AddColumn,
    Change,
    ChangeRows,
    CreateIndex,
    CreateTable,
    Migration,
    RunRefused,
    create_index,
    fill,
)


class Outcome(Enum):
    """What becomes of a statement."""

    CREATED = "created"
    ADOPTED = "adopted"
    SKIPPED = "skipped"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Step:
    """A statement with what becomes of it, and the SQL to run for that: none when the database has it already.

    `is_online` marks work beside writers, which cannot be part of a transaction.
    """

    change: Change
    outcome: Outcome
    sql: tuple[str, ...] = ()
    is_online: bool = False


@dataclass(frozen=True, slots=True)
class UnfitTable:
    """A table that has the name of one of ours and lacks something that no migration adds."""

    logical_name: str
    name: str
    lack: str


class Planner:
    """Plans migrations one after the other against a picture of the database that it keeps up to date."""

    def __init__(self, catalog: Catalog, names: TableNames, *, beside_writers: str = "") -> None:
        """Take `beside_writers` from the engine's habits."""
        self._catalog = deepcopy(catalog)
        self._names = names
        self._beside_writers = beside_writers
        self._made: set[str] = set()
        self._adopted: dict[str, CreateTable] = {}

    @property
    def adopted(self) -> int:
        """How many tables of the planned migrations were there already."""
        return len(self._adopted)

    def has(self, change: Change) -> bool:
        """Say whether the database has what a statement makes."""
        first = next(iter(self._steps(change)))
        return not first.sql

    def plan(self, migration: Migration) -> list[Step]:
        """Plan a migration as if those planned before had been run."""
        return [step for change in migration.changes for step in self._steps(change)]

    def unfit_tables(self) -> Iterator[UnfitTable]:
        """Yield the adopted tables that no planned migration completes."""
        for table, wanted in self._adopted.items():
            stored = self._stored(table)
            columns = [column for column in wanted.columns if column not in stored.columns]
            keys = [key for key in wanted.unique_keys if not stored.has_unique_key(key)]
            if columns:
                yield UnfitTable(table, self._names.bare(table), f"column {', '.join(columns)}")
            elif keys:
                yield UnfitTable(table, self._names.bare(table), f"unique key on ({', '.join(keys[0])})")

    def _steps(self, change: Change) -> Iterable[Step]:
        if isinstance(change, CreateTable):
            return self._create_table(change)
        if isinstance(change, CreateIndex):
            return [self._create_index(change)]
        if isinstance(change, AddColumn):
            return [self._add_column(change)]
        return [self._change_rows(change)]

    def _create_table(self, change: CreateTable) -> Iterator[Step]:
        if self._catalog.find(self._names.bare(change.table)):
            self._adopted[change.table] = change
            yield Step(change, Outcome.ADOPTED)
            yield from (self._create_index(create_index(index)) for index in change.indexes)
            return
        unique = {
            f"unique {number}": StoredIndex(is_unique=True, is_valid=True, columns=key)
            for number, key in enumerate(change.unique_keys)
        }
        plain = {
            self._names.bare(index.name): StoredIndex(is_unique=False, is_valid=True, columns=index.columns)
            for index in change.indexes
        }
        self._catalog.tables[self._names.bare(change.table)] = StoredTable(
            set(change.columns), unique | plain
        )
        self._made.add(change.table)
        yield Step(change, Outcome.CREATED, (fill(change.text, self._names),))

    def _create_index(self, change: CreateIndex) -> Step:
        table = self._stored(change.table)
        name = self._names.bare(change.index.name)
        ours, theirs = table.indexes.get(name.lower()), table.indexes.get(change.index.name)
        if any(index and index.is_valid for index in (ours, theirs)) or table.serves(change.index.columns):
            return Step(change, Outcome.SKIPPED)
        table.indexes[name.lower()] = StoredIndex(
            is_unique=False, is_valid=True, columns=change.index.columns
        )
        sql = fill(change.text, self._names)
        if change.table in self._made or not self._beside_writers:
            return Step(change, Outcome.CREATED, (sql,))
        remains = (self._drop_index(name),) if ours else ()
        build = sql.replace("CREATE INDEX", f"CREATE INDEX {self._beside_writers}", 1)
        return Step(change, Outcome.CREATED, (*remains, build), is_online=True)

    def _drop_index(self, name: str) -> str:
        """Drop what an interrupted build beside writers left behind."""
        schema = f'"{self._names.schema}".' if self._names.schema else ""
        return f"DROP INDEX {self._beside_writers} {schema}{name}"

    def _add_column(self, change: AddColumn) -> Step:
        table = self._stored(change.table)
        if change.column in table.columns:
            return Step(change, Outcome.SKIPPED)
        table.columns.add(change.column)
        return Step(change, Outcome.CREATED, (fill(change.text, self._names),))

    def _change_rows(self, change: ChangeRows) -> Step:
        if change.table in self._made:
            return Step(change, Outcome.SKIPPED)
        return Step(change, Outcome.CHANGED, (fill(change.text, self._names),))

    def _stored(self, table: str) -> StoredTable:
        stored = self._catalog.find(self._names.bare(table))
        if stored is None:
            raise RunRefused(
                f"The table {self._names.bare(table)} is gone, although its migration was applied."
            )
        return stored
