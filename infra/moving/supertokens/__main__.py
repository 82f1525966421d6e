"""`python -m infra.moving.supertokens`: look at a SuperTokens database, and move in with --apply."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gatehouse.clock import now_ms
from gatehouse.config import Settings
from gatehouse.errors import PermissionDenied
from gatehouse.store.database import Database
from gatehouse.store.engines import engine_for
from gatehouse.store.migrations.catalog import Catalog, read_catalog
from gatehouse.store.migrations.files import Migration, read_migrations
from gatehouse.store.migrations.runner import Migrator
from infra.moving import command
from infra.moving.command import DONE, NEEDS_SOMEBODY, STATEMENT_TIMEOUT_S, Refused, say
from infra.moving.supertokens import report
from infra.moving.supertokens.census import count_all, read_configs
from infra.moving.supertokens.core_file import as_environment, describe, read_core_file
from infra.moving.supertokens.findings import Configs, Finding, Weight, look, look_at_columns, look_at_texts
from infra.moving.supertokens.legacy_keys import move_legacy_keys
from infra.moving.supertokens.surroundings import Surroundings, look_around
from infra.moving.supertokens.versions import OLDEST, CoreVersion, find_elsewhere, find_version
from infra.moving.supertokens.way_back import core_tables, undo_plan

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a database."""

    catalog: Catalog
    version: CoreVersion
    surroundings: Surroundings
    is_adopted: bool
    counts: dict[str, int]
    configs: Configs
    findings: list[Finding]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers 0 when done, 1 when a person has to act, 2 when there is no database to talk to."""
    options = _parser().parse_args(arguments)
    return command.run(lambda: _work(options))


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
    settings = command.read_settings(as_environment(core_file))
    database = command.open_database(settings)
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
        found = _look(database, settings, migrations)
        _tell(found, settings, core_file)
        return (
            _apply(found, settings, migrations, options)
            if options.apply
            else _plan(found, settings, migrations)
        )
    finally:
        database.disconnect()


def _look(database: Database, settings: Settings, migrations: Sequence[Migration]) -> Found:
    """Look at everything; raises Refused where there is nothing that can be adopted."""
    names, dialect = settings.table_names, database.dialect.name
    catalog = read_catalog(database, dialect, names.schema)
    is_adopted = catalog.find(names.bare("schema_migrations")) is not None
    version = find_version(catalog, names, is_adopted=is_adopted)
    if version is None:
        raise Refused(_nothing_here(catalog, dialect))
    if tuple(map(int, version.mark.release.split("."))) < tuple(map(int, OLDEST.split("."))):
        raise Refused(
            f"This is the schema of core {version.words}; {OLDEST} or later is needed. Nothing was changed.\n"
            "Upgrade the core first, one release of its CHANGELOG.md after the other (those with a section called "
            "Migration),\nstart it once, and run this again."
        )
    counts = count_all(database, catalog, names, now_ms())
    configs = read_configs(database, catalog, names)
    surroundings = look_around(database, dialect, names)
    kinds = surroundings.kinds_of_text(names, core_tables(migrations))
    findings = [
        *look_at_columns(migrations, surroundings, names),
        *look(counts, configs, settings.core),
        *look_at_texts(kinds),
    ]
    return Found(catalog, version, surroundings, is_adopted, counts, configs, findings)


def _nothing_here(catalog: Catalog, dialect: str) -> str:
    text = "There are no tables of SuperTokens here. Nothing was changed."
    family = dialect.upper()
    if prefixes := find_elsewhere(catalog):
        return f"{text}\nTables with a prefix are: set {family}_TABLE_NAMES_PREFIX={prefixes[0]}"
    return f"{text}\nIf the core names them otherwise, set {family}_TABLE_NAMES_PREFIX or POSTGRESQL_TABLE_SCHEMA, too."


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
    weights = {finding.weight for finding in found.findings}
    say()
    if Weight.STOP in weights:
        say("Nothing was changed. Mend what is named above, then run this again.")
    elif Weight.LOSS in weights:
        say(
            "Nothing was changed. Decide about what would be missing; --apply --accept-losses moves in anyway."
        )
    elif outstanding.is_empty and not found.counts["legacy_keys"]:
        say("Nothing is left to do here: point your SDKs' connection URI at Gatehouse.")
    else:
        say("Nothing was changed. --apply moves in, beside a core that goes on running.")
    return NEEDS_SOMEBODY if weights & {Weight.STOP, Weight.LOSS} else DONE


def _apply(
    found: Found, settings: Settings, migrations: Sequence[Migration], options: argparse.Namespace
) -> int:
    weights = {finding.weight for finding in found.findings}
    if Weight.STOP in weights:
        raise Refused("\nNothing was changed. Mend what is named above, then run this again.")
    if Weight.LOSS in weights and not options.accept_losses:
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
    database = command.open_database(settings)
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
