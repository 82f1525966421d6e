"""What goes with a user, through the core interface, on every engine and along with SuperTokens' foreign keys."""

from typing import Any

import pytest

from tests.api import Api
from tests.core import Core
from tests.functions.test_main_flow import sign_in
from tests.houses import ADA, BOB, LAPTOP, Home
from tests.people import People

OK = {"status": "OK"}


def remove(core: Core, user_id: str, *, alone: bool = False) -> None:
    """Remove a user, or one login method."""
    body: dict[str, Any] = {"userId": user_id, **({"removeAllLinkedAccounts": False} if alone else {})}
    assert core.post("/user/remove", **body) == OK


def link(core: Core, primary: str, *others: str) -> None:
    """Link login methods."""
    core.post("/recipe/accountlinking/user/primary", recipeUserId=primary)
    for other in others:
        assert core.post("/recipe/accountlinking/user/link", recipeUserId=other, primaryUserId=primary)[
            "user"
        ]


def test_everything_goes_from_every_table_and_tenant(core: Core, people: People) -> None:
    users = [
        people.emailpassword("a@example.com", "public", "t1"),
        people.third_party("google", "g1", "b@example.com", "t1"),
        people.passwordless("c@example.com", "+491", "public", "t1"),
    ]
    people.insert(
        "emailpassword_pswd_reset_tokens", user_id=users[0], token="t", token_expiry=2**41, email="a"
    )
    for user in users:
        people.give_everything(user)
        people.give_session(user, "t1")
        people.give_verification_token(user, "t1")
        people.be_active(user, 1)
    people.map(users[1], "external")
    people.give_everything("external", "t1")

    for user in (users[0], "external", users[2]):
        remove(core, user)

    assert people.counts() == {}


def test_linked_login_methods_go_together_whichever_is_named(core: Core, people: People) -> None:
    for named in range(3):
        users = [
            people.emailpassword("a@example.com"),
            people.third_party("google", "g1", "b@example.com", "t1"),
            people.passwordless(None, "+491"),
        ]
        link(core, users[0], *users[1:])
        people.map(users[1], "external")
        for user in (users[0], "external", users[2]):
            people.give_everything(user)
        people.give_device("public", phone_number="+491")

        remove(core, users[named])

        assert people.counts() == {}


def test_others_stay(core: Core, people: People) -> None:
    ada, bob = people.emailpassword("a@example.com"), people.passwordless("b@example.com", None)
    people.give_everything(bob)
    people.give_device("public", email="b@example.com")
    before = people.counts()
    people.give_device("public", email="a@example.com")

    remove(core, ada)
    remove(core, "unknown")
    remove(core, "")

    after = {**before, "passwordless_devices": 2, "passwordless_codes": 2}
    for table in ("app_id_to_user_id", "all_auth_recipe_users"):
        after[table] -= 1
    assert people.counts() == {
        table: count for table, count in after.items() if not table.startswith("emailpassword")
    }


def test_devices_of_a_codes_user_go_where_they_sign_in(core: Core, people: People) -> None:
    user = people.passwordless("a@example.com", "+491", "public")
    people.give_device("public", email="a@example.com")
    people.give_device("public", phone_number="+491")
    people.give_device("t1", email="a@example.com")
    people.give_device("public", email="other@example.com")

    remove(core, user)

    assert people.rows("passwordless_devices", "tenant_id, email") == [
        ("public", "other@example.com"),
        ("t1", "a@example.com"),
    ]
    assert len(people.rows("passwordless_codes", "code_id")) == 2


def test_linked_login_method_goes_alone_with_what_is_its_own(core: Core, people: People) -> None:
    primary = people.emailpassword("a@example.com", time_joined=5)
    linked = people.third_party("google", "g1", "b@example.com", time_joined=3)
    link(core, primary, linked)
    people.map(linked, "external")
    people.give_everything(primary)
    people.give_everything("external")
    people.be_active("external", 1)

    remove(core, "external", alone=True)

    user = core.get("/user/id", userId=primary)["user"]
    assert (len(user["loginMethods"]), user["isPrimaryUser"]) == (1, True)
    assert people.rows("user_metadata", "user_id") == people.rows("session_info", "user_id") == [(primary,)]
    assert (
        people.rows("userid_mapping", "external_user_id") == people.rows("thirdparty_users", "user_id") == []
    )
    assert people.rows("user_last_active", "user_id") == [(primary,)]
    assert people.rows("all_auth_recipe_users", "primary_or_recipe_user_time_joined") == [(5,)]
    assert core.get("/user/id", userId="external") == {"status": "UNKNOWN_USER_ID_ERROR"}


def test_primary_users_own_login_method_leaves_their_id_and_data_to_the_others(
    core: Core, people: People
) -> None:
    primary = people.emailpassword("a@example.com", time_joined=1)
    linked = people.passwordless("b@example.com", None, time_joined=2)
    link(core, primary, linked)
    people.map(primary, "external")
    people.give_everything("external")

    remove(core, primary, alone=True)

    user = core.get("/user/id", userId="external")["user"]
    assert (user["id"], user["isPrimaryUser"], user["timeJoined"]) == ("external", True, 2)
    assert [method["recipeUserId"] for method in user["loginMethods"]] == [linked]
    assert people.rows("user_metadata", "user_id") == people.rows("user_roles", "user_id") == [("external",)]
    assert core.get("/users")["users"] == [user]

    remove(core, primary, alone=True)
    assert people.counts() == {}, "the last login method goes, even if it is not the one that is named"


def test_last_login_method_takes_the_primary_users_id_along(core: Core, people: People) -> None:
    primary = people.emailpassword("a@example.com")
    linked = people.passwordless("b@example.com", None)
    link(core, primary, linked)
    people.give_everything(primary)
    people.give_everything(linked)

    remove(core, primary, alone=True)
    remove(core, linked, alone=True)

    assert people.counts() == {}


def test_only_login_methods_go_if_the_external_id_is_anothers_own(core: Core, people: People) -> None:
    ada, bob = people.emailpassword("a@example.com"), people.emailpassword("b@example.com")
    people.map(ada, bob)
    people.give_everything(bob)
    people.be_active(ada, 1)

    remove(core, ada)

    assert (
        people.rows("emailpassword_users", "user_id") == people.rows("user_metadata", "user_id") == [(bob,)]
    )
    assert (
        people.rows("userid_mapping", "external_user_id") == people.rows("user_last_active", "user_id") == []
    )
    assert len(people.rows("session_info", "user_id")) == 1


def test_data_under_an_id_that_stands_for_another_stays(core: Core, people: People) -> None:
    ada, bob = people.emailpassword("a@example.com"), people.emailpassword("b@example.com")
    people.map(ada, bob)
    people.give_everything(bob)

    remove(core, bob)

    assert people.rows("emailpassword_users", "user_id") == [(ada,)]
    assert people.rows("user_metadata", "user_id") == [(bob,)]
    assert core.get("/user/id", userId=bob)["user"]["emails"] == ["a@example.com"]


def test_entry_in_the_directory_goes_with_the_last_login_method(
    core: Core, api: Api, home: Home, people: People
) -> None:
    sign_in(api, home, ADA)
    bob = sign_in(api, home, BOB)
    home.house.identity.login(BOB, LAPTOP)
    user_id = core.get("/users/by-accountinfo", email=BOB, doUnionOfAccountInfo="true")["users"][0]["id"]
    other = people.emailpassword(BOB)
    link(core, user_id, other)

    remove(core, other, alone=True)
    assert api.call("GET", "/session", bearer=bob["session_token"]).status == 200

    remove(core, user_id)
    assert api.call("GET", "/session", bearer=bob["session_token"]).status == 401
    assert people.rows("users", "email") == [(ADA,)]
    assert people.rows("passwordless_devices", "email") == []
    assert sign_in(api, home, BOB)["user"]["email"] == BOB


@pytest.mark.parametrize(
    "body", [{}, {"userId": None}, {"userId": 1}, {"userId": ["a"]}, {"userId": "a\x00"}]
)
def test_ids_that_are_no_text_are_named(core: Core, body: dict[str, Any]) -> None:
    assert core.refusal("POST", "/user/remove", body) == (400, "Field name 'userId' is invalid in JSON input")


@pytest.mark.parametrize("value", [None, "true", 1, {}])
def test_flag_must_be_one(core: Core, value: Any) -> None:
    assert core.refusal("POST", "/user/remove", {"userId": "a", "removeAllLinkedAccounts": value}) == (
        400,
        "Field name 'removeAllLinkedAccounts' is invalid in JSON input",
    )
