"""Proof of addresses through the frontend interface: letters, links, and what they do to sessions."""

from typing import Any

import pytest

from gatehouse.models import PUBLIC
from tests.frontend import Frontend
from tests.functions.fdi.factors import link
from tests.functions.fdi.factors import sign_in as open_session
from tests.functions.fdi.passwords import OK, link_to, prove, quick, token_for
from tests.houses import ADA, BOB, Home
from tests.people import People

PATH = "/user/email/verify"
ALREADY = {"status": "EMAIL_ALREADY_VERIFIED_ERROR"}
INVALID = {"status": "EMAIL_VERIFICATION_INVALID_TOKEN_ERROR"}
UNAUTHORISED = {"message": "unauthorised"}


@pytest.fixture
def home(sqlite_home: Home) -> Home:
    """A home that does not spend time on passwords."""
    return quick(sqlite_home)


@pytest.fixture
def ada(home: Home) -> Frontend:
    """Ada's frontend, where she has just signed up."""
    frontend = Frontend(home.house)
    frontend.sign_up(ADA)
    return frontend


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


def is_verified(frontend: Frontend) -> Any:
    """Return the answer to whether who is signed in has proved their address."""
    return frontend.get(PATH)


def claim(frontend: Frontend) -> Any:
    """Return what a frontend's session tells about the address."""
    answer = frontend.ask("GET", PATH)
    return answer.front_token["up"].get("st-ev", {}).get("v")


def test_a_link_proves_an_address_without_a_session(ada: Frontend, home: Home) -> None:
    assert is_verified(ada) == {"status": "OK", "isVerified": False}
    assert ada.post(f"{PATH}/token") == OK
    page, query = link_to(home, ADA)
    assert page == "http://127.0.0.1:3000/auth/verify-email"
    assert query == {"token": query["token"], "tenantId": "public"}

    answer = Frontend(home.house).ask("POST", PATH, {"method": "token", "token": query["token"]})

    assert (answer.status, answer.json) == (200, OK)
    assert "front-token" not in answer.headers
    assert claim(ada) is True
    assert is_verified(ada) == {"status": "OK", "isVerified": True}


def test_a_link_brings_ones_own_session_up_to_date(ada: Frontend, home: Home) -> None:
    ada.post(f"{PATH}/token")

    answer = ada.ask("POST", PATH, {"token": token_for(home, ADA)})

    assert answer.json == OK
    assert answer.front_token["up"]["st-ev"]["v"] is True
    assert answer.headers["st-access-token"]
    assert "st-refresh-token" not in answer.headers, "it is the same session"


def test_a_link_in_the_session_of_somebody_else_leaves_it_alone(ada: Frontend, home: Home) -> None:
    ada.post(f"{PATH}/token")
    bob = Frontend(home.house)
    bob.sign_up(BOB)

    answer = bob.ask("POST", PATH, {"token": token_for(home, ADA)})

    assert answer.json == OK
    assert "front-token" not in answer.headers
    assert claim(bob) is False
    assert claim(ada) is True


def test_a_link_works_once_and_for_a_day(ada: Frontend, home: Home) -> None:
    ada.post(f"{PATH}/token")
    late = token_for(home, ADA)
    home.clock.advance(days=1.01)
    assert ada.ask("POST", PATH, {"token": late}).status == 401, "the access token is too old, too"
    assert Frontend(home.house).post(PATH, token=late) == INVALID
    ada.post("/session/refresh")
    ada.post(f"{PATH}/token")
    token = token_for(home, ADA)

    assert Frontend(home.house).post(PATH, token=token) == OK
    for spent in (token, late, "", "x" * 9_000, "ä"):
        assert Frontend(home.house).post(PATH, token=spent) == INVALID


def test_a_proved_address_gets_no_letter(ada: Frontend, home: Home) -> None:
    prove(home, ada.get(PATH) and user_id(ada), ADA)

    answer = ada.ask("POST", f"{PATH}/token")

    assert answer.json == ALREADY
    assert answer.front_token["up"]["st-ev"]["v"] is True
    assert home.mailbox.letters() == []


def user_id(frontend: Frontend) -> str:
    """Return who has signed in."""
    return str(frontend.ask("GET", PATH).front_token["uid"])


def test_a_session_learns_that_an_address_is_not_proved_any_more(ada: Frontend, home: Home) -> None:
    ada_id = user_id(ada)
    prove(home, ada_id, ADA)
    assert claim(ada) is True
    home.house.emailverification.unverify(PUBLIC, ada_id, ADA)

    answer = ada.ask("POST", f"{PATH}/token")

    assert answer.json == OK
    assert answer.front_token["up"]["st-ev"]["v"] is False
    assert claim(ada) is False


def test_who_has_no_address_has_nothing_to_prove(home: Home, people: People) -> None:
    frontend = open_session(home.house, people.passwordless(None, "+491701234567"), "otp-phone")

    assert is_verified(frontend) == {"status": "OK", "isVerified": True}
    answer = frontend.ask("POST", f"{PATH}/token")
    assert answer.json == ALREADY
    assert answer.front_token["up"]["st-ev"]["v"] is True


def test_without_a_session_nobody_is_told_anything(home: Home) -> None:
    for method, path in (("GET", PATH), ("POST", f"{PATH}/token")):
        answer = Frontend(home.house).ask(method, path)
        assert (answer.status, answer.json) == (401, UNAUTHORISED)
        assert "front-token" not in answer.headers


def test_who_was_removed_is_signed_out(ada: Frontend, home: Home) -> None:
    ada.post(f"{PATH}/token")
    token, tokens = token_for(home, ADA), dict(ada.tokens)
    tenant = home.house.tenancy.resolve("", PUBLIC, PUBLIC)
    gone = user_id(ada)
    home.house.user_removal.remove(PUBLIC, gone, with_linked=True)

    for method, path in (("GET", PATH), ("POST", f"{PATH}/token")):
        answer = Frontend(home.house, tokens=dict(tokens)).ask(method, path)
        assert (answer.status, answer.json) == (401, UNAUTHORISED)
        assert answer.headers["front-token"] == "remove"
    assert Frontend(home.house, tokens=tokens).post(PATH, token=token) == INVALID
    token = home.house.emailverification.create_token(tenant, gone, ADA)
    assert Frontend(home.house, tokens=dict(tokens)).ask("POST", PATH, {"token": token}).status == 401
    token = home.house.emailverification.create_token(tenant, "somebody", ADA)
    assert Frontend(home.house).post(PATH, token=token) == OK, "ids need not be of our users"


def test_a_link_to_an_address_that_somebody_had_before_proves_only_that(ada: Frontend, home: Home) -> None:
    ada.post(f"{PATH}/token")
    tenant = home.house.tenancy.resolve("", PUBLIC, PUBLIC)
    home.house.emailpassword.update(tenant, user_id(ada), email=BOB, password=None)

    assert ada.post(PATH, token=token_for(home, ADA)) == OK
    assert claim(ada) is False
    assert home.house.emailverification.is_verified(PUBLIC, user_id(ada), ADA)


def test_letters_are_limited(ada: Frontend, home: Home) -> None:
    answers = [ada.post(f"{PATH}/token") for _ in range(6)]

    too_many = "Too many letters were asked for. Please wait before you try again."
    assert answers == [OK] * 5 + [{"status": "GENERAL_ERROR", "message": too_many}]
    assert len(home.mailbox.letters()) == 5


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "Please provide the email verification token"),
        ({"token": None}, "The email verification token must be a string"),
        ({"token": {"a": []}}, "The email verification token must be a string"),
        (b"null", "Please provide the email verification token"),
    ],
)
def test_a_proof_needs_a_token(home: Home, body: Any, told: str) -> None:
    answer = Frontend(home.house).ask("POST", PATH, body)

    assert (answer.status, answer.json) == (400, {"message": told})


def test_junk_tokens_are_bad_requests(home: Home) -> None:
    for token in ("\x00", "\ud800", "x" * 10_001):
        assert Frontend(home.house).ask("POST", PATH, {"token": token}).status == 400


def test_who_has_to_prove_an_address_can(home: Home) -> None:
    ada = Frontend(home.with_settings(EMAIL_VERIFICATION="required"))
    ada.sign_up(ADA)

    assert claim(ada) is False
    assert ada.post(f"{PATH}/token") == OK
    assert ada.post(PATH, token=token_for(home, ADA)) == OK
    assert claim(ada) is True


def test_nobody_proves_anything_where_it_is_off(home: Home) -> None:
    ada = Frontend(home.with_settings(EMAIL_VERIFICATION="off"))
    ada.sign_up(ADA)

    for method, path in (("GET", PATH), ("POST", PATH), ("POST", f"{PATH}/token")):
        answer = ada.ask(method, path, {} if method == "POST" else None)
        assert (answer.status, answer.json) == (
            404,
            {"message": "Addresses are verified only where EMAIL_VERIFICATION is optional or required"},
        )


def test_tenants_send_links_of_their_own(home: Home, people: People) -> None:
    people.add_tenant("t1")
    ada = open_session(home.house, people.emailpassword(ADA, "t1"), tenant_id="t1")

    assert ada.post(f"{PATH}/token") == OK, "the tenant is the session's"
    _, query = link_to(home, ADA)
    assert query["tenantId"] == "t1"
    assert ada.post(PATH, token=query["token"]) == INVALID
    assert ada.post(f"/t1{PATH}", token=query["token"]) == OK
    assert claim(ada) is True


def test_whose_login_method_is_linked_by_the_proof_gets_a_session_of_the_person(
    home: Home, people: People
) -> None:
    house = home.with_settings(ACCOUNT_LINKING="verified")
    google = people.third_party("google", "g1", ADA)
    prove(home, google, ADA)
    link(house, google)
    password = people.emailpassword(ADA)
    ada, other = open_session(house, password), open_session(house, password)
    ada.post(f"{PATH}/token")

    answer = ada.ask("POST", PATH, {"token": token_for(home, ADA)})

    assert answer.json == OK
    assert answer.front_token["uid"] == google
    assert answer.front_token["up"]["rsub"] == password
    assert answer.front_token["up"]["st-ev"]["v"] is True
    assert answer.headers["st-refresh-token"]
    assert ada.post("/session/refresh") == {}
    assert other.ask("POST", "/session/refresh").status == 401, "the others have ended"


def test_a_proof_of_a_former_address_links_nobody(home: Home, people: People) -> None:
    house = home.with_settings(ACCOUNT_LINKING="verified")
    user_id = people.emailpassword(ADA)
    ada = open_session(house, user_id)
    ada.post(f"{PATH}/token")
    tenant = house.tenancy.resolve("", PUBLIC, PUBLIC)
    house.emailpassword.update(tenant, user_id, email=BOB, password=None)
    prove(home, user_id, BOB)

    assert ada.post(PATH, token=token_for(home, ADA)) == OK

    person = house.auth_users.get(house.database, PUBLIC, user_id)
    assert person
    assert not person.is_primary


def test_whose_login_method_was_linked_meanwhile_ends_its_other_sessions(home: Home, people: People) -> None:
    google, password = people.third_party("google", "g1", ADA), people.emailpassword(ADA)
    prove(home, password, ADA)
    ada = open_session(home.house, password)
    link(home.house, google, password)
    other = open_session(home.house, password)

    answer = ada.ask("GET", PATH)

    assert answer.json == {"status": "OK", "isVerified": True}
    assert answer.front_token["uid"] == google
    assert ada.post("/session/refresh") == {}
    assert other.ask("POST", "/session/refresh").status == 401
