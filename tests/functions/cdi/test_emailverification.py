"""Proof of e-mail addresses through the core interface, on every engine."""

import hashlib
import re
from typing import Any

import pytest

from tests.core import Core
from tests.functions.cdi.tenants import make_tenants
from tests.houses import Home
from tests.people import People

CREATE = "/recipe/user/email/verify/token"
VERIFY = "/recipe/user/email/verify"
UNVERIFY = "/recipe/user/email/verify/remove"
REVOKE = "/recipe/user/email/verify/token/remove"
ADA = {"userId": "ada-1", "email": "ada@example.com"}
OK = {"status": "OK"}
INVALID = {"status": "EMAIL_VERIFICATION_INVALID_TOKEN_ERROR"}


@pytest.fixture
def people(home: Home) -> People:
    """Look at the house's database."""
    return People(home.house.database)


def token_of(core: Core, prefix: str = "", **whose: str) -> str:
    """Make a token."""
    answer = core.post(f"{prefix}{CREATE}", **{**ADA, **whose})
    assert answer.keys() == {"status", "token"}
    return str(answer["token"])


def verify(core: Core, token: str, prefix: str = "") -> Any:
    """Use a token."""
    answer = core.call("POST", f"{prefix}{VERIFY}", body=_proof(token))
    assert answer.status == 200
    return answer.json


def _proof(token: str) -> bytes:
    return f'{{"method": "token", "token": "{token}"}}'.encode()


def is_verified(core: Core, prefix: str = "", **whose: str) -> bool:
    """Say whether an address is verified."""
    answer = core.get(f"{prefix}{VERIFY}", **{**ADA, **whose})
    assert answer.keys() == {"status", "isVerified"}
    return bool(answer["isVerified"])


def test_token_proves_an_address_once(core: Core) -> None:
    token = token_of(core, email=" Ada@Example.com ")

    assert re.fullmatch(r"[A-Za-z0-9_-]{128}", token)
    assert not is_verified(core)
    assert verify(core, token) == {"status": "OK", **ADA}
    assert is_verified(core)
    assert verify(core, token) == INVALID
    assert core.post(CREATE, **ADA) == {"status": "EMAIL_ALREADY_VERIFIED_ERROR"}


def test_users_need_not_be_known(core: Core) -> None:
    for user_id in ("", "nobody", "x" * 128, "ünï 📱"):
        assert verify(core, token_of(core, userId=user_id))["userId"] == user_id
        assert is_verified(core, userId=user_id)


def test_only_a_hash_is_stored(core: Core, people: People) -> None:
    token = token_of(core)

    hashed = hashlib.sha256(token.encode()).hexdigest()
    assert people.rows("emailverification_tokens", "tenant_id, user_id, email, token") == [
        ("public", "ada-1", "ada@example.com", hashed)
    ]
    assert verify(core, hashed) == INVALID


def test_one_token_spends_all_for_the_address(core: Core) -> None:
    first, second = token_of(core), token_of(core)
    other, others = token_of(core, email="lovelace@example.com"), token_of(core, userId="bob-1")

    assert verify(core, second)["status"] == "OK"
    assert verify(core, first) == INVALID
    assert verify(core, other) == {"status": "OK", "userId": "ada-1", "email": "lovelace@example.com"}
    assert verify(core, others)["userId"] == "bob-1"


def test_expired_token_spends_all_for_the_address(core: Core, home: Home, people: People) -> None:
    first = token_of(core)
    home.clock.advance(days=0.9)
    second = token_of(core)
    home.clock.advance(days=0.2)

    assert verify(core, first) == INVALID
    assert people.rows("emailverification_tokens", "user_id") == []
    assert verify(core, second) == INVALID
    assert not is_verified(core)


def test_tokens_are_a_tenants_and_proofs_an_apps(core: Core) -> None:
    make_tenants(core, "t1")
    token, other = token_of(core, "/t1"), token_of(core)

    assert verify(core, token) == INVALID
    assert verify(core, token, "/t1")["status"] == "OK"
    assert is_verified(core)
    assert verify(core, other)["status"] == "OK", "verified already, but the token was made before"
    assert core.refusal("GET", f"/t1{VERIFY}?userId=ada-1&email=ada@example.com") == (
        403,
        "Only public tenantId can call this app specific API",
    )
    core.put("/recipe/multitenancy/app/v2", appId="a1")
    assert not is_verified(core, "/appid-a1")


def test_token_works_for_as_long_as_its_tenant_says(core: Core, home: Home) -> None:
    lifetime = {"email_verification_token_lifetime": 60_000}
    core.put("/recipe/multitenancy/tenant/v2", tenantId="t1", coreConfig=lifetime)
    early, late = token_of(core, "/t1"), token_of(core, "/t1", userId="bob-1")
    home.clock.advance(seconds=59)
    assert verify(core, early, "/t1")["status"] == "OK"
    home.clock.advance(seconds=2)

    assert verify(core, late, "/t1") == INVALID


def test_proof_is_taken_back(core: Core) -> None:
    verify(core, token_of(core))
    assert core.post(UNVERIFY, userId="ada-1", email="ADA@example.com ") == OK

    assert not is_verified(core)
    assert core.post(UNVERIFY, **ADA) == OK
    assert verify(core, token_of(core))["status"] == "OK"


def test_tokens_are_taken_back(core: Core) -> None:
    make_tenants(core, "t1")
    gone, stays = token_of(core), token_of(core, "/t1")
    other = token_of(core, email="lovelace@example.com")
    assert core.post(REVOKE, userId="ada-1", email=" ADA@example.com") == OK

    assert verify(core, gone) == INVALID
    assert verify(core, stays, "/t1")["status"] == "OK"
    assert verify(core, other)["status"] == "OK"
    assert core.post(REVOKE, **ADA) == OK


def test_question_is_about_exactly_this_address(core: Core) -> None:
    verify(core, token_of(core))

    assert not is_verified(core, email="ADA@example.com"), "as the core: addresses are not normalised here"
    assert not is_verified(core, userId="ADA-1")
    assert not is_verified(core, userId="x" * 10_000, email="x" * 10_000)


def test_login_methods_show_what_is_verified(core: Core, people: People) -> None:
    user_id = people.emailpassword("ada@example.com")
    people.map(user_id, "ada-1")
    verify(core, token_of(core))

    (method,) = core.get("/user/id", userId="ada-1")["user"]["loginMethods"]
    assert (method["recipeUserId"], method["verified"]) == ("ada-1", True)
    core.post(UNVERIFY, **ADA)
    assert core.get("/user/id", userId="ada-1")["user"]["loginMethods"][0]["verified"] is False


def test_what_is_no_token_is_refused(core: Core) -> None:
    for token in ("", "x", "é" * 1_000, "x" * 10_000):
        assert verify(core, token) == INVALID


@pytest.mark.parametrize("path", [CREATE, UNVERIFY, REVOKE])
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "Field name 'userId' is invalid in JSON input"),
        ({"email": "a"}, "Field name 'userId' is invalid in JSON input"),
        ({"userId": None, "email": "a"}, "Field name 'userId' is invalid in JSON input"),
        ({"userId": "u"}, "Field name 'email' is invalid in JSON input"),
        ({"userId": "u", "email": {}}, "Field name 'email' is invalid in JSON input"),
    ],
)
def test_bad_input_is_named(core: Core, path: str, body: dict[str, Any], told: str) -> None:
    assert core.refusal("POST", path, body) == (400, told)


def test_what_could_not_be_stored_is_named(core: Core) -> None:
    for body, told in (
        ({**ADA, "userId": "x" * 129}, "Field name 'userId' must not be longer than 128 characters"),
        ({**ADA, "email": "x" * 257}, "Field name 'email' must not be longer than 256 characters"),
    ):
        assert core.refusal("POST", CREATE, body) == (400, told)
        assert core.post(REVOKE, **body) == OK


def test_bad_proof_and_question_are_named(core: Core) -> None:
    for body, told in (
        ({"token": "t"}, "Field name 'method' is invalid in JSON input"),
        ({"method": "token"}, "Field name 'token' is invalid in JSON input"),
        ({"method": "link", "token": "t"}, "Unsupported method for email verification"),
    ):
        assert core.refusal("POST", VERIFY, body) == (400, told)
    for query, told in (
        ("", "Field name 'userId' is missing in GET request"),
        ("?userId=u", "Field name 'email' is missing in GET request"),
    ):
        assert core.refusal("GET", f"{VERIFY}{query}") == (400, told)
