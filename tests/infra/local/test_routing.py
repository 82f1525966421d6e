"""infra.local.routing: which route takes a request."""

import pytest

from infra.local.routing import Route, match_route

ROUTES = [
    Route(key, key)
    for key in (
        "$default",
        "ANY /{path+}",
        "ANY /pets/{path+}",
        "GET /pets/{path+}",
        "GET /pets/{id}",
        "ANY /pets/{id}",
        "GET /pets/dog",
        "POST /pets/dog",
        "GET /pets/{id}/toys/{toy}",
        "GET /",
    )
]


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/", "GET /", {}),
        ("POST", "/", "$default", {}),
        ("GET", "/pets/dog", "GET /pets/dog", {}),
        ("GET", "/pets/cat", "GET /pets/{id}", {"id": "cat"}),
        ("PUT", "/pets/dog", "ANY /pets/{id}", {"id": "dog"}),
        ("GET", "/pets/cat/1", "GET /pets/{path+}", {"path": "cat/1"}),
        ("PUT", "/pets/cat/1", "ANY /pets/{path+}", {"path": "cat/1"}),
        ("GET", "/pets/cat/toys/ball", "GET /pets/{id}/toys/{toy}", {"id": "cat", "toy": "ball"}),
        ("GET", "/pets", "ANY /{path+}", {"path": "pets"}),
        ("GET", "/pets/", "ANY /{path+}", {"path": "pets/"}),
        ("GET", "/pets/a b+c", "GET /pets/{id}", {"id": "a b+c"}),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, key: str, parameters: dict[str, str]) -> None:
    for routes in (ROUTES, ROUTES[::-1]):
        match = match_route(routes, method, path)
        assert match is not None
        assert (match.route.key, match.path_parameters) == (key, parameters)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    ("path", "match"),
    [
        ("/core", ("ANY /core", {})),
        ("/core/hello", ("ANY /core/{proxy+}", {"proxy": "hello"})),
        ("/core/Hello/", ("ANY /core/{proxy+}", {"proxy": "Hello/"})),
        ("/core//hello", ("ANY /core/{proxy+}", {"proxy": "/hello"})),
        ("/core/appid-a/t/recipe/user", ("ANY /core/{proxy+}", {"proxy": "appid-a/t/recipe/user"})),
        ("/core/", None),
        ("/Core", None),
        ("/CORE/hello", None),
        ("/core-1", None),
        ("/cores/hello", None),
        ("/other/core/hello", None),
    ],
)
def test_a_folder_of_routes_takes_all_methods_and_all_paths_below_it_but_no_other_case(
    method: str, path: str, match: tuple[str, dict[str, str]] | None
) -> None:
    found = match_route([Route("ANY /core", "cdi"), Route("ANY /core/{proxy+}", "cdi")], method, path)
    assert (found and (found.route.key, found.path_parameters)) == match


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/logins"), ("GET", "/login"), ("POST", "/login/"), ("HEAD", "/users"), ("GET", "/users/")],
)
def test_nothing_matches(method: str, path: str) -> None:
    routes = [Route("POST /login", "login"), Route("GET /users", "users"), Route("GET /users/{id}", "users")]
    assert match_route(routes, method, path) is None
