"""Refresh tokens make children, which become parents, and thieves are told; on every engine."""

from typing import Any

import pytest

from gatehouse.crypto.identifiers import sha256_hex
from gatehouse.store.statement import Sql
from tests.core import Core
from tests.functions.cdi.sessions import (
    DAYS_100_MS,
    PROTECTED,
    SessionClient,
    access_claims,
    handle_of,
    hash2_of,
    header,
    link,
    stored,
)
from tests.functions.cdi.tenants import APP
from tests.houses import Home
from tests.people import People


def test_parent_gives_a_child_and_stays_the_parent(client: SessionClient, home: Home) -> None:
    parent = client.create(userDataInJWT={"k": 1})
    children = [client.refresh(parent), client.refresh(parent)]

    for child in children:
        assert list(child) == ["session", "accessToken", "refreshToken", "status"]
        assert child["session"] == parent["session"]
        assert access_claims(child) | {"iat": 0, "exp": 0} == access_claims(parent) | {
            "iat": 0,
            "exp": 0,
            "refreshTokenHash1": sha256_hex(child["refreshToken"]["token"]),
            "parentRefreshTokenHash1": sha256_hex(parent["refreshToken"]["token"]),
        }
    assert children[0]["refreshToken"] != children[1]["refreshToken"]
    assert stored(home, handle_of(parent))[:2] == (hash2_of(parent), parent["refreshToken"]["expiry"])


def test_child_becomes_the_parent_when_it_refreshes(client: SessionClient, home: Home) -> None:
    parent = client.create()
    home.clock.advance(days=50)
    child = client.refresh(parent)
    grandchild = client.refresh(child)

    assert access_claims(grandchild)["parentRefreshTokenHash1"] == sha256_hex(child["refreshToken"]["token"])
    hash2, expires_at, _ = stored(home, handle_of(parent))
    assert hash2 == hash2_of(child)
    assert abs(expires_at - home.clock() - DAYS_100_MS) < 60_000


def test_old_parent_is_theft_once_a_child_was_used(client: SessionClient) -> None:
    parent = client.create()
    child = client.refresh(parent)
    client.refresh(child)
    handle = handle_of(parent)

    assert client.refresh(parent) == {
        "status": "TOKEN_THEFT_DETECTED",
        "session": {"handle": handle, "userId": "u1", "recipeUserId": "u1"},
    }
    assert client.refresh(child)["status"] == "OK", "the core does not end the session"


def test_sibling_of_the_child_that_was_used_is_theft(client: SessionClient) -> None:
    parent = client.create()
    first, second = client.refresh(parent), client.refresh(parent)
    client.verify(first)

    assert client.refresh(second)["status"] == "TOKEN_THEFT_DETECTED"
    assert client.refresh(parent)["status"] == "TOKEN_THEFT_DETECTED"
    assert client.refresh(first)["status"] == "OK"


def test_old_versions_are_told_of_theft_without_recipe_user(core: Core) -> None:
    client = SessionClient(core, version="3.0")
    parent = client.create()
    client.refresh(client.refresh(parent))

    assert client.refresh(parent) == {
        "status": "TOKEN_THEFT_DETECTED",
        "session": {"handle": handle_of(parent), "userId": "u1"},
    }


def test_kind_of_key_changes_on_request(client: SessionClient, home: Home) -> None:
    parent = client.create()
    child = client.refresh(parent, useDynamicSigningKey=False)

    assert header(child["accessToken"]["token"])["kid"].startswith("s-")
    assert stored(home, handle_of(parent)) == (hash2_of(parent), parent["refreshToken"]["expiry"], True)
    assert header(client.refresh(parent)["accessToken"]["token"])["kid"].startswith("d-")


@pytest.mark.parametrize(("version", "is_needed"), [("3.0", False), ("4.0", False), ("5.0", True)])
def test_kind_of_key_must_be_told_since_5_0(core: Core, version: str, is_needed: bool) -> None:
    client = SessionClient(core, version=version)
    session = client.create(useDynamicSigningKey=False)
    body = {"refreshToken": session["refreshToken"]["token"], "enableAntiCsrf": False}
    answer = client.send("POST", "/recipe/session/refresh", body)

    if is_needed:
        assert answer == (400, "Field name 'useDynamicSigningKey' is invalid in JSON input")
    else:
        assert header(answer["accessToken"]["token"])["kid"].startswith("s-")


def test_anti_csrf_token_must_match(client: SessionClient) -> None:
    session = client.create(enableAntiCsrf=True)
    refused = {"status": "UNAUTHORISED", "message": "Anti CSRF token missing, or not matching"}

    assert client.refresh(session, enableAntiCsrf=True) == refused
    assert client.refresh(session, enableAntiCsrf=True, antiCsrfToken="ü") == refused
    child = client.refresh(session, enableAntiCsrf=True, antiCsrfToken=session["antiCsrfToken"])
    assert child["antiCsrfToken"] != session["antiCsrfToken"]
    assert "antiCsrfToken" not in client.refresh(session)
    without = client.create()
    assert client.refresh(without, enableAntiCsrf=True)["antiCsrfToken"]


def test_ended_or_expired_session_is_not_refreshed(client: SessionClient, home: Home) -> None:
    gone = {"status": "UNAUTHORISED", "message": "Session missing in db or has expired"}
    ended, expired = client.create(), client.create()
    client.remove(sessionHandles=[handle_of(ended)])

    assert client.refresh(ended) == gone
    home.clock.advance(days=100, seconds=1)
    assert client.refresh(expired) == gone


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "version of refresh token not recognised"),
        ("asdf", "version of refresh token not recognised"),
        ("a.V2", "Refresh token split with dot yielded an array of length: 2"),
        ("%.nonce.V2", "Invalid refresh token"),
        ("AAAA.nonce.V2", "Invalid refresh token"),
        (f"{'A' * 200}.nonce.V2", "Invalid refresh token"),
    ],
)
def test_what_is_no_refresh_token_is_refused(client: SessionClient, text: str, message: str) -> None:
    session = {"refreshToken": {"token": text}}

    assert client.refresh(session) == {"status": "UNAUTHORISED", "message": message}
    client.create()
    assert client.refresh(session) == {"status": "UNAUTHORISED", "message": message}


def test_token_of_another_app_is_refused(client: SessionClient, core: Core) -> None:
    core.put(APP, appId="a1")
    other = SessionClient(core, "/appid-a1")
    other.create()

    assert other.refresh(client.create()) == {
        "status": "UNAUTHORISED",
        "message": "Invalid refresh token",
    }


def test_payload_from_the_database_is_signed(client: SessionClient) -> None:
    session = client.create(userDataInJWT={"a": 1})
    client.send("PUT", "/recipe/jwt/data", {"sessionHandle": handle_of(session), "userDataInJWT": {"b": 2}})
    child = client.refresh(session)

    assert child["session"]["userDataInJWT"] == {"b": 2}
    assert access_claims(child)["b"] == 2
    assert "a" not in access_claims(child)


def test_protected_payload_of_old_clients_is_not_signed(client: SessionClient, home: Home) -> None:
    session = client.create()
    home.house.database.run(Sql("UPDATE {session_info} SET jwt_user_payload = :p").run(p='{"sub":"x"}'))

    assert client.refresh(session) == {"status": "UNAUTHORISED", "message": PROTECTED}
    assert client.verify(session, checkDatabase=True) == (400, PROTECTED)


def test_activity_is_noted_under_the_primary_user(client: SessionClient, people: People) -> None:
    recipe_user, primary = people.emailpassword("a@example.com"), people.emailpassword("b@example.com")
    people.map(primary, "ext-primary")
    session = client.create(recipe_user)
    link(people, recipe_user, primary)
    people.database.run(Sql("DELETE FROM {user_last_active}").run())
    child = client.refresh(session)

    assert (child["session"]["userId"], child["session"]["recipeUserId"]) == ("ext-primary", recipe_user)
    assert [row[0] for row in people.rows("user_last_active", "user_id")] == [primary]


@pytest.mark.parametrize("name", ["refreshToken", "antiCsrfToken", "enableAntiCsrf", "useDynamicSigningKey"])
def test_bad_input_is_refused(client: SessionClient, name: str) -> None:
    session = client.create()

    wrongs: tuple[Any, ...] = (None, 1, [], {})
    for wrong in wrongs:
        assert client.refresh(session, **{name: wrong}) == (
            400,
            f"Field name '{name}' is invalid in JSON input",
        )
