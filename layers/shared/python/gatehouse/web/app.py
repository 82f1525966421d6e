"""One FastAPI app per function, with the same answers and the house built on its first request."""

from fastapi import FastAPI
from mangum import Mangum
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gatehouse.current_settings import Check, demand_nothing
from gatehouse.web import answers
from gatehouse.web.entrance import open_entrance
from gatehouse.web.observed import Observed, observed
from gatehouse.web.time_limits import TimeLimits

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


def create_app(summary: str, check: Check = demand_nothing) -> FastAPI:
    """Return an app without its own documentation routes: `/docs` shows all functions as one API.

    `check` is what its function demands of the settings besides.
    """
    app = FastAPI(title="Gatehouse", summary=summary, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.entrance = open_entrance(check)
    answers.install(app)
    app.add_middleware(Courier)
    app.add_middleware(TimeLimits)
    return app


def lambda_handler(app: FastAPI) -> Observed:
    """Return the function that Lambda calls; without the lifespan, which Mangum would run on every request."""
    return observed(Mangum(app, lifespan="off", text_mime_types=TEXT_TYPES))
