"""The third parties that are known by name: where people are sent, what is sent, and who comes back."""

import base64
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gatehouse.errors import ProviderFailed
from gatehouse.oauth.refused import OAuthRefused
from gatehouse.oauth.third_parties import KNOWN
from gatehouse.oauth.vouching import Vouched
from tests.oauth.world import World, id_token, publish, query_of, registered

BACK = "https://www.example.com/auth/callback/x"
PLAIN = {"client_id": "c1", "redirect_uri": BACK, "response_type": "code"}
GOOGLE = {"included_grant_scopes": "true", "access_type": "offline", "scope": "openid email"}
TOKENS = {"access_token": "at"}

DEPARTURES: dict[str, tuple[str, dict[str, str]]] = {
    "active-directory": ("https://id.example.com/auth", {"scope": "openid email"}),
    "apple": ("https://id.example.com/auth", {"scope": "openid email", "response_mode": "form_post"}),
    "bitbucket": (
        "https://bitbucket.org/site/oauth2/authorize",
        {"scope": "account email", "audience": "api.atlassian.com"},
    ),
    "boxy-saml": ("https://boxy.example.com/api/oauth/authorize", {}),
    "discord": ("https://discord.com/oauth2/authorize", {"scope": "identify email"}),
    "facebook": ("https://www.facebook.com/v12.0/dialog/oauth", {"scope": "email"}),
    "github": ("https://github.com/login/oauth/authorize", {"scope": "read:user user:email"}),
    "gitlab": ("https://id.example.com/auth", {"scope": "openid email"}),
    "google": ("https://id.example.com/auth", GOOGLE),
    "google-workspaces": ("https://id.example.com/auth", {**GOOGLE, "hd": "example.com"}),
    "linkedin": ("https://www.linkedin.com/oauth/v2/authorization", {"scope": "openid profile email"}),
    "okta": ("https://id.example.com/auth", {"scope": "openid email"}),
    "twitter": ("https://twitter.com/i/oauth2/authorize", {"scope": "users.read tweet.read"}),
}
"""As SuperTokens' SDKs send people there."""

CONFIGURATIONS = {
    "active-directory": "https://login.microsoftonline.com/dir1/v2.0",
    "apple": "https://appleid.apple.com",
    "gitlab": "https://gitlab.example.com",
    "google": "https://accounts.google.com",
    "google-workspaces": "https://accounts.google.com",
    "okta": "https://acme.okta.com",
}
ADDITIONAL = {
    "directoryId": "dir1",
    "gitlabBaseUrl": "https://gitlab.example.com/",
    "oktaDomain": "acme.okta.com",
    "boxyURL": "https://boxy.example.com",
    "hd": "example.com",
}
CLIENTS = [{"clientId": "c1", "clientSecret": "s1", "additionalConfig": ADDITIONAL}]


@pytest.fixture
def world() -> World:
    """Nobody has said anything yet."""
    return World()


def test_all_that_are_known_are_tried() -> None:
    assert DEPARTURES.keys() == KNOWN.keys()


@pytest.mark.parametrize("third_party_id", DEPARTURES)
def test_people_are_sent_where_the_sdks_send_them(world: World, third_party_id: str) -> None:
    if third_party_id in CONFIGURATIONS:
        publish(world, at=CONFIGURATIONS[third_party_id])
    endpoint, more = DEPARTURES[third_party_id]

    departure = world.client.departure(registered(third_party_id, clients=CLIENTS), BACK)

    query = query_of(departure.url)
    assert departure.url.partition("?")[0] == endpoint
    pkce = {name: query.pop(name) for name in ("code_challenge", "code_challenge_method") if name in query}
    assert query == {**PLAIN, **more}
    assert bool(pkce) == bool(departure.pkce_verifier) == (third_party_id == "twitter")


def test_public_clients_prove_themselves_with_pkce(world: World) -> None:
    import hashlib

    departure = world.client.departure(registered("github", clients=[{"clientId": "c1"}]), BACK)
    query = query_of(departure.url)
    assert departure.pkce_verifier
    digest = base64.urlsafe_b64encode(hashlib.sha256(departure.pkce_verifier.encode()).digest())
    assert (query["code_challenge"], query["code_challenge_method"]) == (digest.decode().rstrip("="), "S256")
    assert 43 <= len(departure.pkce_verifier) <= 128


def test_what_is_set_goes_before_what_is_known(world: World) -> None:
    provider: dict[str, Any] = {
        "authorizationEndpoint": "https://ghe.example.com/authorize?tenant=1",
        "authorizationEndpointQueryParams": {"prompt": "login", "response_type": None},
        "clients": [{"clientId": "c1", "clientSecret": "s", "scope": ["user"], "forcePKCE": True}],
    }
    departure = world.client.departure(registered("github-own", **provider), BACK)
    query = query_of(departure.url)
    assert departure.url.startswith("https://ghe.example.com/authorize?")
    assert (query["tenant"], query["prompt"], query["scope"], "response_type" in query) == (
        "1",
        "login",
        "user",
        False,
    )
    assert departure.pkce_verifier


def test_codes_are_exchanged_with_the_secret_in_the_form(world: World) -> None:
    world.answers["https://github.com/login/oauth/access_token"] = TOKENS
    registration = registered("github", tokenEndpointBodyParams={"audience": "x"})

    assert world.client.exchange(registration, BACK, "code1", "verifier1") == TOKENS
    assert world.sent[0].form == {
        "client_id": "c1", "client_secret": "s1", "redirect_uri": BACK, "code": "code1",
        "grant_type": "authorization_code", "code_verifier": "verifier1", "audience": "x",
    }  # fmt: skip


def test_twitter_takes_the_secret_in_a_header(world: World) -> None:
    world.answers["https://api.twitter.com/2/oauth2/token"] = TOKENS
    world.client.exchange(registered("twitter"), BACK, "code1", "v")
    assert world.sent[0].headers["authorization"] == f"Basic {base64.b64encode(b'c1:s1').decode()}"
    assert "client_secret" not in world.sent[0].form


def test_apple_gets_a_secret_that_the_client_signs(world: World) -> None:
    publish(world, at="https://appleid.apple.com")
    world.answers["https://id.example.com/token"] = TOKENS
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().replace("\n", "\\n")
    own = {"keyId": "k", "teamId": "t", "privateKey": pem}
    registration = registered("apple", clients=[{"clientId": "c1", "additionalConfig": own}])

    world.client.exchange(registration, BACK, "code1", None)

    secret = world.sent[-1].form["client_secret"]
    claims: dict[str, Any] = jwt.decode(
        secret, key.public_key(), ["ES256"], audience="https://appleid.apple.com"
    )
    assert (claims["iss"], claims["sub"], jwt.get_unverified_header(secret)["kid"]) == ("t", "c1", "k")
    broken = registered("apple", clients=[{"clientId": "c1", "additionalConfig": {**own, "privateKey": "x"}}])
    with pytest.raises(ProviderFailed, match="privateKey"):
        world.client.exchange(broken, BACK, "code1", None)
    with pytest.raises(ProviderFailed, match="keyId"):
        world.client.exchange(registered("apple", clients=[{"clientId": "c1"}]), BACK, "code1", None)


def test_codes_that_are_not_accepted_are_refused_without_a_word_of_the_answer(world: World) -> None:
    world.answers["https://github.com/login/oauth/access_token"] = {"error": "bad_verification_code"}
    with pytest.raises(OAuthRefused, match=r"github did not accept the code \(200\)"):
        world.client.exchange(registered("github"), BACK, "used", None)


GITHUB = {
    "https://api.github.com/user": {"id": 7},
    "https://api.github.com/user/emails": [
        {"email": "old@example.com", "primary": False, "verified": True},
        {"email": "ada@example.com", "primary": True, "verified": True},
    ],
    "https://api.github.com/applications/c1/token": {"app": {"client_id": "c1"}},
}
BITBUCKET = {
    "https://api.bitbucket.org/2.0/user": {"uuid": "{7}"},
    "https://api.bitbucket.org/2.0/user/emails": {
        "values": [{"email": "ada@example.com", "is_primary": True, "is_confirmed": False}]
    },
}
PEOPLE: dict[str, tuple[dict[str, Any], Vouched]] = {
    "github": (GITHUB, Vouched("7", "ada@example.com", is_verified=True)),
    "bitbucket": (BITBUCKET, Vouched("{7}", "ada@example.com", is_verified=False)),
    "discord": (
        {"https://discord.com/api/users/@me": {"id": "7", "email": "ada@example.com", "verified": True}},
        Vouched("7", "ada@example.com", is_verified=True),
    ),
    "facebook": (
        {"https://graph.facebook.com/me": {"id": "7", "email": "ada@example.com"}},
        Vouched("7", "ada@example.com", is_verified=False),
    ),
    "linkedin": (
        {
            "https://api.linkedin.com/v2/userinfo": {
                "sub": "7",
                "email": "ada@example.com",
                "email_verified": True,
            }
        },
        Vouched("7", "ada@example.com", is_verified=True),
    ),
    "twitter": (
        {"https://api.twitter.com/2/users/me": {"data": {"id": "7"}}},
        Vouched("7", None, is_verified=False),
    ),
    "boxy-saml": (
        {"https://boxy.example.com/api/oauth/userinfo": {"id": "7", "email": "ada@example.com"}},
        Vouched("7", "ada@example.com", is_verified=False),
    ),
}


@pytest.mark.parametrize("third_party_id", PEOPLE)
def test_who_somebody_is_is_read_where_a_third_party_tells_it(world: World, third_party_id: str) -> None:
    answers, expected = PEOPLE[third_party_id]
    world.answers |= answers
    vouched = world.client.vouched(registered(third_party_id, clients=CLIENTS), TOKENS, are_own=True)
    assert vouched == expected


def test_facebook_is_asked_field_by_field(world: World) -> None:
    world.answers |= PEOPLE["facebook"][0]
    world.client.vouched(registered("facebook"), TOKENS, are_own=True)
    assert world.sent[0].query == {"access_token": "at", "fields": "id,email", "format": "json"}
    assert "authorization" not in world.sent[0].headers


CHECKS: dict[str, tuple[str, Any, Any]] = {
    "google": (
        "https://oauth2.googleapis.com/tokeninfo",
        {"aud": "x", "azp": "c1"},
        {"aud": "x", "azp": "y"},
    ),
    "discord": (
        "https://discord.com/api/oauth2/@me",
        {"application": {"id": "c1"}},
        {"application": {"id": "x"}},
    ),
    "facebook": (
        "https://graph.facebook.com/debug_token",
        {"data": {"app_id": "c1"}},
        {"data": {"app_id": "x"}},
    ),
    "github": (
        "https://api.github.com/applications/c1/token",
        {"app": {"client_id": "c1"}},
        (404, {"message": "no"}),
    ),
    "gitlab": (
        "https://gitlab.com/oauth/token/info",
        {"application": {"uid": "c1"}},
        (401, {"error": "invalid_token"}),
    ),
}


@pytest.mark.parametrize("third_party_id", CHECKS)
def test_tokens_that_a_frontend_brings_must_be_made_for_us(world: World, third_party_id: str) -> None:
    url, good, bad = CHECKS[third_party_id]
    for at in ("https://accounts.google.com", "https://gitlab.com"):
        publish(world, at=at)
    world.answers |= (
        GITHUB | PEOPLE["discord"][0] | PEOPLE["facebook"][0] | {"https://id.example.com/me": {"sub": "7"}}
    )
    world.answers[url] = good
    assert world.client.vouched(registered(third_party_id), TOKENS, are_own=False).user_id == "7"
    world.answers[url] = bad
    with pytest.raises(OAuthRefused, match="not made for this application"):
        world.client.vouched(registered(third_party_id), TOKENS, are_own=False)


def test_where_nobody_tells_an_id_token_must_come_along(world: World) -> None:
    registration = registered("acme", oidcDiscoveryEndpoint=publish(world))
    with pytest.raises(OAuthRefused, match="id_token"):
        world.client.vouched(registration, TOKENS, are_own=False)
    both = {**TOKENS, "id_token": id_token()}
    assert world.client.vouched(registration, both, are_own=False).user_id == "u1"
    world.answers["https://id.example.com/me"] = {"sub": "u2", "email": "eve@example.com"}
    with pytest.raises(OAuthRefused, match="two people"):
        world.client.vouched(registration, both, are_own=False)


def test_workspaces_let_people_of_their_domain_in(world: World) -> None:
    publish(world, at="https://accounts.google.com")
    registration = registered("google-workspaces", clients=CLIENTS)
    good, bad = ({"id_token": id_token(hd=domain)} for domain in ("example.com", "example.org"))
    assert world.client.vouched(registration, good, are_own=True).email == "ada@example.com"
    for tokens in (bad, {"id_token": id_token()}):
        with pytest.raises(OAuthRefused, match=r"Only people of example\.com"):
            world.client.vouched(registration, tokens, are_own=True)
