"""Users of other systems, brought along with the hashes of their passwords, on every engine."""

from typing import Any

import pytest

from tests.core import Core
from tests.crypto.test_password import FIREBASE, KNOWN, SIGNER_KEY
from tests.functions.cdi.tenants import make_tenants, say
from tests.functions.cdi.test_emailpassword import can_sign_in, last_active, link, make_primary, sign_up
from tests.houses import Home

IMPORT = "/recipe/user/passwordhash/import"
BCRYPT = "$2a$05$vTNtOWhKVVLxCQDePmmsa.Loz9RuwwWajZtkchIVLIu4/.ncSTwfq"
NO_KEY = "'firebase_password_hashing_signer_key' cannot be null"


@pytest.fixture
def core(home: Home) -> Core:
    """A core that does not spend time on passwords, and knows the key of a Firebase project."""
    return Core(home.with_settings(BCRYPT_LOG_ROUNDS="4", FIREBASE_PASSWORD_HASHING_SIGNER_KEY=SIGNER_KEY))


@pytest.mark.parametrize(("password", "stored"), KNOWN)
def test_imported_user_signs_in(core: Core, password: str, stored: str) -> None:
    answer = core.post(IMPORT, email=" Ada@example.com", passwordHash=f" {stored}\n")

    assert answer["didUserAlreadyExist"] is False
    assert answer.keys() == {"status", "user", "didUserAlreadyExist"}
    assert answer["user"]["emails"] == ["ada@example.com"]
    assert can_sign_in(core, "ada@example.com", password)
    assert not can_sign_in(core, "ada@example.com", f"{password}x")


@pytest.mark.parametrize(
    ("algorithm", "stored"),
    [
        ("bcrypt", BCRYPT),
        (" BCrypt ", BCRYPT),
        ("ARGON2", "$argon2id$x"),
        ("firebase_scrypt", FIREBASE),
        ("bcrypt", "$2ywhatever"),
    ],
)
def test_algorithm_may_be_named(core: Core, algorithm: str, stored: str) -> None:
    body = {"email": "ada@example.com", "passwordHash": stored, "hashingAlgorithm": algorithm}
    assert core.post(IMPORT, **body)["status"] == "OK"


def test_hash_of_an_existing_user_is_overwritten(core: Core) -> None:
    user_id = sign_up(core, "ada@example.com")
    signed_in = core.post("/recipe/signin", email="ada@example.com", password="pw")

    answer = core.post(IMPORT, email="ADA@example.com", passwordHash=BCRYPT)
    assert answer == {"status": "OK", "user": signed_in["user"], "didUserAlreadyExist": True}
    assert can_sign_in(core, "ada@example.com", "testPass123")
    assert not can_sign_in(core, "ada@example.com", "pw")
    core.post("/recipe/userid/map", superTokensUserId=user_id, externalUserId="ada-1")
    again = core.post(IMPORT, email="ada@example.com", passwordHash=BCRYPT)
    assert again["user"]["id"] == "ada-1"


def test_linked_user_is_shown_whole_and_changed_alone(core: Core) -> None:
    primary, other = sign_up(core, "ada@example.com"), sign_up(core, "b@example.com")
    make_primary(core, primary)
    link(core, other, primary)

    answer = core.post(IMPORT, email="b@example.com", passwordHash=BCRYPT)
    assert (answer["user"]["id"], len(answer["user"]["loginMethods"])) == (primary, 2)
    assert can_sign_in(core, "b@example.com", "testPass123")
    assert can_sign_in(core, "ada@example.com", "pw")
    flat = say(core, "POST", IMPORT, version="3.0", email="b@example.com", passwordHash=BCRYPT)
    assert (flat["user"]["id"], flat["user"]["email"]) == (other, "b@example.com")


def test_import_is_into_one_tenant(core: Core) -> None:
    make_tenants(core, "t1")
    sign_up(core, "ada@example.com")

    assert core.post(f"/t1{IMPORT}", email="ada@example.com", passwordHash=BCRYPT)["didUserAlreadyExist"] is (
        False
    )
    assert can_sign_in(core, "ada@example.com", "testPass123", "/t1")
    assert can_sign_in(core, "ada@example.com", "pw")


def test_imported_user_is_neither_active_nor_verified(core: Core, home: Home) -> None:
    answer = core.post(IMPORT, email="x@stfakeemail.supertokens.com", passwordHash=BCRYPT)

    assert answer["user"]["loginMethods"][0]["verified"] is False
    assert last_active(home, answer["user"]["id"]) is None


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "Field name 'email' is invalid in JSON input"),
        ({"passwordHash": "x"}, "Field name 'email' is invalid in JSON input"),
        ({"email": "a"}, "Field name 'passwordHash' is invalid in JSON input"),
        ({"email": "a", "passwordHash": None}, "Field name 'passwordHash' is invalid in JSON input"),
        ({"email": "a", "passwordHash": " "}, "Password hash cannot be an empty string"),
        ({"email": "a", "passwordHash": "x"}, "Password hash is in invalid format"),
        (
            {"email": "a", "passwordHash": "$2a" + "x" * 254},
            "Field name 'passwordHash' must not be longer than 256 characters",
        ),
        (
            {"email": "x" * 257, "passwordHash": BCRYPT},
            "Field name 'email' must not be longer than 256 characters",
        ),
        (
            {"email": "a", "passwordHash": "x", "hashingAlgorithm": " "},
            "Hashing Algorithm cannot be an empty string",
        ),
        (
            {"email": "a", "passwordHash": "x", "hashingAlgorithm": None},
            "Field name 'hashingAlgorithm' is invalid in JSON input",
        ),
        (
            {"email": "a", "passwordHash": "x", "hashingAlgorithm": "md5"},
            "Unsupported password hashing algorithm",
        ),
        (
            {"email": "a", "passwordHash": "$argon2id$x", "hashingAlgorithm": "bcrypt"},
            "Password hash is in invalid BCrypt format",
        ),
        (
            {"email": "a", "passwordHash": BCRYPT, "hashingAlgorithm": "argon2"},
            "Password hash is in invalid Argon2 format",
        ),
        (
            {"email": "a", "passwordHash": "$f_scrypt$x", "hashingAlgorithm": "firebase_scrypt"},
            "Password hash is in invalid Firebase SCrypt format",
        ),
    ],
)
def test_bad_input_is_named(core: Core, body: dict[str, Any], told: str) -> None:
    assert core.refusal("POST", IMPORT, body) == (400, told)


def test_hash_from_firebase_needs_the_projects_key(home: Home, core: Core) -> None:
    keyless = Core(home.with_settings(BCRYPT_LOG_ROUNDS="4"))
    body = {"email": "ada@example.com", "passwordHash": FIREBASE}
    for named in ({}, {"hashingAlgorithm": "firebase_scrypt"}):
        assert keyless.refusal("POST", IMPORT, {**body, **named}) == (400, NO_KEY)
    assert keyless.refusal("POST", IMPORT, {**body, "hashingAlgorithm": "bcrypt"}) == (
        400,
        "Password hash is in invalid BCrypt format",
    )

    core.post(IMPORT, **body)
    credentials = {"email": "ada@example.com", "password": "testPass123"}
    status, told = keyless.refusal("POST", "/recipe/signin", credentials)
    assert status == 500
    assert SIGNER_KEY not in told
    other = Core(home.with_settings(FIREBASE_PASSWORD_HASHING_SIGNER_KEY="invalidSignerkey"))
    assert not can_sign_in(other, "ada@example.com", "testPass123")
