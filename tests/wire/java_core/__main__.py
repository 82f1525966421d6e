"""Asks what the core was asked on its own database and prints what differs, route by route.

PYTHONPATH=layers/shared/python python -m tests.wire.java_core --group session --engine postgresql
"""

import argparse
import sys
import time

from tests import servers
from tests.core import Core
from tests.wire.java_core.adoption import load_copy, move_in
from tests.wire.java_core.asking import ask_all
from tests.wire.java_core.differences import DIFFERENCES
from tests.wire.java_core.manifest import DUMPS, read_manifest


def main() -> int:
    """Run; the exit code tells whether something differs without a reason."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.wire.java_core", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--group", default="", help="only groups with this in their name, or `reads`")
    parser.add_argument("--engine", default="mariadb", choices=tuple(DUMPS))
    parser.add_argument("--route", default="", help="print only routes with this in them")
    parser.add_argument("--examples", type=int, default=3, help="differences shown of each route")
    chosen = parser.parse_args()
    manifest = read_manifest(chosen.engine)
    questions = [question for question in manifest.questions if chosen.group in question.group]
    server = servers.mysql_server() if chosen.engine == "mariadb" else servers.postgresql_server()
    try:
        url = server.create_database()
        load_copy(chosen.engine, server, url)
        house, clock = move_in(url, manifest.asked_from_ms)
        started = time.monotonic()
        findings = ask_all(questions, Core(house), clock, DIFFERENCES)
        took = time.monotonic() - started
        house.database.disconnect()
    finally:
        server.stop()
    sys.stdout.write(f"{findings.by_route(chosen.examples, chosen.route)}\n{took:.1f} s\n")
    return 1 if findings.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
