"""`python -m gatehouse.migrate`: bring the database to the schema that this version needs.

Safe to run twice, by two at once, and beside a running service; a database that SuperTokens made is adopted.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from gatehouse.clock import now_ms
from gatehouse.command import DONE, NEEDS_SOMEBODY, UNREACHABLE, fail, run, say
from gatehouse.config import Settings, load_settings
from gatehouse.errors import PermissionDenied
from gatehouse.models import TableNames
from gatehouse.parameters import Parameters
from gatehouse.store.dialects import DIALECTS, Dialect
from gatehouse.store.engines import engine_for
from gatehouse.store.migrations.advice import missing_read_right_advice, missing_right_advice
from gatehouse.store.migrations.files import RunRefused, read_migrations
from gatehouse.store.migrations.runner import Migrator, everything
from gatehouse.store.migrations.script import write_script

STATEMENT_TIMEOUT_S = 4 * 3600
"""Building an index on a big table takes its time."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers 0 when done, 1 when a person has to act, 2 when there is no database to talk to."""
    options = _parser().parse_args(arguments)
    return run(lambda: _print_everything(options) if options.dialect else _work(options), RunRefused)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gatehouse.migrate", description="Make or update the tables."
    )
    parser.add_argument(
        "--print",
        action="store_true",
        dest="is_print",
        help="print the SQL still to be run instead of running it, for pscale shell, psql or an administrator",
    )
    parser.add_argument(
        "--dialect",
        choices=sorted(DIALECTS),
        help="with --print: all the SQL for this engine, without a connection",
    )
    parser.add_argument("--migrations", type=Path, metavar="DIR", help="where the migration files are")
    return parser


def _print_everything(options: argparse.Namespace) -> int:
    if not options.is_print:
        return fail("--dialect goes with --print.", UNREACHABLE)
    settings = _settings(DATABASE_URL=f"{options.dialect}:")
    migrations = read_migrations(_folder(options), options.dialect)
    outstanding = everything(migrations, settings.table_names, now_ms())
    sys.stdout.write(write_script(outstanding, DIALECTS[options.dialect], settings.table_names))
    return DONE


def _work(options: argparse.Namespace) -> int:
    settings = _settings()
    engine = engine_for(settings.database_url, statement_timeout_s=STATEMENT_TIMEOUT_S)
    migrations = read_migrations(_folder(options), engine.dialect.name)
    migrator = Migrator(engine, settings.table_names, migrations, now_ms=now_ms, report=say)
    try:
        if options.is_print:
            sys.stdout.write(write_script(migrator.outstanding(), engine.dialect, settings.table_names))
        else:
            migrator.run()
    except PermissionDenied as denied:
        return _hand_over(denied, migrator, engine.dialect, settings.table_names)
    return DONE


def _hand_over(denied: PermissionDenied, migrator: Migrator, dialect: Dialect, names: TableNames) -> int:
    """Print what an administrator has to run: why on the error stream, the SQL alone on the output."""
    try:
        script = write_script(migrator.outstanding(), dialect, names)
    except PermissionDenied as unreadable:
        return fail(missing_read_right_advice(str(unreadable)), NEEDS_SOMEBODY)
    fail(missing_right_advice(str(denied)), NEEDS_SOMEBODY)
    sys.stdout.write(script)
    return NEEDS_SOMEBODY


def _settings(**replaced: str) -> Settings:
    return load_settings(resolve=lambda given: Parameters().resolve_all({**given, **replaced}))


def _folder(options: argparse.Namespace) -> Path:
    """Return the folder that was given, or the repository's."""
    if options.migrations:
        return Path(options.migrations)
    candidates = [parent / "infra" / "migrations" for parent in Path(__file__).resolve().parents]
    return next((folder for folder in candidates if folder.is_dir()), Path("infra", "migrations"))


if __name__ == "__main__":
    sys.exit(main())
