"""Every flow of the product: what it needs beforehand, what is asked, and what may be said when it is asked again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gatehouse.crypto.totp_code import code_at, decode_secret
from gatehouse.errors import GatehouseError
from tests.faults.world import Town
from tests.functions.fdi import codes, passwords
from tests.functions.fdi.factors import PERIOD_S
from tests.houses import ADA, BOB, LAPTOP
from tests.oauth.world import id_token


@dataclass(frozen=True)
class Told:
    """An answer: its status, what it says in a word, and whether, in how many seconds, to come again."""

    status: int
    word: str
    retry_after: str | None = None


@dataclass(frozen=True)
class Flow:
    """What somebody does.

    prepare: makes what is needed, and returns it. act: does it, and answers.
    truth: what may be said instead of success to who asks again, because it was done and only the answer was lost.
    instead: how they get on, then; answers as a success does.
    """

    name: str
    prepare: Callable[[Town], Any]
    act: Callable[[Town, Any], Told]
    truth: str = ""
    instead: Callable[[Town, Any], Told] | None = None


def told(answer: Any) -> Told:
    """Return what an answer of any interface tells."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    word = answer.text.strip()
    if "json" in headers.get("content-type", ""):
        body = answer.json
        found = body if isinstance(body, dict) else {}
        word = found.get("status") or found.get("error") or found.get("message") or "answered"
        word = found["error"] if isinstance(word, int) else word
    return Told(answer.status, word, headers.get("retry-after"))


def anew(prepare: Callable[[Town], Any], act: Callable[[Town, Any], Told]) -> Callable[[Town, Any], Told]:
    """Return how somebody gets on by asking for another link or code."""
    return lambda town, _: act(town, prepare(town))


# The REST interface


def _signed_in(town: Town, email: str = ADA) -> str:
    return town.home.sign_in(email).session_token or ""


def _link(town: Town, email: str = ADA) -> str:
    town.house.identity.login(email, LAPTOP)
    return town.home.mailbox.token_for(email)


def _link_of_known(town: Town) -> str:
    _signed_in(town)
    return _link(town)


def _admin_and(email: str) -> Callable[[Town], tuple[str, str]]:
    def prepare(town: Town) -> tuple[str, str]:
        admin = town.home.sign_in(ADA)
        other = town.home.sign_in(email)
        return admin.session_token or "", other.user.id

    return prepare


def _expired(town: Town) -> None:
    _signed_in(town)
    _link(town, BOB)
    town.frontend().sign_up("gone@example.com")


def _sweep(town: Town, _: Any) -> Told:
    """Let the cron run a year from now; it has nobody to answer, so its error stands for the answer."""
    ahead_ms = town.home.clock.ahead_ms
    town.home.clock.advance(days=365)
    try:
        swept = town.house.cleanup.sweep(lambda: True)
    except GatehouseError as error:
        return Told(error.status, error.error, str(error.retry_after_s))
    finally:
        town.home.clock.ahead_ms = ahead_ms
    return Told(200, "finished" if swept.is_finished else "unfinished")


def _call(method: str, path: str, **more: Any) -> Callable[[Town, Any], Told]:
    def act(town: Town, token: Any) -> Told:
        return told(town.api.call(method, path, bearer=token, **more))

    return act


def _about_other(method: str, body: Any = None) -> Callable[[Town, tuple[str, str]], Told]:
    def act(town: Town, given: tuple[str, str]) -> Told:
        return told(town.api.call(method, f"/users/{given[1]}", body, bearer=given[0]))

    return act


def _use_link(town: Town, token: str) -> Told:
    return told(town.api.call("POST", "/authenticate_magic_link", {"token": token}))


def _list_users(town: Town, given: Any) -> Told:
    return told(town.api.call("GET", "/users", bearer=given[0] if isinstance(given, tuple) else given))


USED = "invalid or expired link"
REST = (
    Flow("login", lambda _: None, lambda t, _: told(t.api.call("POST", "/login", {"email": ADA}))),
    Flow("link of somebody new", _link, _use_link, USED, anew(_link, _use_link)),
    Flow("link of somebody known", _link_of_known, _use_link, USED, anew(_link, _use_link)),
    Flow("session", _signed_in, _call("GET", "/session?check_database=true")),
    Flow("logout", _signed_in, _call("POST", "/logout")),
    Flow("logout everywhere", _signed_in, _call("POST", "/logout", body={"everywhere": True})),
    Flow("invite", _signed_in, _call("POST", "/invite", body={"email": BOB, "name": "Bob"})),
    Flow(
        "user created",
        _signed_in,
        _call("POST", "/users", body={"email": BOB, "name": "Bob"}),
        "email already exists",
        _list_users,
    ),
    Flow("user changed", _admin_and(BOB), _about_other("PATCH", {"email": "b@example.com", "name": "B"})),
    Flow("user removed", _admin_and(BOB), _about_other("DELETE"), "user not found", _list_users),
    Flow("users listed", _signed_in, _call("GET", "/users")),
    Flow("audit log read", _signed_in, _call("GET", "/audit")),
    Flow("cleanup", _expired, _sweep),
)


# The frontend interface


def _post(path: str, **body: Any) -> Callable[[Town, Any], Told]:
    """Post for somebody: a frontend, or in a pair with what goes into the body."""

    def act(town: Town, given: Any) -> Told:
        frontend, more = given if isinstance(given, tuple) else (given, {})
        frontend = (frontend or town.frontend()).copy()
        return told(frontend.ask("POST", path, {**body, **more}))

    return act


def _asked_for_code(town: Town) -> tuple[None, dict[str, str]]:
    device = codes.ask(town.frontend(), email=ADA)
    return None, {**device, "userInputCode": codes.newest(town.home)[0]}


def _asked_for_code_again(town: Town) -> tuple[None, dict[str, str]]:
    codes.sign_in(town.home)
    return _asked_for_code(town)


def _asked_for_link(town: Town) -> tuple[None, dict[str, str]]:
    codes.ask(town.frontend(), email=ADA)
    return None, codes.attempt_of(codes.newest(town.home)[1])[1]


def _wrong_code(town: Town) -> tuple[None, dict[str, str]]:
    _, attempt = _asked_for_code(town)
    return None, {**attempt, "userInputCode": codes.wrong(attempt["userInputCode"])}


def _signed_up(town: Town) -> Any:
    frontend = town.frontend()
    frontend.sign_up(ADA)
    return frontend


def _forgotten(town: Town) -> tuple[None, dict[str, Any]]:
    passwords.ask_for_link(_signed_up(town), ADA)
    return None, {"method": "token", "token": passwords.token_for(town.home, ADA)}


def _unverified(town: Town) -> tuple[Any, dict[str, Any]]:
    frontend = _signed_up(town)
    frontend.post("/user/email/verify/token")
    return frontend, {"method": "token", "token": passwords.token_for(town.home, ADA)}


def _has_device(town: Town) -> tuple[Any, dict[str, Any]]:
    frontend = _signed_up(town)
    secret = frontend.post("/totp/device", deviceName="phone")["secret"]
    code = code_at(decode_secret(secret), town.home.clock() // 1_000 // PERIOD_S)
    return frontend, {"deviceName": "phone", "totp": code}


def _back_from_third_party(_: Town) -> tuple[None, dict[str, Any]]:
    return None, {"thirdPartyId": "acme", "oAuthTokens": {"id_token": id_token()}}


def _known_to_third_party(town: Town) -> tuple[None, dict[str, Any]]:
    back = _back_from_third_party(town)
    assert town.frontend().post("/signinup", **back[1])["status"] == "OK"
    return back


def _is_verified(_: Town, given: Any) -> Told:
    return Told(200, "OK" if given[0].get("/user/email/verify")["isVerified"] else "not verified")


RESTART = "RESTART_FLOW_ERROR"
FORM = passwords.form(email=ADA, password=passwords.PASSWORD)
SIGN_IN = _post("/signin", formFields=FORM)
USE_ANOTHER = anew(_asked_for_code, _post(codes.CONSUME))
FDI = (
    Flow("code asked for", lambda _: None, _post(codes.CODE, email=ADA)),
    Flow(
        "code sent again",
        lambda t: (None, codes.ask(t.frontend(), email=ADA)),
        _post(codes.RESEND),
    ),
    Flow("wrong code", _wrong_code, _post(codes.CONSUME)),
    Flow("code of somebody new", _asked_for_code, _post(codes.CONSUME), RESTART, USE_ANOTHER),
    Flow("code of somebody known", _asked_for_code_again, _post(codes.CONSUME), RESTART, USE_ANOTHER),
    Flow("link on a website", _asked_for_link, _post(codes.CONSUME), RESTART, USE_ANOTHER),
    Flow("sign-up", lambda _: None, _post("/signup", formFields=FORM), "FIELD_ERROR", SIGN_IN),
    Flow("sign-in", lambda t: _signed_up(t) and None, SIGN_IN),
    Flow(
        "password forgotten",
        lambda t: _signed_up(t) and None,
        _post("/user/password/reset/token", formFields=passwords.form(email=ADA)),
    ),
    Flow(
        "password reset",
        _forgotten,
        _post("/user/password/reset", formFields=passwords.form(password=passwords.ANOTHER)),
        "RESET_PASSWORD_INVALID_TOKEN_ERROR",
        lambda t, _: _post("/signin", formFields=passwords.form(email=ADA, password=passwords.ANOTHER))(
            t, None
        ),
    ),
    Flow("proof of address asked for", _signed_up, _post("/user/email/verify/token")),
    Flow(
        "address proved",
        _unverified,
        _post("/user/email/verify"),
        "EMAIL_VERIFICATION_INVALID_TOKEN_ERROR",
        _is_verified,
    ),
    Flow("refresh", _signed_up, _post("/session/refresh")),
    Flow("sign-out", _signed_up, _post("/signout")),
    Flow(
        "authenticator app added",
        _signed_up,
        _post("/totp/device", deviceName="phone"),
        "DEVICE_ALREADY_EXISTS_ERROR",
        _post("/totp/device/remove", deviceName="phone"),
    ),
    Flow(
        "authenticator app verified",
        _has_device,
        _post("/totp/device/verify"),
    ),
    Flow("third party, somebody new", _back_from_third_party, _post("/signinup")),
    Flow("third party, somebody known", _known_to_third_party, _post("/signinup")),
)


# The core interface


def _core(method: str, path: str, **body: Any) -> Callable[[Town, Any], Told]:
    def act(town: Town, given: Any) -> Told:
        more = given if isinstance(given, dict) else {}
        return told(town.ask_core(method, path, {**body, **more}))

    return act


def _ok(answer: Any) -> Any:
    assert answer.status == 200, answer.text
    assert answer.json["status"] == "OK", answer.text
    return answer.json


SESSION = {"enableAntiCsrf": False, "userDataInJWT": {}, "userDataInDatabase": {}}


def _session(town: Town) -> Any:
    return _ok(town.ask_core("POST", "/recipe/session", {"userId": "u1", **SESSION}))


def _to_refresh(town: Town) -> dict[str, Any]:
    token = _session(town)["refreshToken"]["token"]
    return {"refreshToken": token, "enableAntiCsrf": False, "useDynamicSigningKey": True}


def _to_verify(town: Town) -> dict[str, Any]:
    token = _session(town)["accessToken"]["token"]
    return {
        "accessToken": token,
        "enableAntiCsrf": False,
        "doAntiCsrfCheck": False,
        "checkDatabase": True,
    }


def _core_code(town: Town) -> dict[str, Any]:
    made = _ok(town.ask_core("POST", "/recipe/signinup/code", {"email": ADA}))
    return {name: made[name] for name in ("preAuthSessionId", "deviceId", "userInputCode")}


def _core_user(town: Town, email: str = ADA) -> str:
    body = {"email": email, "password": passwords.PASSWORD}
    made = _ok(town.ask_core("POST", "/recipe/signup", body))
    user_id: str = made["user"]["id"]
    return user_id


def _two_to_link(town: Town) -> dict[str, Any]:
    primary = _core_user(town)
    _ok(town.ask_core("POST", "/recipe/accountlinking/user/primary", {"recipeUserId": primary}))
    return {"recipeUserId": _core_user(town, BOB), "primaryUserId": primary}


def _two_linked(town: Town) -> dict[str, Any]:
    two = _two_to_link(town)
    _ok(town.ask_core("POST", "/recipe/accountlinking/user/link", two))
    return {"recipeUserId": two["recipeUserId"]}


def _full_person(town: Town) -> dict[str, Any]:
    user_id = _core_user(town)
    _ok(town.ask_core("PUT", "/recipe/role", {"role": "admin", "permissions": ["read", "write"]}))
    _ok(town.ask_core("PUT", "/recipe/user/role", {"userId": user_id, "role": "admin"}))
    _ok(town.ask_core("PUT", "/recipe/user/metadata", {"userId": user_id, "metadataUpdate": {"a": 1}}))
    device = {"userId": user_id, "deviceName": "phone", "skew": 1, "period": 30}
    _ok(town.ask_core("POST", "/recipe/totp/device", device))
    return {"userId": user_id}


def _with_tenant(town: Town) -> dict[str, Any]:
    assert town.core.put("/recipe/multitenancy/tenant/v2", tenantId="t1")["createdNew"]
    return {"tenantId": "t1"}


def _forget_tenants(act: Callable[[Town, Any], Told]) -> Callable[[Town, Any], Told]:
    """Look at the tenants anew: those of the case before are gone."""

    def anew(town: Town, given: Any) -> Told:
        town.house.tenancy.forget()
        return act(town, given)

    return anew


CDI = (
    Flow("core: session opened", lambda _: None, _core("POST", "/recipe/session", userId="u1", **SESSION)),
    Flow("core: session refreshed", _to_refresh, _core("POST", "/recipe/session/refresh")),
    Flow("core: session verified", _to_verify, _core("POST", "/recipe/session/verify")),
    Flow(
        "core: sessions removed",
        lambda t: {"sessionHandles": [_session(t)["session"]["handle"]]},
        _core("POST", "/recipe/session/remove"),
    ),
    Flow("core: code made", lambda _: None, _core("POST", "/recipe/signinup/code", email=ADA)),
    Flow(
        "core: code used",
        _core_code,
        _core("POST", "/recipe/signinup/code/consume"),
        RESTART,
        anew(_core_code, _core("POST", "/recipe/signinup/code/consume")),
    ),
    Flow(
        "core: sign-up",
        lambda _: None,
        _core("POST", "/recipe/signup", email=ADA, password=passwords.PASSWORD),
        "EMAIL_ALREADY_EXISTS_ERROR",
        _core("POST", "/recipe/signin", email=ADA, password=passwords.PASSWORD),
    ),
    Flow(
        "core: sign-in",
        lambda t: _core_user(t) and None,
        _core("POST", "/recipe/signin", email=ADA, password=passwords.PASSWORD),
    ),
    Flow(
        "core: third party",
        lambda _: None,
        _core(
            "POST",
            "/recipe/signinup",
            thirdPartyId="google",
            thirdPartyUserId="g1",
            email={"id": ADA, "isVerified": True},
        ),
    ),
    Flow(
        "core: primary user made",
        lambda t: {"recipeUserId": _core_user(t)},
        _core("POST", "/recipe/accountlinking/user/primary"),
    ),
    Flow("core: accounts linked", _two_to_link, _core("POST", "/recipe/accountlinking/user/link")),
    Flow("core: accounts unlinked", _two_linked, _core("POST", "/recipe/accountlinking/user/unlink")),
    Flow(
        "core: role made", lambda _: None, _core("PUT", "/recipe/role", role="admin", permissions=["a", "b"])
    ),
    Flow("core: role given", _full_person, _core("PUT", "/recipe/user/role", role="admin")),
    Flow("core: metadata", _full_person, _core("PUT", "/recipe/user/metadata", metadataUpdate={"b": 2})),
    Flow("core: user removed", _full_person, _core("POST", "/user/remove")),
    Flow(
        "core: user id mapped",
        lambda t: {"superTokensUserId": _core_user(t)},
        _core("POST", "/recipe/userid/map", externalUserId="x1"),
        "USER_ID_MAPPING_ALREADY_EXISTS_ERROR",
        _core("GET", "/recipe/userid/map?userId=x1&userIdType=EXTERNAL"),
    ),
    Flow(
        "core: tenant made",
        lambda _: None,
        _forget_tenants(_core("PUT", "/recipe/multitenancy/tenant/v2", tenantId="t1")),
    ),
    Flow(
        "core: tenant removed",
        _with_tenant,
        _forget_tenants(_core("POST", "/recipe/multitenancy/tenant/remove")),
    ),
)

FLOWS = (*REST, *FDI, *CDI)
