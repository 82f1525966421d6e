"""Lists, searches and counts of users through the core interface, on every engine."""

import base64
from typing import Any

import pytest

from tests.core import Core
from tests.houses import Home
from tests.people import People

V3 = {"cdi-version": "3.0"}
V51 = {"cdi-version": "5.1"}


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


def ids(answer: Any) -> list[str]:
    """Return who is on a page."""
    return [user["id"] for user in answer["users"]]


def pages(core: Core, **query: Any) -> list[list[str]]:
    """Walk through all pages."""
    found, token = [], ""
    while True:
        answer = core.get("/users", **query, **({"paginationToken": token} if token else {}))
        found.append(ids(answer))
        token = answer.get("nextPaginationToken", "")
        if not token:
            return found


def link(core: Core, user_id: str, primary: str) -> None:
    """Link somebody to somebody else."""
    core.post("/recipe/accountlinking/user/primary", recipeUserId=primary)
    core.post("/recipe/accountlinking/user/link", recipeUserId=user_id, primaryUserId=primary)


def test_pages_follow_the_time_of_joining_in_both_orders(core: Core, people: People) -> None:
    users = [
        people.emailpassword(f"u{number}@example.com", time_joined=1_000 + number) for number in range(5)
    ]

    assert pages(core, limit=2) == [users[:2], users[2:4], users[4:]]
    assert pages(core, limit=2, timeJoinedOrder="DESC") == [users[:2:-1], users[2:0:-1], users[:1]]
    assert pages(core) == [users]


def test_last_page_that_is_full_has_no_token(core: Core, people: People) -> None:
    people.emailpassword("a@example.com")
    people.emailpassword("b@example.com")

    answer = core.get("/users", limit=2)

    assert (len(answer["users"]), "nextPaginationToken" in answer) == (2, False)


def test_token_names_the_first_of_the_next_page_by_supertokens_id(core: Core, people: People) -> None:
    people.emailpassword("a@example.com", time_joined=1)
    second = people.emailpassword("b@example.com", time_joined=2)
    people.map(second, "external")

    token = core.get("/users", limit=1)["nextPaginationToken"]

    assert base64.b64decode(token).decode() == f"{second};2"
    assert ids(core.get("/users", limit=1, paginationToken=token)) == ["external"]


def test_who_joined_at_one_time_is_sorted_as_supertokens_does_on_the_engine(
    core: Core, people: People, engine: str
) -> None:
    users = sorted(people.emailpassword(f"u{number}@example.com") for number in range(7))
    backwards = users[::-1]

    ascending = [user for page in pages(core, limit=3) for user in page]
    descending = [user for page in pages(core, limit=3, timeJoinedOrder="DESC") for user in page]

    assert descending == backwards
    assert ascending == (users if engine == "mariadb" else backwards)


def test_linked_login_methods_are_one_user_who_joined_with_the_first(core: Core, people: People) -> None:
    oldest = people.emailpassword("a@example.com", time_joined=1)
    primary = people.third_party("google", "g1", "a@example.com", time_joined=3)
    between = people.passwordless(None, "+491700000001", time_joined=2)
    link(core, oldest, primary)

    assert pages(core, limit=1) == [[primary], [between]]
    assert pages(core, limit=5, includeRecipeIds="emailpassword,thirdparty") == [[primary]]


def test_pages_are_a_tenants_own(core: Core, people: People) -> None:
    people.add_tenant("t1")
    both = people.emailpassword("a@example.com", "public", "t1", time_joined=1)
    people.emailpassword("b@example.com", time_joined=2)

    assert ids(core.get("/t1/users")) == [both]
    assert len(ids(core.get("/users"))) == 2


def test_recipes_limit_the_pages(core: Core, people: People) -> None:
    password = people.emailpassword("a@example.com", time_joined=1)
    code = people.passwordless("b@example.com", None, time_joined=2)
    provider = people.third_party("google", "g1", "c@example.com", time_joined=3)

    def listed(recipes: str, order: str = "ASC") -> list[list[str]]:
        return pages(core, limit=1, includeRecipeIds=recipes, timeJoinedOrder=order)

    assert listed("passwordless") == [[code]]
    assert listed("thirdparty,emailpassword") == [[password], [provider]]
    assert listed(" thirdparty , PASSWORDLESS,", "DESC") == [[provider], [code]]
    assert listed("emailpassword,passwordless,thirdparty") == [[password], [code], [provider]]
    assert listed("session") == [[]]
    assert listed("session,emailpassword") == [[password]]
    assert listed("") == [[password], [code], [provider]]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("limit=501", "max limit allowed is 500"),
        ("limit=0", "limit must a positive integer with min value 1"),
        ("limit=-1", "limit must a positive integer with min value 1"),
        ("limit=x", "Field name 'limit' must be an int in the GET request"),
        ("limit=2147483648", "Field name 'limit' must be an int in the GET request"),
        ("limit=", "Field name 'limit' must be an int in the GET request"),
        ("timeJoinedOrder=asc", "timeJoinedOrder can be either ASC OR DESC"),
        ("includeRecipeIds=emailpassword,nope", "Unknown recipe ID: nope"),
        ("includeRecipeIds=%7B0%7D", "Unknown recipe ID: {0}"),
        ("includeRecipeIds=nope&limit=x", "Unknown recipe ID: nope"),
        ("paginationToken=random", "invalid pagination token"),
        ("paginationToken=", "invalid pagination token"),
        ("paginationToken=%C3%A4", "invalid pagination token"),
        ("paginationToken=YTti", "invalid pagination token"),
        ("paginationToken=YQ==", "invalid pagination token"),
        ("paginationToken=YTs5MjIzMzcyMDM2ODU0Nzc1ODA4", "invalid pagination token"),
        ("email=a%00", "Field name 'email' is missing in GET request"),
        ("email=" + ";".join(str(number) for number in range(101)), "at most 100 combinations"),
    ],
)
def test_bad_queries_are_refused_in_the_words_of_the_core(core: Core, query: str, text: str) -> None:
    status, told = core.refusal("GET", f"/users?{query}")

    assert (status, told[: len(text)]) == (400, text)


def test_token_of_somebody_who_is_gone_still_works(core: Core, people: People) -> None:
    users = [people.emailpassword(f"u{number}@example.com", time_joined=number) for number in range(1, 4)]
    token = core.get("/users", limit=1)["nextPaginationToken"]
    core.post("/user/remove", userId=users[1])

    assert ids(core.get("/users", paginationToken=token)) == [users[2]]


class TestSearch:
    """`email`, `phone` and `provider`."""

    def test_addresses_are_found_by_how_they_and_their_domains_begin(
        self, core: Core, people: People
    ) -> None:
        john = people.emailpassword("john@gmail.com", time_joined=1)
        joan = people.third_party("google", "g1", "joan@example.com", time_joined=2)
        jack = people.passwordless("jack@john.example", None, time_joined=3)

        assert ids(core.get("/users", email="jo")) == [john, joan, jack]
        assert ids(core.get("/users", email=" JOHN ", timeJoinedOrder="DESC")) == [jack, john]
        assert ids(core.get("/users", email="ohn")) == []
        assert ids(core.get("/users", email="john@gm")) == [john]
        assert ids(core.get("/users", email="@gmail")) == []
        assert ids(core.get("/users", email="nobody;gmail.com;;")) == [john]

    def test_numbers_and_providers_are_found_by_how_they_begin(self, core: Core, people: People) -> None:
        number = people.passwordless(None, "+12025550143", time_joined=1)
        both = people.passwordless("a@example.com", "+4912345", time_joined=2)
        google = people.third_party("google", "g1", "a@example.com", time_joined=3)
        github = people.third_party("github", "h1", "b@example.com", time_joined=4)

        assert ids(core.get("/users", phone="+1")) == [number]
        assert ids(core.get("/users", phone="+1;+49")) == [number, both]
        assert ids(core.get("/users", phone="1")) == []
        assert ids(core.get("/users", provider="g")) == [google, github]
        assert ids(core.get("/users", provider="Google")) == [google]

    def test_several_kinds_of_tags_must_all_match_one_login_method(self, core: Core, people: People) -> None:
        people.emailpassword("a@example.com")
        google = people.third_party("google", "g1", "a@example.com")
        people.third_party("github", "g1", "a@example.com")
        both = people.passwordless("a@example.com", "+4912345")

        assert ids(core.get("/users", email="a", provider="goo")) == [google]
        assert ids(core.get("/users", email="x", provider="goo")) == []
        assert ids(core.get("/users", email="a", phone="+49")) == [both]
        assert ids(core.get("/users", email="a", phone="+1")) == []
        assert ids(core.get("/users", provider="goo", phone="+49")) == []
        assert ids(core.get("/users", email="a", provider="goo", phone="+49")) == []

    def test_wildcards_mean_themselves(self, core: Core, people: People) -> None:
        people.emailpassword("johnxdoe@example.com")
        under = people.emailpassword("john_doe@example.com")
        people.emailpassword("100@example.com")
        percent = people.emailpassword("100%!x@example.com")

        assert ids(core.get("/users", email="john_")) == [under]
        assert ids(core.get("/users", email="100%")) == [percent]
        assert ids(core.get("/users", email="100%!")) == [percent]
        assert ids(core.get("/users", email="%")) == []

    def test_several_addresses_find_nobody_of_another_tenant(self, core: Core, people: People) -> None:
        people.add_tenant("t1")
        ours = people.emailpassword("john@example.com", "t1")
        people.emailpassword("iris@example.com")
        people.third_party("google", "g1", "john@example.com")
        people.passwordless("john@example.com", "+491")

        assert ids(core.get("/t1/users", email="iris;john")) == [ours]
        assert ids(core.get("/t1/users", phone="+4")) == []
        assert ids(core.get("/t1/users", provider="g")) == []

    def test_linked_login_methods_are_found_as_one_user(self, core: Core, people: People) -> None:
        primary = people.emailpassword("a@example.com", time_joined=1)
        link(core, people.third_party("google", "g1", "a@example.com", time_joined=2), primary)

        assert ids(core.get("/users", email="a")) == ids(core.get("/users", provider="goo")) == [primary]

    def test_search_knows_no_pages_and_no_limit(self, core: Core, people: People) -> None:
        for number in range(3):
            people.emailpassword(f"u{number}@example.com")

        answer = core.get("/users", email="u", limit=1)
        assert (len(answer["users"]), "nextPaginationToken" in answer) == (3, False)
        assert len(core.get("/users", email="u", limit=1_000)["users"]) == 3
        assert core.refusal("GET", "/users?email=u&limit=0")[0] == 400
        assert core.refusal("GET", "/users?email=u&paginationToken=x") == (400, "invalid pagination token")

    def test_a_thousand_users_of_a_recipe_are_found_at_most(self, core: Core, people: People) -> None:
        people.crowd("emailpassword", 1_005)
        people.crowd("passwordless", 3)

        found = core.get("/users", email="u")["users"]

        assert len({user["id"] for user in found}) == len(found) == 1_003
        assert len(core.get("/users", limit=500)["users"]) == 500

    def test_ties_are_sorted_as_on_a_page(self, core: Core, people: People, engine: str) -> None:
        users = sorted(people.emailpassword(f"u{number}@example.com") for number in range(5))
        backwards = users[::-1]

        assert ids(core.get("/users", email="u")) == (users if engine == "mariadb" else backwards)
        assert ids(core.get("/users", email="u", timeJoinedOrder="DESC")) == backwards


class TestByAccountInfo:
    """`/users/by-accountinfo`."""

    def find(self, core: Core, tenant: str = "", *, union: bool = True, **query: Any) -> list[str]:
        path = f"{tenant}/users/by-accountinfo"
        return ids(core.get(path, doUnionOfAccountInfo="true" if union else "false", **query))

    def test_any_or_all_of_it_is_found(self, core: Core, people: People) -> None:
        password = people.emailpassword("a@example.com", time_joined=2)
        code = people.passwordless("a@example.com", "+491", time_joined=1)
        provider = people.third_party("google", "g1", "b@example.com", time_joined=3)
        google: dict[str, Any] = {"thirdPartyId": "google", "thirdPartyUserId": "g1"}

        assert self.find(core, email=" A@example.com") == [code, password]
        assert self.find(core, phoneNumber="+491") == [code]
        assert self.find(core, **google) == self.find(core, email="b@example.com") == [provider]
        assert self.find(core, email="a@example.com", phoneNumber="+491") == [code, password]
        assert self.find(core, email="a@example.com", phoneNumber="+491", union=False) == [code]
        assert self.find(core, email="a@example.com", **google, union=False) == []
        assert self.find(core, email="b@example.com", **google, union=False) == [provider]
        assert self.find(core, thirdPartyId="google", thirdPartyUserId="g2") == []
        assert self.find(core) == self.find(core, union=False) == []

    def test_linked_login_methods_count_together(self, core: Core, people: People) -> None:
        primary = people.emailpassword("a@example.com")
        link(core, people.passwordless(None, "+491"), primary)

        assert self.find(core, email="a@example.com", phoneNumber="+491", union=False) == [primary]
        assert self.find(core, email="a@example.com", phoneNumber="+491") == [primary]

    def test_only_the_tenants_login_methods_are_searched(self, core: Core, people: People) -> None:
        people.add_tenant("t1")
        ours = people.emailpassword("a@example.com", "t1")
        theirs = [
            people.emailpassword("a@example.com"),
            people.third_party("google", "g1", "a@example.com"),
            people.passwordless("b@example.com", "+491"),
        ]

        assert self.find(core, "/t1", email="a@example.com", phoneNumber="+491") == [ours]
        assert sorted(self.find(core, email="a@example.com", phoneNumber="+491")) == sorted(theirs)

    def test_comparison_is_exact(self, core: Core, people: People) -> None:
        people.third_party("google", "G1", "a@example.com")
        people.emailpassword("josé@example.com")

        assert self.find(core, thirdPartyId="google", thirdPartyUserId="g1") == []
        assert self.find(core, email="jose@example.com") == []

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ("email=a", "Field name 'doUnionOfAccountInfo' is missing in GET request"),
            ("doUnionOfAccountInfo=TRUE", "'doUnionOfAccountInfo' should be either 'true' or 'false'"),
            ("doUnionOfAccountInfo=", "'doUnionOfAccountInfo' should be either 'true' or 'false'"),
            (
                "doUnionOfAccountInfo=true&thirdPartyId=a",
                "If 'thirdPartyId' is provided, 'thirdPartyUserId' must also be provided, and vice versa",
            ),
            (
                "doUnionOfAccountInfo=true&thirdPartyUserId=a",
                "If 'thirdPartyId' is provided, 'thirdPartyUserId' must also be provided, and vice versa",
            ),
        ],
    )
    def test_bad_queries_are_refused(self, core: Core, query: str, text: str) -> None:
        assert core.refusal("GET", f"/users/by-accountinfo?{query}") == (400, text)


class TestCounts:
    """`/users/count` and `/users/count/active`."""

    def test_people_are_counted_once(self, core: Core, people: People) -> None:
        people.add_tenant("t1")
        primary = people.emailpassword("a@example.com", "public", "t1")
        link(core, people.third_party("google", "g1", "a@example.com"), primary)
        people.passwordless("b@example.com", None)
        people.emailpassword("c@example.com", "t1")

        assert core.get("/users/count") == {"status": "OK", "count": 2}
        assert core.get("/t1/users/count")["count"] == 2
        assert core.get("/users/count", includeAllTenants="TRUE")["count"] == 3
        assert core.get("/users/count", includeAllTenants="yes")["count"] == 2
        assert core.get("/users/count", includeRecipeIds="thirdparty")["count"] == 1
        assert core.get("/users/count", includeRecipeIds="thirdparty,passwordless")["count"] == 2
        assert (
            core.get("/users/count", includeRecipeIds="emailpassword", includeAllTenants="true")["count"] == 2
        )
        assert core.get("/users/count", includeRecipeIds="jwt")["count"] == 0
        assert core.refusal("GET", "/users/count?includeRecipeIds=x") == (400, "Unknown recipe ID: x")

    def test_all_tenants_are_counted_through_the_public_one(self, core: Core, people: People) -> None:
        people.add_tenant("t1")

        assert core.refusal("GET", "/t1/users/count?includeAllTenants=true") == (
            403,
            "Only public tenantId can call this app specific API",
        )
        answer = core.call("GET", "/t1/users/count?includeAllTenants=true", headers={"cdi-version": "4.0"})
        assert answer.json == {"status": "OK", "count": 0}

    def test_active_people_are_counted_since_a_time(self, core: Core, people: People) -> None:
        people.be_active("a", 1_000)
        people.be_active("b", 2_000)

        assert core.get("/users/count/active", since=0) == {"status": "OK", "count": 2}
        assert core.get("/users/count/active", since=1_001)["count"] == 1
        assert core.get("/users/count/active", since=2**63 - 1)["count"] == 0

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ("", "Field name 'since' is missing in GET request"),
            ("?since=-1", "'since' query parameter must be >= 0"),
            ("?since=1.5", "Field name 'since' must be a long in the GET request"),
            ("?since=9223372036854775808", "Field name 'since' must be a long in the GET request"),
        ],
    )
    def test_bad_times_are_refused(self, core: Core, query: str, text: str) -> None:
        assert core.refusal("GET", f"/users/count/active{query}") == (400, text)


class TestUserById:
    """`/user/id`, and how versions show users."""

    def test_ids_of_either_kind_and_of_linked_login_methods_find_a_user(
        self, core: Core, people: People
    ) -> None:
        primary = people.emailpassword("a@example.com", time_joined=5)
        linked = people.third_party("google", "g1", "b@example.com", time_joined=3)
        link(core, linked, primary)
        people.map(primary, "external")
        people.map(linked, "external too")

        answers = [
            core.get("/user/id", userId=user_id) for user_id in (primary, linked, "external", "external too")
        ]

        assert all(answer == answers[0] for answer in answers)
        user = answers[0]["user"]
        assert (user["id"], user["isPrimaryUser"], user["timeJoined"]) == ("external", True, 3)
        assert [method["recipeUserId"] for method in user["loginMethods"]] == ["external too", "external"]

    @pytest.mark.parametrize("user_id", ["unknown", "", "x" * 10_000, "💥", "A" * 36])
    def test_unknown_ids_find_nobody(self, core: Core, people: People, user_id: str) -> None:
        people.emailpassword("a@example.com", user_id="a" * 36)

        assert core.get("/user/id", userId=user_id) == {"status": "UNKNOWN_USER_ID_ERROR"}

    def test_own_id_counts_before_one_that_is_mapped(self, core: Core, people: People) -> None:
        ada, bob = people.emailpassword("a@example.com"), people.emailpassword("b@example.com")
        people.map(ada, bob)

        assert core.get("/user/id", userId=bob)["user"]["emails"] == ["b@example.com"]

    def test_missing_id_is_named(self, core: Core) -> None:
        assert core.refusal("GET", "/user/id") == (400, "Field name 'userId' is missing in GET request")

    def test_versions_show_users_differently(self, core: Core, people: People) -> None:
        user_id = people.third_party("google", "g1", "a@example.com", time_joined=7)
        legacy = {
            "id": user_id,
            "timeJoined": 7,
            "tenantIds": ["public"],
            "email": "a@example.com",
            "thirdParty": {"id": "google", "userId": "g1"},
        }

        assert core.call("GET", "/users", headers=V3).json == {
            "status": "OK",
            "users": [{"recipeId": "thirdparty", "user": legacy}],
        }
        plain = core.call("GET", "/users", headers=V51).json["users"][0]
        assert plain.keys() == {
            "id", "isPrimaryUser", "tenantIds", "timeJoined", "emails", "phoneNumbers", "thirdParty", "loginMethods"
        }  # fmt: skip
        assert core.get("/users")["users"] == [{**plain, "webauthn": {"credentialIds": []}}]
        assert core.call("GET", f"/user/id?userId={user_id}", headers=V3).json["user"] == plain
        found = core.call(
            "GET", "/users/by-accountinfo?email=a@example.com&doUnionOfAccountInfo=true", headers=V3
        )
        assert found.json["users"] == [plain]
