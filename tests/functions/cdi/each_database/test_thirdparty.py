"""Sign-in with accounts at third parties, through the core interface, on every engine and along with foreign keys."""

from typing import Any

import pytest

from tests.core import Core
from tests.functions.cdi.tenants import say
from tests.people import People

PATH, USER, BY_EMAIL = "/recipe/signinup", "/recipe/user", "/recipe/users/by-email"
ADA, BOB = "ada@example.com", "bob@example.com"
RID = {"rid": "thirdparty"}
UNKNOWN = {"status": "UNKNOWN_THIRD_PARTY_USER_ERROR"}
NOT_ALLOWED = {
    "status": "EMAIL_CHANGE_NOT_ALLOWED_ERROR",
    "reason": "Email already associated with another primary user.",
}


@pytest.fixture(autouse=True)
def _clean(people: People) -> None:
    """Leave nobody behind."""


def sign_in(
    core: Core,
    email: str = ADA,
    *,
    at: str = "google",
    as_: str = "g1",
    verified: bool = False,
    tenant: str = "",
) -> Any:
    """Sign in or up."""
    return core.post(
        f"{tenant}{PATH}",
        thirdPartyId=at,
        thirdPartyUserId=as_,
        email={"id": email, "isVerified": verified},
    )


def find(core: Core, query: str, tenant: str = "", version: str = "5.4") -> Any:
    """Return the answer to a search for one user."""
    answer = core.call("GET", f"{tenant}{USER}?{query}", headers={**RID, "cdi-version": version})
    assert answer.status == 200, answer.text
    return answer.json


def verified(answer: Any) -> list[bool]:
    """Say of each login method whether its address is verified."""
    return [method["verified"] for method in answer["user"]["loginMethods"]]


def test_an_account_signs_up_and_then_in(core: Core, people: People) -> None:
    first, second = sign_in(core, f" {ADA.upper()}"), sign_in(core)

    assert list(first) == ["status", "createdNewUser", "user", "recipeUserId"]
    assert (first.pop("createdNewUser"), second.pop("createdNewUser")) == (True, False)
    assert first == second
    user_id = first["recipeUserId"]
    assert first["user"] == core.get("/user/id", userId=user_id)["user"]
    assert first["user"]["thirdParty"] == [{"id": "google", "userId": "g1"}]
    assert (first["user"]["emails"], verified(first)) == ([ADA], [False])
    assert people.rows("user_last_active", "user_id") == [(user_id,)]
    others = [sign_in(core, at="github"), sign_in(core, as_="g11"), sign_in(core, tenant="/t1")]
    assert [other["createdNewUser"] for other in others] == [True] * 3


def test_the_third_party_may_verify_the_address(core: Core, people: People) -> None:
    assert verified(sign_in(core)) == [False]
    answer = sign_in(core, verified=True)

    user_id = answer["recipeUserId"]
    assert verified(answer) == verified(sign_in(core)) == [True]
    assert verified(sign_in(core, as_="g2", verified=True)) == [True]
    assert people.rows("emailverification_verified_emails", "email", user_id=user_id) == [(ADA,)]


def test_a_changed_address_is_taken_over(core: Core, people: People) -> None:
    user_id = sign_in(core, verified=True)["recipeUserId"]
    elsewhere = sign_in(core, tenant="/t1")["recipeUserId"]

    moved = sign_in(core, BOB)
    assert (moved["createdNewUser"], moved["recipeUserId"], moved["user"]["emails"]) == (
        False,
        user_id,
        [BOB],
    )
    assert verified(moved) == [False]
    assert moved["user"] == core.get("/user/id", userId=user_id)["user"]
    assert people.rows("thirdparty_users", "email", user_id=elsewhere) == [(ADA,)], "another user's"
    assert verified(sign_in(core)) == [True], "verified before"
    assert verified(sign_in(core, BOB, verified=True)) == [True]
    assert people.rows("emailverification_verified_emails", "email", user_id=user_id) == [(ADA,), (BOB,)]


def test_an_address_of_another_primary_user_is_refused(core: Core, people: People) -> None:
    theirs = people.emailpassword(BOB)
    core.post("/recipe/accountlinking/user/primary", recipeUserId=theirs)
    user_id = sign_in(core)["recipeUserId"]
    assert sign_in(core, BOB)["user"]["emails"] == [BOB], "not a primary user itself"
    sign_in(core)
    core.post("/recipe/accountlinking/user/primary", recipeUserId=user_id)

    assert sign_in(core, BOB) == sign_in(core, BOB, verified=True) == NOT_ALLOWED
    assert people.rows("thirdparty_users", "email") == [(ADA,)]
    assert people.rows("emailverification_verified_emails", "email") == []
    assert sign_in(core, "free@example.com")["user"]["emails"] == ["free@example.com"]


def test_primary_users_of_other_tenants_do_not_matter(core: Core, people: People) -> None:
    theirs = people.emailpassword(BOB, "t1")
    ours = sign_in(core)["recipeUserId"]
    for user_id in (theirs, ours):
        core.post("/recipe/accountlinking/user/primary", recipeUserId=user_id)

    assert sign_in(core, BOB)["user"]["emails"] == [BOB]


def test_linked_and_mapped_users_sign_in(core: Core, people: People) -> None:
    primary, linked = people.emailpassword(ADA), sign_in(core)["recipeUserId"]
    core.post("/recipe/accountlinking/user/primary", recipeUserId=primary)
    core.post("/recipe/accountlinking/user/link", recipeUserId=linked, primaryUserId=primary)
    people.map(primary, "ext-primary")
    people.map(linked, "ext-linked")

    answer = sign_in(core, "moved@example.com", verified=True)
    assert (answer["user"]["id"], answer["recipeUserId"]) == ("ext-primary", "ext-linked")
    assert answer["user"] == core.get("/user/id", userId="ext-primary")["user"]
    assert people.rows("emailverification_verified_emails", "user_id, email") == [
        ("ext-linked", "moved@example.com")
    ]
    assert people.rows("user_last_active", "user_id") == [(primary,)]


def test_users_are_found_by_id_and_by_account(core: Core, people: People) -> None:
    user_id = sign_in(core)["recipeUserId"]
    people.map(user_id, "external")
    user = core.get("/user/id", userId="external")["user"]

    by_account = "thirdPartyId=google&thirdPartyUserId=g1"
    for query in (f"userId={user_id}", "userId=external", by_account):
        assert find(core, query) == {"status": "OK", "user": user}
    assert find(core, "userId=x") == {"status": "UNKNOWN_USER_ID_ERROR"}
    assert find(core, f"userId={people.emailpassword(BOB)}") == {"status": "UNKNOWN_USER_ID_ERROR"}
    assert find(core, by_account, "/t1") == find(core, "thirdPartyId=google&thirdPartyUserId=G1") == UNKNOWN
    assert find(core, f"thirdPartyId={'x' * 99}&thirdPartyUserId={'x' * 999}") == UNKNOWN
    assert find(core, by_account, version="3.0")["user"] == {
        "id": "external",
        "timeJoined": user["timeJoined"],
        "tenantIds": ["public"],
        "email": ADA,
        "thirdParty": {"id": "google", "userId": "g1"},
    }


def test_an_id_finds_one_login_method_and_an_account_the_whole_person(core: Core, people: People) -> None:
    primary, linked = people.emailpassword(ADA), sign_in(core)["recipeUserId"]
    core.post("/recipe/accountlinking/user/primary", recipeUserId=primary)
    core.post("/recipe/accountlinking/user/link", recipeUserId=linked, primaryUserId=primary)

    by_id = find(core, f"userId={linked}")["user"]
    whole = find(core, "thirdPartyId=google&thirdPartyUserId=g1")["user"]
    assert (by_id["id"], len(by_id["loginMethods"])) == (linked, 1)
    assert (whole["id"], len(whole["loginMethods"])) == (primary, 2)
    assert core.get(BY_EMAIL, email=ADA)["users"] == [whole]


def test_users_are_listed_by_address(core: Core, people: People) -> None:
    later, first = (
        people.third_party("google", name, ADA, time_joined=joined) for name, joined in (("b", 2), ("a", 1))
    )
    people.emailpassword(ADA)
    people.third_party("google", "c", ADA, "t1")

    found = core.get(BY_EMAIL, email=ADA.upper())
    assert [user["id"] for user in found["users"]] == [first, later]
    assert core.get(BY_EMAIL, email="x") == {"status": "OK", "users": []}
    legacy = say(core, "GET", f"{BY_EMAIL}?email={ADA}", version="3.0")["users"]
    assert [user["thirdParty"]["userId"] for user in legacy] == ["a", "b"]
    assert core.refusal("GET", BY_EMAIL) == (400, "Field name 'email' is missing in GET request")


@pytest.mark.parametrize("query", ["", "thirdPartyId=a", "thirdPartyUserId=a"])
def test_too_little_is_named(core: Core, query: str) -> None:
    assert core.refusal("GET", f"{USER}?{query}", None, RID) == (
        400,
        "Please provide one of userId or (thirdPartyId & thirdPartyUserId)",
    )


@pytest.mark.parametrize("query", ["userId=a&thirdPartyId=a", "userId=a&thirdPartyUserId=a"])
def test_too_much_is_named(core: Core, query: str) -> None:
    assert core.refusal("GET", f"{USER}?{query}", None, RID) == (
        400,
        "Please provide only one of userId or (thirdPartyId & thirdPartyUserId)",
    )


def test_what_the_recipe_does_not_have_is_refused(core: Core, people: People) -> None:
    user_id = sign_in(core)["recipeUserId"]

    assert core.refusal("GET", f"/t1{USER}?userId={user_id}", None, RID) == (
        403,
        "Only public tenantId can call this app specific API",
    )
    assert core.refusal("PUT", USER, {"recipeUserId": user_id}, RID) == (405, "Method not supported")


def test_older_versions_say_nothing_about_verification(core: Core, people: People) -> None:
    def post(version: str, email: dict[str, object]) -> Any:
        return say(
            core, "POST", PATH, version=version, thirdPartyId="google", thirdPartyUserId="g1", email=email
        )

    answer = post("3.0", {"id": ADA, "isVerified": True})
    assert answer.keys() == {"status", "createdNewUser", "user"}
    assert answer["user"]["thirdParty"] == {"id": "google", "userId": "g1"}
    assert people.rows("emailverification_verified_emails", "email") == []
    assert post("3.1", {"id": ADA, "isVerified": "junk"})["status"] == "OK"
    assert post("4.0", {"id": ADA}) == (400, "Field name 'isVerified' is invalid in JSON input")


def test_a_tenant_may_not_offer_third_parties_before_5_1(core: Core) -> None:
    core.put("/recipe/multitenancy/tenant/v2", tenantId="closed", firstFactors=["emailpassword"])
    email = {"id": ADA, "isVerified": True}
    body: dict[str, Any] = {"thirdPartyId": "google", "thirdPartyUserId": "g1", "email": email}

    refused = (403, "ThirdParty login not enabled for tenant")
    assert say(core, "POST", f"/closed{PATH}", version="4.0", **body) == refused
    assert say(core, "POST", f"/closed{PATH}", version="4.0", thirdPartyId="google")[0] == 400
    assert say(core, "POST", f"/closed{PATH}", version="5.1", **body)["status"] == "OK"
    core.post(
        "/user/remove", userId=find(core, "thirdPartyId=google&thirdPartyUserId=g1", "/closed")["user"]["id"]
    )
    core.post("/recipe/multitenancy/tenant/remove", tenantId="closed")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"thirdPartyId": None}, "Field name 'thirdPartyId' is invalid in JSON input"),
        ({"thirdPartyId": 1}, "Field name 'thirdPartyId' is invalid in JSON input"),
        ({"thirdPartyId": "x" * 29}, "Field name 'thirdPartyId' must not be longer than 28 characters"),
        ({"thirdPartyUserId": []}, "Field name 'thirdPartyUserId' is invalid in JSON input"),
        (
            {"thirdPartyUserId": "x" * 257},
            "Field name 'thirdPartyUserId' must not be longer than 256 characters",
        ),
        ({"thirdPartyUserId": "a\0"}, "Field name 'thirdPartyUserId' is invalid in JSON input"),
        ({"email": None}, "Field name 'email' is invalid in JSON input"),
        ({"email": ADA}, "Field name 'email' is invalid in JSON input"),
        ({"email": {}}, "Field name 'id' is invalid in JSON input"),
        ({"email": {"id": None, "isVerified": True}}, "Field name 'id' is invalid in JSON input"),
        (
            {"email": {"id": "x" * 257, "isVerified": True}},
            "Field name 'id' must not be longer than 256 characters",
        ),
        ({"email": {"id": ADA, "isVerified": None}}, "Field name 'isVerified' is invalid in JSON input"),
        ({"email": {"id": ADA, "isVerified": "true"}}, "Field name 'isVerified' is invalid in JSON input"),
    ],
)
def test_bad_input_is_named(core: Core, people: People, changes: dict[str, object], text: str) -> None:
    body = {
        "thirdPartyId": "google",
        "thirdPartyUserId": "g1",
        "email": {"id": ADA, "isVerified": True},
        **changes,
    }

    assert core.refusal("POST", PATH, body) == (400, text)
    assert people.rows("thirdparty_users", "user_id") == []


def test_the_longest_values_fit(core: Core) -> None:
    answer = sign_in(core, "é" * 256, at="ü" * 28, as_="📱" * 256)

    assert answer["createdNewUser"] is True
    assert sign_in(core, "é" * 256, at="ü" * 28, as_="📱" * 256)["user"] == answer["user"]
