"""How far a move has come: in a file, so that the next run goes on there, and on the terminal."""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gatehouse.command import Refused
from gatehouse.config import Settings

_FORMAT = 1


@dataclass(slots=True)
class Progress:
    """What was done so far; `cursor` is the page that comes next, None at the beginning."""

    place: str
    cursor: str | None = None
    read: int = 0
    is_finished: bool = False
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, counts: Mapping[str, int]) -> None:
        """Add to the counts."""
        for name, number in counts.items():
            self.counts[name] = self.counts.get(name, 0) + number


def place_of(settings: Settings) -> str:
    """Return a text that stands for project and database, and tells neither."""
    url = urlsplit(settings.database_url)
    names = settings.table_names
    parts = [settings.stytch_project_id, url.hostname, url.port, url.path, names.prefix, names.schema]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def read_progress(path: Path, place: str) -> Progress:
    """Return where the last run stopped, or a beginning if there is none or it came to the end. Raises Refused."""
    if not path.exists():
        return Progress(place)
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored.pop("format") != _FORMAT:
            raise ValueError
        progress = Progress(**stored)
    except (OSError, ValueError, TypeError, KeyError):
        raise Refused(f"{path} cannot be read. Remove it to begin again: nobody is moved twice.") from None
    if progress.place != place:
        raise Refused(
            f"{path} is about another project or another database. Give --state another file, or remove it."
        )
    return Progress(place) if progress.is_finished else progress


def write_progress(path: Path, progress: Progress) -> None:
    """Write it in one step, so that no crash leaves half of it."""
    _write_at_once(path, json.dumps({"format": _FORMAT, **asdict(progress)}, indent=2) + "\n")


class PeopleFile:
    """Who has something to do: lines of `user_id,what,detail`, without names and addresses."""

    HEAD = "user_id,what,detail"

    def __init__(self, path: Path, *, goes_on: bool) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if not (goes_on and path.exists()):
            path.write_text(f"{self.HEAD}\n", encoding="utf-8")

    def add(self, lines: Iterable[tuple[str, str, str]]) -> None:
        """Append lines; after a crash some may come twice, until `finish`."""
        text = "".join(f"{','.join(line)}\n" for line in lines)
        if text:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(text)

    def finish(self) -> None:
        """Leave each line once."""
        lines = dict.fromkeys(self._path.read_text(encoding="utf-8").splitlines())
        _write_at_once(self._path, "".join(f"{line}\n" for line in lines))


class Display:
    """Progress on the error stream: one line that changes, or, where that is no terminal, one every few seconds."""

    EVERY_S = 5.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started_at = self._said_at = clock()
        self._is_terminal = sys.stderr.isatty()

    def show(self, done: int, read: int, total: int | None, *, is_last: bool = False) -> None:
        """Say how far it is; `done` are those of this run, `read` those of all."""
        now = self._clock()
        if not (self._is_terminal or is_last or now - self._said_at >= self.EVERY_S):
            return
        self._said_at = now
        speed = done / max(now - self._started_at, 0.001)
        whole = f" of {total:,}" if total is not None else ""
        line = f"{read:,}{whole} people, {speed:,.0f} per second"
        end = "\n" if is_last or not self._is_terminal else ""
        sys.stderr.write(f"\r{line:<60}{end}" if self._is_terminal else f"{line}{end}")
        sys.stderr.flush()


def _write_at_once(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
