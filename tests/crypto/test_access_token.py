"""Access tokens are SuperTokens': those of a genuine core verify, and ours have their form."""

import base64
import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from gatehouse.crypto.access_token import (
    AccessToken,
    PayloadProtected,
    check_payload,
    read_access_token,
    sign_access_token,
    whole_second,
)
from gatehouse.crypto.identifiers import sha256_hex
from gatehouse.crypto.json_web_token import TokenInvalid, sign_jwt
from gatehouse.crypto.signing_key import SigningKey, StaticKey, make_key_value

RECORDED = json.loads((Path(__file__).parent / "recorded_tokens.json").read_text())
NOW_MS = 1_795_225_769_000
V4_CLAIMS = [
    "iat", "exp", "sub", "tId", "sessionHandle", "refreshTokenHash1", "parentRefreshTokenHash1", "antiCsrfToken",
]  # fmt: skip
V5_CLAIMS = [*V4_CLAIMS[:4], "rsub", *V4_CLAIMS[4:]]
"""As recorded, in order."""


@pytest.fixture(scope="module")
def key() -> SigningKey:
    """A signing key."""
    return SigningKey(NOW_MS - 5_000, make_key_value())


@pytest.fixture(scope="module")
def core_key() -> SigningKey:
    """The dynamic key of a genuine core."""
    return SigningKey(**RECORDED["dynamic_key"])


def token(**changes: Any) -> AccessToken:
    """Return a token that lives for five minutes."""
    values: dict[str, Any] = {
        "session_handle": "handle",
        "user_id": "primary",
        "recipe_user_id": "recipe",
        "tenant_id": "t1",
        "refresh_token_hash1": "hash",
        "created_at_ms": NOW_MS,
        "expires_at_ms": NOW_MS + 300_000,
        "payload": {"role": "é"},
    }
    return AccessToken(**(values | changes))


def part(text: str, number: int) -> dict[str, Any]:
    """Return the header or the claims of a token."""
    encoded = text.split(".")[number]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return decoded


def recorded(session: str, generation: int) -> dict[str, Any]:
    """Return what a genuine core gave out."""
    given: dict[str, Any] = RECORDED["sessions"][session]["tokens"][generation]
    return given


@pytest.mark.parametrize("generation", [0, 1])
def test_tokens_of_a_genuine_core_verify(core_key: SigningKey, generation: int) -> None:
    given = recorded("refreshed", generation)
    received = read_access_token(given["accessToken"])
    verified = received.verify(core_key, now_ms=given["accessTokenCreatedTime"])

    assert (received.kid, received.version) == (core_key.kid, 5)
    assert verified.refresh_token_hash1 == sha256_hex(given["refreshToken"])
    assert (verified.expires_at_ms, verified.created_at_ms) == (
        given["accessTokenExpiry"],
        given["accessTokenCreatedTime"],
    )
    parent = sha256_hex(recorded("refreshed", 0)["refreshToken"]) if generation else None
    assert verified.parent_refresh_token_hash1 == parent


def test_static_key_of_a_genuine_core_verifies() -> None:
    key, given = (
        StaticKey(0, RECORDED["static_key"]["value"], RECORDED["static_key"]["key_id"]),
        recorded("static_csrf", 0),
    )
    received = read_access_token(given["accessToken"])

    assert received.kid == key.kid == key.jwk["kid"]
    verified = received.verify(key, now_ms=given["accessTokenCreatedTime"])
    assert verified.anti_csrf_token == given["antiCsrfToken"]


def test_token_of_a_genuine_core_is_signed_again_letter_by_letter(core_key: SigningKey) -> None:
    for session in ("refreshed", "tenant"):
        text = recorded(session, 0)["accessToken"]
        verified = read_access_token(text).verify(core_key, now_ms=0)

        assert sign_access_token(core_key, verified) == text


def test_claims_of_version_4_know_no_recipe_user(key: SigningKey) -> None:
    text = sign_access_token(key, token(version=4, payload={"rsub": "theirs"}))

    assert list(part(text, 1)) == [*V4_CLAIMS, "rsub"]
    verified = read_access_token(text).verify(key, now_ms=NOW_MS)
    assert (verified.version, verified.recipe_user_id, verified.payload) == (4, "primary", {"rsub": "theirs"})


def test_claims_of_version_3_know_no_tenant(key: SigningKey) -> None:
    text = sign_access_token(key, token(version=3, payload={"tId": "theirs"}))

    verified = read_access_token(text).verify(key, now_ms=NOW_MS)
    assert (verified.version, verified.tenant_id, verified.payload) == (3, "public", {"tId": "theirs"})


def test_claims_of_version_5_are_in_order_and_null_ones_are_there(key: SigningKey) -> None:
    text = sign_access_token(key, token())

    assert list(part(text, 0).items()) == [
        ("kid", key.kid),
        ("typ", "JWT"),
        ("version", "5"),
        ("alg", "RS256"),
    ]
    claims = part(text, 1)
    assert list(claims) == [*V5_CLAIMS, "role"]
    assert (claims["parentRefreshTokenHash1"], claims["antiCsrfToken"], claims["role"]) == (None, None, "é")
    assert jwt.decode(
        text, key.public_key, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
    )


def test_payload_that_no_encoding_holds_is_escaped(key: SigningKey) -> None:
    payload = {"half": "\ud800"}
    text = sign_access_token(key, token(payload=payload))

    assert read_access_token(text).verify(key, now_ms=NOW_MS).payload == payload


@pytest.mark.parametrize("name", V5_CLAIMS)
def test_claims_of_the_session_are_protected(key: SigningKey, name: str) -> None:
    with pytest.raises(PayloadProtected):
        sign_access_token(key, token(payload={name: None}))
    if name == "rsub":
        check_payload({name: None}, 4)
    else:
        with pytest.raises(PayloadProtected):
            check_payload({name: None}, 4)


def test_token_verifies_until_it_expires(key: SigningKey) -> None:
    received = read_access_token(sign_access_token(key, token()))

    assert received.verify(key, now_ms=NOW_MS + 300_000) == token()
    with pytest.raises(TokenInvalid, match="Access token expired"):
        received.verify(key, now_ms=NOW_MS + 300_001)


def test_what_it_says_can_be_read_without_the_key(key: SigningKey) -> None:
    text = sign_access_token(key, token()).rpartition(".")[0] + ".AAAA"

    assert read_access_token(text).content() == token()
    with pytest.raises(TokenInvalid, match="JWT verification failed"):
        read_access_token(text).verify(key, now_ms=NOW_MS)


def test_token_of_another_key_or_algorithm_is_refused(key: SigningKey) -> None:
    other = SigningKey(key.created_at_ms, make_key_value())
    with pytest.raises(TokenInvalid, match="JWT verification failed"):
        read_access_token(sign_access_token(other, token())).verify(key, now_ms=NOW_MS)
    claims = part(sign_access_token(key, token()), 1)
    for algorithm, secret in (("HS256", "k" * 40), ("none", "")):
        with pytest.raises(TokenInvalid, match="JWT header mismatch - alg"):
            read_access_token(jwt.encode(claims, secret, algorithm, headers={"kid": key.kid}))


@pytest.mark.parametrize("missing", V5_CLAIMS)
def test_token_without_a_claim_is_refused(key: SigningKey, missing: str) -> None:
    claims = part(sign_access_token(key, token()), 1)
    del claims[missing]

    with pytest.raises(TokenInvalid, match=f"changed\\? {missing}"):
        read_access_token(sign_jwt(key, claims)).verify(key, now_ms=NOW_MS)


@pytest.mark.parametrize("wrong", [1, True, {"a": 1}, ["a"]])
@pytest.mark.parametrize("name", [name for name in V5_CLAIMS if name not in {"iat", "exp"}])
def test_token_with_a_claim_of_another_type_is_refused(key: SigningKey, name: str, wrong: object) -> None:
    claims = part(sign_access_token(key, token()), 1) | {name: wrong}

    with pytest.raises(TokenInvalid):
        read_access_token(sign_jwt(key, claims)).verify(key, now_ms=NOW_MS)


@pytest.mark.parametrize("wrong", [None, "1", True, 1.5, []])
@pytest.mark.parametrize("name", ["iat", "exp"])
def test_token_with_another_time_is_refused(key: SigningKey, name: str, wrong: object) -> None:
    claims = part(sign_access_token(key, token()), 1) | {name: wrong}

    with pytest.raises(TokenInvalid):
        read_access_token(sign_jwt(key, claims)).verify(key, now_ms=NOW_MS)


def test_token_without_a_version_counts_as_of_the_latest(key: SigningKey) -> None:
    text = sign_jwt(key, part(sign_access_token(key, token()), 1))

    assert list(part(text, 0)) == ["kid", "typ", "alg"]
    assert read_access_token(text).verify(key, now_ms=NOW_MS) == token()


@pytest.mark.parametrize(
    "header", [{"version": "2"}, {"version": "6"}, {"version": 5}, {"kid": 1}, {"typ": "X"}]
)
def test_other_headers_are_refused(key: SigningKey, header: dict[str, Any]) -> None:
    own = {"kid": key.kid, "typ": "JWT", "version": "5", "alg": "RS256"} | header
    claims = sign_access_token(key, token()).split(".")[1]
    encoded = base64.urlsafe_b64encode(json.dumps(own).encode()).decode().rstrip("=")

    with pytest.raises(TokenInvalid):
        read_access_token(f"{encoded}.{claims}.AAAA")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "a.b.c",
        "a.b.c.d",
        "💥.💥.💥",
        "e30.e30.e30",
        "bnVsbA.bnVsbA.bnVsbA",
        "e30=.e30=.e30=",
        "A.A.A",
    ],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenInvalid):
        read_access_token(text)


def test_deep_nesting_is_no_token() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 200_000).decode().rstrip("=")

    with pytest.raises(TokenInvalid):
        read_access_token(f"{deep}.e30.e30")


def test_times_are_rounded_down() -> None:
    assert (whole_second(1_999), whole_second(2_000)) == (1_000, 2_000)
