"""ID tokens of a provider of OpenID Connect, good and bad, and what its answers may be like."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gatehouse.clock import now_ms
from gatehouse.errors import ProviderFailed, ProviderUnavailable
from gatehouse.oauth import http
from gatehouse.oauth.conversation import OAuthClient
from gatehouse.oauth.http import ThirdPartyHttp
from gatehouse.oauth.refused import OAuthRefused
from gatehouse.oauth.registration import Registration
from gatehouse.oauth.vouching import Vouched
from tests.oauth.world import KEY, World, id_token, public_key, publish, registered

OTHER = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
PUBLIC_PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def with_shared_secret() -> str:
    """Sign with the public key as if it were a secret, which careless libraries believe."""
    import base64
    import hashlib
    import hmac
    import json

    def part(content: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    claims = jwt.decode(id_token(), options={"verify_signature": False})
    signed = f"{part({'alg': 'HS256', 'kid': 'k1', 'typ': 'JWT'})}.{part(claims)}"
    digest = hmac.new(PUBLIC_PEM, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


@pytest.fixture
def world() -> World:
    """A provider of OpenID Connect."""
    return World()


@pytest.fixture
def acme(world: World) -> Registration:
    """A client of it."""
    return registered("acme", oidcDiscoveryEndpoint=publish(world))


def ask(world: World, acme: Registration, token: str) -> Vouched:
    return world.client.vouched(acme, {"id_token": token}, are_own=True)


def test_good_token_tells_who_it_is(world: World, acme: Registration) -> None:
    assert ask(world, acme, id_token()) == Vouched("u1", "ada@example.com", is_verified=True)
    assert ask(world, acme, id_token(email_verified="false")).is_verified is False
    assert ask(world, acme, id_token(email=None)).email is None
    assert ask(world, acme, id_token(kid=None)).user_id == "u1", "there is but one key"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        id_token(iss="https://evil.example.com"),
        id_token(aud="somebody-else"),
        id_token(aud=None),
        id_token(exp=1),
        id_token(exp=None),
        id_token(sub=None),
        id_token(nbf=2**40),
        id_token(OTHER),
        id_token(OTHER, kid="k9"),
        id_token("", "none"),
        with_shared_secret(),
        id_token()[:-4] + "AAAA",
    ],
)
def test_bad_token_is_refused(world: World, acme: Registration, token: str) -> None:
    with pytest.raises(OAuthRefused):
        ask(world, acme, token)


def test_new_key_of_the_provider_is_found_but_not_looked_for_all_the_time(
    world: World, acme: Registration
) -> None:
    ahead_ms = 0
    client = OAuthClient(world, lambda: now_ms() + ahead_ms)
    assert client.vouched(acme, {"id_token": id_token()}, are_own=True).user_id == "u1"
    world.answers["https://id.example.com/keys"] = {"keys": [public_key("k2", OTHER)]}
    asked = len(world.sent)
    with pytest.raises(OAuthRefused):
        client.vouched(acme, {"id_token": id_token(OTHER, kid="k2")}, are_own=True)
    assert len(world.sent) == asked, "it has just been asked"
    ahead_ms = 11_000
    assert client.vouched(acme, {"id_token": id_token(OTHER, kid="k2")}, are_own=True).user_id == "u1"
    with pytest.raises(OAuthRefused):
        client.vouched(acme, {"id_token": id_token()}, are_own=True)


def test_every_client_of_a_provider_may_be_the_audience(world: World) -> None:
    clients = [{"clientId": f"c{number}", "clientType": f"t{number}"} for number in (1, 2)]
    registration = registered("acme", "t1", oidcDiscoveryEndpoint=publish(world), clients=clients)
    assert ask(world, registration, id_token(aud="c2")).user_id == "u1"


@pytest.mark.parametrize("published", [[], {}, {"keys": 1}, {"keys": [{"kty": "x"}]}, "x", None])
def test_nonsense_instead_of_keys_is_the_providers_failure(
    world: World, acme: Registration, published: Any
) -> None:
    world.answers["https://id.example.com/keys"] = published
    with pytest.raises((ProviderFailed, OAuthRefused)):
        ask(world, acme, id_token())


@pytest.mark.parametrize("published", [[], "x", {"jwks_uri": None}])
def test_nonsense_instead_of_a_configuration_lets_nobody_in(
    world: World, acme: Registration, published: Any
) -> None:
    world.answers["https://id.example.com/.well-known/openid-configuration"] = published
    with pytest.raises((ProviderFailed, OAuthRefused)):
        ask(world, acme, id_token())


@contextmanager
def serving(answer: bytes, *, hangs: bool = False) -> Iterator[str]:
    """Run a server that answers everything alike, or never."""
    is_over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if hangs:
                is_over.wait(20)
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/.well-known/openid-configuration"
    finally:
        is_over.set()
        server.shutdown()
        server.server_close()


HEAD = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HEAD % b"200 OK" + b"<html>", ProviderFailed),
        (HEAD % b"500 No" + b"{}", ProviderFailed),
        (HEAD % b"200 OK" + b"[" * 100_000, ProviderFailed),
        (HEAD % b"200 OK" + b'"' + b"x" * 1_100_000 + b'"', ProviderFailed),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nConnection: close\r\n\r\n{}",
            ProviderFailed,
        ),
        (b"", ProviderUnavailable),
    ],
)
def test_provider_that_fails_lets_nobody_in(answer: bytes, error: type[Exception]) -> None:
    with serving(answer) as url, pytest.raises(error):
        OAuthClient(ThirdPartyHttp(), now_ms).departure(
            registered("acme", oidcDiscoveryEndpoint=url), "https://x"
        )


def test_provider_that_hangs_or_is_not_there_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CALL_S", 0.3)
    client = OAuthClient(ThirdPartyHttp(), now_ms)
    with serving(b"", hangs=True) as url, pytest.raises(ProviderUnavailable):
        client.departure(registered("acme", oidcDiscoveryEndpoint=url), "https://x")
    with pytest.raises(ProviderUnavailable):
        client.departure(registered("acme", oidcDiscoveryEndpoint="http://127.0.0.1:1/x"), "https://x")
