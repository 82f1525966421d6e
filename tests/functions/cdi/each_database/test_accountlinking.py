"""Primary users and linked login methods through the core interface, on every kind of database."""

from typing import Any

import pytest

from tests.core import Core
from tests.houses import Home
from tests.people import People

TAKEN = "ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR"
LINKED = "RECIPE_USER_ID_ALREADY_LINKED_WITH_PRIMARY_USER_ID_ERROR"
LINKED_ELSEWHERE = "RECIPE_USER_ID_ALREADY_LINKED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR"
NOT_PRIMARY = {"status": "INPUT_USER_IS_NOT_A_PRIMARY_USER"}
UNKNOWN = (400, "Unknown user ID provided")


def check_primary(core: Core, user_id: str) -> Any:
    """Ask whether somebody could become a primary user."""
    return core.get("/recipe/accountlinking/user/primary/check", recipeUserId=user_id)


def make_primary(core: Core, user_id: str) -> Any:
    """Make somebody a primary user."""
    return core.post("/recipe/accountlinking/user/primary", recipeUserId=user_id)


def check_link(core: Core, user_id: str, primary: str) -> Any:
    """Ask whether somebody could be linked."""
    return core.get("/recipe/accountlinking/user/link/check", recipeUserId=user_id, primaryUserId=primary)


def link(core: Core, user_id: str, primary: str) -> Any:
    """Link somebody to a primary user."""
    return core.post("/recipe/accountlinking/user/link", recipeUserId=user_id, primaryUserId=primary)


def unlink(core: Core, user_id: str) -> tuple[bool, bool]:
    """Unlink somebody; return whether they were linked, and whether they were removed."""
    answer = core.post("/recipe/accountlinking/user/unlink", recipeUserId=user_id)
    assert answer.keys() == {"status", "wasLinked", "wasRecipeUserDeleted"}
    return answer["wasLinked"], answer["wasRecipeUserDeleted"]


def user(core: Core, user_id: str) -> Any:
    """Return a user."""
    return core.get("/user/id", userId=user_id)["user"]


def ids_of_methods(answer: Any) -> list[str]:
    """Return the ids of a user's login methods."""
    return [method["recipeUserId"] for method in answer["loginMethods"]]


def taken(what: str, by: str) -> dict[str, str]:
    """Return the answer that another primary user has something."""
    return {
        "status": TAKEN,
        "primaryUserId": by,
        "description": f"This user's {what} is already associated with another user ID",
    }


class TestPrimary:
    """Becoming a primary user."""

    def test_somebody_becomes_one_once(self, core: Core, people: People) -> None:
        ada = people.emailpassword("a@example.com", time_joined=7)
        people.map(ada, "external")

        assert check_primary(core, ada) == {"status": "OK", "wasAlreadyAPrimaryUser": False}
        first, again = make_primary(core, "external"), make_primary(core, ada)

        assert (first["wasAlreadyAPrimaryUser"], again["wasAlreadyAPrimaryUser"]) == (False, True)
        assert first["user"] == again["user"] == user(core, ada)
        assert (first["user"]["id"], first["user"]["isPrimaryUser"]) == ("external", True)
        assert check_primary(core, "external") == {"status": "OK", "wasAlreadyAPrimaryUser": True}

    def test_whoever_is_linked_cannot(self, core: Core, people: People) -> None:
        primary, linked = people.emailpassword("a@example.com"), people.emailpassword("b@example.com")
        people.map(primary, "external")
        make_primary(core, primary)
        link(core, linked, primary)

        expected = {
            "status": LINKED,
            "primaryUserId": "external",
            "description": "This user ID is already linked to another user ID",
        }
        assert check_primary(core, linked) == make_primary(core, linked) == expected

    def test_another_primary_user_has_the_address(self, core: Core, people: People) -> None:
        ours = people.emailpassword("a@example.com")
        people.map(ours, "external")
        make_primary(core, ours)

        for theirs in (
            people.third_party("google", "g", "a@example.com"),
            people.passwordless("a@example.com", None),
        ):
            assert check_primary(core, theirs) == make_primary(core, theirs) == taken("email", "external")
            assert user(core, theirs)["isPrimaryUser"] is False

    def test_tenants_are_apart(self, core: Core, people: People) -> None:
        make_primary(core, people.emailpassword("a@example.com"))

        assert make_primary(core, people.emailpassword("a@example.com", "t1"))["status"] == "OK"

    def test_another_primary_user_has_the_number_or_the_account_in_a_tenant_of_another_login_method(
        self, core: Core, people: People
    ) -> None:
        for ours, theirs, what in (
            (
                people.passwordless(None, "+491"),
                people.passwordless(None, "+491", "t1"),
                "phone number",
            ),
            (
                people.third_party("google", "g", "a@example.com"),
                people.third_party("google", "g", "b@example.com", "t1"),
                "third party login",
            ),
        ):
            make_primary(core, ours)
            assert check_primary(core, theirs)["status"] == "OK"
            link(core, people.emailpassword(f"{ours}@example.com", "t1"), ours)
            assert check_primary(core, theirs) == make_primary(core, theirs) == taken(what, ours)

    def test_what_a_linked_login_method_has_is_taken_too(self, core: Core, people: People) -> None:
        primary = people.emailpassword("a@example.com")
        make_primary(core, primary)
        link(core, people.third_party("google", "g", "b@example.com", "t1"), primary)

        other = people.emailpassword("b@example.com", "t1")
        assert make_primary(core, other) == taken("email", primary)
        assert check_primary(core, people.emailpassword("b@example.com")) == taken("email", primary), (
            "in any tenant of the primary user, whichever login method has it"
        )

    def test_similar_addresses_are_different(self, core: Core, people: People) -> None:
        make_primary(core, people.emailpassword("jose@example.com"))

        assert make_primary(core, people.third_party("google", "g", "josé@example.com"))["status"] == "OK"


class TestLink:
    """Linking to a primary user."""

    def test_login_methods_become_one_user(self, core: Core, people: People) -> None:
        primary = people.emailpassword("a@example.com", time_joined=5)
        other = people.third_party("google", "g", "a@example.com", "public", "t1", time_joined=3)
        people.map(other, "external")
        make_primary(core, primary)

        assert check_link(core, "external", primary) == {"status": "OK", "accountsAlreadyLinked": False}
        first, again = link(core, "external", primary), link(core, other, "external")

        assert (first["accountsAlreadyLinked"], again["accountsAlreadyLinked"]) == (False, True)
        assert first["user"] == again["user"] == user(core, primary)
        assert ids_of_methods(first["user"]) == ["external", primary]
        assert (first["user"]["timeJoined"], sorted(first["user"]["tenantIds"])) == (3, ["public", "t1"])
        assert check_link(core, other, primary) == {"status": "OK", "accountsAlreadyLinked": True}
        assert check_link(core, primary, primary) == {"status": "OK", "accountsAlreadyLinked": True}
        assert (
            people.rows(
                "all_auth_recipe_users", "primary_or_recipe_user_id, primary_or_recipe_user_time_joined"
            )
            == [(primary, 3)] * 3
        )
        assert people.rows("app_id_to_user_id", "primary_or_recipe_user_id") == [(primary,)] * 2

    def test_older_and_younger_ones_keep_their_own_times(self, core: Core, people: People) -> None:
        primary = people.emailpassword("a@example.com", time_joined=5)
        younger = people.emailpassword("b@example.com", time_joined=9)
        make_primary(core, primary)

        assert link(core, younger, primary)["user"]["timeJoined"] == 5
        assert people.rows("all_auth_recipe_users", "time_joined, primary_or_recipe_user_time_joined") == [
            (5, 5),
            (9, 5),
        ]

    def test_sessions_of_the_login_method_end_and_activity_becomes_the_primary_users(
        self, core: Core, people: People, home: Home
    ) -> None:
        primary, other = people.emailpassword("a@example.com"), people.emailpassword("b@example.com")
        people.map(other, "external")
        make_primary(core, primary)
        kept = people.give_session(primary)
        people.give_session("external")
        people.give_session("external", "t1")
        people.be_active(other, 1)
        people.be_active(primary, 1)

        link(core, other, primary)

        assert people.rows("session_info", "session_handle") == [(kept,)]
        ((user_id, active_ms),) = people.rows("user_last_active", "user_id, last_active_time")
        assert user_id == primary
        assert abs(active_ms - home.clock()) < 60_000

        people.give_session(other)
        link(core, other, primary)
        assert len(people.rows("session_info", "session_handle")) == 2, "linked already: nothing ends"

    def test_target_must_be_a_primary_user(self, core: Core, people: People) -> None:
        ada, bob = people.emailpassword("a@example.com"), people.emailpassword("b@example.com")

        assert check_link(core, ada, bob) == link(core, ada, bob) == NOT_PRIMARY
        make_primary(core, ada)
        assert check_link(core, ada, bob) == link(core, ada, bob) == NOT_PRIMARY

    def test_whoever_belongs_elsewhere_cannot_be_linked(self, core: Core, people: People) -> None:
        ada, bob, eve = (people.emailpassword(f"{name}@example.com") for name in "abe")
        people.map(ada, "external")
        make_primary(core, ada)
        make_primary(core, bob)
        link(core, eve, ada)

        elsewhere = {
            "status": LINKED_ELSEWHERE,
            "primaryUserId": "external",
            "description": "The input recipe user ID is already linked to another user ID",
        }
        for user_id in (ada, eve):
            assert check_link(core, user_id, bob) == elsewhere
            assert link(core, user_id, bob) == {**elsewhere, "user": user(core, ada)}

    def test_conflicts_of_either_side_count_in_the_tenants_of_both(self, core: Core, people: People) -> None:
        primary = people.emailpassword("p@example.com")
        make_primary(core, primary)
        rival = people.third_party("google", "g", "a@example.com")
        make_primary(core, rival)
        theirs = people.emailpassword("a@example.com", "t1")
        assert check_link(core, theirs, primary) == link(core, theirs, primary) == taken("email", rival)

        rival_there = people.third_party("google", "h", "p@example.com", "t1")
        make_primary(core, rival_there)
        visitor = people.emailpassword("v@example.com", "t1")
        assert (
            check_link(core, visitor, primary) == link(core, visitor, primary) == taken("email", rival_there)
        )

        number = people.passwordless(None, "+491", "t1")
        make_primary(core, number)
        same_number = people.passwordless(None, "+491")
        other = people.emailpassword("o@example.com", "t1")
        make_primary(core, other)
        assert link(core, same_number, other) == taken("phone number", number)

        account = people.third_party("github", "h1", "h@example.com", "t1")
        make_primary(core, account)
        same_account = people.third_party("github", "h1", "i@example.com")
        assert link(core, same_account, other) == taken("third party login", account)


class TestUnlink:
    """Unlinking."""

    def test_login_method_stands_alone_again(self, core: Core, people: People) -> None:
        primary = people.emailpassword("a@example.com", time_joined=5)
        other = people.emailpassword("b@example.com", time_joined=3)
        people.map(other, "external")
        make_primary(core, primary)
        link(core, other, primary)
        people.give_session("external", "t1")
        kept = people.give_session(primary)

        assert unlink(core, "external") == (True, False)

        assert (user(core, other)["id"], user(core, other)["isPrimaryUser"]) == ("external", False)
        assert (user(core, primary)["isPrimaryUser"], user(core, primary)["timeJoined"]) == (True, 5)
        assert people.rows("all_auth_recipe_users", "time_joined, primary_or_recipe_user_time_joined") == [
            (3, 3),
            (5, 5),
        ]
        assert people.rows("session_info", "session_handle") == [(kept,)]
        assert unlink(core, other) == (False, False)

    def test_primary_user_without_others_becomes_a_normal_one(self, core: Core, people: People) -> None:
        primary = people.emailpassword("a@example.com")
        make_primary(core, primary)
        people.give_session(primary)

        assert unlink(core, primary) == (True, False)
        assert user(core, primary)["isPrimaryUser"] is False
        assert people.rows("session_info", "session_handle") == []

    def test_primary_users_own_login_method_is_removed_and_the_id_stays(
        self, core: Core, people: People
    ) -> None:
        primary = people.emailpassword("a@example.com", time_joined=1)
        other = people.passwordless("b@example.com", None, time_joined=2)
        make_primary(core, primary)
        link(core, other, primary)
        people.give_session(primary)
        people.give_session(other)
        people.insert("user_metadata", user_id=primary, user_metadata="{}")

        assert unlink(core, primary) == (True, True)

        left = user(core, primary)
        assert (left["id"], left["isPrimaryUser"], left["timeJoined"]) == (primary, True, 2)
        assert ids_of_methods(left) == [other]
        assert people.rows("user_metadata", "user_id") == [(primary,)]
        assert people.rows("session_info", "user_id") == [(other,)]
        assert people.rows("emailpassword_users", "user_id") == []
        assert make_primary(core, primary)["wasAlreadyAPrimaryUser"] is True
        assert unlink(core, primary) == (True, True), "there is nothing left of it"
        assert ids_of_methods(user(core, other)) == [other]

        assert unlink(core, other) == (True, False)
        assert user(core, other)["isPrimaryUser"] is False

    def test_address_of_an_unlinked_login_method_is_free(self, core: Core, people: People) -> None:
        primary, other = people.emailpassword("a@example.com"), people.emailpassword("b@example.com")
        make_primary(core, primary)
        link(core, other, primary)
        third = people.third_party("google", "g", "b@example.com")
        assert make_primary(core, third)["status"] == TAKEN

        unlink(core, other)
        assert make_primary(core, third)["status"] == "OK"


def test_what_keeps_others_waiting_is_swept(core: Core, people: People, home: Home) -> None:
    make_primary(core, people.passwordless("a@example.com", "+491"))
    assert len(people.rows("account_info_holds", "subject")) >= 2

    home.clock.advance(minutes=11)
    home.house.cleanup.sweep(lambda: True)

    assert people.rows("account_info_holds", "subject") == []


def test_unknown_users_are_refused(core: Core, people: People) -> None:
    ada = people.emailpassword("a@example.com")
    path = "/recipe/accountlinking/user"
    for user_id in ("unknown", "", "x" * 5_000):
        assert core.refusal("GET", f"{path}/primary/check?recipeUserId={user_id}") == UNKNOWN
        assert core.refusal("POST", f"{path}/primary", {"recipeUserId": user_id}) == UNKNOWN
        assert core.refusal("POST", f"{path}/unlink", {"recipeUserId": user_id}) == UNKNOWN
        for pair in ((user_id, ada), (ada, user_id)):
            query = f"recipeUserId={pair[0]}&primaryUserId={pair[1]}"
            body = {"recipeUserId": pair[0], "primaryUserId": pair[1]}
            assert core.refusal("GET", f"{path}/link/check?{query}") == UNKNOWN
            assert core.refusal("POST", f"{path}/link", body) == UNKNOWN


@pytest.mark.parametrize("path", ["primary", "unlink", "link"])
@pytest.mark.parametrize(
    "body", [{}, {"recipeUserId": None}, {"recipeUserId": 5}, {"recipeUserId": {"a": []}}]
)
def test_ids_that_are_no_text_are_named(core: Core, path: str, body: Any) -> None:
    assert core.refusal("POST", f"/recipe/accountlinking/user/{path}", body) == (
        400,
        "Field name 'recipeUserId' is invalid in JSON input",
    )


def test_missing_ids_are_named(core: Core) -> None:
    path = "/recipe/accountlinking/user"
    missing = "Field name '{}' is missing in GET request"
    assert core.refusal("GET", f"{path}/primary/check") == (400, missing.format("recipeUserId"))
    assert core.refusal("GET", f"{path}/link/check?recipeUserId=a") == (400, missing.format("primaryUserId"))
    assert core.refusal("POST", f"{path}/link", {"recipeUserId": "a"}) == (
        400,
        "Field name 'primaryUserId' is invalid in JSON input",
    )


def test_tenant_in_the_path_is_refused(core: Core) -> None:
    assert core.refusal("POST", "/t1/recipe/accountlinking/user/primary", {"recipeUserId": "a"}) == (
        403,
        "Only public tenantId can call this app specific API",
    )
