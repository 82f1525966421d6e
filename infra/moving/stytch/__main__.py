"""`python -m infra.moving.stytch`: look at the people of a Stytch project, and bring them here with --apply."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from gatehouse.command import UNREACHABLE, Refused, fail, run
from gatehouse.models import ADMIN_ROLE
from gatehouse.store.migrations.catalog import read_catalog
from infra.moving.database import open_database, read_settings
from infra.moving.stytch.move import Move
from infra.moving.stytch.people import Unreadable
from infra.moving.stytch.search import PAGE, Pause, UserSearch

STATE = Path(".gatehouse", "move-from-stytch.json")
PEOPLE = Path(".gatehouse", "move-from-stytch.csv")
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None, *, pause: Pause = time.sleep) -> int:
    """Run the command; answers 0 when all have moved, 1 when a person has to act, 2 when somebody is not reached."""
    options = _parser().parse_args(arguments)
    try:
        return run(lambda: _work(options, pause))
    except Unreadable as error:
        return fail(f"What Stytch answered cannot be read: {error}.", UNREACHABLE)
    except KeyboardInterrupt:
        return fail("\nStopped. Run this again to go on from here.", INTERRUPTED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.moving.stytch",
        description="Bring the people of the Stytch project of STYTCH_PROJECT_ID, STYTCH_SECRET and STYTCH_PROJECT_ENV "
        "into the database of DATABASE_URL. It may be stopped at any time, and run again.",
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--dry-run", action="store_true", help="read everything and say what would happen (default)"
    )
    mode.add_argument("--apply", action="store_true", help="move")
    parser.add_argument("--pending", action="store_true", help="also who never finished signing up")
    parser.add_argument(
        "--admins", action="store_true", help=f"who has a role called {ADMIN_ROLE} becomes administrator"
    )
    parser.add_argument(
        "--provider",
        action="append",
        default=[],
        metavar="NAME=ID",
        help="a provider's name at Stytch, and its thirdPartyId here, as Microsoft=active-directory-work",
    )
    parser.add_argument("--state", type=Path, default=STATE, help=f"how far it is ({STATE})")
    parser.add_argument("--people", type=Path, default=PEOPLE, help=f"who has something to do ({PEOPLE})")
    parser.add_argument("--page", type=int, default=PAGE, choices=range(1, PAGE + 1), metavar=f"1-{PAGE}")
    return parser


def _work(options: argparse.Namespace, pause: Pause) -> int:
    settings = read_settings()
    search = UserSearch(
        project_id=settings.stytch_project_id,
        secret=settings.stytch_secret,
        environment=settings.stytch_project_env,
        pause=pause,
    )
    database = open_database(settings)
    try:
        if (
            read_catalog(database, database.dialect.name, settings.table_names.schema).find(
                settings.table_names.bare("schema_migrations")
            )
            is None
        ):
            raise Refused("The database has no tables of Gatehouse yet. Run `make migrate` first.")
        move = Move(
            settings,
            search,
            database,
            people_file=options.people,
            state_file=options.state if options.apply else None,
            providers=_named_providers(options.provider),
            page_length=options.page,
            gives_admin=options.admins,
            takes_pending=options.pending,
        )
        move.run()
        return move.tell()
    finally:
        database.disconnect()


def _named_providers(given: Sequence[str]) -> dict[str, str]:
    """Read the options `NAME=ID`; raises Refused."""
    named = {}
    for text in given:
        name, separator, third_party_id = text.partition("=")
        if not (separator and name.strip() and third_party_id.strip()):
            raise Refused(f"--provider {text}: write it as NAME=ID, for example Microsoft=active-directory.")
        named[name.strip().lower()] = third_party_id.strip()
    return named


if __name__ == "__main__":
    sys.exit(main())
