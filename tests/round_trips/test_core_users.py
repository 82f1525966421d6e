"""How many times lists, removal, linking and external ids wait for the database, on a warm connection."""

import pytest

from tests.core import Core
from tests.houses import Home
from tests.people import People
from tests.round_trips.proxy import Trips


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


def link(core: Core, user_id: str, primary: str) -> None:
    """Link somebody to a primary user."""
    core.post("/recipe/accountlinking/user/primary", recipeUserId=primary)
    core.post("/recipe/accountlinking/user/link", recipeUserId=user_id, primaryUserId=primary)


def test_page_of_a_hundred_takes_two(core: Core, people: People, trips: Trips) -> None:
    for number in range(34):
        primary = people.emailpassword(f"e{number}@example.com", time_joined=number)
        people.third_party("google", f"g{number}", f"t{number}@example.com", time_joined=number)
        people.passwordless(f"p{number}@example.com", f"+49{number}", time_joined=number)
        people.map(primary, f"external {number}")
        people.insert(
            "emailverification_verified_emails", user_id=f"external {number}", email=f"e{number}@example.com"
        )
    for order in ("ASC", "DESC"):
        token = core.get("/users", limit=1, timeJoinedOrder=order)["nextPaginationToken"]
        query = {"limit": 100, "timeJoinedOrder": order, "paginationToken": token}
        assert trips(lambda query=query: core.get("/users", **query)) == 2  # type: ignore[misc]
    assert trips(lambda: core.get("/users", limit=100, includeRecipeIds="emailpassword,thirdparty")) == 2
    assert trips(lambda: core.get("/users", email="e;t;p")) == 2
    assert trips(lambda: core.get("/users", email="t", provider="g")) == 2


def test_other_reads_take_one(core: Core, people: People, trips: Trips) -> None:
    user_id = people.passwordless("a@example.com", "+491")
    query = {"email": "a@example.com", "phoneNumber": "+491", "doUnionOfAccountInfo": "true"}

    assert trips(lambda: core.get("/user/id", userId=user_id)) == 1
    assert trips(lambda: core.get("/users/by-accountinfo", **query)) == 1
    assert trips(lambda: core.get("/users/count")) == 1
    assert trips(lambda: core.get("/users/count/active", since=0)) == 1


def test_removal_takes_three_whatever_somebody_has(core: Core, people: People, trips: Trips) -> None:
    people.add_tenant("t1")
    plain = people.emailpassword("a@example.com")
    primary = people.emailpassword("b@example.com", "public", "t1")
    other = people.passwordless("c@example.com", "+491", "public", "t1")
    link(core, other, primary)
    for user_id in (primary, other):
        people.give_everything(user_id)
    people.give_device("t1", phone_number="+491")
    people.map(primary, "external")

    assert trips(lambda: core.post("/user/remove", userId=plain)) == 3
    assert trips(lambda: core.post("/user/remove", userId="external")) == 3
    assert trips(lambda: core.post("/user/remove", userId="unknown")) == 1


def test_linking_takes_three(core: Core, people: People, trips: Trips) -> None:
    primary, other = people.emailpassword("a@example.com"), people.passwordless("b@example.com", "+491")
    path = "/recipe/accountlinking/user"
    pair = {"recipeUserId": other, "primaryUserId": primary}

    assert trips(lambda: core.get(f"{path}/primary/check", recipeUserId=primary)) == 2
    assert trips(lambda: core.post(f"{path}/primary", recipeUserId=primary)) == 3
    assert trips(lambda: core.post(f"{path}/primary", recipeUserId=primary)) == 1
    assert trips(lambda: core.get(f"{path}/link/check", **pair)) == 2
    assert trips(lambda: core.post(f"{path}/link", **pair)) == 3
    assert trips(lambda: core.post(f"{path}/link", **pair)) == 1
    assert trips(lambda: core.post(f"{path}/unlink", recipeUserId=other)) == 3
    assert trips(lambda: core.post(f"{path}/unlink", recipeUserId=other)) == 1
    core.post(f"{path}/link", **pair)
    assert trips(lambda: core.post(f"{path}/unlink", recipeUserId=primary)) == 3


def test_external_ids_take_two(core: Core, people: People, trips: Trips) -> None:
    user_id = people.emailpassword("a@example.com")
    mapping = {"superTokensUserId": user_id, "externalUserId": "external"}
    info = {"userId": user_id, "externalUserIdInfo": "info"}

    assert trips(lambda: core.post("/recipe/userid/map", **mapping)) == 2
    assert trips(lambda: core.get("/recipe/userid/map", userId="external")) == 1
    assert trips(lambda: core.put("/recipe/userid/external-user-id-info", **info)) == 2
    assert trips(lambda: core.post("/recipe/userid/map/remove", userId=user_id)) == 3
    core.post("/recipe/userid/map", **mapping)
    assert trips(lambda: core.post("/recipe/userid/map/remove", userId=user_id, force=True)) == 2
