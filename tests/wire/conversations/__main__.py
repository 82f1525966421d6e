"""Replays the recorded conversations and prints what differs, route by route.

PYTHONPATH=layers/shared/python python -m tests.wire.conversations --recipe passwordless --limit 50
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.core import Core
from tests.house_fixtures import MigratedDatabase
from tests.wire.conversations.differences import DIFFERENCES
from tests.wire.conversations.recording import of_apps, of_apps_that, read_recording
from tests.wire.conversations.replay import replay
from tests.wire.conversations.settings import SETTINGS
from tests.wire.conversations.stand_in import StandIn
from tests.wire.oracles.asking import Caller, SetClock, open_house
from tests.wire.oracles.engines import engine_url


def main() -> int:
    """Run; the exit code tells whether something differs without a reason."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.wire.conversations", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--recipe", help="only apps where this recipe (rid) or part of a path occurs")
    parser.add_argument("--apps", type=int, help="only the first so many apps")
    parser.add_argument("--limit", type=int, help="only the first so many exchanges")
    parser.add_argument("--engine", default="sqlite", choices=("sqlite", "mariadb", "postgresql"))
    parser.add_argument("--route", default="", help="print only routes with this in them")
    parser.add_argument("--examples", type=int, default=3, help="differences shown of each route")
    parser.add_argument("--make-apps", action="store_true", help="make apps while the interface cannot")
    chosen = parser.parse_args()
    exchanges = read_recording()
    if chosen.recipe:
        exchanges = of_apps_that(exchanges, chosen.recipe)
    if chosen.apps:
        exchanges = of_apps(exchanges, chosen.apps)
    exchanges = exchanges[: chosen.limit]
    with tempfile.TemporaryDirectory() as folder, engine_url(chosen.engine, Path(folder)) as url:
        MigratedDatabase(url).close()
        clock = SetClock()
        house = open_house(url, clock, **SETTINGS)
        started = time.monotonic()
        core: Caller = StandIn(Core(house), house) if chosen.make_apps else Core(house)
        findings = replay(exchanges, core, clock, DIFFERENCES)
        house.database.disconnect()
    sys.stdout.write(
        f"{findings.by_route(chosen.examples, chosen.route)}\n{time.monotonic() - started:.1f} s\n"
    )
    return 1 if findings.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
