"""Resets of forgotten passwords through the core interface, on every engine."""

import hashlib
import re
from typing import Any

import pytest

from gatehouse.store.statement import Sql
from tests.core import Core
from tests.functions.cdi.tenants import make_tenants, say
from tests.functions.cdi.test_emailpassword import can_sign_in, link, make_primary, sign_up
from tests.houses import Home
from tests.people import People

CREATE = "/recipe/user/password/reset/token"
CONSUME = "/recipe/user/password/reset/token/consume"
RESET = "/recipe/user/password/reset"
INVALID = {"status": "RESET_PASSWORD_INVALID_TOKEN_ERROR"}
UNKNOWN = {"status": "UNKNOWN_USER_ID_ERROR"}


@pytest.fixture
def core(home: Home) -> Core:
    """A core that does not spend time on passwords."""
    return Core(home.with_settings(BCRYPT_LOG_ROUNDS="4"))


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


def token_of(core: Core, user_id: str, email: str = "ada@example.com", prefix: str = "") -> str:
    """Make a token."""
    answer = core.post(f"{prefix}{CREATE}", userId=user_id, email=email)
    assert answer.keys() == {"status", "token"}
    return str(answer["token"])


def reset(core: Core, token: str, chosen: str = "new", **more: Any) -> Any:
    """Reset a password in the old way."""
    return core.post(RESET, **{"method": "token", "token": token, "newPassword": chosen, **more})


def test_token_works_once(core: Core) -> None:
    user_id = sign_up(core, "ada@example.com")
    token = token_of(core, user_id, " Ada@Example.com")

    assert re.fullmatch(r"[A-Za-z0-9_-]{128}", token)
    assert core.post(CONSUME, token=token) == {"status": "OK", "userId": user_id, "email": " Ada@Example.com"}
    assert core.post(CONSUME, token=token) == INVALID
    assert can_sign_in(core, "ada@example.com", "pw"), "it is for the SDK to change the password"


def test_only_a_hash_is_stored(core: Core, people: People) -> None:
    user_id = sign_up(core, "ada@example.com")
    token = token_of(core, user_id)

    hashed = hashlib.sha256(token.encode()).hexdigest()
    assert people.rows("emailpassword_pswd_reset_tokens", "user_id, token") == [(user_id, hashed)]
    assert core.post(CONSUME, token=hashed) == INVALID


def test_one_token_spends_all_of_its_user(core: Core, people: People) -> None:
    ada, bob = sign_up(core, "ada@example.com"), sign_up(core, "bob@example.com")
    first, second, other = token_of(core, ada), token_of(core, ada), token_of(core, bob)

    assert core.post(CONSUME, token=second)["status"] == "OK"
    assert core.post(CONSUME, token=first) == INVALID
    assert people.rows("emailpassword_pswd_reset_tokens", "user_id") == [(bob,)]
    assert core.post(CONSUME, token=other)["userId"] == bob


def test_expired_token_spends_all_of_its_user(core: Core, home: Home, people: People) -> None:
    user_id = sign_up(core, "ada@example.com")
    first = token_of(core, user_id)
    home.clock.advance(minutes=59)
    second = token_of(core, user_id)
    home.clock.advance(minutes=2)

    assert core.post(CONSUME, token=first) == INVALID
    assert people.rows("emailpassword_pswd_reset_tokens", "user_id") == []
    assert core.post(CONSUME, token=second) == INVALID


def test_token_works_for_as_long_as_its_tenant_says(core: Core, home: Home) -> None:
    core.put(
        "/recipe/multitenancy/tenant/v2", tenantId="t1", coreConfig={"password_reset_token_lifetime": 60_000}
    )
    ada, bob = sign_up(core, "ada@example.com", prefix="/t1"), sign_up(core, "bob@example.com", prefix="/t1")
    short, long = token_of(core, ada, prefix="/t1"), token_of(core, bob)
    home.clock.advance(seconds=59)
    still = token_of(core, ada, prefix="/t1")
    home.clock.advance(seconds=2)

    assert core.post(CONSUME, token=short) == INVALID
    assert core.post(CONSUME, token=still) == INVALID, "it went with the other"
    assert core.post(f"/t1{CONSUME}", token=long)["userId"] == bob, "tokens are an app's"


def test_tokens_of_another_app_do_not_work(core: Core) -> None:
    core.put("/recipe/multitenancy/app/v2", appId="a1")
    user_id = sign_up(core, "ada@example.com", prefix="/appid-a1")
    token = token_of(core, user_id, prefix="/appid-a1")

    assert core.post(CONSUME, token=token) == INVALID
    assert core.post(CREATE, userId=user_id, email="a") == UNKNOWN
    assert core.post(f"/appid-a1{CONSUME}", token=token)["userId"] == user_id


def test_external_ids_are_taken_and_shown(core: Core, people: People) -> None:
    user_id = sign_up(core, "ada@example.com")
    people.map(user_id, "ada-1")

    for known in (user_id, "ada-1"):
        assert core.post(CONSUME, token=token_of(core, known))["userId"] == "ada-1"
        assert reset(core, token_of(core, known)) == {"status": "OK", "userId": "ada-1"}
    assert people.rows("emailpassword_pswd_reset_tokens", "user_id") == []


def test_own_id_wins_over_a_mapped_one(core: Core, people: People) -> None:
    ada, bob = sign_up(core, "ada@example.com"), sign_up(core, "bob@example.com")
    people.map(bob, ada)
    token_of(core, ada)

    assert people.rows("emailpassword_pswd_reset_tokens", "user_id") == [(ada,)]


def test_who_signs_in_otherwise_may_be_about_to_get_a_password(core: Core, people: People) -> None:
    user_id = people.passwordless("ada@example.com", None)
    assert core.post(CONSUME, token=token_of(core, user_id))["userId"] == user_id

    assert reset(core, token_of(core, user_id)) == {"status": "OK", "userId": user_id}
    assert not can_sign_in(core, "ada@example.com", "new")


def test_unknown_user_gets_no_token(core: Core, people: People) -> None:
    for user_id in ("nobody", "", "x" * 10_000, "ADA"):
        assert core.post(CREATE, userId=user_id, email="a@example.com") == UNKNOWN
    assert people.rows("emailpassword_pswd_reset_tokens", "user_id") == []


def test_what_is_no_token_is_refused(core: Core) -> None:
    for token in ("", "x", "é" * 1_000, "x" * 10_000):
        assert core.post(CONSUME, token=token) == INVALID
        assert reset(core, token) == INVALID


def test_password_is_reset_in_the_old_way(core: Core, home: Home) -> None:
    user_id = sign_up(core, "ada@example.com")
    token, other = token_of(core, user_id), token_of(core, user_id)

    assert reset(core, token) == {"status": "OK", "userId": user_id}
    assert can_sign_in(core, "ada@example.com", "new")
    assert not can_sign_in(core, "ada@example.com", "pw")
    assert reset(core, token, "again") == reset(core, other, "again") == INVALID
    expired = token_of(core, user_id)
    home.clock.advance(minutes=61)
    assert reset(core, expired, "again") == INVALID
    assert can_sign_in(core, "ada@example.com", "new")


def test_before_4_0_the_address_is_the_users_own(core: Core, people: People) -> None:
    user_id = sign_up(core, "ada@example.com")
    people.map(user_id, "ada-1")

    for known in (user_id, "ada-1"):
        answer = say(core, "POST", CREATE, version="3.0", userId=known, email=7)
        consumed = core.post(CONSUME, token=answer["token"])
        assert consumed == {"status": "OK", "userId": "ada-1", "email": "ada@example.com"}


def test_before_4_0_only_who_has_just_a_password_gets_a_token(core: Core, people: People) -> None:
    primary, other = sign_up(core, "ada@example.com"), sign_up(core, "second@example.com")
    make_primary(core, primary)
    link(core, other, primary)

    for user_id in (primary, other):
        answer = say(core, "POST", CREATE, version="3.0", userId=user_id)
        assert answer == (400, "Please use CDI version >= 4.0")
    for unknown in ("nobody", people.passwordless("bob@example.com", None)):
        assert say(core, "POST", CREATE, version="3.0", userId=unknown) == UNKNOWN


def test_token_of_an_old_core_has_no_address(core: Core, home: Home, people: People) -> None:
    def old_token(user_id: str, token: str) -> None:
        hashed = hashlib.sha256(token.encode()).hexdigest()
        people.insert(
            "emailpassword_pswd_reset_tokens",
            user_id=user_id,
            token=hashed,
            token_expiry=home.clock() + 1_000,
        )

    ada, bob = sign_up(core, "ada@example.com"), people.passwordless("bob@example.com", None)
    old_token(ada, "adas")
    old_token(bob, "bobs")
    assert core.post(CONSUME, token="adas") == {"status": "OK", "userId": ada, "email": "ada@example.com"}
    assert core.post(CONSUME, token="bobs") == INVALID

    make_primary(core, ada)
    link(core, sign_up(core, "second@example.com"), ada)
    old_token(ada, "of somebody with two")
    assert core.post(CONSUME, token="of somebody with two") == INVALID
    assert people.rows("emailpassword_pswd_reset_tokens", "user_id") == []


def test_tokens_go_with_their_user(core: Core) -> None:
    user_id = sign_up(core, "ada@example.com")
    token = token_of(core, user_id)
    core.post("/user/remove", userId=user_id)

    assert core.post(CONSUME, token=token) == INVALID


def test_tenant_in_the_path_must_exist(core: Core) -> None:
    make_tenants(core, "t1")
    user_id = sign_up(core, "ada@example.com")
    token = token_of(core, user_id, prefix="/t1")

    assert core.refusal("POST", f"/t2{CONSUME}", {"token": token})[0] == 400
    assert core.post(f"/t1{CONSUME}", token=token)["status"] == "OK"


@pytest.mark.parametrize(
    ("version", "path", "body", "told"),
    [
        ("5.1", CREATE, {"email": "a"}, "Field name 'userId' is invalid in JSON input"),
        ("4.0", CREATE, {"userId": "u"}, "Field name 'email' is invalid in JSON input"),
        ("4.0", CREATE, {"userId": "u", "email": None}, "Field name 'email' is invalid in JSON input"),
        (
            "4.0",
            CREATE,
            {"userId": "u", "email": "x" * 257},
            "Field name 'email' must not be longer than 256 characters",
        ),
        ("3.0", CREATE, {"email": "a"}, "Field name 'userId' is invalid in JSON input"),
        ("5.1", CONSUME, {}, "Field name 'token' is invalid in JSON input"),
        ("5.1", CONSUME, {"token": 1}, "Field name 'token' is invalid in JSON input"),
        ("5.1", RESET, {}, "Field name 'method' is invalid in JSON input"),
        ("5.1", RESET, {"method": "token"}, "Field name 'token' is invalid in JSON input"),
        (
            "5.1",
            RESET,
            {"method": "token", "token": "t"},
            "Field name 'newPassword' is invalid in JSON input",
        ),
        (
            "5.1",
            RESET,
            {"method": "x", "token": "t", "newPassword": ""},
            "Unsupported method for password reset",
        ),
        (
            "5.1",
            RESET,
            {"method": "token", "token": "t", "newPassword": ""},
            "Password cannot be an empty string",
        ),
    ],
)
def test_bad_input_is_named(core: Core, version: str, path: str, body: dict[str, Any], told: str) -> None:
    assert core.refusal("POST", path, body, {"cdi-version": version}) == (400, told)


def test_expired_tokens_are_swept(core: Core, home: Home) -> None:
    token_of(core, sign_up(core, "ada@example.com"))
    home.clock.advance(minutes=61)
    home.house.cleanup.sweep(lambda: True)

    count = Sql("SELECT COUNT(*) FROM {emailpassword_pswd_reset_tokens}").only(lambda row: int(row[0]))
    assert home.house.database.run(count) == 0
