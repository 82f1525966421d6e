"""Conversations about passwords, and about addresses that have to be verified."""

from typing import Any

from tests.wire.frontend.said import passwordless
from tests.wire.frontend.steps import Conversation, Step, core, form, get, me, post

PASSWORD = "correct horse 1"
VERSIONS = ["1.17", "1.18", "2.0", "3.0", "3.1", "4.2"]
RESET, RESET_TOKEN = "/user/password/reset", "/user/password/reset/token"
VERIFY, VERIFY_TOKEN = "/user/email/verify", "/user/email/verify/token"

FORMS: list[Any] = [
    None,
    "{",
    {},
    {"formFields": None},
    {"formFields": "text"},
    {"formFields": {}},
    {"formFields": []},
    {"formFields": [None]},
    {"formFields": ["email"]},
    {"formFields": [{"id": "email"}]},
    {"formFields": [{"id": "email", "value": "a@example.com"}]},
    {"formFields": [{"id": "email", "value": 1}, {"id": "password", "value": PASSWORD}]},
    {"formFields": [{"id": "email", "value": "a@example.com"}, {"id": "password", "value": 1}]},
    {"formFields": [{"id": "email", "value": None}, {"id": "password", "value": None}]},
    form(email="", password=""),
    form(email="junk", password=PASSWORD),
    form(email="a@example.com", password="short1"),
    form(email="a@example.com", password="without a digit"),
    form(email="a@example.com", password="12345678"),
    form(email="a@example.com", password="a1" * 51),
    form(email="junk", password="short"),
    form(email="extra@example.com", password=PASSWORD, age="4"),
    {
        "formFields": [{"id": "email", "value": "twice@example.com"}] * 2
        + [{"id": "password", "value": PASSWORD}]
    },
]


def sign_up(email: str, by: str = "", **options: Any) -> Step:
    """Return a sign-up."""
    return post("/signup", form(email=email, password=PASSWORD), by=by, **options)


def sign_in(email: str, by: str = "", password: str = PASSWORD, **options: Any) -> Step:
    """Return a sign-in."""
    return post("/signin", form(email=email, password=password), by=by, **options)


CONVERSATIONS = [
    Conversation(
        "password, in headers",
        [
            sign_up("pw.h@example.com", "a"),
            me(by="a"),
            post("/signout", by="a"),
            sign_in("pw.h@example.com", "a"),
            sign_in("PW.H@Example.com", "b"),
            sign_in("pw.h@example.com", "a", "wrong"),
            sign_in("nobody@example.com", "a"),
            sign_up("pw.h@example.com"),
            sign_up("PW.H@example.com"),
            sign_up("  spaces@example.com  "),
        ],
    ),
    Conversation(
        "password, in cookies",
        [sign_up("pw.c@example.com", "a/cookie"), me(by="a"), post("/signout", by="a")],
    ),
    *[
        Conversation(
            f"password, FDI {version}",
            [
                sign_up(f"pw{number}@example.com", "a", headers={"fdi-version": version}),
                sign_in(f"pw{number}@example.com", "b", headers={"fdi-version": version}),
            ],
        )
        for number, version in enumerate(VERSIONS)
    ],
    Conversation(
        "forms filled in badly",
        [*[post("/signup", body) for body in FORMS], *[post("/signin", body) for body in FORMS]],
    ),
    Conversation(
        "password, wrong paths",
        [
            get("/signup"),
            get("/signin"),
            post("/nowhere/signup", form(email="a@example.com", password=PASSWORD)),
            post("/nowhere/signin", form(email="a@example.com", password=PASSWORD)),
            post("/unknown", {}),
            get("/unknown"),
            get("/emailpassword/email/exists"),
            get("/emailpassword/email/exists?email=junk"),
            get("/emailpassword/email/exists?email=nobody@example.com"),
            sign_up("there@example.com"),
            get("/emailpassword/email/exists?email=there@example.com"),
            get("/emailpassword/email/exists?email=THERE@example.com"),
            get("/signup/email/exists?email=there@example.com"),
            get("/signup/email/exists?email=there@example.com", headers={"rid": "emailpassword"}),
            get("/signup/email/exists?email=there@example.com", headers={"rid": "thirdpartyemailpassword"}),
        ],
    ),
    Conversation(
        "password forgotten",
        [
            sign_up("forgot@example.com", "a"),
            post(RESET_TOKEN, form(email="forgot@example.com"), keep={}),
            post(
                RESET,
                {"method": "token", "token": "<token>", "formFields": [{"id": "password", "value": "short"}]},
            ),
            post(
                RESET,
                {
                    "method": "token",
                    "token": "<token>",
                    "formFields": [{"id": "password", "value": "new horse 22"}],
                },
            ),
            post(
                RESET,
                {
                    "method": "token",
                    "token": "<token>",
                    "formFields": [{"id": "password", "value": "new horse 22"}],
                },
            ),
            sign_in("forgot@example.com"),
            sign_in("forgot@example.com", "b", "new horse 22"),
            post("/session/refresh", by="a"),
            post(RESET_TOKEN, form(email="nobody@example.com")),
            post(RESET_TOKEN, form(email="junk")),
            post(RESET_TOKEN, {}),
            post(RESET_TOKEN, {"formFields": []}),
            post(RESET, {}),
            post(
                RESET, {"method": "token", "token": 1, "formFields": [{"id": "password", "value": PASSWORD}]}
            ),
            post(RESET, {"method": "token", "formFields": [{"id": "password", "value": PASSWORD}]}),
            post(RESET, {"token": "x", "formFields": [{"id": "password", "value": PASSWORD}]}),
            post(RESET, {"method": "token", "token": "x", "formFields": []}),
            post(RESET, {"method": "token", "token": "x"}),
        ],
    ),
    Conversation(
        "address verified",
        [
            sign_up("verify@example.com", "a"),
            get(VERIFY, by="a"),
            post(VERIFY_TOKEN, by="a"),
            post(VERIFY, {"method": "token", "token": "<token>"}, by="a"),
            get(VERIFY, by="a"),
            post(VERIFY_TOKEN, by="a"),
            post(VERIFY, {"method": "token", "token": "<token>"}),
            post(VERIFY, {}),
            post(VERIFY, "{"),
            post(VERIFY, {"method": "token"}),
            post(VERIFY, {"method": "link", "token": "x"}),
            post(VERIFY, {"method": "token", "token": 1}),
            post(VERIFY, {"method": "token", "token": "x"}),
            post(VERIFY_TOKEN),
            get(VERIFY),
        ],
    ),
    Conversation(
        "address verified by somebody else",
        [
            sign_up("verify.me@example.com", "a"),
            post(VERIFY_TOKEN, by="a"),
            post(VERIFY, {"method": "token", "token": "<token>"}),
            me(by="a"),
            get(VERIFY, by="a"),
            post("/session/refresh", by="a"),
        ],
    ),
    Conversation(
        "unverified people are kept out",
        [
            sign_up("out@example.com", "a"),
            me(by="a"),
            me("POST", by="a"),
            get(VERIFY, by="a"),
            post(VERIFY_TOKEN, by="a"),
            post(VERIFY, {"method": "token", "token": "<token>"}, by="a"),
            me(by="a"),
            post("/signout", by="a"),
            sign_in("out@example.com", "a"),
            me(by="a"),
            sign_up("out.c@example.com", "b/cookie"),
            me(by="b"),
            post("/signout", by="b"),
            *passwordless.sign_in("code.out@example.com", "c"),
            me(by="c"),
            get(VERIFY, by="c"),
        ],
        "verified",
    ),
    Conversation(
        "no verification",
        [sign_up("off@example.com", "a"), me(by="a"), get(VERIFY, by="a"), post(VERIFY_TOKEN, by="a")],
        "unverified",
    ),
    Conversation(
        "roles",
        [
            core("PUT", "/recipe/role", {"role": "admin", "permissions": ["read", "write"]}),
            sign_up("roles@example.com", "a", keep={"id": "user.id"}),
            core("PUT", "/recipe/user/role", {"userId": "<id>", "role": "admin"}),
            sign_in("roles@example.com", "b"),
            me(by="b"),
            post("/session/refresh", by="a"),
        ],
    ),
]
