"""Conversations about second factors."""

from tests.wire.frontend.said import passwordless
from tests.wire.frontend.said.emailpassword import VERIFY as VERIFY_ADDRESS
from tests.wire.frontend.said.emailpassword import VERIFY_TOKEN, sign_in, sign_up
from tests.wire.frontend.said.passwordless import CONSUME, CREATE, DEVICE, WITH_CODE, WITH_LINK
from tests.wire.frontend.steps import Conversation, core, get, me, post, put

DEVICE_PATH, LIST, REMOVE = "/totp/device", "/totp/device/list", "/totp/device/remove"
VERIFY_DEVICE, VERIFY = "/totp/device/verify", "/totp/verify"
TRY = {"shouldTryLinkingWithSessionUser": True}

CONVERSATIONS = [
    Conversation(
        "an authenticator app",
        [
            sign_up("totp@example.com", "a"),
            put("/mfa/info", by="a"),
            get(LIST, by="a"),
            post(DEVICE_PATH, {}, by="a", keep={"secret": "secret", "device": "deviceName"}),
            get(LIST, by="a"),
            post(VERIFY, {"totp": "<totp:secret>"}, by="a"),
            post(VERIFY_DEVICE, {"deviceName": "<device>", "totp": "000000x"}, by="a"),
            post(VERIFY_DEVICE, {"deviceName": "unknown", "totp": "<totp:secret>"}, by="a"),
            post(VERIFY_DEVICE, {"deviceName": "<device>", "totp": "<totp:secret>"}, by="a"),
            post(VERIFY_DEVICE, {"deviceName": "<device>", "totp": "<totp:secret>"}, by="a"),
            put("/mfa/info", by="a"),
            me(by="a"),
            sign_in("totp@example.com", "b"),
            put("/mfa/info", by="b"),
            me(by="b"),
            get(LIST, by="b"),
            post(DEVICE_PATH, {"deviceName": "second"}, by="b"),
            post(VERIFY, {"totp": "junk"}, by="b"),
            post(VERIFY, {"totp": "<totp+1:secret>"}, by="b"),
            put("/mfa/info", by="b"),
            me(by="b"),
            post(DEVICE_PATH, {"deviceName": "second"}, by="b"),
            post(DEVICE_PATH, {"deviceName": "second"}, by="b"),
            post(DEVICE_PATH, {"deviceName": "<device>"}, by="b"),
            get(LIST, by="b"),
            post(REMOVE, {"deviceName": "second"}, by="b"),
            post(REMOVE, {"deviceName": "second"}, by="b"),
            post(REMOVE, {"deviceName": "<device>"}, by="b"),
            put("/mfa/info", by="b"),
            post("/session/refresh", by="b"),
        ],
        "second factors",
    ),
    Conversation(
        "authenticator apps, asked badly",
        [
            sign_up("totp.bad@example.com", "a"),
            *[
                post(DEVICE_PATH, body, by="a")
                for body in ("{", {"deviceName": 1}, {"deviceName": None}, {"deviceName": ""})
            ],
            *[post(VERIFY, body, by="a") for body in ("{", {}, {"totp": 1}, {"totp": None}, {"totp": "x"})],
            *[
                post(VERIFY_DEVICE, body, by="a")
                for body in (
                    {},
                    {"deviceName": "x"},
                    {"totp": "x"},
                    {"deviceName": 1, "totp": "x"},
                    {"deviceName": "x", "totp": 1},
                )
            ],
            *[post(REMOVE, body, by="a") for body in ({}, {"deviceName": 1}, {"deviceName": "nothing"})],
            *[post(path, {}) for path in (DEVICE_PATH, REMOVE, VERIFY_DEVICE, VERIFY)],
            get(LIST),
            put("/mfa/info"),
            get("/mfa/info"),
        ],
        "second factors",
    ),
    Conversation(
        "a tenant that asks for a second factor",
        [
            core(
                "PUT",
                "/recipe/multitenancy/tenant/v2",
                {
                    "tenantId": "safe",
                    "firstFactors": ["emailpassword"],
                    "requiredSecondaryFactors": ["otp-email"],
                },
            ),
            get("/safe/loginmethods"),
            post(
                "/safe/signup",
                {
                    "formFields": [
                        {"id": "email", "value": "safe@example.com"},
                        {"id": "password", "value": "correct horse 1"},
                    ]
                },
                by="a",
            ),
            me(by="a"),
            put("/safe/mfa/info", by="a"),
            post(
                f"/safe{CREATE}",
                {"email": "safe@example.com", "shouldTryLinkingWithSessionUser": True},
                by="a",
                keep=DEVICE,
            ),
            post(f"/safe{CONSUME}", {**WITH_CODE, "shouldTryLinkingWithSessionUser": True}, by="a"),
            put("/safe/mfa/info", by="a"),
            me(by="a"),
            post(f"/safe{CREATE}", {"email": "safe@example.com"}),
            post(
                "/safe/signin",
                {
                    "formFields": [
                        {"id": "email", "value": "safe@example.com"},
                        {"id": "password", "value": "correct horse 1"},
                    ]
                },
                by="b",
            ),
            put("/safe/mfa/info", by="b"),
            post("/safe/totp/device", {}, by="b"),
        ],
        "second factors",
    ),
    Conversation(
        "a telephone as second factor",
        [
            sign_up("phone@example.com", "a"),
            post(CREATE, {"phoneNumber": "+4915123456701", **TRY}, by="a"),
            post(VERIFY_TOKEN, by="a"),
            post(VERIFY_ADDRESS, {"method": "token", "token": "<token>"}, by="a"),
            post(CREATE, {"phoneNumber": "+4915123456701", **TRY}, by="a", keep=DEVICE),
            post(CONSUME, {**WITH_CODE, "userInputCode": "wrong", **TRY}, by="a"),
            post(CONSUME, {**WITH_CODE, **TRY}, by="a"),
            put("/mfa/info", by="a"),
            me(by="a"),
            sign_in("phone@example.com", "b"),
            put("/mfa/info", by="b"),
            post(CREATE, {"phoneNumber": "+4915123456701", **TRY}, by="b", keep=DEVICE),
            post(CONSUME, {**WITH_CODE, **TRY}, by="b"),
            put("/mfa/info", by="b"),
            post(CREATE, {"phoneNumber": "+4915123456702", **TRY}, by="b", keep=DEVICE),
            post(CONSUME, {**WITH_CODE, **TRY}, by="b"),
            post(CREATE, {"email": "other.phone@example.com", **TRY}, by="b", keep=DEVICE),
            post(CONSUME, {**WITH_CODE, **TRY}, by="b"),
            post("/session/refresh", by="b"),
        ],
        "second factors",
    ),
    Conversation(
        "an authenticator app that everybody needs",
        [
            get("/loginmethods"),
            sign_up("everybody@example.com", "a"),
            me(by="a"),
            me("POST", by="a"),
            put("/mfa/info", by="a"),
            post(CREATE, {"phoneNumber": "+4915123456703", **TRY}, by="a"),
            post(VERIFY_TOKEN, by="a"),
            post(DEVICE_PATH, {"deviceName": "mine"}, by="a", keep={"secret": "secret"}),
            post(VERIFY_DEVICE, {"deviceName": "mine", "totp": "<totp:secret>"}, by="a"),
            put("/mfa/info", by="a"),
            me(by="a"),
            sign_in("everybody@example.com", "b/cookie"),
            me(by="b"),
            put("/mfa/info", by="b"),
            post(DEVICE_PATH, {}, by="b"),
            post(REMOVE, {"deviceName": "mine"}, by="b"),
            post(VERIFY, {"totp": "<totp+1:secret>"}, by="b"),
            me(by="b"),
            post("/signout", by="b"),
            post(CREATE, {"phoneNumber": "+4915123456704"}),
            *passwordless.sign_in("everybody.too@example.com", "c"),
            me(by="c"),
            put("/mfa/info", by="c"),
            post(CREATE, {"email": "links@example.com"}, keep=DEVICE),
            post(CONSUME, WITH_LINK),
        ],
        "an app for everybody",
    ),
]
