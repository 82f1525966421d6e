"""Functions inside this process: quick to start and quick to answer, for `make dev` and most tests.

Each instance has a thread, an event loop and a copy of the handler's module of its own, so that what a function keeps
between requests (a database connection above all) is never shared, as on Lambda. What the handler's module imports,
from its own folder too, is the process's, and so is the environment.
"""

import asyncio
import importlib.util
import itertools
import json
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.local.instances import FunctionError, Invocation
from infra.local.service import Function
from infra.local.template import ACCOUNT_ID

Handler = Callable[[Any, Any], Any]

_serial_numbers = itertools.count(1)


class Context:
    """The context object that Lambda's Python runtime hands to a handler."""

    identity = None
    client_context = None
    function_version = "$LATEST"
    log_stream_name = "local"

    def __init__(self, function: Function, invocation: Invocation) -> None:
        self.aws_request_id = invocation.request_id
        self.function_name = function.full_name
        self.memory_limit_in_mb = str(function.memory_mb)
        self.invoked_function_arn = f"arn:aws:lambda:local:{ACCOUNT_ID}:function:{function.full_name}"
        self.log_group_name = f"/aws/lambda/{function.full_name}"
        self._deadline_s = invocation.deadline_s

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left before Lambda would end the function."""
        return max(0, int((self._deadline_s - time.time()) * 1000))


class InProcessInstance:
    """One instance of a function, alive in its own thread."""

    def __init__(self, function: Function, root: Path) -> None:
        """Import the handler, found below `root`. Raises FunctionError."""
        self._function = function
        self._root = root
        self._calls: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[str | FunctionError] = queue.SimpleQueue()
        self.is_usable = True
        threading.Thread(target=self._live, name=function.name, daemon=True).start()
        started = self._outcomes.get()
        if isinstance(started, FunctionError):
            raise started

    def invoke(self, invocation: Invocation) -> str | None:
        """Run the handler in the instance's thread."""
        self._calls.put(invocation)
        try:
            outcome = self._outcomes.get(timeout=invocation.remaining_s)
        except queue.Empty:
            self.is_usable = False
            return None
        if isinstance(outcome, FunctionError):
            raise outcome
        return outcome

    def stop(self) -> None:
        """Let the thread end after what it is doing: a thread cannot be stopped."""
        self.is_usable = False
        self._calls.put(None)

    def _live(self) -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            handler = _load_handler(self._root, self._function.handler)
        except BaseException as error:  # a module may raise anything, SystemExit too
            self._outcomes.put(_function_error(error))
        else:
            self._outcomes.put("started")
            while (invocation := self._calls.get()) is not None:
                self._outcomes.put(self._run(handler, invocation))
        finally:
            loop.close()

    def _run(self, handler: Handler, invocation: Invocation) -> str | FunctionError:
        try:
            result = handler(json.loads(invocation.event), Context(self._function, invocation))
        except BaseException as error:  # as above: a handler that exits ends its request, not the gateway
            return _function_error(error)
        try:
            return json.dumps(result)
        except (TypeError, ValueError) as error:
            return FunctionError("Runtime.MarshalError", f"the result cannot be sent as JSON: {error}")


def _load_handler(root: Path, handler: str) -> Handler:
    """Import a fresh copy of a handler's module under a name of its own, and return the handler."""
    path, _, attribute = handler.rpartition(".")
    name = f"{path.replace('/', '.')}__{next(_serial_numbers)}"
    spec = importlib.util.spec_from_file_location(name, root / f"{path}.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"{handler} is not a Python module's handler")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pydantic look their module up there
    try:
        spec.loader.exec_module(module)
        loaded: Handler = getattr(module, attribute)
    except BaseException:
        del sys.modules[name]
        raise
    return loaded


def _function_error(error: BaseException) -> FunctionError:
    report = traceback.TracebackException.from_exception(error)
    # The first frames are the gateway's own and importlib's.
    report.stack[:] = [frame for frame in report.stack if not _is_ours(frame.filename)]
    return FunctionError(type(error).__name__, str(error), report.format())


def _is_ours(filename: str) -> bool:
    return filename == __file__ or filename.startswith("<frozen importlib")
