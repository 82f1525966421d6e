"""External ids through the core interface, on every kind of database."""

from typing import Any

import pytest

from tests.core import Core
from tests.people import People

OK = {"status": "OK"}
UNKNOWN = {"status": "UNKNOWN_MAPPING_ERROR"}
MAP = "/recipe/userid/map"
V3 = {"cdi-version": "3.0"}


@pytest.fixture
def ada(people: People) -> str:
    """Somebody's id."""
    return people.emailpassword("ada@example.com")


def create(core: Core, own_id: str, external_id: str, **more: Any) -> Any:
    """Map an external id."""
    return core.post(MAP, superTokensUserId=own_id, externalUserId=external_id, **more)


def exists(*, own: bool, external: bool) -> dict[str, Any]:
    """Return the answer that one of the ids is mapped already."""
    return {
        "status": "USER_ID_MAPPING_ALREADY_EXISTS_ERROR",
        "doesSuperTokensUserIdExist": own,
        "doesExternalUserIdExist": external,
    }


def refused(core: Core, own_id: str, external_id: str, **more: Any) -> tuple[int, str]:
    """Return the error of mapping an external id."""
    return core.refusal("POST", MAP, {"superTokensUserId": own_id, "externalUserId": external_id, **more})


class TestCreate:
    """Mapping an id."""

    def test_mapping_is_found_by_either_id(self, core: Core, ada: str) -> None:
        assert create(core, f" {ada} ", " external ", externalUserIdInfo=" info ") == OK

        mapping = {
            "status": "OK",
            "superTokensUserId": ada,
            "externalUserId": "external",
            "externalUserIdInfo": "info",
        }
        for user_id, kinds in ((ada, ("SUPERTOKENS", "ANY")), ("external", (" EXTERNAL", "ANY"))):
            assert core.get(MAP, userId=f" {user_id}") == mapping
            for kind in kinds:
                assert core.get(MAP, userId=user_id, userIdType=kind) == mapping
        assert core.get(MAP, userId="external", userIdType="SUPERTOKENS") == UNKNOWN
        assert core.get(MAP, userId=ada, userIdType="EXTERNAL") == UNKNOWN
        assert core.get("/user/id", userId=ada)["user"]["id"] == "external"

    def test_info_may_be_missing_or_null(self, core: Core, people: People, ada: str) -> None:
        create(core, ada, "a")
        create(core, people.emailpassword("b@example.com"), "b", externalUserIdInfo=None)

        for user_id in "ab":
            assert "externalUserIdInfo" not in core.get(MAP, userId=user_id)

    def test_ids_are_mapped_once(self, core: Core, people: People, ada: str) -> None:
        bob = people.emailpassword("bob@example.com")
        create(core, ada, "external")

        assert create(core, ada, "external") == exists(own=True, external=True)
        assert create(core, ada, "another") == exists(own=True, external=False)
        assert create(core, bob, "external") == exists(own=False, external=True)
        assert create(core, bob, "external", force=True) == exists(own=False, external=True)
        assert create(core, "unknown", "external") == exists(own=False, external=True)
        assert create(core, ada, "another", force=True) == exists(own=True, external=False)

    def test_similar_external_ids_are_no_failure(self, core: Core, people: People, ada: str) -> None:
        create(core, ada, "external")

        answer = create(core, people.emailpassword("bob@example.com"), "ÉXTERNAL")

        assert answer in (OK, exists(own=False, external=True)), (
            "some databases compare without case and accents"
        )

    def test_unknown_user_cannot_be_mapped(self, core: Core) -> None:
        for own_id in ("unknown", "x" * 500):
            for force in (False, True):
                answer = create(core, own_id, "external", force=force)
                assert answer == {"status": "UNKNOWN_SUPERTOKENS_USER_ID_ERROR"}

    def test_external_id_may_not_be_somebodys_own_unless_forced(
        self, core: Core, people: People, ada: str
    ) -> None:
        bob = people.emailpassword("bob@example.com")

        assert refused(core, ada, bob) == refused(core, ada, ada) == (
            400,
            "Cannot create a userId mapping where the externalId is also a SuperTokens userID",
        )  # fmt: skip
        assert create(core, ada, bob, force=True) == OK
        assert core.get(MAP, userId=bob)["superTokensUserId"] == ada

    def test_id_in_use_is_refused_unless_forced(self, core: Core, people: People, ada: str) -> None:
        def refusal_names(recipe: str) -> bool:
            return refused(core, ada, "external") == (400, f"UserId is already in use in {recipe} recipe")

        people.give_totp_device(ada)
        assert refusal_names("TOTP")
        people.insert("emailverification_verified_emails", user_id=ada, email="ada@example.com")
        assert refusal_names("EmailVerification")
        people.insert("user_roles", user_id=ada, tenant_id="t1", role="r")
        assert refusal_names("UserRoles")
        people.insert("user_metadata", user_id=ada, user_metadata="{}")
        assert refusal_names("UserMetadata")
        people.give_session(ada, "t1")
        assert refusal_names("Session")
        assert refused(core, ada, "external", force=False)[0] == 400
        assert create(core, ada, "external", force=True) == OK
        assert people.rows("emailverification_verified_emails", "user_id") == [(ada,)], "not moved"

    def test_expired_sessions_are_no_use(self, core: Core, people: People, ada: str) -> None:
        people.give_session(ada, expires_at=1)

        assert create(core, ada, "external") == OK

    def test_verified_addresses_move_along_if_nothing_else_is_there(
        self, core: Core, people: People, ada: str
    ) -> None:
        people.insert("emailverification_verified_emails", user_id=ada, email="ada@example.com")
        people.insert("emailverification_verified_emails", user_id="external", email="ada@example.com")
        people.give_verification_token(ada)
        people.give_verification_token(ada, "t1")
        tokens = people.rows("emailverification_tokens", "tenant_id, email, token, token_expiry")

        assert create(core, ada, "external") == OK

        assert people.rows("emailverification_verified_emails", "user_id, email") == [
            ("external", "ada@example.com")
        ]
        assert people.rows("emailverification_tokens", "tenant_id, email, token, token_expiry") == tokens
        assert people.rows("emailverification_tokens", "user_id") == [("external",)] * 2
        assert core.get("/user/id", userId=ada)["user"]["loginMethods"][0]["verified"] is True

    def test_verified_addresses_stay_if_the_mapping_fails(self, core: Core, people: People, ada: str) -> None:
        create(core, ada, "external")
        people.insert("emailverification_verified_emails", user_id=ada, email="ada@example.com")

        assert create(core, ada, "another") == exists(own=True, external=False)
        assert people.rows("emailverification_verified_emails", "user_id") == [(ada,)]

    @pytest.mark.parametrize("table", ["verified", "tokens"])
    def test_before_4_0_verified_addresses_forbid_it(
        self, core: Core, people: People, ada: str, table: str
    ) -> None:
        if table == "verified":
            people.insert("emailverification_verified_emails", user_id=ada, email="ada@example.com")
        else:
            people.give_verification_token(ada)

        body = {"superTokensUserId": ada, "externalUserId": "external"}
        assert core.refusal("POST", MAP, body, V3) == (
            400,
            "UserId is already in use in EmailVerification recipe",
        )

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"superTokensUserId": " "}, "Field name 'superTokensUserId' cannot be an empty String"),
            ({"externalUserId": ""}, "Field name 'externalUserId' cannot be an empty String"),
            ({"externalUserIdInfo": "\t"}, "Field name 'externalUserIdInfo' cannot be an empty String"),
            ({"superTokensUserId": None}, "Field name 'superTokensUserId' is invalid in JSON input"),
            ({"externalUserId": 5}, "Field name 'externalUserId' is invalid in JSON input"),
            ({"externalUserId": "a\x00"}, "Field name 'externalUserId' is invalid in JSON input"),
            ({"externalUserIdInfo": {}}, "Field name 'externalUserIdInfo' is invalid in JSON input"),
            ({"force": "true"}, "Field name 'force' is invalid in JSON input"),
            ({"force": None}, "Field name 'force' is invalid in JSON input"),
            (
                {"externalUserId": "x" * 129},
                "Field name 'externalUserId' must not be longer than 128 characters",
            ),
            (
                {"externalUserIdInfo": "ä" * 40_000},
                "Field name 'externalUserIdInfo' must not be longer than 65535",
            ),
        ],
    )
    def test_bad_bodies_are_refused(self, core: Core, changes: dict[str, Any], text: str) -> None:
        status, told = core.refusal("POST", MAP, {"superTokensUserId": "a", "externalUserId": "b", **changes})

        assert (status, told[: len(text)]) == (400, text)

    def test_long_and_strange_ids_fit(self, core: Core, ada: str) -> None:
        external, info = "💥" * 128, "ä" * 30_000

        assert create(core, ada, external, externalUserIdInfo=info) == OK
        assert core.get(MAP, userId=external)["externalUserIdInfo"] == info


def test_ids_are_compared_exactly_whatever_the_database_does(core: Core, people: People, ada: str) -> None:
    create(core, ada, "external")
    people.insert("user_metadata", user_id="external", user_metadata="{}")

    for similar in ("EXTERNAL", "éxternal", ada.upper()):
        assert core.get(MAP, userId=similar) == UNKNOWN
        assert core.post(f"{MAP}/remove", userId=similar, force=True)["didMappingExist"] is False
        assert core.get("/user/id", userId=similar) == {"status": "UNKNOWN_USER_ID_ERROR"}
        assert core.post("/user/remove", userId=similar) == OK
    assert core.get("/user/id", userId="external")["status"] == "OK"
    assert people.rows("user_metadata", "user_id") == [("external",)]


class TestGet:
    """Reading a mapping."""

    def test_unknown_ids_have_none(self, core: Core, ada: str) -> None:
        for user_id in (ada, "unknown", "x" * 5_000):
            for kind in ("SUPERTOKENS", "EXTERNAL", "ANY"):
                assert core.get(MAP, userId=user_id, userIdType=kind) == UNKNOWN

    def test_own_id_counts_before_an_external_one(self, core: Core, people: People, ada: str) -> None:
        bob = people.emailpassword("bob@example.com")
        create(core, ada, bob, force=True)
        create(core, bob, "bob")

        assert core.get(MAP, userId=bob)["externalUserId"] == "bob"
        assert core.get(MAP, userId=bob, userIdType="EXTERNAL")["superTokensUserId"] == ada

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ("", "Field name 'userId' is missing in GET request"),
            ("userId=", "Field name 'userId' cannot be an empty String"),
            ("userId=%20", "Field name 'userId' cannot be an empty String"),
            (
                "userId=a&userIdType=any",
                "Field name 'userIdType' should be one of 'SUPERTOKENS', 'EXTERNAL' or 'ANY'",
            ),
            (
                "userId=a&userIdType=",
                "Field name 'userIdType' should be one of 'SUPERTOKENS', 'EXTERNAL' or 'ANY'",
            ),
        ],
    )
    def test_bad_queries_are_refused(self, core: Core, query: str, text: str) -> None:
        assert core.refusal("GET", f"{MAP}?{query}") == (400, text)


class TestInfo:
    """Changing what is known about a mapping."""

    def change(self, core: Core, user_id: str, info: Any, **more: Any) -> Any:
        return core.put(
            "/recipe/userid/external-user-id-info", userId=user_id, externalUserIdInfo=info, **more
        )

    def test_info_is_changed_by_either_id_and_removed_by_null(self, core: Core, ada: str) -> None:
        create(core, ada, "external", externalUserIdInfo="old")

        for user_id, kind, info in (
            (ada, "SUPERTOKENS", "1"),
            ("external", "EXTERNAL", "2"),
            (ada, "ANY", "3"),
        ):
            assert self.change(core, user_id, f" {info} ", userIdType=kind) == OK
            assert core.get(MAP, userId=ada)["externalUserIdInfo"] == info
        assert self.change(core, "external", "3") == OK, "the same again"
        assert self.change(core, "external", None) == OK
        assert "externalUserIdInfo" not in core.get(MAP, userId=ada)

    def test_unknown_mappings_are_named(self, core: Core, ada: str) -> None:
        assert self.change(core, ada, "info") == UNKNOWN
        create(core, ada, "external")
        assert self.change(core, "external", "info", userIdType="SUPERTOKENS") == UNKNOWN
        assert self.change(core, ada, None, userIdType="EXTERNAL") == UNKNOWN

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ({"externalUserIdInfo": "x"}, "Field name 'userId' is invalid in JSON input"),
            ({"userId": "a"}, "Field name 'externalUserIdInfo' is invalid in JSON input"),
            (
                {"userId": "a", "externalUserIdInfo": ""},
                "Field name 'externalUserIdInfo' cannot be an empty String",
            ),
            (
                {"userId": "a", "externalUserIdInfo": 1},
                "Field name 'externalUserIdInfo' is invalid in JSON input",
            ),
            ({"userId": "", "externalUserIdInfo": None}, "Field name 'userId' cannot be an empty String"),
            (
                {"userId": "a", "userIdType": None, "externalUserIdInfo": None},
                "Field name 'userIdType' is invalid in JSON input",
            ),
            (
                {"userId": "a", "userIdType": "x", "externalUserIdInfo": None},
                "Field name 'userIdType' should be one of 'SUPERTOKENS', 'EXTERNAL' or 'ANY'",
            ),
        ],
    )
    def test_bad_bodies_are_refused(self, core: Core, body: dict[str, Any], text: str) -> None:
        assert core.refusal("PUT", "/recipe/userid/external-user-id-info", body) == (400, text)


class TestRemove:
    """Removing a mapping."""

    def remove(self, core: Core, user_id: str, **more: Any) -> bool:
        answer = core.post(f"{MAP}/remove", userId=user_id, **more)
        assert answer.keys() == {"status", "didMappingExist"}
        return bool(answer["didMappingExist"])

    def test_mapping_goes_by_either_id(self, core: Core, ada: str) -> None:
        for by_own, kind in ((True, "SUPERTOKENS"), (False, "EXTERNAL"), (True, "ANY"), (False, "ANY")):
            create(core, ada, "external")
            user_id = ada if by_own else "external"
            assert self.remove(core, user_id, userIdType=kind) is True
            assert self.remove(core, user_id, userIdType=kind) is False
            assert core.get("/user/id", userId=ada)["user"]["id"] == ada

    def test_wrong_kind_finds_none(self, core: Core, ada: str) -> None:
        create(core, ada, "external")

        assert self.remove(core, ada, userIdType="EXTERNAL") is False
        assert self.remove(core, "external", userIdType="SUPERTOKENS") is False
        assert self.remove(core, "unknown") is False

    def test_external_id_in_use_is_refused_unless_forced(self, core: Core, people: People, ada: str) -> None:
        create(core, ada, "external")
        people.insert("emailverification_verified_emails", user_id="external", email="ada@example.com")
        refusal = (400, "UserId is already in use in EmailVerification recipe")
        assert core.refusal("POST", f"{MAP}/remove", {"userId": ada}) == refusal
        people.insert("user_metadata", user_id="external", user_metadata="{}")
        assert core.refusal("POST", f"{MAP}/remove", {"userId": "external", "force": False}) == (
            400,
            "UserId is already in use in UserMetadata recipe",
        )

        assert self.remove(core, "external", force=True) is True

    def test_external_id_that_is_anothers_own_may_be_in_use(
        self, core: Core, people: People, ada: str
    ) -> None:
        bob = people.emailpassword("bob@example.com")
        create(core, ada, bob, force=True)
        people.insert("user_metadata", user_id=bob, user_metadata="{}")

        assert self.remove(core, ada) is True

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ({}, "Field name 'userId' is invalid in JSON input"),
            ({"userId": " "}, "Field name 'userId' cannot be an empty String"),
            ({"userId": "a", "force": 1}, "Field name 'force' is invalid in JSON input"),
            (
                {"userId": "a", "userIdType": ""},
                "Field name 'userIdType' should be one of 'SUPERTOKENS', 'EXTERNAL' or 'ANY'",
            ),
        ],
    )
    def test_bad_bodies_are_refused(self, core: Core, body: dict[str, Any], text: str) -> None:
        assert core.refusal("POST", f"{MAP}/remove", body) == (400, text)
