"""Whatever is sent to whichever operation, it is answered, and never by a failure of ours; on every engine."""

import json
import random
from urllib.parse import urlencode

import pytest

from functions.cdi.handler import dispatcher
from functions.cdi.operations import Operation
from tests.core import Core
from tests.houses import Home

SENSIBLE: dict[str, object] = {
    "userId": "u1", "email": "ada@example.com", "password": "correct horse 9", "role": "admin", "permissions": ["read"],
    "permission": "read", "metadataUpdate": {"a": 1}, "deviceName": "phone", "skew": 1, "period": 30, "totp": "123456",
    "secretKey": "JBSWY3DPEHPK3PXP", "existingDeviceName": "phone", "newDeviceName": "x", "userIds": ["u1"],
    "thirdPartyId": "google", "thirdPartyUserId": "g1", "recipeUserId": "u1", "primaryUserId": "u1", "tenantId": "t1",
    "appId": "a1", "connectionUriDomain": "x.example.com", "coreConfig": {}, "firstFactors": None, "config": {},
    "superTokensUserId": "u1", "externalUserId": "e1", "externalUserIdInfo": None, "userIdType": "ANY", "force": False,
    "token": "t", "method": "token", "newPassword": "x", "passwordHash": "$2a$04$x", "hashingAlgorithm": "bcrypt",
    "enableAntiCsrf": False, "doAntiCsrfCheck": False, "checkDatabase": False, "userDataInJWT": {},
    "userDataInDatabase": {}, "sessionHandle": "h",
    "refreshToken": "r", "accessToken": "a", "sessionHandles": ["h"], "antiCsrfToken": "c",
    "algorithm": "RS256", "jwksDomain": "https://x", "payload": {}, "validity": 100, "useStaticSigningKey": False,
    "phoneNumber": "+491701234567", "deviceId": "d", "preAuthSessionId": "p", "linkCode": "l", "userInputCode": "1",
    "codeId": "c", "sessionId": "s", "newEmail": "b@example.com", "pid": "1", "licenseKey": "x", "limit": 10,
    "paginationToken": "x", "timeJoinedOrder": "ASC", "includeRecipeIds": "emailpassword", "since": 0, "phone": "+49",
    "provider": "google", "doUnionOfAccountInfo": True, "includeAllTenants": True, "skipValidation": False,
    "useDynamicSigningKey": True, "fetchAcrossAllTenants": True, "revokeAcrossAllTenants": True,
}  # fmt: skip

JUNK: list[object] = [
    None, True, 0, -1, 1.5, 2**31, 2**63, 10**40, -1e308, "", " ", "x" * 1_000, "a\x00b", "\ud800", "ünï 📱' % ; --",
    [], [[]], [None], ["x", "x"], {}, {"a": None}, {"id": "a@b.c", "isVerified": True}, {"a": {"b": [1, {"c": "d"}]}},
]  # fmt: skip


@pytest.fixture
def quick(home: Home) -> Core:
    """A core that does not spend time on passwords."""
    return Core(home.with_settings(BCRYPT_LOG_ROUNDS="4"))


def bodies(chance: random.Random) -> list[dict[str, object]]:
    """Return bodies that are all junk, and some that are sensible but for a few members."""
    spoiled = [
        {name: chance.choice(JUNK) if chance.random() < share else value for name, value in SENSIBLE.items()}
        for share in (0.0, 0.03, 0.1, 0.1, 0.3)
    ]
    sparse = [{name: value for name, value in body.items() if chance.random() < 0.5} for body in spoiled]
    return [*(dict.fromkeys(SENSIBLE, junk) for junk in JUNK), *spoiled, *sparse]


@pytest.mark.parametrize(
    "operation", dispatcher.routes.operations, ids=lambda item: f"{item.method} {item.path} {item.recipe}"
)
def test_junk_is_answered(quick: Core, operation: Operation) -> None:
    chance = random.Random(f"{operation.method} {operation.path}")
    for body in bodies(chance):
        version = chance.choice(["3.0", "4.0", "5.0", "5.4"])
        headers = {"rid": operation.recipe, "cdi-version": version}
        query = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
        is_query = operation.method in {"GET", "DELETE"}
        target = f"{operation.path}?{urlencode(query, errors='replace')}" if is_query else operation.path
        content = None if is_query else json.dumps(body).encode()
        answer = quick.call(operation.method, target, body=content, headers=headers)

        assert answer.status in {200, 400, 401, 403, 404}, (target, content, answer.text)
