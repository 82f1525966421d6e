"""Forgotten passwords through the frontend interface: who gets which letter, and what its link may do."""

from pathlib import Path
from typing import Any

import pytest

from gatehouse.models import PUBLIC
from tests.core import Core
from tests.databases import FreshDatabase
from tests.frontend import Frontend
from tests.functions.cdi.tenants import TENANT
from tests.functions.fdi.passwords import (
    ANOTHER,
    OK,
    PASSWORD,
    WRONG,
    ask_for_link,
    form,
    link_to,
    prove,
    quick,
    reset,
    sign_in,
    token_for,
)
from tests.houses import ADA, BOB, Home, open_house
from tests.people import People, make_adopted_database

INVALID = {"status": "RESET_PASSWORD_INVALID_TOKEN_ERROR"}
RISKY = {
    "status": "PASSWORD_RESET_NOT_ALLOWED",
    "reason": "Reset password link was not created because of account take over risk. Please contact support. "
    "(ERR_CODE_001)",
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


def linking(home: Home, how: str = "any") -> Frontend:
    """Return a frontend of a house that links accounts by itself."""
    return Frontend(home.with_settings(ACCOUNT_LINKING=how))


def link(home: Home, *user_ids: str) -> str:
    """Make one person of several login methods; return their id, the first's."""
    home.house.accountlinking.make_primary(PUBLIC, user_ids[0])
    for user_id in user_ids[1:]:
        home.house.accountlinking.link(PUBLIC, user_id, user_ids[0])
    return user_ids[0]


def methods(home: Home, user_id: str) -> list[tuple[str, bool]]:
    """Return the recipes of somebody's login methods, and whether their addresses are verified."""
    person = home.house.auth_users.get(home.house.database, PUBLIC, user_id)
    return [(method.recipe_id, method.is_verified) for method in person.login_methods] if person else []


def test_a_forgotten_password_is_replaced_by_link(frontend: Frontend, home: Home) -> None:
    user = frontend.sign_up(ADA)

    assert ask_for_link(frontend, " ADA@example.com") == OK
    page, query = link_to(home, ADA)
    assert page == "http://127.0.0.1:3000/auth/reset-password"
    assert query == {"token": query["token"], "tenantId": "public"}
    assert reset(frontend, query["token"]) == OK

    assert sign_in(frontend, ADA) == WRONG
    assert sign_in(frontend, ADA, ANOTHER)["user"]["id"] == user["id"]
    assert methods(home, user["id"]) == [("emailpassword", True)], "whoever has the link has the address"


def test_links_lead_to_the_website(home: Home) -> None:
    house = home.with_settings(WEBSITE_URL="https://www.example.com", WEBSITE_BASE_PATH="/")
    Frontend(house).sign_up(ADA)

    assert ask_for_link(Frontend(house), ADA) == OK

    assert link_to(home, ADA)[0] == "https://www.example.com/reset-password"


def test_a_link_works_once_and_so_does_the_newest_of_several(frontend: Frontend, home: Home) -> None:
    frontend.sign_up(ADA)
    ask_for_link(frontend, ADA)
    first = token_for(home, ADA)
    ask_for_link(frontend, ADA)
    second = token_for(home, ADA)

    assert reset(frontend, second) == OK
    for token in (first, second, "", "x" * 9_000, "ä"):
        assert reset(frontend, token, "third horse 3") == INVALID
    assert sign_in(frontend, ADA, ANOTHER)["status"] == "OK"


def test_a_link_works_for_an_hour(frontend: Frontend, home: Home) -> None:
    frontend.sign_up(ADA)
    ask_for_link(frontend, ADA)
    home.clock.advance(minutes=61)

    assert reset(frontend, token_for(home, ADA)) == INVALID
    assert sign_in(frontend, ADA)["status"] == "OK"


def test_nobody_learns_who_has_an_account(frontend: Frontend, home: Home, people: People) -> None:
    frontend.sign_up(ADA)
    people.passwordless(BOB, None)
    answers, trips, letters = [], [], []

    for email in (ADA, BOB, "carol@example.com"):
        before = home.house.database.round_trips
        answer = frontend.ask("POST", "/user/password/reset/token", {"formFields": form(email=email)})
        trips.append(home.house.database.round_trips - before)
        answers.append((answer.status, answer.text, sorted(answer.headers)))
        letters.append(home.mailbox.last_to(email))

    assert answers == [answers[0]] * 3
    assert trips == [2, 2, 2]
    assert [len(letter["links"]) for letter in letters] == [1, 0, 0], "one letter each, which takes the time"
    assert len(people.rows("emailpassword_pswd_reset_tokens", "user_id")) == 1


def test_letters_are_limited_for_known_and_unknown_addresses(frontend: Frontend, home: Home) -> None:
    frontend.sign_up(ADA)
    too_many = {
        "status": "GENERAL_ERROR",
        "message": "Too many letters were asked for. Please wait before you try again.",
    }

    for email in (ADA, BOB):
        assert [ask_for_link(frontend, email) for _ in range(7)] == [OK] * 5 + [too_many] * 2
    assert len(home.mailbox.letters()) == 10
    home.clock.advance(minutes=15)
    assert ask_for_link(frontend, ADA) == OK


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "Please provide the password reset token"),
        ({"token": None}, "The password reset token must be a string"),
        ({"token": 1}, "The password reset token must be a string"),
        ({"token": ["x"]}, "The password reset token must be a string"),
    ],
)
def test_a_reset_needs_a_token(frontend: Frontend, body: Any, told: str) -> None:
    answer = frontend.ask("POST", "/user/password/reset", {"formFields": form(password=PASSWORD), **body})

    assert (answer.status, answer.json) == (400, {"message": told})


def test_junk_tokens_are_bad_requests(frontend: Frontend) -> None:
    for token in ("\x00", "\ud800", "x" * 10_001):
        body = {"formFields": form(password=PASSWORD), "token": token}
        assert frontend.ask("POST", "/user/password/reset", body).status == 400


def test_a_weak_password_leaves_the_link_usable(frontend: Frontend, home: Home) -> None:
    frontend.sign_up(ADA)
    ask_for_link(frontend, ADA)
    token = token_for(home, ADA)

    weak = reset(frontend, token, "short")

    assert weak["status"] == "FIELD_ERROR"
    assert [field["id"] for field in weak["formFields"]] == ["password"]
    assert reset(frontend, token) == OK


def test_addresses_stay_unproved_where_nobody_has_to_prove_them(home: Home) -> None:
    frontend = Frontend(home.with_settings(EMAIL_VERIFICATION="off"))
    user = frontend.sign_up(ADA)
    ask_for_link(frontend, ADA)

    assert reset(frontend, token_for(home, ADA)) == OK

    assert methods(home, user["id"]) == [("emailpassword", False)]


def test_tenants_send_links_of_their_own(frontend: Frontend, home: Home) -> None:
    Core(home.house).put(TENANT, tenantId="t1", firstFactors=["emailpassword"])
    frontend.post("/t1/signup", formFields=form(email=ADA, password=PASSWORD))

    ask_for_link(frontend, ADA)
    assert home.mailbox.last_to(ADA)["links"] == []
    ask_for_link(frontend, ADA, "/t1")
    assert link_to(home, ADA)[1]["tenantId"] == "t1"
    assert reset(frontend, token_for(home, ADA), tenant="/t1") == OK
    answer = frontend.post("/t1/signin", formFields=form(email=ADA, password=ANOTHER))
    assert answer["status"] == "OK"


def test_whoever_has_other_addresses_must_have_proved_this_one(
    frontend: Frontend, home: Home, people: People
) -> None:
    ada = people.emailpassword(ADA)
    link(home, people.third_party("google", "g1", BOB), ada)

    assert ask_for_link(frontend, ADA) == RISKY
    assert home.mailbox.letters() == []

    prove(home, ada, ADA)
    assert ask_for_link(frontend, ADA) == OK
    assert reset(frontend, token_for(home, ADA)) == OK


def test_a_link_does_nothing_where_the_risk_came_later(
    frontend: Frontend, home: Home, people: People
) -> None:
    ada = frontend.sign_up(ADA)["id"]
    ask_for_link(frontend, ADA)
    link(home, people.passwordless(None, "+491701234567"), ada)

    assert reset(frontend, token_for(home, ADA)) == INVALID
    assert sign_in(frontend, ADA)["status"] == "OK"
    assert people.rows("emailpassword_pswd_reset_tokens", "user_id") == [], "it is spent"


def test_a_link_dies_with_its_user(frontend: Frontend, home: Home) -> None:
    user_id = frontend.sign_up(ADA)["id"]
    ask_for_link(frontend, ADA)
    home.house.user_removal.remove(PUBLIC, user_id, with_linked=True)

    assert reset(frontend, token_for(home, ADA)) == INVALID


@pytest.mark.parametrize("how", ["any", "verified"])
def test_somebody_who_signs_in_otherwise_gets_a_password(home: Home, people: People, how: str) -> None:
    google = people.third_party("google", "g1", ADA)
    prove(home, google, ADA)
    frontend = linking(home, how)

    assert ask_for_link(frontend, ADA) == OK
    assert reset(frontend, token_for(home, ADA)) == OK

    assert methods(home, google) == [("thirdparty", True), ("emailpassword", True)]
    assert sign_in(frontend, ADA, ANOTHER)["user"]["id"] == google


def test_nobody_gets_a_password_whose_address_is_not_proved(home: Home, people: People) -> None:
    people.third_party("google", "g1", ADA)
    frontend = linking(home, "verified")

    assert ask_for_link(frontend, ADA) == OK

    assert home.mailbox.last_to(ADA)["links"] == []


def test_nobody_gets_a_second_password(home: Home, people: People) -> None:
    google = people.third_party("google", "g1", ADA)
    frontend = linking(home)
    ask_for_link(frontend, ADA)
    token = token_for(home, ADA)
    people.emailpassword(ADA)

    assert reset(frontend, token) == INVALID
    assert methods(home, google) == [("thirdparty", False)]
    assert people.rows("emailpassword_pswd_reset_tokens", "user_id") == [], "it is spent"


def test_a_reset_links_who_has_proved_the_address_by_it(home: Home, people: People) -> None:
    google = people.third_party("google", "g1", ADA)
    prove(home, google, ADA)
    link(home, google)
    people.emailpassword(ADA, time_joined=2_000)
    frontend = linking(home, "verified")

    assert ask_for_link(frontend, ADA) == OK
    assert reset(frontend, token_for(home, ADA)) == OK

    assert methods(home, google) == [("thirdparty", True), ("emailpassword", True)]


def test_nobody_gets_a_password_where_accounts_are_not_linked(
    frontend: Frontend, home: Home, people: People
) -> None:
    google = people.third_party("google", "g1", ADA)
    prove(home, google, ADA)
    link(home, google)

    assert ask_for_link(frontend, ADA) == OK

    assert home.mailbox.last_to(ADA)["links"] == []


def test_a_reset_proves_the_address_instead_of_the_letters_that_wait(frontend: Frontend, home: Home) -> None:
    frontend.sign_up(ADA)
    frontend.post("/user/email/verify/token")
    waiting = token_for(home, ADA)
    ask_for_link(frontend, ADA)

    assert reset(frontend, token_for(home, ADA)) == OK

    answer = frontend.post("/user/email/verify", token=waiting)
    assert answer == {"status": "EMAIL_VERIFICATION_INVALID_TOKEN_ERROR"}


def test_a_link_goes_to_no_address_that_only_the_database_takes_for_the_same(
    fresh_database_url: FreshDatabase, tmp_path: Path
) -> None:
    url = make_adopted_database("mariadb", fresh_database_url)
    home = quick(open_house(url, tmp_path / "mailbox.jsonl"))
    frontend = Frontend(home.house)
    frontend.sign_up("eve@example.com")
    frontend.tokens.clear()

    People(home.house.database).third_party("google", "g1", "zoe@example.com")

    assert ask_for_link(frontend, "\u00e8ve@example.com") == OK
    assert ask_for_link(linking(home), "zo\u00eb@example.com") == OK

    assert home.mailbox.last_to("\u00e8ve@example.com")["links"] == []
    assert home.mailbox.last_to("zo\u00eb@example.com")["links"] == []
    assert sign_in(frontend, "\u00e8ve@example.com") == WRONG
    assert frontend.get("/emailpassword/email/exists", email="\u00e8ve@example.com")["exists"] is False
    home.close()
