"""Passwords verify against what a SuperTokens core and other systems have stored, and hashes are like the core's."""

import re

import pytest

from gatehouse.crypto.firebase_scrypt import FirebaseHash, parse_firebase_hash
from gatehouse.crypto.one_time_token import make_one_time_token, token_hash
from gatehouse.crypto.password import (
    HashingCosts,
    SignerKeyMissing,
    hash_format,
    hash_password,
    verify_password,
)
from tests.wire.java_core.manifest import read_dump, read_manifest

QUICK = HashingCosts(bcrypt_log_rounds=4)
SIGNER_KEY = "gRhC3eDeQOdyEn4bMd9c6kxguWVmcIVq/SKa0JDPFeM6TcEevkaW56sIWfx88OHbJKnCXdWscZx0l2WbCJ1wbg=="
FIREBASE = (
    "$f_scrypt$qZM035es5AXYqavsKD6/rhtxg7t5PhcyRgv5blc3doYbChX8keMfQLq1ra96O2Pf2TP/eZrR5xtPCYN6mX3ESA=="
    "$/cj0jC1br5o4+w==$m=14$r=8$s=Bw=="
)
KNOWN = [
    ("testPass123", "$2a$10$GzEm3vKoAqnJCTWesRARCe/ovjt/07qjvcH9jbLUg44Fn77gMZkmm"),
    ("testPass123", "$2a$05$vTNtOWhKVVLxCQDePmmsa.Loz9RuwwWajZtkchIVLIu4/.ncSTwfq"),
    ("testPass123", "$2b$10$Tix3Vpu93kiaZRLPPzD6QOIm62x0l5gRdvlyark5S.MLn/NY6t4gS"),
    ("testPass123", "$2x$05$vTNtOWhKVVLxCQDePmmsa.Loz9RuwwWajZtkchIVLIu4/.ncSTwfq"),
    ("testPass123", "$2y$10$lib5x4nbosKuK31FI8gG1OPVi/EuVHRVM7qmg1EiGADYYcIxTMJfa"),
    ("testPass123", "$argon2id$v=19$m=16,t=2,p=1$VG1Oa1lMbzZLbzk5azQ2Qg$kjcNNtZ/b0t/8HgXUiQ76A"),
    ("testing123", "$argon2id$v=19$m=16,t=2,p=1$alJQU1VpOG9VWXlqV0dlYw$Z/a978a9nPSlmwIFb5Mrjw"),
    ("testing123", "$argon2i$v=19$m=16,t=2,p=1$alJQU1VpOG9VWXlqV0dlYw$mThT4E5LULSyn/XhCZc9Hw"),
    ("testing123", "$argon2d$v=19$m=16,t=2,p=1$alJQU1VpOG9VWXlqV0dlYw$Ktlqf9xi1Toyx1XcbCwVUQ"),
    ("testPass123", FIREBASE),
    (
        "testPass123",
        "$f_scrypt$9Y8ICWcqbzmI42DxV1jpyEjbrJPG8EQ6nI6oC32JYz+/dd7aEjI/R7jG9P5kYh8v9gyqFKaXMDzMg7eLCypbOA=="
        "$/cj0jC1br5o4+w==$m=14$r=9$s=Bw==",
    ),
    (
        "testPass123",
        "$f_scrypt$LalFtzCxLIl14+ol6e/3cjHoa2B73ULiMN+Mjm+nJJEfQqtsXPpDX1VU4s9XyiuwGrQ5RN69PWL5DrHuNUH+RA=="
        "$/cj0jC1br5o4+w==$m=15$r=8$s=Bw==",
    ),
]
"""What SuperTokens' own tests import, with the passwords."""

MALFORMED = [
    "",
    "x",
    "$",
    "$2a",
    "$2a$10$",
    "$2a$99$" + "a" * 53,
    "$2a$00$" + "a" * 53,
    "$2a$\u0661\u0660$" + "a" * 53,
    "$2a$10$" + "a" * 54,
    "$2c$10$" + "a" * 53,
    "$argon2id",
    "$argon2id$",
    "$argon2idé$v=19$m=16,t=2,p=1$VG1Oa1lMbzZLbzk5azQ2Qg$kjcNNtZ/b0t/8HgXUiQ76A",
    "$argon2id$v=19$m=0,t=0,p=0$VG1Oa1lMbzZLbzk5azQ2Qg$kjcNNtZ/b0t/8HgXUiQ76A",
    "$argon2id$v=19$m=16,t=2,p=1$!$!",
    "$f_scrypt$",
    "$f_scrypt$a$b$m=14$r=8",
    "$f_scrypt$a$b$m=x$r=8$s=c",
    "$f_scrypt$a$b$m=999999999$r=8$s=c",
    "$f_scrypt$a$b$m=20$r=999999999$s=c",
    "$f_scrypt$a$b$m=0$r=0$s=c",
    "$f_scrypt$é$é$m=4$r=8$s=é",
    "$f_scrypt$$$m=4$r=8$s=c",
]


def stored_by_core() -> list[tuple[str, str]]:
    """Return the passwords of a core's users with what the core has stored."""
    row = re.compile(
        r"INSERT INTO `emailpassword_users` .* VALUES \('[^']*','([^']*)','[^']*','([^']*)',\d+\)"
    )
    found = [match for line in read_dump("mariadb") if (match := row.search(line))]
    hashes: dict[str, str] = {match[1]: match[2] for match in found}
    users = [user for user in read_manifest("mariadb").about["users"] if user.get("password")]
    ids = [user.get("superTokensUserId", user["recipeUserId"]) for user in users]
    return [
        (user["password"], hashes[user_id])
        for user, user_id in zip(users, ids, strict=True)
        if user_id in hashes
    ]


def test_every_password_of_a_core_verifies() -> None:
    pairs = stored_by_core()

    assert len(pairs) >= 15
    for password, stored in pairs:
        assert verify_password(password, stored, firebase_signer_key=None)
        assert not verify_password(f"{password}x", stored, firebase_signer_key=None)


@pytest.mark.parametrize(("password", "stored"), KNOWN)
def test_known_hash_verifies(password: str, stored: str) -> None:
    assert verify_password(password, stored, firebase_signer_key=SIGNER_KEY)
    assert not verify_password(f"{password}4", stored, firebase_signer_key=SIGNER_KEY)
    assert hash_format(stored) is not None


@pytest.mark.parametrize("stored", MALFORMED)
@pytest.mark.parametrize("signer_key", [SIGNER_KEY, "", "é", "!"])
def test_nothing_verifies_against_a_malformed_hash(stored: str, signer_key: str) -> None:
    for password in ("", "x", "x\x00y", "\ud800", "é" * 200):
        assert not verify_password(password, stored, firebase_signer_key=signer_key)


def test_hash_from_firebase_needs_the_right_signer_key() -> None:
    assert not verify_password("testPass123", FIREBASE, firebase_signer_key="invalidSignerkey")
    with pytest.raises(SignerKeyMissing):
        verify_password("testPass123", FIREBASE, firebase_signer_key=None)


def test_hash_from_firebase_may_be_url_safe_and_in_any_order() -> None:
    _, _, hashed, salt, *_ = FIREBASE.split("$")
    url_safe = hashed.replace("+", "-").replace("/", "_").rstrip("=")
    turned = f"$f_scrypt${url_safe}${salt}$s=Bw$r=8$m=14$"

    assert parse_firebase_hash(turned) == FirebaseHash(url_safe, salt, "Bw", 14, 8)
    assert verify_password("testPass123", turned, firebase_signer_key=SIGNER_KEY)


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ("$2a", "BCRYPT"),
        ("$2b$10$x", "BCRYPT"),
        ("$2x", "BCRYPT"),
        ("$2y", "BCRYPT"),
        ("$2c", None),
        ("$argon2id$x", "ARGON2"),
        ("$argon2i", "ARGON2"),
        ("$argon2d", "ARGON2"),
        ("$argon2", None),
        (FIREBASE, "FIREBASE_SCRYPT"),
        ("$f_scrypt$a$b$m=14$r=8$s=c$d=e", None),
        ("f_scrypt$a$b$m=14$r=8$s=c", None),
        ("", None),
    ],
)
def test_format_is_told_by_how_a_hash_begins(stored: str, found: str | None) -> None:
    assert hash_format(stored) == found


def test_bcrypt_hash_is_like_the_cores() -> None:
    stored = hash_password("pass word", QUICK)

    assert re.fullmatch(r"\$2a\$04\$[./A-Za-z0-9]{53}", stored)
    assert verify_password("pass word", stored, firebase_signer_key=None)
    assert hash_password("pass word", QUICK) != stored


def test_bcrypt_reads_72_bytes() -> None:
    stored = hash_password("é" * 36 + "a", QUICK)

    assert verify_password("é" * 36, stored, firebase_signer_key=None)
    assert verify_password("é" * 36 + "b" * 10_000, stored, firebase_signer_key=None)
    assert not verify_password("é" * 35 + "e", stored, firebase_signer_key=None)


@pytest.mark.parametrize(("configured", "used"), [(1, "04"), (5, "05")])
def test_bcrypt_has_at_least_four_rounds(configured: int, used: str) -> None:
    assert hash_password("x", HashingCosts(bcrypt_log_rounds=configured)).startswith(f"$2a${used}$")


def test_argon2_hash_is_like_the_cores() -> None:
    costs = HashingCosts("ARGON2", argon2_memory_kb=64, argon2_parallelism=2, argon2_iterations=3)
    stored = hash_password("é" * 100, costs)

    assert re.fullmatch(r"\$argon2id\$v=19\$m=64,t=3,p=2\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}", stored)
    assert verify_password("é" * 100, stored, firebase_signer_key=None)
    assert not verify_password("é" * 99, stored, firebase_signer_key=None)
    tiny = HashingCosts("ARGON2", argon2_memory_kb=1, argon2_parallelism=4)
    assert "$m=32,t=1,p=4$" in hash_password("x", tiny)


def test_default_costs_are_the_cores() -> None:
    assert HashingCosts() == HashingCosts("BCRYPT", 11, 1, 87_795, 2)


def test_one_time_token_is_long_url_safe_and_new_each_time() -> None:
    tokens = {make_one_time_token() for _ in range(100)}

    assert len(tokens) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{128}", token) for token in tokens)
    known = read_manifest("mariadb").about["password_reset"][0]["token"]
    assert len(known) == 128
    assert any(token_hash(known) in line for line in read_dump("mariadb"))
