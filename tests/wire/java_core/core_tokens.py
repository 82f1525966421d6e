"""Reads tokens as the core does, from the database alone and with none of our code (specs/supertokens.md 3.1, 3.4)."""

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, cast

import jwt
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.store.migrations.described import ask

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_IV = 12


def refresh_token_content(database_url: str, app_id: str, token: str) -> dict[str, Any]:
    """Decrypt a refresh token with the key of its app."""
    encrypted, nonce, version = token.split(".")
    rows = ask(
        database_url, f"SELECT value FROM key_value WHERE app_id = '{app_id}' AND name = 'refresh_token_key'"
    )
    raw = base64.b64decode(encrypted, validate=True)
    iv = raw[:_IV]
    key = hashlib.pbkdf2_hmac("sha512", rows[0][0].encode(), iv, 100, 32)
    content: dict[str, Any] = json.loads(AESGCM(key).decrypt(iv, raw[_IV:], None))
    assert (content["nonce"], version) == (nonce, "V2")
    return content


def access_token_claims(database_url: str, app_id: str, token: str) -> dict[str, Any]:
    """Verify an access token with the key of its app that it names."""
    kid = jwt.get_unverified_header(token)["kid"]
    table, column, name, key_name = {
        "d": ("session_access_token_signing_keys", "value", "created_at_time", kid[2:]),
        "s": ("jwt_signing_keys", "key_string", "key_id", f"'{kid}'"),
    }[kid[0]]
    rows = ask(
        database_url, f"SELECT {column} FROM {table} WHERE app_id = '{app_id}' AND {name} = {key_name}"
    )
    public_key = cast("RSAPublicKey", load_der_public_key(base64.b64decode(rows[0][0].split("|")[0])))
    claims: dict[str, Any] = jwt.decode(
        token, public_key, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
    return claims
