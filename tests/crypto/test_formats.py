"""Tokens, codes and keys have exactly SuperTokens' formats (specs/supertokens.md 3 and 4.1)."""

import base64
import hashlib
import hmac

import pytest

from gatehouse.crypto.identifiers import sha256_hex
from gatehouse.crypto.link_token import read_link_token, write_link_token
from gatehouse.crypto.passwordless_code import link_code_hash, make_code
from gatehouse.crypto.session_token import make_session_token, read_session_token
from gatehouse.crypto.signing_key import SigningKey, make_key_value

NOW_MS = 1_795_225_769_000


@pytest.fixture(scope="module")
def key() -> SigningKey:
    """A signing key."""
    return SigningKey(NOW_MS - 5_000, make_key_value())


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
