"""Third parties as far as HTTP tells of them: answers by address, and what was sent there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from gatehouse.clock import now_ms
from gatehouse.oauth.conversation import OAuthClient
from gatehouse.oauth.http import ThirdPartyHttp
from gatehouse.oauth.registration import Registration, register
from gatehouse.provider_settings import read_providers

ISSUER = "https://id.example.com"
KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@dataclass(frozen=True)
class Sent:
    """A request that was sent to a third party."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        """The body, read as a form."""
        return dict(parse_qsl(self.body, keep_blank_values=True))


@dataclass
class World(ThirdPartyHttp):
    """Answers in place of all third parties; an address that nobody set up fails the test."""

    answers: dict[str, Any] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)

    def call(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> tuple[int, Any]:
        """Return what was set up for an address: an answer, or a status with one."""
        plain, _, query = url.partition("?")
        self.sent.append(Sent(method, plain, headers or {}, dict(parse_qsl(query)), (body or b"").decode()))
        answer = self.answers[plain]
        return answer if isinstance(answer, tuple) else (200, answer)

    @property
    def client(self) -> OAuthClient:
        """A client that talks to this world."""
        return OAuthClient(self, now_ms)


def publish(world: World, issuer: str = ISSUER, at: str = "") -> str:
    """Set up a provider of OpenID Connect; return the address of its configuration."""
    url = f"{at or issuer}/.well-known/openid-configuration"
    world.answers |= {
        url: {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/auth",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/me",
            "jwks_uri": f"{issuer}/keys",
        },
        f"{issuer}/keys": {"keys": [public_key("k1", KEY)]},
        f"{issuer}/me": {},
    }
    return url


def public_key(kid: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """Return a key as a provider publishes it."""
    published: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**published, "kid": kid, "alg": "RS256", "use": "sig"}


def id_token(key: Any = KEY, algorithm: str = "RS256", kid: str | None = "k1", **changes: Any) -> str:
    """Return an ID token of ada for the client `c1`; a claim of None is left out."""
    now_s = now_ms() // 1_000
    claims = {
        "iss": ISSUER, "aud": "c1", "sub": "u1", "email": "ada@example.com", "email_verified": True,
        "iat": now_s, "exp": now_s + 300, **changes,
    }  # fmt: skip
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(given, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def registered(third_party_id: str, client_type: str | None = None, **provider: Any) -> Registration:
    """Return the registration of a provider with a client `c1`, unless clients are given."""
    given = {
        "thirdPartyId": third_party_id,
        "clients": [{"clientId": "c1", "clientSecret": "s1"}],
        **provider,
    }
    (read,) = read_providers(json.dumps([given]))
    return register(read, client_type)


def query_of(url: str) -> dict[str, str]:
    """Return the query of an address."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
