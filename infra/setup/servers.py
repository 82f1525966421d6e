"""Installs the servers and the browser that the tests drive, where they are missing and may be installed."""

import os
import subprocess
import sys
from pathlib import Path

from infra.setup.programs import TEST_PROGRAMS

_APT = Path(__file__).with_name("apt.sh")


def main() -> int:
    """Install what is missing. Where that is not possible say so, and return 1 if CI=true, which skips no test."""
    packages = [package for program in TEST_PROGRAMS if not program.find() for package in program.debian]
    if not packages:
        return 0
    subprocess.run([_APT, *packages], check=False)
    missing = [program for program in TEST_PROGRAMS if not program.find()]
    for program in missing:
        print(program.advice, file=sys.stderr)
    if missing and os.environ.get("CI") == "true":
        return 1
    if missing:
        print("Until then the tests that need it are skipped.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
