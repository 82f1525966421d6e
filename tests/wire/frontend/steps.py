"""The language of the conversations: requests as data, with names for what earlier answers gave."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.wire.conversations.totp_codes import totp_code

TOTP_PERIOD_S = 30

_NAME = re.compile(r"<(?:totp([+-]\d+)?:)?([a-z]\w*)>")


@dataclass(frozen=True)
class Step:
    """One request. `<name>` in target, body and headers stands for a value that was kept.

    `by` names the browser that sends it along with its tokens: `ada` wants them in headers, `ada/cookie` in cookies,
    and without a name nobody has any. `keep` takes values of the JSON answer by their place. A header that is None is
    not sent. A body of type str is sent as it is. `to` is `frontend`, or `core` to prepare something on both sides.
    """

    method: str
    target: str
    body: Any = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    by: str = ""
    keep: Mapping[str, str] = field(default_factory=dict)
    to: str = "frontend"

    @property
    def route(self) -> str:
        """Method and path, for reports."""
        return f"{self.method} {self.target.partition('?')[0]}"


@dataclass(frozen=True)
class Conversation:
    """Steps that follow each other in one deployment."""

    name: str
    steps: Sequence[Step]
    settings: str = "plain"


def get(target: str, **options: Any) -> Step:
    """Return a GET below the base path."""
    return Step("GET", f"/auth{target}", **options)


def post(target: str, body: Any = None, **options: Any) -> Step:
    """Return a POST below the base path."""
    return Step("POST", f"/auth{target}", body, **options)


def put(target: str, body: Any = None, **options: Any) -> Step:
    """Return a PUT below the base path."""
    return Step("PUT", f"/auth{target}", body, **options)


def me(method: str = "GET", **options: Any) -> Step:
    """Return a request to the route that demands a session."""
    return Step(method, "/me", **options)


def core(method: str, target: str, body: Any = None, **options: Any) -> Step:
    """Return a request to the core of both sides."""
    return Step(method, target, body, to="core", **options)


def form(**values: Any) -> dict[str, Any]:
    """Return the body of the recipe emailpassword."""
    return {"formFields": [{"id": name, "value": value} for name, value in values.items()]}


def remember(name: str, value: str) -> Step:
    """Keep a value, such as a token that a browser has now, under another name."""
    return Step("KEEP", name, value, to="names")


def wait(seconds: float) -> Step:
    """Let a token expire."""
    return Step("WAIT", str(seconds))


def said(value: Any, names: Mapping[str, str]) -> Any:
    """Return a value with kept values in the place of their names."""
    if isinstance(value, Mapping):
        return {key: said(member, names) for key, member in value.items()}
    if isinstance(value, list):
        return [said(item, names) for item in value]
    return _NAME.sub(lambda found: _value(found, names), value) if isinstance(value, str) else value


def _value(found: "re.Match[str]", names: Mapping[str, str]) -> str:
    steps, name = found.groups()
    if name not in names:
        return found[0]
    if not found[0].startswith("<totp"):
        return names[name]
    return totp_code(names[name], int(time.time() * 1_000), TOTP_PERIOD_S, int(steps or 0))


def value_at(answer: Any, place: str) -> str | None:
    """Return what stands at a place such as `user.id` or `devices.0.name`."""
    for part in place.split("."):
        if isinstance(answer, list) and part.isdigit() and int(part) < len(answer):
            answer = answer[int(part)]
        elif isinstance(answer, dict):
            answer = answer.get(part)
        else:
            return None
    return answer if isinstance(answer, str) else None
