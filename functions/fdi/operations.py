"""How an operation of the interface is declared: method, path, recipe, and the function that answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from functions.fdi.calls import Call

Json = dict[str, Any]
Endpoint = Callable[[Call], Any]
"""Takes a call; returns an object to send as JSON, or a Starlette response of its own."""


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    recipe: str
    endpoint: Endpoint


@dataclass
class Router:
    """The operations of one recipe."""

    recipe: str
    operations: list[Operation] = field(default_factory=list)

    def on(self, method: str, path: str) -> Callable[[Endpoint], Endpoint]:
        """Declare that a function answers a method of a path below the base path."""

        def declare(endpoint: Endpoint) -> Endpoint:
            self.operations.append(Operation(method, path, self.recipe, endpoint))
            return endpoint

        return declare


def ok(**fields: Any) -> Json:
    """Return an answer of status OK; members that are None are left out."""
    return {"status": "OK", **{name: value for name, value in fields.items() if value is not None}}
