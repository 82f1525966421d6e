"""Bringing a database to the schema of the migration files, whatever it has already."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count, groupby

from gatehouse.clock import Clock
from gatehouse.errors import DatabaseConflict, DatabaseError, DatabaseUnavailable, PermissionDenied
from gatehouse.models import TableNames
from gatehouse.store.database import Batches, Database, Transaction
from gatehouse.store.engines import Engine
from gatehouse.store.migrations.advice import changed_file_advice, unfit_tables_advice
from gatehouse.store.migrations.catalog import Catalog, read_catalog
from gatehouse.store.migrations.files import Migration, RunRefused
from gatehouse.store.migrations.habits import HABITS, pause, turn
from gatehouse.store.migrations.plan import Planner, Step
from gatehouse.store.migrations.progress import describe, summarize
from gatehouse.store.migrations.rows import Row, applied_row, base_rows, list_applied
from gatehouse.store.migrations.script import Outstanding
from gatehouse.store.statement import Sql

TRIES = 20


@dataclass(frozen=True, slots=True)
class State:
    """What a database has: its catalog, and the checksum of each version applied."""

    catalog: Catalog
    applied: dict[str, str]


def everything(migrations: Sequence[Migration], names: TableNames, now_ms: int) -> Outstanding:
    """Return all there is to do on an empty database."""
    planner = Planner(Catalog(), names)
    has_own_schema = names.schema not in {"", "public"}
    prelude = (f'CREATE SCHEMA IF NOT EXISTS "{names.schema}"',) if has_own_schema else ()
    rows = [applied_row(migration, now_ms) for migration in migrations]
    rows += [row.written() for row in base_rows(migrations[-1].version, now_ms)]
    return Outstanding(
        prelude, [(migration.version, planner.plan(migration)) for migration in migrations], rows
    )


class Migrator:
    """Runs migrations on one database."""

    def __init__(
        self,
        engine: Engine,
        names: TableNames,
        migrations: Sequence[Migration],
        *,
        now_ms: Clock,
        report: Callable[[str], None],
    ) -> None:
        """Take `report` for the lines that say what happens."""
        self._engine = engine
        self._names = names
        self._migrations = migrations
        self._now_ms = now_ms
        self._report = report
        self._database = Database(engine, names)
        self._habits = HABITS[engine.dialect.name]

    def run(self) -> None:
        """Apply what has not been applied; raises RunRefused before anything is changed, and DatabaseError."""
        done: list[Step] = []
        with closing(self), turn(self._engine, self._report):
            state = self._read_checked()
            for migration in self._pending(state):
                done += self._apply(migration)
            rows = self._write_base_rows()
        self._report(summarize(done, rows, max([self._migrations[-1].version, *state.applied])))

    def outstanding(self) -> Outstanding:
        """Return what `run` would do; raises RunRefused and DatabaseError."""
        with closing(self):
            state = self._read_checked()
            missing = [row for row in self._base_rows() if not self._has_row(state.catalog, row)]
        pending = self._pending(state)
        rows = [applied_row(migration, self._now_ms()) for migration in pending]
        rows += [row.written() for row in missing]
        planner = self._planner(state.catalog)
        steps = [(migration.version, planner.plan(migration)) for migration in pending]
        return Outstanding(self._missing_schema(state.catalog), steps, rows)

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        self._database.disconnect()

    def _apply(self, migration: Migration) -> list[Step]:
        """Apply a migration; where that is not one transaction, a run that was interrupted goes on where it was."""
        if self._habits.is_transactional:
            steps = self._database.transact(lambda tx: self._apply_at_once(tx, migration))
            self._tell(migration, [step for step in steps if not step.is_online])
            rest = [step for step in steps if step.is_online]
        else:
            steps = rest = self._plan_unless_applied(self._read(self._database), migration)
        for _, group in groupby(rest, key=_table_of):
            group_steps = list(group)
            for step in group_steps:
                self._run_alone(step)
            self._tell(migration, group_steps)
        if rest:
            self._database.run(applied_row(migration, self._now_ms()))
        return steps

    def _apply_at_once(self, tx: Transaction, migration: Migration) -> list[Step]:
        """Run in a transaction all that can be; the version is noted with it unless something is left to do."""
        for statement in self._habits.prelude:
            tx.run(statement.run())
        state = self._read(tx)
        steps = self._plan_unless_applied(state, migration)
        made_at_once = [sql for step in steps if not step.is_online for sql in step.sql]
        for sql in (*self._missing_schema(state.catalog), *made_at_once):
            tx.run(Sql(sql).run())
        if not any(step.is_online for step in steps):
            tx.run(applied_row(migration, self._now_ms()))
        return steps

    def _plan_unless_applied(self, state: State, migration: Migration) -> list[Step]:
        """Plan nothing when another run was faster."""
        return [] if migration.version in state.applied else self._planner(state.catalog).plan(migration)

    def _run_alone(self, step: Step) -> None:
        """Run a step that another run may be doing at the same time."""
        for attempt in count(1):
            try:
                for sql in step.sql:
                    self._database.run(Sql(sql).run())
            except (PermissionDenied, DatabaseUnavailable):
                raise
            except DatabaseError as error:
                if self._planner(self._read(self._database).catalog).has(step.change):
                    return
                if attempt == TRIES or not isinstance(error, DatabaseConflict):
                    raise
                pause()
            else:
                return

    def _write_base_rows(self) -> int:
        """Write the base rows that are not there; answers how many."""

        def write(tx: Transaction) -> int:
            missing = [row for row in self._base_rows() if tx.run(row.found()) is None]
            for row in missing:
                tx.run(row.written())
            return len(missing)

        return self._database.transact(write)

    def _read(self, database: Batches) -> State:
        """Read first what is noted and then what is there: another run may be at work, and notes what it has done."""
        applied: dict[str, str] = {}
        if self._read_catalog(database).find(self._names.bare("schema_migrations")):
            applied = dict(database.run(list_applied()))
        return State(self._read_catalog(database), applied)

    def _read_catalog(self, database: Batches) -> Catalog:
        return read_catalog(database, self._engine.dialect.name, self._names.schema)

    def _read_checked(self) -> State:
        """Read the state; raises RunRefused when it does not go with the files."""
        state = self._read(self._database)
        for migration in self._migrations:
            if state.applied.get(migration.version, migration.checksum) != migration.checksum:
                raise RunRefused(changed_file_advice(migration.version))
        planner = self._planner(state.catalog)
        for migration in self._pending(state):
            planner.plan(migration)
        if unfit := list(planner.unfit_tables()):
            shares_database = planner.adopted > len(unfit)
            dialect = self._engine.dialect.name
            raise RunRefused(
                unfit_tables_advice(unfit, self._names, dialect, shares_database=shares_database)
            )
        return state

    def _pending(self, state: State) -> list[Migration]:
        return [migration for migration in self._migrations if migration.version not in state.applied]

    def _planner(self, catalog: Catalog) -> Planner:
        return Planner(catalog, self._names, beside_writers=self._habits.beside_writers)

    def _missing_schema(self, catalog: Catalog) -> tuple[str, ...]:
        is_missing = self._names.schema and not catalog.has_schema
        return (f'CREATE SCHEMA "{self._names.schema}"',) if is_missing else ()

    def _base_rows(self) -> tuple[Row, ...]:
        return base_rows(self._migrations[-1].version, self._now_ms())

    def _has_row(self, catalog: Catalog, row: Row) -> bool:
        has_table = catalog.find(self._names.bare(row.write.table))
        return bool(has_table) and self._database.run(row.found()) is not None

    def _tell(self, migration: Migration, steps: Sequence[Step]) -> None:
        for table, group in groupby(steps, key=_table_of):
            self._report(describe(migration.version, self._names.bare(table), list(group)))


def _table_of(step: Step) -> str:
    return step.change.table
