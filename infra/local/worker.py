"""The process that serves: prepares the database, starts the gateway, and runs until it is told to stop."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.banner import banner
from infra.local.environment import DATA_FOLDER, shared_environment
from infra.local.gateway import LocalGateway, Mode
from infra.local.listeners import Listeners
from infra.local.log import log, log_failure
from infra.local.service import Service
from infra.local.template import TemplateInvalid

EXIT_NOT_MIGRATED = 3


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    template: Path
    mode: Mode
    migrates: bool
    is_restart: bool = False
    until_eof: bool = False


def serve(options: Options, listeners: Listeners) -> int:
    """Serve until SIGINT or SIGTERM comes, or the standard input ends if that is asked for; return the exit status."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    if options.until_eof:
        threading.Thread(target=_await_eof, args=(stopped,), daemon=True).start()
    try:
        gateway = LocalGateway(options.template, mode=options.mode, listeners=listeners)
        environment = shared_environment(gateway.service, gateway.values)
    except TemplateInvalid as error:
        log(f"Cannot start: {error}")
        return 1
    _enter(gateway.service, environment)
    if options.migrates and not _migrate():
        return EXIT_NOT_MIGRATED
    with gateway:
        for function, failure in gateway.failures.items():
            log_failure(f"{function} does not start", failure)
        if options.is_restart:
            log("Serving again.")
        else:
            print(banner(gateway.url, gateway.core_url, environment), flush=True)
        stopped.wait()
    return 0


def _enter(service: Service, environment: Mapping[str, str]) -> None:
    """Make this process a place where the functions feel at home: their folder, their packages, their environment."""
    os.chdir(service.root)
    Path(DATA_FOLDER).mkdir(exist_ok=True)
    sys.path[:0] = [str(folder) for folder in (service.root, *service.layer_paths)]
    paths = [*(str(folder) for folder in service.layer_paths), os.environ.get("PYTHONPATH", "")]
    os.environ.update({**environment, "PYTHONPATH": ":".join(path for path in paths if path)})


def _migrate() -> bool:
    """Bring the database's tables up to date; the command says itself what is wrong."""
    command = [sys.executable, "-m", "gatehouse.migrate"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode == 0


def _await_eof(stopped: threading.Event) -> None:
    """Stop when whoever started this process ends, however it ends: then its end of the pipe is closed."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    stopped.set()
