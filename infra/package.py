"""`python -m infra.package`: builds the layers and packages the service into .serverless, without AWS.

The command line asks CloudFormation for the layers of the last deployment even when it only packages; here a small
endpoint on this machine tells it that there was none, so that neither a network nor credentials are needed.
"""

import argparse
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from infra.build_functions import build_functions
from infra.build_layers import PLATFORMS, ROOT, BuildFailed, Target, refresh_layers

LAYERS_VARIABLE = "GATEHOUSE_LAYERS"
"""Set to `built`, it tells infra/plugins/layers.js that the layers are there."""

_NO_STACK = b"""<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
<Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack does not exist</Message></Error>
</ErrorResponse>"""


class _NothingDeployed(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(400)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(_NO_STACK)))
        self.end_headers()
        self.wfile.write(_NO_STACK)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is http.server's)
        """Log nothing."""


@contextmanager
def empty_account() -> Iterator[dict[str, str]]:
    """Serve an AWS in which nothing was ever deployed; yields the environment that leads the command line there."""
    server = HTTPServer(("127.0.0.1", 0), _NothingDeployed)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        yield {
            **kept,
            # Node may be the one that set-up has put beside this Python.
            "PATH": f"{Path(sys.executable).parent}:{kept.get('PATH', '')}",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        }
    finally:
        server.shutdown()
        server.server_close()


def package(root: Path, *, stage: str, parameters: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run `serverless package` in a folder that has its layers and functions; return its exit status."""
    command = [str(ROOT / "node_modules" / ".bin" / "serverless"), "package", "--stage", stage]
    command += [f"--param={parameter}" for parameter in parameters]
    return subprocess.run(
        command,
        cwd=root,
        env={**environment, LAYERS_VARIABLE: "built"},
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode


def main() -> int:
    """Package what the command line asks for; return the exit status."""
    arguments = _arguments()
    if not (ROOT / "node_modules" / ".bin" / "serverless").exists():
        print("The Serverless command line is not installed: run `make setup`, or `npm ci`.", file=sys.stderr)
        return 1
    try:
        refresh_layers(target=Target(arguments.arch))
        build_functions()
    except BuildFailed as error:
        print(f"Layers and functions were not built: {error}", file=sys.stderr)
        return 1
    parameters = [f"arch={arguments.arch}", *arguments.param]
    with empty_account() as environment:
        return package(ROOT, stage=arguments.stage, parameters=parameters, environment=environment)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.package", description="Package Gatehouse for AWS.")
    parser.add_argument("--stage", default="dev", help="the stage to package for")
    parser.add_argument("--arch", choices=PLATFORMS, default="arm64", help="the functions' architecture")
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a param of serverless.yml"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
