"""The programs that the tests drive: where they are found, and what installs them."""

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

USUAL_FOLDERS = (
    "usr/sbin",
    "usr/local/sbin",
    "usr/libexec",
    "usr/lib",
    "usr/lib64",
    "usr/lib/*-linux-gnu",
    "usr/lib/postgresql/*/bin",  # Debian
    "usr/pgsql-*/bin",  # Red Hat
    "usr/local/mysql/bin",
    "opt/homebrew/bin",
    "opt/homebrew/opt/*/bin",
    "usr/local/opt/*/bin",
    "home/linuxbrew/.linuxbrew/opt/*/bin",
    "Applications/Postgres.app/Contents/Versions/*/bin",
    "Applications/*.app/Contents/MacOS",
)


@dataclass(frozen=True, slots=True)
class Program:
    """A program by the names it goes by, and the packages that bring it."""

    title: str
    names: tuple[str, ...]
    debian: tuple[str, ...]
    homebrew: str

    def find(self) -> Path | None:
        """Return the program on PATH, else the newest in the usual folders, else None."""
        for name in self.names:
            if on_path := shutil.which(name):
                return Path(on_path)
        for name in self.names:
            if elsewhere := [path for folder in USUAL_FOLDERS for path in Path("/").glob(f"{folder}/{name}")]:
                return max(elsewhere, key=_version)
        return None

    @property
    def advice(self) -> str:
        """What to say where it is missing."""
        return (
            f"{self.title} is not installed. Install it "
            f"(Debian: apt-get install {' '.join(self.debian)}; macOS: brew install {self.homebrew})."
        )


MARIADB = Program("MariaDB server", ("mariadbd", "mysqld"), ("mariadb-server-core",), "mariadb")
POSTGRESQL = Program("PostgreSQL server", ("postgres",), ("postgresql",), "postgresql@17")
CHROMIUM = Program(
    "Chromium",
    ("chromium", "chromium-browser", "google-chrome", "Google Chrome", "Chromium"),
    ("chromium", "fonts-liberation"),
    "--cask google-chrome",
)
CURL = Program("curl", ("curl",), ("curl",), "curl")
LIBATOMIC = Program(
    "libatomic, a library that Playwright needs,", ("libatomic.so.1",), ("libatomic1",), "gcc"
)
TEST_PROGRAMS = (MARIADB, POSTGRESQL, CHROMIUM, CURL, *([LIBATOMIC] if sys.platform == "linux" else []))


def _version(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(path))]
