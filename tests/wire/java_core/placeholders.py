"""Fills in what a question takes from earlier answers, and codes of the present step."""

import re
from collections.abc import Sequence
from typing import Any

from tests.wire.conversations.totp_codes import totp_code

_PLACEHOLDER = re.compile(r"\$\{(?:totp:(?P<totp>[^}]+)|(?P<step>\d+)\.(?P<path>[\w.]+))\}")


class Unanswered(Exception):
    """An earlier answer lacks what a question needs."""


def filled_in(value: Any, answers: Sequence[Any], at_ms: int) -> Any:
    """Return a body with its placeholders replaced; `answers` are our own of the same group. Raises Unanswered."""
    if isinstance(value, dict):
        return {name: filled_in(member, answers, at_ms) for name, member in value.items()}
    if isinstance(value, list):
        return [filled_in(item, answers, at_ms) for item in value]
    match = _PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    if match["totp"]:
        secret, period_s, steps = match["totp"].split(":")
        return totp_code(secret, at_ms, int(period_s), int(steps))
    found = answers[int(match["step"])]
    for name in match["path"].split("."):
        if not isinstance(found, dict) or name not in found:
            raise Unanswered
        found = found[name]
    return found
