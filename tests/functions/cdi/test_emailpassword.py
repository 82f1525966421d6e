"""Users with a password through the core interface, on every engine."""

from typing import Any

import pytest

from gatehouse.store.statement import Sql
from tests.core import Core
from tests.functions.cdi.tenants import make_tenants, say
from tests.houses import Home

ADA = {"email": "ada@example.com", "password": "correct horse 9"}
WRONG = {"status": "WRONG_CREDENTIALS_ERROR"}
TAKEN = {"status": "EMAIL_ALREADY_EXISTS_ERROR"}
OK = {"status": "OK"}
NOT_ALLOWED = {
    "status": "EMAIL_CHANGE_NOT_ALLOWED_ERROR",
    "reason": "New email is associated with another primary user ID",
}


@pytest.fixture
def core(home: Home) -> Core:
    """A core that does not spend time on passwords."""
    return Core(home.with_settings(BCRYPT_LOG_ROUNDS="4"))


def sign_up(core: Core, email: str, chosen: str = "pw", prefix: str = "") -> str:
    """Make a user; return their id."""
    answer = core.post(f"{prefix}/recipe/signup", email=email, password=chosen)
    assert answer["status"] == "OK"
    return str(answer["recipeUserId"])


def can_sign_in(core: Core, email: str, password: str, prefix: str = "") -> bool:
    """Say whether somebody can sign in."""
    answer = core.post(f"{prefix}/recipe/signin", email=email, password=password)
    assert answer["status"] == "OK" or answer == WRONG
    return bool(answer["status"] == "OK")


def make_primary(core: Core, user_id: str) -> None:
    """Make a primary user."""
    assert core.post("/recipe/accountlinking/user/primary", recipeUserId=user_id)["status"] == "OK"


def link(core: Core, user_id: str, primary: str) -> None:
    """Link a login method to a primary user."""
    answer = core.post("/recipe/accountlinking/user/link", recipeUserId=user_id, primaryUserId=primary)
    assert answer["status"] == "OK"


def last_active(home: Home, user_id: str) -> int | None:
    """Return when somebody was last active."""
    query = Sql("SELECT last_active_time FROM {user_last_active} WHERE user_id = :user_id")
    return home.house.database.run(query.one(lambda row: int(row[0]), user_id=user_id))


def change(core: Core, user_id: str, **to: Any) -> Any:
    """Give a login method another address or password."""
    return core.put("/recipe/user", rid="emailpassword", recipeUserId=user_id, **to)


def test_people_sign_up_once_and_sign_in(core: Core, home: Home) -> None:
    before_ms = home.clock()
    signed_up = core.post("/recipe/signup", **ADA)
    user_id = signed_up["recipeUserId"]
    joined_ms = signed_up["user"]["timeJoined"]
    method = {
        "tenantIds": ["public"],
        "recipeUserId": user_id,
        "verified": False,
        "timeJoined": joined_ms,
        "recipeId": "emailpassword",
        "email": "ada@example.com",
    }
    assert before_ms <= joined_ms <= home.clock()
    assert signed_up == {
        "status": "OK",
        "user": {
            "id": user_id,
            "isPrimaryUser": False,
            "tenantIds": ["public"],
            "timeJoined": joined_ms,
            "emails": ["ada@example.com"],
            "phoneNumbers": [],
            "thirdParty": [],
            "loginMethods": [method],
            "webauthn": {"credentialIds": []},
        },
        "recipeUserId": user_id,
    }
    signed_in = core.post("/recipe/signin", email=" ADA@example.com\t", password=ADA["password"])
    assert signed_in == signed_up
    assert core.post("/recipe/signup", **{**ADA, "email": "Ada@Example.Com "}) == TAKEN


def test_wrong_password_and_unknown_address_look_the_same(core: Core) -> None:
    core.post("/recipe/signup", **ADA)

    for email, password in (
        ("ada@example.com", "x"),
        ("ada@example.com", ""),
        ("ada@example.com", "correct horse 9 "),
        ("ada@example.co", ADA["password"]),
        ("\u00a0ada@example.com", ADA["password"]),
        ("a" * 10_000, ADA["password"]),
        ("", ADA["password"]),
    ):
        assert core.post("/recipe/signin", email=email, password=password) == WRONG


def test_signing_up_and_in_is_being_active(core: Core, home: Home) -> None:
    user_id = sign_up(core, "ada@example.com")
    first = last_active(home, user_id)
    home.clock.advance(minutes=1)
    assert core.post("/recipe/signin", email="ada@example.com", password="wrong") == WRONG
    assert first is not None
    assert last_active(home, user_id) == first

    assert can_sign_in(core, "ada@example.com", "pw")
    assert (last_active(home, user_id) or 0) >= first + 60_000


def test_passwords_may_be_long_and_of_any_letters(core: Core) -> None:
    long = "pässwörd 🔑 " * 1_000
    sign_up(core, "ada@example.com", long)

    assert can_sign_in(core, "ada@example.com", long)
    assert not can_sign_in(core, "ada@example.com", "x" + long)


def test_addresses_have_room_for_256_characters(core: Core) -> None:
    longest = "ü" * 244 + "@example.com"
    sign_up(core, f"  {longest.upper()}  ")
    assert can_sign_in(core, longest, "pw")
    too_long = (400, "Field name 'email' must not be longer than 256 characters")

    assert core.refusal("POST", "/recipe/signup", {"email": f"x{longest}", "password": "x"}) == too_long
    grows = "İ" * 129
    assert core.refusal("POST", "/recipe/signup", {"email": grows, "password": "x"}) == too_long


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "Invalid Json Input"),
        (b"[]", "Invalid Json Input"),
        ({}, "Field name 'email' is invalid in JSON input"),
        ({"password": "x"}, "Field name 'email' is invalid in JSON input"),
        ({"email": None, "password": "x"}, "Field name 'email' is invalid in JSON input"),
        ({"email": 1, "password": "x"}, "Field name 'email' is invalid in JSON input"),
        ({"email": "a\x00", "password": "x"}, "Field name 'email' is invalid in JSON input"),
        ({"email": "a"}, "Field name 'password' is invalid in JSON input"),
        ({"email": "a", "password": ["x"]}, "Field name 'password' is invalid in JSON input"),
        ({"email": "a", "password": 10**40}, "Field name 'password' is invalid in JSON input"),
        ({"email": "a", "password": ""}, "Password cannot be an empty string"),
    ],
)
def test_bad_sign_up_is_named(core: Core, body: Any, told: str) -> None:
    assert core.refusal("POST", "/recipe/signup", body) == (400, told)


def test_made_up_addresses_count_as_verified(core: Core) -> None:
    for email in ("x@stfakeemail.supertokens.com", "x@tp.fakeemail.com"):
        user = core.post("/recipe/signup", email=email, password="pw")["user"]
        assert user["loginMethods"][0]["verified"] is True
        signed_in = core.post("/recipe/signin", email=email, password="pw")["user"]
        assert signed_in["loginMethods"][0]["verified"] is True
        verified = core.get("/recipe/user/email/verify", userId=user["id"], email=email)
        assert verified["isVerified"] is True


def test_users_before_4_0_are_flat(core: Core) -> None:
    signed_up = say(core, "POST", "/recipe/signup", version="3.0", **ADA)
    user = signed_up["user"]

    assert signed_up == {"status": "OK", "user": user}
    assert user.keys() == {"id", "email", "timeJoined", "tenantIds"}
    assert (user["email"], user["tenantIds"]) == ("ada@example.com", ["public"])
    assert say(core, "POST", "/recipe/signin", version="3.1", **ADA) == signed_up
    query = f"/recipe/user?userId={user['id']}"
    assert say(core, "GET", query, version="3.0") == signed_up


def test_tenants_have_their_own_users(core: Core) -> None:
    make_tenants(core, "t1")
    first, other = sign_up(core, "ada@example.com"), sign_up(core, "ada@example.com", "other", "/t1")

    assert can_sign_in(core, "ada@example.com", "pw")
    assert not can_sign_in(core, "ada@example.com", "pw", "/t1")
    assert can_sign_in(core, "ada@example.com", "other", "/t1")
    assert core.post("/recipe/multitenancy/tenant/user", recipeUserId=other) == TAKEN
    assert core.get("/t1/recipe/user", email="ada@example.com")["user"]["id"] == other
    assert core.get("/recipe/user", userId=first)["user"]["tenantIds"] == ["public"]
    assert core.refusal("GET", f"/t1/recipe/user?userId={other}") == (
        403,
        "Only public tenantId can call this app specific API",
    )
    assert core.refusal("POST", "/t2/recipe/signup", ADA)[0] == 400


def test_what_a_tenant_does_not_offer_is_refused_before_5_1(core: Core) -> None:
    core.put("/recipe/multitenancy/tenant/v2", tenantId="off", firstFactors=[])
    core.put("/recipe/multitenancy/tenant/v2", tenantId="otp", firstFactors=["otp-email"])
    sent = {
        "/recipe/signup": ADA,
        "/recipe/signin": ADA,
        "/recipe/user/passwordhash/import": {"email": "a", "passwordHash": "$2a"},
        "/recipe/user/password/reset/token": {"userId": "u", "email": "a"},
    }
    refusal = (403, "Email password login not enabled for tenant")

    for path, body in sent.items():
        for version in ("3.0", "4.0"):
            assert say(core, "POST", f"/otp{path}", version=version, **body) == refusal
        for version in ("4.0", "5.0"):
            assert say(core, "POST", f"/off{path}", version=version, **body) == refusal
        for tenant, version in (("otp", "5.1"), ("otp", "5.4"), ("off", "5.1")):
            assert "status" in say(core, "POST", f"/{tenant}{path}", version=version, **body)
    assert "status" in say(core, "POST", "/otp/recipe/signin", version="5.0", **ADA)


def test_linked_users_sign_in_as_their_primary_user(core: Core, home: Home) -> None:
    primary, other = sign_up(core, "ada@example.com"), sign_up(core, "lovelace@example.com", "two")
    make_primary(core, primary)
    link(core, other, primary)
    home.clock.advance(minutes=1)

    answer = core.post("/recipe/signin", email="lovelace@example.com", password="two")
    assert (answer["user"]["id"], answer["recipeUserId"]) == (primary, other)
    assert answer["user"]["emails"] == ["ada@example.com", "lovelace@example.com"]
    assert (last_active(home, primary) or 0) >= home.clock() - 10_000
    assert last_active(home, other) is None
    flat = say(core, "POST", "/recipe/signin", version="3.0", email="lovelace@example.com", password="two")
    assert flat["user"]["id"] == other
    found = core.get("/recipe/user", userId=other)["user"]
    assert (found["id"], found["isPrimaryUser"], len(found["loginMethods"])) == (other, True, 1)
    assert core.get("/recipe/user", email="lovelace@example.com")["user"] == answer["user"]


def test_external_ids_are_shown_and_taken(core: Core) -> None:
    user_id = sign_up(core, "ada@example.com")
    mapping = {"superTokensUserId": user_id, "externalUserId": "ada-1"}
    assert core.post("/recipe/userid/map", **mapping) == OK

    answer = core.post("/recipe/signin", email="ada@example.com", password="pw")
    assert (answer["user"]["id"], answer["recipeUserId"]) == ("ada-1", "ada-1")
    for known in (user_id, "ada-1"):
        assert core.get("/recipe/user", userId=known)["user"] == answer["user"]
        assert change(core, known, password=f"for {known}") == OK
        assert can_sign_in(core, "ada@example.com", f"for {known}")
    assert core.get("/recipe/user", email="ADA@example.com")["user"] == answer["user"]


def test_unknown_users_are_not_found(core: Core) -> None:
    assert core.get("/recipe/user", userId="nobody") == {"status": "UNKNOWN_USER_ID_ERROR"}
    assert core.get("/recipe/user", userId="") == {"status": "UNKNOWN_USER_ID_ERROR"}
    assert core.get("/recipe/user", userId="x" * 1_000) == {"status": "UNKNOWN_USER_ID_ERROR"}
    assert core.get("/recipe/user", email="nobody@example.com") == {"status": "UNKNOWN_EMAIL_ERROR"}


def test_users_are_asked_for_by_one_thing(core: Core) -> None:
    assert core.refusal("GET", "/recipe/user") == (400, "Please provide one of userId or email")
    assert core.refusal("GET", "/recipe/user?userId=a&email=b") == (
        400,
        "Please provide only one of userId or email",
    )


def test_address_and_password_change(core: Core) -> None:
    user_id = sign_up(core, "ada@example.com")

    assert change(core, user_id, email=" Lovelace@Example.com") == OK
    assert can_sign_in(core, "lovelace@example.com", "pw")
    assert not can_sign_in(core, "ada@example.com", "pw")
    assert change(core, user_id, password="new") == OK
    assert can_sign_in(core, "lovelace@example.com", "new")
    assert change(core, user_id, email="ada@example.com", password="third") == OK
    assert can_sign_in(core, "ada@example.com", "third")
    assert change(core, user_id, email="ada@example.com") == OK
    sign_up(core, "lovelace@example.com")


def test_address_changes_in_every_tenant(core: Core) -> None:
    make_tenants(core, "t1", "t2")
    user_id = sign_up(core, "ada@example.com")
    core.post("/t1/recipe/multitenancy/tenant/user", recipeUserId=user_id)
    sign_up(core, "b@example.com", prefix="/t1")
    sign_up(core, "c@example.com", prefix="/t2")

    assert change(core, user_id, email="b@example.com") == TAKEN
    assert can_sign_in(core, "ada@example.com", "pw")
    assert change(core, user_id, email="c@example.com") == OK
    for prefix in ("", "/t1"):
        assert can_sign_in(core, "c@example.com", "pw", prefix)
        assert not can_sign_in(core, "ada@example.com", "pw", prefix)


def test_taken_address_changes_nothing(core: Core) -> None:
    user_id = sign_up(core, "ada@example.com")
    sign_up(core, "bob@example.com", "bob")

    assert change(core, user_id, email="BOB@example.com", password="new") == TAKEN
    assert can_sign_in(core, "ada@example.com", "pw")
    assert can_sign_in(core, "bob@example.com", "bob")


def test_address_of_another_primary_user_is_refused_in_a_shared_tenant(core: Core) -> None:
    make_tenants(core, "t1", "t2")
    ada = sign_up(core, "ada@example.com")
    core.post("/t1/recipe/multitenancy/tenant/user", recipeUserId=ada)
    bob = sign_up(core, "bob@example.com", prefix="/t1")
    cyd = sign_up(core, "cyd@example.com", prefix="/t2")
    for user_id in (bob, cyd):
        make_primary(core, user_id)

    assert change(core, ada, email="bob@example.com") == TAKEN, "but only as somebody else's login in t1"
    make_primary(core, ada)
    assert change(core, ada, email="bob@example.com", password="new") == NOT_ALLOWED
    assert can_sign_in(core, "ada@example.com", "pw")
    assert change(core, ada, email="cyd@example.com") == OK, "they share no tenant"


def test_linked_login_methods_count_for_the_address_rule(core: Core) -> None:
    make_tenants(core, "t1")
    ada, second = sign_up(core, "ada@example.com"), sign_up(core, "second@example.com", prefix="/t1")
    make_primary(core, ada)
    link(core, second, ada)
    bob = sign_up(core, "bob@example.com")
    make_primary(core, bob)

    assert change(core, second, email="bob@example.com") == NOT_ALLOWED
    assert change(core, second, email="ada@example.com") == OK, "they have it themselves"


def test_users_who_are_not_primary_may_share_an_address(core: Core) -> None:
    make_tenants(core, "t1")
    primary, other = sign_up(core, "ada@example.com"), sign_up(core, "b@example.com", prefix="/t1")
    make_primary(core, primary)
    core.post("/t1/recipe/multitenancy/tenant/user", recipeUserId=primary)
    assert change(core, other, email="ada@example.com") == TAKEN
    core.post("/t1/recipe/multitenancy/tenant/user/remove", recipeUserId=primary)

    assert change(core, other, email="ada@example.com") == OK


def test_who_has_no_password_cannot_change_it(core: Core, home: Home) -> None:
    made = core.post(
        "/recipe/signinup",
        thirdPartyId="google",
        thirdPartyUserId="g1",
        email={"id": "ada@example.com", "isVerified": True},
    )
    unknown = {"status": "UNKNOWN_USER_ID_ERROR"}

    for user_id in (made["recipeUserId"], "nobody", "", "x" * 1_000):
        assert change(core, user_id, password="x") == unknown
        assert change(core, user_id, email="b@example.com") == unknown
    assert core.get("/recipe/user", userId=made["recipeUserId"]) == unknown
    assert core.get("/recipe/user", email="ada@example.com") == {"status": "UNKNOWN_EMAIL_ERROR"}


@pytest.mark.parametrize(
    ("version", "body", "told"),
    [
        ("5.1", {"userId": "u", "email": "a"}, "Field name 'recipeUserId' is invalid in JSON input"),
        ("4.0", {"email": "a"}, "Field name 'recipeUserId' is invalid in JSON input"),
        ("3.0", {"recipeUserId": "u", "email": "a"}, "Field name 'userId' is invalid in JSON input"),
        ("5.1", {"recipeUserId": "u"}, "You have to provide either email or password."),
        ("5.1", {"recipeUserId": "u", "email": None}, "Field name 'email' is invalid in JSON input"),
        ("5.1", {"recipeUserId": "u", "password": 1}, "Field name 'password' is invalid in JSON input"),
        (
            "5.1",
            {"recipeUserId": "u", "email": "x" * 257},
            "Field name 'email' must not be longer than 256 characters",
        ),
    ],
)
def test_bad_change_is_named(core: Core, version: str, body: dict[str, Any], told: str) -> None:
    assert say(core, "PUT", "/recipe/user", version=version, **body) == (400, told)


def test_change_before_4_0_names_a_user(core: Core) -> None:
    user_id = sign_up(core, "ada@example.com")

    assert say(core, "PUT", "/recipe/user", version="3.0", userId=user_id, password="new") == OK
    assert can_sign_in(core, "ada@example.com", "new")
    assert core.refusal("PUT", "/public-x/recipe/user", {"recipeUserId": user_id})[0] == 403


def test_apps_may_hash_with_argon2(core: Core, home: Home) -> None:
    core.put("/recipe/multitenancy/app/v2", appId="a1", coreConfig={"password_hashing_alg": "ARGON2"})
    sign_up(core, "ada@example.com", prefix="/appid-a1")
    sign_up(core, "ada@example.com")

    stored = Sql("SELECT app_id, password_hash FROM {emailpassword_users}").all(lambda row: (row[0], row[1]))
    hashes = dict(home.house.database.run(stored))
    assert hashes["a1"].startswith("$argon2id$v=19$m=87795,t=1,p=2$")
    assert hashes["public"].startswith("$2a$04$")
    assert can_sign_in(core, "ada@example.com", "pw", "/appid-a1")
    assert not can_sign_in(core, "ada@example.com", "wrong", "/appid-a1")
