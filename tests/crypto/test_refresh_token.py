"""Refresh tokens are SuperTokens': those of a genuine core are read, and ours have their form."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gatehouse.crypto.identifiers import sha256_hex
from gatehouse.crypto.refresh_token import (
    RefreshToken,
    RefreshTokenForeign,
    RefreshTokenInvalid,
    make_refresh_key,
    open_refresh_token,
    seal_refresh_token,
)

RECORDED = json.loads((Path(__file__).parent / "recorded_tokens.json").read_text())
KEY: str = RECORDED["refresh_token_key"]
TOKEN = RefreshToken(
    session_handle="handle_t1",
    user_id="ü",
    tenant_id="t1",
    parent_refresh_token_hash1="hash",
    anti_csrf_token="csrf",
)


def recorded(session: str, generation: int) -> str:
    """Return a refresh token that a genuine core made."""
    text: str = RECORDED["sessions"][session]["tokens"][generation]["refreshToken"]
    return text


def decrypted(text: str, key: str) -> dict[str, Any]:
    """Decrypt a token by the specification alone."""
    raw = base64.b64decode(text.split(".")[0], validate=True)
    aes = hashlib.pbkdf2_hmac("sha512", key.encode(), raw[:12], 100, 32)
    content: dict[str, Any] = json.loads(AESGCM(aes).decrypt(raw[:12], raw[12:], None))
    return content


def test_tokens_of_a_genuine_core_are_read() -> None:
    first, second = (open_refresh_token(recorded("refreshed", generation), KEY) for generation in (0, 1))

    assert first.session_handle == second.session_handle == RECORDED["sessions"]["refreshed"]["handle"]
    assert first.user_id == second.user_id
    assert (first.parent_refresh_token_hash1, first.anti_csrf_token, first.tenant_id) == (
        None,
        None,
        "public",
    )
    assert second.parent_refresh_token_hash1 == sha256_hex(recorded("refreshed", 0))


def test_tenant_and_anti_csrf_token_of_a_genuine_core_are_read() -> None:
    csrf = RECORDED["sessions"]["static_csrf"]["tokens"][0]["antiCsrfToken"]

    assert open_refresh_token(recorded("tenant", 0), KEY).tenant_id == "d1"
    assert open_refresh_token(recorded("static_csrf", 0), KEY).anti_csrf_token == csrf


@pytest.mark.parametrize("session", RECORDED["sessions"])
def test_database_of_a_genuine_core_holds_the_hash_of_the_hash(session: str) -> None:
    stored = RECORDED["sessions"][session]

    assert sha256_hex(sha256_hex(recorded(session, stored["parent_in_db"]))) == stored["stored_hash_2"]


def test_what_is_sealed_is_opened() -> None:
    assert open_refresh_token(seal_refresh_token(TOKEN, KEY), KEY) == TOKEN


def test_token_has_the_form_of_a_core_and_leaves_out_what_is_not_there() -> None:
    text = seal_refresh_token(RefreshToken(session_handle="handle", user_id="u"), KEY)
    _, nonce, version = text.split(".")

    assert (len(nonce), version) == (64, "V2")
    assert decrypted(text, KEY) == {"sessionHandle": "handle", "userId": "u", "nonce": nonce}


def test_every_token_is_new() -> None:
    assert seal_refresh_token(TOKEN, KEY) != seal_refresh_token(TOKEN, KEY)


def test_key_is_made_in_the_form_of_a_core() -> None:
    rounds, salt, derived = make_refresh_key().split(":")

    assert (rounds, len(salt), len(derived)) == ("1000", 128, 128)
    assert [len(part) for part in KEY.split(":")] == [4, 128, 128]
    assert bytes.fromhex(salt) != bytes.fromhex(derived)


@pytest.mark.parametrize("version", ["V0", "V1", "v2"])
def test_older_versions_are_read(version: str) -> None:
    text = seal_refresh_token(TOKEN, KEY)

    assert open_refresh_token(f"{text[:-2]}{version}", KEY) == TOKEN


def test_token_of_another_app_is_told_from_no_token() -> None:
    with pytest.raises(RefreshTokenForeign):
        open_refresh_token(seal_refresh_token(TOKEN, make_refresh_key()), KEY)


def test_nonces_must_be_equal() -> None:
    encrypted, _, version = seal_refresh_token(TOKEN, KEY).split(".")

    with pytest.raises(RefreshTokenInvalid, match="Invalid refresh token"):
        open_refresh_token(f"{encrypted}.{'0' * 64}.{version}", KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a",
        "a.b.V3",
        "a.b.V2",
        "a.V2",
        "a.b.c.V2",
        "%.b.V2",
        "é.b.V2",
        "AAAA.b.V2",
        f"{'A' * 99}.b.V2",
    ],
)
def test_what_is_no_refresh_token_is_refused(text: str) -> None:
    with pytest.raises(RefreshTokenInvalid):
        open_refresh_token(text, KEY)


def test_secrets_are_not_shown() -> None:
    assert "csrf" not in repr(TOKEN)
