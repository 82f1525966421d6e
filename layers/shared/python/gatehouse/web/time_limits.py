"""Tells what is called on the way how long the function may still run, so that the caller gets an answer in time."""

from starlette.types import ASGIApp, Receive, Scope, Send

from gatehouse import time_limit

MARGIN_S = 1.0
"""Kept for putting the answer together, and for a rollback."""


class TimeLimits:
    """Ends whatever a request waits for before Lambda ends the function."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask Lambda's context, where there is one, and run the app."""
        context = scope.get("aws.context")
        if context is not None:
            time_limit.end_in(context.get_remaining_time_in_millis() / 1_000 - MARGIN_S)
        await self._app(scope, receive, send)
