"""What values the core's configuration takes: JSON of a request or text of the environment, read as Java does.

Numbers and booleans may come as text; numbers and booleans are text where text is wanted.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

Kind = Literal["boolean", "int", "long", "double", "String"]
"""Java's names, which errors say."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,20}")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INT_MAX = 2**31 - 1
_LONG_MAX = 2**62
"""Half of Java's, so that a lifetime in milliseconds can be added to a time and still be stored."""
_DOUBLE_MAX = 1e12


class CoreConfigInvalid(Exception):
    """A key is unknown or its value is not allowed; the text says which and why, without secrets."""


def read_value(name: str, kind: Kind, value: Any) -> Any:
    """Return a value as its key takes it; raises CoreConfigInvalid."""
    try:
        return _READERS[kind](value)
    except (ValueError, OverflowError):
        raise CoreConfigInvalid(f"'{name}' must be of type {kind}") from None


def _boolean(value: Any) -> bool:
    known = {"true": True, "false": False}
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    return value if isinstance(value, bool) else _refuse()


def _whole(value: Any, limit: int) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > limit:
        return int(_refuse())
    return value


def _double(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return float(_refuse())
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        return float(_refuse())
    number = float(value)
    return number if math.isfinite(number) and abs(number) <= _DOUBLE_MAX else _refuse()


def _text(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return value if isinstance(value, str) else _refuse()


def _refuse() -> Any:
    raise ValueError


_READERS: Mapping[Kind, Callable[[Any], Any]] = {
    "boolean": _boolean,
    "int": lambda value: _whole(value, _INT_MAX),
    "long": lambda value: _whole(value, _LONG_MAX),
    "double": _double,
    "String": _text,
}
