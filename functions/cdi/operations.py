"""How an operation of the interface is declared: method, path, recipe, scope, and the function that answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from functions.cdi.calls import Call

Json = dict[str, Any]
Endpoint = Callable[[Call], Any]
"""Takes a call; returns an object to send as JSON, or a Starlette response of its own."""


class Scope(StrEnum):
    """What a tenant in the path means (shared names of cdi_routes.txt)."""

    APP = "app"
    """The operation is for the whole app: a tenant in the path is refused (CDI 5.0 and later)."""
    TENANT = "tenant"
    ANY = "any"
    HANDLE = "handle"
    MIXED = "mixed"
    OWN = "own"


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    recipe: str
    scope: Scope
    endpoint: Endpoint
    needs_api_key: bool = True
    needs_version: bool = True
    tells_missing_tenant: bool = False
    """An unknown tenant in the path is an answer (TENANT_NOT_FOUND_ERROR), not an error."""


@dataclass
class Router:
    """The operations of one recipe."""

    recipe: str
    operations: list[Operation] = field(default_factory=list)

    def on(
        self,
        methods: str,
        path: str,
        scope: Scope,
        *,
        needs_api_key: bool = True,
        needs_version: bool = True,
        tells_missing_tenant: bool = False,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare that a function answers some methods (`"GET PUT"`) of a path."""

        def declare(endpoint: Endpoint) -> Endpoint:
            for method in methods.split():
                self.operations.append(
                    Operation(
                        method,
                        path,
                        self.recipe,
                        scope,
                        endpoint,
                        needs_api_key,
                        needs_version,
                        tells_missing_tenant,
                    )
                )
            return endpoint

        return declare


def ok(**fields: Any) -> Json:
    """Return an answer of status OK; members that are None are left out."""
    return {"status": "OK", **{name: value for name, value in fields.items() if value is not None}}
