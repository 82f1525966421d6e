"""Turns what a function returned into an HTTP response, as API Gateway does (payload format 2.0)."""

import json
import re
from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any

from infra.local.messages import Response, json_response

_SENDABLE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_DEFAULT_TYPE = "text/plain; charset=utf-8"
_HOP_BY_HOP = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding", "upgrade"}


class ResultInvalid(Exception):
    """A function returned something that API Gateway cannot turn into a response; it answers 500."""


def http_response(result: Any) -> Response:
    """Return the response for a function's result: one with `statusCode`, or anything else as the body of a 200.

    Raises ResultInvalid.
    """
    if isinstance(result, str):
        return Response(200, [("content-type", "application/json")], result.encode())
    if not isinstance(result, dict) or "statusCode" not in result:
        return json_response(200, result)
    return Response(_status(result["statusCode"]), _headers(result), _body(result))


def _headers(result: dict[str, Any]) -> list[tuple[str, str]]:
    given = result.get("headers") or {}
    if not isinstance(given, dict):
        raise ResultInvalid("headers is not an object")
    headers = [(str(name).lower(), _text(value)) for name, value in given.items()]
    headers = [(name, value) for name, value in headers if name not in _HOP_BY_HOP]
    headers += [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
    for name, value in headers:
        if not _SENDABLE.fullmatch(value):
            raise ResultInvalid(f"header {name} has characters that HTTP cannot send")
    has_type = any(name == "content-type" for name, _ in headers)
    return headers if has_type else [*headers, ("content-type", _DEFAULT_TYPE)]


def _status(value: Any) -> int:
    try:
        status = int(value)
    except (TypeError, ValueError):
        raise ResultInvalid(f"statusCode {value!r} is not a number") from None
    if not 200 <= status <= 599:
        raise ResultInvalid(f"statusCode {status} is not the status of a response")
    return status


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _body(result: dict[str, Any]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    text = body if isinstance(body, str) else json.dumps(body)
    if not result.get("isBase64Encoded"):
        return text.encode()
    try:
        return b64decode(text, validate=True)
    except Base64Error:
        raise ResultInvalid("isBase64Encoded is set, but the body is not base64") from None
