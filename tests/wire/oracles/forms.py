"""Which members of an answer are new each time, and what they look like."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]
"""The names from the top of an answer down to a value; items of an array have the array's."""


@dataclass(frozen=True)
class Form:
    """A kind of value that is new each time."""

    name: str
    pattern: re.Pattern[str]

    def matches(self, value: str) -> bool:
        """Whether a value is of this kind."""
        return self.pattern.fullmatch(value) is not None


def _form(name: str, pattern: str) -> Form:
    return Form(name, re.compile(pattern))


_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
UUID = _form("uuid", _UUID)
HANDLE = _form("session handle", rf"{_UUID}(?:_[a-z0-9-]+)?")
HASH = _form("SHA-256", r"[0-9a-f]{64}")
JWT = _form("JWT", r"eyJ[\w-]+=*\.[\w+/-]+=*\.[\w+/-]+=*")
REFRESH_TOKEN = _form("refresh token", r"[A-Za-z0-9+/]{100,}=*\.[0-9a-f]{64}\.V2")
KEY_ID = _form("key id", rf"d-\d{{13}}|s-{_UUID}")
PAGE = _form("pagination token", r"[A-Za-z0-9+/]{40,}=*")
CODE = _form("six digits", r"\d{6}")
_HASH_OF_DEVICE = _form("SHA-256, base64url", r"[\w-]{43}")
_DEVICE = _form("device id", r"[A-Za-z0-9+/]{43}=")
_ONE_TIME_TOKEN = _form("one-time token", r"[A-Za-z0-9_-]{40,}")
_SECRET = _form("TOTP secret", r"[A-Z2-7]{32}")
_MODULUS = _form("RSA modulus", r"[\w-]{342,}")
_KEY = _form("RSA key", r"[A-Za-z0-9+/]{300,}=*")

_BY_NAME = {
    "id": UUID,
    "userId": UUID,
    "recipeUserId": UUID,
    "superTokensUserId": UUID,
    "primaryUserId": UUID,
    "sub": UUID,
    "rsub": UUID,
    "codeId": UUID,
    "sessionId": UUID,
    "antiCsrfToken": UUID,
    "handle": HANDLE,
    "sessionHandle": HANDLE,
    "sessionHandles": HANDLE,
    "sessionHandlesRevoked": HANDLE,
    "refreshTokenHash1": HASH,
    "parentRefreshTokenHash1": HASH,
    "jwt": JWT,
    "kid": KEY_ID,
    "n": _MODULUS,
    "publicKey": _KEY,
    "jwtSigningPublicKey": _KEY,
    "nextPaginationToken": PAGE,
    "preAuthSessionId": _HASH_OF_DEVICE,
    "linkCode": _HASH_OF_DEVICE,
    "deviceId": _DEVICE,
    "userInputCode": CODE,
    "secret": _SECRET,
    "token": _ONE_TIME_TOKEN,
}
_TOKENS = {"accessToken": JWT, "refreshToken": REFRESH_TOKEN, "idRefreshToken": UUID}
_CLIENTS_OWN = {"userDataInJWT", "userDataInDatabase", "metadata", "coreConfig", "providers", "thirdParty"}
_TIMES = {"timeJoined", "timeCreated", "createdTime", "expiry", "createdAt", "expiryTime", "iat", "exp"}


def form_at(path: Path) -> Form | None:
    """Return what kind of new value may stand at a place, or None where none does."""
    if not path or not _CLIENTS_OWN.isdisjoint(path):
        return None
    if path[-1] == "token" and len(path) > 1:
        return _TOKENS.get(path[-2], _ONE_TIME_TOKEN)
    return _BY_NAME.get(path[-1])


def is_time_at(path: Path) -> bool:
    """Whether a place holds a time."""
    return bool(path) and path[-1] in _TIMES and _CLIENTS_OWN.isdisjoint(path)


def is_ordered_at(path: Path) -> bool:
    """Whether the order of an array is defined: pages, login methods by time, keys newest first."""
    return path[-1:] in {("loginMethods",), ("keys",)} or path == ("users",)


def new_values(value: Any, path: Path = ()) -> Iterator[str]:
    """Return the texts in an answer that may be new."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from new_values(member, (*path, name))
    elif isinstance(value, list):
        for item in value:
            yield from new_values(item, path)
    elif isinstance(value, str) and (form := form_at(path)) and form is not CODE and form.matches(value):
        yield value
