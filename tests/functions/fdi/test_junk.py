"""Whatever is sent to whichever operation, with or without a session, is answered, and never by a failure of ours."""

import json
import random
from urllib.parse import urlencode

import pytest

from functions.fdi.handler import dispatcher
from functions.fdi.operations import Operation
from tests.frontend import Frontend
from tests.houses import Home

SENSIBLE: dict[str, object] = {
    "email": "ada@example.com", "phoneNumber": "+491701234567", "deviceId": "d", "preAuthSessionId": "p",
    "linkCode": "l", "userInputCode": "123456", "shouldTryLinkingWithSessionUser": True, "thirdPartyId": "google",
    "clientType": "web",
    "redirectURIInfo": {
        "redirectURIOnProviderDashboard": "http://127.0.0.1:3000/x", "redirectURIQueryParams": {"code": "c"}
    },
    "redirectURIOnProviderDashboard": "http://127.0.0.1:3000/x", "oAuthTokens": {"access_token": "x", "id_token": "y"},
    "state": "eyJ4IjoxfQ==", "code": "c", "token": "t", "method": "token", "deviceName": "phone", "totp": "123456",
    "formFields": [{"id": "email", "value": "ada@example.com"}, {"id": "password", "value": "correct horse 1"}],
}  # fmt: skip

JUNK: list[object] = [
    None, True, 0, -1, 1.5, 2**63, 10**40, "", " ", "x" * 1_000, "x" * 10_001, "a\x00b", "\ud800", "ünï 📱' % ; --",
    "a@b.c", [], [[]], [None], ["x", "x"], {}, {"a": None}, [{"id": "email"}], [{"id": "email", "value": None}],
    [{"id": 1, "value": 1}],
    [{"id": "email", "value": "x" * 1_000}, {"id": "password", "value": "\ud800"}], {"redirectURIQueryParams": []},
]  # fmt: skip

PLAIN = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"1",
    b"\xff\xfe",
    b"[" * 5_000,
    b"email=a%40b.c&formFields=x",
    b'{"a":1e999}',
]


def bodies(chance: random.Random) -> list[dict[str, object]]:
    """Return bodies that are all junk, and some that are sensible but for a few members."""
    spoiled = [
        {name: chance.choice(JUNK) if chance.random() < share else value for name, value in SENSIBLE.items()}
        for share in (0.0, 0.05, 0.1, 0.3)
    ]
    sparse = [{name: value for name, value in body.items() if chance.random() < 0.5} for body in spoiled]
    return [*(dict.fromkeys(SENSIBLE, junk) for junk in JUNK), *spoiled, *sparse]


@pytest.mark.parametrize(
    "operation", dispatcher.routes.operations, ids=lambda item: f"{item.method} {item.path} {item.recipe}"
)
def test_junk_is_answered(sqlite_home: Home, operation: Operation) -> None:
    chance = random.Random(f"{operation.method} {operation.path}")
    house = sqlite_home.with_settings(
        BCRYPT_LOG_ROUNDS="4", MFA="on", ACCOUNT_LINKING="verified", PASSWORDLESS_CONTACT="EMAIL_OR_PHONE"
    )
    visitor, member = Frontend(house), Frontend(house)
    member.open_session()
    tokens = dict(member.tokens)
    for body in [*bodies(chance), *PLAIN]:
        frontend = chance.choice([visitor, member])
        is_query = operation.method == "GET" and isinstance(body, dict)
        target = operation.path
        if isinstance(body, dict):
            query = {
                name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()
            }
            target += f"?{urlencode(query, errors='replace')}"
        sent = {
            "rid": operation.recipe,
            "fdi_version": chance.choice(["1.17", "1.18", "2.0", "3.0", "4.2", "x"]),
        }
        answer = frontend.ask(operation.method, target, None if is_query else body, **sent)

        assert answer.status in {200, 303, 400, 401, 403, 404}, (target, body, answer.text)
        assert answer.status == 303 or isinstance(answer.json, dict)
        member.tokens = dict(tokens)
