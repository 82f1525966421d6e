"""Passwords, proofs and the dashboard on a database that SuperTokens made: with foreign keys, and blind on MySQL."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.core import Core
from tests.databases import FreshDatabase
from tests.functions.cdi.test_emailpassword import can_sign_in, change, make_primary, sign_up
from tests.houses import Home, open_house
from tests.people import People, make_adopted_database

PLAIN, ACCENTED = "eve@example.com", "ève@example.com"
TAKEN = {"status": "EMAIL_ALREADY_EXISTS_ERROR"}
BCRYPT = "$2a$05$vTNtOWhKVVLxCQDePmmsa.Loz9RuwwWajZtkchIVLIu4/.ncSTwfq"


@pytest.fixture(params=["mariadb", "postgresql"])
def home(request: pytest.FixtureRequest, fresh_database_url: FreshDatabase, tmp_path: Path) -> Iterator[Home]:
    """A house on such a database."""
    url = make_adopted_database(request.param, fresh_database_url)
    home = open_house(url, tmp_path / "mailbox.jsonl", BCRYPT_LOG_ROUNDS="4")
    yield home
    home.close()


@pytest.fixture
def is_blind(home: Home) -> bool:
    """Say whether the database takes two texts for one that differ by case or accents."""
    return urlsplit(home.house.settings.database_url).scheme == "mysql"


def test_nobody_gets_in_with_an_address_that_looks_the_same(core: Core, is_blind: bool) -> None:
    user_id = sign_up(core, PLAIN)

    assert not can_sign_in(core, ACCENTED, "pw")
    assert core.get("/recipe/user", email=ACCENTED) == {"status": "UNKNOWN_EMAIL_ERROR"}
    assert core.get("/recipe/user", userId=user_id.upper()) == {"status": "UNKNOWN_USER_ID_ERROR"}
    answer = core.post("/recipe/signup", email=ACCENTED, password="other")
    assert answer["status"] == ("EMAIL_ALREADY_EXISTS_ERROR" if is_blind else "OK")
    assert can_sign_in(core, PLAIN, "pw")


def test_password_of_an_address_that_looks_the_same_is_not_overwritten(core: Core, is_blind: bool) -> None:
    sign_up(core, PLAIN)

    answer = core.post("/recipe/user/passwordhash/import", email=ACCENTED, passwordHash=BCRYPT)
    if is_blind:
        assert answer == TAKEN
    else:
        assert answer["didUserAlreadyExist"] is False
    assert can_sign_in(core, PLAIN, "pw")


def test_address_changes_to_what_looks_the_same(core: Core, is_blind: bool) -> None:
    user_id, other = sign_up(core, PLAIN), sign_up(core, "bob@example.com")
    make_primary(core, user_id)
    make_primary(core, other)

    assert change(core, user_id, email=ACCENTED) == {"status": "OK"}
    assert can_sign_in(core, ACCENTED, "pw")
    assert not can_sign_in(core, PLAIN, "pw")
    expected = TAKEN if is_blind else {"status": "OK"}
    assert change(core, other, email=PLAIN) == expected


def test_reset_tokens_go_along_with_foreign_keys(core: Core, home: Home) -> None:
    path, user_id = "/recipe/user/password/reset/token", sign_up(core, PLAIN)
    unknown = {"status": "UNKNOWN_USER_ID_ERROR"}

    assert core.post(path, userId=user_id.upper(), email=PLAIN) == unknown
    _, token = [core.post(path, userId=user_id, email=PLAIN)["token"] for _ in range(2)]
    assert core.post(f"{path}/consume", token=token.swapcase())["status"] != "OK"
    assert core.post(f"{path}/consume", token=token)["userId"] == user_id
    assert People(home.house.database).rows("emailpassword_pswd_reset_tokens", "token") == []
    token = core.post(path, userId=user_id, email=PLAIN)["token"]
    core.post("/user/remove", userId=user_id)
    assert core.post(f"{path}/consume", token=token)["status"] == "RESET_PASSWORD_INVALID_TOKEN_ERROR"


def test_proof_is_of_exactly_one_address(core: Core) -> None:
    path = "/recipe/user/email/verify"
    token = core.post(f"{path}/token", userId="eve", email=PLAIN)["token"]
    assert core.post(path, method="token", token=token)["status"] == "OK"

    assert core.get(path, userId="eve", email=PLAIN)["isVerified"] is True
    for user_id, email in (("eve", ACCENTED), ("EVE", PLAIN)):
        assert core.get(path, userId=user_id, email=email)["isVerified"] is False
        assert core.post(f"{path}/token", userId=user_id, email=email)["status"] == "OK"


def test_dashboard_goes_along_with_foreign_keys(core: Core, is_blind: bool) -> None:
    path, secret = "/recipe/dashboard", "correct horse 9"
    user = core.post(f"{path}/user", email=PLAIN, password=secret)["user"]
    session_id = core.post(f"{path}/signin", email=PLAIN, password=secret)["sessionId"]

    wrong = {"status": "INVALID_CREDENTIALS_ERROR"}
    assert core.post(f"{path}/signin", email=ACCENTED, password=secret) == wrong
    assert core.post(f"{path}/session/verify", sessionId=session_id.upper())["status"] != "OK"
    unknown = {"status": "UNKNOWN_USER_ERROR"}
    assert core.put(f"{path}/user", email=ACCENTED, newPassword="another horse 9") == unknown
    answer = core.post(f"{path}/user", email=ACCENTED, password=secret)
    assert answer["status"] == ("EMAIL_ALREADY_EXISTS_ERROR" if is_blind else "OK")
    assert core.call("DELETE", f"{path}/user?userId={user['userId']}").json["didUserExist"] is True
    assert core.post(f"{path}/session/verify", sessionId=session_id)["status"] == "INVALID_SESSION_ERROR"
