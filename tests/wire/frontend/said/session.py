"""Conversations about sessions: how they travel, are renewed, and end."""

from tests.wire.frontend.said.emailpassword import sign_in, sign_up
from tests.wire.frontend.steps import Conversation, core, form, get, me, post, put, remember, wait

REFRESH = "/session/refresh"
WITH_HEADERS = ("plain", "token against forgery", "cookies of a domain", "headers only")
WITH_COOKIES = (*WITH_HEADERS, "header against forgery", "across sites")
TWO = {"cookie": "sAccessToken=<a_saccesstoken>; sAccessToken=<a_saccesstoken>"}


def _nobody(deployment: str) -> Conversation:
    """What is answered to those without a session, in any mode."""
    return Conversation(
        f"nobody ({deployment})",
        [
            me(),
            me("POST"),
            post("/signout"),
            post(REFRESH),
            post(REFRESH, headers={"rid": None}),
            post(REFRESH, headers={"st-auth-mode": "cookie"}),
            me(headers={"authorization": "Bearer junk"}),
            me(headers={"authorization": "Basic junk"}),
            me(headers={"authorization": "Bearer "}),
            me(headers={"cookie": "sAccessToken=junk"}),
            me(headers={"cookie": "sAccessToken="}),
            me(headers={"cookie": "sIdRefreshToken=x"}),
            post("/signout", headers={"authorization": "Bearer junk"}),
            post("/signout", headers={"cookie": "sAccessToken=junk"}),
            post(REFRESH, headers={"authorization": "Bearer junk"}),
            post(REFRESH, headers={"cookie": "sRefreshToken=junk"}),
            post(REFRESH, headers={"cookie": "sIdRefreshToken=x"}),
            post(REFRESH, headers={"cookie": "sRefreshToken=junk; sIdRefreshToken=x"}),
            post(REFRESH, headers={"cookie": "sAccessToken=x; sAccessToken=y"}),
        ],
        deployment,
    )


def _life(deployment: str, email: str, mode: str) -> Conversation:
    """A session from its beginning to its end, with what happens to its old tokens."""
    return Conversation(
        f"life of a session, {mode} ({deployment})",
        [
            sign_up(email, f"a/{mode}"),
            me(by="a"),
            me("POST", by="a"),
            me("POST", by="a", headers={"rid": None}),
            me("POST", by="a", headers={"anti-csrf": None}),
            me("POST", by="a", headers={"anti-csrf": "wrong"}),
            me(by="a", headers={"rid": None, "anti-csrf": None}),
            post(REFRESH, by="a", headers={"rid": None}),
            post(REFRESH, by="a"),
            me(by="a"),
            me("POST", by="a"),
            post(REFRESH, by="a"),
            post("/signout", by="a", headers={"rid": None}),
            post("/signout", by="a"),
            post("/signout", by="a"),
            post(REFRESH, by="a"),
            sign_in(email, "b", headers={"st-auth-mode": None}),
            sign_in(email, "c", headers={"st-auth-mode": "any"}),
        ],
        deployment,
    )


def _theft(mode: str) -> Conversation:
    header = (
        {"authorization": "Bearer <first>"}
        if mode == "header"
        else {"cookie": "sRefreshToken=<first>; sAccessToken=<a_saccesstoken>"}
    )
    return Conversation(
        f"theft, {mode}",
        [
            sign_up(f"theft.{mode}@example.com", f"a/{mode}"),
            remember("first", "<a_st_refresh_token>" if mode == "header" else "<a_srefreshtoken>"),
            post(REFRESH, by="a"),
            me(by="a"),
            post(REFRESH, headers=header),
            me(by="a"),
            post(REFRESH, by="a"),
        ],
    )


CONVERSATIONS = [
    *[_nobody(name) for name in ("plain", "token against forgery", "header against forgery", "headers only")],
    *[_life(name, f"header{number}@example.com", "header") for number, name in enumerate(WITH_HEADERS)],
    *[_life(name, f"cookie{number}@example.com", "cookie") for number, name in enumerate(WITH_COOKIES)],
    _theft("header"),
    _theft("cookie"),
    Conversation(
        "cookies twice, and tokens in two places",
        [
            sign_up("twice@example.com", "a/cookie"),
            me(headers=TWO),
            me(headers={"cookie": "sAccessToken=<a_saccesstoken>; sIdRefreshToken=x"}),
            me(headers={"cookie": "sAccessToken=<a_saccesstoken>", "authorization": "Bearer junk"}),
            post(
                REFRESH, headers={"cookie": "sRefreshToken=<a_srefreshtoken>", "authorization": "Bearer junk"}
            ),
            sign_in("twice@example.com", "a", headers={"st-auth-mode": "header"}),
            me(by="a"),
            post("/signout", by="a"),
        ],
    ),
    Conversation(
        "cookies of two domains",
        [
            sign_up("domains@example.com", "a/cookie"),
            me(headers=TWO),
            post(
                REFRESH,
                headers={"cookie": "sRefreshToken=<a_srefreshtoken>; sRefreshToken=<a_srefreshtoken>"},
            ),
            post(REFRESH, headers={**TWO, "st-auth-mode": "cookie"}),
        ],
        "cookies of a domain",
    ),
    Conversation(
        "expired",
        [
            sign_up("expired@example.com", "a"),
            sign_up("expired.c@example.com", "b/cookie"),
            wait(1.2),
            me(by="a"),
            me(by="b"),
            post("/signout", by="a"),
            post(REFRESH, by="a"),
            post(REFRESH, by="b"),
            me(by="a"),
        ],
        "short",
    ),
    Conversation(
        "keys and configuration",
        [
            sign_up("keys@example.com"),
            get("/jwt/jwks.json"),
            get("/.well-known/openid-configuration"),
            get("/public/jwt/jwks.json"),
            get("/nowhere/jwt/jwks.json"),
            post("/jwt/jwks.json"),
            get("/jwt/jwks.json", headers={"rid": None, "fdi-version": None}),
            get("/loginmethods"),
            get("/public/loginmethods"),
            get("/nowhere/loginmethods"),
            get("/loginmethods?tenantId=nowhere"),
            get("/loginmethods?clientType=web"),
            post("/loginmethods"),
            put("/mfa/info"),
            post("/totp/device", {}),
            get(""),
            get("/"),
            get("/a/b/c"),
        ],
    ),
    Conversation(
        "people and sessions that are gone",
        [
            sign_up("gone@example.com", "a", keep={"id": "user.id"}),
            sign_in("gone@example.com", "b/cookie"),
            core("POST", "/user/remove", {"userId": "<id>"}),
            me(by="a"),
            post("/user/email/verify/token", by="a"),
            get("/user/email/verify", by="a"),
            post(REFRESH, by="a"),
            post(REFRESH, by="b"),
            sign_in("gone@example.com"),
            sign_up("ended@example.com", "c", keep={"id": "user.id"}),
            sign_in("ended@example.com", "d"),
            core("POST", "/recipe/session/remove", {"userId": "<id>"}),
            me(by="c"),
            post("/signout", by="d"),
            post(REFRESH, by="c"),
        ],
    ),
    Conversation(
        "refreshed without the token against forgery",
        [
            sign_up("forged@example.com", "a/cookie"),
            post(REFRESH, headers={"cookie": "sRefreshToken=<a_srefreshtoken>"}),
            post(REFRESH, headers={"cookie": "sRefreshToken=<a_srefreshtoken>", "anti-csrf": "wrong"}),
            post(REFRESH, by="a"),
            sign_in("forged@example.com", "b/cookie", headers={"rid": None}),
            me("POST", headers={"cookie": "sAccessToken=<b_saccesstoken>"}),
            post("/signout", headers={"cookie": "sAccessToken=<b_saccesstoken>"}),
            get("/user/email/verify", headers={"cookie": "sAccessToken=<b_saccesstoken>"}),
            post("/user/email/verify/token", headers={"cookie": "sAccessToken=<b_saccesstoken>"}),
        ],
        "token against forgery",
    ),
    Conversation(
        "texts that are hard to store",
        [
            *[
                step
                for text in ("x" * 3_000, "a\x00b", "\ud800", "ä\u202eö", "<b>&amp;</b>", "' OR 1=1 --")
                for step in (
                    post("/signin", form(email=text, password="correct horse 1")),
                    post("/signinup/code", {"email": text}),
                    post("/signinup/code/resend", {"deviceId": text, "preAuthSessionId": text}),
                    post("/signinup/code/consume", {"linkCode": text, "preAuthSessionId": text}),
                )
            ],
        ],
    ),
    Conversation(
        "what is not offered",
        [
            get("/oauth/login/info?loginChallenge=x"),
            get("/webauthn/email/exists?email=a@example.com"),
            get("/dashboard"),
            post("/webauthn/signin", {}),
        ],
    ),
]
