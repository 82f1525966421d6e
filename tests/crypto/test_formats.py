"""Tokens, codes and keys have exactly SuperTokens' formats (specs/supertokens.md 3 and 4.1)."""

import base64
import hashlib
import hmac
import json

import jwt
import pytest

from gatehouse.crypto.access_token import KeyUnknown, TokenInvalid, sign_access_token, verify_access_token
from gatehouse.crypto.identifiers import sha256_hex
from gatehouse.crypto.link_token import read_link_token, write_link_token
from gatehouse.crypto.passwordless_code import link_code_hash, make_code
from gatehouse.crypto.session_token import make_session_token, read_session_token
from gatehouse.crypto.signing_key import SigningKey, make_key_value

NOW_MS = 1_795_225_769_000
ISSUER = "https://api.example.com/auth"


@pytest.fixture(scope="module")
def key() -> SigningKey:
    """A signing key."""
    return SigningKey(NOW_MS - 5_000, make_key_value())


def sign(key: SigningKey, **payload: object) -> str:
    """Sign a token that lives for five minutes."""
    return sign_access_token(
        key,
        user_id="primary",
        recipe_user_id="recipe",
        tenant_id="public",
        session_handle="handle",
        refresh_token_hash1="hash",
        issued_at_ms=NOW_MS,
        expires_at_ms=NOW_MS + 300_000,
        payload={"iss": ISSUER, **payload},
    )


def unpadded(text: str) -> bytes:
    """Decode base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_code_hashes_are_those_of_supertokens() -> None:
    code = make_code()
    device, salt = base64.b64decode(code.device_id), base64.b64decode(code.link_code_salt)
    link = hmac.new(device + salt, code.user_input_code.encode(), hashlib.sha256).digest()

    assert (len(code.device_id), len(code.link_code_salt), len(code.user_input_code)) == (44, 44, 6)
    assert code.device_id_hash == base64.urlsafe_b64encode(hashlib.sha256(device).digest()).decode().rstrip(
        "="
    )
    assert unpadded(code.link_code) == link
    assert code.link_code_hash == base64.urlsafe_b64encode(hashlib.sha256(link).digest()).decode()
    assert link_code_hash(code.link_code) == code.link_code_hash


def test_codes_do_not_repeat_and_have_every_digit_in_front() -> None:
    codes = [make_code() for _ in range(300)]

    assert len({code.link_code for code in codes}) == 300
    assert {code.user_input_code[0] for code in codes} == set("0123456789")


@pytest.mark.parametrize("text", ["", "a", "a" * 42, "a" * 44, "=" * 43, "é" * 43, "a" * 42 + "/"])
def test_what_is_no_link_code_has_no_hash(text: str) -> None:
    assert link_code_hash(text) is None


def test_link_token_holds_device_and_code() -> None:
    code = make_code()

    assert read_link_token(write_link_token(code.device_id_hash, code.link_code)) == (
        code.device_id_hash,
        code.link_code,
    )
    assert read_link_token(code.link_code) is None


def test_session_token_is_found_by_handle_and_stored_as_a_hash_of_a_hash() -> None:
    token = make_session_token("6f1ed002-ab59-4d2c-9d5b-1a2b3c4d5e6f")

    again = read_session_token(token.text)
    assert again == token
    assert token.hash2 == sha256_hex(sha256_hex(token.text))
    assert token.matches(token.hash2)
    assert not token.matches(token.hash1)
    assert token.text not in repr(token)
    assert read_session_token(token.text + "x") is None


def test_key_is_stored_as_public_and_private_der(key: SigningKey) -> None:
    public, private = key.value.split("|")

    assert base64.b64decode(public)[:1] == base64.b64decode(private)[:1] == b"\x30"
    assert key.kid == f"d-{key.created_at_ms}"
    old_form = SigningKey(key.created_at_ms, f"{public};{private}")
    assert old_form.jwk == key.jwk
    assert private not in repr(key)


def test_access_token_has_the_claims_of_version_5(key: SigningKey) -> None:
    token = sign(key, email="a@b.c", sub="forged", sessionHandle="forged")
    header, claims, _ = token.split(".")

    assert json.loads(unpadded(header)) == {"kid": key.kid, "typ": "JWT", "version": "5", "alg": "RS256"}
    assert json.loads(unpadded(claims)) == {
        "sub": "primary",
        "rsub": "recipe",
        "tId": "public",
        "iat": NOW_MS // 1000,
        "exp": NOW_MS // 1000 + 300,
        "sessionHandle": "handle",
        "refreshTokenHash1": "hash",
        "parentRefreshTokenHash1": None,
        "antiCsrfToken": None,
        "iss": ISSUER,
        "email": "a@b.c",
    }


def test_access_token_verifies_until_it_expires(key: SigningKey) -> None:
    token = sign(key)

    verified = verify_access_token(token, [key], now_ms=NOW_MS + 299_999, issuer=ISSUER)
    assert (verified.user_id, verified.session_handle, verified.expires_at_ms) == (
        "primary",
        "handle",
        NOW_MS + 300_000,
    )
    with pytest.raises(TokenInvalid):
        verify_access_token(token, [key], now_ms=NOW_MS + 300_000, issuer=ISSUER)


def test_token_of_another_key_issuer_or_algorithm_is_refused(key: SigningKey) -> None:
    other = SigningKey(key.created_at_ms, make_key_value())
    with pytest.raises(TokenInvalid):
        verify_access_token(sign(other), [key], now_ms=NOW_MS, issuer=ISSUER)
    with pytest.raises(TokenInvalid):
        verify_access_token(sign(key), [key], now_ms=NOW_MS, issuer="https://evil.example")
    with pytest.raises(KeyUnknown):
        verify_access_token(sign(key), [], now_ms=NOW_MS, issuer=ISSUER)
    claims = jwt.decode(sign(key), options={"verify_signature": False})
    forged = jwt.encode(claims, "k" * 40, "HS256", headers={"kid": key.kid})
    with pytest.raises(TokenInvalid):
        verify_access_token(forged, [key], now_ms=NOW_MS, issuer=ISSUER)
    unsigned = jwt.encode(claims, "", "none", headers={"kid": key.kid})
    with pytest.raises(TokenInvalid):
        verify_access_token(unsigned, [key], now_ms=NOW_MS, issuer=ISSUER)


@pytest.mark.parametrize(
    "missing", ["sub", "rsub", "tId", "iat", "exp", "sessionHandle", "refreshTokenHash1", "iss"]
)
def test_token_without_a_claim_is_refused(key: SigningKey, missing: str) -> None:
    claims = jwt.decode(sign(key), options={"verify_signature": False})
    del claims[missing]
    token = jwt.encode(claims, key.private_key, "RS256", headers={"kid": key.kid})

    with pytest.raises(TokenInvalid):
        verify_access_token(token, [key], now_ms=NOW_MS, issuer=ISSUER)


@pytest.mark.parametrize("text", ["", "..", "a.b.c", "💥.💥.💥", "e30.e30.e30", "bnVsbA.bnVsbA.bnVsbA"])
def test_what_is_no_token_is_refused(key: SigningKey, text: str) -> None:
    with pytest.raises(TokenInvalid):
        verify_access_token(text, [key], now_ms=NOW_MS, issuer=ISSUER)
