"""Restarts the serving process when code changes, and keeps the ports while it is away."""

import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from importlib.util import cache_from_source
from pathlib import Path

import watchfiles

from infra.local.listeners import Listeners
from infra.local.log import log
from infra.local.worker import EXIT_NOT_MIGRATED, Options

_WATCHED = ("functions", "layers/shared", "infra", "web")
_GRACE_S = 3.0
_SETTLE_MS = 300
_LOOK_AT_CHILD_S = 0.3


def supervise(options: Options, listeners: Listeners) -> int:
    """Serve, restarting after each change, until SIGINT or SIGTERM comes; return the exit status.

    The listening sockets belong to this process: whoever connects during a restart waits, and is not turned away.
    """
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    child = _start(options, listeners, is_restart=False)
    has_restarted = is_reported = False
    for changed in _changes(options.template, stopped):
        if changed:
            log(f"Changed: {', '.join(_relative(path, options.template) for path in changed)}")
            _stop(child)
            _forget_bytecode(changed)
            child = _start(options, listeners, is_restart=True)
            has_restarted, is_reported = True, False
        elif child.poll() is not None and not is_reported:
            if child.returncode == EXIT_NOT_MIGRATED and not has_restarted:
                return 1
            log("Not serving. It starts again when a file changes.")
            is_reported = True
    _stop(child)
    return 0


def _start(options: Options, listeners: Listeners, *, is_restart: bool) -> "subprocess.Popen[bytes]":
    arguments = [
        "--until-eof",
        "--config",
        str(options.template),
        "--runtime",
        options.mode,
        "--fds",
        *(str(number) for number in listeners.fds),
    ]
    arguments += [] if options.migrates else ["--no-migrate"]
    arguments += ["--restart"] if is_restart else []
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "infra.local", *arguments],
        stdin=subprocess.PIPE,  # closes when this process ends, which ends the child
        pass_fds=listeners.fds,
        start_new_session=True,  # Ctrl-C in the terminal is for this process only
    )


def _stop(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdin is not None:
        child.stdin.close()


def _changes(template: Path, stopped: threading.Event) -> Iterator[list[Path]]:
    """Yield changed files, or an empty list now and then when nothing changes."""
    template = template.resolve()
    found: queue.SimpleQueue[list[Path]] = queue.SimpleQueue()

    def watch(*folders: Path, recursive: bool, only: Path | None = None) -> None:
        for changes in watchfiles.watch(
            *folders, recursive=recursive, stop_event=stopped, debounce=_SETTLE_MS, raise_interrupt=False
        ):
            paths = {Path(path) for _, path in changes}
            if changed := sorted(path for path in paths if only in {None, path}):
                found.put(changed)

    code = [folder for name in _WATCHED if (folder := template.parent / name).exists()]
    watchers = [
        partial(watch, *code, recursive=True),
        # Editors put a new file in the place of the old one, which only its folder notices.
        partial(watch, template.parent, recursive=False, only=template),
    ]
    for watcher in watchers:
        threading.Thread(target=watcher, daemon=True).start()
    while not stopped.is_set():
        try:
            yield found.get(timeout=_LOOK_AT_CHILD_S)
        except queue.Empty:
            yield []


def _relative(path: Path, template: Path) -> str:
    return str(path.relative_to(template.resolve().parent))


def _forget_bytecode(paths: list[Path]) -> None:
    """Remove what Python has compiled of changed files: it would not notice two changes within one second."""
    for path in paths:
        if path.suffix == ".py":
            Path(cache_from_source(str(path))).unlink(missing_ok=True)
