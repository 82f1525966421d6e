"""Lambda's managed Python runtimes on this machine: an interpreter of the version, with what Lambda has beside it."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp

from infra.build_layers import find_interpreter

_PACKAGES = ("awslambdaric", "boto3", "snapshot-restore-py")


class RuntimeMissing(Exception):
    """The runtime cannot be had on this machine; the text says what to do."""


@dataclass(frozen=True)
class Runtime:
    """An interpreter, and the folder of the packages that Lambda has beside it: client, boto3, SnapStart's hooks."""

    python: str
    python_version: str
    packages: Path


def prepare(name: str, folder: Path) -> Runtime:
    """Return a runtime such as `python3.13`, whose packages are kept below `folder`. Raises RuntimeMissing."""
    python_version = name.removeprefix("python")
    python = find_interpreter(python_version)
    if python is None:
        raise RuntimeMissing(
            f"functions run under Python {python_version}, which is not here; install it, for example with "
            f"`.venv/bin/uv python install {python_version}`, or with your system's packages"
        )
    pins = [f"{package}=={version(package)}" for package in _PACKAGES]
    packages = folder / "-".join([name, *(pin.partition("==")[2] for pin in pins)])
    if not packages.is_dir():
        _install(python, pins, packages)
    return Runtime(python, python_version, packages)


def _install(python: str, pins: list[str], packages: Path) -> None:
    packages.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(mkdtemp(dir=packages.parent))
    options = ["--quiet", "--compile-bytecode", "--only-binary", ":all:", "--python", python]
    command = [sys.executable, "-m", "uv", "pip", "install", *options, "--target", str(unfinished), *pins]
    installed = subprocess.run(command, capture_output=True, text=True, check=False)
    if installed.returncode:
        shutil.rmtree(unfinished)
        raise RuntimeMissing(f"Lambda's runtime client could not be installed:\n{installed.stderr.strip()}")
    try:
        unfinished.rename(packages)
    except OSError:  # somebody else was faster
        shutil.rmtree(unfinished)
