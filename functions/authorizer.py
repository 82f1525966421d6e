"""Lambda authorizer for any API Gateway HTTP API: checks session JWTs with nothing but the standard library."""

import json
import os
import sys
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from hmac import compare_digest

JsonObject = dict[str, object]
Key = tuple[int, int]
"""An RSA public key: modulus n and exponent e."""
Fetch = Callable[[str], tuple[bytes, str]]
"""Takes an address, returns the body of its 200 answer and its Cache-Control header; raises when there is none."""

MAX_TOKEN_CHARACTERS = 8_192  # API Gateway allows 10,240 bytes for all headers together
MAX_VERIFIED_TOKENS = 256
CLOCK_SKEW_S = 30
LAST_TIME_S = 253_402_300_799  # the end of the year 9999
MIN_MODULUS_BITS = 2_048
MAX_MODULUS_BITS = 8_192
MAX_EXPONENT = 2**32
MAX_JWKS_BYTES = 256 * 1024
FETCH_TIMEOUT_S = 3.0
DEFAULT_FRESH_S = 300.0
MIN_FRESH_S = 60.0
MAX_FRESH_S = 3_600.0
MAX_STALE_S = 3_600.0
REREAD_PAUSE_S = 10.0
RETRY_PAUSE_S = 1.0
LONG_AGO = float("-inf")
SHA256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class Denied(Exception):
    """The request carries no valid session token; the text says why and never quotes the token."""


class SettingInvalid(Exception):
    """A setting of the authorizer is missing or malformed."""


def handler(event: object, context: object) -> JsonObject:
    """Answer an authorizer event (payload format 2.0) in the simple response format; never raises, denies in doubt."""
    try:
        return authorize(event, deployed_verifier(), os.environ.get("COOKIE_NAME") or "gatehouse_session")
    except SettingInvalid as error:
        log("ERROR", "every request is denied", reason=str(error))
    except Exception as error:
        # The message of an unforeseen exception may quote the token, so only its type and place are logged.
        log(
            "ERROR",
            "request denied",
            reason="unexpected error",
            error=type(error).__name__,
            place=_place(error),
        )
    return {"isAuthorized": False}


@cache
def deployed_verifier() -> "Verifier":
    """Build this instance's verifier from AUTHORIZER_JWKS_URL and AUTHORIZER_ISSUER on the first request."""
    issuer = os.environ.get("AUTHORIZER_ISSUER")
    if not issuer:
        log("WARNING", "AUTHORIZER_ISSUER is not set: any issuer whose token these keys signed is accepted")
    return Verifier(os.environ.get("AUTHORIZER_JWKS_URL", ""), issuer or None, fetch_jwks, time.time)


def refuse_to_start() -> None:
    """End the process if no token could ever be checked, with one line in the log that says why."""
    try:
        deployed_verifier()
    except SettingInvalid as error:
        log("CRITICAL", "the authorizer cannot start", reason=str(error))
        sys.exit(1)


def authorize(event: object, verifier: "Verifier", cookie_name: str) -> JsonObject:
    """Return {"isAuthorized": true, "context": …} for a valid session token in `event`, else just false."""
    try:
        return {
            "isAuthorized": True,
            "context": session_context(verifier.verify(token_of(event, cookie_name))),
        }
    except Denied as denial:
        log("INFO", "request denied", reason=str(denial))
        return {"isAuthorized": False}


def token_of(event: object, cookie_name: str) -> str:
    """Return the bearer token or, when there is none, the value of the cookie `<cookie_name>_jwt`."""
    if not isinstance(event, dict):
        raise Denied("the event is not an object")
    token = _bearer_token(event.get("headers")) or _cookie_token(event.get("cookies"), f"{cookie_name}_jwt")
    if not token:
        raise Denied("no token")
    return token


def _bearer_token(headers: object) -> str | None:
    for name, value in headers.items() if isinstance(headers, dict) else ():
        if isinstance(name, str) and name.lower() == "authorization" and isinstance(value, str):
            scheme, _, token = value.partition(" ")
            return token.lstrip(" ") if scheme.lower() == "bearer" else None
    return None


def _cookie_token(cookies: object, name: str) -> str | None:
    pairs = (cookie.partition("=") for cookie in _items(cookies) if isinstance(cookie, str))
    values = {value for key, _, value in pairs if key.strip() == name}
    if len(values) > 1:
        # A neighbouring subdomain can plant a second cookie of the same name; which one is ours cannot be told.
        raise Denied("several different session cookies")
    return values.pop() if values else None


def session_context(claims: JsonObject) -> dict[str, str]:
    """Return what the API behind learns: user_id, session_handle, roles (comma list), and tenant_id, email if known.

    Reads SuperTokens access tokens and Stytch session JWTs. Other tokens are signed with the same keys (SuperTokens'
    createJWT and OAuth2, which sets stt; Stytch's connected apps): one that is not a session's is Denied.
    """
    user_id, session_handle = _text(claims.get("sub")), _text(_session_id(claims))
    if not user_id or not session_handle or claims.get("stt", 0) != 0:
        raise Denied("not a session token")
    is_email_unverified = _member(claims.get("st-ev"), "v") is False
    optional = {
        "tenant_id": _text(claims.get("tId")),
        "email": "" if is_email_unverified else _text(claims.get("email")),
    }
    roles = ",".join(_role_names(_member(claims.get("st-role"), "v")))
    known = {name: value for name, value in optional.items() if value}
    return {"user_id": user_id, "session_handle": session_handle, "roles": roles, **known}


def _session_id(claims: JsonObject) -> object:
    return claims.get("sessionHandle", _member(claims.get("https://stytch.com/session"), "id"))


def _role_names(roles: object) -> list[str]:
    names = [_text(role) for role in _items(roles)]
    # A role called "guest,admin" must not read as two roles, nor " admin" as admin for those who trim.
    return [name for name in names if name and "," not in name and name == name.strip()]


def _text(value: object) -> str:
    # Lone surrogates would break the runtime's UTF-8 answer, control characters a header that carries the value.
    return value if isinstance(value, str) and value.isprintable() else ""


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


class Verifier:
    """Checks session JWTs against one key set and remembers, bounded, the tokens whose signature it has verified."""

    def __init__(self, jwks_url: str, issuer: str | None, fetch: Fetch, clock: Callable[[], float]) -> None:
        """Take the address of the key set, the issuer to insist on (None: any) and a clock in seconds since 1970."""
        self._keys = KeySet(jwks_url, fetch, clock)
        self._issuer = issuer
        self._clock = clock
        self._verified: OrderedDict[bytes, tuple[str, Key, JsonObject]] = OrderedDict()

    def verify(self, token: str) -> JsonObject:
        """Return the claims of a token signed by a current key and valid now (RFC 7519 7.2), or raise Denied."""
        raw = _token_bytes(token)
        digest = sha256(raw).digest()
        entry = self._verified.get(digest)
        if entry is None or self._keys.find(entry[0]) != entry[1]:
            entry = self._check_signature(raw)
        claims = entry[2]
        check_claims(claims, self._issuer, self._clock())
        self._remember(digest, entry)
        return claims

    def _check_signature(self, raw: bytes) -> tuple[str, Key, JsonObject]:
        header, payload, signature, signed = split_token(raw)
        kid = key_id(header)
        key = self._keys.find(kid)
        if not is_rs256_signature(signature, signed, key):
            raise Denied("the signature does not match")
        return kid, key, _object_or_denied(payload, "payload")

    def _remember(self, digest: bytes, entry: tuple[str, Key, JsonObject]) -> None:
        self._verified[digest] = entry
        self._verified.move_to_end(digest)
        if len(self._verified) > MAX_VERIFIED_TOKENS:
            self._verified.popitem(last=False)


class KeySet:
    """The public keys at one address, read when first needed and again when they are old or a key is unknown.

    At most one read per request. A set that cannot be read again serves on for MAX_STALE_S.
    """

    def __init__(self, url: str, fetch: Fetch, clock: Callable[[], float]) -> None:
        """Take the http(s) address of a JWK set; SettingInvalid for anything else."""
        if not url.startswith(("https://", "http://")):
            raise SettingInvalid("AUTHORIZER_JWKS_URL must be the https:// address of a key set (JWKS)")
        self._url = url
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._fresh_s = 0.0
        self._read_at = self._tried_at = self._searched_at = LONG_AGO

    def find(self, kid: str) -> Key:
        """Return the key called `kid`, or raise Denied."""
        is_old = self._seconds_since(self._read_at) >= self._fresh_s
        pause_s = REREAD_PAUSE_S if self._keys else RETRY_PAUSE_S
        if is_old and self._seconds_since(self._tried_at) >= pause_s:
            self._read()
        elif kid not in self._keys and self._seconds_since(self._searched_at) >= REREAD_PAUSE_S:
            self._searched_at = self._clock()
            self._read()
        if self._seconds_since(self._read_at) > self._fresh_s + MAX_STALE_S:
            self._keys = {}
        if kid not in self._keys:
            raise Denied("no key of the key set has this kid")
        return self._keys[kid]

    def _read(self) -> None:
        self._tried_at = self._clock()
        try:
            body, cache_control = self._fetch(self._url)
            self._keys = rsa_keys(body)
        except Exception as error:
            log(
                "ERROR",
                "the key set cannot be read",
                reason=f"{type(error).__name__}: {error}",
                keys=len(self._keys),
            )
            return
        self._fresh_s = freshness_s(cache_control)
        self._read_at = self._tried_at
        if not self._keys:
            log("WARNING", "the key set holds no usable RS256 key")

    def _seconds_since(self, moment: float) -> float:
        # The distance, not the difference: a clock that was set back must not keep old keys fresh.
        return abs(self._clock() - moment)


def split_token(raw: bytes) -> tuple[JsonObject, bytes, bytes, bytes]:
    """Return header, payload, signature and signing input of a compact JWS (RFC 7515 5.2), or raise Denied."""
    parts = raw.split(b".")
    if len(parts) != 3:
        raise Denied("the token does not have three parts")
    try:
        header, payload, signature = (base64url_decode(part) for part in parts)
    except ValueError:
        raise Denied("the token is not base64url") from None
    return _object_or_denied(header, "header"), payload, signature, raw.rpartition(b".")[0]


def key_id(header: JsonObject) -> str:
    """Return the kid of a header that asks for RS256 and for no extension (RFC 7515 4.1), or raise Denied."""
    if header.get("alg") != "RS256":
        raise Denied("alg is not RS256")
    if "crit" in header:
        raise Denied("crit names an extension that is not known here")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise Denied("kid is missing")
    return kid


def check_claims(claims: JsonObject, issuer: str | None, now_s: float) -> None:
    """Raise Denied unless exp lies ahead, nbf and iat do not (RFC 7519 4.1), and iss is `issuer` if one is given.

    exp is required and gets no leeway; nbf and iat are optional and get CLOCK_SKEW_S.
    """
    if "exp" not in claims:
        raise Denied("exp is missing")
    if _time(claims, "exp") <= now_s:
        raise Denied("the token has expired")
    for name in ("nbf", "iat"):
        if name in claims and _time(claims, name) > now_s + CLOCK_SKEW_S:
            raise Denied("the token is not valid yet")
    if issuer is not None and claims.get("iss") != issuer:
        raise Denied("the token is from another issuer")


def _time(claims: JsonObject, name: str) -> int:
    value = claims[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LAST_TIME_S:
        raise Denied(f"{name} is not a whole number of seconds since 1970")
    return value


def is_rs256_signature(signature: bytes, signed: bytes, key: Key) -> bool:
    """Tell whether `signature` is the RSASSA-PKCS1-v1_5 SHA-256 signature of `signed` (RFC 7518 3.3, RFC 8017 8.2.2).

    The block that the signature opens to is never parsed: it must equal, octet for octet, the one block that
    EMSA-PKCS1-v1_5 (RFC 8017 9.2) makes of the message. That leaves no room for forged padding, with e = 3 either.
    """
    modulus, exponent = key
    size = (modulus.bit_length() + 7) // 8
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= modulus:
        return False
    tail = b"\x00" + SHA256_DIGEST_INFO + sha256(signed).digest()
    expected = b"\x00\x01" + b"\xff" * (size - 2 - len(tail)) + tail
    return compare_digest(pow(number, exponent, modulus).to_bytes(size, "big"), expected)


def rsa_keys(body: bytes) -> dict[str, Key]:
    """Return the keys of a JWK set (RFC 7517 5) by kid, leaving out what RS256 cannot use; ValueError if it is none."""
    jwks = json_object(body).get("keys")
    if not isinstance(jwks, list):
        raise ValueError("no list of keys")
    keys: dict[str, Key] = {}
    for jwk in jwks:
        kid, key = _member(jwk, "kid"), _rsa_key(jwk)
        if isinstance(kid, str) and key is not None:
            keys.setdefault(kid, key)
    return keys


def _rsa_key(jwk: object) -> Key | None:
    """Return n and e of a key that may verify RS256 (RFC 7517 4, RFC 7518 6.3.1), else None.

    Any odd exponent from 3 up will do (RFC 8017 3.1): a small one is harmless when blocks are compared whole.
    The upper bounds on both numbers keep one signature from costing more than milliseconds.
    """
    if not isinstance(jwk, dict) or not _is_for_rs256(jwk):
        return None
    try:
        modulus, exponent = _unsigned_number(jwk.get("n")), _unsigned_number(jwk.get("e"))
    except ValueError:
        return None
    is_sound = MIN_MODULUS_BITS <= modulus.bit_length() <= MAX_MODULUS_BITS and 3 <= exponent < MAX_EXPONENT
    return (modulus, exponent) if is_sound and modulus % 2 and exponent % 2 else None


def _is_for_rs256(jwk: JsonObject) -> bool:
    can_verify = "key_ops" not in jwk or "verify" in _items(jwk["key_ops"])
    return (jwk.get("kty"), jwk.get("use", "sig"), jwk.get("alg", "RS256")) == (
        "RSA",
        "sig",
        "RS256",
    ) and can_verify


def _unsigned_number(text: object) -> int:
    if not isinstance(text, str):
        raise ValueError("not a text")
    return int.from_bytes(base64url_decode(text.encode()), "big")


def freshness_s(cache_control: str) -> float:
    """Return for how many seconds a key set may be kept: max-age (RFC 9111 5.2.2.1) within MIN_ and MAX_FRESH_S."""
    for directive in cache_control.split(","):
        name, _, value = directive.partition("=")
        digits = value.strip().strip('"')
        if name.strip().lower() == "max-age" and digits.isascii() and digits.isdecimal():
            return min(max(float(digits), MIN_FRESH_S), MAX_FRESH_S)
    return DEFAULT_FRESH_S


def base64url_decode(text: bytes) -> bytes:
    """Decode base64url as in RFC 7515 2: no padding, no other character, no stray bits; else raise ValueError."""
    decoded = urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    # Python skips what it does not know; only the canonical text encodes back to itself.
    if urlsafe_b64encode(decoded).rstrip(b"=") != text:
        raise ValueError("not base64url")
    return decoded


def json_object(raw: bytes) -> JsonObject:
    """Parse a JSON object in UTF-8 that repeats no name and holds no NaN or Infinity, or raise ValueError."""
    try:
        value: object = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _unique(pairs: list[tuple[str, object]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name occurs twice")
    return members


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _object_or_denied(raw: bytes, part: str) -> JsonObject:
    try:
        return json_object(raw)
    except ValueError:
        raise Denied(f"the {part} is not a JSON object") from None


def _token_bytes(token: str) -> bytes:
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise Denied("the token is too long")
    try:
        return token.encode("ascii")
    except UnicodeEncodeError:
        raise Denied("the token is not ASCII") from None


def fetch_jwks(url: str, timeout_s: float = FETCH_TIMEOUT_S) -> tuple[bytes, str]:
    """Return body and Cache-Control of `url` within `timeout_s`, or raise OSError, ValueError or an HTTP error.

    The reading runs in a thread of its own: urllib's time-out counts anew for every packet and address,
    and not at all while a name is looked up.
    """
    from threading import Thread

    outcome: list[tuple[bytes, str] | Exception] = []

    def run() -> None:
        try:
            outcome.append(_get(url, timeout_s))
        except Exception as error:
            outcome.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(timeout_s)
    if not outcome:
        raise TimeoutError(f"no complete answer within {timeout_s:g} s")
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def _get(url: str, timeout_s: float) -> tuple[bytes, str]:
    from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

    # Built by hand, so that no redirect is followed and no file: or ftp: address opened.
    opener = OpenerDirector()
    for part in (ProxyHandler(), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(part)
    headers = {"Accept": "application/json", "User-Agent": "gatehouse-authorizer"}
    request = Request(url, headers=headers)  # noqa: S310 (KeySet takes http and https only)
    with opener.open(request, timeout=timeout_s) as response:
        if response.status != 200:
            raise OSError(f"answered with status {response.status}")
        body: bytes = response.read(MAX_JWKS_BYTES + 1)
        if len(body) > MAX_JWKS_BYTES:
            raise ValueError("larger than a key set can be")
        return body, response.headers.get("Cache-Control", "")


def log(level: str, message: str, **fields: str | int) -> None:
    """Write one JSON line to standard output, which Lambda passes on to CloudWatch."""
    sys.stdout.write(json.dumps({"level": level, "message": message, **fields}) + "\n")


def _place(error: Exception) -> str:
    from traceback import extract_tb

    frame = extract_tb(error.__traceback__)[-1]
    return f"{frame.name}:{frame.lineno}"


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    refuse_to_start()
