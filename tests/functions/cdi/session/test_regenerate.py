"""Access tokens get another payload; on every engine."""

import itertools
from typing import Any

from tests.core import Core
from tests.functions.cdi.sessions import (
    MISSING,
    PROTECTED,
    SessionClient,
    access_claims,
    handle_of,
    header,
    stored,
)
from tests.houses import Home


def test_new_token_carries_the_new_payload_until_the_same_time(client: SessionClient, home: Home) -> None:
    session = client.create(enableAntiCsrf=True, userDataInJWT={"a": 1})
    home.clock.advance(minutes=10)
    answer = client.regenerate(session, {"b": 2})

    assert list(answer) == ["session", "accessToken", "status"]
    assert answer["session"] == session["session"] | {"userDataInJWT": {"b": 2}}
    assert answer["accessToken"]["expiry"] == session["accessToken"]["expiry"]
    assert answer["accessToken"]["createdTime"] > session["accessToken"]["createdTime"]
    old, new = access_claims(session), access_claims(answer)
    assert {name for name in {*old, *new} if old.get(name) != new.get(name)} == {"iat", "a", "b"}
    assert client.get(handle_of(session))["userDataInJWT"] == {"b": 2}


def test_without_a_payload_the_stored_one_is_taken(client: SessionClient) -> None:
    session = client.create(userDataInJWT={"a": 1})
    client.send("PUT", "/recipe/jwt/data", {"sessionHandle": handle_of(session), "userDataInJWT": {"c": 3}})

    assert client.regenerate(session)["session"]["userDataInJWT"] == {"c": 3}


def test_expired_token_gets_no_new_one(client: SessionClient, home: Home) -> None:
    session = client.create()
    home.clock.advance(minutes=61)
    answer = client.regenerate(session, {"b": 2})

    assert list(answer) == ["session", "status"]
    assert answer["session"]["userDataInJWT"] == {"b": 2}
    assert client.get(handle_of(session))["userDataInJWT"] == {"b": 2}


def test_ended_session_is_not_renewed(client: SessionClient, home: Home) -> None:
    ended, expired = client.create(), client.create()
    client.remove(sessionHandles=[handle_of(ended)])
    home.clock.advance(days=101)

    for session, payload in itertools.product((ended, expired), (None, {}, {"b": 2})):
        assert client.regenerate(session, payload) == MISSING


def test_kind_of_key_is_that_of_the_session(client: SessionClient) -> None:
    session = client.create(useDynamicSigningKey=False)

    assert header(client.regenerate(session, {})["accessToken"]["token"])["kid"].startswith("s-")


def test_parent_is_kept_and_nothing_promoted(client: SessionClient, home: Home) -> None:
    child = client.refresh(client.create())
    before = stored(home, handle_of(child))
    answer = client.regenerate(child, {"b": 2})

    parent = access_claims(child)["parentRefreshTokenHash1"]
    assert access_claims(answer)["parentRefreshTokenHash1"] == parent is not None
    assert stored(home, handle_of(child)) == before


def test_protected_claims_go_by_the_version_of_the_token(core: Core, client: SessionClient) -> None:
    old = SessionClient(core, version="3.0").create()

    assert client.regenerate(old, {"rsub": "x"})["status"] == "OK"
    assert client.regenerate(old, {"tId": "x"}) == (400, PROTECTED)
    assert client.regenerate(client.create(), {"rsub": "x"}) == (400, PROTECTED)


def test_old_versions_know_no_recipe_user(core: Core) -> None:
    client = SessionClient(core, version="3.1")
    session = client.create()

    assert "recipeUserId" not in client.regenerate(session, {})["session"]
    assert "recipeUserId" not in client.verify(session)["session"]
    assert "recipeUserId" not in client.get(handle_of(session))
    assert "recipeUserId" not in client.refresh(session)["session"]


def test_what_is_no_token_is_refused(client: SessionClient) -> None:
    session = client.create()
    head, _, signature = session["accessToken"]["token"].split(".")

    assert client.regenerate({"accessToken": {"token": "x"}}) == {
        "status": "UNAUTHORISED",
        "message": "Invalid JWT",
    }
    message = client.regenerate({"accessToken": {"token": f"{head}.e30.{signature}"}})["message"]
    assert message.startswith("Access token does not contain all the information.")


def test_bad_input_is_refused(client: SessionClient) -> None:
    session = client.create()

    wrongs: tuple[Any, ...] = (None, 1, [])
    for name, wrong in itertools.product(("accessToken", "userDataInJWT"), wrongs):
        assert client.regenerate(session, **{name: wrong}) == (
            400,
            f"Field name '{name}' is invalid in JSON input",
        )
