"""From a path to an operation: prefixes for app and tenant, any case, a slash at the end (specs/supertokens.md 5.1)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from functions.cdi.operations import Operation, Router
from gatehouse.models import PUBLIC

DEPLOYED_UNDER = "/core"
"""Where API Gateway has the interface; locally it is the root of a port of its own, which the gateway maps here."""

_APP = re.compile(r"appid-([a-z0-9-]*)")
_TENANT = re.compile(r"[a-z0-9-]+")
_NO_TENANTS = frozenset({"recipe", "config", "users", "hello"})


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names: an app, a tenant of it, and the operations of the path that follows."""

    app_id: str
    tenant_id: str
    path: str
    by_recipe: Mapping[str, Mapping[str, Operation]]

    def operation(self, method: str, rid: str) -> Operation | None:
        """Return the operation: where a path has several recipes, `rid` picks one and the first is the default."""
        by_method = self.by_recipe.get(rid) or next(iter(self.by_recipe.values()))
        return by_method.get(method)


class Routes:
    """All operations, by path."""

    def __init__(self, routers: Iterable[Router]) -> None:
        self._by_path: dict[str, dict[str, dict[str, Operation]]] = {}
        for router in routers:
            for operation in router.operations:
                recipes = self._by_path.setdefault(operation.path.lower(), {})
                recipes.setdefault(operation.recipe, {})[operation.method] = operation

    @property
    def operations(self) -> list[Operation]:
        """Every operation, for documentation and tests."""
        return [
            operation
            for recipes in self._by_path.values()
            for methods in recipes.values()
            for operation in methods.values()
        ]

    def find(self, path: str, base_path: str = "") -> Target | None:
        """Return what a path names, or None if the interface does not have it."""
        base = base_path.strip("/").lower()
        rest = _below(_below(path.lower(), DEPLOYED_UNDER), f"/{base}" if base else "")
        rest = rest.removesuffix("/") or "/"
        if rest in self._by_path:
            return Target(PUBLIC, PUBLIC, rest, self._by_path[rest])
        first, rest = _split(rest)
        app = _APP.fullmatch(first)
        if app is None:
            return self._tenant_target(PUBLIC, first, rest)
        app_id = app[1] or PUBLIC
        if rest in self._by_path:
            return Target(app_id, PUBLIC, rest, self._by_path[rest])
        tenant_id, rest = _split(rest)
        return self._tenant_target(app_id, tenant_id, rest)

    def _tenant_target(self, app_id: str, tenant_id: str, rest: str) -> Target | None:
        may_be = _TENANT.fullmatch(tenant_id) and tenant_id not in _NO_TENANTS
        found = self._by_path.get(rest)
        return Target(app_id, tenant_id, rest, found) if may_be and found else None


def _below(path: str, prefix: str) -> str:
    """Return a path without whole segments that it begins with."""
    return path.removeprefix(prefix) if f"{path}/".startswith(f"{prefix}/") else path


def _split(path: str) -> tuple[str, str]:
    """Return the first segment of a path and what follows it, `/` where nothing does."""
    first, slash, rest = path.removeprefix("/").partition("/")
    return first, f"{slash}{rest}" or "/"
