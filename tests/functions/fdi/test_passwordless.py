"""Sign-in with codes and links through the frontend interface."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gatehouse.bootstrap import House
from tests.core import Core
from tests.frontend import Frontend
from tests.functions.fdi.passwords import OK
from tests.houses import ADA, BOB, Home

NUMBER = "+491701234567"
CODE = "/signinup/code"
RESEND = f"{CODE}/resend"
CONSUME = f"{CODE}/consume"
RESTART = {"status": "RESTART_FLOW_ERROR"}
REFUSED = {
    "status": "SIGN_IN_UP_NOT_ALLOWED",
    "reason": "Cannot sign in / up due to security reasons. Please try a different login method or contact support. "
    "(ERR_CODE_002)",
}


def ask(frontend: Frontend, tenant: str = "", **contact: str) -> dict[str, str]:
    """Ask for a code, and return what the frontend keeps of the answer."""
    answer = frontend.post(f"{tenant}{CODE}", **contact)
    assert answer["status"] == "OK", answer
    return {name: answer[name] for name in ("deviceId", "preAuthSessionId")}


def type_code(frontend: Frontend, device: dict[str, str], code: str, tenant: str = "", **more: Any) -> Any:
    """Return the answer to a code that somebody types."""
    return frontend.post(f"{tenant}{CONSUME}", **device, userInputCode=code, **more)


def open_link(frontend: Frontend, link: str) -> Any:
    """Return the answer to the link of a letter, opened as the official frontends do."""
    parts = urlsplit(link)
    query = parse_qs(parts.query)
    body = {"preAuthSessionId": query["preAuthSessionId"][0], "linkCode": parts.fragment}
    return frontend.post(f"/{query['tenantId'][0]}{CONSUME}", **body)


def newest(home: Home, to: str = ADA) -> tuple[Any, Any]:
    """Return the code and the link of the newest letter or text message."""
    letter = home.mailbox.last_to(to)
    return letter["code"], next(iter(letter["links"]), None)


def sign_in(home: Home, email: str = ADA, house: House | None = None) -> tuple[Frontend, Any]:
    """Let somebody sign in with a code; return their frontend and the answer."""
    frontend = Frontend(house or home.house)
    device = ask(frontend, email=email)
    return frontend, type_code(frontend, device, newest(home, email)[0])


def wrong(code: str) -> str:
    """Return another code."""
    return f"{(int(code) + 1) % 1_000_000:06}"


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
