"""Conversations about several ways to sign in that belong to one user."""

from tests.wire.frontend.said import emailpassword, passwordless, thirdparty
from tests.wire.frontend.said.emailpassword import VERIFY, VERIFY_TOKEN
from tests.wire.frontend.said.passwordless import CONSUME, CREATE, DEVICE, WITH_CODE
from tests.wire.frontend.steps import Conversation, form, me, post

TRY = {"shouldTryLinkingWithSessionUser": True}
LATER = {"shouldTryLinkingWithSessionUser": False}


def _ways(deployment: str) -> list[Conversation]:
    """The same conversations wherever accounts may be linked."""
    return [
        Conversation(
            f"password first, then a code ({deployment})",
            [
                thirdparty.SET_UP,
                emailpassword.sign_up("first@example.com", "a"),
                post(CREATE, {"email": "first@example.com"}, keep=DEVICE),
                post(CONSUME, WITH_CODE, by="b"),
                emailpassword.sign_in("first@example.com", "c"),
                post(VERIFY_TOKEN, by="a"),
                post(VERIFY, {"method": "token", "token": "<token>"}, by="a"),
                emailpassword.sign_in("first@example.com", "c"),
                thirdparty.sign_in("first~first@example.com~verified", "d"),
                post("/session/refresh", by="a"),
            ],
            deployment,
        ),
        Conversation(
            f"code first, then a password ({deployment})",
            [
                *passwordless.sign_in("second@example.com", "a"),
                emailpassword.sign_up("second@example.com", "b"),
                emailpassword.sign_in("second@example.com", "b"),
                thirdparty.sign_in("second~second@example.com~no", "c"),
                thirdparty.sign_in("second~second@example.com~verified", "c"),
                post("/user/password/reset/token", form(email="second@example.com")),
            ],
            deployment,
        ),
        Conversation(
            f"linked with a session ({deployment})",
            [
                *passwordless.sign_in("third@example.com", "a"),
                post(CREATE, {"phoneNumber": "+4915123456781", **TRY}, by="a", keep=DEVICE),
                post(CONSUME, {**WITH_CODE, **TRY}, by="a"),
                me(by="a"),
                post(CREATE, {"phoneNumber": "+4915123456781", **LATER}, keep=DEVICE),
                post(CONSUME, {**WITH_CODE, **LATER}, by="b"),
                post(
                    "/signup", {**form(email="third@example.com", password="correct horse 1"), **TRY}, by="a"
                ),
                post(
                    "/signin", {**form(email="third@example.com", password="correct horse 1"), **TRY}, by="a"
                ),
                post(
                    "/signup",
                    {**form(email="third.too@example.com", password="correct horse 1"), **TRY},
                    by="a",
                ),
                post(
                    "/signinup", {**thirdparty.coming_back("third~third@example.com~verified"), **TRY}, by="a"
                ),
                post(CREATE, {"email": "third.more@example.com", **TRY}),
                post("/signup", {**form(email="nobody3@example.com", password="correct horse 1"), **TRY}),
                post("/signin", {**form(email="nobody3@example.com", password="correct horse 1"), **TRY}),
                post("/signinup", {**thirdparty.coming_back("x~x@example.com~verified"), **TRY}),
            ],
            deployment,
        ),
        Conversation(
            f"older frontends with a session ({deployment})",
            [
                *passwordless.sign_in("fourth@example.com", "a", headers={"fdi-version": "3.0"}),
                post(
                    CREATE,
                    {"email": "fifth@example.com"},
                    by="a",
                    keep=DEVICE,
                    headers={"fdi-version": "3.0"},
                ),
                post(CONSUME, WITH_CODE, by="a", headers={"fdi-version": "3.0"}),
                post(
                    "/signup",
                    form(email="fourth@example.com", password="correct horse 1"),
                    by="a",
                    headers={"fdi-version": "3.0"},
                ),
            ],
            deployment,
        ),
    ]


CONVERSATIONS = [*_ways("linking"), *_ways("linking any"), *_ways("plain")[2:]]
