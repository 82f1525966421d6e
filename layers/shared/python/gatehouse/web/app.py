"""One FastAPI app per function, with the same answers and the house built on its first request."""

import logging
from collections.abc import Callable

from fastapi import FastAPI
from mangum import Mangum
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gatehouse import bootstrap
from gatehouse.bootstrap import House
from gatehouse.web import answers

TEXT_TYPES = ["text/", "application/json", answers.PROBLEM, "application/javascript", "image/svg+xml"]
"""What travels to API Gateway as text; everything else does in base64."""


ANSWER_HEADERS = "answer_headers"
"""Under this name of a request's state are headers that go with the answer, whatever it is."""


class Courier:
    """Sends the headers along that a dependency has left in the request's state."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app, and add the headers when its answer begins."""

        async def deliver(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in scope.get("state", {}).get(ANSWER_HEADERS, ()):
                    headers.append(name, value)
            await send(message)

        await self._app(scope, receive, deliver)


class Entrance:
    """Builds the house once, when the first request comes: nothing is read or opened at import (SnapStart)."""

    def __init__(self, build: Callable[[], House]) -> None:
        self._build = build
        self._house: House | None = None

    @property
    def house(self) -> House:
        """The function's own house; raises SettingInvalid until the settings are right."""
        if self._house is None:
            self._house = self._build()
            _set_up_logging(self._house.settings.log_level)
        return self._house


def create_app(summary: str, build: Callable[[], House] = bootstrap.build) -> FastAPI:
    """Return an app without its own documentation routes: `/docs` shows all functions as one API."""
    app = FastAPI(title="Gatehouse", summary=summary, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.entrance = Entrance(build)
    answers.install(app)
    app.add_middleware(Courier)
    return app


def lambda_handler(app: FastAPI) -> Mangum:
    """Return the function that Lambda calls; without the lifespan, which Mangum would run on every request."""
    return Mangum(app, lifespan="off", text_mime_types=TEXT_TYPES)


def _set_up_logging(level: str) -> None:
    """Log through Lambda's own handler, or to standard error where there is none."""
    logging.basicConfig(format="%(levelname)s %(name)s %(message)s")
    answers.log.setLevel(level.upper())
