"""How many times codes and third parties wait for the database, on a warm connection with its tenant known."""

from typing import Any

import pytest

from tests.core import Core
from tests.houses import Home
from tests.people import People
from tests.round_trips.proxy import Trips

CODE, CONSUME, SIGN_IN = "/recipe/signinup/code", "/recipe/signinup/code/consume", "/recipe/signinup"
EVE, NUMBER = "eve@example.com", "+491701234567"


def create(core: Core, **to: str) -> dict[str, str]:
    """Ask for a code; return what somebody sends who types it."""
    code = core.post(CODE, **to)
    return {name: code[name] for name in ("preAuthSessionId", "deviceId", "userInputCode")}


def test_codes_take_one_to_make_and_two_for_a_device(core: Core, trips: Trips) -> None:
    made: list[Any] = []

    assert trips(lambda: made.append(core.post(CODE, email=EVE))) == 1
    assert trips(lambda: core.post(CODE, phoneNumber=NUMBER)) == 1
    assert trips(lambda: core.post(CODE, deviceId=made[0]["deviceId"])) == 2
    assert trips(lambda: core.post(CODE, deviceId="AAAA")) == 2


@pytest.mark.parametrize("pending", [1, 20])
def test_using_a_code_takes_three_however_many_wait(core: Core, trips: Trips, pending: int) -> None:
    for created_new in (True, False):
        codes = [create(core, email=EVE) for _ in range(pending)]
        for _ in range(pending):
            core.post(CODE, deviceId=codes[-1]["deviceId"])
        answers: list[Any] = []
        body = codes[-1]
        assert trips(lambda body=body, answers=answers: answers.append(core.post(CONSUME, **body))) == 3  # type: ignore[misc]
        assert answers[0]["createdNewUser"] is created_new


def test_using_a_code_of_somebody_with_two_contacts_takes_three(core: Core, home: Home, trips: Trips) -> None:
    people = People(home.house.database)
    ours, primary = people.passwordless(EVE, NUMBER), people.emailpassword("primary@example.com")
    core.post("/recipe/accountlinking/user/primary", recipeUserId=primary)
    core.post("/recipe/accountlinking/user/link", recipeUserId=ours, primaryUserId=primary)
    body = create(core, phoneNumber=NUMBER)

    assert trips(lambda: core.post(CONSUME, **body)) == 3


def test_wrong_codes_and_checks_take_two(core: Core, trips: Trips) -> None:
    body = create(core, email=EVE)

    for attempt in ("nope", "nope", body["userInputCode"]):
        given = {**body, "userInputCode": attempt}
        assert trips(lambda given=given: core.post("/recipe/signinup/code/check", **given)) == 2  # type: ignore[misc]
    assert trips(lambda: core.post(CONSUME, **{**body, "userInputCode": "nope"})) == 2


def test_codes_take_one_to_list_and_two_to_remove(core: Core, trips: Trips) -> None:
    made = [core.post(CODE, email=EVE) for _ in range(5)]

    assert trips(lambda: core.get("/recipe/signinup/codes", email=EVE)) == 1
    assert trips(lambda: core.get("/recipe/signinup/codes", deviceId=made[0]["deviceId"])) == 1
    remove = "/recipe/signinup/code/remove"
    assert trips(lambda: core.post(remove, codeId=made[0]["codeId"])) == 2
    assert trips(lambda: core.post(remove, preAuthSessionId=made[1]["preAuthSessionId"])) == 1
    assert trips(lambda: core.post("/recipe/signinup/codes/remove", email=EVE)) == 2


def test_users_with_codes_take_one_to_find_and_four_to_change(core: Core, home: Home, trips: Trips) -> None:
    user_id = People(home.house.database).passwordless(EVE, NUMBER)
    headers = {"rid": "passwordless"}

    for query in (f"userId={user_id}", f"email={EVE}", "phoneNumber=%2B491701234567"):
        assert trips(lambda query=query: core.call("GET", f"/recipe/user?{query}", headers=headers)) == 1  # type: ignore[misc]
    change = {"rid": "passwordless", "recipeUserId": user_id}
    assert trips(lambda: core.put("/recipe/user", **change, email=EVE)) == 1
    assert trips(lambda: core.put("/recipe/user", **change, email="new@example.com")) == 4
    assert trips(lambda: core.put("/recipe/user", **change, email=EVE, phoneNumber="+4930123")) == 5


@pytest.mark.parametrize("is_verified", [False, True])
def test_third_parties_take_two_and_four_with_another_address(
    core: Core, trips: Trips, *, is_verified: bool
) -> None:
    def sign_in(email: str) -> Any:
        who = {"thirdPartyId": "google", "thirdPartyUserId": "g1"}
        return core.post(SIGN_IN, **who, email={"id": email, "isVerified": is_verified})

    assert trips(lambda: sign_in(EVE)) == 2
    assert trips(lambda: sign_in(EVE)) == 2
    assert trips(lambda: sign_in("new@example.com")) == 4
    query = "/recipe/user?thirdPartyId=google&thirdPartyUserId=g1"
    assert trips(lambda: core.call("GET", query, headers={"rid": "thirdparty"})) == 1
    assert trips(lambda: core.get("/recipe/users/by-email", email=EVE)) == 1
