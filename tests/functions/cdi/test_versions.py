"""Backends of different ages on one core: who speaks 3.x knows nothing of linked accounts, and gets on with them."""

import json
from typing import Any

import pytest

from tests.core import Core

ADA = {"email": "ada@example.com", "password": "pw"}
GITHUB = {
    "thirdPartyId": "github",
    "thirdPartyUserId": "ada",
    "email": {"id": "ada@example.com", "isVerified": True},
}


def say(core: Core, method: str, path: str, version: str, body: Any = None, rid: str = "") -> Any:
    """Send a request in a version; return the JSON answer."""
    content = None if body is None else json.dumps(body).encode()
    answer = core.call(method, path, body=content, headers={"cdi-version": version, "rid": rid})
    assert answer.status == 200, answer.text
    return answer.json


def link(core: Core) -> tuple[str, str]:
    """Sign somebody up with a password and at GitHub, and link both; the primary user is GitHub's."""
    password_id = core.post("/recipe/signup", **ADA)["recipeUserId"]
    primary_id = core.post("/recipe/signinup", **GITHUB)["recipeUserId"]
    core.post("/recipe/accountlinking/user/primary", recipeUserId=primary_id)
    linked = core.post("/recipe/accountlinking/user/link", recipeUserId=password_id, primaryUserId=primary_id)
    assert linked["status"] == "OK"
    return password_id, primary_id


@pytest.mark.parametrize("version", ["3.0", "3.1"])
def test_linked_people_sign_in_by_either_method(core: Core, version: str) -> None:
    password_id, primary_id = link(core)

    by_password = say(core, "POST", "/recipe/signin", version, ADA)
    by_github = say(core, "POST", "/recipe/signinup", version, GITHUB)
    assert by_password.keys() == {"status", "user"}
    assert by_password["user"].keys() == {"id", "email", "timeJoined", "tenantIds"}
    assert by_password["user"]["id"] == password_id
    assert by_github.keys() == {"status", "createdNewUser", "user"}
    assert by_github["user"].keys() == {"id", "email", "thirdParty", "timeJoined", "tenantIds"}
    assert (by_github["createdNewUser"], by_github["user"]["id"]) == (False, primary_id)


@pytest.mark.parametrize("version", ["3.0", "3.1"])
def test_linked_people_are_found_and_listed(core: Core, version: str) -> None:
    password_id, primary_id = link(core)

    for user_id, recipe in ((password_id, "emailpassword"), (primary_id, "thirdparty")):
        found = say(core, "GET", f"/recipe/user?userId={user_id}", version, rid=recipe)
        assert (found["status"], found["user"]["id"]) == ("OK", user_id)
    (listed,) = say(core, "GET", "/users", version)["users"]
    assert listed.keys() == {"recipeId", "user"}
    assert (listed["recipeId"], listed["user"]["id"]) in {
        ("emailpassword", password_id),
        ("thirdparty", primary_id),
    }


def test_sessions_of_linked_people_are_the_person_s_in_every_version(core: Core) -> None:
    password_id, primary_id = link(core)
    body = {"userId": password_id, "enableAntiCsrf": False, "userDataInJWT": {}, "userDataInDatabase": {}}

    old = say(core, "POST", "/recipe/session", "3.0", body)["session"]
    assert old["userId"] == primary_id
    assert "recipeUserId" not in old
    new = say(core, "POST", "/recipe/session", "4.0", body)["session"]
    assert (new["userId"], new["recipeUserId"]) == (primary_id, password_id)
    handles = say(core, "GET", f"/recipe/session/user?userId={primary_id}", "3.0")["sessionHandles"]
    assert sorted(handles) == sorted([old["handle"], new["handle"]])


def test_what_one_version_writes_every_other_shows(core: Core) -> None:
    made = say(core, "POST", "/recipe/signup", "3.0", ADA)["user"]

    whole = say(core, "POST", "/recipe/signin", "5.4", ADA)
    assert whole["recipeUserId"] == whole["user"]["id"] == made["id"]
    assert whole["user"]["webauthn"] == {"credentialIds": []}
    for version, has_webauthn in (("4.0", False), ("5.2", False), ("5.3", True)):
        user = say(core, "GET", f"/user/id?userId={made['id']}", version)["user"]
        assert ("webauthn" in user) is has_webauthn
        assert user["loginMethods"][0]["timeJoined"] == made["timeJoined"]
