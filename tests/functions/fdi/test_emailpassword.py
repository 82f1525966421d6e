"""Sign-up and sign-in with a password through the frontend interface."""

from collections.abc import Callable
from typing import Any

import bcrypt
import pytest

from gatehouse.models import PUBLIC
from tests.core import Core
from tests.frontend import Frontend
from tests.functions.cdi.tenants import TENANT
from tests.functions.fdi.factors import link
from tests.functions.fdi.factors import sign_in as open_session
from tests.functions.fdi.passwords import OK, PASSWORD, WRONG, form, prove, quick, sign_in
from tests.houses import ADA, BOB, LAPTOP, Home
from tests.people import People

TAKEN = {
    "status": "FIELD_ERROR",
    "formFields": [{"id": "email", "error": "This email already exists. Please sign in instead."}],
}


@pytest.fixture
def home(sqlite_home: Home) -> Home:
    """A home that does not spend time on passwords."""
    return quick(sqlite_home)


@pytest.fixture
def frontend(home: Home) -> Frontend:
    """A frontend where nobody has signed in."""
    return Frontend(home.house)


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


def faults(*errors: tuple[str, str]) -> dict[str, Any]:
    """Return the answer to a form with these faults."""
    return {"status": "FIELD_ERROR", "formFields": [{"id": name, "error": error} for name, error in errors]}


def test_people_sign_up_and_have_a_session(frontend: Frontend, home: Home) -> None:
    answer = frontend.post("/signup", formFields=form(email=f" {ADA.upper()} ", password=PASSWORD))

    user = answer["user"]
    method = {
        "tenantIds": ["public"],
        "recipeUserId": user["id"],
        "verified": False,
        "timeJoined": user["timeJoined"],
        "recipeId": "emailpassword",
        "email": ADA,
    }
    assert answer == {
        "status": "OK",
        "user": {
            "id": user["id"],
            "isPrimaryUser": False,
            "tenantIds": ["public"],
            "timeJoined": user["timeJoined"],
            "emails": [ADA],
            "phoneNumbers": [],
            "thirdParty": [],
            "loginMethods": [method],
            "webauthn": {"credentialIds": []},
        },
    }
    assert frontend.is_signed_in
    assert frontend.post("/signout") == OK


def test_people_sign_in(frontend: Frontend, home: Home) -> None:
    user = frontend.sign_up(ADA, PASSWORD)
    other = Frontend(home.house, mode="cookie")

    answer = other.ask("POST", "/signin", {"formFields": form(password=PASSWORD, email=" Ada@Example.com")})

    assert (answer.status, answer.json) == (200, {"status": "OK", "user": user})
    assert answer.front_token["uid"] == user["id"]
    assert answer.front_token["up"]["st-ev"]["v"] is False
    assert answer.cookies["sAccessToken"].value
    assert answer.cookies["sRefreshToken"].value


def test_wrong_password_and_unknown_address_look_the_same(
    frontend: Frontend, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    frontend.sign_up(ADA)
    hashed: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        work = getattr(bcrypt, name)

        def count(*given: bytes) -> Any:
            hashed.append(name)
            return work(*given)

        return count

    for name in ("checkpw", "hashpw"):
        monkeypatch.setattr(bcrypt, name, counted(name))
    stranger, trips = Frontend(home.house), []

    for email in (ADA, BOB, "x@stfakeemail.supertokens.com"):
        before = home.house.database.round_trips
        answer = stranger.ask("POST", "/signin", {"formFields": form(email=email, password="wrong")})
        trips.append(home.house.database.round_trips - before)
        assert (answer.status, answer.json) == (200, WRONG)
        assert "front-token" not in answer.headers

    assert hashed == ["checkpw", "hashpw", "hashpw"]
    assert trips[0] == trips[1], "and the database is asked as often"


def test_an_address_signs_up_once(frontend: Frontend, home: Home) -> None:
    frontend.sign_up(ADA)

    assert (
        Frontend(home.house).post("/signup", formFields=form(email="ADA@example.com", password=PASSWORD))
        == TAKEN
    )
    assert sign_in(frontend, ADA)["status"] == "OK"


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short 1", "Password must contain at least 8 characters, including a number"),
        ("a" * 99 + "1", "Password's length must be lesser than 100 characters"),
        ("12345678", "Password must contain at least one alphabet"),
        ("abcdefgh", "Password must contain at least one number"),
        ("ÄÖÜäöüß1", "Password must contain at least one alphabet"),
        ("🔑🔑🔑🔑 a1", "Password must contain at least 8 characters, including a number"),
    ],
)
def test_weak_passwords_are_told_why(frontend: Frontend, password: str, fault: str) -> None:
    fields = form(email=ADA, password=password)

    assert frontend.post("/signup", formFields=fields) == faults(("password", fault))
    assert frontend.post("/signin", formFields=fields) == WRONG, "whoever has one may use it"


@pytest.mark.parametrize(
    "email",
    [
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@example.c",
        "ada@example.c0m",
        "ada@-.exa_mple.com",
        "a b@example.com",
        "ada..b@example.com",
        "ada.@example.com",
        "ada@example.com, bob@example.com",
        "<ada@example.com>",
        "a" * 245 + "@example.com",
        "a" * 10_000 + "@example.com",
        "a\x00b@example.com",
        "a\ud800b@example.com",
    ],
)
def test_what_is_no_address_is_told(frontend: Frontend, email: str) -> None:
    wrong = faults(("email", "Email is not valid"))

    assert frontend.post("/signup", formFields=form(email=email, password=PASSWORD)) == wrong
    assert frontend.post("/signin", formFields=form(email=email, password=PASSWORD)) == wrong
    assert frontend.post("/user/password/reset/token", formFields=form(email=email)) == wrong


def test_addresses_that_no_letter_can_go_to_may_sign_in_but_not_up(
    frontend: Frontend, people: People
) -> None:
    for email in ('"ada b"@example.com', "ada@[192.0.2.1]", "a\u200bda@example.com"):
        assert frontend.post("/signup", formFields=form(email=email, password=PASSWORD)) == faults(
            ("email", "Email is not valid")
        )
        assert sign_in(frontend, email) == WRONG


def test_missing_fields_are_told_in_one_answer(frontend: Frontend) -> None:
    both = faults(("password", "Field is not optional"), ("email", "Field is not optional"))

    for path in ("/signup", "/signin"):
        assert frontend.post(path) == both
        assert frontend.post(path, formFields=[]) == both
        assert frontend.post(path, formFields=form(email="  ", password="")) == both
        assert frontend.post(path, formFields=form(name=1)) == both
        assert frontend.ask("POST", path, b"{").json == both
        assert frontend.ask("POST", path, b"[1]").json == both
    assert frontend.post("/signup", formFields=form(email="x", password="x")) == faults(
        ("password", "Password must contain at least 8 characters, including a number"),
        ("email", "Email is not valid"),
    )


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (None, "Missing input param: formFields"),
        ({}, "formFields must be an array"),
        ("x", "formFields must be an array"),
        (10**40, "formFields must be an array"),
        (["id value"], "All elements of formFields must contain an 'id' and 'value' field"),
        ([None], "All elements of formFields must contain an 'id' and 'value' field"),
        ([{"id": "email"}], "All elements of formFields must contain an 'id' and 'value' field"),
        ([{"id": 1, "value": "x"}], "All elements of formFields must contain an 'id' and 'value' field"),
        (form(email=1), "email value must be a string"),
        (form(email=None), "email value must be a string"),
        (form(password=["x"]), "password value must be a string"),
        (form(email="a", password="b", name="c"), "Are you sending too many formFields?"),
        (
            form(email=ADA, password="\ud800"),
            "password value must have at most 10000 characters, and no control characters",
        ),
        (
            form(email=ADA, password="x" * 10_001),
            "password value must have at most 10000 characters, and no control characters",
        ),
    ],
)
def test_junk_is_a_bad_request(frontend: Frontend, fields: Any, told: str) -> None:
    for path in ("/signup", "/signin"):
        answer = frontend.ask("POST", path, {"formFields": fields})
        assert (answer.status, answer.json) == (400, {"message": told})


@pytest.mark.parametrize("path", ["/emailpassword/email/exists", "/signup/email/exists"])
def test_frontends_ask_whether_an_address_has_a_password(
    frontend: Frontend, people: People, path: str
) -> None:
    people.emailpassword(ADA)
    people.passwordless(BOB, None)

    assert frontend.get(path, email=" ADA@example.com") == {"status": "OK", "exists": True}
    for unknown in (BOB, "x", "", "a" * 9_000):
        assert frontend.get(path, email=unknown) == {"status": "OK", "exists": False}
    answer = frontend.ask("GET", path)
    assert (answer.status, answer.json) == (400, {"message": "Please provide the email as a GET param"})
    assert frontend.ask("GET", f"{path}?email=%00").status == 400


@pytest.mark.parametrize("version", ["1.17", "2.0", "1.16,2.3"])
def test_older_frontends_are_shown_a_flat_user(frontend: Frontend, home: Home, version: str) -> None:
    fields = {"formFields": form(email=ADA, password=PASSWORD)}

    new = frontend.ask("POST", "/signup", fields, fdi_version=version).json
    again = Frontend(home.house).ask("POST", "/signin", fields, fdi_version=version).json

    user = new["user"]
    assert (
        new
        == again
        == {"status": "OK", "user": {"id": user["id"], "email": ADA, "timeJoined": user["timeJoined"]}}
    )


def test_older_frontends_are_shown_the_login_method_of_the_session_that_was_added_to(
    home: Home, people: People
) -> None:
    house = home.with_settings(ACCOUNT_LINKING="any")
    bob = people.passwordless(BOB, None)
    frontend = open_session(house, bob, "otp-email")
    fields = {"formFields": form(email=ADA, password=PASSWORD)}

    user = frontend.ask("POST", "/signup", fields, fdi_version="2.0").json["user"]

    assert user == {"id": bob, "email": BOB, "timeJoined": 1_000}


@pytest.mark.parametrize("version", ["1.18", "3.0", "2.0,3.1"])
def test_newer_frontends_are_shown_all_login_methods(frontend: Frontend, version: str) -> None:
    fields = {"formFields": form(email=ADA, password=PASSWORD)}

    user = frontend.ask("POST", "/signup", fields, fdi_version=version).json["user"]

    assert [method["email"] for method in user["loginMethods"]] == [ADA]


def test_tenants_have_their_own_people(frontend: Frontend, home: Home) -> None:
    Core(home.house).put(TENANT, tenantId="t1", firstFactors=["emailpassword"])
    fields = {"formFields": form(email=ADA, password=PASSWORD)}

    first = frontend.post("/signup", **fields)["user"]
    tenants = Frontend(home.house)
    assert tenants.post("/t1/signin", **fields) == WRONG
    other = tenants.post("/t1/signup", **fields)["user"]

    assert (first["tenantIds"], other["tenantIds"]) == (["public"], ["t1"])
    assert first["id"] != other["id"]
    assert tenants.get("/t1/emailpassword/email/exists", email=ADA)["exists"] is True


def test_only_who_was_invited_signs_up_where_it_is_by_invitation(home: Home) -> None:
    admin = home.sign_in("admin@example.com").user
    house = home.with_settings(SIGNUP="invite_only", EMAIL_VERIFICATION="required")
    careless = home.with_settings(SIGNUP="invite_only")
    fields = {"formFields": form(email=BOB, password=PASSWORD)}

    answer = Frontend(house).post("/signup", **fields)

    assert answer == {
        "status": "SIGN_UP_NOT_ALLOWED",
        "reason": "Cannot sign up due to security reasons. Please try logging in, use a different login method or "
        "contact support. (ERR_CODE_007)",
    }
    assert Frontend(house).post("/signin", **fields) == WRONG
    house.identity.invite(BOB, None, by=admin, client=LAPTOP)
    assert Frontend(careless).post("/signup", **fields) == answer, "anybody may know the address"
    assert Frontend(house).post("/signup", **fields)["status"] == "OK"
    assert Frontend(house).post("/signup", **fields) == TAKEN


def test_made_up_addresses_are_no_first_factor(frontend: Frontend, home: Home, people: People) -> None:
    fake = "x@stfakeemail.supertokens.com"
    fields = form(email=fake, password=PASSWORD)

    assert frontend.post("/signup", formFields=fields) == TAKEN
    assert people.counts() == {}
    home.house.emailpassword.sign_up(home.house.tenancy.resolve("", PUBLIC, PUBLIC), fake, PASSWORD)
    assert frontend.post("/signin", formFields=fields) == WRONG
    assert frontend.post("/signup", formFields=fields) == TAKEN


def test_an_address_counts_as_proved_that_another_login_method_has_proved(home: Home, people: People) -> None:
    google = people.third_party("google", "g1", ADA)
    prove(home, google, ADA)
    password = str(Frontend(home.house).sign_up(ADA)["id"])
    link(home.house, google, password)

    user = sign_in(Frontend(home.house), ADA)["user"]

    verified = {method["recipeId"]: method["verified"] for method in user["loginMethods"]}
    assert verified == {"thirdparty": True, "emailpassword": True}
    assert home.house.emailverification.is_verified(PUBLIC, password, ADA)


def test_who_wants_to_be_linked_needs_a_session(frontend: Frontend) -> None:
    body = {"formFields": form(email=ADA, password=PASSWORD), "shouldTryLinkingWithSessionUser": True}

    for path in ("/signup", "/signin"):
        answer = frontend.ask("POST", path, body)
        assert (answer.status, answer.json) == (401, {"message": "unauthorised"})
