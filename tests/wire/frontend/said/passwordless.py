"""Conversations about codes and links."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.wire.frontend.steps import Conversation, Step, core, get, me, post

CREATE, RESEND, CONSUME = "/signinup/code", "/signinup/code/resend", "/signinup/code/consume"
DEVICE = {"device": "deviceId", "session": "preAuthSessionId"}
WITH_CODE = {"preAuthSessionId": "<session>", "deviceId": "<device>", "userInputCode": "<code>"}
WITH_LINK = {"preAuthSessionId": "<session>", "linkCode": "<link_code>"}
VERSIONS = ["1.17", "1.18", "2.0", "3.0", "3.1", "4.0", "4.1", "4.2", "1.16,1.17,4.2", "junk", "9.9"]


def sign_in(
    email: str, by: str, *, with_link: bool = False, headers: Mapping[str, str] | None = None
) -> list[Step]:
    """Return the steps of a sign-in by e-mail."""
    consume = WITH_LINK if with_link else WITH_CODE
    return [
        post(CREATE, {"email": email}, by=by, keep=DEVICE, headers=headers or {}),
        post(CONSUME, consume, by=by, headers=headers or {}),
    ]


def _asked_badly(path: str, bodies: Sequence[Any]) -> list[Step]:
    return [post(path, body) for body in bodies]


CONVERSATIONS = [
    Conversation("code, in headers", [*sign_in("code.h@example.com", "a"), me(by="a")]),
    Conversation(
        "code, in cookies", [*sign_in("code.c@example.com", "a/cookie"), me(by="a"), me("POST", by="a")]
    ),
    Conversation("link", [*sign_in("Link@Example.com", "a", with_link=True), post(CONSUME, WITH_LINK)]),
    Conversation(
        "again", [*sign_in("again@example.com", "a"), *sign_in("again@example.com", "b", with_link=True)]
    ),
    Conversation(
        "phone",
        [
            post(CREATE, {"phoneNumber": "+49 151 23456789"}, keep=DEVICE),
            post(CONSUME, WITH_CODE, by="a"),
            get("/passwordless/phonenumber/exists?phoneNumber=%2B4915123456789"),
            get("/signup/phonenumber/exists?phoneNumber=%2B4915123456789"),
            get("/passwordless/phonenumber/exists?phoneNumber=%2B4915123456780"),
            get("/passwordless/phonenumber/exists?phoneNumber=junk"),
            get("/passwordless/phonenumber/exists?phoneNumber="),
            get("/passwordless/phonenumber/exists"),
        ],
    ),
    Conversation(
        "addresses that exist",
        [
            *sign_in("exists@example.com", "a"),
            get("/passwordless/email/exists?email=exists@example.com"),
            get("/passwordless/email/exists?email=Exists@Example.com"),
            get("/signup/email/exists?email=exists@example.com", headers={"rid": "passwordless"}),
            get("/signup/email/exists?email=exists@example.com"),
            get("/passwordless/email/exists?email=nobody@example.com"),
            get("/passwordless/email/exists?email=junk"),
            get("/passwordless/email/exists?email="),
            get("/passwordless/email/exists?email=one@example.com&email=two@example.com"),
            get("/passwordless/email/exists"),
            get("/nowhere/passwordless/email/exists?email=exists@example.com"),
            get("/public/passwordless/email/exists?email=exists@example.com"),
        ],
    ),
    Conversation(
        "wrong codes",
        [
            post(CREATE, {"email": "wrong@example.com"}, keep=DEVICE),
            *[post(CONSUME, {**WITH_CODE, "userInputCode": "no"}) for _ in range(5)],
            post(CONSUME, WITH_CODE),
            post(RESEND, {"deviceId": "<device>", "preAuthSessionId": "<session>"}),
        ],
    ),
    Conversation(
        "another code",
        [
            post(CREATE, {"email": "another@example.com"}, keep=DEVICE),
            post(RESEND, {"deviceId": "<device>", "preAuthSessionId": "<session>"}),
            post(CONSUME, WITH_CODE, by="a"),
            post(RESEND, {"deviceId": "<device>", "preAuthSessionId": "<session>"}),
            post(CONSUME, WITH_CODE),
            post(CONSUME, {**WITH_LINK, "linkCode": "AAAA"}),
        ],
    ),
    Conversation(
        "a code of another device",
        [
            post(CREATE, {"email": "one.device@example.com"}, keep=DEVICE),
            post(CREATE, {"email": "other.device@example.com"}, keep={"other": "preAuthSessionId"}),
            post(CONSUME, {**WITH_CODE, "preAuthSessionId": "<other>"}),
            post(CONSUME, {**WITH_LINK, "preAuthSessionId": "<session>"}),
            post(RESEND, {"deviceId": "<device>", "preAuthSessionId": "<other>"}),
        ],
    ),
    *[
        Conversation(
            f"FDI {version}", sign_in(f"fdi{number}@example.com", "a", headers={"fdi-version": version})
        )
        for number, version in enumerate(VERSIONS)
    ],
    Conversation(
        "asked badly for a code",
        [
            *_asked_badly(
                CREATE,
                [
                    None,
                    "",
                    "{",
                    "null",
                    "[]",
                    '"text"',
                    {},
                    {"email": None},
                    {"email": ""},
                    {"email": 1},
                    {"email": []},
                    {"email": "junk"},
                    {"email": "a@b"},
                    {"email": " spaces@example.com "},
                    {"email": "a@example.com", "phoneNumber": "+4915123456789"},
                    {"phoneNumber": ""},
                    {"phoneNumber": "0151"},
                    {"phoneNumber": 4915123456789},
                    {"phoneNumber": "+4915"},
                    {"email": "flag@example.com", "shouldTryLinkingWithSessionUser": "yes"},
                    {"email": "flag@example.com", "shouldTryLinkingWithSessionUser": None},
                    {"email": "flag@example.com", "shouldTryLinkingWithSessionUser": True},
                ],
            ),
            post("/nowhere/signinup/code", {"email": "tenant@example.com"}),
            post("/PUBLIC/signinup/code", {"email": "tenant@example.com"}),
            get(CREATE),
            Step("PUT", f"/auth{CREATE}", {}),
            post(f"{CREATE}/", {"email": "slash@example.com"}),
            post(CREATE, {"email": "rid@example.com"}, headers={"rid": "passwordless"}),
            post(CREATE, {"email": "rid@example.com"}, headers={"rid": "emailpassword"}),
            post(CREATE, {"email": "rid@example.com"}, headers={"rid": "thirdpartypasswordless"}),
            post(CREATE, {"email": "rid@example.com"}, headers={"rid": "unknown"}),
            post(CREATE, {"email": "rid@example.com"}, headers={"rid": None, "fdi-version": None}),
            post(CREATE, {"email": "type@example.com"}, headers={"content-type": "text/plain"}),
        ],
    ),
    Conversation(
        "asked badly for another code",
        _asked_badly(
            RESEND,
            [
                "{",
                {},
                {"deviceId": "x"},
                {"preAuthSessionId": "x"},
                {"deviceId": "x", "preAuthSessionId": "x"},
                {"deviceId": 1, "preAuthSessionId": "x"},
                {"deviceId": None, "preAuthSessionId": "x"},
            ],
        ),
    ),
    Conversation(
        "consumed badly",
        _asked_badly(
            CONSUME,
            [
                "{",
                {},
                {"preAuthSessionId": "x"},
                {"preAuthSessionId": "x", "linkCode": "x"},
                {"preAuthSessionId": "x", "linkCode": 1},
                {"preAuthSessionId": "x", "linkCode": ""},
                {"preAuthSessionId": "x", "deviceId": "x"},
                {"preAuthSessionId": "x", "userInputCode": "x"},
                {"preAuthSessionId": "x", "deviceId": "x", "userInputCode": "x"},
                {"preAuthSessionId": "x", "deviceId": "x", "userInputCode": 123},
                {"preAuthSessionId": "x", "deviceId": "x", "userInputCode": "x", "linkCode": "x"},
                {"preAuthSessionId": None, "linkCode": "x"},
                {"linkCode": "x"},
            ],
        ),
    ),
    Conversation(
        "in a tenant",
        [
            core("PUT", "/recipe/multitenancy/tenant/v2", {"tenantId": "acme"}),
            post("/acme/signinup/code", {"email": "acme@example.com"}, keep=DEVICE),
            post("/acme/signinup/code/consume", WITH_CODE, by="a"),
            me(by="a"),
            post("/session/refresh", by="a"),
            get("/acme/passwordless/email/exists?email=acme@example.com"),
            get("/passwordless/email/exists?email=acme@example.com"),
            post("/acme/signout", by="a"),
            core(
                "PUT",
                "/recipe/multitenancy/tenant/v2",
                {"tenantId": "words", "firstFactors": ["emailpassword"]},
            ),
            post("/words/signinup/code", {"email": "words@example.com"}),
            core(
                "PUT", "/recipe/multitenancy/tenant/v2", {"tenantId": "codes", "firstFactors": ["otp-email"]}
            ),
            post("/codes/signinup/code", {"email": "codes@example.com"}, keep=DEVICE),
            post("/codes/signinup/code/consume", WITH_CODE, by="b"),
            post("/codes/signinup/code", {"phoneNumber": "+4915123456789"}),
        ],
    ),
    Conversation(
        "links by email",
        [
            *sign_in("link@example.com", "a", with_link=True),
            post(CREATE, {}),
            post(CREATE, {"phoneNumber": "+4915123456789"}),
            post(CREATE, {"email": "junk"}),
            get("/loginmethods"),
        ],
        "links by email",
    ),
    Conversation(
        "codes by phone",
        [
            post(CREATE, {"phoneNumber": "+4915123456789"}, keep=DEVICE),
            post(CONSUME, WITH_CODE, by="a"),
            post(CREATE, {}),
            post(CREATE, {"email": "a@example.com"}),
            post(CREATE, {"phoneNumber": "junk"}),
            get("/loginmethods"),
        ],
        "codes by phone",
    ),
]
