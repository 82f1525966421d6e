"""Runs scheduled functions: at their rate in the background, and at once when asked."""

import threading
from typing import Any, Protocol, Self

from infra.local.events import scheduled_event
from infra.local.instances import FunctionError, OutOfPatience
from infra.local.log import log, log_failure
from infra.local.service import Function, Schedule, Service


class NotScheduled(Exception):
    """The service has no function of that name with a schedule."""


class Functions(Protocol):
    """What runs the functions; infra.local.instances does."""

    def invoke(self, name: str, event: Any) -> Any:
        """Return a function's result for an event. Raises FunctionError, OutOfPatience."""


class Scheduler:
    """The schedules of a service; `cron(…)` expressions wait for `run_now`."""

    def __init__(self, service: Service, functions: Functions) -> None:
        self._service = service
        self._functions = functions
        self._is_stopped = threading.Event()

    def __enter__(self) -> Self:
        for name, function in self._service.functions.items():
            for schedule in function.schedules:
                if schedule.every_s is not None:
                    threading.Thread(
                        target=self._repeat, args=(name, function, schedule, schedule.every_s), daemon=True
                    ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopped.set()

    @property
    def names(self) -> list[str]:
        """The functions that have a schedule."""
        return [name for name, function in self._service.functions.items() if function.schedules]

    def run_now(self, name: str) -> Any:
        """Run a scheduled function and return its result. Raises NotScheduled, FunctionError, OutOfPatience."""
        if name not in self.names:
            raise NotScheduled(name)
        function = self._service.functions[name]
        return self._run(function, function.schedules[0])

    def _repeat(self, name: str, function: Function, schedule: Schedule, every_s: int) -> None:
        told: Any = None
        while not self._is_stopped.wait(every_s):
            try:
                result = self._run(function, schedule)
            except (FunctionError, OutOfPatience) as error:
                log_failure(name, error)
            else:
                if result != told:  # who has nothing to do says so once
                    log(f"{name}: {schedule.expression} {result}")
                told = result

    def _run(self, function: Function, schedule: Schedule) -> Any:
        event = schedule.payload
        if event is None:
            event = scheduled_event(function.full_name, self._service.region)
        return self._functions.invoke(function.name, event)
