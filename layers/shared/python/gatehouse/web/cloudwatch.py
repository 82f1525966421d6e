"""Lines and metrics for CloudWatch, through Powertools: one line per request is both (embedded metric format)."""

import json
import logging
import sys
from typing import IO, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from gatehouse.config import WatchSettings
from gatehouse.web import seen
from gatehouse.web.answers import without_values
from gatehouse.web.observed import FAULT, Line, log

NAMESPACE = "Gatehouse"
SERVICE = log.name
METRICS = {
    "Requests": "HTTP requests",
    "Runs": "runs of a cron",
    "RunsSucceeded": "runs of a cron that ended well",
    "Duration": "milliseconds from the event to the answer",
    "RoundTrips": "round trips to the database",
    "ColdStarts": "first requests of an instance",
    "Faults": "requests that failed through our own fault: answered with 500 or more, or not at all; failed runs",
    "Refusals": "requests refused for a reason on the caller's side",
    "SignIns": "sessions opened",
    "SignInFailures": "wrong codes, passwords and links",
    "TheftsDetected": "refresh tokens used twice",
    "LettersNotSent": "letters that the mail or message service did not take",
    "ProvidersFailed": "requests that an identity provider (Stytch, a third party) failed",
    "DatabaseUnavailable": "requests that the database did not answer, or was too busy for",
    "RowsDeleted": "rows that the cron deleted",
    "WebhooksSent": "events that URLs took",
    "WebhooksRetried": "events that URLs did not take, and that are sent again",
    "WebhooksGivenUp": "events that URLs did not take until they were given up",
}
"""Every metric, with what its values are."""


class CloudWatch:
    """Tells CloudWatch by what it writes to the standard output; other log records become JSON, too."""

    def __init__(self, settings: WatchSettings, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stdout
        self._dimensions = {"service": SERVICE, "stage": settings.stage}
        self._metrics = AmazonCloudWatchEMFProvider(namespace=NAMESPACE)
        self._metrics.add_dimensions(**self._dimensions)  # of all functions together, besides each
        self._ids: dict[str, str] = {}
        # For whatever else is logged below this name; Powertools keeps one such logger per process.
        self._logger = Logger(
            service=SERVICE,
            level=settings.log_level.upper(),
            stream=self._stream,
            stage=settings.stage,
            utc=True,
            use_rfc3339=True,
            serialize_stacktrace=False,
        )
        logging.getLogger("mangum.http").addFilter(_retell)

    def begin(self, **ids: str) -> None:
        """Take the names of the request that comes in now, for all that is logged meanwhile."""
        self._logger.remove_keys(self._ids)
        self._logger.append_keys(**ids)
        self._ids = ids

    def tell(self, line: Line) -> None:
        """Write one line."""
        metrics = self._metrics
        try:
            for name, value in line.metrics.items():
                metrics.add_metric(name, "Milliseconds" if name == "Duration" else "Count", value)
            written = metrics.serialize_metric_set(
                dimensions={**self._dimensions, "function": line.function}, metadata=self._told(line)
            )
        finally:
            metrics.metric_set.clear()
        self._stream.write(json.dumps(written, separators=(",", ":")) + "\n")
        self._stream.flush()

    def _told(self, line: Line) -> dict[str, Any]:
        """Return what stands in the line besides metrics: nothing where LOG_LEVEL asks for less."""
        level = logging.ERROR if line.outcome == FAULT else logging.INFO
        if not log.isEnabledFor(level):
            return {}
        return {"level": logging.getLevelName(level), "message": line.kind, **self._ids, **line.fields}


def _retell(record: logging.LogRecord) -> bool:
    """Tell without values what Mangum would log: it names paths, and quotes exceptions."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, Exception):
        seen.note_error(error)
        log.error("unexpected %s", type(error).__name__, exc_info=without_values(error))
    return False
