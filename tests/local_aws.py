"""Runs `python -m infra.local.aws` for tests, and the Serverless command line against it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.local.aws.account import client_of, surroundings
from infra.local.aws.deployment import SERVERLESS, api_url, command_line_environment
from infra.local.aws.fleet import this_architecture
from tests.gateway import ROOT, RunningGateway

REGION = "us-east-1"
_READY = re.compile(r"pages and API +(\S+)[\s\S]*apiKey: (\w+)[\s\S]*\n  AWS +(\S+)\n")
_START_TIMEOUT_S = 240.0


@dataclass(frozen=True)
class LocalAws:
    """A local AWS in a process of its own, with this service deployed as stage dev."""

    running: RunningGateway
    folder: Path
    api_url: str
    core_api_key: str
    environment: Mapping[str, str]

    def serverless(self, *command: str, cwd: Path = ROOT) -> str:
        """Run a command of the Serverless command line, and return what it said."""
        finished = subprocess.run(
            [str(SERVERLESS), *command],
            cwd=cwd,
            env=command_line_environment(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_START_TIMEOUT_S,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout
        return finished.stdout

    def deploy(self, *parameters: str, stage: str = "dev") -> str:
        """Deploy this service, and return what the command line said."""
        return self.serverless(
            "deploy",
            "--stage",
            stage,
            *(f"--param={item}" for item in (f"arch={this_architecture()}", *parameters)),
        )

    def url_of(self, stage: str) -> str:
        """Return where a stage's API is."""
        return api_url(stage, self.environment)

    def client(self, service: str) -> Any:
        """Return a boto3 client."""
        return client_of(service, self.environment)


@contextmanager
def running_local_aws(environment: Mapping[str, str] | None = None) -> Iterator[LocalAws]:
    """Run the command behind `make deploy-local` on free ports; its database and mailbox are the test's own."""
    with TemporaryDirectory(prefix="gatehouse-") as folder:
        # All of it, for uv and npm know proxies and mirrors by it; but no other account.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "infra.local.aws", "--deploy", "--until-eof"],
            cwd=ROOT,
            env={
                **inherited,
                "PORT": "0",
                "AWS_PORT": "0",
                "DATABASE_URL": f"sqlite:///{folder}/gatehouse.db",
                "MAILBOX_FILE": f"{folder}/mailbox.jsonl",
                **(environment or {}),
            },
            stdin=subprocess.PIPE,  # closes with this process, which ends the local AWS
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running = RunningGateway(process, Path(folder))
        try:
            ready = running.wait_for(_READY, _START_TIMEOUT_S)
            yield LocalAws(running, Path(folder), ready[1], ready[2], surroundings(ready[3], REGION))
        finally:
            running.stop()
