"""`python -m infra.local.aws`: the command behind `make local-aws`, and with `--deploy` behind `make deploy-local`."""

import argparse
import os
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from infra.local.aws.account import DEFAULT_REGION, surroundings
from infra.local.aws.banners import deployed_banner, local_aws_banner
from infra.local.aws.deployment import SERVERLESS, api_url, deploy
from infra.local.aws.gateways import HOST
from infra.local.aws.server import IDENTITY_PATH, LocalAws
from infra.local.aws.stage import NotPrepared, prepare_stage
from infra.local.environment import DATA_FOLDER
from infra.local.log import log

RUNTIMES = Path(".build") / "runtimes"


def main() -> int:
    """Serve until stopped; return the exit status."""
    arguments = _arguments()
    if arguments.deploy and not SERVERLESS.exists():
        log("The Serverless command line is not installed: run `make setup`, or `npm ci`.")
        return 1
    port, region = int(os.environ.get("AWS_PORT") or 4566), os.environ.get("AWS_REGION") or DEFAULT_REGION
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    if arguments.until_eof:
        threading.Thread(target=_await_eof, args=(stopped,), daemon=True).start()
    with ExitStack() as running:
        environment = surroundings(f"http://{HOST}:{port}", region)
        is_ours = not _is_running(port)
        if is_ours:
            try:
                aws = _local_aws(port, region)
            except (OSError, SystemExit):
                log(f"Port {port} is in use by another program; stop it, or choose another with AWS_PORT=…")
                return 1
            environment = running.enter_context(aws).environment
        status = _prepare_and_deploy(arguments, environment)
        if status == 0 and is_ours:
            stopped.wait()
        return status


def _local_aws(port: int, region: str) -> LocalAws:
    mailbox_file = Path(os.environ.get("MAILBOX_FILE") or Path(DATA_FOLDER) / "aws-mailbox.jsonl")
    api_port = int(os.environ.get("PORT") or 3000)
    return LocalAws(port=port, api_port=api_port, mailbox_file=mailbox_file, runtimes=RUNTIMES, region=region)


def _prepare_and_deploy(arguments: argparse.Namespace, environment: dict[str, str]) -> int:
    try:
        prepared = prepare_stage(arguments.stage, environment, Path(DATA_FOLDER))
    except NotPrepared:
        return 1
    if not arguments.deploy:
        print(local_aws_banner(arguments.stage, environment, prepared), flush=True)
        return 0
    if not deploy(arguments.stage, arguments.param, environment):
        return 1
    url = api_url(arguments.stage, environment)
    print(deployed_banner(url, environment, prepared), flush=True)
    return 0


def _is_running(port: int) -> bool:
    """Whether a local AWS of ours is at a port already."""
    if port == 0:
        return False
    try:
        with urlopen(f"http://{HOST}:{port}{IDENTITY_PATH}", timeout=5) as answer:
            return bool(answer.read().startswith(b"Gatehouse"))
    except (OSError, URLError):
        return False


def _await_eof(stopped: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    stopped.set()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m infra.local.aws", description="An AWS on this machine, for trying deployments."
    )
    parser.add_argument("--stage", default="dev", help="the stage to prepare and to deploy")
    parser.add_argument("--deploy", action="store_true", help="deploy the stage as well")
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a param of serverless.yml"
    )
    parser.add_argument("--until-eof", action="store_true", help="stop when the standard input ends")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
