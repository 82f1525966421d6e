"""Watches functions in tests as CloudWatch would: their lines are read back, and their metrics checked."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from gatehouse.config import WatchSettings
from gatehouse.web.cloudwatch import METRICS, CloudWatch
from gatehouse.web.observed import Observed
from tests.api import CONTEXT

STAGE = "dev"
FUNCTIONS = {
    "login": "functions.login",
    "invite": "functions.invite",
    "authenticate_magic_link": "functions.authenticate_magic_link",
    "session": "functions.session",
    "logout": "functions.logout",
    "users": "functions.users",
    "audit": "functions.audit",
    "pages": "functions.pages",
    "fdi": "functions.fdi.handler",
    "cdi": "functions.cdi.handler",
    "cleanup": "functions.cleanup",
    "webhooks": "functions.webhooks",
}
"""Every function with a handler that is watched, and its module."""

MOST_DIMENSIONS, MOST_METRICS = 30, 100
UNITS = {"Count", "Milliseconds"}


class Everything(logging.Handler):
    """Keeps all that anything logs, at every level, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message with its traceback and its other members."""
        self.texts.append(f"{self.format(record)} {vars(record)}")


@dataclass
class Watched:
    """What the functions have written to their log."""

    stream: io.StringIO = field(default_factory=io.StringIO)
    everything: Everything = field(default_factory=Everything)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every line, read as JSON."""
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def told(self) -> list[dict[str, Any]]:
        """The lines that are of a request or a run, metrics checked."""
        found = [line for line in self.lines if "_aws" in line]
        for line in found:
            metrics_of(line)
        return found

    @property
    def last(self) -> dict[str, Any]:
        """The newest of them without what CloudWatch reads, which `metrics` returns."""
        line = self.told[-1]
        measured = {metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
        return {name: value for name, value in line.items() if name not in measured | {"_aws"}}

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of the newest line."""
        return metrics_of(self.told[-1])

    @property
    def text(self) -> str:
        """All that was written, and all that any part wanted to be written."""
        return "\n".join([self.stream.getvalue(), *self.everything.texts])


def metrics_of(line: dict[str, Any]) -> dict[str, float]:
    """Read metrics out of a line as CloudWatch does (embedded metric format); fails where it would take none."""
    assert line["_aws"].keys() == {"Timestamp", "CloudWatchMetrics"}
    assert isinstance(line["_aws"]["Timestamp"], int)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive.keys() == {"Namespace", "Dimensions", "Metrics"}
    for dimensions in directive["Dimensions"]:
        assert 0 < len(dimensions) <= MOST_DIMENSIONS
        for name in dimensions:
            assert isinstance(line[name], str)
            assert 0 < len(line[name]) <= 1024
    names = [metric["Name"] for metric in directive["Metrics"]]
    assert METRICS.keys() >= set(names), "docs/operations.md has every metric"
    assert 0 < len(names) == len(set(names)) <= MOST_METRICS
    read: dict[str, float] = {}
    for metric in directive["Metrics"]:
        assert metric.keys() == {"Name", "Unit"}
        assert metric["Unit"] in UNITS
        values = line[metric["Name"]]
        (read[metric["Name"]],) = values if isinstance(values, list) else [values]
        assert type(read[metric["Name"]]) in {int, float}
    return read


def handler_of(function: str) -> Observed:
    """Return a function's handler."""
    handler: Observed = import_module(FUNCTIONS[function]).handler
    return handler


@contextmanager
def watching(log_level: str = "info") -> Iterator[Watched]:
    """Let all functions write as they do on the deployed stage `dev`."""
    watched = Watched()
    teller = CloudWatch(WatchSettings(STAGE, log_level), watched.stream)
    handlers = [handler_of(function) for function in FUNCTIONS]
    before = [(handler.teller, handler.stage) for handler in handlers]
    for handler in handlers:
        handler.teller, handler.stage = teller, STAGE
    root, ours = logging.getLogger(), logging.getLogger("gatehouse")
    level, own_level = root.level, ours.level
    root.addHandler(watched.everything)
    ours.setLevel(ours.level)
    CONTEXT.function_name = f"gatehouse-{STAGE}-tested"
    try:
        yield watched
    finally:
        del CONTEXT.function_name
        root.removeHandler(watched.everything)
        root.setLevel(level)
        ours.setLevel(own_level)
        for handler, (old_teller, old_stage) in zip(handlers, before, strict=True):
            handler.teller, handler.stage = old_teller, old_stage
        _forget_logger(ours)


def _forget_logger(logger: logging.Logger) -> None:
    """Undo what Powertools remembers of the one logger that it keeps per process."""
    logger.removeHandler(vars(logger).pop("powertools_handler"))
    del logger.init  # type: ignore[attr-defined]
