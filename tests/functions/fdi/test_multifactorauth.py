"""Second factors through the frontend interface: what is asked for, what may be set up, and where codes can go."""

import json
from typing import Any

import pytest

from gatehouse.bootstrap import House
from gatehouse.frontend_errors import InvalidClaims
from gatehouse.models import PUBLIC
from gatehouse.services.claim_checks import MFA, has_factor
from gatehouse.store.statement import Sql
from tests.frontend import Frontend
from tests.functions.fdi.factors import claim, code, link, new_person, session_of, sign_in, verified_device
from tests.houses import ADA, Home
from tests.people import People

EVERYTHING = ["emailpassword", "otp-email", "otp-phone", "link-email", "link-phone", "totp"]


@pytest.fixture(scope="module")
def engine() -> str:
    """Run these tests on SQLite; the reads behind them are tested on every engine."""
    return "sqlite"


@pytest.fixture
def house(home: Home) -> House:
    """Return a house where second factors are on, and nobody needs one."""
    return home.with_settings(
        MFA="on", PASSWORDLESS_CONTACT="EMAIL_OR_PHONE", PASSWORDLESS_FLOW="USER_INPUT_CODE_AND_MAGIC_LINK"
    )


def info(frontend: Frontend) -> Any:
    """Ask for the factors of a session."""
    return frontend.put("/mfa/info")


def need(house: House, user_id: str, *factors: Any) -> None:
    """Demand second factors of one person."""
    house.usermetadata.update(PUBLIC, user_id, {"_supertokens": {"requiredSecondaryFactors": list(factors)}})


def need_in_tenant(house: House, *factors: str, tenant_id: str = PUBLIC) -> None:
    """Demand second factors of a tenant's people."""
    insert_factors(house, "tenant_required_secondary_factors", tenant_id, *factors)


def insert_factors(house: House, table: str, tenant_id: str, *factors: str) -> None:
    """Write factors of a tenant."""
    tenant = {"connection_uri_domain": "", "app_id": PUBLIC, "tenant_id": tenant_id}
    for factor in factors:
        People(house.database).insert(table, **tenant, factor_id=factor)
    house.tenancy.forget()


def test_somebody_who_needs_no_second_factor_may_set_up_any(house: House) -> None:
    ada = sign_in(house, new_person(house))

    assert info(ada) == {
        "status": "OK",
        "factors": {"next": [], "alreadySetup": ["emailpassword"], "allowedToSetup": EVERYTHING},
        "emails": {
            "emailpassword": ["ada@example.com"],
            "otp-email": ["ada@example.com"],
            "link-email": ["ada@example.com"],
        },
        "phoneNumbers": {"otp-phone": [], "link-phone": []},
    }
    assert claim(ada)["v"] is True


def test_demands_of_the_person_the_tenant_and_the_settings_are_alternatives(home: Home) -> None:
    house = home.with_settings(
        MFA="on", REQUIRED_SECONDARY_FACTORS="totp, otp-email", PASSWORDLESS_CONTACT="EMAIL_OR_PHONE"
    )
    user_id = new_person(house)
    need(house, user_id, "otp-phone", "totp")
    need_in_tenant(house, "link-email")
    ada = sign_in(house, user_id)

    factors = info(ada)["factors"]

    assert factors["next"] == ["otp-phone", "totp", "link-email", "otp-email"]
    assert factors["allowedToSetup"] == ["otp-email", "otp-phone", "link-email", "totp"]
    assert claim(ada)["v"] is False
    tenant = house.tenancy.resolve("", PUBLIC, PUBLIC)
    completed = house.multifactorauth.complete_factor(tenant, session_of(ada), "link-email")
    assert completed.claims[MFA]["v"] is True, "one of them is enough"


def test_demands_of_another_tenant_do_not_count(house: House) -> None:
    people = People(house.database)
    people.add_tenant("t1")
    user_id = people.emailpassword("ada@example.com", PUBLIC, "t1")
    need_in_tenant(house, "totp", tenant_id="t1")

    assert claim(sign_in(house, user_id))["v"] is True
    there = sign_in(house, user_id, tenant_id="t1")
    assert claim(there)["v"] is False
    assert info(there)["factors"]["next"] == ["totp"], "although the path names the public tenant"


def test_a_demand_reaches_sessions_that_are_open(house: House) -> None:
    user_id = new_person(house)
    ada = sign_in(house, user_id)
    need(house, user_id, "totp")
    assert claim(ada)["v"] is True

    assert info(ada)["factors"]["next"] == ["totp"]
    assert claim(ada)["v"] is False

    need(house, user_id)
    assert info(ada)["factors"]["next"] == []
    assert claim(ada)["v"] is True


def test_the_factor_somebody_signed_in_with_can_be_the_one_they_need(house: House) -> None:
    user_id = new_person(house)
    need(house, user_id, "emailpassword")
    assert claim(sign_in(house, user_id))["v"] is True


def test_once_a_needed_factor_is_set_up_only_its_use_leads_on(house: House, home: Home) -> None:
    user_id = new_person(house)
    secret = verified_device(home, sign_in(house, user_id))
    need(house, user_id, "totp", "otp-email")
    ada = sign_in(house, user_id)

    factors = info(ada)["factors"]
    assert factors == {"next": ["totp"], "alreadySetup": ["emailpassword", "totp"], "allowedToSetup": []}

    ada.post("/totp/verify", totp=code(home, secret))
    factors = info(ada)["factors"]
    assert factors == {
        "next": [],
        "alreadySetup": ["emailpassword", "totp"],
        "allowedToSetup": EVERYTHING,
    }


def test_devices_that_were_never_verified_are_no_factor(house: House) -> None:
    ada = sign_in(house, new_person(house))
    ada.post("/totp/device", deviceName="phone")
    assert info(ada)["factors"]["alreadySetup"] == ["emailpassword"]


def test_factors_are_those_of_all_login_methods(house: House) -> None:
    people = People(house.database)
    user_id = link(
        house,
        people.third_party("google", "g1", "ada@example.com"),
        people.passwordless("ada@example.org", None, time_joined=2_000),
        people.passwordless(None, "+491701234567", time_joined=3_000),
    )
    ada = sign_in(house, user_id, "thirdparty")

    answer = info(ada)

    assert answer["factors"]["alreadySetup"] == ["otp-email", "otp-phone", "link-email", "link-phone"]
    assert answer["emails"] == {
        "emailpassword": ["ada@example.com", "ada@example.org"],
        "otp-email": ["ada@example.org"],
        "link-email": ["ada@example.org"],
    }
    assert answer["phoneNumbers"] == {"otp-phone": ["+491701234567"], "link-phone": ["+491701234567"]}


def test_only_what_is_sent_here_is_a_factor(home: Home) -> None:
    house = home.with_settings(MFA="on", PASSWORDLESS_CONTACT="PHONE", PASSWORDLESS_FLOW="USER_INPUT_CODE")
    answer = info(sign_in(house, new_person(house)))

    assert answer["factors"]["allowedToSetup"] == ["emailpassword", "otp-phone", "totp"]
    assert answer["emails"].keys() == {"emailpassword"}
    assert answer["phoneNumbers"] == {"otp-phone": []}


def test_addresses_with_a_password_go_verified_ones_first(house: House) -> None:
    people = People(house.database)
    ids = [people.emailpassword(f"{name}@example.com", time_joined=at) for at, name in enumerate("abcd")]
    fake = people.emailpassword("x@stfakeemail.supertokens.com", time_joined=0)
    people.insert("emailverification_verified_emails", user_id=ids[2], email="c@example.com")
    link(house, ids[0], *ids[1:], fake)
    ada = sign_in(house, ids[3])

    emails = info(ada)["emails"]

    assert emails["emailpassword"] == [
        "d@example.com",
        "c@example.com",
        "a@example.com",
        "b@example.com",
        "x@stfakeemail.supertokens.com",
    ], "after that of the session"
    assert emails["otp-email"] == ["d@example.com", "a@example.com", "b@example.com", "c@example.com"]


def test_of_several_addresses_for_codes_the_one_of_the_session_goes_first(house: House) -> None:
    people = People(house.database)
    ids = [people.passwordless(f"{name}@example.com", None, time_joined=at) for at, name in enumerate("abc")]
    link(house, *ids)
    ada = sign_in(house, ids[1], "otp-email")
    assert info(ada)["emails"]["otp-email"] == ["b@example.com", "a@example.com", "c@example.com"]


def test_somebody_without_an_address_gets_one_made_up_for_a_password(house: House) -> None:
    user_id = People(house.database).passwordless(None, "+491701234567")
    emails = info(sign_in(house, user_id, "otp-phone"))["emails"]
    assert emails == {
        "emailpassword": [f"{user_id}@stfakeemail.supertokens.com"],
        "otp-email": [],
        "link-email": [],
    }


def test_a_factor_that_nobody_can_have_is_told_as_a_mistake_of_the_settings(house: House) -> None:
    user_id = new_person(house)
    need(house, user_id, "palm-reading")
    answer = info(sign_in(house, user_id))
    assert answer["status"] == "GENERAL_ERROR"
    assert "palm-reading" in answer["message"]


@pytest.mark.parametrize("junk", [None, 5, "totp", {"totp": 1}, [None, 5, ["totp"]]])
def test_junk_in_the_metadata_demands_nothing(house: House, junk: Any) -> None:
    user_id = new_person(house)
    house.usermetadata.update(PUBLIC, user_id, {"_supertokens": {"requiredSecondaryFactors": junk}})
    assert claim(sign_in(house, user_id))["v"] is True
    house.usermetadata.update(PUBLIC, user_id, {"_supertokens": junk or "x"})
    assert info(sign_in(house, user_id))["factors"]["next"] == []


def forget_claim(house: House, frontend: Frontend) -> None:
    """Make the session of a frontend one from before second factors were on."""
    tenant = house.tenancy.resolve("", PUBLIC, PUBLIC)
    session = house.frontend_sessions.merge(tenant, session_of(frontend), {MFA: None})
    frontend.tokens["st-access-token"] = session.access_token


def test_a_session_from_before_gets_the_factor_that_opened_it(house: House, home: Home) -> None:
    people = People(house.database)
    opened_at = home.clock() // 1_000
    for user_id, factor in (
        (people.emailpassword("a@example.com"), "emailpassword"),
        (people.third_party("google", "g1", "b@example.com"), "thirdparty"),
        (people.passwordless("c@example.com", None), "link-email"),
        (people.passwordless(None, "+491701234567"), "link-phone"),
    ):
        frontend = sign_in(house, user_id)
        forget_claim(house, frontend)
        home.clock.advance(seconds=60)

        info(frontend)

        (at,) = [claim(frontend)["c"].pop(factor)]
        assert opened_at <= at < home.clock() // 1_000 - 50
        assert claim(frontend)["c"].keys() == {factor}
        assert claim(frontend)["v"] is True


def test_claims_are_read_again_in_the_tenant_of_the_session(house: House) -> None:
    people = People(house.database)
    people.add_tenant("t1")
    user_id = people.emailpassword("ada@example.com", PUBLIC, "t1")
    insert_factors(house, "tenant_first_factors", "t1", "emailpassword")
    people.insert("roles", role="admin")
    people.insert("user_roles", user_id=user_id, tenant_id="t1", role="admin")
    ada = sign_in(house, user_id, tenant_id="t1")
    forget_claim(house, ada)
    need_in_tenant(house, "totp", tenant_id="t1")
    public = house.tenancy.resolve("", PUBLIC, PUBLIC)

    claims = house.claims.read_again(public, session_of(ada), ["st-role", MFA])

    assert claims["st-role"]["v"] == ["admin"]
    assert claims[MFA]["v"] is False


def test_a_session_from_before_that_nobody_could_open_now_ends(home: Home) -> None:
    house = home.with_settings(MFA="on", FIRST_FACTORS="otp-email")
    ada = sign_in(house, new_person(house))
    forget_claim(house, ada)
    answer = ada.ask("PUT", "/mfa/info")
    assert (answer.status, answer.json, ada.is_signed_in) == (401, {"message": "unauthorised"}, False)


def test_a_session_whose_row_is_gone_ends(house: House) -> None:
    user_id = new_person(house)
    ada = sign_in(house, user_id)
    need(house, user_id, "totp")
    house.database.run(Sql("DELETE FROM {session_info}").run())
    answer = ada.ask("PUT", "/mfa/info")
    assert (answer.status, answer.json) == (401, {"message": "unauthorised"})


def test_a_function_can_demand_a_factor_of_everybody(house: House, home: Home) -> None:
    tenant = house.tenancy.resolve("", PUBLIC, PUBLIC)
    ada = sign_in(house, new_person(house))

    def faults(*factors: str) -> list[dict[str, Any]]:
        with pytest.raises(InvalidClaims) as caught:
            house.frontend_sessions.require(tenant, session_of(ada), [has_factor(*factors)])
        return caught.value.faults

    reason = {"message": "Factor validation failed: totp not completed", "factor_id": "totp"}
    assert faults("totp") == [{"id": "st-mfa", "reason": reason}]
    assert faults("totp", "otp-email")[0]["reason"]["one_of"] == ["totp", "otp-email"]
    house.frontend_sessions.require(tenant, session_of(ada), [has_factor("totp", "emailpassword")])
    verified_device(home, ada)
    house.frontend_sessions.require(tenant, session_of(ada), [has_factor("totp")])

    forget_claim(house, ada)
    assert faults("totp")[0]["reason"] == reason, "the claim is read again, and does not have it"


def test_password_and_code_lead_in_together(home: Home) -> None:
    house = home.with_settings(MFA="on", REQUIRED_SECONDARY_FACTORS="totp", BCRYPT_LOG_ROUNDS="4")
    fields = [{"id": "email", "value": "ada@example.com"}, {"id": "password", "value": "correct horse 1"}]
    ada = Frontend(house)
    ada.sign_up("ada@example.com", "correct horse 1")
    assert claim(ada)["v"] is False
    secret = verified_device(home, ada)

    again = Frontend(house)
    again.post("/signin", formFields=fields)
    assert (list(claim(again)["c"]), claim(again)["v"]) == (["emailpassword"], False)
    assert info(again)["factors"]["next"] == ["totp"]
    again.post("/totp/verify", totp=code(home, secret))
    assert claim(again)["v"] is True

    again.ask("POST", "/session/refresh")
    assert claim(again)["v"] is True, "also after a refresh"


def test_the_code_of_a_letter_can_be_the_second_factor(home: Home) -> None:
    house = home.with_settings(MFA="on", REQUIRED_SECONDARY_FACTORS="otp-email", BCRYPT_LOG_ROUNDS="4")
    fields = [{"id": "email", "value": ADA}, {"id": "password", "value": "correct horse 1"}]
    links = {"shouldTryLinkingWithSessionUser": True}

    def use_code(frontend: Frontend, email: str) -> Any:
        asked = frontend.post("/signinup/code", email=email, **links)
        device = {name: asked[name] for name in ("deviceId", "preAuthSessionId")}
        typed = home.mailbox.last_to(email)["code"]
        return frontend.post("/signinup/code/consume", **device, userInputCode=typed, **links)

    ada = Frontend(house)
    user = ada.sign_up(ADA, "correct horse 1")
    factors = info(ada)["factors"]
    assert factors == {
        "next": ["otp-email"],
        "alreadySetup": ["emailpassword"],
        "allowedToSetup": ["otp-email"],
    }

    answer = use_code(ada, ADA)

    assert (answer["status"], answer["user"]["id"]) == ("OK", user["id"]), "added to who is signed in"
    assert claim(ada)["c"].keys() == {"emailpassword", "otp-email"}
    assert claim(ada)["v"] is True
    assert info(ada)["factors"]["alreadySetup"] == ["emailpassword", "otp-email", "link-email"]

    again = Frontend(house)
    again.post("/signin", formFields=fields)
    assert claim(again)["v"] is False
    thief = again.ask("POST", "/signinup/code", {"email": "thief@example.com", **links})
    assert thief.status == 403, "what is set up is used, and not replaced"
    assert use_code(again, ADA)["status"] == "OK"
    assert claim(again)["v"] is True


def test_the_body_does_not_matter(house: House) -> None:
    ada = sign_in(house, new_person(house))
    for body in (b"", b"null", b"[1]", b"{", json.dumps({"x": 1}).encode()):
        answer = ada.ask("PUT", "/mfa/info", body)
        assert (answer.status, answer.json["status"]) == (200, "OK")


def test_first_factors_are_those_of_the_tenant_then_of_the_settings_then_all(
    house: House, home: Home
) -> None:
    def valid(house: House, tenant_id: str = PUBLIC) -> tuple[str, ...]:
        return house.multifactorauth.first_factors(house.tenancy.resolve("", PUBLIC, tenant_id))

    every = ("emailpassword", "thirdparty", "otp-email", "otp-phone", "link-email", "link-phone")
    assert valid(house) == every
    some = home.with_settings(FIRST_FACTORS="otp-email, thirdparty", PASSWORDLESS_CONTACT="EMAIL")
    assert valid(some) == ("otp-email", "thirdparty")

    people = People(house.database)
    people.add_tenant("t1")
    insert_factors(
        house, "tenant_first_factors", "t1", "emailpassword", "otp-phone", "webauthn", "palm-reading"
    )
    people.add_tenant("t2")
    assert valid(some, "t1") == ("emailpassword", "palm-reading"), "codes go to addresses alone here"
    assert valid(some, "t2") == ()
    assert some.multifactorauth.is_valid_first_factor(some.tenancy.resolve("", PUBLIC, "t1"), "emailpassword")
    assert not some.multifactorauth.is_valid_first_factor(some.tenancy.resolve("", PUBLIC, "t1"), "otp-email")


def test_the_info_is_one_round_trip_and_two_more_when_the_claim_changes(house: House) -> None:
    user_id = new_person(house)
    ada = sign_in(house, user_id)
    info(ada)
    before = house.database.round_trips
    info(ada)
    assert house.database.round_trips - before == 1

    need(house, user_id, "totp")
    before = house.database.round_trips
    info(ada)
    assert house.database.round_trips - before <= 3
