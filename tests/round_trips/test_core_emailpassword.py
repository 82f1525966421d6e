"""How many times passwords, proofs of addresses and the dashboard wait for the database, on a warm connection."""

import pytest

from tests.core import Core
from tests.houses import Home
from tests.people import People
from tests.round_trips.proxy import Trips

ADA = {"email": "ada@example.com", "password": "correct horse 9"}
BCRYPT = "$2a$05$vTNtOWhKVVLxCQDePmmsa.Loz9RuwwWajZtkchIVLIu4/.ncSTwfq"


@pytest.fixture
def home(home: Home) -> Home:
    """A house that does not spend time on passwords."""
    return Home(home.with_settings(BCRYPT_LOG_ROUNDS="4"), home.mailbox, home.clock, home.environment)


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


def test_sign_up_takes_one_and_sign_in_two(core: Core, trips: Trips) -> None:
    fake = {**ADA, "email": "x@stfakeemail.supertokens.com"}

    for user in (ADA, fake):
        assert trips(lambda user=user: core.post("/recipe/signup", **user)) == 1  # type: ignore[misc]
        assert trips(lambda user=user: core.post("/recipe/signin", **user)) == 2  # type: ignore[misc]
    assert trips(lambda: core.post("/recipe/signin", **{**ADA, "password": "wrong"})) == 2, "which is noted"
    assert trips(lambda: core.post("/recipe/signup", **ADA)) <= 3, "the others roll back"


def test_import_takes_two_and_overwriting_too(core: Core, trips: Trips) -> None:
    body = {"email": "ada@example.com", "passwordHash": BCRYPT}

    assert trips(lambda: core.post("/recipe/user/passwordhash/import", **body)) == 2
    assert trips(lambda: core.post("/recipe/user/passwordhash/import", **body)) == 2


def test_reset_takes_five_together(core: Core, people: People, trips: Trips) -> None:
    user_id = people.emailpassword("ada@example.com")
    people.map(user_id, "ada-1")
    path, tokens = "/recipe/user/password/reset", []

    def create() -> None:
        tokens.append(core.post(f"{path}/token", userId="ada-1", email="ada@example.com")["token"])

    assert trips(create) == 2
    assert trips(lambda: core.post(f"{path}/token/consume", token=tokens[-1])) == 3
    assert trips(create) == 2
    body = {"method": "token", "token": tokens[-1], "newPassword": "x"}
    assert trips(lambda: core.post(path, **body)) == 3
    assert trips(lambda: core.post(f"{path}/token/consume", token="x")) == 1


def test_changes_take_two_or_three(core: Core, people: People, trips: Trips) -> None:
    user_id = people.emailpassword("ada@example.com")
    core.post("/recipe/accountlinking/user/primary", recipeUserId=user_id)

    def change(**to: str) -> None:
        assert core.put("/recipe/user", rid="emailpassword", recipeUserId=user_id, **to)["status"] == "OK"

    assert trips(lambda: change(password="new")) == 2
    assert trips(lambda: change(email="b@example.com")) == 3
    assert trips(lambda: change(email="c@example.com", password="third")) == 3


def test_reads_take_one(core: Core, people: People, trips: Trips) -> None:
    user_id = people.emailpassword("ada@example.com")

    assert trips(lambda: core.get("/recipe/user", userId=user_id)) == 1
    assert trips(lambda: core.get("/recipe/user", email="ada@example.com")) == 1
    query = {"userId": user_id, "email": "ada@example.com"}
    assert trips(lambda: core.get("/recipe/user/email/verify", **query)) == 1


def test_proof_of_an_address_takes_five_together(core: Core, trips: Trips) -> None:
    whose = {"userId": "ada-1", "email": "ada@example.com"}
    path, tokens = "/recipe/user/email/verify", []

    def create() -> None:
        tokens.append(core.post(f"{path}/token", **whose)["token"])

    assert trips(create) == 2
    assert trips(lambda: core.post(path, method="token", token=tokens[0])) == 3
    assert trips(lambda: core.post(path, method="token", token=tokens[0])) == 1
    assert trips(lambda: core.post(f"{path}/remove", **whose)) == 1
    assert trips(lambda: core.post(f"{path}/token/remove", **whose)) == 1


def test_dashboard_is_quick(core: Core, trips: Trips) -> None:
    path = "/recipe/dashboard"
    assert trips(lambda: core.post(f"{path}/user", **ADA)) == 1
    assert trips(lambda: core.post(f"{path}/signin", **ADA)) == 2
    session_id = core.post(f"{path}/signin", **ADA)["sessionId"]

    assert trips(lambda: core.post(f"{path}/session/verify", sessionId=session_id)) == 1
    assert trips(lambda: core.get(f"{path}/users")) == 1
    assert trips(lambda: core.put(f"{path}/user", email="ada@example.com", newPassword="another 9")) == 2
    assert trips(lambda: core.call("DELETE", f"{path}/session?sessionId={session_id}")) == 1
    assert trips(lambda: core.call("DELETE", f"{path}/user?email=ada@example.com")) == 2
