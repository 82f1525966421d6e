"""Sessions are opened, for anybody and in any tenant; on every engine."""

import json
from typing import Any

import pytest

from gatehouse.crypto.identifiers import sha256_hex
from tests.core import Core
from tests.functions.cdi.sessions import (
    DAYS_100_MS,
    HOUR_MS,
    MISSING,
    PROTECTED,
    SessionClient,
    access_claims,
    claims,
    handle_of,
    hash2_of,
    header,
    link,
    stored,
)
from tests.functions.cdi.tenants import APP, make_tenants
from tests.houses import Home
from tests.people import People


def test_session_has_its_members_in_order(client: SessionClient, home: Home) -> None:
    before_ms = home.clock()
    answer = client.create(userDataInJWT={"k": "ü"}, userDataInDatabase={"d": [1]})

    assert list(answer) == ["session", "accessToken", "refreshToken", "status"]
    assert list(answer["session"].items())[1:] == [
        ("userId", "u1"),
        ("recipeUserId", "u1"),
        ("userDataInJWT", {"k": "ü"}),
        ("tenantId", "public"),
    ]
    access, refresh = answer["accessToken"], answer["refreshToken"]
    assert access["createdTime"] % 1000 == access["expiry"] % 1000 == 0
    assert access["expiry"] - access["createdTime"] in {HOUR_MS - 1000, HOUR_MS, HOUR_MS + 1000}
    assert refresh["expiry"] - refresh["createdTime"] == DAYS_100_MS
    assert before_ms <= refresh["createdTime"] <= home.clock()


def test_access_token_belongs_to_the_refresh_token(client: SessionClient) -> None:
    answer = client.create(userDataInJWT={"role": "admin"})
    token = answer["accessToken"]["token"]

    assert header(token) == {
        "kid": header(token)["kid"],
        "typ": "JWT",
        "version": "5",
        "alg": "RS256",
    }
    assert header(token)["kid"].startswith("d-")
    assert claims(token) == {
        "iat": answer["accessToken"]["createdTime"] // 1000,
        "exp": answer["accessToken"]["expiry"] // 1000,
        "sub": "u1",
        "tId": "public",
        "rsub": "u1",
        "sessionHandle": handle_of(answer),
        "refreshTokenHash1": sha256_hex(answer["refreshToken"]["token"]),
        "parentRefreshTokenHash1": None,
        "antiCsrfToken": None,
        "role": "admin",
    }


def test_row_holds_the_hash_of_the_hash(client: SessionClient, home: Home) -> None:
    answer = client.create()

    assert stored(home, handle_of(answer)) == (
        hash2_of(answer),
        answer["refreshToken"]["expiry"],
        False,
    )


def test_anti_csrf_token_is_made_on_request(client: SessionClient) -> None:
    answer = client.create(enableAntiCsrf=True)

    assert list(answer) == ["session", "accessToken", "refreshToken", "antiCsrfToken", "status"]
    assert access_claims(answer)["antiCsrfToken"] == answer["antiCsrfToken"]


def test_static_key_signs_if_the_dynamic_one_is_declined(client: SessionClient, home: Home) -> None:
    answer = client.create(useDynamicSigningKey=False)

    assert header(answer["accessToken"]["token"])["kid"].startswith("s-")
    assert stored(home, handle_of(answer))[2] is True
    assert header(client.create(useDynamicSigningKey=True)["accessToken"]["token"])["kid"].startswith("d-")


def test_handle_names_the_tenant(client: SessionClient, core: Core) -> None:
    make_tenants(core, "t1")
    answer = SessionClient(core, "/t1").create()

    assert handle_of(answer)[36:] == "_t1"
    assert (answer["session"]["tenantId"], access_claims(answer)["tId"]) == ("t1", "t1")
    assert client.get(handle_of(answer))["tenantId"] == "t1"
    assert client.verify(answer, checkDatabase=True)["session"]["tenantId"] == "t1"
    assert client.refresh(answer)["session"]["tenantId"] == "t1"


def test_unknown_tenant_is_refused(core: Core) -> None:
    assert SessionClient(core, "/nowhere").create() == (
        400,
        "AppId or tenantId not found => Tenant with the following connectionURIDomain, appId and tenantId "
        "combination not found: (, public, nowhere)",
    )


@pytest.mark.parametrize("version", ["3.0", "3.1"])
def test_old_versions_know_no_recipe_user(core: Core, version: str) -> None:
    answer = SessionClient(core, version=version).create(userDataInJWT={"rsub": "theirs"})

    assert list(answer["session"]) == ["handle", "userId", "userDataInJWT", "tenantId"]
    assert header(answer["accessToken"]["token"])["version"] == "4"
    assert access_claims(answer)["rsub"] == "theirs"


@pytest.mark.parametrize("name", ["sub", "exp", "iat", "tId", "rsub", "sessionHandle", "antiCsrfToken"])
def test_claims_of_the_session_are_protected(client: SessionClient, name: str) -> None:
    assert client.create(userDataInJWT={name: 1}) == (400, PROTECTED)


def test_user_ids_are_shown_as_the_outside_knows_them(client: SessionClient, people: People) -> None:
    recipe_user, primary = people.emailpassword("a@example.com"), people.emailpassword("b@example.com")
    people.map(recipe_user, "ext-recipe")
    people.map(primary, "ext-primary")
    link(people, recipe_user, primary)

    for given in (recipe_user, "ext-recipe"):
        answer = client.create(given)
        assert (answer["session"]["userId"], answer["session"]["recipeUserId"]) == (
            "ext-primary",
            "ext-recipe",
        )
        assert (access_claims(answer)["sub"], access_claims(answer)["rsub"]) == (
            "ext-primary",
            "ext-recipe",
        )
        assert [client.get(handle_of(answer))[name] for name in ("userId", "recipeUserId")] == [
            "ext-primary",
            "ext-recipe",
        ]
    assert {row[0] for row in people.rows("session_info", "user_id")} == {"ext-recipe"}
    assert [row[0] for row in people.rows("user_last_active", "user_id")] == [primary]


def test_anybody_may_have_a_session(client: SessionClient, people: People) -> None:
    for user_id in ("", "ünknown", "x" * 128):
        assert client.create(user_id)["session"]["userId"] == user_id
    assert len(people.rows("user_last_active", "user_id")) == 3


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"userId": None}, "Field name 'userId' is invalid in JSON input"),
        ({"userId": 1}, "Field name 'userId' is invalid in JSON input"),
        ({"userId": "x" * 129}, "Field name 'userId' must not be longer than 128 characters"),
        ({"userId": "a\x00b"}, "Field name 'userId' is invalid in JSON input"),
        ({"enableAntiCsrf": "true"}, "Field name 'enableAntiCsrf' is invalid in JSON input"),
        ({"userDataInJWT": None}, "Field name 'userDataInJWT' is invalid in JSON input"),
        ({"userDataInJWT": "{}"}, "Field name 'userDataInJWT' is invalid in JSON input"),
        ({"userDataInDatabase": []}, "Field name 'userDataInDatabase' is invalid in JSON input"),
        ({"useDynamicSigningKey": None}, "Field name 'useDynamicSigningKey' is invalid in JSON input"),
        ({"useDynamicSigningKey": 0}, "Field name 'useDynamicSigningKey' is invalid in JSON input"),
    ],
)
def test_bad_input_is_refused(client: SessionClient, changes: dict[str, Any], text: str) -> None:
    assert client.create(**changes) == (400, text)


def test_what_no_encoding_holds_is_kept(client: SessionClient) -> None:
    payload = {"half": "\ud800", "nul": "\x00", "null": None, "big": 10**40, "deep": {"a": [1.5, True]}}
    answer = client.create(userDataInJWT=payload, userDataInDatabase=payload)

    assert access_claims(answer)["half"] == "\ud800"
    found = client.get(handle_of(answer))
    assert found["userDataInJWT"] == found["userDataInDatabase"] == payload
    assert "accessToken" not in client.verify(answer, checkDatabase=True)


@pytest.mark.parametrize("name", ["userDataInJWT", "userDataInDatabase"])
def test_what_a_column_does_not_hold_is_refused(client: SessionClient, home: Home, name: str) -> None:
    longest = home.house.database.dialect.longest_text
    changes: dict[str, Any] = {name: {"k": "x" * 70_000}}
    answer = client.create(**changes)

    if longest is None:
        assert answer["status"] == "OK"
    else:
        assert answer == (400, f"Field name '{name}' must not be longer than {longest} bytes of JSON")


def test_lifetimes_are_told_to_old_clients(core: Core) -> None:
    assert core.post("/recipe/handshake") == {
        "status": "OK",
        "accessTokenBlacklistingEnabled": False,
        "accessTokenValidity": HOUR_MS,
        "refreshTokenValidity": DAYS_100_MS,
    }


def test_lifetimes_are_those_of_the_app(core: Core, home: Home) -> None:
    core.put(APP, appId="a1", coreConfig={"access_token_validity": 10, "refresh_token_validity": 1.5})
    client = SessionClient(core, "/appid-a1")
    session = client.create()

    assert session["refreshToken"]["expiry"] - session["refreshToken"]["createdTime"] == 90_000
    assert session["accessToken"]["expiry"] - session["accessToken"]["createdTime"] in {9_000, 10_000, 11_000}
    home.clock.advance(seconds=12)
    assert client.verify(session)["message"] == "Access token expired"
    home.clock.advance(seconds=80)
    assert client.refresh(session)["status"] == "UNAUTHORISED"


def test_apps_do_not_see_each_other(core: Core, client: SessionClient, people: People) -> None:
    core.put(APP, appId="a1")
    other = SessionClient(core, "/appid-a1")
    session = other.create()

    assert client.get(handle_of(session)) == MISSING
    assert client.of_user("u1") == client.remove(sessionHandles=[handle_of(session)]) == []
    assert client.remove(userId="u1") == []
    assert other.verify(session, checkDatabase=True)["status"] == "OK"
    assert json.dumps(people.rows("session_info", "app_id")) == '[["a1"]]'
