"""Runs `serverless deploy` against the local AWS, and finds out where the API is then."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.build_layers import ROOT
from infra.local.aws.account import client_of
from infra.local.aws.fleet import this_architecture

SERVERLESS = ROOT / "node_modules" / ".bin" / "serverless"


def command_line_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the command line: the local AWS's, and nothing of another account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        **environment,
        # Node may be the one that set-up has put beside this Python.
        "PATH": f"{Path(sys.executable).parent}:{kept.get('PATH', '')}",
        "NODE_NO_WARNINGS": "1",
        "SLS_AWS_MONITORING_FREQUENCY": "200",  # ms; a deployment here takes seconds, not minutes
    }


def deploy(stage: str, parameters: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Deploy this service for this machine's architecture; return whether it worked."""
    command = [str(SERVERLESS), "deploy", "--stage", stage, "--region", environment["AWS_REGION"]]
    command += [f"--param=arch={this_architecture()}", *(f"--param={parameter}" for parameter in parameters)]
    surroundings = command_line_environment(environment)
    finished = subprocess.run(command, cwd=ROOT, env=surroundings, stdin=subprocess.DEVNULL, check=False)
    return finished.returncode == 0


def api_url(stage: str, environment: Mapping[str, str]) -> str:
    """Return where the API of a deployed stage is."""
    stacks = client_of("cloudformation", environment)
    (stack,) = stacks.describe_stacks(StackName=f"gatehouse-{stage}")["Stacks"]
    outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
    return str(outputs["HttpApiUrl"])
