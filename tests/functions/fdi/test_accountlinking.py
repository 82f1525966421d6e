"""Sign-in and sign-up where accounts are linked, and by who is signed in already."""

from typing import Any

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from tests.core import Core
from tests.frontend import Frontend
from tests.functions.fdi.factors import claim, link, session_of, sign_in
from tests.functions.fdi.passwords import PASSWORD, form, quick
from tests.houses import ADA, BOB, Home
from tests.people import People

UP_TEXT = (
    "Cannot sign up due to security reasons. Please try logging in, use a different login method or contact "
    "support."
)
IN_TEXT = (
    "Cannot sign in due to security reasons. Please try resetting your password, use a different login method or "
    "contact support."
)
TEXT = "Cannot sign in / up due to security reasons. Please contact support."


@pytest.fixture
def home(sqlite_home: Home) -> Home:
    """A home that does not spend time on passwords."""
    return quick(sqlite_home)


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


@pytest.fixture
def house(home: Home) -> House:
    """A house where accounts are linked that have proved the same address."""
    return home.with_settings(ACCOUNT_LINKING="verified")


def enter(frontend: Frontend, path: str, email: str, **more: Any) -> Any:
    """Return the answer to a sign-in or sign-up."""
    return frontend.post(path, formFields=form(email=email, password=PASSWORD), **more)


def refused(status: str, text: str, code: int) -> dict[str, str]:
    """Return the answer to who may not come in."""
    return {"status": status, "reason": f"{text} (ERR_CODE_{code:03})"}


def prove(people: People, user_id: str, email: str) -> str:
    """Let somebody have proved their address; return their id."""
    people.insert("emailverification_verified_emails", user_id=user_id, email=email)
    return user_id


def with_code(people: People, email: str = ADA) -> str:
    """Make somebody who has signed in with a code; return their id."""
    return prove(people, people.passwordless(email, None), email)


def methods(user: Any) -> list[str]:
    """Return the recipes of a user's login methods."""
    return [method["recipeId"] for method in user["loginMethods"]]


def test_nothing_is_linked_unless_it_is_switched_on(home: Home, people: People) -> None:
    with_code(people)

    user = enter(Frontend(home.house), "/signup", ADA)["user"]

    assert (methods(user), user["isPrimaryUser"]) == (["emailpassword"], False)


def test_everybody_who_has_proved_their_address_is_a_primary_user(house: House, people: People) -> None:
    frontend = Frontend(house)

    new = enter(frontend, "/signup", ADA)["user"]
    prove(people, new["id"], ADA)
    again = enter(Frontend(house), "/signin", ADA)["user"]

    assert (new["isPrimaryUser"], again["isPrimaryUser"]) == (False, True)


def test_address_that_somebody_has_proved_takes_no_password(house: House, people: People) -> None:
    with_code(people)
    answer = enter(Frontend(house), "/signup", ADA)
    assert answer["status"] == "OK", (
        "they are no primary user, and nobody is linked to who has proved nothing"
    )
    assert methods(answer["user"]) == ["emailpassword"]

    house.accountlinking.make_primary(PUBLIC, with_code(people, BOB))

    assert enter(Frontend(house), "/signup", BOB) == refused("SIGN_UP_NOT_ALLOWED", UP_TEXT, 7)


def test_address_that_somebody_has_not_proved_takes_no_other_password(house: House, people: People) -> None:
    people.third_party("google", "g", ADA)

    assert enter(Frontend(house), "/signup", ADA) == refused("SIGN_UP_NOT_ALLOWED", UP_TEXT, 7)


def test_password_that_was_there_before_the_owner_lets_nobody_in(house: House, people: People) -> None:
    enter(Frontend(house), "/signup", ADA)
    house.accountlinking.make_primary(PUBLIC, with_code(people))

    assert enter(Frontend(house), "/signin", ADA) == refused("SIGN_IN_NOT_ALLOWED", IN_TEXT, 8)
    assert enter(Frontend(house), "/signup", ADA)["status"] == "FIELD_ERROR"


def test_password_whose_owner_has_proved_the_address_is_linked_on_sign_in(
    house: House, people: People
) -> None:
    user_id = enter(Frontend(house), "/signup", ADA)["user"]["id"]
    primary = with_code(people)
    house.accountlinking.make_primary(PUBLIC, primary)
    prove(people, user_id, ADA)
    frontend = Frontend(house)

    user = enter(frontend, "/signin", ADA)["user"]

    assert (user["id"], methods(user)) == (primary, ["passwordless", "emailpassword"])
    assert frontend.get("/user/email/verify") == {"status": "OK", "isVerified": True}


def test_whatever_shares_an_address_is_linked_where_nothing_must_be_proved(
    home: Home, people: People
) -> None:
    house = home.with_settings(ACCOUNT_LINKING="any")
    with_code(people)

    user = enter(Frontend(house), "/signup", ADA)["user"]

    assert methods(user) == ["passwordless", "emailpassword"]
    assert [method["verified"] for method in user["loginMethods"]] == [True, True]


def test_password_is_added_to_who_is_signed_in(house: House, people: People) -> None:
    ada = sign_in(house, with_code(people), "otp-email")
    tokens = dict(ada.tokens)

    user = enter(ada, "/signup", ADA, shouldTryLinkingWithSessionUser=True)["user"]

    assert (methods(user), user["isPrimaryUser"]) == (["passwordless", "emailpassword"], True)
    assert [method["verified"] for method in user["loginMethods"]] == [True, True]
    assert ada.tokens == tokens, "they keep their session"
    assert enter(ada, "/signin", ADA, shouldTryLinkingWithSessionUser=True)["user"] == user
    assert ada.tokens == tokens


def test_password_with_another_address_is_added_only_where_nothing_must_be_proved(
    home: Home, house: House, people: People
) -> None:
    user_id = with_code(people)
    strict = enter(sign_in(house, user_id, "otp-email"), "/signup", BOB, shouldTryLinkingWithSessionUser=True)
    assert strict == refused("SIGN_UP_NOT_ALLOWED", TEXT, 13)

    trusting = sign_in(home.with_settings(ACCOUNT_LINKING="any"), user_id, "otp-email")
    user = enter(trusting, "/signup", "new@example.com", shouldTryLinkingWithSessionUser=True)["user"]
    assert methods(user) == ["passwordless", "emailpassword"]


def test_nobody_is_asked_to_link_unless_the_frontend_says_so(house: House, people: People) -> None:
    user_id = with_code(people)
    for flag in ({}, {"shouldTryLinkingWithSessionUser": False}, {"shouldTryLinkingWithSessionUser": "x"}):
        ada = sign_in(house, user_id, "otp-email")
        path = "/signin" if people.rows("emailpassword_users", "email") else "/signup"
        user = enter(ada, path, BOB, **flag)["user"]
        assert (user["id"] != user_id, methods(user)) == (True, ["emailpassword"])
        assert session_of(ada).user_id == user["id"], "it is they who are signed in now"


def test_older_frontends_link_whenever_there_is_a_session(house: House, people: People) -> None:
    ada = sign_in(house, with_code(people), "otp-email")

    answer = ada.ask("POST", "/signup", {"formFields": form(email=ADA, password=PASSWORD)}, fdi_version="3.0")

    assert methods(answer.json["user"]) == ["passwordless", "emailpassword"]


def test_linking_is_asked_for_in_vain_where_it_is_off(home: Home, people: People) -> None:
    ada = sign_in(home.house, with_code(people), "otp-email")
    body = {"formFields": form(email=ADA, password=PASSWORD)}

    answer = ada.ask("POST", "/signup", {**body, "shouldTryLinkingWithSessionUser": True})

    assert (answer.status, list(answer.json)) == (400, ["message"])
    assert "ACCOUNT_LINKING" in answer.json["message"]
    older = ada.ask("POST", "/signup", body, fdi_version="3.0")
    assert methods(older.json["user"]) == ["emailpassword"], "and older frontends did not ask"


def test_who_has_proved_nothing_adds_nothing(house: House, people: People) -> None:
    frontend = Frontend(house)
    enter(frontend, "/signup", ADA)

    answer = frontend.ask(
        "POST",
        "/signup",
        {"formFields": form(email=BOB, password=PASSWORD), "shouldTryLinkingWithSessionUser": True},
    )

    assert answer.status == 403
    assert answer.json["message"] == "invalid claim"
    assert [error["id"] for error in answer.json["claimValidationErrors"]] == ["st-ev"]
    assert len(people.rows("emailpassword_users", "email")) == 1


def test_who_shares_an_address_with_a_primary_user_adds_nothing(house: House, people: People) -> None:
    house.accountlinking.make_primary(PUBLIC, with_code(people))
    other = prove(people, people.third_party("google", "g", ADA), ADA)
    frontend = sign_in(house, other, "thirdparty")

    answer = enter(frontend, "/signup", BOB, shouldTryLinkingWithSessionUser=True)

    assert answer == refused("SIGN_UP_NOT_ALLOWED", TEXT, 16)
    enter(Frontend(house), "/signup", BOB)
    answer = enter(frontend, "/signin", BOB, shouldTryLinkingWithSessionUser=True)
    assert answer == refused("SIGN_IN_NOT_ALLOWED", TEXT, 12)


def test_login_method_of_somebody_else_stays_theirs(house: House, people: People) -> None:
    bob = enter(Frontend(house), "/signup", BOB)["user"]["id"]
    prove(people, bob, BOB)
    house.accountlinking.make_primary(PUBLIC, bob)
    ada = sign_in(house, with_code(people), "otp-email")

    answer = enter(ada, "/signin", BOB, shouldTryLinkingWithSessionUser=True)

    assert answer == refused("SIGN_IN_NOT_ALLOWED", TEXT, 10)


def test_login_method_is_not_added_if_somebody_else_has_its_address(house: House, people: People) -> None:
    bob = prove(people, enter(Frontend(house), "/signup", BOB)["user"]["id"], BOB)
    house.accountlinking.make_primary(PUBLIC, with_code(people, BOB))
    ada = sign_in(house, with_code(people), "otp-email")

    answer = enter(ada, "/signin", BOB, shouldTryLinkingWithSessionUser=True)

    assert answer == refused("SIGN_IN_NOT_ALLOWED", TEXT, 11)
    assert house.auth_users.require(house.database, PUBLIC, bob)[0].is_primary is False


def test_wrong_password_links_nobody(house: House, people: People) -> None:
    bob = prove(people, enter(Frontend(house), "/signup", BOB)["user"]["id"], BOB)
    ada = sign_in(house, with_code(people), "otp-email")

    answer = ada.post(
        "/signin",
        formFields=form(email=BOB, password="wrong horse 1"),
        shouldTryLinkingWithSessionUser=True,
    )

    assert answer == {"status": "WRONG_CREDENTIALS_ERROR"}
    assert house.auth_users.require(house.database, PUBLIC, bob)[0].is_primary is False


def test_session_of_somebody_who_is_gone_is_no_session(house: House, people: People) -> None:
    user_id = with_code(people)
    ada = sign_in(house, user_id, "otp-email")
    house.user_removal.remove(PUBLIC, user_id, with_linked=True)

    answer = ada.ask(
        "POST",
        "/signup",
        {"formFields": form(email=ADA, password=PASSWORD), "shouldTryLinkingWithSessionUser": True},
    )

    assert answer.status == 401
    assert people.counts() == {}


def test_linked_login_method_is_let_into_the_tenant_of_the_session(house: House, people: People) -> None:
    Core(house).put("/recipe/multitenancy/tenant/v2", tenantId="t1", firstFactors=["emailpassword"])
    password = prove(people, enter(Frontend(house), "/t1/signup", ADA)["user"]["id"], ADA)
    user_id = link(house, with_code(people), password)
    ada = sign_in(house, user_id, "otp-email")
    assert enter(Frontend(house), "/signin", ADA) == {"status": "WRONG_CREDENTIALS_ERROR"}

    wrong = ada.post(
        "/signin", formFields=form(email=ADA, password="wrong horse 1"), shouldTryLinkingWithSessionUser=True
    )
    user = enter(ada, "/signin", ADA, shouldTryLinkingWithSessionUser=True)["user"]

    assert wrong == {"status": "WRONG_CREDENTIALS_ERROR"}
    assert user["id"] == user_id
    tenants = {method["recipeId"]: sorted(method["tenantIds"]) for method in user["loginMethods"]}
    assert tenants == {"emailpassword": ["public", "t1"], "passwordless": ["public"]}
    assert enter(Frontend(house), "/signin", ADA)["user"]["id"] == user_id


def test_second_factor_is_added_although_nothing_else_is_linked(home: Home, people: People) -> None:
    house = home.with_settings(MFA="on", REQUIRED_SECONDARY_FACTORS="emailpassword")
    ada = sign_in(house, with_code(people), "otp-email")
    assert claim(ada)["v"] is False

    user = enter(ada, "/signup", ADA, shouldTryLinkingWithSessionUser=True)["user"]

    assert methods(user) == ["passwordless", "emailpassword"]
    assert claim(ada)["v"] is True
    assert set(claim(ada)["c"]) == {"otp-email", "emailpassword"}


def test_factor_that_is_not_next_is_not_added(home: Home, people: People) -> None:
    house = home.with_settings(MFA="on", REQUIRED_SECONDARY_FACTORS="totp")
    ada = sign_in(house, with_code(people), "otp-email")

    answer = ada.ask(
        "POST",
        "/signup",
        {"formFields": form(email=ADA, password=PASSWORD), "shouldTryLinkingWithSessionUser": True},
    )

    assert answer.status == 403
    assert [error["id"] for error in answer.json["claimValidationErrors"]] == ["st-mfa"]
    assert people.rows("emailpassword_users", "email") == []


def test_factor_that_is_no_first_one_lets_nobody_in(home: Home, people: People) -> None:
    house = home.with_settings(FIRST_FACTORS="otp-email")
    body = {"formFields": form(email=ADA, password=PASSWORD)}

    answer = Frontend(house).ask("POST", "/signup", body)
    assert (answer.status, answer.json) == (401, {"message": "unauthorised"})

    answer = sign_in(house, with_code(people), "otp-email").ask("POST", "/signup", body, fdi_version="3.0")
    assert (answer.status, list(answer.json)) == (400, ["message"])
    assert people.rows("emailpassword_users", "email") == []
