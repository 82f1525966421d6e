"""Users who sign in with codes, through the core interface, on every engine and along with foreign keys."""

import json
from typing import Any

import pytest

from tests.core import Core
from tests.people import People

PATH = "/recipe/user"
RID = {"rid": "passwordless"}
ADA, BOB, NUMBER, OTHER = "ada@example.com", "bob@example.com", "+491701234567", "+491701234568"
OK = {"status": "OK"}
UNKNOWN = {"status": "UNKNOWN_USER_ID_ERROR"}
ONE_OF_THREE = (400, "Please provide exactly one of userId, email or phoneNumber")
NOTHING_LEFT = (400, "You cannot clear both email and phone number of a user")


def find(core: Core, query: str, tenant: str = "", version: str = "5.4") -> Any:
    """Return the answer to a search for one user."""
    answer = core.call("GET", f"{tenant}{PATH}?{query}", headers={**RID, "cdi-version": version})
    assert answer.status == 200, answer.text
    return answer.json


def change(core: Core, user_id: str, **changes: str | None) -> Any:
    """Give somebody another address or number."""
    return core.put(PATH, rid="passwordless", recipeUserId=user_id, **changes)


def refused(core: Core, body: object, version: str = "5.4") -> tuple[int, str]:
    """Return how a change is refused."""
    return core.refusal("PUT", PATH, body, {**RID, "cdi-version": version})


def contacts(people: People, user_id: str) -> list[tuple[Any, ...]]:
    """Return what somebody signs in with: once for the app, and once for each tenant."""
    return [
        *people.rows("passwordless_users", "email, phone_number", user_id=user_id),
        *people.rows("passwordless_user_to_tenant", "email, phone_number", user_id=user_id),
    ]


def test_users_are_found_by_id_address_and_number(core: Core, people: People) -> None:
    user_id = people.passwordless(ADA, NUMBER)
    people.map(user_id, "external")

    user = core.get("/user/id", userId="external")["user"]
    for query in (
        f"userId={user_id}", "userId=external", "email=%20ADA@Example.com", "phoneNumber=%2B49-170-1234567"
    ):  # fmt: skip
        assert find(core, query) == {"status": "OK", "user": user}
    assert find(core, "userId=x") == UNKNOWN
    assert find(core, f"email={BOB}") == {"status": "UNKNOWN_EMAIL_ERROR"}
    assert find(core, "phoneNumber=%2B4930123") == {"status": "UNKNOWN_PHONE_NUMBER_ERROR"}
    assert find(core, f"email={ADA}", "/t1") == {"status": "UNKNOWN_EMAIL_ERROR"}
    assert find(core, "phoneNumber=%2B491701234567", "/t1") == {"status": "UNKNOWN_PHONE_NUMBER_ERROR"}
    assert find(core, f"userId={user_id}", version="3.0")["user"] == {
        "id": "external", "timeJoined": 1_000, "tenantIds": ["public"], "email": ADA, "phoneNumber": NUMBER
    }  # fmt: skip


def test_other_recipes_have_other_users(core: Core, people: People) -> None:
    other = people.emailpassword(ADA)

    assert find(core, f"userId={other}") == UNKNOWN
    assert find(core, f"email={ADA}") == {"status": "UNKNOWN_EMAIL_ERROR"}
    assert change(core, other, email=BOB) == UNKNOWN


def test_an_id_finds_one_login_method_and_an_address_the_whole_person(core: Core, people: People) -> None:
    primary, linked = people.emailpassword(ADA), people.passwordless(ADA, None)
    core.post("/recipe/accountlinking/user/primary", recipeUserId=primary)
    core.post("/recipe/accountlinking/user/link", recipeUserId=linked, primaryUserId=primary)

    by_id, by_email = find(core, f"userId={linked}")["user"], find(core, f"email={ADA}")["user"]
    assert (by_id["id"], by_id["isPrimaryUser"], len(by_id["loginMethods"])) == (linked, True, 1)
    assert (by_email["id"], len(by_email["loginMethods"])) == (primary, 2)


@pytest.mark.parametrize("query", ["", "userId=a&email=b", "email=a&phoneNumber=b", "userId=a&phoneNumber=b"])
def test_one_thing_is_asked_for(core: Core, query: str) -> None:
    assert core.refusal("GET", f"{PATH}?{query}", None, RID) == ONE_OF_THREE


def test_ids_are_the_apps_own(core: Core, people: People) -> None:
    user_id = people.passwordless(ADA, None)
    refusal = (403, "Only public tenantId can call this app specific API")

    assert core.refusal("GET", f"/t1{PATH}?userId={user_id}", None, RID) == refusal
    assert core.refusal("PUT", f"/t1{PATH}", {"recipeUserId": user_id}, RID) == refusal
    assert find(core, f"userId={user_id}", "/t1", version="4.0")["status"] == "OK"


def test_addresses_and_numbers_change_in_every_tenant(core: Core, people: People) -> None:
    user_id = people.passwordless(ADA, None, "public", "t1")
    people.map(user_id, "external")

    assert change(core, "external", email=f" {BOB.upper()}", phoneNumber="+49 (170) 1234567") == OK
    assert contacts(people, user_id) == [(BOB, NUMBER)] * 3
    assert change(core, user_id, email=None, phoneNumber=OTHER) == OK
    assert contacts(people, user_id) == [(None, OTHER)] * 3
    assert change(core, user_id, email=ADA, phoneNumber=None) == OK
    assert change(core, user_id) == change(core, user_id, email=ADA, phoneNumber=None) == OK
    assert contacts(people, user_id) == [(ADA, None)] * 3
    assert find(core, f"email={ADA}", "/t1")["user"]["id"] == "external"


def test_something_stays_to_sign_in_with(core: Core, people: People) -> None:
    by_email, by_number, both = (
        people.passwordless(ADA, None), people.passwordless(None, NUMBER), people.passwordless(BOB, OTHER)
    )  # fmt: skip

    for user_id, changes in (
        (by_email, {"email": None}),
        (by_number, {"phoneNumber": None}),
        (both, {"email": None, "phoneNumber": None}),
    ):
        assert refused(core, {"recipeUserId": user_id, **changes}) == NOTHING_LEFT
    assert contacts(people, both) == [(BOB, OTHER)] * 2


def test_what_another_user_of_a_shared_tenant_has_is_taken(core: Core, people: People) -> None:
    user_id = people.passwordless(ADA, None, "public", "t1")
    people.passwordless(BOB, NUMBER, "t1")
    people.emailpassword("third@example.com")
    alone = people.passwordless("alone@example.com", None)

    assert change(core, user_id, email=BOB, phoneNumber="+4930123") == {
        "status": "EMAIL_ALREADY_EXISTS_ERROR"
    }
    assert change(core, user_id, email="x@example.com", phoneNumber=NUMBER) == {
        "status": "PHONE_NUMBER_ALREADY_EXISTS_ERROR"
    }
    assert contacts(people, user_id) == [(ADA, None)] * 3, "all or nothing"
    assert change(core, user_id, email="third@example.com") == OK, "another recipe's"
    assert change(core, alone, email=BOB, phoneNumber=NUMBER) == OK, "another tenant's"


def test_what_another_primary_user_has_is_not_allowed(core: Core, people: People) -> None:
    ours, theirs = people.passwordless(ADA, None, "public", "t1"), people.emailpassword(BOB, "t1")
    by_number = people.passwordless(None, NUMBER, "t1")
    for user_id in (theirs, by_number):
        core.post("/recipe/accountlinking/user/primary", recipeUserId=user_id)
    assert change(core, ours, email=BOB) == OK, "not a primary user itself"
    assert change(core, ours, email=ADA) == OK
    core.post("/recipe/accountlinking/user/primary", recipeUserId=ours)

    assert change(core, ours, email=BOB) == {
        "status": "EMAIL_CHANGE_NOT_ALLOWED_ERROR",
        "reason": "New email is associated with another primary user ID",
    }
    assert change(core, ours, phoneNumber="+49-170-1234567") == {
        "status": "PHONE_NUMBER_CHANGE_NOT_ALLOWED_ERROR",
        "reason": "New phone number is associated with another primary user ID",
    }
    assert contacts(people, ours) == [(ADA, None)] * 3
    elsewhere = people.passwordless("else@example.com", None)
    core.post("/recipe/accountlinking/user/primary", recipeUserId=elsewhere)
    assert change(core, elsewhere, email=BOB) == OK, "no tenant is shared"


def test_codes_to_the_old_and_the_new_contact_are_gone(core: Core, people: People) -> None:
    user_id = people.passwordless(ADA, NUMBER, "public", "t1")

    def ask(tenant: str = "", **to: str) -> None:
        core.post(f"{tenant}/recipe/signinup/code", **to)

    for tenant in ("", "/t1"):
        for to in ({"email": ADA}, {"email": BOB}, {"phoneNumber": NUMBER}, {"phoneNumber": OTHER}):
            ask(tenant, **to)
    assert change(core, user_id, email=BOB) == OK
    assert people.rows("passwordless_devices", "phone_number") == [(NUMBER,)] * 2 + [(OTHER,)] * 2
    assert len(people.rows("passwordless_codes", "code_id")) == 4
    assert change(core, user_id, phoneNumber=None) == OK
    assert people.rows("passwordless_devices", "phone_number") == [(OTHER,)] * 2
    assert len(people.rows("passwordless_codes", "code_id")) == 2


def test_a_changed_address_is_not_verified(core: Core, people: People) -> None:
    user_id = people.passwordless(None, NUMBER)
    assert find(core, f"userId={user_id}")["user"]["loginMethods"][0]["verified"] is True

    change(core, user_id, email=ADA)
    assert find(core, f"userId={user_id}")["user"]["loginMethods"][0]["verified"] is False


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "recipeUserId"),
        ({"recipeUserId": None}, "recipeUserId"),
        ({"recipeUserId": 1}, "recipeUserId"),
        ({"recipeUserId": "u", "email": 1}, "email"),
        ({"recipeUserId": "u", "email": ["a"]}, "email"),
        ({"recipeUserId": "u", "phoneNumber": {}}, "phoneNumber"),
        ({"recipeUserId": "u", "email": "a\0"}, "email"),
    ],
)
def test_bad_changes_are_named(core: Core, body: object, name: str) -> None:
    assert refused(core, body) == (400, f"Field name '{name}' is invalid in JSON input")


def test_unknown_users_and_long_values_are_told(core: Core, people: People) -> None:
    assert change(core, "x", email=None, phoneNumber=None) == change(core, "x" * 10_000, email=ADA) == UNKNOWN
    assert refused(core, {"recipeUserId": "u", "email": "x" * 257}) == (
        400,
        "Field name 'email' must not be longer than 256 characters",
    )
    assert refused(core, {"recipeUserId": "u", "phoneNumber": "x" * 257}) == (
        400,
        "Field name 'phoneNumber' must not be longer than 256 characters",
    )
    assert refused(core, {"recipeUserId": "u"}, "3.1") == (
        400,
        "Field name 'userId' is invalid in JSON input",
    )
    user_id = people.passwordless(ADA, None)
    body = json.dumps({"userId": user_id, "email": BOB}).encode()
    assert core.call("PUT", PATH, body=body, headers={**RID, "cdi-version": "3.1"}).json == OK
    assert contacts(people, user_id) == [(BOB, None)] * 2
