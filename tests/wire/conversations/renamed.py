"""A core that answers as recorded, with all ids, tokens and times under other names: the replay's own test.

It knows nothing of the replay's rules: it renames what an answer is the first to tell, and it insists that requests
speak of things by the names that it gave them.
"""

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from tests.wire.conversations.recording import Exchange

LATER_MS = 350
TIMES = {"timeJoined", "timeCreated", "createdTime", "expiry", "createdAt", "expiryTime"}
UUIDS = {"id", "userId", "recipeUserId", "superTokensUserId", "codeId", "antiCsrfToken", "sub", "rsub"}
HANDLES = {"handle", "sessionHandle", "sessionHandles", "sessionHandlesRevoked"}
KEPT = {"userDataInJWT", "userDataInDatabase", "metadata", "providers", "thirdParty", "coreConfig"}


@dataclass(frozen=True)
class Renamed:
    """An answer in new names."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass
class RenamedCore:
    """Answers the exchanges in their order; `change` may spoil an answer."""

    exchanges: Iterable[Exchange]
    change: Callable[[Exchange, Renamed], Renamed] = lambda _, answer: answer
    _names: defaultdict[str, "_Names"] = field(default_factory=lambda: defaultdict(_Names))

    def __post_init__(self) -> None:
        self._left = iter(self.exchanges)

    def call(self, method: str, target: str, *, body: bytes | None, headers: Mapping[str, str]) -> Renamed:
        """Check that the next request is asked in our names, and answer it."""
        exchange = next(item for item in self._left if item.target.split("?")[0] == target.split("?")[0])
        names = self._names[exchange.app]
        assert (method, dict(headers)) == (exchange.method, dict(exchange.headers))
        assert parse_qsl(urlsplit(target).query) == [
            (name, names.said(value)) for name, value in parse_qsl(urlsplit(exchange.target).query)
        ]
        said = json.loads(body) if body else None
        assert _without_totp(said) == _without_totp(names.said_in(exchange.sent))
        answered = {"content-type": exchange.content_type}
        if exchange.cache_control:
            answered["Cache-Control"] = exchange.cache_control
        text = exchange.text
        if exchange.is_json:
            text = json.dumps(names.answered(exchange.answer), separators=(",", ":")) + "\n"
        return self.change(exchange, Renamed(exchange.status, answered, text))


@dataclass
class _Names:
    """The new names in one app; what a client said first keeps its name."""

    names: dict[str, str] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)

    def said(self, text: str) -> str:
        """Return a text of a request in our names."""
        if text in self.names:
            return self.names[text]
        if unquote(text) in self.names:
            return quote(self.names[unquote(text)], safe="")
        self.kept.add(text)
        return text

    def said_in(self, value: Any) -> Any:
        """Return the body of a request in our names."""
        if isinstance(value, dict):
            return {name: self.said_in(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.said_in(item) for item in value]
        return self.said(value) if isinstance(value, str) else value

    def answered(self, value: Any, name: str = "", parent: str = "") -> Any:
        """Return an answer in our names."""
        if isinstance(value, dict):
            if name in KEPT:
                return value
            first = sorted(value, key=lambda member: member == "accessToken")  # it tells the other's hash
            renamed = {member: self.answered(value[member], member, name) for member in first}
            return {member: renamed[member] for member in value}
        if isinstance(value, list):
            return value if name in KEPT else [self.answered(item, name, parent) for item in value]
        if isinstance(value, int) and not isinstance(value, bool) and name in TIMES and value % 1000:
            return value + LATER_MS
        if not isinstance(value, str) or value in self.kept:
            return value
        if value not in self.names or name in {"token", "jwt"}:
            self.names[value] = self._new_name(value, name, parent)
        return self.names[value]

    def _new_name(self, value: str, name: str, parent: str) -> str:
        digest = hashlib.sha256(value.encode()).digest()
        uuid = str(uuid5(NAMESPACE_URL, value))
        if name == "jwt" or (name == "token" and parent == "accessToken"):
            return self._new_jwt(value)
        if name == "token" and parent == "refreshToken":
            renamed = f"{value.split('.')[0][::-1].lstrip('=')}.{digest.hex()}.V2"
            self.names[_hash(value)] = _hash(renamed)
            return renamed
        if name == "token" and parent != "idRefreshToken":
            return digest.hex() * 2
        if name in HANDLES and "_" in value:
            return f"{uuid}_{value.partition('_')[2]}"
        if name in UUIDS | HANDLES or parent == "idRefreshToken":
            return uuid if len(value) == len(uuid) and value.count("-") == 4 else value
        if name == "kid":
            return f"d-{int(value[2:]) + LATER_MS}" if value.startswith("d-") else f"s-{uuid}"
        if name == "nextPaginationToken":
            user_id, time_joined = base64.b64decode(value).decode().split(";")
            renamed = f"{self.answered(user_id, 'id')};{self.answered(int(time_joined), 'timeJoined')}"
            return base64.b64encode(renamed.encode()).decode()
        by_name = {
            "n": value[::-1],
            "publicKey": value[::-1],
            "jwtSigningPublicKey": value[::-1],
            "deviceId": base64.b64encode(digest).decode(),
            "preAuthSessionId": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "linkCode": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "secret": base64.b32encode(digest[:20]).decode(),
            "userInputCode": f"{int.from_bytes(digest[:4], 'big') % 1_000_000:06}",
        }
        return by_name.get(name, value)

    def _new_jwt(self, token: str) -> str:
        header, claims, _ = token.split(".")
        renamed = [self._new_part(part) for part in (header, claims)]
        return ".".join([*renamed, "c2lnbmF0dXJl"])

    def _new_part(self, part: str) -> str:
        value: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        renamed = {name: self._new_claim(name, member) for name, member in value.items()}
        return base64.urlsafe_b64encode(json.dumps(renamed).encode()).decode().rstrip("=")

    def _new_claim(self, name: str, value: Any) -> Any:
        known = self.names.get(value) if isinstance(value, str) else None
        return known or self.answered(value, name)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _without_totp(said: Any) -> Any:
    """Codes of other secrets are other codes."""
    return {**said, "totp": "·"} if isinstance(said, dict) and "totp" in said else said
