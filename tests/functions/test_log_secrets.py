"""Nothing that people or answers say gets into a log: flows with marked values, and all logs searched for them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

import functions.cdi.handler
import functions.fdi.handler
from gatehouse.bootstrap import House
from tests.api import Api
from tests.core import Core
from tests.frontend import Frontend
from tests.functions.fdi import codes, factors
from tests.functions.fdi.passwords import ask_for_link, form, link_to, reset, sign_in
from tests.houses import Home
from tests.watching import Watched, handler_of, watching

MARK = "marked"
EMAIL, OTHER = f"{MARK}.ada@example.com", f"{MARK}.bob@example.com"
PASSWORD = f"{MARK} horse 1"
PHONE = "+4915155512345"
ADDRESS = "198.51.100.77"
HEADERS = {"user-agent": f"{MARK}-agent", "x-forwarded-for": ADDRESS, "api-key": f"{MARK}-key-of-the-core"}
HIDDEN = [MARK, PHONE, ADDRESS, "203.0.113.7"]
SECRET = re.compile(r"[A-Za-z0-9_\-+/=.]{16,}")
"""What a token, a handle, an id or a key looks like, where it has a digit."""

WATCHED = ("login", "authenticate_magic_link", "session", "logout", "users", "invite", "audit", "fdi", "cdi")
MEMBERS = [
    "accessToken", "antiCsrfToken", "appId", "code", "deviceId", "deviceName", "email", "formFields", "linkCode",
    "metadataUpdate", "newEmail", "newPassword", "password", "passwordHash", "phoneNumber", "preAuthSessionId",
    "recipeUserId", "refreshToken", "role", "secretKey", "sessionHandle", "sessionId", "state", "tenantId",
    "thirdPartyId", "thirdPartyUserId", "token", "totp", "userDataInDatabase", "userId", "userInputCode",
]  # fmt: skip


@dataclass
class Overheard:
    """All that answers have said."""

    texts: list[str] = field(default_factory=list)

    @property
    def secrets(self) -> set[str]:
        """Whatever in them looks as if nobody else should know it."""
        found = {word for text in self.texts for word in SECRET.findall(text)}
        return {word for word in found if re.search(r"\d", word) and re.search(r"[A-Za-z]{2}", word)}


@pytest.fixture
def watched() -> Iterator[Watched]:
    """All that is logged, at every level of ours."""
    with watching("debug") as watched:
        yield watched


@pytest.fixture
def overheard(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> Overheard:
    """What the functions answer."""
    heard = Overheard()
    for name in WATCHED:
        handler = handler_of(name)

        def listen(event: Any, context: Any, answer: Any = handler._handler) -> Any:
            answered = answer(event, context)
            heard.texts += [answered["body"], *answered.get("cookies", []), *answered["headers"].values()]
            return answered

        monkeypatch.setattr(handler, "_handler", listen)
    return heard


@pytest.fixture
def house(sqlite_home: Home) -> House:
    """A house where everything is on, that logs as much as it can."""
    return sqlite_home.with_settings(
        LOG_LEVEL="debug",
        BCRYPT_LOG_ROUNDS="4",
        PASSWORDLESS_CONTACT="EMAIL_OR_PHONE",
        MFA="on",
        REFRESH_GRACE_SECONDS="0",
    )


def check(watched: Watched, overheard: Overheard, home: Home) -> None:
    """Search the log for all that was said, and for the letters."""
    log = watched.text
    assert [word for word in HIDDEN if word in log.lower()] == []
    letters = [json.dumps(letter) for letter in home.mailbox.letters()]
    secrets = overheard.secrets | Overheard(letters).secrets
    assert [secret for secret in secrets if secret in log] == []
    typed = [letter["code"] for letter in home.mailbox.letters() if letter.get("code")]
    assert [code for code in typed if re.search(rf"(?<![\d.]){code}(?!\d)", log)] == []


def test_links_and_the_directory(
    sqlite_home: Home, house: House, watched: Watched, overheard: Overheard
) -> None:
    api = Api(house)

    def call(method: str, target: str, body: Any = None, **more: Any) -> Any:
        return api.call(method, target, body, headers=HEADERS, source_ip=ADDRESS, **more)

    call("POST", "/login", {"email": EMAIL})
    token = sqlite_home.mailbox.token_for(EMAIL)
    call("GET", f"/authenticate_magic_link?token={token}")
    signed_in = call("POST", "/authenticate_magic_link", {"token": token}).json
    call("POST", "/authenticate_magic_link", form={"token": token})
    bearer = signed_in["session_token"]
    for sent in (bearer, signed_in["session_jwt"], f"{bearer}{MARK}", f"{MARK}.{MARK}.{MARK}"):
        call("GET", f"/session?check_database=true&{MARK}={MARK}", bearer=sent)
        call("GET", "/session", cookies={"gatehouse_session": sent, "gatehouse_session_jwt": sent})
        call("GET", f"/users?query={MARK}&limit=5", bearer=sent)
        call("GET", f"/audit?subject={MARK}", bearer=sent)
        call("PATCH", f"/users/{MARK}", {"name": f"{MARK} Ada"}, bearer=sent)
    made = call("POST", "/users", {"email": OTHER, "name": MARK}, bearer=bearer).json
    call("GET", f"/users/{made.get('id', MARK)}", bearer=bearer)
    call("POST", "/invite", {"email": f"{MARK}.eve@example.com"}, bearer=bearer)
    for junk in (f'{{"email": "{MARK}', f'{{"email": ["{MARK}"]}}', f'["{MARK}"]', MARK):
        for path in ("/login", "/authenticate_magic_link", "/invite", "/users"):
            call("POST", path, raw=junk.encode(), bearer=bearer)
    call("POST", "/logout", bearer=bearer)

    assert {line["outcome"] for line in watched.told} == {"ok", "refused"}
    check(watched, overheard, sqlite_home)


def test_the_frontend_interface(
    sqlite_home: Home, house: House, watched: Watched, overheard: Overheard
) -> None:
    ada = Frontend(house)
    fields = form(email=EMAIL, password=PASSWORD)
    ada.ask("POST", f"/public/signup?q={MARK}", {"formFields": fields})
    sign_in(ada, EMAIL, f"{PASSWORD}{MARK}")
    sign_in(ada, EMAIL, PASSWORD)
    thief = ada.copy()
    for tab in (ada, ada, thief):
        tab.ask("POST", "/session/refresh")
    sign_in(ada, EMAIL, PASSWORD)
    made = ada.post("/totp/device", deviceName=f"{MARK} phone")
    ada.ask("POST", "/totp/device/verify", {"deviceName": f"{MARK} phone", "totp": "000000"})
    right = factors.code(sqlite_home, made["secret"])
    ada.ask("POST", "/totp/device/verify", {"deviceName": f"{MARK} phone", "totp": right})
    ada.ask("POST", "/user/email/verify/token")
    ask_for_link(ada, EMAIL)
    token = link_to(sqlite_home, EMAIL)[1]["token"]
    for sent in (f"{token}{MARK}", token, token):
        reset(ada, sent, f"{PASSWORD}2")
    for contact in ({"email": OTHER}, {"phoneNumber": PHONE}):
        visitor = Frontend(house)
        device = codes.ask(visitor, **contact)
        code, link = codes.newest(sqlite_home, *contact.values())
        codes.type_code(visitor, device, codes.wrong(code))
        codes.type_code(visitor, device, code)
        codes.open_link(Frontend(house), link)
    ada.ask("POST", "/signout")

    assert {line["outcome"] for line in watched.told} == {"ok", "refused"}
    assert {"SignIns", "SignInFailures", "TheftsDetected"} <= {name for line in watched.told for name in line}
    check(watched, overheard, sqlite_home)


def test_the_core(sqlite_home: Home, house: House, watched: Watched, overheard: Overheard) -> None:
    core = Core(house)
    user = core.post("/recipe/signup", email=EMAIL, password=PASSWORD)["user"]
    core.post("/recipe/signin", email=EMAIL, password=f"{PASSWORD}{MARK}")
    session = core.post(
        "/recipe/session",
        userId=user["id"],
        enableAntiCsrf=True,
        userDataInJWT={MARK: MARK},
        userDataInDatabase={MARK: MARK},
    )
    refresh = session["refreshToken"]["token"]

    def spend(token: str) -> Any:
        fields = {"refreshToken": token, "enableAntiCsrf": False, "useDynamicSigningKey": True}
        return core.post("/recipe/session/refresh", **fields)

    spend(spend(refresh)["refreshToken"]["token"])
    stolen = spend(refresh)
    assert stolen["status"] == "TOKEN_THEFT_DETECTED"
    core.get("/recipe/session", sessionHandle=session["session"]["handle"])
    core.put("/recipe/user/metadata", userId=user["id"], metadataUpdate={MARK: PHONE})
    code = core.post("/recipe/signinup/code", email=OTHER)
    spent = {"deviceId": code["deviceId"], "preAuthSessionId": code["preAuthSessionId"]}
    core.post("/recipe/signinup/code/consume", **spent, userInputCode=codes.wrong(code["userInputCode"]))
    core.post("/recipe/signinup/code/consume", **spent, userInputCode=code["userInputCode"])

    check(watched, overheard, sqlite_home)
    assert not re.search(rf"(?<![\d.]){code['userInputCode']}(?!\d)", watched.text)


def junk(member: str) -> Any:
    return [{"id": "email", "value": EMAIL}] if member == "formFields" else f"{MARK}-{member}@example.com"


def test_every_operation_of_both_interfaces(
    sqlite_home: Home, house: House, watched: Watched, overheard: Overheard
) -> None:
    body = {member: junk(member) for member in MEMBERS}
    query = urlencode({name: value for name, value in body.items() if isinstance(value, str)})
    core, frontend = Core(house), Frontend(house)
    bodies = [json.dumps(body).encode(), f'{{"{MARK}": "{MARK}'.encode()]
    headers = {**HEADERS, "authorization": f"Bearer {MARK}.{MARK}", "cookie": f"sAccessToken={MARK}"}
    for content in bodies:
        for operation in functions.cdi.handler.dispatcher.routes.operations:
            sent = {"rid": operation.recipe, **headers}
            target = f"/appid-{MARK}/{MARK}{operation.path}?{query}"
            core.call(operation.method, target, body=content, headers=sent, source_ip=ADDRESS)
            target = f"{operation.path}?{query}"
            core.call(operation.method, target, body=content, headers=sent, source_ip=ADDRESS)
        for action in functions.fdi.handler.dispatcher.routes.operations:
            sent = {"rid": action.recipe, **headers}
            for tenant in ("", f"/{MARK}"):
                target = f"{tenant}{action.path}?{query}"
                frontend.call(action.method, target, body=content, headers=sent, source_ip=ADDRESS)

    assert len({line["route"] for line in watched.told}) > 100
    check(watched, overheard, sqlite_home)
