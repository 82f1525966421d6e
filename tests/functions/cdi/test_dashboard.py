"""Users and sessions of the dashboard through the core interface, on every engine."""

import json
from typing import Any

import pytest

from gatehouse.store.statement import Sql
from tests.core import Core
from tests.functions.cdi.tenants import make_tenants
from tests.houses import Home

USER, USERS = "/recipe/dashboard/user", "/recipe/dashboard/users"
SIGN_IN, SESSIONS = "/recipe/dashboard/signin", "/recipe/dashboard/user/sessions"
VERIFY, SESSION = "/recipe/dashboard/session/verify", "/recipe/dashboard/session"
BOSS = {"email": "boss@example.com", "password": "correct horse 9"}
UNKNOWN = {"status": "UNKNOWN_USER_ERROR"}
INVALID = {"status": "INVALID_SESSION_ERROR"}
WRONG = {"status": "INVALID_CREDENTIALS_ERROR"}
BAD_EMAIL = {"status": "INVALID_EMAIL_ERROR"}
TAKEN = {"status": "EMAIL_ALREADY_EXISTS_ERROR"}
NEITHER = (400, "Either field 'email' or 'userId' must be present")


@pytest.fixture
def core(home: Home) -> Core:
    """A core that does not spend time on passwords."""
    return Core(home.with_settings(BCRYPT_LOG_ROUNDS="4"))


def make_user(core: Core, email: str = BOSS["email"], prefix: str = "") -> Any:
    """Make a user."""
    answer = core.post(f"{prefix}{USER}", email=email, password=BOSS["password"])
    assert answer["status"] == "OK"
    return answer["user"]


def session_of(core: Core, email: str = BOSS["email"], prefix: str = "") -> str:
    """Sign in; return the session's id."""
    answer = core.post(f"{prefix}{SIGN_IN}", email=email, password=BOSS["password"])
    assert answer.keys() == {"status", "sessionId"}
    return str(answer["sessionId"])


def delete(core: Core, target: str) -> Any:
    """Send a DELETE."""
    answer = core.call("DELETE", target)
    assert answer.status == 200, answer.text
    return answer.json


def verify(core: Core, session_id: str, prefix: str = "") -> Any:
    """Ask whose session it is."""
    return core.post(f"{prefix}{VERIFY}", sessionId=session_id)


def test_users_are_made_once_and_listed_as_they_joined(core: Core, home: Home) -> None:
    made = []
    for email in ("c@example.com", " A@Example.com ", "b@example.com", "d@example.com"):
        made.append(make_user(core, email))
        home.clock.advance(seconds=1)

    assert [user["email"] for user in made] == [f"{name}@example.com" for name in "cabd"]
    assert all(list(user) == ["email", "userId", "timeJoined"] for user in made)
    assert core.get(USERS) == {"status": "OK", "users": made}
    assert core.post(USER, email="A@example.com", password=BOSS["password"]) == TAKEN


def test_users_sign_in_for_thirty_days(core: Core, home: Home) -> None:
    user = make_user(core)
    session_id = session_of(core, " BOSS@example.com")

    assert verify(core, session_id) == {"status": "OK", "email": "boss@example.com"}
    (session,) = core.get(SESSIONS, userId=user["userId"])["sessions"]
    assert list(session) == ["userId", "sessionId", "timeCreated", "expiry"]
    assert (session["userId"], session["sessionId"]) == (user["userId"], session_id)
    assert session["expiry"] - session["timeCreated"] == 2_592_000_000
    home.clock.advance(days=29.9)
    assert verify(core, f" {session_id} ")["status"] == "OK"
    home.clock.advance(days=0.2)
    assert verify(core, session_id) == INVALID
    assert core.get(SESSIONS, userId=user["userId"])["sessions"] == []


def test_wrong_credentials_look_the_same(core: Core) -> None:
    make_user(core)

    for email, password in (
        ("boss@example.com", "correct horse 8"),
        ("boss@example.co", BOSS["password"]),
        ("x" * 256, "x" * 10_000),
    ):
        assert core.post(SIGN_IN, email=email, password=password) == WRONG
    assert core.post(SIGN_IN, email=BOSS["email"], password=f" {BOSS['password']}\n")["status"] == "OK"


def test_sessions_end_one_by_one(core: Core) -> None:
    user = make_user(core)
    first, second = session_of(core), session_of(core)
    assert delete(core, f"{SESSION}?sessionId={first}") == {"status": "OK"}

    assert verify(core, first) == INVALID
    assert verify(core, second)["status"] == "OK"
    assert [s["sessionId"] for s in core.get(SESSIONS, userId=user["userId"])["sessions"]] == [second]
    assert delete(core, f"{SESSION}?sessionId={first}") == {"status": "OK"}


@pytest.mark.parametrize("by", ["userId", "email"])
def test_address_and_password_change_and_end_sessions(core: Core, by: str) -> None:
    user = make_user(core)
    session_id, who = session_of(core), {by: f" {user[by]}"}

    changed = core.put(USER, **who, newEmail=" Chief@Example.com")
    assert changed == {"status": "OK", "user": {**user, "email": "chief@example.com"}}
    assert verify(core, session_id) == INVALID
    session_id = session_of(core, "chief@example.com")
    who = {by: changed["user"][by]}
    assert core.put(USER, **who, newPassword=" another horse 9 ")["user"] == changed["user"]
    assert verify(core, session_id) == INVALID
    assert core.post(SIGN_IN, email="chief@example.com", password=BOSS["password"]) == WRONG
    assert core.post(SIGN_IN, email="chief@example.com", password="another horse 9")["status"] == "OK"


def test_update_without_change_ends_sessions(core: Core) -> None:
    user, session_id = make_user(core), session_of(core)

    assert core.put(USER, userId=user["userId"]) == {"status": "OK", "user": user}
    assert verify(core, session_id) == INVALID
    assert core.post(SIGN_IN, **BOSS)["status"] == "OK"


def test_id_counts_before_address(core: Core) -> None:
    boss, other = make_user(core), make_user(core, "other@example.com")

    both = {"userId": boss["userId"], "email": other["email"]}
    assert core.put(USER, **both, newEmail="new@example.com")["user"]["userId"] == boss["userId"]
    assert core.put(USER, userId="x", email=other["email"], newEmail="y@example.com") == UNKNOWN
    target = f"{USER}?email={other['email']}&userId={boss['userId']}"
    assert delete(core, target) == {"status": "OK", "didUserExist": True}
    assert core.get(USERS)["users"] == [other]


def test_taken_address_changes_nothing(core: Core) -> None:
    make_user(core)
    other = make_user(core, "other@example.com")
    session_id = session_of(core, "other@example.com")

    answer = core.put(
        USER, userId=other["userId"], newEmail="BOSS@example.com", newPassword="another horse 9"
    )
    assert answer == TAKEN
    assert verify(core, session_id)["status"] == "OK"
    assert session_of(core, "other@example.com")


def test_unknown_user_is_told(core: Core) -> None:
    for who in ({"userId": "x"}, {"email": "x@example.com"}, {"userId": "x" * 1_000}):
        assert core.put(USER, **who, newEmail="a@example.com") == UNKNOWN
        assert core.put(USER, **who) == UNKNOWN
        query = "&".join(f"{name}={value}" for name, value in who.items())
        assert delete(core, f"{USER}?{query}") == {"status": "OK", "didUserExist": False}
    assert core.get(SESSIONS, userId="x") == {"status": "OK", "sessions": []}
    assert verify(core, "x" * 1_000) == INVALID


@pytest.mark.parametrize("by", ["userId", "email"])
def test_sessions_go_with_their_user(core: Core, home: Home, by: str) -> None:
    user, session_id = make_user(core), session_of(core)
    make_user(core, "other@example.com")
    other = session_of(core, "other@example.com")

    assert delete(core, f"{USER}?{by}={user[by]}") == {"status": "OK", "didUserExist": True}
    assert verify(core, session_id) == INVALID
    assert verify(core, other)["status"] == "OK"
    count = Sql("SELECT COUNT(*) FROM {dashboard_user_sessions}").only(lambda row: int(row[0]))
    assert home.house.database.run(count) == 1
    assert delete(core, f"{USER}?{by}={user[by]}") == {"status": "OK", "didUserExist": False}


def test_apps_have_their_own_users(core: Core) -> None:
    core.put("/recipe/multitenancy/app/v2", appId="a1")
    make_tenants(core, "t1")
    make_user(core)
    session_id = session_of(core)

    assert core.get(f"/appid-a1{USERS}")["users"] == []
    assert core.post(f"/appid-a1{SIGN_IN}", **BOSS) == WRONG
    assert verify(core, session_id, "/appid-a1") == INVALID
    make_user(core, prefix="/appid-a1")
    assert verify(core, session_of(core, prefix="/appid-a1"), "/appid-a1")["status"] == "OK"
    assert core.refusal("GET", f"/t1{USERS}") == (403, "Only public tenantId can call this app specific API")


def test_expired_sessions_are_swept(core: Core, home: Home) -> None:
    make_user(core)
    session_of(core)
    home.clock.advance(days=31)
    home.house.cleanup.sweep(lambda: True)

    count = Sql("SELECT COUNT(*) FROM {dashboard_user_sessions}").only(lambda row: int(row[0]))
    assert home.house.database.run(count) == 0


@pytest.mark.parametrize("email", ["x", "x@", "@example.com", "x@example.c", "x@-.1"])
def test_what_is_no_address_is_refused(core: Core, email: str) -> None:
    user = make_user(core)

    assert core.post(USER, email=email, password=BOSS["password"]) == BAD_EMAIL
    assert core.put(USER, userId=user["userId"], newEmail=email, newPassword="weak") == BAD_EMAIL
    assert core.put(USER, userId="unknown", newEmail=email) == BAD_EMAIL


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("short 1", "Password must contain at least 8 characters, including a number"),
        ("long 1" + "x" * 94, "Password's length must be lesser than 100 characters"),
        ("12345678", "Password must contain at least one alphabet"),
        ("correct horse", "Password must contain at least one number"),
    ],
)
def test_weak_password_is_refused(core: Core, password: str, message: str) -> None:
    user = make_user(core)
    weak = {"status": "PASSWORD_WEAK_ERROR", "message": message}

    assert core.post(USER, email="a@example.com", password=password) == weak
    assert core.put(USER, userId=user["userId"], newPassword=password) == weak
    assert core.put(USER, userId="unknown", newPassword=f"  {password}  ") == weak


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("POST", USER, {}, "Field name 'email' is invalid in JSON input"),
        ("POST", USER, {"email": " \t", "password": "x"}, "Field name 'email' cannot be an empty String"),
        ("POST", USER, {"email": "a@example.com"}, "Field name 'password' is invalid in JSON input"),
        (
            "POST",
            USER,
            {"email": "a@example.com", "password": " "},
            "Field name 'password' cannot be an empty String",
        ),
        (
            "POST",
            USER,
            {"email": f"{'x' * 250}@example.com", "password": "correct horse 9"},
            "Field name 'email' must not be longer than 256 characters",
        ),
        ("POST", SIGN_IN, {"email": "a"}, "Field name 'password' is invalid in JSON input"),
        ("POST", SIGN_IN, {"email": "", "password": "x"}, "Field name 'email' cannot be an empty String"),
        ("POST", SIGN_IN, {"email": "a", "password": ""}, "Field name 'password' cannot be an empty String"),
        ("POST", VERIFY, {}, "Field name 'sessionId' is invalid in JSON input"),
        ("POST", VERIFY, {"sessionId": " "}, "Field name 'sessionId' cannot be an empty String"),
        ("PUT", USER, {"newEmail": None}, "Field name 'newEmail' is invalid in JSON input"),
        ("PUT", USER, {"newEmail": ""}, "Field name 'newEmail' cannot be an empty String"),
        ("PUT", USER, {"newPassword": 1}, "Field name 'newPassword' is invalid in JSON input"),
        ("PUT", USER, {"newPassword": ""}, "Field name 'newPassword' cannot be an empty String"),
        ("PUT", USER, {"userId": " "}, "Field name 'userId' cannot be an empty String"),
        ("PUT", USER, {"email": " "}, "Field name 'email' cannot be an empty String"),
        ("PUT", USER, {"newEmail": "a@example.com"}, NEITHER[1]),
    ],
)
def test_bad_body_is_named(core: Core, method: str, path: str, body: dict[str, Any], told: str) -> None:
    assert core.refusal(method, path, json.dumps(body).encode()) == (400, told)


@pytest.mark.parametrize(
    ("method", "target", "told"),
    [
        ("DELETE", USER, NEITHER[1]),
        ("DELETE", f"{USER}?userId=", "Field name 'userId' cannot be an empty String"),
        ("DELETE", f"{USER}?email=%20", "Field name 'email' cannot be an empty String"),
        ("DELETE", SESSION, "Field name 'sessionId' is missing in GET request"),
        ("DELETE", f"{SESSION}?sessionId=", "Field name 'sessionId' cannot be an empty String"),
        ("GET", SESSIONS, "Field name 'userId' is missing in GET request"),
        ("GET", f"{SESSIONS}?userId=", "Field name 'userId' cannot be an empty String"),
    ],
)
def test_bad_query_is_named(core: Core, method: str, target: str, told: str) -> None:
    assert core.refusal(method, target) == (400, told)
