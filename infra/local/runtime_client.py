"""Functions as in Lambda: each instance is a process that runs the real runtime client, `awslambdaric`."""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from infra.local.connection import Connection
from infra.local.instances import FunctionError, Invocation
from infra.local.messages import Response, json_response
from infra.local.service import Function
from infra.local.template import ACCOUNT_ID

INIT_TIMEOUT_S = 60.0
"""Lambda allows 10 seconds; a laptop that starts all functions at once may need more."""

_API = "/2018-06-01/runtime"
_READY = "ready"


@dataclass(frozen=True)
class Sandbox:
    """Where a function's processes run: the folder of its code, the folders of its packages, and the interpreter.

    With `is_snap_start` the runtime client runs what the function has registered for before a snapshot and after
    a restore, as it does on Lambda; the snapshot itself is not taken, but `at_snapshot` is called.
    """

    root: Path
    region: str
    package_paths: Sequence[Path] = ()
    python: str = sys.executable
    python_version: str = f"{sys.version_info.major}.{sys.version_info.minor}"
    function_version: str = "$LATEST"
    is_snap_start: bool = False
    at_snapshot: Callable[[], None] | None = None


class RuntimeClientInstance:
    """One instance of a function: its process, and the Runtime API server that the process asks for work."""

    def __init__(self, function: Function, sandbox: Sandbox, environment: Mapping[str, str]) -> None:
        """Start the process and wait until its handler is loaded. Raises FunctionError."""
        self._api = _RuntimeApi(function, sandbox.at_snapshot)
        self._process = subprocess.Popen(
            [sandbox.python, "-m", "awslambdaric", function.handler],
            cwd=sandbox.root,
            env={**environment, **_lambda_environment(function, sandbox, self._api.address)},
            stdin=subprocess.DEVNULL,
        )
        threading.Thread(target=self._await_exit, name=function.name, daemon=True).start()
        started = self._outcome(INIT_TIMEOUT_S)
        if started != _READY:
            self.stop()
            raise (
                started
                if isinstance(started, FunctionError)
                else FunctionError("Init.Timedout", function.name)
            )

    @property
    def is_usable(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    def invoke(self, invocation: Invocation) -> str | None:
        """Hand the event to the process and wait for its answer."""
        self._api.work.put(invocation)
        outcome = self._outcome(invocation.remaining_s)
        if isinstance(outcome, FunctionError):
            raise outcome
        return outcome

    def stop(self) -> None:
        """Kill the process, as Lambda does."""
        self._process.kill()
        self._process.wait()
        self._api.stop()

    def _outcome(self, timeout_s: float) -> str | FunctionError | None:
        try:
            return self._api.outcomes.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def _await_exit(self) -> None:
        status = self._process.wait()
        self._api.outcomes.put(
            FunctionError("Runtime.ExitError", f"the function's process ended with status {status}")
        )


class _RuntimeApi(ThreadingHTTPServer):
    """The HTTP server from which a function's process takes events and to which it gives results."""

    daemon_threads = True

    def __init__(self, function: Function, at_snapshot: Callable[[], None] | None) -> None:
        super().__init__(("127.0.0.1", 0), _RuntimeApiConnection)
        self.function_arn = f"arn:aws:lambda:local:{ACCOUNT_ID}:function:{function.full_name}"
        self.work: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self.outcomes: queue.SimpleQueue[str | FunctionError] = queue.SimpleQueue()
        self.at_snapshot = at_snapshot
        self.is_ready = False
        threading.Thread(target=self.serve_forever, args=(0.05,), name=function.name, daemon=True).start()

    @property
    def address(self) -> str:
        """Host and port, as AWS_LAMBDA_RUNTIME_API has them."""
        return f"127.0.0.1:{self.server_port}"

    def stop(self) -> None:
        """Stop serving, and let the request that waits for work end."""
        self.work.put(None)
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a connection breaks off whenever a process is killed."""


class _RuntimeApiConnection(Connection):
    server: _RuntimeApi

    def do_GET(self) -> None:
        if self.path == f"{_API}/restore/next":
            if self.server.at_snapshot:
                self.server.at_snapshot()
            self.write_response(json_response(HTTPStatus.OK, {}))
            return
        if self.path != f"{_API}/invocation/next":
            self.write_response(json_response(HTTPStatus.NOT_FOUND, {"errorType": "NotFound"}))
            return
        if not self.server.is_ready:
            self.server.is_ready = True
            self.server.outcomes.put(_READY)
        invocation = self.server.work.get()
        if invocation is None:
            self.close_connection = True
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline_s * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.server.function_arn,
        }
        self.write_response(Response(HTTPStatus.OK, list(headers.items()), invocation.event.encode()))

    def do_POST(self) -> None:
        body = self.read_body()
        if self.path.endswith("/response"):
            self.server.outcomes.put(body.decode())
        elif self.path.endswith("/error"):
            self.server.outcomes.put(_function_error(json.loads(body)))
        self.write_response(json_response(HTTPStatus.ACCEPTED, {"status": "OK"}))


def _function_error(report: Mapping[str, Any]) -> FunctionError:
    return FunctionError(
        report.get("errorType", "Error"), report.get("errorMessage", ""), report.get("stackTrace", ())
    )


def _lambda_environment(function: Function, sandbox: Sandbox, runtime_api: str) -> dict[str, str]:
    """Return the variables that Lambda reserves."""
    return {
        "AWS_DEFAULT_REGION": sandbox.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sandbox.python_version}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": function.full_name,
        "AWS_LAMBDA_FUNCTION_VERSION": sandbox.function_version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start" if sandbox.is_snap_start else "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.full_name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_REGION": sandbox.region,
        "LAMBDA_TASK_ROOT": str(sandbox.root),
        "PYTHONPATH": ":".join(str(folder) for folder in (sandbox.root, *sandbox.package_paths)),
        "TZ": ":UTC",
        "_HANDLER": function.handler,
    }
