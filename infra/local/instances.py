"""Runs functions as AWS Lambda does: a few instances of each, every one busy with a single request at a time."""

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, Self
from uuid import uuid4

from infra.local.service import Function

MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
"""The largest event and the largest result of a synchronous call."""


class FunctionError(Exception):
    """The function failed: it raised, could not be started, or was stopped; Lambda would say so with `payload`."""

    def __init__(self, error_type: str, message: str, trace: Iterable[str] = ()) -> None:
        super().__init__(f"{error_type}: {message}")
        self.payload = {"errorType": error_type, "errorMessage": message, "stackTrace": list(trace)}


class FunctionTimeout(FunctionError):
    """The function did not finish in its time."""

    def __init__(self, seconds: float) -> None:
        super().__init__("Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds")


class PayloadTooLarge(Exception):
    """The event is larger than Lambda takes in one synchronous call."""


class OutOfPatience(Exception):
    """The caller did not wait for the function any longer."""


@dataclass(frozen=True)
class Invocation:
    """One call of a function: the event as JSON, and when its time is over (seconds since 1970)."""

    request_id: str
    event: str
    deadline_s: float

    @property
    def remaining_s(self) -> float:
        """The seconds left, never negative."""
        return max(0.0, self.deadline_s - time.time())


class Instance(Protocol):
    """An execution environment of one function, started and ready."""

    def invoke(self, invocation: Invocation) -> str | None:
        """Return the handler's result as JSON, or None when the deadline passed. Raises FunctionError."""

    def stop(self) -> None:
        """End the instance, also when it is busy."""

    @property
    def is_usable(self) -> bool:
        """Whether it can take another request."""


class Instances:
    """The instances of all functions: started when they are needed, kept, and replaced after a failure."""

    def __init__(
        self, functions: Iterable[Function], start: Callable[[Function], Instance], *, per_function: int
    ) -> None:
        self._pools = {function.name: _Pool(function, start, per_function) for function in functions}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End all instances, also those that are busy."""
        for pool in self._pools.values():
            pool.stop()

    def warm_up(self) -> dict[str, FunctionError]:
        """Start one instance of each function, at the same time; return the errors of those that do not start."""
        errors: dict[str, FunctionError] = {}

        def start(name: str, pool: _Pool) -> None:
            try:
                pool.warm_up()
            except FunctionError as error:
                errors[name] = error

        threads = [threading.Thread(target=start, args=item, daemon=True) for item in self._pools.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return dict(sorted(errors.items()))

    def invoke(self, name: str, event: Any, *, patience_s: float | None = None) -> Any:
        """Return a function's result for an event; both pass through JSON, as they do on the way to Lambda.

        Raises FunctionError, PayloadTooLarge, or OutOfPatience when `patience_s` ends before the function's own time.
        """
        return self._pools[name].invoke(event, patience_s)


class _Pool:
    """The instances of one function."""

    def __init__(self, function: Function, start: Callable[[Function], Instance], size: int) -> None:
        self._function = function
        self._start = start
        self._size = size
        self._changed = threading.Condition()
        self._idle: list[Instance] = []
        self._living: set[Instance] = set()
        self._starting = 0
        self._is_stopped = False

    def warm_up(self) -> None:
        self._give_back(self._take(time.time() + self._function.timeout_s))

    def invoke(self, event: Any, patience_s: float | None) -> Any:
        payload = json.dumps(event)
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise PayloadTooLarge(self._function.name)
        timeout_s = self._function.timeout_s
        allowed_s = timeout_s if patience_s is None else min(patience_s, timeout_s)
        # Lambda would start another instance instead of letting a request wait; the time of waiting is not counted.
        instance = self._take(time.time() + (timeout_s if patience_s is None else patience_s))
        try:
            result = instance.invoke(Invocation(str(uuid4()), payload, time.time() + allowed_s))
        except FunctionError:
            self._give_back(instance)
            raise
        except BaseException:
            self._discard(instance)
            raise
        if result is None:
            self._discard(instance)
            raise OutOfPatience(self._function.name) if allowed_s < timeout_s else FunctionTimeout(timeout_s)
        self._give_back(instance)
        if len(result) > MAX_PAYLOAD_BYTES:
            raise FunctionError(
                "Function.ResponseSizeTooLarge", f"the result has more than {MAX_PAYLOAD_BYTES} bytes"
            )
        return json.loads(result)

    def stop(self) -> None:
        with self._changed:
            self._is_stopped = True
            living = list(self._living)
            self._changed.notify_all()
        for instance in living:
            instance.stop()

    def _take(self, deadline_s: float) -> Instance:
        self._bury_the_dead()
        with self._changed:
            while not self._idle and len(self._living) + self._starting >= self._size:
                remaining_s = deadline_s - time.time()
                if self._is_stopped or remaining_s <= 0:
                    raise OutOfPatience(self._function.name)
                self._changed.wait(remaining_s)
            if self._idle:
                return self._idle.pop()
            self._starting += 1
        try:
            instance = self._start(self._function)
        except BaseException:
            with self._changed:
                self._starting -= 1
                self._changed.notify()
            raise
        with self._changed:
            self._starting -= 1
            self._living.add(instance)
            if self._is_stopped:
                instance.stop()
        return instance

    def _bury_the_dead(self) -> None:
        """Forget idle instances that have ended in the meantime."""
        with self._changed:
            dead = [instance for instance in self._idle if not instance.is_usable]
            self._idle = [instance for instance in self._idle if instance not in dead]
        for instance in dead:
            self._discard(instance)

    def _give_back(self, instance: Instance) -> None:
        if not instance.is_usable:
            self._discard(instance)
            return
        with self._changed:
            self._idle.append(instance)
            self._changed.notify()

    def _discard(self, instance: Instance) -> None:
        with self._changed:
            self._living.discard(instance)
            self._changed.notify()
        instance.stop()
