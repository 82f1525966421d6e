"""Keys, tokens, forged signatures and a key-set server for the authorizer's tests."""

import json
import random
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import sha1, sha256, sha512
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ISSUER = "https://auth.example.com/auth"
KID = "d-1790000000000"
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
SHA256_INFO_WITHOUT_NULL = bytes.fromhex("302f300b0609608648016503040201" + "0420")
SHA256_INFO_LONG_LENGTH = bytes.fromhex("308131300d060960864801650304020105000420")
SHA384_INFO_32_OCTETS = bytes.fromhex("3031300d060960864801650304020205000420")
SHA512_INFO = bytes.fromhex("3051300d060960864801650304020305000440")
SHA1_INFO = bytes.fromhex("3021300906052b0e03021a05000414")


def private_key(name: str = "signing", bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    """Return the test run's RSA key of this name, size and public exponent."""
    return _generated(name, bits, exponent)


@cache
def _generated(name: str, bits: int, exponent: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=exponent, key_size=bits)


def base64url(raw: bytes) -> str:
    """Encode as RFC 7515 2 says."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    """Decode what `base64url` made."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(value: int) -> str:
    """Encode an unsigned number as RFC 7518 2 says."""
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def jwk(key: rsa.RSAPrivateKey, kid: str = KID, **members: object) -> dict[str, object]:
    """Return the public half of `key` as the key set shows it; `members` replace or add."""
    public = key.public_key().public_numbers()
    plain = {
        "kty": "RSA",
        "kid": kid,
        "n": number(public.n),
        "e": number(public.e),
        "alg": "RS256",
        "use": "sig",
    }
    return plain | members


def gatehouse_claims(now_s: float, **changes: object) -> dict[str, Any]:
    """Return the claims of a Gatehouse session JWT issued at `now_s`; a change to ... (Ellipsis) removes the claim."""
    now = int(now_s)
    claims: dict[str, object] = {
        "sub": "3f0c9b1e-6b0f-4f5e-9a53-0c2f6a1d7e11",
        "rsub": "3f0c9b1e-6b0f-4f5e-9a53-0c2f6a1d7e11",
        "tId": "public",
        "iat": now,
        "exp": now + 300,
        "sessionHandle": "8d0e4c43-5b7e-4c7a-a3a1-15d1a5c3b8f0",
        "refreshTokenHash1": sha256(b"refresh").hexdigest(),
        "parentRefreshTokenHash1": None,
        "antiCsrfToken": None,
        "iss": ISSUER,
        "email": "ada@example.com",
        "name": "Ada Lovelace",
        "directory_id": "0192f0c1",
        "st-role": {"v": ["admin", "editor"], "t": now * 1000},
        "st-ev": {"v": True, "t": now * 1000},
    }
    return {name: value for name, value in (claims | changes).items() if value is not ...}


def stytch_claims(now_s: float, **changes: object) -> dict[str, Any]:
    """Return the claims of a session JWT of Stytch's consumer API issued at `now_s`."""
    now = int(now_s)
    return {
        "aud": ["project-test-11111111-2222-4333-8444-555555555555"],
        "exp": now + 300,
        "https://stytch.com/session": {
            "id": "session-test-9c1d7a52-1be6-4a0c-8a3b-a4c1f5d0e9ff",
            "started_at": "2026-11-21T03:33:32Z",
            "last_accessed_at": "2026-11-21T03:33:32Z",
            "expires_at": "2026-11-28T03:33:32Z",
            "attributes": {"ip_address": "", "user_agent": ""},
            "authentication_factors": [{"type": "magic_link", "delivery_method": "email"}],
            "roles": ["stytch_user"],
        },
        "iat": now,
        "iss": "stytch.com/project-test-11111111-2222-4333-8444-555555555555",
        "nbf": now,
        "sub": "user-test-5e7f0f0e-0f55-4c2a-9d55-6f1d0c7c9b10",
        **changes,
    }


def pyjwt_token(claims: Mapping[str, Any], kid: str = KID, key: rsa.RSAPrivateKey | None = None) -> str:
    """Return an RS256 token made by PyJWT with the header of a SuperTokens access token."""
    return jwt.encode(dict(claims), key or private_key(), "RS256", headers={"kid": kid, "version": "5"})


def signed(header: bytes, payload: bytes, key: rsa.RSAPrivateKey | None = None) -> str:
    """Return a token over exactly these header and payload octets, with a genuine RS256 signature."""
    signing_input = f"{base64url(header)}.{base64url(payload)}"
    signature = (key or private_key()).sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signing_input}.{base64url(signature)}"


def token(claims: Mapping[str, object], key: rsa.RSAPrivateKey | None = None, **header: object) -> str:
    """Return a genuinely signed token; `header` replaces or adds header members, ... (Ellipsis) removes one."""
    members = {"kid": KID, "typ": "JWT", "version": "5", "alg": "RS256"} | header
    present = {name: value for name, value in members.items() if value is not ...}
    return signed(json.dumps(present).encode(), json.dumps(dict(claims)).encode(), key)


def with_signature(whole: str, signature: bytes) -> str:
    """Return `whole` with another signature."""
    return f"{whole.rpartition('.')[0]}.{base64url(signature)}"


def block(digest_info: bytes, size: int, *, start: bytes = b"\x00\x01", filler: bytes = b"\xff") -> bytes:
    """Return an EMSA-PKCS1-v1_5 block of `size` octets around `digest_info` (RFC 8017 9.2)."""
    return start + filler * (size - len(start) - 1 - len(digest_info)) + b"\x00" + digest_info


def open_with_private_key(encoded: bytes, key: rsa.RSAPrivateKey) -> bytes:
    """Return the signature that opens to exactly `encoded`: what the owner of the key could make of any block."""
    numbers = key.private_numbers()
    modulus = numbers.public_numbers.n
    return pow(int.from_bytes(encoded, "big"), numbers.d, modulus).to_bytes(len(encoded), "big")


def crooked_blocks(message: bytes, size: int = 256) -> dict[str, bytes]:
    """Return blocks that a verifier which parses padding may accept for `message`, by what is wrong with them."""
    digest = sha256(message).digest()
    info = SHA256_INFO + digest
    right = block(info, size)
    short = b"\x00\x01" + b"\xff" * 8 + b"\x00" + info
    return {
        "garbage after the hash": short + random.Random(1).randbytes(size - len(short)),
        "zeros after the hash": short + bytes(size - len(short)),
        "short padding behind zeros": bytes(size - len(short)) + short,
        "no padding": b"\x00\x01\x00" + info + bytes(size - len(info) - 3),
        "padding of zeros": block(info, size, filler=b"\x00"),
        "one padding octet is not FF": right[:100] + b"\xfe" + right[101:],
        "last padding octet is 00": right[: size - len(info) - 2] + b"\x00\x00" + info,
        "no separator": b"\x00\x01" + b"\xff" * (size - 2 - len(info)) + info,
        "separator is 01": right[: size - len(info) - 1] + b"\x01" + info,
        "block type 00": block(info, size, start=b"\x00\x00"),
        "block type 02": block(info, size, start=b"\x00\x02"),
        "first octet is 01": b"\x01" + right[1:],
        "DigestInfo without NULL": block(SHA256_INFO_WITHOUT_NULL + digest, size),
        "DigestInfo with a BER length": block(SHA256_INFO_LONG_LENGTH + digest, size),
        "OID of SHA-384": block(SHA384_INFO_32_OCTETS + digest, size),
        "SHA-512": block(SHA512_INFO + sha512(message).digest(), size),
        "SHA-1": block(SHA1_INFO + sha1(message, usedforsecurity=False).digest(), size),
        "hash without DigestInfo": block(digest, size),
        "hash of something else": block(SHA256_INFO + sha256(message + b"x").digest(), size),
        "hash shortened": block(info[:-1], size),
        "hash reversed": block(SHA256_INFO + digest[::-1], size),
    }


def cube_root_forgery(message: bytes, modulus: int) -> bytes:
    """Return a signature of `message` under exponent 3 made without the private key (Bleichenbacher, CRYPTO 2006 rump).

    Its cube starts with a well-formed but short block; what follows the hash is garbage.
    """
    size = (modulus.bit_length() + 7) // 8
    start = b"\x00\x01" + b"\xff" * 8 + b"\x00" + SHA256_INFO + sha256(message).digest()
    wanted = int.from_bytes(start + b"\xff" * (size - len(start)), "big")
    return _cube_root(wanted).to_bytes(size, "big")


def _cube_root(value: int) -> int:
    low, high = 0, 1 << (value.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= value else (low, middle - 1)
    return low


class Clock:
    """A clock that stands still until it is moved; seconds since 1970."""

    def __init__(self) -> None:
        self.now_s = float(int(time.time()))

    def __call__(self) -> float:
        return self.now_s


class JwksServer:
    """What the key-set server answers, and how often it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.body = b""
        self.status = 200
        self.headers: dict[str, str] = {}
        self.octet_pause_s = 0.0
        self.paths: list[str] = []

    @property
    def reads(self) -> int:
        """Return how many requests came in."""
        return len(self.paths)

    def publish(self, *keys: Mapping[str, object], max_age_s: int | None = None) -> None:
        """Serve a key set of `keys` from now on."""
        self.status = 200
        self.body = json.dumps({"keys": keys}).encode()
        self.headers = {} if max_age_s is None else {"Cache-Control": f"max-age={max_age_s}, must-revalidate"}


@contextmanager
def jwks_server() -> Iterator[JwksServer]:
    """Run a key-set server on a free port of this machine; with `octet_pause_s` its body comes in a trickle."""
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.paths.append(self.path)
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            if not state.octet_pause_s:
                self.wfile.write(state.body)
                return
            for octet in state.body:
                if over.wait(state.octet_pause_s):
                    return
                self.wfile.write(bytes([octet]))

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        state = JwksServer(f"http://127.0.0.1:{server.server_port}/.well-known/jwks.json")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            over.set()
            server.shutdown()
            thread.join()
