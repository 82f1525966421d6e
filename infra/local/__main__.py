"""`python -m infra.local`: the command behind `make dev`."""

import argparse
import sys
from pathlib import Path

from infra.local.listeners import Listeners, PortUnusable, open_listeners
from infra.local.log import log
from infra.local.supervisor import supervise
from infra.local.worker import Options, serve


def main() -> int:
    """Serve until stopped; return the exit status."""
    arguments = _arguments()
    options = Options(
        template=arguments.config,
        mode=arguments.runtime,
        migrates=arguments.migrate,
        is_restart=arguments.restart,
        until_eof=arguments.until_eof,
    )
    try:
        if arguments.fds:
            return serve(options, Listeners.inherited(arguments.fds))
        listeners = open_listeners(arguments.host, arguments.config)
    except PortUnusable as error:
        log(f"Cannot start: {error}")
        return 1
    except OSError as error:
        log(f"Cannot listen on {arguments.host}: {error}")
        return 1
    return supervise(options, listeners) if arguments.reload else serve(options, listeners)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m infra.local", description="Serve serverless.yml on this machine."
    )
    parser.add_argument("--config", type=Path, default=Path("serverless.yml"), help="the service to serve")
    parser.add_argument(
        "--runtime",
        choices=("in-process", "awslambdaric"),
        default="in-process",
        help="run functions in this process (quick), or each in its own under the real Lambda runtime client",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument(
        "--no-reload", dest="reload", action="store_false", help="do not restart when code changes"
    )
    parser.add_argument(
        "--no-migrate", dest="migrate", action="store_false", help="leave the database as it is"
    )
    parser.add_argument("--until-eof", action="store_true", help="stop when the standard input ends")
    parser.add_argument("--fds", type=int, nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--restart", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
