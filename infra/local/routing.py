"""Which function answers a request: the route selection of HTTP APIs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

ANY = "ANY"
DEFAULT_ROUTE = "$default"


@dataclass(frozen=True)
class Route:
    """A route of the API: `GET /users/{id}`, `ANY /files/{path+}` or `$default`, and the function behind it."""

    key: str
    function: str
    authorizer: str | None = None

    @property
    def method(self) -> str:
        """The HTTP method, or ANY."""
        return ANY if self.key == DEFAULT_ROUTE else self.key.partition(" ")[0]

    @property
    def segments(self) -> list[str]:
        """The parts of the path between its slashes."""
        return self.key.partition(" ")[2].split("/")[1:]


@dataclass(frozen=True)
class Match:
    """The route chosen for a request, and what its path variables stand for."""

    route: Route
    path_parameters: Mapping[str, str] = field(default_factory=dict)


def match_route(routes: Iterable[Route], method: str, path: str) -> Match | None:
    """Return the most specific route for a method and a decoded path.

    Paths decide first, segment by segment: a literal beats `{id}`, which beats `{path+}`, which beats `$default`.
    Of two routes with the same path the one that names the method beats ANY.
    """
    best: tuple[tuple[int, ...], Match] | None = None
    for route in routes:
        if route.method not in {method, ANY}:
            continue
        found = _match_path(route, path)
        if found is None:
            continue
        specificity, parameters = found
        rank = (*specificity, route.method != ANY)
        if best is None or rank > best[0]:
            best = rank, Match(route, parameters)
    return best and best[1]


_LITERAL, _VARIABLE, _GREEDY, _DEFAULT = 3, 2, 1, 0


def _match_path(route: Route, path: str) -> tuple[list[int], dict[str, str]] | None:
    """Return how specifically the route's path matches, a number per segment, and the path variables."""
    if route.key == DEFAULT_ROUTE:
        return [_DEFAULT], {}
    given = path.split("/")[1:]
    specificity: list[int] = []
    parameters: dict[str, str] = {}
    for index, segment in enumerate(route.segments):
        if segment.startswith("{") and segment.endswith("+}"):
            rest = "/".join(given[index:])
            return ([*specificity, _GREEDY], {**parameters, segment[1:-2]: rest}) if rest else None
        if index >= len(given):
            return None
        if segment.startswith("{") and segment.endswith("}"):
            if not given[index]:
                return None
            parameters[segment[1:-1]] = given[index]
            specificity.append(_VARIABLE)
        elif segment == given[index]:
            specificity.append(_LITERAL)
        else:
            return None
    return (specificity, parameters) if len(given) == len(route.segments) else None
