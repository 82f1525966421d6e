"""Runs deployed functions from their uploaded zips, each in processes of its own under Lambda's runtime client."""

import os
import platform
import threading
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from infra.local.aws.deployed import DeployedFunction, Package
from infra.local.aws.runtime import Runtime, RuntimeMissing, prepare
from infra.local.instances import FunctionError, Instance, Instances
from infra.local.log import log_failure
from infra.local.runtime_client import RuntimeClientInstance, Sandbox
from infra.local.service import Function

INSTANCES_PER_FUNCTION = 4
"""How many requests a function answers at the same time here; on Lambda it is a thousand."""

_MACHINES = {"aarch64": "arm64", "AMD64": "x86_64"}


def this_architecture() -> str:
    """Return this machine's architecture, as Lambda calls it."""
    machine = platform.machine()
    return _MACHINES.get(machine, machine)


class Fleet:
    """The functions that are deployed, by ARN; those that a deployment does not touch stay warm."""

    def __init__(self, environment: Mapping[str, str], *, unpacked: Path, runtimes: Path) -> None:
        """`environment` is what all functions get besides their own; zips are unpacked below `unpacked`."""
        self._environment = environment
        self._unpacked = unpacked
        self._runtime = cache(lambda name: prepare(name, runtimes))
        self._running: dict[str, tuple[DeployedFunction, Instances]] = {}
        self._changing = threading.Lock()
        self._unpacking = threading.Lock()

    def deploy(self, functions: Mapping[str, DeployedFunction]) -> None:
        """Run these functions from now on, and no others; they are started when they are needed."""
        with self._changing:
            kept = {arn: item for arn, item in self._running.items() if functions.get(arn) == item[0]}
            gone = [item for arn, item in self._running.items() if arn not in kept]
            started = {
                arn: (function, self._instances(function))
                for arn, function in functions.items()
                if arn not in kept
            }
            self._running = {**kept, **started}
        for _, instances in gone:
            instances.stop()

    def invoke(self, name: str, event: Any, *, patience_s: float | None = None) -> Any:
        """Return a function's result for an event. Raises FunctionError, PayloadTooLarge, OutOfPatience."""
        running = self._running.get(name)
        if running is None:
            raise FunctionError("ResourceNotFoundException", f"there is no function {name}")
        return running[1].invoke(name, event, patience_s=patience_s)

    def _instances(self, function: DeployedFunction) -> Instances:
        count = min(INSTANCES_PER_FUNCTION, function.reserved_concurrency or INSTANCES_PER_FUNCTION)
        return Instances([function.function], lambda _: self._start(function), per_function=count)

    def _start(self, function: DeployedFunction) -> Instance:
        if function.architecture != this_architecture():
            raise FunctionError(
                "Local.WrongArchitecture",
                f"it is deployed for {function.architecture}, and this machine is {this_architecture()}: deploy "
                f"with --param arch={this_architecture()}",
            )
        try:
            runtime: Runtime = self._runtime(function.runtime)
        except RuntimeMissing as error:
            raise FunctionError("Local.RuntimeMissing", str(error)) from None
        sandbox = Sandbox(
            root=self._folder(function.code),
            region=function.region,
            package_paths=[*self._layer_paths(function, runtime), runtime.packages],
            python=runtime.python,
            python_version=runtime.python_version,
            function_version=function.version,
            is_snap_start=function.is_snap_start,
        )
        try:
            return RuntimeClientInstance(function.function, sandbox, self._surroundings(function.function))
        except FunctionError as error:
            log_failure(f"{function.function.full_name} does not start", error)
            raise

    def _surroundings(self, function: Function) -> dict[str, str]:
        path = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
        return {**path, **function.environment, **self._environment}

    def _layer_paths(self, function: DeployedFunction, runtime: Runtime) -> Sequence[Path]:
        """Return what is on Python's path below /opt; of two layers with the same file, the later one wins."""
        folders = [self._folder(layer) / "python" for layer in reversed(function.layers)]
        site_packages = f"lib/python{runtime.python_version}/site-packages"
        return [path for folder in folders for path in (folder, folder / site_packages) if path.is_dir()]

    def _folder(self, package: Package) -> Path:
        folder = self._unpacked / sha256(package.sha256.encode()).hexdigest()[:24]
        with self._unpacking:
            if not folder.is_dir():
                with zipfile.ZipFile(BytesIO(package.content)) as archive:
                    archive.extractall(folder)
        return folder
