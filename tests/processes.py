"""Server processes that end with the test run, whatever ends it."""

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

_ROOMY = 2**30
_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 20
# Waits until its input ends. Unless it was told "stopped" before, the run was killed: it cleans up after it.
_REAPER = """
read -r word
[ "$word" = stopped ] && exit
kill -s "$1" "$2" && for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$2" || break; sleep 0.2; done
kill -s KILL "$2"
rm -rf "$3"
"""


class ServerFailed(Exception):
    """A server did not start; the message ends with what it wrote."""


class ServerProcess:
    """A server in a private directory, which is in memory where there is room, and removed when it stops.

    Servers refuse to run as root, so for root it runs as `nobody`. A run that is killed cannot stop anything, so a
    waiting shell does it: unlike PR_SET_PDEATHSIG that also removes the directory, and works on macOS.
    """

    def __init__(self, name: str, stop_signal: signal.Signals) -> None:
        memory = Path("/dev/shm")  # noqa: S108
        in_memory = memory.is_dir() and shutil.disk_usage(memory).free > _ROOMY
        self.directory = Path(
            tempfile.mkdtemp(prefix=f"gatehouse-{name}-", dir=memory if in_memory else None)
        )
        self._log = self.directory / "log"
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None
        self._starting: tuple[Sequence[str | Path], Callable[[], bool]] | None = None
        self._reaper: subprocess.Popen[bytes] | None = None
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self.give(self.directory)
        atexit.register(self.stop)

    def give(self, *paths: Path) -> None:
        """Make the server's user the owner of these files."""
        for path in paths:
            if self._user:
                os.chown(path, self._user["user"], self._user["group"])

    def make_directory(self, name: str) -> Path:
        """Make an empty directory of the server's."""
        path = self.directory / name
        path.mkdir(0o700)
        self.give(path)
        return path

    def write(self, name: str, *lines: str) -> Path:
        """Write a file that the server reads."""
        path = self.directory / name
        path.write_text("".join(f"{line}\n" for line in lines))
        self.give(path)
        return path

    def run(self, *command: str | Path, script: Path | None = None) -> None:
        """Run a preparing command to its end, with a script as its input. Raises ServerFailed."""
        with self._log.open("ab") as log, Path(script or os.devnull).open("rb") as stdin:
            done = subprocess.run(command, check=False, stdin=stdin, **self._surroundings(log))
        if done.returncode:
            raise ServerFailed(self._story(command))

    def start(self, command: Sequence[str | Path], is_ready: Callable[[], bool]) -> None:
        """Start the server and wait until it is ready. Raises ServerFailed."""
        self._starting = command, is_ready
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, start_new_session=True, **self._surroundings(log)
            )
        self._reaper = subprocess.Popen(
            [
                "sh",
                "-c",
                _REAPER,
                "reaper",
                self._stop_signal.name[3:],
                str(self._process.pid),
                self.directory,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                story = self._story(command)
                self.stop()
                raise ServerFailed(story)
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop the server and remove its directory."""
        atexit.unregister(self.stop)
        self.halt(self._stop_signal)
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def pid(self) -> int:
        """The process id of the server, which runs."""
        assert self._process
        return self._process.pid

    def halt(self, sent: signal.Signals) -> None:
        """End the server with a signal; it may be started again in its directory."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(sent)
            try:
                self._process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._reaper:
            self._reaper.communicate(b"stopped\n")
        self._reaper = None

    def start_again(self) -> None:
        """Start a server that was halted, as before."""
        assert self._starting
        self.start(*self._starting)

    def _surroundings(self, log: IO[bytes]) -> dict[str, Any]:
        environment = {**os.environ, "HOME": str(self.directory)}
        return {"stdout": log, "stderr": log, "cwd": self.directory, "env": environment, **self._user}

    def _story(self, command: Sequence[str | Path]) -> str:
        return f"{command[0]} failed:\n{self._log.read_text(errors='replace')[-4000:]}"


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
