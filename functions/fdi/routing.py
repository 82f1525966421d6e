"""From a path to an operation: a tenant before it, and `rid` where recipes share a path (specs/supertokens.md 6.1)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from functions.fdi.operations import Operation, Router
from gatehouse.models import PUBLIC
from gatehouse.web.frontend_transport import BASE_PATH

_TENANT = re.compile(r"[A-Za-z0-9-]{1,64}")
_COMBINED = {
    "thirdpartyemailpassword": ("emailpassword", "thirdparty"),
    "thirdpartypasswordless": ("passwordless", "thirdparty"),
}
"""Recipes of older frontends that are two of ours."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names: a tenant, and the operations of the path that follows, by method and in the recipes' order."""

    tenant_id: str
    by_method: Mapping[str, list[Operation]]

    def operation(self, method: str, rid: str) -> Operation | None:
        """Return the operation: where recipes share a path, `rid` picks one and the first is the default."""
        found = self.by_method.get(method, [])
        wanted = _COMBINED.get(rid, (rid,))
        return next((operation for operation in found if operation.recipe in wanted), next(iter(found), None))


class Routes:
    """All operations, by path."""

    def __init__(self, routers: Iterable[Router]) -> None:
        self._by_path: dict[str, dict[str, list[Operation]]] = {}
        for router in routers:
            for operation in router.operations:
                methods = self._by_path.setdefault(operation.path, {})
                methods.setdefault(operation.method, []).append(operation)

    @property
    def operations(self) -> list[Operation]:
        """Every operation, for documentation and tests."""
        return [
            operation
            for methods in self._by_path.values()
            for found in methods.values()
            for operation in found
        ]

    def find(self, path: str) -> Target | None:
        """Return what a path names, or None if the interface does not have it."""
        if not f"{path}/".startswith(f"{BASE_PATH}/"):
            return None
        rest = path.removeprefix(BASE_PATH).removesuffix("/")
        if rest in self._by_path:
            return Target(PUBLIC, self._by_path[rest])
        tenant_id, slash, below = rest.removeprefix("/").partition("/")
        found = self._by_path.get(slash + below)
        return Target(tenant_id.lower(), found) if found and _TENANT.fullmatch(tenant_id) else None
