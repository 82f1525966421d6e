"""Runs `python -m infra.local` for tests: on free ports, with settings and data of the test's own."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0

_READY = re.compile(r"pages and API +(http://\S+)\n(?: *core for SDKs +(http://\S+)\n)? *mailbox ")
_INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR")


class GatewayFailed(AssertionError):
    """The gateway did not start; the text is what it wrote."""


class RunningGateway:
    """A local gateway in a process of its own. What it writes is passed on, so that pytest shows it on failure."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self.process = process
        self.folder = folder
        self.url = self.core_url = ""
        self._lines: list[str] = []
        self._written = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        """Everything that it has written so far."""
        with self._written:
            return "".join(self._lines)

    def wait_for(self, pattern: str | re.Pattern[str], timeout_s: float = START_TIMEOUT_S) -> re.Match[str]:
        """Return the first match in what the gateway writes. Raises GatewayFailed."""
        deadline_s = time.monotonic() + timeout_s
        with self._written:
            while not (match := re.search(pattern, "".join(self._lines))):
                remaining_s = deadline_s - time.monotonic()
                if remaining_s <= 0 or not self._reader.is_alive():
                    raise GatewayFailed(f"no {pattern!r} in the gateway's output:\n{''.join(self._lines)}")
                self._written.wait(min(remaining_s, 0.5))
        return match

    def stop(self) -> int:
        """Stop it as `make dev` is stopped, and return its exit status."""
        self.process.terminate()
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise GatewayFailed(f"the gateway did not stop:\n{self.output}") from None
        finally:
            self._reader.join(STOP_TIMEOUT_S)
            for stream in (self.process.stdin, self.process.stdout):
                if stream is not None:
                    stream.close()

    def _read(self) -> None:
        if self.process.stdout is None:
            raise ValueError("the gateway's output is not piped")
        for line in self.process.stdout:
            sys.stdout.write(line)
            with self._written:
                self._lines.append(line)
                self._written.notify_all()


@contextmanager
def launched_gateway(
    environment: Mapping[str, str] | None = None, *arguments: str
) -> Iterator[RunningGateway]:
    """Start the command and stop it in the end; whether it is ready is the caller's to await."""
    with TemporaryDirectory(prefix="gatehouse-") as folder:
        inherited = {name: value for name in _INHERITED if (value := os.environ.get(name)) is not None}
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "infra.local", "--until-eof", *arguments],
            cwd=ROOT,
            env={
                **inherited,
                "PORT": "0",
                "CORE_PORT": "0",
                "DATABASE_URL": f"sqlite:///{folder}/gatehouse.db",
                "MAILBOX_FILE": f"{folder}/mailbox.jsonl",
                **(environment or {}),
            },
            stdin=subprocess.PIPE,  # closes with this process, which ends the gateway
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        gateway = RunningGateway(process, Path(folder))
        try:
            yield gateway
        finally:
            gateway.stop()


@contextmanager
def running_gateway(
    environment: Mapping[str, str] | None = None, *arguments: str
) -> Iterator[RunningGateway]:
    """Serve this project, or what `--config` names, until the block ends; `gateway.url` is its address.

    The core, where the service has one, is at the root of `gateway.core_url`, an SDK's connectionURI.
    `environment` holds settings as a developer would set them. The database is a new SQLite file and the letters go
    to a file beside it unless it says otherwise. More arguments are the command's: `--runtime`, `awslambdaric`.
    """
    with launched_gateway(environment, "--no-reload", *arguments) as gateway:
        ready = gateway.wait_for(_READY)
        gateway.url, gateway.core_url = ready[1], ready[2] or ""
        yield gateway
