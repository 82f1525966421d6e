"""Sign-in with codes and links through the frontend interface."""

from typing import Any

import pytest

from gatehouse.bootstrap import House
from tests.core import Core
from tests.frontend import Frontend
from tests.functions.cdi.tenants import TENANT, make_tenants
from tests.functions.fdi import factors
from tests.functions.fdi.codes import (
    CODE,
    CONSUME,
    NUMBER,
    REFUSED,
    RESEND,
    RESTART,
    ask,
    newest,
    open_link,
    sign_in,
    type_code,
    wrong,
)
from tests.functions.fdi.passwords import OK
from tests.houses import ADA, BOB, LAPTOP, Home
from tests.people import People


@pytest.fixture
def frontend(sqlite_home: Home) -> Frontend:
    """A frontend where nobody has signed in."""
    return Frontend(sqlite_home.house)


@pytest.fixture
def with_phones(sqlite_home: Home) -> House:
    """A house where codes go to addresses and numbers."""
    return sqlite_home.with_settings(PASSWORDLESS_CONTACT="EMAIL_OR_PHONE")


def test_people_sign_up_with_a_code_and_in_with_a_link(home: Home) -> None:
    frontend = Frontend(home.house)
    answer = frontend.post(CODE, email=f"  {ADA.upper()} ")
    assert answer.keys() == {"status", "deviceId", "preAuthSessionId", "flowType"}
    assert (answer["status"], answer["flowType"]) == ("OK", "USER_INPUT_CODE_AND_MAGIC_LINK")
    device = {name: answer[name] for name in ("deviceId", "preAuthSessionId")}
    code, link = newest(home)
    assert link.startswith(
        f"{home.house.settings.website}/auth/verify?preAuthSessionId={answer['preAuthSessionId']}&tenantId=public#"
    )

    answer = type_code(frontend, device, code)

    user = answer["user"]
    assert answer == {
        "status": "OK",
        "createdNewRecipeUser": True,
        "user": {
            "id": user["id"],
            "isPrimaryUser": False,
            "tenantIds": ["public"],
            "timeJoined": user["timeJoined"],
            "emails": [ADA],
            "phoneNumbers": [],
            "thirdParty": [],
            "loginMethods": [
                {
                    "tenantIds": ["public"],
                    "recipeUserId": user["id"],
                    "verified": True,
                    "timeJoined": user["timeJoined"],
                    "recipeId": "passwordless",
                    "email": ADA,
                }
            ],
            "webauthn": {"credentialIds": []},
        },
    }
    assert frontend.is_signed_in
    assert type_code(Frontend(home.house), device, code) == RESTART, "a code works once"
    assert open_link(Frontend(home.house), link) == RESTART, "and so does what came with it"

    other = Frontend(home.house, mode="cookie")
    ask(other, email=ADA)
    answer = open_link(other, newest(home)[1])
    assert answer == {"status": "OK", "createdNewRecipeUser": False, "user": user}
    assert other.is_signed_in
    assert other.post("/signout") == OK


def test_numbers_get_text_messages(with_phones: House, sqlite_home: Home) -> None:
    frontend = Frontend(with_phones)
    device = ask(frontend, phoneNumber=" +49 (170) 123-4567 ")
    message = sqlite_home.mailbox.last_to(NUMBER)
    code, link = newest(sqlite_home, NUMBER)
    assert code in message["text"]
    assert link in message["text"]
    assert "15 minutes" in message["text"]

    answer = type_code(frontend, device, code)

    assert (answer["status"], answer["createdNewRecipeUser"]) == ("OK", True)
    (method,) = answer["user"]["loginMethods"]
    assert (method["phoneNumber"], method["verified"]) == (NUMBER, True)
    assert "email" not in method
    assert answer["user"]["phoneNumbers"] == [NUMBER]
    other = Frontend(with_phones)
    ask(other, phoneNumber=NUMBER)
    again = open_link(other, newest(sqlite_home, NUMBER)[1])
    assert again == {"status": "OK", "createdNewRecipeUser": False, "user": answer["user"]}


@pytest.mark.parametrize(
    ("flow", "has_code", "has_link"),
    [
        ("USER_INPUT_CODE", True, False),
        ("MAGIC_LINK", False, True),
        ("USER_INPUT_CODE_AND_MAGIC_LINK", True, True),
    ],
)
@pytest.mark.parametrize("contact", [{"email": ADA}, {"phoneNumber": NUMBER}], ids=["email", "phone"])
def test_settings_say_what_is_sent(
    sqlite_home: Home, flow: str, contact: dict[str, str], *, has_code: bool, has_link: bool
) -> None:
    house = sqlite_home.with_settings(PASSWORDLESS_FLOW=flow, PASSWORDLESS_CONTACT="EMAIL_OR_PHONE")
    frontend, (to,) = Frontend(house), contact.values()

    answer = frontend.post(CODE, **contact)
    assert answer.pop("flowType") == flow
    del answer["status"]
    first = newest(sqlite_home, to)
    assert (first[0] is not None, first[1] is not None) == (has_code, has_link)

    assert frontend.post(RESEND, **answer) == OK
    second = newest(sqlite_home, to)
    assert second != first
    assert (second[0] is not None, second[1] is not None) == (has_code, has_link)


def test_tenants_say_what_is_sent_to_them(sqlite_home: Home, frontend: Frontend) -> None:
    core = Core(sqlite_home.house)
    core.put(TENANT, tenantId="links", firstFactors=["link-email"])
    core.put(TENANT, tenantId="passwords", firstFactors=["emailpassword"])

    answer = frontend.post(f"/links{CODE}", email=ADA)
    assert answer["flowType"] == "MAGIC_LINK"
    code, link = newest(sqlite_home)
    assert code is None
    assert "&tenantId=links#" in link
    answer = open_link(frontend, link)
    assert answer["user"]["tenantIds"] == ["links"]
    assert factors.session_of(frontend).tenant_id == "links"

    refused = Frontend(sqlite_home.house).ask("POST", f"/passwords{CODE}", {"email": ADA})
    assert (refused.status, refused.json) == (401, {"message": "unauthorised"})


def test_codes_of_one_tenant_are_none_in_another(sqlite_home: Home, frontend: Frontend) -> None:
    Core(sqlite_home.house).put(TENANT, tenantId="t1", firstFactors=["otp-email"])
    device = ask(frontend, "/t1", email=ADA)
    code, _ = newest(sqlite_home)

    assert type_code(frontend, device, code) == RESTART
    assert frontend.post(RESEND, **device) == RESTART
    assert type_code(frontend, device, code, "/t1")["status"] == "OK"


def test_wrong_codes_are_counted(home: Home) -> None:
    frontend = Frontend(home.house)
    device = ask(frontend, email=ADA)
    code, link = newest(home)

    for failed in range(1, 5):
        answer = type_code(frontend, device, wrong(code))
        assert answer == {
            "status": "INCORRECT_USER_INPUT_CODE_ERROR",
            "failedCodeInputAttemptCount": failed,
            "maximumCodeInputAttempts": 5,
        }
    assert type_code(frontend, device, wrong(code)) == RESTART
    assert type_code(frontend, device, code) == RESTART
    assert open_link(frontend, link) == RESTART
    assert not frontend.is_signed_in


def test_codes_expire(home: Home) -> None:
    frontend = Frontend(home.house)
    device = ask(frontend, email=ADA)
    code, link = newest(home)
    home.clock.advance(minutes=15, seconds=1)

    assert open_link(frontend, link) == RESTART
    assert type_code(frontend, device, code) == {
        "status": "EXPIRED_USER_INPUT_CODE_ERROR",
        "failedCodeInputAttemptCount": 1,
        "maximumCodeInputAttempts": 5,
    }
    assert frontend.post(RESEND, **device) == OK
    assert type_code(frontend, device, newest(home)[0])["status"] == "OK"


def test_both_codes_work_after_another_was_sent(home: Home) -> None:
    frontend = Frontend(home.house)
    device = ask(frontend, email=ADA)
    first, _ = newest(home)
    assert frontend.post(RESEND, **device) == OK
    second, _ = newest(home)
    assert first != second

    assert type_code(frontend, device, first)["status"] == "OK"
    assert type_code(Frontend(home.house), device, second) == RESTART


def test_codes_to_unknown_devices_are_not_sent(frontend: Frontend, sqlite_home: Home) -> None:
    device = ask(frontend, email=ADA)
    type_code(frontend, device, newest(sqlite_home)[0])
    letters = len(sqlite_home.mailbox.letters())

    assert frontend.post(RESEND, **device) == RESTART
    assert len(sqlite_home.mailbox.letters()) == letters


def test_numbers_are_not_written_to_once_that_is_off(with_phones: House, sqlite_home: Home) -> None:
    device = ask(Frontend(with_phones), phoneNumber=NUMBER)

    assert Frontend(sqlite_home.house).post(RESEND, **device) == RESTART


@pytest.mark.parametrize(
    ("version", "member"),
    [
        ("1.17", "createdNewUser"),
        ("1.18", "createdNewRecipeUser"),
        ("2.0", "createdNewUser"),
        ("3.0", "createdNewRecipeUser"),
    ],
)
def test_older_frontends_are_shown_the_user_as_they_know_it(
    frontend: Frontend, sqlite_home: Home, version: str, member: str
) -> None:
    device = ask(frontend, email=ADA)
    body = {**device, "userInputCode": newest(sqlite_home)[0]}

    answer = frontend.ask("POST", CONSUME, body, fdi_version=version).json

    assert answer.keys() == {"status", member, "user"}
    assert answer[member] is True
    if member == "createdNewUser":
        assert answer["user"].keys() == {"id", "email", "timeJoined"}


@pytest.mark.parametrize(
    ("contact", "body", "message"),
    [
        ("EMAIL", {}, "Please provide exactly one of email or phoneNumber"),
        (
            "EMAIL",
            {"email": ADA, "phoneNumber": NUMBER},
            "Please provide exactly one of email or phoneNumber",
        ),
        ("EMAIL", {"email": None}, "Please provide exactly one of email or phoneNumber"),
        (
            "EMAIL",
            {"phoneNumber": NUMBER},
            'Please provide an email since you have set the contactMethod to "EMAIL"',
        ),
        (
            "PHONE",
            {"email": ADA},
            'Please provide a phoneNumber since you have set the contactMethod to "PHONE"',
        ),
    ],
)
def test_a_code_goes_to_one_address_or_number(
    sqlite_home: Home, contact: str, body: dict[str, Any], message: str
) -> None:
    answer = Frontend(sqlite_home.with_settings(PASSWORDLESS_CONTACT=contact)).ask("POST", CODE, body)

    assert (answer.status, answer.json) == (400, {"message": message})
    assert not sqlite_home.mailbox.letters()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"email": "ada"}, "Email is invalid"),
        ({"email": ""}, "Email is invalid"),
        ({"email": "a" * 300 + "@example.com"}, "Email is invalid"),
        ({"email": '"a b"@example.com'}, "Email is invalid"),
        ({"phoneNumber": "0170 1234567"}, "Phone number is invalid"),
        ({"phoneNumber": "+4912"}, "Phone number is invalid"),
        ({"phoneNumber": "+" + "9" * 9_000}, "Phone number is invalid"),
        ({"phoneNumber": ""}, "Phone number is invalid"),
    ],
)
def test_frontends_show_what_is_wrong_with_an_address_or_a_number(
    with_phones: House, sqlite_home: Home, body: dict[str, str], message: str
) -> None:
    answer = Frontend(with_phones).post(CODE, **body)

    assert answer == {"status": "GENERAL_ERROR", "message": message}
    assert not sqlite_home.mailbox.letters()


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        (RESEND, {"deviceId": "x"}, "Please provide preAuthSessionId"),
        (RESEND, {"preAuthSessionId": "x"}, "Please provide deviceId"),
        (CONSUME, {"linkCode": "x"}, "Please provide preAuthSessionId"),
        (
            CONSUME,
            {"preAuthSessionId": "x"},
            "Please provide one of (linkCode) or (deviceId+userInputCode) and not both",
        ),
        (
            CONSUME,
            {"preAuthSessionId": "x", "linkCode": "x", "deviceId": "x"},
            "Please provide one of (linkCode) or (deviceId+userInputCode) and not both",
        ),
        (
            CONSUME,
            {"preAuthSessionId": "x", "deviceId": "x"},
            "Please provide both deviceId and userInputCode",
        ),
        (
            CONSUME,
            {"preAuthSessionId": "x", "userInputCode": "x"},
            "Please provide both deviceId and userInputCode",
        ),
    ],
)
def test_what_is_missing_is_told(frontend: Frontend, path: str, body: dict[str, str], message: str) -> None:
    answer = frontend.ask("POST", path, body)

    assert (answer.status, answer.json) == (400, {"message": message})


def test_encodings_that_cannot_be_read_are_told(frontend: Frontend, sqlite_home: Home) -> None:
    device = ask(frontend, email=ADA)
    session_id = device["preAuthSessionId"]

    for path, body, name in (
        (RESEND, {"preAuthSessionId": "x", "deviceId": "!"}, "deviceId"),
        (CONSUME, {"preAuthSessionId": session_id, "deviceId": "!", "userInputCode": "1"}, "deviceId"),
        (CONSUME, {"preAuthSessionId": session_id, "linkCode": "!"}, "linkCode"),
    ):
        answer = frontend.ask("POST", path, body)
        assert (answer.status, answer.json) == (400, {"message": f"Input encoding error in {name}"})


@pytest.mark.parametrize("value", [1, True, [], {}, "\x00", "\ud800", "x" * 10_001], ids=repr)
def test_junk_is_refused(with_phones: House, sqlite_home: Home, value: Any) -> None:
    frontend = Frontend(with_phones)
    device = ask(frontend, email=ADA)
    session_id = device["preAuthSessionId"]
    for path, body in (
        (CODE, {"email": value}),
        (CODE, {"phoneNumber": value}),
        (RESEND, {**device, "deviceId": value}),
        (CONSUME, {"preAuthSessionId": value, "linkCode": "x"}),
        (CONSUME, {"preAuthSessionId": session_id, "linkCode": value}),
        (CONSUME, {"preAuthSessionId": session_id, "deviceId": value, "userInputCode": "1"}),
        (CONSUME, {**device, "userInputCode": value}),
    ):
        answer = frontend.ask("POST", path, body)
        assert answer.status == 400, (path, answer.text)
        assert answer.json.keys() == {"message"}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/passwordless/email/exists", "email"),
        ("/signup/email/exists", "email"),
        ("/passwordless/phonenumber/exists", "phoneNumber"),
        ("/signup/phonenumber/exists", "phoneNumber"),
    ],
)
def test_frontends_are_told_who_exists(with_phones: House, sqlite_home: Home, path: str, name: str) -> None:
    frontend = Frontend(with_phones)
    to = {"email": ADA, "phoneNumber": NUMBER}[name]
    People(with_phones.database).emailpassword(ADA)
    make_tenants(Core(with_phones), "t1")

    def exists(value: str, tenant: str = "") -> Any:
        query = value.replace("+", "%2B").replace(" ", "%20")
        answer = frontend.ask("GET", f"{tenant}{path}?{name}={query}", rid="passwordless")
        assert answer.status == 200, answer.text
        return answer.json

    assert exists(to) == {"status": "OK", "exists": False}, "with a password, not with codes"
    device = ask(frontend, **{name: to})
    type_code(frontend, device, newest(sqlite_home, to)[0])
    assert exists(to) == {"status": "OK", "exists": True}
    assert exists(f" {to.upper()} ") == {"status": "OK", "exists": True}
    assert exists(to, "/t1") == {"status": "OK", "exists": False}

    query = to.replace("+", "%2B")
    older = frontend.ask("GET", f"{path}?{name}={query}", rid="thirdpartypasswordless")
    assert older.json == {"status": "OK", "exists": True}
    missing = frontend.ask("GET", path, rid="passwordless")
    assert (missing.status, missing.json) == (400, {"message": f"Please provide the {name} as a GET param"})


def test_letters_are_limited_and_frontends_show_it(sqlite_home: Home) -> None:
    house = sqlite_home.with_settings(SEND_LIMIT_PER_ADDRESS="2", SEND_LIMIT_PER_CLIENT="3")
    frontend = Frontend(house)
    too_many = {
        "status": "GENERAL_ERROR",
        "message": "Too many letters were asked for. Please wait before you try again.",
    }
    device = ask(frontend, email=ADA)
    assert frontend.post(RESEND, **device) == OK

    for path, body in ((CODE, {"email": ADA}), (RESEND, device)):
        answer = frontend.ask("POST", path, body)
        assert (answer.status, answer.json) == (200, too_many)
        assert 0 < int(answer.headers["retry-after"]) <= 900
    assert ask(frontend, email=BOB)
    assert frontend.post(CODE, email="cleo@example.com") == too_many, "the client has had enough"
    assert len(sqlite_home.mailbox.letters()) == 3
    assert type_code(frontend, device, newest(sqlite_home)[0])["status"] == "OK", "what was sent works"


def test_strangers_get_the_same_answers_and_no_code(sqlite_home: Home) -> None:
    sqlite_home.sign_in("boss@example.com")
    strict = sqlite_home.with_settings(SIGNUP="invite_only", PASSWORDLESS_CONTACT="EMAIL_OR_PHONE")
    for contact in ({"email": BOB}, {"phoneNumber": NUMBER}):
        stranger, (to,) = Frontend(strict), contact.values()

        answer = stranger.post(CODE, **contact)

        assert answer.keys() == {"status", "deviceId", "preAuthSessionId", "flowType"}
        assert (answer["status"], answer["flowType"]) == ("OK", "USER_INPUT_CODE_AND_MAGIC_LINK")
        device = {name: answer[name] for name in ("deviceId", "preAuthSessionId")}
        assert stranger.post(RESEND, **device) == OK
        for letter in sqlite_home.mailbox.letters()[-2:]:
            assert (letter["to"], letter["code"], letter["links"]) == (to, None, [])
            assert "no account" in letter["text"]
        assert type_code(stranger, device, "000000") == {
            "status": "INCORRECT_USER_INPUT_CODE_ERROR",
            "failedCodeInputAttemptCount": 1,
            "maximumCodeInputAttempts": 5,
        }


def test_who_is_not_invited_any_more_does_not_get_in(sqlite_home: Home) -> None:
    sqlite_home.sign_in("boss@example.com")
    frontend = Frontend(sqlite_home.house)
    device = ask(frontend, email=BOB)
    code, link = newest(sqlite_home, BOB)
    frontend.house = sqlite_home.with_settings(SIGNUP="invite_only")

    assert type_code(frontend, device, code) == REFUSED
    assert open_link(frontend, link) == REFUSED
    assert not frontend.is_signed_in
    assert frontend.get("/passwordless/email/exists", email=BOB)["exists"] is False


def test_who_is_invited_gets_in(sqlite_home: Home) -> None:
    boss = sqlite_home.sign_in("boss@example.com").user
    strict = sqlite_home.with_settings(SIGNUP="invite_only")
    strict.identity.invite(BOB, None, by=boss, client=LAPTOP)

    _, answer = sign_in(sqlite_home, BOB, strict)

    assert answer["status"] == "OK"


def test_people_of_the_rest_api_sign_in(home: Home) -> None:
    known = home.sign_in(ADA).user

    _, answer = sign_in(home)

    assert (answer["createdNewRecipeUser"], answer["user"]["id"]) == (False, known.auth_user_id)
