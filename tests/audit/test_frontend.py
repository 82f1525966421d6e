"""What the frontend interface leaves in the audit log."""

import json

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from tests.audit.entries import HERE, entries, events, everything, forget, the, who
from tests.frontend import Frontend
from tests.functions.fdi.codes import ask, newest, open_link, type_code, wrong
from tests.functions.fdi.factors import code, new_person, session_of, verified_device, wrong_code
from tests.functions.fdi.factors import sign_in as open_session
from tests.functions.fdi.passwords import ask_for_link, quick, reset, sign_in, token_for
from tests.houses import ADA, BOB, Home
from tests.oauth.world import World, id_token, publish, registered


@pytest.fixture
def home(sqlite_home: Home) -> Home:
    """A home that does not spend time on passwords; what the engines do not share, the core's tests go through."""
    return quick(sqlite_home)


@pytest.fixture
def frontend(home: Home) -> Frontend:
    """A frontend where nobody has signed in."""
    return Frontend(home.house)


def test_passwords_are_noted(frontend: Frontend) -> None:
    house = frontend.house
    ada = frontend.sign_up(ADA)["id"]
    assert events(house) == ["session.created", "user.created"]
    assert who(the(house, "user.created")) == (ada, ada, HERE)
    opened = the(house, "session.created")
    assert (who(opened), opened.details["factor"]) == ((ada, ada, HERE), "emailpassword")

    forget(house)
    assert frontend.post("/signout") == {"status": "OK"}
    ended = the(house, "session.revoked")
    assert (who(ended), ended.details) == ((ada, ada, HERE), {"session": opened.details["session"]})


def test_wrong_passwords_are_counted_and_tell_nothing_of_strangers(frontend: Frontend) -> None:
    house = frontend.house
    ada = frontend.sign_up(ADA)["id"]
    forget(house)
    for email in (ADA, BOB, ADA, "eve@example.com", BOB, BOB):
        assert sign_in(Frontend(house), email, "guess work 1")["status"] == "WRONG_CREDENTIALS_ERROR"

    known, strangers = sorted(entries(house), key=lambda entry: entry.subject_id is None)
    assert (known.event, who(known), known.times) == ("signin.failed", (None, ada, HERE), 2)
    assert (strangers.event, who(strangers), strangers.times) == ("signin.failed", (None, None, HERE), 4)
    reason = {"recipe": "emailpassword", "reason": "wrong_password"}
    assert known.details == strangers.details == reason
    assert not any(email in str(everything(house)) for email in (ADA, BOB, "eve@example.com", "guess"))


def test_codes_are_noted(frontend: Frontend, home: Home) -> None:
    house = frontend.house
    device = ask(frontend, email=ADA)
    right = newest(home)[0]
    assert events(house) == []
    type_code(frontend, device, wrong(right))
    failed = the(house, "signin.failed")
    assert (who(failed), failed.details["reason"]) == ((None, None, HERE), "wrong_code")

    ada = type_code(frontend, device, right)["user"]["id"]
    noted = [*events(house)]
    for event in ("session.created", "user.created", "user.joined", "roles.changed", "signin.failed"):
        noted.remove(event)
    assert noted == []
    assert the(house, "session.created").subject_id == ada
    assert the(house, "user.joined").details == {"auth_user": ada}

    forget(house)
    device = ask(Frontend(house), email=ADA)
    for _ in range(2):
        type_code(Frontend(house), device, wrong(newest(home)[0]))
    again = the(house, "signin.failed")
    assert (who(again), again.times) == ((None, ada, HERE), 2)


def test_links_and_codes_that_are_too_old_are_noted(home: Home) -> None:
    frontend = Frontend(home.house)
    device = ask(frontend, email=ADA)
    code_, link = newest(home)
    home.clock.advance(minutes=16)
    type_code(frontend, device, code_)
    open_link(frontend, link)
    assert [entry.details["reason"] for entry in entries(home.house)] == ["expired_code"]
    assert entries(home.house)[0].times == 2
    open_link(frontend, link[:-4] + "AAAA")
    assert "unknown_code" in {entry.details["reason"] for entry in entries(home.house)}


def test_a_thief_is_noted(frontend: Frontend, home: Home) -> None:
    strict = home.with_settings(REFRESH_GRACE_SECONDS="0")
    owner = Frontend(strict)
    session = owner.open_session()
    thief = owner.copy()
    owner.ask("POST", "/session/refresh")
    owner.ask("POST", "/session/refresh")
    forget(strict)

    assert thief.ask("POST", "/session/refresh").json == {"message": "token theft detected"}

    assert events(strict) == ["session.revoked", "session.theft_detected"]
    theft = the(strict, "session.theft_detected")
    assert (who(theft), theft.details) == (
        (None, session.user_id, HERE),
        {"session": session.handle[:8]},
    )


def test_second_factors_are_noted(home: Home) -> None:
    house = home.with_settings(MFA="on")
    ada = open_session(house, user_id := new_person(house))
    forget(house)
    secret = verified_device(home, ada, deviceName="Ada's phone")
    added = the(house, "factor.added")
    assert (who(added), added.details) == ((user_id, user_id, HERE), {"factor": "totp"})

    forget(house)
    ada.post("/totp/verify", totp=wrong_code(home, secret))
    assert "signin.failed" in house.events.noted
    ada.post("/totp/verify", totp=code(home, secret))
    assert "signin.failed" not in house.events.noted, "what went well counts as no failure"
    ada.post("/totp/device/remove", deviceName="Ada's phone")
    ada.post("/totp/device/remove", deviceName="Ada's phone")
    assert events(house) == ["factor.removed", "factor.used", "signin.failed"]
    failed = the(house, "signin.failed")
    assert (who(failed), failed.details) == (
        (None, user_id, HERE),
        {"recipe": "totp", "reason": "wrong_code"},
    )
    assert secret not in str(everything(house))


def test_a_code_by_mail_as_second_factor_is_noted_once(home: Home) -> None:
    house = home.with_settings(MFA="on")
    ada = open_session(house, user_id := new_person(house))
    tenant, session = house.tenancy.resolve("", PUBLIC, PUBLIC), session_of(ada)
    forget(house)
    house.multifactorauth.complete_factor(tenant, session, "otp-email")
    used = the(house, "factor.used")
    assert (used.subject_id, used.details) == (
        user_id,
        {"factor": "otp-email", "session": session.handle[:8]},
    )


def test_too_many_codes_are_counted_in_one_row(home: Home) -> None:
    house = home.with_settings(MFA="on")
    ada = open_session(house, new_person(house))
    secret = verified_device(home, ada)
    forget(house)
    for _ in range(9):
        ada.post("/totp/verify", totp=wrong_code(home, secret))

    assert sorted((entry.details["reason"], entry.times) for entry in entries(house)) == [
        ("too_many_attempts", 4),
        ("wrong_code", 5),
    ]


def test_forgotten_passwords_are_noted(frontend: Frontend, home: Home) -> None:
    house = frontend.house
    ada = frontend.sign_up(ADA)["id"]
    forget(house)
    ask_for_link(frontend, ADA)
    ask_for_link(frontend, BOB)
    asked = {entry.subject_id: entry for entry in entries(house)}
    assert {entry.event for entry in asked.values()} == {"password.reset_asked"}
    assert who(asked[ada]) == (None, ada, HERE), "nobody knows who it was"
    assert who(asked[None]) == (None, None, HERE)

    forget(house)
    token = token_for(home, ADA)
    for _ in range(2):
        reset(frontend, token)
    assert events(house) == ["password.reset"]
    assert token not in str(everything(house))


def test_proofs_of_addresses_are_noted_once(frontend: Frontend, home: Home) -> None:
    house = frontend.house
    ada = frontend.sign_up(ADA)["id"]
    frontend.post("/user/email/verify/token")
    token = token_for(home, ADA)
    forget(house)
    for _ in range(2):
        frontend.post("/user/email/verify", method="token", token=token)
    assert who(the(house, "email.verified")) == (ada, ada, HERE)


def test_social_login_is_noted(home: Home) -> None:
    world, house = World(), home.house
    house.__dict__["oauth"] = world.client
    from gatehouse.services.thirdparty_signin import Return, Visitor

    registration = registered("acme", oidcDiscoveryEndpoint=publish(world))
    tenant, visitor = house.tenancy.resolve("", PUBLIC, PUBLIC), Visitor(None, False, has_anti_csrf=False)

    def come(email: str) -> None:
        back = Return(tokens={"id_token": id_token(sub="u1", email=email)})
        house.thirdparty_signin.sign_in_up(tenant, registration, back, visitor)

    come(ADA)
    created = the(house, "user.created")
    assert created.details == {"recipe": "thirdparty", "provider": "acme"}
    assert the(house, "session.created").details["factor"] == "thirdparty"
    forget(house)
    come(BOB)
    assert {"email.changed", "session.created"} <= set(events(house))


def test_who_is_not_invited_is_noted(home: Home) -> None:
    closed = home.with_settings(SIGNUP="invite_only", ADMIN_EMAILS="root@example.com")
    frontend = Frontend(closed)
    form = [{"id": "email", "value": BOB}, {"id": "password", "value": "correct horse 1"}]
    assert frontend.post("/signup", formFields=form)["status"] == "SIGN_UP_NOT_ALLOWED"
    ask(frontend, email=BOB)
    reasons = {(entry.details["recipe"], entry.details["reason"]) for entry in entries(closed)}
    assert reasons == {("emailpassword", "sign_up_not_allowed"), ("passwordless", "not_invited")}
    assert BOB not in str(everything(closed))


def test_linked_accounts_are_noted(home: Home) -> None:
    house: House = home.with_settings(ACCOUNT_LINKING="verified")
    first, second = new_person(house), new_person(house, BOB)
    house.accountlinking.make_primary(PUBLIC, first)
    for _ in range(2):
        house.accountlinking.link(PUBLIC, second, first)
    linked = the(house, "account.linked")
    assert (linked.subject_id, linked.details) == (first, {"login_method": second})
    house.accountlinking.unlink(PUBLIC, second)
    assert the(house, "account.unlinked").details == {"login_method": second}


def test_nothing_secret_is_in_the_log(frontend: Frontend, home: Home) -> None:
    house = frontend.house
    frontend.sign_up(ADA, "secret horse 7")
    device = ask(Frontend(house), email=BOB)
    code_, link = newest(home, BOB)
    bob = Frontend(house)
    type_code(bob, device, code_)
    bob.ask("POST", "/session/refresh")
    frontend.post("/user/email/verify/token")
    ask_for_link(frontend, ADA)
    told = [
        *(token for front in (frontend, bob) for token in front.tokens.values()),
        *device.values(),
        link.partition("#")[2],
        "secret horse 7",
        token_for(home, ADA),
        ADA,
        BOB,
    ]
    stored = json.dumps([list(map(str, row)) for row in everything(house)])
    assert [text for text in told if text in stored] == []
    assert f'"{code_}"' not in stored
