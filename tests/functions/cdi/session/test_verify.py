"""Access tokens tell whose session they are of, and are renewed; on every engine."""

from typing import Any

import pytest

from tests.core import Core
from tests.functions.cdi.sessions import (
    HOUR_MS,
    SessionClient,
    access_claims,
    handle_of,
    hash2_of,
    header,
    stored,
)
from tests.functions.cdi.tenants import APP, make_tenants
from tests.houses import Home

ENDED = {"status": "UNAUTHORISED", "message": "Either the session has ended or has been blacklisted"}


def test_fresh_token_gives_its_session(client: SessionClient) -> None:
    session = client.create(userDataInJWT={"k": [1]})

    for checks_database in (False, True):
        answer = client.verify(session, checkDatabase=checks_database)
        assert list(answer) == ["session", "status"]
        assert answer["session"] == session["session"]


def test_child_is_promoted_and_gets_a_token_without_a_parent(client: SessionClient, home: Home) -> None:
    session = client.create()
    home.clock.advance(days=2)
    child = client.refresh(session)
    answer = client.verify(child)

    assert list(answer) == ["session", "accessToken", "status"]
    assert access_claims(answer) | {"iat": 0, "exp": 0} == access_claims(child) | {
        "iat": 0,
        "exp": 0,
        "parentRefreshTokenHash1": None,
    }
    hash2, expires_at, _ = stored(home, handle_of(session))
    assert hash2 == hash2_of(child)
    assert expires_at > session["refreshToken"]["expiry"] + HOUR_MS


def test_child_that_is_the_parent_already_gets_one_too(client: SessionClient, home: Home) -> None:
    child = client.refresh(client.create())
    client.verify(child)
    before = stored(home, handle_of(child))
    answer = client.verify(child, checkDatabase=True)

    assert access_claims(answer)["parentRefreshTokenHash1"] is None
    assert stored(home, handle_of(child)) == before


def test_token_of_an_older_generation_is_good_until_it_expires(client: SessionClient) -> None:
    parent = client.create()
    child = client.refresh(parent)
    client.refresh(client.refresh(child))

    assert list(client.verify(child)) == ["session", "status"]
    assert list(client.verify(parent, checkDatabase=True)) == ["session", "status"]


def test_changed_payload_is_noticed_with_the_database(client: SessionClient) -> None:
    session = client.create(userDataInJWT={"a": 1})
    for payload in ({"a": True}, {"a": 1.5}, {"a": {"ü": None}}):
        client.send(
            "PUT", "/recipe/jwt/data", {"sessionHandle": handle_of(session), "userDataInJWT": payload}
        )
        assert client.verify(session)["session"]["userDataInJWT"] == {"a": 1}
        answer = client.verify(session, checkDatabase=True)
        assert answer["session"]["userDataInJWT"] == payload
        assert access_claims(answer)["a"] == payload["a"]


def test_order_of_members_is_no_change(client: SessionClient) -> None:
    session = client.create(userDataInJWT={"a": 1, "b": 2})
    payload = {"sessionHandle": handle_of(session), "userDataInJWT": {"b": 2, "a": 1}}
    client.send("PUT", "/recipe/jwt/data", payload)

    assert "accessToken" not in client.verify(session, checkDatabase=True)


def test_ended_session_is_noticed_with_the_database(client: SessionClient) -> None:
    session = client.create()
    child = client.refresh(session)
    client.remove(sessionHandles=[handle_of(session)])

    assert client.verify(session)["status"] == "OK"
    assert client.verify(session, checkDatabase=True) == ENDED
    assert client.verify(child, checkDatabase=True) == ENDED
    assert client.verify(child) == {"status": "UNAUTHORISED", "message": "Session missing in db"}


def test_expired_token_is_to_be_refreshed(client: SessionClient, home: Home) -> None:
    session = client.create()
    home.clock.advance(minutes=59)
    assert client.verify(session)["status"] == "OK"

    home.clock.advance(minutes=2)
    assert client.verify(session) == {"status": "TRY_REFRESH_TOKEN", "message": "Access token expired"}


def test_anti_csrf_token_is_checked_on_request(client: SessionClient) -> None:
    session = client.create(enableAntiCsrf=True)
    checks = {"enableAntiCsrf": True, "doAntiCsrfCheck": True}
    refused = {"status": "TRY_REFRESH_TOKEN", "message": "anti-csrf check failed"}

    assert client.verify(session, **checks, antiCsrfToken=session["antiCsrfToken"])["status"] == "OK"
    assert client.verify(session, **checks) == refused
    assert client.verify(session, **checks, antiCsrfToken="x") == refused
    assert client.verify(session, **checks | {"doAntiCsrfCheck": False})["status"] == "OK"
    assert client.verify(client.create(), **checks)["message"].startswith("Access token does not contain")


def test_static_key_verifies(client: SessionClient) -> None:
    assert client.verify(client.create(useDynamicSigningKey=False))["status"] == "OK"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Invalid JWT"),
        ("a.b.c", "Invalid JWT"),
        ("e30.e30.e30", "JWT header mismatch - typ"),
        (
            "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsInZlcnNpb24iOiIyIn0.e30.e30",
            "JWT header mismatch - version",
        ),
    ],
)
def test_what_is_no_token_is_to_be_refreshed(client: SessionClient, text: str, message: str) -> None:
    session = {"accessToken": {"token": text}}

    assert client.verify(session) == {"status": "TRY_REFRESH_TOKEN", "message": message}


def test_forged_token_is_to_be_refreshed(client: SessionClient) -> None:
    first, second = client.create("u1"), client.create("u2")
    head, _, signature = first["accessToken"]["token"].split(".")
    forged = {"accessToken": {"token": f"{head}.{second['accessToken']['token'].split('.')[1]}.{signature}"}}

    assert client.verify(forged) == {
        "status": "TRY_REFRESH_TOKEN",
        "message": "JWT verification failed",
    }


def test_token_of_another_app_is_to_be_refreshed(client: SessionClient, core: Core) -> None:
    core.put(APP, appId="a1")

    assert SessionClient(core, "/appid-a1").verify(client.create()) == {
        "status": "TRY_REFRESH_TOKEN",
        "message": "Key not found",
    }


def test_token_of_a_tenant_that_was_removed_is_refused(client: SessionClient, core: Core) -> None:
    make_tenants(core, "t1")
    session = SessionClient(core, "/t1").create()
    core.post("/recipe/multitenancy/tenant/remove", tenantId="t1")

    status, text = client.verify(session)
    assert (status, text.startswith("AppId or tenantId not found")) == (400, True)
    assert client.refresh(session)[0] == client.get(handle_of(session))[0] == 400
    assert client.remove(sessionHandles=[handle_of(session)]) == []


def test_version_of_the_token_stays(core: Core, client: SessionClient) -> None:
    old = SessionClient(core, version="3.0").create(userDataInJWT={"rsub": "theirs"})
    answer = client.verify(old)
    assert (answer["session"]["recipeUserId"], answer["session"]["userDataInJWT"]) == (
        "u1",
        {"rsub": "theirs"},
    )
    child = SessionClient(core, version="3.0").refresh(old)

    assert header(client.verify(child)["accessToken"]["token"])["version"] == "4"
    assert client.refresh(old) == {"status": "TOKEN_THEFT_DETECTED"} | {
        "session": {"handle": handle_of(old), "userId": "u1", "recipeUserId": "u1"}
    }


@pytest.mark.parametrize(
    "name", ["accessToken", "antiCsrfToken", "doAntiCsrfCheck", "enableAntiCsrf", "checkDatabase"]
)
def test_bad_input_is_refused(client: SessionClient, name: str) -> None:
    session = client.create()

    wrongs: tuple[Any, ...] = (None, 1, [], {})
    for wrong in wrongs:
        assert client.verify(session, **{name: wrong}) == (
            400,
            f"Field name '{name}' is invalid in JSON input",
        )
