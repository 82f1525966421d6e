"""Codes of people who are signed in already, and of those who share an address with others."""

from typing import Any

import pytest

from gatehouse.bootstrap import House
from tests.core import Core
from tests.frontend import Frontend
from tests.functions.cdi.tenants import TENANT
from tests.functions.fdi import factors
from tests.functions.fdi.codes import (
    CODE,
    NUMBER,
    REFUSED,
    RESEND,
    ask,
    newest,
    open_link,
    sign_in,
    type_code,
    wrong,
)
from tests.functions.fdi.passwords import OK, prove, quick
from tests.houses import ADA, BOB, Home
from tests.people import People

SUPPORT = "Cannot sign in / up due to security reasons. Please contact support. (ERR_CODE_{})"
LINKS: dict[str, Any] = {"shouldTryLinkingWithSessionUser": True}


@pytest.fixture
def home(sqlite_home: Home) -> Home:
    """A home that does not spend time on passwords."""
    return quick(sqlite_home)


@pytest.fixture
def people(home: Home) -> People:
    """Write people into the house's database."""
    return People(home.house.database)


@pytest.fixture
def linking(home: Home) -> House:
    """A house where accounts are linked that have proved the same address."""
    return home.with_settings(ACCOUNT_LINKING="verified", PASSWORDLESS_CONTACT="EMAIL_OR_PHONE")


@pytest.fixture
def with_factors(home: Home) -> House:
    """A house where sessions know factors."""
    return home.with_settings(MFA="on", PASSWORDLESS_CONTACT="EMAIL_OR_PHONE")


def methods(answer: Any) -> set[str]:
    """Return by what recipes somebody can sign in."""
    return {method["recipeId"] for method in answer["user"]["loginMethods"]}


def test_codes_link_who_has_proved_the_same_address(linking: House, home: Home, people: People) -> None:
    ada = people.emailpassword(ADA)
    prove(home, ada, ADA)

    _, answer = sign_in(home, ADA, linking)

    assert answer["createdNewRecipeUser"] is True
    assert (answer["user"]["id"], methods(answer)) == (ada, {"emailpassword", "passwordless"})


def test_no_code_is_sent_while_the_same_address_is_unproved(
    linking: House, home: Home, people: People
) -> None:
    ada = people.emailpassword(ADA)
    factors.link(linking, ada)

    assert Frontend(linking).post(CODE, email=ADA) == REFUSED
    assert not home.mailbox.letters()


def test_a_sign_up_that_linking_forbids_meanwhile_is_told_to_who_has_the_code(
    linking: House, home: Home, people: People
) -> None:
    frontend = Frontend(linking)
    device = ask(frontend, email=ADA)
    code, link = newest(home)
    factors.link(linking, people.emailpassword(ADA))

    assert type_code(frontend, device, wrong(code))["status"] == "INCORRECT_USER_INPUT_CODE_ERROR"
    assert type_code(frontend, device, code) == REFUSED
    assert open_link(frontend, link) == REFUSED
    assert not frontend.is_signed_in


def test_a_number_is_added_to_who_is_signed_in(linking: House, home: Home, people: People) -> None:
    ada = people.emailpassword(ADA)
    prove(home, ada, ADA)
    frontend = factors.sign_in(linking, ada)
    before = dict(frontend.tokens)

    answer = frontend.post(CODE, phoneNumber=NUMBER, **LINKS)
    assert answer["flowType"] == "USER_INPUT_CODE", "it is typed where they are signed in"
    code, link = newest(home, NUMBER)
    assert link is None
    device = {name: answer[name] for name in ("deviceId", "preAuthSessionId")}
    assert frontend.post(RESEND, **device, **LINKS) == OK
    assert type_code(frontend, device, wrong(code), **LINKS)["failedCodeInputAttemptCount"] == 1

    answer = type_code(frontend, device, code, **LINKS)

    assert (answer["status"], answer["createdNewRecipeUser"]) == ("OK", True)
    assert answer["user"]["id"] == ada
    assert (answer["user"]["emails"], answer["user"]["phoneNumbers"]) == ([ADA], [NUMBER])
    assert frontend.tokens == before, "it is the same session"


def test_who_is_signed_in_needs_no_invitation_for_their_number(home: Home, people: People) -> None:
    house = home.with_settings(
        ACCOUNT_LINKING="verified", PASSWORDLESS_CONTACT="EMAIL_OR_PHONE", SIGNUP="invite_only"
    )
    ada = people.emailpassword(ADA)
    prove(home, ada, ADA)
    frontend = factors.sign_in(house, ada)
    device = ask(frontend, phoneNumber=NUMBER, **LINKS)

    assert type_code(frontend, device, newest(home, NUMBER)[0], **LINKS)["status"] == "OK"


def test_a_number_of_somebody_else_is_not_added(linking: House, home: Home, people: People) -> None:
    ada = people.emailpassword(ADA)
    prove(home, ada, ADA)
    factors.link(linking, people.passwordless(None, NUMBER))
    frontend = factors.sign_in(linking, ada)
    device = ask(frontend, phoneNumber=NUMBER, **LINKS)

    assert type_code(frontend, device, newest(home, NUMBER)[0], **LINKS) == {
        "status": "SIGN_IN_UP_NOT_ALLOWED",
        "reason": SUPPORT.format("017"),
    }


def test_linking_needs_a_session_and_must_be_on(home: Home, people: People) -> None:
    body = {"email": BOB, **LINKS}

    nobody = Frontend(home.house).ask("POST", CODE, body)
    assert (nobody.status, nobody.json) == (401, {"message": "unauthorised"})
    somebody = factors.sign_in(home.house, people.emailpassword(ADA)).ask("POST", CODE, body)
    assert somebody.status == 400
    assert "ACCOUNT_LINKING" in somebody.json["message"]


def test_a_code_completes_a_second_factor(with_factors: House, home: Home, people: People) -> None:
    ada = people.emailpassword(ADA)
    prove(home, ada, ADA)
    frontend = factors.sign_in(with_factors, ada)
    handle = factors.session_of(frontend).handle
    device = ask(frontend, email=ADA, **LINKS)

    answer = type_code(frontend, device, newest(home)[0], **LINKS)

    assert answer["status"] == "OK"
    session = factors.session_of(frontend)
    assert (session.handle, session.user_id) == (handle, ada)
    assert session.claims["st-mfa"]["c"].keys() == {"emailpassword", "otp-email"}


def test_a_code_proves_the_address_of_who_is_signed_in(linking: House, home: Home, people: People) -> None:
    ada = people.emailpassword(ADA)
    frontend = factors.sign_in(linking, ada)
    device = ask(frontend, email=ADA, **LINKS)

    answer = type_code(frontend, device, newest(home)[0], **LINKS)

    assert answer["status"] == "OK"
    assert answer["user"]["id"] == ada
    assert methods(answer) == {"emailpassword", "passwordless"}
    assert all(method["verified"] for method in answer["user"]["loginMethods"])


def test_a_wrong_code_proves_nothing_and_counts_once(linking: House, home: Home, people: People) -> None:
    ada = factors.link(linking, people.emailpassword(ADA))
    frontend = factors.sign_in(linking, ada)
    device = ask(frontend, email=ADA, **LINKS)
    code = wrong(newest(home)[0])

    for failed in (1, 2):
        answer = type_code(frontend, device, code, **LINKS)
        assert answer["status"] == "INCORRECT_USER_INPUT_CODE_ERROR"
        assert answer["failedCodeInputAttemptCount"] == failed
    assert not people.rows("emailverification_verified_emails", "email")


def test_who_is_signed_in_comes_to_their_own_tenant(home: Home, people: People) -> None:
    Core(home.house).put(TENANT, tenantId="t1", firstFactors=["otp-email"])
    bob = people.passwordless(BOB, None, "t1")
    frontend = factors.sign_in(home.house, bob, "otp-email", tenant_id="t1")

    answer = frontend.ask("POST", CODE, {"email": BOB}, fdi_version="3.0").json

    assert answer["status"] == "OK"
    assert people.rows("passwordless_devices", "tenant_id, email") == [("t1", BOB)]


def test_factors_that_are_no_first_ones_need_a_session(home: Home) -> None:
    house = home.with_settings(FIRST_FACTORS="emailpassword")

    answer = Frontend(house).ask("POST", CODE, {"email": ADA})

    assert (answer.status, answer.json) == (401, {"message": "unauthorised"})
    assert not home.mailbox.letters()
