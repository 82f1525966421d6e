"""Codes that sign in, through the core interface, on every engine and along with SuperTokens' foreign keys."""

import json
from collections import Counter
from typing import Any

import pytest

from gatehouse.crypto.passwordless_code import hash_typed_code, read_base64
from gatehouse.store.statement import Sql
from tests.core import Core
from tests.functions.cdi.tenants import say
from tests.houses import Home
from tests.people import People

CODE, CHECK, CONSUME = (
    "/recipe/signinup/code",
    "/recipe/signinup/code/check",
    "/recipe/signinup/code/consume",
)
REMOVE, REMOVE_ALL, LIST = (
    "/recipe/signinup/code/remove",
    "/recipe/signinup/codes/remove",
    "/recipe/signinup/codes",
)
ADA, NUMBER = "ada@example.com", "+491701234567"
OK = {"status": "OK"}
RESTART = {"status": "RESTART_FLOW_ERROR"}
ONE_OF_THREE = "Please provide exactly one of email, phoneNumber or deviceId"
ONE_OF_TWO = "Please provide exactly one of linkCode or deviceId+userInputCode"
ONE_OF_FOUR = "Please provide exactly one of email, phoneNumber, deviceId or preAuthSessionId"

Code = dict[str, Any]


@pytest.fixture(autouse=True)
def _clean(people: People) -> None:
    """Leave nothing behind."""


def typed(code: Code, **changes: str) -> dict[str, str]:
    """Return what somebody sends who types a code."""
    return {**{name: code[name] for name in ("preAuthSessionId", "deviceId", "userInputCode")}, **changes}


def link(code: Code, **changes: str) -> dict[str, str]:
    """Return what somebody sends who opens a link."""
    return {**{name: code[name] for name in ("preAuthSessionId", "linkCode")}, **changes}


def wrong(failed: int, *, status: str = "INCORRECT", of: int = 5) -> Any:
    """Return the answer to a code that does not sign in."""
    return {
        "status": f"{status}_USER_INPUT_CODE_ERROR",
        "failedCodeInputAttemptCount": failed,
        "maximumCodeInputAttempts": of,
    }


def sign_in(core: Core, tenant: str = "", **to: str) -> Any:
    """Ask for a code and use it."""
    return core.post(f"{tenant}{CONSUME}", **link(core.post(f"{tenant}{CODE}", **to)))


def test_a_code_is_made_in_the_formats_of_supertokens(core: Core, home: Home, people: People) -> None:
    before_ms = home.clock()
    code = core.post(CODE, email=f" {ADA.upper()} ")

    assert list(code) == [
        "status", "preAuthSessionId", "codeId", "deviceId", "userInputCode", "linkCode", "timeCreated", "codeLifetime"
    ]  # fmt: skip
    assert [len(code[name]) for name in ("preAuthSessionId", "deviceId", "userInputCode", "linkCode")] == [
        43, 44, 6, 43
    ]  # fmt: skip
    assert (code["status"], code["codeLifetime"]) == ("OK", 900_000)
    assert before_ms <= code["timeCreated"] <= home.clock()
    ((device, email, number, salt, failed),) = people.rows(
        "passwordless_devices", "device_id_hash, email, phone_number, link_code_salt, failed_attempts"
    )
    assert (device, email, number, failed) == (code["preAuthSessionId"], ADA, None, 0)
    secret, salted = read_base64(code["deviceId"]), read_base64(salt)
    assert secret
    assert salted
    assert people.rows("passwordless_codes", "code_id, device_id_hash, link_code_hash, created_at") == [
        (code["codeId"], device, hash_typed_code(secret, salted, code["userInputCode"]), code["timeCreated"])
    ]


def test_numbers_are_kept_in_one_form(core: Core, people: People) -> None:
    for number in ("+49 (170) 123-4567", " +491701234567\n", "tel:+49-170-1234567", "+٤٩١٧٠١٢٣٤٥٦٧"):
        core.post(CODE, phoneNumber=number)
    core.post(CODE, phoneNumber=" 0170 1234 ")

    assert Counter(people.rows("passwordless_devices", "phone_number")) == {(NUMBER,): 4, ("0170 1234",): 1}
    assert len(core.get(LIST, phoneNumber="+49 170 1234567")["devices"]) == 4
    assert len(core.get(LIST, phoneNumber="0170 1234 ")["devices"]) == 1


@pytest.mark.parametrize("show", [typed, link])
@pytest.mark.parametrize("to", [{"email": ADA}, {"phoneNumber": NUMBER}])
def test_a_code_signs_up_once(core: Core, home: Home, people: People, show: Any, to: dict[str, str]) -> None:
    code = core.post(CODE, **to)
    assert core.post(CHECK, **show(code)) == core.post(CHECK, **show(code))

    answer = core.post(CONSUME, **show(code))

    user_id = answer["recipeUserId"]
    assert list(answer) == ["status", "createdNewUser", "user", "recipeUserId", "consumedDevice"]
    assert answer["createdNewUser"] is True
    assert answer["consumedDevice"] == {
        "preAuthSessionId": code["preAuthSessionId"], "failedCodeInputAttemptCount": 0, **to
    }  # fmt: skip
    assert answer["user"] == core.get("/user/id", userId=user_id)["user"]
    assert [method["verified"] for method in answer["user"]["loginMethods"]] == [True]
    assert answer["user"]["emails"] + answer["user"]["phoneNumbers"] == list(to.values())
    assert people.rows("user_last_active", "user_id") == [(user_id,)]
    assert people.rows("passwordless_devices", "app_id") == people.rows("passwordless_codes", "app_id") == []
    assert core.post(CONSUME, **show(code)) == core.post(CHECK, **show(code)) == RESTART
    again = sign_in(core, **to)
    assert (again["createdNewUser"], again["user"]) == (False, answer["user"])


def test_check_tells_the_device_and_spends_nothing(core: Core) -> None:
    code = core.post(CODE, email=ADA)
    core.post(CHECK, **typed(code, userInputCode="nope"))

    assert core.post(CHECK, **typed(code)) == {
        "status": "OK",
        "consumedDevice": {
            "preAuthSessionId": code["preAuthSessionId"],
            "failedCodeInputAttemptCount": 1,
            "email": ADA,
        },
    }
    assert core.post(CONSUME, **typed(code))["consumedDevice"]["failedCodeInputAttemptCount"] == 1


def test_every_code_to_one_address_is_gone_when_one_is_used(core: Core) -> None:
    first, second = core.post(CODE, email=ADA), core.post(CODE, email=ADA)
    third = core.post(CODE, deviceId=second["deviceId"])
    other, elsewhere = core.post(CODE, email="bob@example.com"), core.post(f"/t1{CODE}", email=ADA)

    assert core.post(CONSUME, **typed(third))["createdNewUser"] is True
    for gone in (first, second, third):
        assert core.post(CONSUME, **link(gone)) == core.post(CONSUME, **typed(gone)) == RESTART
    assert core.post(CONSUME, **link(other))["createdNewUser"] is True
    assert core.post(f"/t1{CONSUME}", **link(elsewhere))["createdNewUser"] is True, "other tenant, other user"


def test_wrong_codes_are_counted_until_the_device_is_gone(core: Core, people: People) -> None:
    code = core.post(CODE, phoneNumber=NUMBER)
    other = core.post(CODE, phoneNumber=NUMBER)

    paths = (CONSUME, CHECK, CONSUME, CHECK)
    answers = [core.post(path, **typed(code, userInputCode="nope")) for path in paths]
    assert answers == [wrong(1), wrong(2), wrong(3), wrong(4)]
    assert people.rows("passwordless_devices", "failed_attempts") == [(0,), (4,)]
    assert core.post(CONSUME, **typed(code, userInputCode="nope")) == RESTART
    assert core.post(CONSUME, **typed(code)) == core.post(CONSUME, **link(code)) == RESTART
    assert core.post(CONSUME, **typed(other))["createdNewUser"] is True, "its other device is not touched"


def test_wrong_links_are_not_counted(core: Core, people: People) -> None:
    code = core.post(CODE, email=ADA)

    for _ in range(6):
        assert core.post(CONSUME, **link(code, linkCode="invalidLinkCode")) == RESTART
    assert people.rows("passwordless_devices", "failed_attempts") == [(0,)]
    assert core.post(CONSUME, **link(code))["createdNewUser"] is True


def test_old_codes_are_told_from_wrong_ones(core: Core, home: Home) -> None:
    code = core.post(CODE, email=ADA)
    home.clock.advance(minutes=14, seconds=58)
    assert core.post(CHECK, **typed(code))["status"] == core.post(CHECK, **link(code))["status"] == "OK"
    home.clock.advance(seconds=4)

    assert core.post(CHECK, **link(code)) == core.post(CONSUME, **link(code)) == RESTART
    assert core.post(CHECK, **typed(code)) == wrong(1, status="EXPIRED")
    assert core.post(CONSUME, **typed(code, userInputCode="nope")) == wrong(2)
    again = core.post(CODE, deviceId=code["deviceId"])
    assert core.post(CONSUME, **typed(code)) == wrong(3, status="EXPIRED")
    assert core.post(CONSUME, **typed(again))["consumedDevice"]["failedCodeInputAttemptCount"] == 3


def test_a_lower_limit_holds_at_once(core: Core, home: Home, people: People) -> None:
    strict = Core(home.with_settings(PASSWORDLESS_MAX_CODE_INPUT_ATTEMPTS="2"))
    first, second = core.post(CODE, email=ADA), core.post(CODE, email=ADA)
    for _ in range(3):
        core.post(CHECK, **typed(first, userInputCode="nope"))
        core.post(CHECK, **typed(second, userInputCode="nope"))

    assert strict.post(CONSUME, **typed(first)) == strict.post(CHECK, **link(second)) == RESTART
    assert people.rows("passwordless_devices", "app_id") == people.rows("passwordless_codes", "app_id") == []
    third = strict.post(CODE, email=ADA)
    assert strict.post(CONSUME, **typed(third, userInputCode="nope")) == wrong(1, of=2)
    assert strict.post(CONSUME, **typed(third, userInputCode="nope")) == RESTART


def test_the_device_must_be_the_right_one(core: Core, people: People) -> None:
    code, other = core.post(CODE, email=ADA), core.post(CODE, email=ADA)
    mismatch = (400, "preAuthSessionId and deviceId doesn't match")

    for given in ("random", "", other["preAuthSessionId"], code["preAuthSessionId"] + "x", "x" * 10_000):
        for body in (typed(code, preAuthSessionId=given), link(code, preAuthSessionId=given)):
            assert core.refusal("POST", CONSUME, body) == core.refusal("POST", CHECK, body) == mismatch
    assert people.rows("passwordless_devices", "failed_attempts") == [(0,), (0,)]
    padded = f"={code['preAuthSessionId']}=="
    assert core.post(CHECK, **typed(code, preAuthSessionId=padded))["status"] == "OK"
    assert core.post(CONSUME, **link(code, preAuthSessionId=padded))["status"] == "OK"


def test_unknown_devices_start_again(core: Core) -> None:
    code = core.post(CODE, email=ADA)

    for device in ("random", "", "AAAA", "A" * 10_000):
        assert core.post(CONSUME, **typed(code, deviceId=device)) == RESTART
        assert core.post(CODE, deviceId=device) == RESTART
    assert core.post(f"/t1{CONSUME}", **typed(code)) == core.post(f"/t1{CONSUME}", **link(code)) == RESTART
    assert core.post(f"/t1{CODE}", deviceId=code["deviceId"]) == RESTART


@pytest.mark.parametrize(
    "bad", ["#", "a", "ab=", "abc==", "====", "ab cd", "abcd=", "ab-_", "é", "\u0661234"]
)
def test_bad_base64_is_named(core: Core, bad: str) -> None:
    code = core.post(CODE, email=ADA)
    device, url_safe = (400, "Input encoding error in deviceId"), bad.replace("-_", "+/")

    assert core.refusal("POST", CONSUME, typed(code, deviceId=bad)) == device
    assert core.refusal("POST", CODE, {"deviceId": bad}) == device
    assert core.refusal("GET", f"{LIST}?deviceId={bad.replace('#', '%23').replace(' ', '%20')}") == device
    assert core.refusal("POST", CHECK, link(code, linkCode=url_safe)) == (
        400,
        "Input encoding error in linkCode",
    )


def test_a_device_gets_more_codes(core: Core) -> None:
    code = core.post(CODE, email=ADA)

    own = core.post(CODE, deviceId=code["deviceId"].rstrip("="), userInputCode="café 📱")
    assert (own["userInputCode"], own["deviceId"]) == ("café 📱", code["deviceId"])
    assert own["preAuthSessionId"] == code["preAuthSessionId"]
    taken = {"status": "USER_INPUT_CODE_ALREADY_USED_ERROR"}
    for used in ("café 📱", code["userInputCode"]):
        assert core.post(CODE, deviceId=code["deviceId"], userInputCode=used) == taken
    assert core.post(CODE, email=ADA, userInputCode="café 📱")["status"] == "OK", "only for this device"
    assert core.post(CHECK, **typed(code))["status"] == core.post(CHECK, **link(code))["status"] == "OK"
    assert core.post(CONSUME, **typed(own))["createdNewUser"] is True


def test_codes_are_listed_in_four_ways(core: Core) -> None:
    first = core.post(CODE, email=ADA)
    second = core.post(CODE, deviceId=first["deviceId"])
    third = core.post(CODE, email=ADA)
    core.post(CHECK, **typed(third, userInputCode="nope"))

    def listed(device: Code, *codes: Code, failed: int = 0) -> Any:
        return {
            "preAuthSessionId": device["preAuthSessionId"],
            "failedCodeInputAttemptCount": failed,
            "email": ADA,
            "codes": [
                {"codeId": code["codeId"], "timeCreated": code["timeCreated"], "codeLifetime": 900_000}
                for code in sorted(codes, key=lambda code: (code["timeCreated"], code["codeId"]))
            ],
        }

    one, two = listed(first, first, second), listed(third, third, failed=1)
    found = core.get(LIST, email=f" {ADA.title()}")["devices"]
    assert sorted(found, key=str) == sorted([one, two], key=str)
    assert core.get(LIST, deviceId=first["deviceId"]) == {"status": "OK", "devices": [one]}
    assert core.get(LIST, preAuthSessionId=third["preAuthSessionId"])["devices"] == [two]
    assert core.get(LIST, preAuthSessionId=third["preAuthSessionId"] + "=")["devices"] == [two]
    for query in ({"email": "x"}, {"phoneNumber": "x"}, {"deviceId": "AAAA"}, {"preAuthSessionId": "x" * 99}):
        assert core.get(LIST, **query) == {"status": "OK", "devices": []}
    assert core.get(f"/t1{LIST}", email=ADA)["devices"] == []


def test_codes_are_taken_back_one_by_one(core: Core, people: People) -> None:
    first = core.post(CODE, email=ADA)
    second = core.post(CODE, deviceId=first["deviceId"])

    assert core.post(f"/t1{REMOVE}", codeId=first["codeId"]) == OK
    assert core.post(REMOVE, codeId=first["codeId"]) == core.post(REMOVE, codeId=first["codeId"]) == OK
    assert core.post(REMOVE, codeId="x" * 1_000) == OK
    assert core.post(CONSUME, **typed(first)) == wrong(1)
    assert core.post(REMOVE, codeId=second["codeId"]) == OK
    assert people.rows("passwordless_devices", "app_id") == []
    assert core.post(CONSUME, **typed(second)) == RESTART


def test_codes_are_taken_back_with_their_device(core: Core, people: People) -> None:
    first, other = core.post(CODE, email=ADA), core.post(CODE, email=ADA)
    core.post(CODE, deviceId=first["deviceId"])

    assert core.post(REMOVE, preAuthSessionId=first["preAuthSessionId"] + "=") == OK
    assert core.post(REMOVE, preAuthSessionId="unknown") == OK
    assert people.rows("passwordless_codes", "code_id") == [(other["codeId"],)]
    assert people.rows("passwordless_devices", "device_id_hash") == [(other["preAuthSessionId"],)]


def test_codes_are_taken_back_by_address(core: Core, people: People) -> None:
    for to in ({"email": ADA}, {"email": ADA}, {"email": "bob@example.com"}, {"phoneNumber": NUMBER}):
        core.post(CODE, **to)
    core.post(f"/t1{CODE}", email=ADA)

    assert core.post(REMOVE_ALL, email=ADA.upper()) == core.post(REMOVE_ALL, email="nobody") == OK
    assert people.rows("passwordless_devices", "email", tenant_id="t1") == [(ADA,)]
    assert len(people.rows("passwordless_codes", "code_id")) == 3
    assert core.post(REMOVE_ALL, phoneNumber="+49 170 1234567") == OK
    assert len(people.rows("passwordless_devices", "app_id")) == 2


def test_linked_and_mapped_users_sign_in(core: Core, people: People) -> None:
    google = people.third_party("google", "g1", ADA)
    people.map(google, "ext-google")
    core.post("/recipe/accountlinking/user/primary", recipeUserId=google)
    ours = sign_in(core, email=ADA)["recipeUserId"]
    core.post("/recipe/accountlinking/user/link", recipeUserId=ours, primaryUserId=google)
    people.map(ours, "ext-ours")
    people.database.run(Sql("DELETE FROM {emailverification_verified_emails}").run())

    answer = sign_in(core, email=ADA)

    assert (answer["createdNewUser"], answer["recipeUserId"]) == (False, "ext-ours")
    assert (answer["user"]["id"], answer["user"]["isPrimaryUser"]) == ("ext-google", True)
    verified = {method["recipeUserId"]: method["verified"] for method in answer["user"]["loginMethods"]}
    assert verified == {"ext-google": False, "ext-ours": True}
    assert answer["user"] == core.get("/user/id", userId="ext-ours")["user"]
    assert people.rows("emailverification_verified_emails", "user_id, email") == [("ext-ours", ADA)]
    assert people.rows("user_last_active", "user_id") == [(google,)]


def test_users_of_other_recipes_and_tenants_are_others(core: Core, people: People) -> None:
    people.emailpassword(ADA)
    people.passwordless(ADA, None, "t1")

    assert sign_in(core, email=ADA)["createdNewUser"] is True
    assert sign_in(core, "/t1", email=ADA)["createdNewUser"] is False


def test_codes_to_the_other_contact_are_gone_too(core: Core, people: People) -> None:
    people.passwordless(ADA, NUMBER)
    to_number, elsewhere = core.post(CODE, phoneNumber=NUMBER), core.post(f"/t1{CODE}", phoneNumber=NUMBER)

    answer = sign_in(core, email=ADA)
    assert answer["createdNewUser"] is False
    assert core.post(CONSUME, **typed(to_number)) == RESTART
    assert core.post(f"/t1{CHECK}", **typed(elsewhere))["status"] == "OK"
    to_address = core.post(CODE, email=ADA)
    assert sign_in(core, phoneNumber=NUMBER)["user"] == answer["user"]
    assert core.post(CONSUME, **typed(to_address)) == RESTART


def test_older_versions_see_less(core: Core, people: People) -> None:
    def consume(version: str) -> Any:
        return say(core, "POST", CONSUME, version=version, **link(core.post(CODE, email=ADA)))

    first = consume("3.1")
    assert first.keys() == {"status", "createdNewUser", "user"}
    assert first["user"] == {
        "id": first["user"]["id"], "timeJoined": first["user"]["timeJoined"], "tenantIds": ["public"], "email": ADA
    }  # fmt: skip
    assert people.rows("emailverification_verified_emails", "user_id") == [], "it proved nothing then"
    assert consume("4.0").keys() == {"status", "createdNewUser", "user", "recipeUserId"}
    assert people.rows("emailverification_verified_emails", "user_id") == [(first["user"]["id"],)]
    assert consume("5.0").keys() == {"status", "createdNewUser", "user", "recipeUserId", "consumedDevice"}
    code = core.post(CODE, email=ADA)
    assert say(core, "POST", REMOVE, version="4.0", preAuthSessionId=code["preAuthSessionId"]) == (
        400,
        "Field name 'codeId' is invalid in JSON input",
    )
    assert say(core, "POST", REMOVE, version="4.0", codeId=code["codeId"]) == OK


def test_a_tenant_may_not_offer_codes_before_5_1(core: Core, home: Home, people: People) -> None:
    core.put("/recipe/multitenancy/tenant/v2", tenantId="closed", firstFactors=["emailpassword"])
    refused = (403, "Passwordless login not enabled for tenant")
    code = core.post(f"/closed{CODE}", email=ADA)

    assert say(core, "POST", f"/closed{CODE}", version="4.0", email=ADA) == refused
    for path in (CHECK, CONSUME):
        assert say(core, "POST", f"/closed{path}", version="4.0", **link(code)) == refused
        assert say(core, "POST", f"/closed{path}", version="4.0") == (
            400,
            "Field name 'preAuthSessionId' is invalid in JSON input",
        )
    assert say(core, "POST", f"/closed{CONSUME}", version="5.1", **link(code))["createdNewUser"] is True
    people.clear()
    core.post("/recipe/multitenancy/tenant/remove", tenantId="closed")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, ONE_OF_THREE),
        ({"email": "a", "phoneNumber": "b"}, ONE_OF_THREE),
        ({"email": "a", "deviceId": "AAAA"}, ONE_OF_THREE),
        ({"email": None}, "Field name 'email' is invalid in JSON input"),
        ({"email": 1}, "Field name 'email' is invalid in JSON input"),
        ({"phoneNumber": None}, "Field name 'phoneNumber' is invalid in JSON input"),
        ({"phoneNumber": ["+49"]}, "Field name 'phoneNumber' is invalid in JSON input"),
        ({"deviceId": None}, "Field name 'deviceId' is invalid in JSON input"),
        ({"email": "a", "userInputCode": None}, "Field name 'userInputCode' is invalid in JSON input"),
        ({"email": "a", "userInputCode": 123456}, "Field name 'userInputCode' is invalid in JSON input"),
        ({"email": "a", "userInputCode": ""}, "userInputCode cannot be an empty string."),
        ({"email": "a\0b"}, "Field name 'email' is invalid in JSON input"),
        ({"email": "\ud800"}, "Field name 'email' is invalid in JSON input"),
        ({"email": "x" * 257}, "Field name 'email' must not be longer than 256 characters"),
        ({"email": "İ" * 200}, "Field name 'email' must not be longer than 256 characters"),
        ({"phoneNumber": "x" * 257}, "Field name 'phoneNumber' must not be longer than 256 characters"),
    ],
)
def test_bad_requests_for_codes_are_named(core: Core, people: People, body: object, text: str) -> None:
    assert core.refusal("POST", CODE, body) == (400, text)
    assert people.rows("passwordless_devices", "app_id") == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "Field name 'preAuthSessionId' is invalid in JSON input"),
        ({"preAuthSessionId": None}, "Field name 'preAuthSessionId' is invalid in JSON input"),
        ({"preAuthSessionId": "p"}, ONE_OF_TWO),
        ({"preAuthSessionId": "p", "deviceId": "AAAA"}, ONE_OF_TWO),
        ({"preAuthSessionId": "p", "userInputCode": "1"}, ONE_OF_TWO),
        ({"preAuthSessionId": "p", "linkCode": "AAAA", "userInputCode": "1"}, ONE_OF_TWO),
        ({"preAuthSessionId": "p", "linkCode": "AAAA", "deviceId": "AAAA", "userInputCode": "1"}, ONE_OF_TWO),
        ({"preAuthSessionId": "p", "linkCode": 1}, "Field name 'linkCode' is invalid in JSON input"),
        ({"preAuthSessionId": "p", "linkCode": None}, "Field name 'linkCode' is invalid in JSON input"),
        (
            {"preAuthSessionId": "p", "deviceId": "AAAA", "userInputCode": 1},
            "Field name 'userInputCode' is invalid in JSON input",
        ),
    ],
)
def test_bad_attempts_are_named(core: Core, body: object, text: str) -> None:
    assert core.refusal("POST", CONSUME, body) == core.refusal("POST", CHECK, body) == (400, text)


def test_bad_removals_and_lists_are_named(core: Core) -> None:
    def refused(path: str, **body: object) -> str:
        status, text = core.refusal("POST", path, body)
        assert status == 400
        return text

    assert refused(REMOVE) == "Please provide either 'codeId' or 'preAuthSessionId'"
    assert refused(REMOVE, codeId="c", preAuthSessionId="p") == (
        "Please provide only one of 'codeId' or 'preAuthSessionId'"
    )
    assert refused(REMOVE, codeId=None) == "Field name 'codeId' is invalid in JSON input"
    assert refused(REMOVE, preAuthSessionId=1) == "Field name 'preAuthSessionId' is invalid in JSON input"
    assert refused(REMOVE_ALL) == "Please provide exactly one of email or phoneNumber"
    assert refused(REMOVE_ALL, email="e", phoneNumber="p") == (
        "Please provide exactly one of email or phoneNumber"
    )
    assert refused(REMOVE_ALL, email={}) == "Field name 'email' is invalid in JSON input"
    assert core.refusal("GET", LIST) == (400, ONE_OF_FOUR)
    assert core.refusal("GET", f"{LIST}?email=a&deviceId=AAAA") == (400, ONE_OF_FOUR)
    assert json.loads(core.call("GET", f"{LIST}?email=").text) == {"status": "OK", "devices": []}


def test_devices_of_an_old_core_are_used_by_either_spelling(core: Core, people: People) -> None:
    codes = [core.post(CODE, email=f"{name}@example.com") for name in "abcde"]
    old = [f"{code['preAuthSessionId']}=" for code in codes]
    for code, padded in zip(codes, old, strict=True):
        _pad(people, code["preAuthSessionId"], padded)
    a, b, c, d, e = codes

    assert core.post(CONSUME, **link(a))["createdNewUser"] is True
    assert (
        core.post(CONSUME, **typed(b, preAuthSessionId=old[1]))["consumedDevice"]["preAuthSessionId"]
        == old[1]
    )
    assert core.post(CHECK, **typed(c, userInputCode="nope")) == wrong(1)
    again = core.post(CODE, deviceId=c["deviceId"])
    assert core.post(CONSUME, **typed(again))["createdNewUser"] is True
    (listed,) = core.get(LIST, preAuthSessionId=d["preAuthSessionId"])["devices"]
    assert listed["codes"][0]["codeId"] == d["codeId"]
    assert core.get(LIST, deviceId=d["deviceId"])["devices"] == [listed]
    core.post(REMOVE, codeId=d["codeId"])
    core.post(REMOVE, preAuthSessionId=e["preAuthSessionId"])
    assert people.rows("passwordless_devices", "app_id") == people.rows("passwordless_codes", "app_id") == []


def _pad(people: People, plain: str, padded: str) -> None:
    """Store a device's hash as cores before 7.0.1 did."""
    ((email, salt),) = people.rows("passwordless_devices", "email, link_code_salt", device_id_hash=plain)
    people.insert(
        "passwordless_devices", tenant_id="public", device_id_hash=padded, email=email, link_code_salt=salt,
        failed_attempts=0,
    )  # fmt: skip
    people.database.run(
        Sql("UPDATE {passwordless_codes} SET device_id_hash = :padded WHERE device_id_hash = :plain").run(
            plain=plain, padded=padded
        )
    )
    people.database.run(
        Sql("DELETE FROM {passwordless_devices} WHERE device_id_hash = :plain").run(plain=plain)
    )
