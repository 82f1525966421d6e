"""Answers as frontends know them: JSON, and errors as `{"message": …}` (specs/supertokens.md 6.1, 6.2)."""

import json
from typing import Any

from starlette.responses import Response

from gatehouse.errors import GatehouseError, TooManySends
from gatehouse.frontend_errors import GeneralError, InvalidClaims, SessionRequired
from gatehouse.recipe_errors import RecipeError, TokenTheftDetected, TryRefreshToken, Unauthorised
from gatehouse.web import answers, seen

JSON_TYPE = "application/json; charset=utf-8"

_ENDED: dict[type[GatehouseError], str] = {
    SessionRequired: "unauthorised",
    Unauthorised: "unauthorised",
    TryRefreshToken: "try refresh token",
    TokenTheftDetected: "token theft detected",
}


def json_answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an answer in JSON."""
    content = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
    return Response(content, status, headers, media_type=JSON_TYPE)


def error_answer(error: Exception, *, expired_status: int) -> Response:
    """Return what a frontend is told of an error; `expired_status` is for those without a session."""
    if not isinstance(error, GatehouseError):
        unexpected = GatehouseError()
        unexpected.__cause__ = error
        error = unexpected
    seen.note_error(error)
    headers = {} if error.retry_after_s is None else {"retry-after": str(error.retry_after_s)}
    if isinstance(error, TooManySends):
        error = GeneralError(str(error))  # frontends show the text, and would not show that of a 429
    message = _ENDED.get(type(error))
    if message:
        return json_answer({"message": message}, expired_status)
    if isinstance(error, InvalidClaims):
        body = {"message": error.detail, "claimValidationErrors": error.faults}
        return json_answer(body, error.status)
    if isinstance(error, RecipeError):
        return json_answer({"status": error.status_text, **error.fields}, headers=headers)
    _, detail = answers.note(error)
    return json_answer({"message": detail}, error.status, headers)
