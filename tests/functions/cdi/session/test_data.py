"""Sessions are shown and changed by their handles; on every engine."""

import itertools
from typing import Any

import pytest

from tests.core import Core
from tests.functions.cdi.sessions import (
    MISSING,
    PROTECTED,
    SessionClient,
    handle_of,
)
from tests.functions.cdi.tenants import make_tenants
from tests.houses import Home


def test_session_is_shown(client: SessionClient) -> None:
    session = client.create(userDataInJWT={"a": 1}, userDataInDatabase={"d": None})

    assert list(client.get(handle_of(session)).items()) == [
        ("sessionHandle", handle_of(session)),
        ("userId", "u1"),
        ("recipeUserId", "u1"),
        ("userDataInDatabase", {"d": None}),
        ("expiry", session["refreshToken"]["expiry"]),
        ("userDataInJWT", {"a": 1}),
        ("timeCreated", session["refreshToken"]["createdTime"]),
        ("status", "OK"),
        ("tenantId", "public"),
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [("/recipe/session/data", "userDataInDatabase"), ("/recipe/jwt/data", "userDataInJWT")],
)
def test_data_is_replaced(client: SessionClient, path: str, name: str) -> None:
    handle = handle_of(client.create())
    changed = client.send("PUT", path, {"sessionHandle": handle, name: {"é": [1]}})

    assert (
        changed == client.send("PUT", path, {"sessionHandle": handle, name: {"é": [1]}}) == {"status": "OK"}
    )
    assert client.send("GET", f"{path}?sessionHandle={handle}") == {"status": "OK", name: {"é": [1]}}
    other = {"userDataInDatabase", "userDataInJWT"} - {name}
    assert client.get(handle)[other.pop()] == {}


def test_payload_is_protected(core: Core) -> None:
    session = SessionClient(core).create()
    body = {"sessionHandle": handle_of(session), "userDataInJWT": {"rsub": "x"}}

    assert SessionClient(core).send("PUT", "/recipe/jwt/data", body) == (400, PROTECTED)
    assert SessionClient(core, version="3.0").send("PUT", "/recipe/jwt/data", body) == {"status": "OK"}


def test_missing_and_expired_sessions_are_told(client: SessionClient, home: Home) -> None:
    handle = handle_of(client.create())
    home.clock.advance(days=100, seconds=1)
    for missing in (handle, handle.upper(), "random", "", "_", "x" * 10_000):
        assert client.get(missing) == MISSING
        for path, name in (
            ("/recipe/session/data", "userDataInDatabase"),
            ("/recipe/jwt/data", "userDataInJWT"),
        ):
            assert client.send("GET", f"{path}?sessionHandle={missing}") == MISSING
            assert client.send("PUT", path, {"sessionHandle": missing, name: {}}) == MISSING


def test_handle_of_an_unknown_tenant_is_refused(client: SessionClient) -> None:
    status, text = client.get("x_nowhere")

    assert (status, text[-30:]) == (400, "not found: (, public, nowhere)")


def test_handles_are_told_by_case(client: SessionClient) -> None:
    session = client.create()

    assert client.get(handle_of(session).upper()) == MISSING


@pytest.mark.parametrize("path", ["/recipe/session", "/recipe/session/data", "/recipe/jwt/data"])
def test_handle_is_needed(client: SessionClient, path: str) -> None:
    assert client.send("GET", path) == (400, "Field name 'sessionHandle' is missing in GET request")


def test_tenant_in_the_path_changes_nothing(client: SessionClient, core: Core) -> None:
    make_tenants(core, "t1")
    session, inside = client.create(), SessionClient(core, "/t1")

    assert inside.get(handle_of(session))["tenantId"] == "public"
    assert inside.verify(session, checkDatabase=True)["session"]["tenantId"] == "public"
    assert inside.refresh(session)["session"]["tenantId"] == "public"


@pytest.mark.parametrize(
    ("path", "name"),
    [("/recipe/session/data", "userDataInDatabase"), ("/recipe/jwt/data", "userDataInJWT")],
)
def test_bad_input_is_refused(client: SessionClient, home: Home, path: str, name: str) -> None:
    handle = handle_of(client.create())

    wrongs: tuple[Any, ...] = (None, 1, [], True)
    for field, wrong in itertools.product(("sessionHandle", name), wrongs):
        body = {"sessionHandle": handle, name: {}} | {field: wrong}
        assert client.send("PUT", path, body) == (400, f"Field name '{field}' is invalid in JSON input")
    longest = home.house.database.dialect.longest_text
    body = {"sessionHandle": handle, name: {"k": "x" * 70_000}}
    assert client.send("PUT", path, body) == (
        {"status": "OK"}
        if longest is None
        else (400, f"Field name '{name}' must not be longer than {longest} bytes of JSON")
    )
