"""`python -m infra.moving.supertokens`: look at a SuperTokens database, and move in with --apply."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from gatehouse.clock import now_ms
from gatehouse.command import DONE, NEEDS_SOMEBODY, Refused, run, say
from gatehouse.config import Settings
from gatehouse.errors import PermissionDenied
from gatehouse.store.engines import engine_for
from gatehouse.store.migrations.catalog import read_catalog
from gatehouse.store.migrations.files import Migration, RunRefused, read_migrations
from gatehouse.store.migrations.runner import Migrator
from infra.moving.database import STATEMENT_TIMEOUT_S, open_database, read_settings
from infra.moving.supertokens import report
from infra.moving.supertokens.core_file import as_environment, describe, read_core_file
from infra.moving.supertokens.findings import Weight
from infra.moving.supertokens.inspection import Found, inspect
from infra.moving.supertokens.legacy_keys import move_legacy_keys
from infra.moving.supertokens.way_back import undo_plan

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers 0 when done, 1 when a person has to act, 2 when there is no database to talk to."""
    options = _parser().parse_args(arguments)
    return run(lambda: _work(options), RunRefused)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.moving.supertokens",
        description="Look at the database of a SuperTokens core and, with --apply, make it ready for Gatehouse. "
        "The database is that of DATABASE_URL, of SuperTokens' MYSQL_… or POSTGRESQL_… names, or of --config.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="the core's config.yaml")
    parser.add_argument("--apply", action="store_true", help="move in; without it nothing is changed")
    parser.add_argument(
        "--accept-losses",
        action="store_true",
        help="with --apply: move although something in use will be missing",
    )
    parser.add_argument("--undo-plan", action="store_true", help="print how to go back to the core, and stop")
    return parser


def _work(options: argparse.Namespace) -> int:
    core_file = read_core_file(options.config) if options.config else {}
    settings = read_settings(as_environment(core_file))
    database = open_database(settings)
    dialect = database.dialect.name
    if dialect == "sqlite":
        raise Refused(
            "Set DATABASE_URL (or SuperTokens' MYSQL_… or POSTGRESQL_… names) to the database of the core."
        )
    migrations = read_migrations(MIGRATIONS, dialect)
    try:
        if options.undo_plan:
            catalog = read_catalog(database, dialect, settings.table_names.schema)
            for line in undo_plan(migrations, catalog, settings.table_names):
                say(line)
            return DONE
        found = inspect(database, settings, migrations)
        _tell(found, settings, core_file)
        return (
            _apply(found, settings, migrations, options)
            if options.apply
            else _plan(found, settings, migrations)
        )
    finally:
        database.disconnect()


def _tell(found: Found, settings: Settings, core_file: dict[str, str]) -> None:
    place = urlsplit(settings.database_url)
    say("SuperTokens database")
    say(
        report.fact(
            "server", f"{found.surroundings.server} at {place.hostname}, database {place.path.lstrip('/')}"
        )
    )
    say(report.fact("schema of core", found.version.words))
    say(report.fact("Gatehouse", "has moved in already" if found.is_adopted else "is not here yet"))
    for line in (*report.contents(found.counts), *report.findings(found.findings)):
        say(line)
    if core_file:
        say()
        say("For your stage in serverless.yml, from the core's config.yaml")
        for line in describe(core_file):
            say(f"  {line}")


def _plan(found: Found, settings: Settings, migrations: Sequence[Migration]) -> int:
    outstanding = _migrator(settings, migrations).outstanding()
    for line in report.changes(outstanding):
        say(line)
    say()
    if found.has(Weight.STOP):
        say("Nothing was changed. Mend what is named above, then run this again.")
    elif found.has(Weight.LOSS):
        say(
            "Nothing was changed. Decide about what would be missing; --apply --accept-losses moves in anyway."
        )
    elif outstanding.is_empty and not found.counts["legacy_keys"]:
        say("Nothing is left to do here: point your SDKs' connection URI at Gatehouse.")
    else:
        say("Nothing was changed. --apply moves in, beside a core that goes on running.")
    return NEEDS_SOMEBODY if found.has(Weight.STOP) or found.has(Weight.LOSS) else DONE


def _apply(
    found: Found, settings: Settings, migrations: Sequence[Migration], options: argparse.Namespace
) -> int:
    if found.has(Weight.STOP):
        raise Refused("\nNothing was changed. Mend what is named above, then run this again.")
    if found.has(Weight.LOSS) and not options.accept_losses:
        raise Refused("\nNothing was changed. --accept-losses moves in although something will be missing.")
    say()
    say("Moving in")
    try:
        _migrator(settings, migrations).run()
    except PermissionDenied as denied:
        raise Refused(
            f"The database user may not do this: {denied}\nLet an administrator run what "
            "`make migrate ARGS=--print` prints, then run this again."
        ) from None
    database = open_database(settings)
    try:
        for app_id in move_legacy_keys(database, settings.core, found.configs):
            say(f"  moved the signing key of app {app_id} from key_value to where cores since 3.6 keep it")
    finally:
        database.disconnect()
    say()
    say("Done. Point your SDKs' connection URI at Gatehouse; --undo-plan tells the way back.")
    return DONE


def _migrator(settings: Settings, migrations: Sequence[Migration]) -> Migrator:
    """Return what `make migrate` runs."""
    engine = engine_for(settings.database_url, statement_timeout_s=STATEMENT_TIMEOUT_S)
    return Migrator(
        engine, settings.table_names, migrations, now_ms=now_ms, report=lambda line: say(f"  {line}")
    )


if __name__ == "__main__":
    sys.exit(main())
