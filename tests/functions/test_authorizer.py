"""The authorizer accepts genuine session tokens and nothing else, whatever is sent and whatever the key set does."""

import hmac
import itertools
import json
import os
import random
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.authorizer import (
    MAX_VERIFIED_TOKENS,
    Denied,
    JsonObject,
    SettingInvalid,
    Verifier,
    authorize,
    base64url_decode,
    fetch_jwks,
    freshness_s,
    is_rs256_signature,
)
from gatehouse.crypto.access_token import AccessToken, sign_access_token
from gatehouse.crypto.signing_key import SigningKey, make_key_value
from tests.functions.authorizer_vectors import (
    ISSUER,
    KID,
    SHA256_INFO,
    Clock,
    JwksServer,
    base64url,
    block,
    crooked_blocks,
    cube_root_forgery,
    gatehouse_claims,
    jwk,
    jwks_server,
    number,
    open_with_private_key,
    private_key,
    pyjwt_token,
    signed,
    stytch_claims,
    token,
    unbase64url,
    with_signature,
)

ROOT = Path(__file__).parents[2]
COOKIE = "gatehouse_session"


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[JwksServer]:
    with jwks_server() as state:
        state.publish(jwk(private_key()))
        yield state


@pytest.fixture
def verifier(server: JwksServer, clock: Clock) -> Verifier:
    return Verifier(server.url, ISSUER, fetch_jwks, clock)


def bearer(text: str) -> JsonObject:
    return {"version": "2.0", "type": "REQUEST", "headers": {"authorization": f"Bearer {text}"}}


def is_authorized(verifier: Verifier, text: str) -> bool:
    answer = authorize(bearer(text), verifier, COOKIE)
    assert ("context" in answer) == (answer["isAuthorized"] is True)
    return answer["isAuthorized"] is True


def reason(verifier: Verifier, text: str) -> str:
    with pytest.raises(Denied) as denial:
        verifier.verify(text)
    return str(denial.value)


class TestWhatIsAccepted:
    def test_session_token_made_by_pyjwt_gives_the_whole_context(
        self, verifier: Verifier, clock: Clock
    ) -> None:
        answer = authorize(bearer(pyjwt_token(gatehouse_claims(clock()))), verifier, COOKIE)
        assert answer == {
            "isAuthorized": True,
            "context": {
                "user_id": "3f0c9b1e-6b0f-4f5e-9a53-0c2f6a1d7e11",
                "session_handle": "8d0e4c43-5b7e-4c7a-a3a1-15d1a5c3b8f0",
                "roles": "admin,editor",
                "tenant_id": "public",
                "email": "ada@example.com",
            },
        }

    def test_token_of_our_own_signer_passes(
        self, server: JwksServer, verifier: Verifier, clock: Clock
    ) -> None:
        now_ms = int(clock() * 1000)
        key = SigningKey(now_ms, make_key_value())
        server.publish(key.jwk)
        token = AccessToken(
            session_handle="s",
            user_id="u",
            recipe_user_id="u",
            tenant_id="public",
            refresh_token_hash1="h",
            created_at_ms=now_ms,
            expires_at_ms=now_ms + 300_000,
            payload={"iss": ISSUER, "email": "ada@example.com", "st-role": {"v": ["admin"], "t": now_ms}},
        )
        text = sign_access_token(key, token)
        context = {"user_id": "u", "session_handle": "s", "roles": "admin", "tenant_id": "public"}
        answer = authorize(bearer(text), verifier, COOKIE)
        assert answer == {"isAuthorized": True, "context": context | {"email": "ada@example.com"}}

    def test_stytch_session_token_gives_user_and_session(self, server: JwksServer, clock: Clock) -> None:
        server.publish(jwk(private_key(), "jwk-test-1", key_ops=["verify"], x5c=["MIIC"]))
        claims = stytch_claims(clock())
        verifier = Verifier(server.url, claims["iss"], fetch_jwks, clock)
        answer = authorize(
            bearer(jwt.encode(claims, private_key(), "RS256", {"kid": "jwk-test-1"})), verifier, COOKIE
        )
        assert answer == {
            "isAuthorized": True,
            "context": {
                "user_id": "user-test-5e7f0f0e-0f55-4c2a-9d55-6f1d0c7c9b10",
                "session_handle": "session-test-9c1d7a52-1be6-4a0c-8a3b-a4c1f5d0e9ff",
                "roles": "",
            },
        }

    @pytest.mark.parametrize(
        ("bits", "exponent"), [(2048, 3), (2049, 65537), (2055, 65537), (3072, 65537), (4096, 65537)]
    )
    def test_other_sizes_and_exponents_verify(
        self, server: JwksServer, verifier: Verifier, clock: Clock, bits: int, exponent: int
    ) -> None:
        key = private_key(f"{bits}/{exponent}", bits, exponent)
        server.publish(jwk(key))
        assert is_authorized(verifier, pyjwt_token(gatehouse_claims(clock()), key=key))
        assert not is_authorized(verifier, pyjwt_token(gatehouse_claims(clock()), key=private_key("other")))

    def test_any_issuer_passes_when_none_is_set(self, server: JwksServer, clock: Clock) -> None:
        verifier = Verifier(server.url, None, fetch_jwks, clock)
        assert is_authorized(verifier, token(gatehouse_claims(clock(), iss="https://elsewhere.example")))
        assert is_authorized(verifier, token(gatehouse_claims(clock(), iss=...)))

    def test_small_clock_differences_are_forgiven_for_iat_and_nbf_only(
        self, verifier: Verifier, clock: Clock
    ) -> None:
        now = int(clock())
        assert is_authorized(verifier, token(gatehouse_claims(now, iat=now + 30, nbf=now + 30, exp=now + 60)))
        assert reason(verifier, token(gatehouse_claims(now, iat=now + 31))) == "the token is not valid yet"
        assert reason(verifier, token(gatehouse_claims(now, nbf=now + 31))) == "the token is not valid yet"
        assert is_authorized(verifier, token(gatehouse_claims(now, exp=now + 1)))
        assert reason(verifier, token(gatehouse_claims(now, exp=now))) == "the token has expired"

    def test_iat_and_nbf_may_be_missing(self, verifier: Verifier, clock: Clock) -> None:
        assert is_authorized(verifier, token(gatehouse_claims(clock(), iat=..., nbf=...)))


class TestWhereTheTokenComesFrom:
    @pytest.fixture
    def good(self, clock: Clock) -> str:
        return token(gatehouse_claims(clock()))

    @pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "BEARER   {}"])
    def test_bearer_scheme_in_any_case(self, verifier: Verifier, good: str, header: str) -> None:
        for name in ("authorization", "Authorization"):
            assert (
                authorize({"headers": {name: header.format(good)}}, verifier, COOKIE)["isAuthorized"] is True
            )

    @pytest.mark.parametrize(
        "scheme",
        [
            "Basic {}",
            "DPoP {}",
            "{}",
            "Bearer{}",
            "Bearer\t{}",
            "Bearer {},Bearer {}",
            "Bearer {} x",
            "Bearer {} ",
        ],
    )
    def test_other_headers_are_refused(self, verifier: Verifier, good: str, scheme: str) -> None:
        event = {"headers": {"authorization": scheme.format(good, good)}}
        assert authorize(event, verifier, COOKIE) == {"isAuthorized": False}

    def test_cookie_of_the_configured_name(self, verifier: Verifier, good: str) -> None:
        event = {"cookies": ["theme=dark", f"gatehouse_session_jwt={good}"]}
        assert authorize(event, verifier, COOKIE)["isAuthorized"] is True
        assert (
            authorize({"headers": {"authorization": "Basic eDp5"}, **event}, verifier, COOKIE)["isAuthorized"]
            is True
        )
        assert authorize(event, verifier, "__Host-sid") == {"isAuthorized": False}
        assert (
            authorize({"cookies": [f"__Host-sid_jwt={good}"]}, verifier, "__Host-sid")["isAuthorized"] is True
        )

    def test_opaque_session_cookie_is_not_read(self, verifier: Verifier, good: str) -> None:
        assert authorize({"cookies": [f"gatehouse_session={good}"]}, verifier, COOKIE) == {
            "isAuthorized": False
        }

    def test_bad_bearer_token_is_not_rescued_by_a_good_cookie(self, verifier: Verifier, good: str) -> None:
        event = {"headers": {"authorization": "Bearer x.y.z"}, "cookies": [f"gatehouse_session_jwt={good}"]}
        assert authorize(event, verifier, COOKIE) == {"isAuthorized": False}

    def test_two_different_session_cookies_are_refused(
        self, verifier: Verifier, good: str, clock: Clock
    ) -> None:
        planted = token(gatehouse_claims(clock(), sub="mallory"))
        both = [f"gatehouse_session_jwt={planted}", f"gatehouse_session_jwt={good}"]
        assert authorize({"cookies": both}, verifier, COOKIE) == {"isAuthorized": False}
        assert authorize({"cookies": both[1:] * 2}, verifier, COOKIE)["isAuthorized"] is True


class TestContext:
    @pytest.mark.parametrize(
        ("claim", "roles"),
        [
            ({"v": ["admin"], "t": 1}, "admin"),
            ({"v": ["guest,admin", "editor"]}, "editor"),
            ({"v": [" admin", "admin ", "", "a\nb", None, 1, ["admin"], {"x": 1}, "two words"]}, "two words"),
            ({"v": ["\udc00", "Prüferin", "検査"]}, "Prüferin,検査"),
            ({"v": "admin"}, ""),
            ({"v": {"admin": True}}, ""),
            ({"v": None}, ""),
            ({}, ""),
            ("admin", ""),
            (["admin"], ""),
            (None, ""),
            (True, ""),
        ],
    )
    def test_roles_are_a_comma_list_that_splits_back(
        self, verifier: Verifier, clock: Clock, claim: object, roles: str
    ) -> None:
        context = self.context(verifier, gatehouse_claims(clock(), **{"st-role": claim}))
        assert context["roles"] == roles

    @pytest.mark.parametrize(
        "value", [None, 1, True, ["a@example.com"], {"v": 1}, "", "a@example.com\r\nx: y", "\ud800"]
    )
    def test_optional_members_that_are_no_plain_text_are_left_out(
        self, verifier: Verifier, clock: Clock, value: object
    ) -> None:
        context = self.context(verifier, gatehouse_claims(clock(), email=value, tId=value))
        assert set(context) == {"user_id", "session_handle", "roles"}

    def test_unverified_email_is_left_out(self, verifier: Verifier, clock: Clock) -> None:
        for flag, is_given in ((True, True), (False, False)):
            context = self.context(verifier, gatehouse_claims(clock(), **{"st-ev": {"v": flag, "t": 1}}))
            assert ("email" in context) is is_given
        assert "email" in self.context(verifier, gatehouse_claims(clock(), **{"st-ev": ...}))

    @pytest.mark.parametrize(
        "changes",
        [
            *({"sub": value} for value in (..., None, "", 7, True, ["u"], "a\x00b", "\ud800")),
            *({"sessionHandle": value} for value in (..., None, "", 7, True, ["s"], "a\nb", "\udfff")),
            {"sessionHandle": ..., "https://stytch.com/session": "session-1"},
            {"sessionHandle": ..., "https://stytch.com/session": {"id": 7}},
            {"sessionHandle": ..., "https://stytch.com/session": None},
            {"stt": 1},
            {"stt": 2},
            {"stt": None},
            {"stt": "0"},
        ],
    )
    def test_genuine_token_that_is_no_session_token_is_refused(
        self, verifier: Verifier, clock: Clock, changes: dict[str, object]
    ) -> None:
        text = token(gatehouse_claims(clock(), **changes))
        verifier.verify(text)
        assert not is_authorized(verifier, text)

    @staticmethod
    def context(verifier: Verifier, claims: dict[str, Any]) -> dict[str, str]:
        answer = authorize(bearer(token(claims)), verifier, COOKIE)
        context = answer["context"]
        assert isinstance(context, dict)
        assert all(isinstance(value, str) for value in context.values())
        assert json.loads(json.dumps(answer, ensure_ascii=False).encode()) == answer
        return context


class TestSignature:
    def test_wrong_key(self, verifier: Verifier, clock: Clock) -> None:
        text = pyjwt_token(gatehouse_claims(clock()), key=private_key("other"))
        assert reason(verifier, text) == "the signature does not match"

    @pytest.mark.parametrize("what", sorted(crooked_blocks(b"")))
    def test_only_the_exact_block_is_accepted(self, verifier: Verifier, clock: Clock, what: str) -> None:
        text = token(gatehouse_claims(clock()))
        message = text.rpartition(".")[0].encode()
        crooked = open_with_private_key(crooked_blocks(message)[what], private_key())
        right = open_with_private_key(block(SHA256_INFO + sha256(message).digest(), 256), private_key())
        assert reason(verifier, with_signature(text, crooked)) == "the signature does not match"
        assert with_signature(text, right) == text
        assert is_authorized(verifier, text)

    def test_forgery_with_exponent_3(self, server: JwksServer, verifier: Verifier, clock: Clock) -> None:
        key = private_key("2048/3", 2048, 3)
        server.publish(jwk(key))
        text = token(gatehouse_claims(clock()), key)
        message = text.rpartition(".")[0].encode()
        modulus = key.public_key().public_numbers().n
        forged = cube_root_forgery(message, modulus)
        opened = pow(int.from_bytes(forged, "big"), 3, modulus).to_bytes(256, "big")
        assert opened.startswith(b"\x00\x01" + b"\xff" * 8 + b"\x00" + SHA256_INFO + sha256(message).digest())
        assert reason(verifier, with_signature(text, forged)) == "the signature does not match"
        assert is_authorized(verifier, text)

    def test_signatures_of_another_length_or_range(self, verifier: Verifier, clock: Clock) -> None:
        modulus = private_key().public_key().public_numbers().n
        candidates = (token(gatehouse_claims(clock(), jti=str(index))) for index in itertools.count())
        # A signature with room for s + n in as many octets: the same number modulo n, out of range by RFC 8017 5.2.2.
        text = next(each for each in candidates if signature_number(each) + modulus < 1 << 2048)
        signature, s = unbase64url(text.rpartition(".")[2]), signature_number(text)
        assert is_authorized(verifier, text)
        for wrong in (
            b"",
            b"\x00",
            bytes(256),
            bytes(255) + b"\x01",
            b"\xff" * 256,
            signature[:-1],
            signature[1:],
            signature + b"\x00",
            b"\x00" + signature,
            signature * 2,
            (s + modulus).to_bytes(256, "big"),
            (s + modulus).to_bytes(257, "big"),
            modulus.to_bytes(256, "big"),
            (modulus - 1).to_bytes(256, "big"),
            (modulus - s).to_bytes(256, "big"),
            signature[::-1],
        ):
            assert reason(verifier, with_signature(text, wrong)) == "the signature does not match"

    def test_signature_that_starts_with_zero_octets_verifies(self) -> None:
        public = private_key().public_key().public_numbers()
        candidates = (token({"jti": index}) for index in itertools.count())
        text = next(each for each in candidates if unbase64url(each.rpartition(".")[2])[0] == 0)
        message, signature = text.rpartition(".")[0].encode(), unbase64url(text.rpartition(".")[2])
        assert is_rs256_signature(signature, message, (public.n, public.e))
        assert not is_rs256_signature(signature[1:], message, (public.n, public.e))

    def test_signature_of_another_token(self, verifier: Verifier, clock: Clock) -> None:
        mine, other = token(gatehouse_claims(clock())), token(gatehouse_claims(clock(), sub="mallory"))
        assert not is_authorized(verifier, with_signature(other, unbase64url(mine.rpartition(".")[2])))


def signature_number(text: str) -> int:
    return int.from_bytes(unbase64url(text.rpartition(".")[2]), "big")


def right_block(message: bytes) -> bytes:
    return block(SHA256_INFO + sha256(message).digest(), 256)


class TestHeader:
    @pytest.mark.parametrize(
        "alg",
        [
            "none",
            "None",
            "",
            "rs256",
            "RS256 ",
            "RS384",
            "RS512",
            "PS256",
            "HS256",
            "ES256",
            None,
            256,
            ["RS256"],
            ...,
        ],
    )
    def test_any_other_alg_over_a_genuine_signature(
        self, verifier: Verifier, clock: Clock, alg: object
    ) -> None:
        assert reason(verifier, token(gatehouse_claims(clock()), alg=alg)) == "alg is not RS256"

    def test_genuine_rs512(self, verifier: Verifier, clock: Clock) -> None:
        text = jwt.encode(gatehouse_claims(clock()), private_key(), "RS512", {"kid": KID})
        assert reason(verifier, text) == "alg is not RS256"

    def test_unsigned_tokens(self, verifier: Verifier, clock: Clock) -> None:
        unsigned = jwt.encode(gatehouse_claims(clock()), None, "none", {"kid": KID})  # type: ignore[arg-type]
        assert not is_authorized(verifier, unsigned)
        assert not is_authorized(verifier, with_signature(token(gatehouse_claims(clock())), b""))

    @pytest.mark.parametrize("alg", ["HS256", "RS256"])
    def test_hmac_with_the_public_key_as_secret(self, verifier: Verifier, clock: Clock, alg: str) -> None:
        public = private_key().public_key()
        signing_input = token(gatehouse_claims(clock()), alg=alg).rpartition(".")[0]
        for secret in (
            public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            number(public.public_numbers().n).encode(),
        ):
            tag = hmac.digest(secret, signing_input.encode(), "sha256")
            assert not is_authorized(verifier, f"{signing_input}.{base64url(tag)}")

    @pytest.mark.parametrize("crit", [["exp"], ["b64"], [], None, "exp"])
    def test_crit(self, verifier: Verifier, clock: Clock, crit: object) -> None:
        text = token(gatehouse_claims(clock()), crit=crit, b64=True)
        assert reason(verifier, text) == "crit names an extension that is not known here"

    @pytest.mark.parametrize("kid", [..., None, "", 7, True, [KID], {"kid": KID}])
    def test_kid_that_is_no_text(
        self, server: JwksServer, verifier: Verifier, clock: Clock, kid: object
    ) -> None:
        assert reason(verifier, token(gatehouse_claims(clock()), kid=kid)) == "kid is missing"
        assert server.reads == 0

    def test_keys_named_by_the_token_are_not_used(self, verifier: Verifier, clock: Clock) -> None:
        mallory = private_key("other")
        with jwks_server() as evil:
            evil.publish(jwk(mallory))
            text = token(gatehouse_claims(clock()), mallory, jwk=jwk(mallory), jku=evil.url, x5u=evil.url)
            assert reason(verifier, text) == "the signature does not match"
            assert evil.reads == 0


class TestTokenText:
    @pytest.mark.parametrize(
        "text", ["", ".", "..", "...", "a", "a.b", "a.b.c.d", "e30.e30.", ".e30.e30", "e30..e30"]
    )
    def test_not_a_token(self, verifier: Verifier, text: str) -> None:
        reason(verifier, text)
        assert not is_authorized(verifier, text)

    def test_parts_missing_or_added(self, verifier: Verifier, clock: Clock) -> None:
        good = token(gatehouse_claims(clock()))
        header, payload, signature = good.split(".")
        for text in (
            f"{header}.{payload}",
            f"{good}.",
            f".{good}",
            f"{good}.{signature}",
            f"{header}..{signature}",
        ):
            assert not is_authorized(verifier, text)

    @pytest.mark.parametrize(
        "junk", ["=", "==", "\n", " ", "\r\n", "\t", "\x00", "A", "!", "%3D", "é", "\ud800", "\u0661"]
    )
    def test_added_characters(self, verifier: Verifier, clock: Clock, junk: str) -> None:
        good = token(gatehouse_claims(clock()))
        header, payload, signature = good.split(".")
        for text in (
            good + junk,
            junk + good,
            f"{header}{junk}.{payload}.{signature}",
            f"{header}.{payload}{junk}.{signature}",
            f"{header}.{payload[:7]}{junk}{payload[7:]}.{signature}",
            f"{header}.{payload}.{junk}{signature}",
            f"{header}.{payload}.{signature[:100]}{junk}{signature[100:]}",
        ):
            reason(verifier, text)

    def test_standard_base64_alphabet(self, verifier: Verifier, clock: Clock) -> None:
        candidates = (token(gatehouse_claims(clock(), jti=str(index))) for index in itertools.count())
        good = next(text for text in candidates if {"-", "_"} <= set(text.rpartition(".")[2]))
        start, _, signature = good.rpartition(".")
        assert is_authorized(verifier, good)
        for old, new in (("-", "+"), ("_", "/")):
            assert (
                reason(verifier, f"{start}.{signature.replace(old, new, 1)}") == "the token is not base64url"
            )

    def test_stray_bits_in_the_signature(self, verifier: Verifier, clock: Clock) -> None:
        good = token(gatehouse_claims(clock()))
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        last = alphabet.index(good[-1])
        twins = [good[:-1] + alphabet[last ^ bits] for bits in range(1, 16)]
        assert all(
            unbase64url(twin.rpartition(".")[2]) == unbase64url(good.rpartition(".")[2]) for twin in twins
        )
        assert {reason(verifier, twin) for twin in twins} == {"the token is not base64url"}

    @pytest.mark.parametrize(
        "change", [lambda part: part + "==", lambda part: part[:-1] + chr(ord(part[-1]) + 1)]
    )
    def test_signed_header_that_is_not_canonical(
        self, verifier: Verifier, clock: Clock, change: Callable[[str], str]
    ) -> None:
        # The last of the header's octets stands alone in two characters, four bits of which mean nothing.
        header = next(
            text for text in (base64url(TestJson.HEADER + b" " * n) for n in range(3)) if len(text) % 4 == 2
        )
        payload = base64url(json.dumps(gatehouse_claims(clock())).encode())
        for first, verdict in ((header, True), (change(header), False)):
            signing_input = f"{first}.{payload}"
            signature = open_with_private_key(right_block(signing_input.encode()), private_key())
            assert is_authorized(verifier, f"{signing_input}.{base64url(signature)}") is verdict

    def test_token_of_8192_characters_is_the_longest(self, verifier: Verifier, clock: Clock) -> None:
        def padded(size: int) -> str:
            return token(gatehouse_claims(clock(), padding="x" * size))

        size = next(size for size in itertools.count(5_000) if len(padded(size)) >= 8_191)
        assert is_authorized(verifier, padded(size))
        assert reason(verifier, padded(size + 3)) == "the token is too long"

    @pytest.mark.parametrize("text", ["a" * 1_000_000, "." * 1_000_000, "a.b." + "c" * 10_000_000])
    def test_huge_texts_are_refused_at_once(self, verifier: Verifier, text: str) -> None:
        assert reason(verifier, text) == "the token is too long"


class TestJson:
    HEADER = json.dumps({"alg": "RS256", "kid": KID}).encode()

    @pytest.mark.parametrize(
        "payload",
        [
            b"",
            b"null",
            b"[]",
            b"1",
            b'"text"',
            b"{",
            b"{}{}",
            b"{'exp': 1}",
            b"\xff\xfe{}",
            b"\xef\xbb\xbf{}",
            '{"exp": 1}'.encode("utf-16"),
            '{"exp": 1}'.encode("utf-32-le"),
            b'{"sub": "\xff"}',
            b'{"sub": "a\x00"}',
            b"[" * 5_000,
            b'{"a":' * 1_100,
            b'{"exp": ' + b"9" * 5_000 + b"}",
            b'{"exp": 9999999999, "exp": 9999999999}',
            b'{"exp": 9999999999, "st-role": {"v": ["guest"], "v": ["admin"]}}',
            b'{"exp": 9999999999, "\\u0065xp": 9999999999}',
            b'{"exp": NaN}',
            b'{"exp": Infinity}',
            b'{"exp": 9999999999, "x": -Infinity}',
        ],
    )
    def test_signed_payload_that_is_no_proper_object(self, verifier: Verifier, payload: bytes) -> None:
        assert reason(verifier, signed(self.HEADER, payload)) == "the payload is not a JSON object"

    @pytest.mark.parametrize(
        "header",
        [
            b"",
            b"null",
            b"[]",
            b'"RS256"',
            b'{"alg": "none", "alg": "RS256", "kid": "d-1790000000000"}',
            b'{"alg": "RS256", "kid": "x", "kid": "d-1790000000000"}',
            b'{"alg": "RS256", "kid": "d-1790000000000", "x": NaN}',
            '{"alg": "RS256", "kid": "d-1790000000000"}'.encode("utf-16"),
            b"[" * 3_000,
        ],
    )
    def test_header_that_is_no_proper_object(self, verifier: Verifier, clock: Clock, header: bytes) -> None:
        text = signed(header, json.dumps(gatehouse_claims(clock())).encode())
        assert reason(verifier, text) == "the header is not a JSON object"


class TestClaims:
    def test_expired(self, verifier: Verifier, clock: Clock) -> None:
        text = token(gatehouse_claims(clock(), exp=int(clock()) + 300))
        assert is_authorized(verifier, text)
        clock.now_s += 299.5
        assert is_authorized(verifier, text)
        clock.now_s += 0.5
        assert reason(verifier, text) == "the token has expired"

    def test_exp_missing(self, verifier: Verifier, clock: Clock) -> None:
        assert reason(verifier, token(gatehouse_claims(clock(), exp=...))) == "exp is missing"

    @pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
    @pytest.mark.parametrize(
        "value",
        [
            "9999999999",
            "",
            True,
            False,
            None,
            1e9,
            9999999999.5,
            1e300,
            10**12,
            10**400,
            -1,
            [],
            {},
            [9999999999],
        ],
    )
    def test_time_that_is_no_whole_number_of_seconds(
        self, verifier: Verifier, clock: Clock, name: str, value: object
    ) -> None:
        text = token(gatehouse_claims(clock(), **{name: value}))
        assert reason(verifier, text) == f"{name} is not a whole number of seconds since 1970"

    def test_overflowing_float(self, verifier: Verifier) -> None:
        text = signed(TestJson.HEADER, b'{"sub": "u", "sessionHandle": "s", "iss": "x", "exp": 1e999}')
        assert reason(verifier, text) == "exp is not a whole number of seconds since 1970"

    @pytest.mark.parametrize(
        "issuer", ["", ISSUER + "/", ISSUER.upper(), "https://evil.example", None, 1, True, [ISSUER], ...]
    )
    def test_wrong_issuer(self, verifier: Verifier, clock: Clock, issuer: object) -> None:
        assert (
            reason(verifier, token(gatehouse_claims(clock(), iss=issuer)))
            == "the token is from another issuer"
        )


class TestKeySet:
    def test_is_read_once_and_kept(self, server: JwksServer, verifier: Verifier, clock: Clock) -> None:
        server.publish(jwk(private_key()), max_age_s=600)
        for index in range(20):
            assert is_authorized(verifier, token(gatehouse_claims(clock(), jti=str(index))))
            clock.now_s += 29
        assert server.reads == 1
        clock.now_s += 21
        assert is_authorized(verifier, token(gatehouse_claims(clock())))
        assert server.reads == 2

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("max-age=600, must-revalidate", 600),
            ("public, Max-Age=120", 120),
            ('max-age="90"', 90),
            ("s-maxage=1, max-age=100", 100),
            ("max-age=0", 60),
            ("max-age=1", 60),
            ("max-age=86400", 3_600),
            ("max-age=" + "9" * 5_000, 3_600),
            ("no-store", 300),
            ("max-age=-5", 300),
            ("max-age=1e3", 300),
            ("max-age=٣٠٠٠", 300),
            ("max-age", 300),
            ("", 300),
        ],
    )
    def test_age_limit_follows_cache_control_within_bounds(self, header: str, seconds: float) -> None:
        assert freshness_s(header) == seconds

    def test_unknown_kid_is_looked_for_once_and_then_at_most_every_10_seconds(
        self, server: JwksServer, verifier: Verifier, clock: Clock
    ) -> None:
        server.publish(jwk(private_key()), max_age_s=3_600)
        assert is_authorized(verifier, token(gatehouse_claims(clock())))
        assert server.reads == 1
        for index in range(50):
            text = token(gatehouse_claims(clock()), private_key("other"), kid=f"d-{index}")
            assert reason(verifier, text) == "no key of the key set has this kid"
        assert server.reads == 2
        clock.now_s += 9.9
        assert not is_authorized(verifier, token(gatehouse_claims(clock()), kid="d-50"))
        assert server.reads == 2
        clock.now_s += 0.1
        assert not is_authorized(verifier, token(gatehouse_claims(clock()), kid="d-51"))
        assert server.reads == 3
        assert is_authorized(verifier, token(gatehouse_claims(clock())))

    def test_unknown_kid_on_the_first_request_costs_one_read(
        self, server: JwksServer, verifier: Verifier, clock: Clock
    ) -> None:
        assert not is_authorized(verifier, token(gatehouse_claims(clock()), kid="d-1"))
        assert server.reads == 1

    def test_new_key_is_found_at_once(self, server: JwksServer, verifier: Verifier, clock: Clock) -> None:
        assert is_authorized(verifier, token(gatehouse_claims(clock())))
        server.publish(jwk(private_key("other"), "d-2"), jwk(private_key()))
        assert is_authorized(verifier, token(gatehouse_claims(clock()), private_key("other"), kid="d-2"))
        assert server.reads == 2

    def test_set_that_is_still_empty_does_not_lock_out_the_first_user(
        self, server: JwksServer, verifier: Verifier, clock: Clock
    ) -> None:
        server.publish(max_age_s=3_600)
        assert not is_authorized(verifier, token(gatehouse_claims(clock())))
        server.publish(jwk(private_key()))
        clock.now_s += 1
        assert is_authorized(verifier, token(gatehouse_claims(clock())))

    def test_withdrawn_key_ends_remembered_tokens_too(
        self, server: JwksServer, verifier: Verifier, clock: Clock
    ) -> None:
        server.publish(jwk(private_key()), jwk(private_key("other"), "d-2"), max_age_s=60)
        text = token(gatehouse_claims(clock()))
        assert is_authorized(verifier, text)
        server.publish(jwk(private_key("other"), "d-2"))
        assert is_authorized(verifier, text)
        clock.now_s += 60
        assert reason(verifier, text) == "no key of the key set has this kid"

    def test_exchanged_key_ends_remembered_tokens_too(
        self, server: JwksServer, verifier: Verifier, clock: Clock
    ) -> None:
        text = token(gatehouse_claims(clock(), exp=int(clock()) + 9_999))
        assert is_authorized(verifier, text)
        server.publish(jwk(private_key("other")))
        clock.now_s += 300
        assert reason(verifier, text) == "the signature does not match"
        assert is_authorized(verifier, token(gatehouse_claims(clock()), private_key("other")))

    def test_clock_set_back_leads_to_a_read(
        self, server: JwksServer, verifier: Verifier, clock: Clock
    ) -> None:
        text = token(gatehouse_claims(clock() - 20_000, exp=int(clock()) + 300))
        assert is_authorized(verifier, text)
        clock.now_s -= 10_000
        assert is_authorized(verifier, text)
        assert server.reads == 2

    @pytest.mark.parametrize(
        "key",
        [
            {"kty": "EC"},
            {"kty": "oct"},
            {"kty": "rsa"},
            {"use": "enc"},
            {"use": None},
            {"alg": "RS512"},
            {"alg": "RSA-OAEP"},
            {"key_ops": ["sign"]},
            {"key_ops": "verify"},
            {"kid": 7},
            {"kid": None},
            {"e": "AQ"},
            {"e": "Ag"},
            {"e": "AQAA"},
            {"e": ""},
            {"e": 65537},
            {"e": "AQAAAAE"},
            {"e": "AQAB="},
            {"n": None},
            {"n": 3},
            {"n": ""},
            {"n": "AQAB"},
            {"n": "\ud800"},
            {"n": number((1 << 2047) + 2)},
            {"n": number((1 << 2046) + 1)},
            {"n": number((1 << 8192) + 1)},
            {"n": b64encode(b"\xfb" * 256).decode()},
        ],
    )
    def test_unusable_key_is_passed_over(
        self, server: JwksServer, verifier: Verifier, clock: Clock, key: dict[str, Any]
    ) -> None:
        server.publish(jwk(private_key(), **key), jwk(private_key("other"), "d-2"))
        assert reason(verifier, token(gatehouse_claims(clock()))) == "no key of the key set has this kid"
        assert is_authorized(verifier, token(gatehouse_claims(clock()), private_key("other"), kid="d-2"))

    @pytest.mark.parametrize("bits", [1024, 2047])
    def test_weak_modulus(self, server: JwksServer, verifier: Verifier, clock: Clock, bits: int) -> None:
        weak = private_key(f"{bits}", bits)
        server.publish(jwk(weak))
        assert (
            reason(verifier, token(gatehouse_claims(clock()), weak)) == "no key of the key set has this kid"
        )

    def test_first_usable_key_of_a_kid_counts(
        self, server: JwksServer, verifier: Verifier, clock: Clock
    ) -> None:
        server.publish({"kty": "EC", "kid": KID}, jwk(private_key()), jwk(private_key("other")))
        assert is_authorized(verifier, token(gatehouse_claims(clock())))
        assert not is_authorized(verifier, token(gatehouse_claims(clock()), private_key("other")))


class TestKeySetFailures:
    BODIES = (
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b'{"keys": null}',
        b'{"keys": {}}',
        b'{"keys": "x"}',
        b'{"keys": [], "keys": []}',
        b"\xff",
        b"[" * 100_000,
        b'{"keys": []}' + b" " * (256 * 1024),
    )

    @pytest.mark.parametrize("body", BODIES, ids=[body[:20].decode(errors="replace") for body in BODIES])
    def test_garbage_denies_and_then_heals(
        self, server: JwksServer, verifier: Verifier, clock: Clock, body: bytes
    ) -> None:
        server.body = body
        text = token(gatehouse_claims(clock()))
        assert not is_authorized(verifier, text)
        server.publish(jwk(private_key()), max_age_s=60)
        clock.now_s += 1
        assert is_authorized(verifier, text)
        server.body = body
        clock.now_s += 100
        assert is_authorized(verifier, text)

    def test_list_of_no_keys_at_all_is_an_empty_set(
        self, server: JwksServer, verifier: Verifier, clock: Clock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.body = b'{"keys": [null, 1, "x", [], {}, {"kid": "a"}]}'
        assert not is_authorized(verifier, token(gatehouse_claims(clock())))
        assert "the key set holds no usable RS256 key" in capsys.readouterr().out

    @pytest.mark.parametrize("status", [204, 206, 301, 302, 307, 400, 404, 429, 500, 503])
    def test_other_statuses_deny_and_redirects_are_not_followed(
        self, server: JwksServer, verifier: Verifier, clock: Clock, status: int
    ) -> None:
        server.status = status
        server.headers = {"Location": "/elsewhere.json"}
        assert not is_authorized(verifier, token(gatehouse_claims(clock())))
        assert server.paths == ["/.well-known/jwks.json"]

    def test_down_at_first_is_tried_again_every_second(
        self, server: JwksServer, verifier: Verifier, clock: Clock
    ) -> None:
        server.status = 503
        text = token(gatehouse_claims(clock()))
        for read in range(1, 5):
            assert not is_authorized(verifier, text)
            assert server.reads == read
            clock.now_s += 1
        server.publish(jwk(private_key()))
        assert is_authorized(verifier, text)

    def test_down_is_not_hammered(self, server: JwksServer, verifier: Verifier, clock: Clock) -> None:
        server.status = 503
        for index in range(100):
            assert not is_authorized(verifier, token(gatehouse_claims(clock()), kid=f"d-{index}"))
        assert server.reads <= 2
        for index in range(100):
            clock.now_s += 0.1
            assert not is_authorized(verifier, token(gatehouse_claims(clock()), kid=f"e-{index}"))
        assert server.reads <= 2 + 11

    def test_down_later_serves_known_keys_for_another_hour(
        self, server: JwksServer, verifier: Verifier, clock: Clock
    ) -> None:
        server.publish(jwk(private_key()), max_age_s=60)
        text = token(gatehouse_claims(clock(), exp=int(clock()) + 99_999))
        assert is_authorized(verifier, text)
        server.status = 500
        for _ in range(120):
            clock.now_s += 1
            assert is_authorized(verifier, text)
        assert server.reads == 1 + 60 // 10 + 1, "one read when the minute is over, then one each 10 s"
        clock.now_s += 3_660 - 120
        assert is_authorized(verifier, text)
        assert is_authorized(verifier, token(gatehouse_claims(clock())))
        clock.now_s += 1
        assert reason(verifier, text) == "no key of the key set has this kid"
        server.publish(jwk(private_key()))
        clock.now_s += 10
        assert is_authorized(verifier, text)

    def test_nobody_listens(self, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
        with jwks_server() as gone:
            url = gone.url
        verifier = Verifier(url, ISSUER, fetch_jwks, clock)
        assert not is_authorized(verifier, token(gatehouse_claims(clock())))
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert lines[0]["level"] == "ERROR"
        assert lines[0]["message"] == "the key set cannot be read"
        assert "refused" in lines[0]["reason"]

    def test_trickling_answer_is_given_up(self, server: JwksServer, clock: Clock) -> None:
        server.octet_pause_s = 0.05
        verifier = Verifier(server.url, ISSUER, partial(fetch_jwks, timeout_s=0.3), clock)
        started_s = time.monotonic()
        assert not is_authorized(verifier, token(gatehouse_claims(clock())))
        assert time.monotonic() - started_s < 3
        assert server.reads == 1

    @pytest.mark.parametrize(
        "url", ["", "file:///etc/passwd", "ftp://example.com/jwks", "jwks.json", "//example.com", "data:,{}"]
    )
    def test_address_that_is_not_http(self, url: str, clock: Clock) -> None:
        with pytest.raises(SettingInvalid, match="AUTHORIZER_JWKS_URL"):
            Verifier(url, ISSUER, fetch_jwks, clock)


class TestMemory:
    def test_remembers_a_bounded_number_of_tokens_those_in_use(
        self, verifier: Verifier, clock: Clock
    ) -> None:
        busy = token(gatehouse_claims(clock()))
        texts = [
            token(gatehouse_claims(clock(), jti=str(index))) for index in range(MAX_VERIFIED_TOKENS + 20)
        ]
        for text in texts:
            assert is_authorized(verifier, text)
            assert is_authorized(verifier, busy)
        kept = [busy, *texts[-MAX_VERIFIED_TOKENS + 1 :]]
        assert set(vars(verifier)["_verified"]) == {sha256(text.encode()).digest() for text in kept}
        assert is_authorized(verifier, texts[0])

    def test_refused_tokens_are_not_remembered(self, verifier: Verifier, clock: Clock) -> None:
        for text in (
            "a.b.c",
            token(gatehouse_claims(clock(), exp=1)),
            token(gatehouse_claims(clock(), iss="x")),
        ):
            assert not is_authorized(verifier, text)
        assert not vars(verifier)["_verified"]

    def test_second_sight_is_much_faster(self, verifier: Verifier, clock: Clock) -> None:
        texts = [token(gatehouse_claims(clock(), jti=str(index))) for index in range(40)]

        def seconds() -> float:
            started_s = time.perf_counter()
            for text in texts:
                verifier.verify(text)
            return time.perf_counter() - started_s

        verifier.verify(token(gatehouse_claims(clock())))
        first_s = seconds()
        assert min(seconds() for _ in range(5)) < first_s / 3


class TestFuzz:
    def test_every_bit_flip_is_refused(self, verifier: Verifier, clock: Clock) -> None:
        rng = random.Random(20261121)
        good = token(gatehouse_claims(clock()))
        assert is_authorized(verifier, good)
        for _ in range(2_000):
            characters = [ord(character) for character in good]
            for _ in range(rng.choice((1, 1, 1, 2, 5))):
                characters[rng.randrange(len(characters))] ^= 1 << rng.randrange(8)
            flipped = "".join(map(chr, characters))
            if flipped != good:
                reason(verifier, flipped)
        assert is_authorized(verifier, good)

    def test_every_flip_in_the_signed_octets_is_refused(self, verifier: Verifier, clock: Clock) -> None:
        rng = random.Random(20261122)
        good = token(gatehouse_claims(clock()))
        for _ in range(500):
            parts = [bytearray(unbase64url(part)) for part in good.split(".")]
            part = rng.choice(parts)
            part[rng.randrange(len(part))] ^= 1 << rng.randrange(8)
            reason(verifier, ".".join(base64url(bytes(each)) for each in parts))

    def test_random_texts_are_refused(self, verifier: Verifier) -> None:
        rng = random.Random(20261123)
        for _ in range(500):
            text = "".join(rng.choices('ABCdef019-_.={}" \n\x00é', k=rng.randrange(200)))
            reason(verifier, text)

    def test_strict_base64url_decodes_exactly_what_encodes_back(self) -> None:
        rng = random.Random(20261124)
        for _ in range(2_000):
            text = "".join(rng.choices("ABab01-_+/= \n.", k=rng.randrange(9)))
            try:
                decoded = base64url_decode(text.encode())
            except ValueError:
                continue
            assert base64url(decoded) == text
        for size in range(50):
            raw = rng.randbytes(size)
            assert base64url_decode(base64url(raw).encode()) == raw

    def test_verdicts_equal_those_of_pyjwt(
        self, server: JwksServer, verifier: Verifier, clock: Clock
    ) -> None:
        rng = random.Random(20261125)
        verdicts = []
        for _ in range(200):
            text = random_token(rng, int(clock()))
            expected = pyjwt_accepts(text, server.body)
            assert is_authorized(verifier, text) is expected, text
            verdicts.append(expected)
        assert 40 < sum(verdicts) < 160


def random_token(rng: random.Random, now: int) -> str:
    """Return a token that is right in most ways, built and signed by PyJWT, and often damaged in one."""
    claims = gatehouse_claims(
        now,
        exp=now + rng.choice((-3_600, -60, *[60, 300, 3_600] * 4)),
        iat=now + rng.choice((90, 3_600, *[-3_600, -60, 0] * 4)),
        nbf=rng.choice((now + 90, ..., ..., now - 60, 0)),
        iss=rng.choice(("https://evil.example", *[ISSUER] * 9)),
        jti=str(rng.random()),
    )
    algorithm = rng.choice(("none", "HS256", "RS384", "RS512", "PS256", *["RS256"] * 25))
    key = private_key(rng.choice(("other", *["signing"] * 9)))
    secret: Any = {"none": None, "HS256": rng.randbytes(32)}.get(algorithm, key)
    text = jwt.encode(claims, secret, algorithm, {"kid": rng.choice(("d-unknown", *[KID] * 19))})
    return damaged(rng, text) if rng.random() < 0.2 else text


def damaged(rng: random.Random, text: str) -> str:
    header, payload, signature = text.split(".")
    octets = bytearray(unbase64url(signature) or b"\x00")
    octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)
    return rng.choice(
        (
            f"{header}.{payload}.{base64url(bytes(octets))}",
            f"{header}.{payload}.{base64url(bytes(octets[:-1]))}",
            f"{header}.{payload}.{base64url(unbase64url(signature) + b'!')}",
            f"{header}.{base64url(unbase64url(payload).replace(b'ada', b'eve'))}.{signature}",
            f"{header}.{payload}",
            f"{header}.{payload}.{signature}.{signature}",
        )
    )


def pyjwt_accepts(text: str, jwks: bytes) -> bool:
    keys = jwt.PyJWKSet.from_json(jwks.decode())
    try:
        key = keys[jwt.get_unverified_header(text)["kid"]]
        jwt.decode(text, key, algorithms=["RS256"], issuer=ISSUER, options={"require": ["exp"]})
    except (jwt.PyJWTError, KeyError):
        return False
    return True


WEIRD_EVENTS: list[Any] = [
    None,
    True,
    7,
    "text",
    [],
    [{}],
    {},
    {"headers": None},
    {"headers": []},
    {"headers": "authorization: Bearer a.b.c"},
    {"headers": {"authorization": None}},
    {"headers": {"authorization": ["Bearer a.b.c"]}},
    {"headers": {"authorization": {"Bearer": "a.b.c"}}},
    {"headers": {"authorization": ""}},
    {"headers": {"authorization": " "}},
    {"headers": {"authorization": "Bearer"}},
    {"headers": {"authorization": "Bearer "}},
    {"headers": {"authorization": "Bearer \ud800.\ud800.\ud800"}},
    {"headers": {"authorization": "Bearer \x00"}},
    {"cookies": None},
    {"cookies": {}},
    {"cookies": "gatehouse_session_jwt=a.b.c"},
    {"cookies": [None, 7, [], "", "=", "gatehouse_session_jwt", "gatehouse_session_jwt="]},
    {"cookies": ["gatehouse_session_jwt=a.b.c"]},
    {"headers": None, "cookies": ["gatehouse_session_jwt=\ud800"]},
    {"Records": [{"body": "x"}]},
    {"version": "1.0", "methodArn": "arn:x", "headers": {"Authorization": "Bearer a.b.c"}},
]


class TestEvents:
    @pytest.mark.parametrize("event", WEIRD_EVENTS, ids=repr)
    def test_weird_event_is_denied(self, verifier: Verifier, server: JwksServer, event: object) -> None:
        assert authorize(event, verifier, COOKIE) == {"isAuthorized": False}
        assert server.reads == 0

    def test_names_of_headers_need_not_be_text(self, verifier: Verifier, clock: Clock) -> None:
        event = {
            "headers": {7: "x", None: "y", "authorization": f"Bearer {token(gatehouse_claims(clock()))}"}
        }
        assert authorize(event, verifier, COOKIE)["isAuthorized"] is True


class TestLog:
    def test_says_why_and_never_shows_the_token(
        self, verifier: Verifier, clock: Clock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        good = token(gatehouse_claims(clock()))
        texts = [
            token(gatehouse_claims(clock(), exp=1)),
            token(gatehouse_claims(clock(), sub=..., email="private@example.com")),
            token(gatehouse_claims(clock()), private_key("other")),
            token(gatehouse_claims(clock()), kid="kid-of-an-attacker"),
            token(gatehouse_claims(clock()), alg="alg-of-an-attacker"),
            good + "=",
            good.replace(".", ".é", 1),
            good[:-3],
        ]
        for text in texts:
            assert not is_authorized(verifier, text)
        out = capsys.readouterr().out
        lines = [json.loads(line) for line in out.splitlines()]
        assert len(lines) == len(texts)
        assert all(line.keys() == {"level", "message", "reason"} for line in lines)
        for secret in (
            "private@",
            "attacker",
            *(part[:12] for text in texts for part in text.split(".") if part),
        ):
            assert secret not in out


def run_handler(script: str, **settings: str) -> list[Any]:
    """Run `script` in a fresh interpreter that has the standard library only; return its lines of JSON."""
    code = f"import json, sys; sys.path.insert(0, {str(ROOT)!r}); from functions.authorizer import handler\n{script}"
    path = {"PATH": os.environ["PATH"], "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        env=path | settings,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


class TestHandler:
    def test_needs_the_standard_library_only_and_loads_little_of_it(
        self, server: JwksServer, clock: Clock
    ) -> None:
        script = f"""
modules = lambda: print(json.dumps(sorted(sys.modules)))
modules()
print(json.dumps([handler(event, None) for event in ({{}}, {bearer("a.b.c")!r})]))
modules()
print(json.dumps(handler({bearer(token(gatehouse_claims(clock())))!r}, None)))
modules()
"""
        lines = run_handler(script, AUTHORIZER_JWKS_URL=server.url, AUTHORIZER_ISSUER=ISSUER)
        imported, _, _, denied, before, accepted, after = lines
        assert denied == [{"isAuthorized": False}] * 2
        assert accepted["isAuthorized"] is True
        foreign = {
            "gatehouse",
            "fastapi",
            "starlette",
            "pydantic",
            "mangum",
            "cryptography",
            "jwt",
            "boto3",
            "botocore",
        }
        costly = {"asyncio", "logging", "dataclasses", "typing", "inspect"}
        network = {"ssl", "socket", "http.client", "urllib.request", "email", "threading"}
        assert not (foreign | costly | network) & set(imported)
        assert not (foreign | costly | network) & set(before)
        assert not (foreign | {"asyncio"}) & set(after)

    def test_never_raises(self, server: JwksServer) -> None:
        script = f"""
class Hostile(dict):
    def get(self, *arguments):
        raise RuntimeError("text of a token")
for event in [*{WEIRD_EVENTS!r}, object(), Hostile()]:
    assert handler(event, object()) == {{"isAuthorized": False}}
"""
        warning, *denials = run_handler(script, AUTHORIZER_JWKS_URL=server.url)
        assert warning["message"].startswith("AUTHORIZER_ISSUER is not set")
        assert len(denials) == len(WEIRD_EVENTS) + 2
        place = denials[-1].pop("place")
        assert place.startswith("get:")
        assert denials[-1] == {
            "level": "ERROR",
            "message": "request denied",
            "reason": "unexpected error",
            "error": "RuntimeError",
        }
        assert "unexpected error" not in {denial["reason"] for denial in denials[:-1]}
        assert server.reads == 0

    @pytest.mark.parametrize(
        "settings", [{}, {"AUTHORIZER_JWKS_URL": ""}, {"AUTHORIZER_JWKS_URL": "file:///jwks"}]
    )
    def test_without_an_address_it_denies_and_says_what_is_missing(self, settings: dict[str, str]) -> None:
        lines = run_handler(
            "print(json.dumps(handler({}, None))); print(json.dumps(handler({}, None)))",
            AUTHORIZER_ISSUER=ISSUER,
            **settings,
        )
        assert lines[1::2] == [{"isAuthorized": False}] * 2
        assert all("AUTHORIZER_JWKS_URL" in line["reason"] for line in lines[0::2])

    def test_reads_its_settings(self, server: JwksServer, clock: Clock) -> None:
        good = token(gatehouse_claims(clock()))
        foreign = token(gatehouse_claims(clock(), iss="https://evil.example"))
        events = [
            {"cookies": [f"sid_jwt={good}"]},
            {"cookies": [f"gatehouse_session_jwt={good}"]},
            {"cookies": [f"sid_jwt={foreign}"]},
        ]
        script = f"for event in {events!r}: print(json.dumps(handler(event, None)))"
        settings = {"AUTHORIZER_JWKS_URL": server.url, "AUTHORIZER_ISSUER": ISSUER}

        def verdicts(**more: str) -> list[bool]:
            lines = run_handler(script, **settings, **more)
            return [line["isAuthorized"] for line in lines if "isAuthorized" in line]

        assert verdicts(COOKIE_NAME="sid") == [True, False, False]
        assert verdicts(COOKIE_NAME="") == [False, True, False]
        assert verdicts() == [False, True, False]
