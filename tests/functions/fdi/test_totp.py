"""Authenticator apps through the frontend interface."""

from typing import Any

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.store.statement import Sql
from tests.frontend import Frontend
from tests.functions.fdi.factors import (
    claim,
    code,
    link,
    new_person,
    sign_in,
    verified_device,
    wrong_code,
)
from tests.houses import Home
from tests.people import People

MFA_INVALID = {"id": "st-mfa", "reason": {"message": "MFA requirement for auth is not satisfied"}}


@pytest.fixture(scope="module")
def engine() -> str:
    """Run these tests on SQLite: their rows are the core's, which is tested on every engine."""
    return "sqlite"


@pytest.fixture
def house(home: Home) -> House:
    """Return a house where second factors are on, and nobody needs one."""
    return home.with_settings(MFA="on", APP_NAME="Ada & Söhne")


@pytest.fixture
def strict(home: Home) -> House:
    """Return a house where everybody needs an authenticator app."""
    return home.with_settings(MFA="on", REQUIRED_SECONDARY_FACTORS="totp")


def refused(frontend: Frontend, method: str, target: str, **body: Any) -> tuple[int, Any]:
    """Return status and body of an answer that is an error."""
    answer = frontend.ask(method, target, body or None)
    assert answer.status != 200, answer.text
    return answer.status, answer.json


def test_a_device_is_made_with_the_text_of_a_qr_code(house: House) -> None:
    ada = sign_in(house, new_person(house))

    made = ada.post("/totp/device", deviceName="my phone")

    assert made == {
        "status": "OK",
        "deviceName": "my phone",
        "secret": made["secret"],
        "qrCodeString": f"otpauth://totp/Ada%20%26%20S%C3%B6hne:ada%40example.com?secret={made['secret']}"
        "&issuer=Ada%20%26%20S%C3%B6hne&digits=6&period=30",
    }
    device = {"name": "my phone", "period": 30, "skew": 1, "verified": False}
    assert ada.get("/totp/device/list") == {"status": "OK", "devices": [device]}
    assert ada.post("/totp/device")["deviceName"] == "TOTP Device 0"
    assert ada.post("/totp/device", deviceName=None)["deviceName"] == "TOTP Device 0"


def test_a_qr_code_names_somebody_by_their_number_if_they_have_no_address(house: House) -> None:
    people = People(house.database)
    ada = people.passwordless(None, "+491701234567")
    label = sign_in(house, ada, "otp-phone").post("/totp/device")["qrCodeString"].partition("?")[0]
    assert label.endswith(":%2B491701234567")

    link(house, ada, people.emailpassword("ada@example.com", time_joined=1))
    label = sign_in(house, ada, "otp-phone").post("/totp/device")["qrCodeString"].partition("?")[0]
    assert label.endswith(":%2B491701234567"), "the primary login method's own comes first"


def test_a_verified_device_completes_the_factor(strict: House, home: Home) -> None:
    ada = sign_in(strict, new_person(strict))
    assert (list(claim(ada)["c"]), claim(ada)["v"]) == (["emailpassword"], False)
    secret = ada.post("/totp/device", deviceName="phone")["secret"]

    answer = ada.post("/totp/device/verify", deviceName="phone", totp=code(home, secret))

    assert answer == {"status": "OK", "wasAlreadyVerified": False}
    assert claim(ada)["v"] is True
    assert claim(ada)["c"].keys() == {"emailpassword", "totp"}
    assert home.clock() // 1_000 - claim(ada)["c"]["totp"] < 60
    assert ada.get("/totp/device/list")["devices"][0]["verified"] is True


def test_a_code_completes_the_factor_of_a_new_session(strict: House, home: Home) -> None:
    user_id = new_person(strict)
    secret = verified_device(home, sign_in(strict, user_id))
    ada = sign_in(strict, user_id)
    assert claim(ada)["v"] is False

    assert ada.post("/totp/verify", totp=code(home, secret)) == {"status": "OK"}

    assert claim(ada)["v"] is True
    assert "front-token" in ada.tokens, "the frontend learns of its new claim"
    old = sign_in(strict, user_id)
    assert old.post("/totp/verify", totp=code(home, secret))["status"] == "INVALID_TOTP_ERROR", "used before"
    assert claim(old)["v"] is False


def test_verifying_a_device_again_proves_nothing(house: House, home: Home) -> None:
    user_id = new_person(house)
    verified_device(home, sign_in(house, user_id), deviceName="phone")
    ada = sign_in(house, user_id)

    answer = ada.post("/totp/device/verify", deviceName="phone", totp="000000")

    assert answer == {"status": "OK", "wasAlreadyVerified": True}
    assert "totp" not in claim(ada)["c"]


def test_wrong_codes_are_counted_and_then_refused(house: House, home: Home) -> None:
    user_id = new_person(house)
    ada = sign_in(house, user_id)
    secret = verified_device(home, ada)
    wrong = wrong_code(home, secret)

    for number in range(1, 6):
        counts = {"currentNumberOfFailedAttempts": number, "maxNumberOfFailedAttempts": 5}
        assert ada.post("/totp/verify", totp=wrong) == {"status": "INVALID_TOTP_ERROR", **counts}
    limited = ada.post("/totp/verify", totp=code(home, secret))

    assert limited.keys() == {"status", "retryAfterMs"}
    assert limited["status"] == "LIMIT_REACHED_ERROR"
    assert 890_000 < limited["retryAfterMs"] <= 900_000
    ada.post("/totp/device", deviceName="other")
    assert ada.post("/totp/device/verify", deviceName="other", totp=wrong).keys() == limited.keys()


def test_unknown_devices_and_users_without_devices_are_told(house: House) -> None:
    ada = sign_in(house, new_person(house))

    assert ada.post("/totp/verify", totp="123456") == {"status": "UNKNOWN_USER_ID_ERROR"}
    unknown = ada.post("/totp/device/verify", deviceName="phone", totp="123456")
    assert unknown == {"status": "UNKNOWN_DEVICE_ERROR"}
    assert ada.post("/totp/device/remove", deviceName="phone") == {"status": "OK", "didDeviceExist": False}


def test_the_name_of_a_verified_device_is_taken(house: House, home: Home) -> None:
    ada = sign_in(house, new_person(house))
    verified_device(home, ada, deviceName="phone")
    assert ada.post("/totp/device", deviceName="phone") == {"status": "DEVICE_ALREADY_EXISTS_ERROR"}


def test_no_device_is_added_before_the_one_that_is_asked_for_was_used(strict: House, home: Home) -> None:
    user_id = new_person(strict)
    verified_device(home, sign_in(strict, user_id))
    thief = sign_in(strict, user_id)

    status, body = refused(thief, "POST", "/totp/device", deviceName="mine")

    message = "Completed factors in the session does not satisfy the MFA requirements for auth"
    fault = {"id": "st-mfa", "reason": {"message": message}}
    assert (status, body) == (403, {"message": "invalid claim", "claimValidationErrors": [fault]})
    assert refused(thief, "POST", "/totp/device/verify", deviceName="x", totp="123456") == (status, body)
    assert len(thief.get("/totp/device/list")["devices"]) == 1


def test_no_other_factor_is_set_up_before_one_that_is_asked_for(home: Home) -> None:
    house = home.with_settings(
        MFA="on", REQUIRED_SECONDARY_FACTORS="otp-phone", PASSWORDLESS_CONTACT="EMAIL_OR_PHONE"
    )
    ada = sign_in(house, new_person(house))

    status, body = refused(ada, "POST", "/totp/device")

    message = "Not allowed to setup factor that is not in the next set of unsatisfied factors"
    assert (status, body["claimValidationErrors"]) == (
        403,
        [{"id": "st-mfa", "reason": {"message": message}}],
    )


def test_only_a_session_with_all_factors_removes_a_verified_device(strict: House, home: Home) -> None:
    user_id = new_person(strict)
    ada = sign_in(strict, user_id)
    verified_device(home, ada, deviceName="phone")
    thief = sign_in(strict, user_id)

    for name in ("phone", "Phone", "\uff30HONE", "unknown"):
        answer = refused(thief, "POST", "/totp/device/remove", deviceName=name)
        assert answer == (403, {"message": "invalid claim", "claimValidationErrors": [MFA_INVALID]})

    assert ada.post("/totp/device/remove", deviceName="phone") == {"status": "OK", "didDeviceExist": True}
    assert ada.get("/totp/device/list")["devices"] == []


def test_devices_that_were_never_verified_are_removed_freely(strict: House, home: Home) -> None:
    user_id = new_person(strict)
    ada = sign_in(strict, user_id)
    ada.post("/totp/device", deviceName="first try")
    assert ada.post("/totp/device/remove", deviceName="first try")["didDeviceExist"] is True

    verified_device(home, ada, deviceName="phone")
    ada.post("/totp/device", deviceName="second try")
    fresh = sign_in(strict, user_id)
    assert fresh.post("/totp/device/remove", deviceName="second try")["didDeviceExist"] is True


def test_a_device_that_was_just_verified_is_not_taken_for_an_unverified_one(house: House) -> None:
    user_id = new_person(house)
    ada = sign_in(house, user_id)
    ada.post("/totp/device", deviceName="phone")
    house.database.run(Sql("UPDATE {totp_user_devices} SET verified = TRUE").run())

    assert house.totp.remove_device(PUBLIC, user_id, "phone", keeps_verified=True) is False
    assert len(ada.get("/totp/device/list")["devices"]) == 1


def test_codes_count_in_the_tenant_of_the_session(house: House, home: Home) -> None:
    people = People(house.database)
    people.add_tenant("t1")
    user_id = people.emailpassword("ada@example.com", PUBLIC, "t1")
    secret = verified_device(home, sign_in(house, user_id))
    ada = sign_in(house, user_id, tenant_id="t1")

    assert ada.post("/totp/verify", totp=code(home, secret)) == {"status": "OK"}

    (tenant_id,) = people.rows("totp_used_codes", "tenant_id", is_valid=True)[-1]
    assert tenant_id == "t1"


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/totp/device"),
        ("GET", "/totp/device/list"),
        ("POST", "/totp/device/remove"),
        ("POST", "/totp/device/verify"),
        ("POST", "/totp/verify"),
        ("PUT", "/mfa/info"),
    ],
)
def test_they_need_a_session_and_are_there_only_where_factors_are_on(
    house: House, home: Home, method: str, target: str
) -> None:
    nobody = Frontend(house)
    assert refused(nobody, method, target) == (401, {"message": "unauthorised"})

    off = sign_in(home.house, new_person(home.house))
    assert refused(off, method, target)[0] == 404


def test_the_session_of_somebody_removed_ends(house: House) -> None:
    user_id = new_person(house)
    ada = sign_in(house, user_id)
    house.database.run(Sql("DELETE FROM {app_id_to_user_id} WHERE user_id = :user_id").run(user_id=user_id))

    assert refused(ada, "POST", "/totp/device") == (401, {"message": "unauthorised"})
    assert not ada.is_signed_in


NAME_MISSING = "deviceName is required and must be a non-empty string"
NAME_WANTED = "deviceName is required and must be a string"
CODE_WANTED = "totp is required and must be a string"
JUNK: list[Any] = [None, 5, True, [], {}, ["x"], {"a": {}}, 10**400]
LONG = "x" * 10_001
UNSTORABLE = ("\x00", "a\x00b", "\ud800")


def test_junk_is_bad_input(house: House) -> None:
    ada = sign_in(house, new_person(house))
    for target, body, message in (
        *(("/totp/device", {"deviceName": junk}, "deviceName must be a string") for junk in JUNK[1:]),
        *(("/totp/device/remove", {"deviceName": junk}, NAME_MISSING) for junk in JUNK),
        *(("/totp/device/verify", {"deviceName": junk, "totp": "1"}, NAME_WANTED) for junk in JUNK),
        *(("/totp/device/verify", {"deviceName": "x", "totp": junk}, CODE_WANTED) for junk in JUNK),
        *(("/totp/verify", {"totp": junk}, CODE_WANTED) for junk in JUNK),
        ("/totp/verify", {}, CODE_WANTED),
        ("/totp/device/verify", {"totp": "123456"}, NAME_WANTED),
    ):
        assert refused(ada, "POST", target, **body) == (400, {"message": message})


def test_names_and_codes_that_cannot_be_kept_are_bad_input(house: House) -> None:
    ada = sign_in(house, new_person(house))
    for name in ("", *UNSTORABLE, "x" * 257, LONG):
        for target in ("/totp/device", "/totp/device/remove", "/totp/device/verify"):
            status, body = refused(ada, "POST", target, deviceName=name, totp="123456")
            assert (status, "deviceName" in body["message"]) == (400, True)
    for text in (*UNSTORABLE, LONG):
        assert refused(ada, "POST", "/totp/verify", totp=text)[0] == 400


def test_codes_that_are_none_are_wrong(house: House, home: Home) -> None:
    ada = sign_in(house, new_person(house))
    verified_device(home, ada)
    for text in ("", "x" * 9, "12345678901234567890", "\u0661\u0662\u0663\u0664\u0665\u0666"):
        assert ada.post("/totp/verify", totp=text)["status"] == "INVALID_TOTP_ERROR"
