"""Logins on an adopted MySQL database that takes texts for one that differ by case or accents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.core import Core
from tests.databases import FreshDatabase
from tests.houses import Home, open_house
from tests.people import People, make_adopted_database

PLAIN, ACCENTED = "eve@example.com", "ève@example.com"


@pytest.fixture
def home(fresh_database_url: FreshDatabase, tmp_path: Path) -> Iterator[Home]:
    """A house on such a database."""
    url = make_adopted_database("mariadb", fresh_database_url)
    home = open_house(url, tmp_path / "mailbox.jsonl")
    yield home
    home.close()


def code_for(core: Core, email: str) -> dict[str, str]:
    """Ask for a code; return what opens its link."""
    code = core.post("/recipe/signinup/code", email=email)
    return {name: code[name] for name in ("preAuthSessionId", "linkCode")}


def sign_in(core: Core, third_party_user_id: str) -> dict[str, Any]:
    """Return the body of somebody's sign-in."""
    return {
        "thirdPartyId": "google",
        "thirdPartyUserId": third_party_user_id,
        "email": {"id": PLAIN, "isVerified": True},
    }


def test_nobody_signs_in_with_a_code_sent_to_somebody_else(core: Core) -> None:
    core.post("/recipe/signinup/code/consume", **code_for(core, PLAIN))
    waiting = code_for(core, PLAIN)

    answer = core.post("/recipe/signinup/code/consume", **code_for(core, ACCENTED))
    assert answer == {"status": "RESTART_FLOW_ERROR"}, "the database cannot hold both"
    assert core.post("/recipe/signinup/code/check", **waiting)["status"] == "OK", "not one of theirs"
    assert core.get("/recipe/signinup/codes", email=ACCENTED)["devices"] != []
    assert len(core.get("/recipe/signinup/codes", email=PLAIN)["devices"]) == 1
    core.post("/recipe/signinup/codes/remove", email=ACCENTED)
    assert core.post("/recipe/signinup/code/check", **waiting)["status"] == "OK"


def test_addresses_that_look_the_same_cannot_be_taken_over(core: Core, home: Home) -> None:
    people = People(home.house.database)
    people.passwordless(PLAIN, None)
    other = people.passwordless("other@example.com", None)

    answer = core.put("/recipe/user", rid="passwordless", recipeUserId=other, email=ACCENTED)
    assert answer == {"status": "EMAIL_ALREADY_EXISTS_ERROR"}
    found = core.call("GET", f"/recipe/user?email={ACCENTED}", headers={"rid": "passwordless"}).json
    assert found == {"status": "UNKNOWN_EMAIL_ERROR"}


def test_nobody_signs_in_as_an_account_that_looks_the_same(core: Core) -> None:
    assert core.post("/recipe/signinup", **sign_in(core, "g1"))["createdNewUser"] is True

    status, text = core.refusal("POST", "/recipe/signinup", sign_in(core, "G1"))
    assert (status, text) == (400, "Another user's thirdPartyUserId is the same to the database")
    query = "/recipe/user?thirdPartyId=google&thirdPartyUserId=G1"
    assert core.call("GET", query, headers={"rid": "thirdparty"}).json == {
        "status": "UNKNOWN_THIRD_PARTY_USER_ERROR"
    }
