"""Errors as HTTP: every failure becomes one problem document (RFC 9457), rendered here and nowhere else."""

import json
import logging
import traceback
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gatehouse.errors import GatehouseError
from gatehouse.web import seen

log = logging.getLogger("gatehouse")

NO_STORE = {"Cache-Control": "no-store"}
PROBLEM = "application/problem+json"


def problem(
    status: int,
    *,
    title: str,
    detail: str,
    error: str,
    headers: dict[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> Response:
    """Return a problem document; `error` is the short text of the guide that Gatehouse started from."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "error": error,
    }
    if errors:
        body["errors"] = errors
    return Response(json.dumps(body), status, {**NO_STORE, **(headers or {})}, media_type=PROBLEM)


def problem_of(error: GatehouseError) -> Response:
    """Return the problem document of one of our errors."""
    title, detail = note(error)
    shown = GatehouseError if error.status == HTTPStatus.INTERNAL_SERVER_ERROR else type(error)
    headers = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    return problem(
        error.status,
        title=title,
        detail=detail,
        error=shown.error,
        headers=headers,
    )


def note(error: GatehouseError) -> tuple[str, str]:
    """Return the title and the sentence to show; what is our own fault is told to the log, not to the caller."""
    seen.note_error(error)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s: %s", type(error).__name__, error, exc_info=without_values(error))
    if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return GatehouseError.title, GatehouseError.detail
    return error.title, str(error)


class Refused(GatehouseError):
    """A refusal whose answer is ready."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


def install(app: FastAPI) -> None:
    """Make an app answer every failure with a problem document."""

    @app.exception_handler(GatehouseError)
    async def known(_: Request, error: GatehouseError) -> Response:
        return problem_of(error)

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> Response:
        return error.answer

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        return _invalid(error)

    @app.exception_handler(HTTPException)
    async def plain(_: Request, error: HTTPException) -> Response:
        return _plain(error)

    app.add_middleware(ErrorBoundary)


class ErrorBoundary:
    """Turns what nobody expected into a 500 whose traceback goes to the log, without the exception's text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app; answer for it if it fails before it has answered."""
        has_started = False

        async def watch(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            seen.note_error(error)
            log.error("unexpected %s", type(error).__name__, exc_info=without_values(error))
            if not has_started:
                answer = problem(
                    500, title=GatehouseError.title, detail=GatehouseError.detail, error=GatehouseError.error
                )
                await answer(scope, receive, send)


class CleanTraceback(Exception):
    """Stands for an exception whose text may hold data: only where it happened is logged."""


def without_values(error: BaseException) -> Any:
    """Return logging's `exc_info` with the places, but not the texts, of an exception and its causes."""
    return (CleanTraceback, CleanTraceback(places(error)), None)


def places(error: BaseException) -> str:
    """Return where an exception and its causes happened, without their texts."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause:
        frames = traceback.extract_tb(cause.__traceback__)
        where = " < ".join(
            f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames[-6:])
        )
        code = cause.args[0] if cause.args and isinstance(cause.args[0], int) else ""
        told.append(f"{type(cause).__name__}{code and f'({code})'} at {where}")
        cause = cause.__cause__ or cause.__context__
    return "; caused by ".join(told)


def _invalid(error: RequestValidationError) -> Response:
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return problem(400, title="Bad request", detail="The body is not valid JSON.", error="bad request")
    errors = [
        {
            "field": ".".join(str(part) for part in item["loc"][1:]) or str(item["loc"][0]),
            "message": _sentence(item),
        }
        for item in found
    ]
    detail = "; ".join(f"{item['field']}: {item['message']}" for item in errors)
    return problem(422, title="Invalid input", detail=detail, error="invalid input", errors=errors)


def _sentence(item: Any) -> str:
    return str(item["msg"]).removeprefix("Value error, ")


def _plain(error: HTTPException) -> Response:
    phrase = HTTPStatus(error.status_code).phrase
    return problem(
        error.status_code,
        title=phrase,
        detail=str(error.detail),
        error=phrase.lower(),
        headers=dict(error.headers or {}),
    )
