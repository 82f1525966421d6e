"""One FastAPI app per function, with the same answers and the house built on its first request."""

import logging
from collections.abc import Callable

from fastapi import FastAPI
from mangum import Mangum

from gatehouse import bootstrap
from gatehouse.bootstrap import House
from gatehouse.web import answers

TEXT_TYPES = ["text/", "application/json", answers.PROBLEM, "application/javascript", "image/svg+xml"]
"""What travels to API Gateway as text; everything else does in base64."""


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
    return app


def lambda_handler(app: FastAPI) -> Mangum:
    """Return the function that Lambda calls; without the lifespan, which Mangum would run on every request."""
    return Mangum(app, lifespan="off", text_mime_types=TEXT_TYPES)


def _set_up_logging(level: str) -> None:
    """Log through Lambda's own handler, or to standard error where there is none."""
    logging.basicConfig(format="%(levelname)s %(name)s %(message)s")
    answers.log.setLevel(level.upper())
