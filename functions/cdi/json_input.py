"""Reads the JSON of bodies: what could not be stored and given back as it came is refused."""

import json
import math
from typing import Any

from gatehouse.errors import RequestInvalid

MAX_DEPTH = 200
"""Levels of nesting; far more than anybody means, and far less than what ends Python's stack."""


class JsonInvalid(RequestInvalid):
    """A body is not a JSON object in UTF-8."""

    detail = "Invalid Json Input"


def read_object(content: bytes) -> dict[str, Any]:
    """Return the object that a body holds; the last of several members of one name counts. Raises JsonInvalid."""
    try:
        given = json.loads(content.decode("utf-8-sig"), parse_float=_finite, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise JsonInvalid from None
    if not isinstance(given, dict) or _is_deep(given):
        raise JsonInvalid
    return given


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _refuse(text: str) -> Any:
    """NaN and Infinity are not JSON, and neither could be written into an answer."""
    raise ValueError(text)


def _is_deep(given: Any) -> bool:
    level = [given]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(outer: dict[str, Any] | list[Any]) -> list[Any]:
    return list(outer.values()) if isinstance(outer, dict) else outer
