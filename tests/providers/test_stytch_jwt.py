"""Which JWTs are believed without asking Stytch, and how often its keys are asked for."""

import base64
import dataclasses
import hmac
import json
from collections.abc import Callable

import jwt
import pytest
import stytch as sdk
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gatehouse.errors import ProviderFailed, ProviderUnavailable, Unauthenticated
from gatehouse.models import Credentials, SignedIn
from tests.houses import ADA, Clock, Home
from tests.providers.conftest import IMPATIENT, identity_of
from tests.providers.fake_stytch import PROJECT_ID, SECRET, FakeStytch
from tests.providers.stytch_objects import SESSION_CLAIM, OpenSession, make_key
from tests.providers.stytch_troubles import hang, refuse, send

JWKS = "/v1/sessions/jwks/"
AUTHENTICATE = "POST /v1/sessions/authenticate"


@pytest.fixture
def session(home: Home, stytch: FakeStytch) -> OpenSession:
    """Return Ada's session as Stytch has it; the house has the keys already."""
    home.sign_in(ADA)
    (session,) = stytch.project.sessions.values()
    home.house.identity.check(Credentials(jwt=stytch.project.sign(session)))
    return session


def check(home: Home, text: str) -> SignedIn:
    """Check a session by a JWT alone."""
    return home.house.identity.check(Credentials(jwt=text))


def base64url(data: bytes) -> str:
    """Encode as JWTs are."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


Forge = Callable[[FakeStytch, OpenSession], str]


def signed_by_a_stranger(stytch: FakeStytch, session: OpenSession) -> str:
    stranger = dataclasses.replace(make_key(), kid=stytch.project.keys[0].kid)
    return stytch.project.sign(session, key=stranger)


def signed_with_the_public_key_as_a_secret(stytch: FakeStytch, session: OpenSession) -> str:
    """RFC 8725 2.1: a library that lets the token choose the algorithm takes the public key for HMAC's secret."""
    key = stytch.project.keys[0]
    pem = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = base64url(json.dumps({"alg": "HS256", "typ": "JWT", "kid": key.kid}).encode())
    signed = f"{header}.{stytch.project.sign(session).split('.')[1]}"
    return f"{signed}.{base64url(hmac.digest(pem, signed.encode(), 'sha256'))}"


def unsigned(stytch: FakeStytch, session: OpenSession) -> str:
    claims = jwt.decode(stytch.project.sign(session), options={"verify_signature": False})
    return jwt.encode(claims, "", "none", headers={"kid": stytch.project.keys[0].kid})


def of_another_project(stytch: FakeStytch, session: OpenSession) -> str:
    return stytch.project.sign(session, {"aud": ["project-test-other"]})


def of_another_issuer(stytch: FakeStytch, session: OpenSession) -> str:
    return stytch.project.sign(session, {"iss": "stytch.com/project-test-other"})


def for_a_connected_app(stytch: FakeStytch, session: OpenSession) -> str:
    """Access tokens of Connected Apps have the same keys, issuer and audience, but are no sessions of ours."""
    return stytch.project.sign(session, {SESSION_CLAIM: None, "scope": "openid email", "jti": "x"})


def of_nobody(stytch: FakeStytch, session: OpenSession) -> str:
    return stytch.project.sign(session, {"sub": ""})


def with_a_strange_session(stytch: FakeStytch, session: OpenSession) -> str:
    return stytch.project.sign(session, {SESSION_CLAIM: ["id"]})


def without_times(stytch: FakeStytch, session: OpenSession) -> str:
    return stytch.project.sign(session, {"exp": None})


def with_strange_times(stytch: FakeStytch, session: OpenSession) -> str:
    return stytch.project.sign(session, {"exp": "tomorrow"})


def without_a_key_name(stytch: FakeStytch, session: OpenSession) -> str:
    return jwt.encode({"sub": session.user_id}, stytch.project.keys[0].private, "RS256")


def no_jwt_at_all(stytch: FakeStytch, session: OpenSession) -> str:
    return "💥.a.b"


@pytest.mark.parametrize(
    "forge",
    [
        signed_by_a_stranger,
        signed_with_the_public_key_as_a_secret,
        unsigned,
        of_another_project,
        of_another_issuer,
        for_a_connected_app,
        of_nobody,
        with_a_strange_session,
        without_times,
        with_strange_times,
        without_a_key_name,
        no_jwt_at_all,
    ],
    ids=lambda forge: forge.__name__,
)
def test_forged_jwt_is_refused_without_asking(
    home: Home, stytch: FakeStytch, session: OpenSession, forge: Forge
) -> None:
    calls = stytch.count()

    with pytest.raises(Unauthenticated):
        check(home, forge(stytch, session))
    home.house.identity.log_out(Credentials(jwt=forge(stytch, session)))

    assert stytch.count() == calls
    assert session.session_id in stytch.project.sessions


def test_custom_domain_may_be_the_issuer(home: Home, stytch: FakeStytch, session: OpenSession) -> None:
    assert check(home, stytch.project.sign(session, {"iss": stytch.url})).user.email == ADA


def test_jwt_that_is_not_valid_yet_is_not_believed(
    home: Home, stytch: FakeStytch, session: OpenSession
) -> None:
    now_s = home.clock() // 1000

    assert check(home, stytch.project.sign(session, {"nbf": now_s + 5})).session_jwt is None, (
        "clocks differ a little"
    )
    with pytest.raises(Unauthenticated):
        check(home, stytch.project.sign(session, {"nbf": now_s + 60}))


def test_jwt_of_an_older_form_ends_with_itself(home: Home, stytch: FakeStytch, session: OpenSession) -> None:
    claims = jwt.decode(stytch.project.sign(session), options={"verify_signature": False})
    del claims[SESSION_CLAIM]["expires_at"]

    signed_in = check(home, stytch.project.sign(session, {SESSION_CLAIM: claims[SESSION_CLAIM]}))

    assert signed_in.session.expires_at_ms == claims["exp"] * 1000


def test_new_key_is_found_and_the_old_one_kept(home: Home, stytch: FakeStytch, session: OpenSession) -> None:
    old = stytch.project.sign(session)
    stytch.project.keys.append(make_key())
    home.clock.advance(seconds=11)
    reads = stytch.count(f"GET {JWKS}")

    for text in (stytch.project.sign(session), old, stytch.project.sign(session)):
        assert check(home, text).session_jwt is None
    assert stytch.count(f"GET {JWKS}") == reads + 1


def test_unknown_keys_are_asked_for_once_in_a_while(
    home: Home, stytch: FakeStytch, session: OpenSession
) -> None:
    home.clock.advance(seconds=11)
    reads = stytch.count(f"GET {JWKS}")

    unknown = dataclasses.replace(stytch.project.keys[0], kid="jwk-test-unknown")
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            check(home, stytch.project.sign(session, key=unknown))

    assert stytch.count(f"GET {JWKS}") == reads + 1


def test_keys_are_read_again_after_five_minutes_and_kept_in_an_outage(
    home: Home, stytch: FakeStytch, session: OpenSession
) -> None:
    home.clock.advance(minutes=6)
    reads = stytch.count(f"GET {JWKS}")

    with stytch.trouble(refuse(500, "internal_server_error")):
        for _ in range(3):
            assert check(home, stytch.project.sign(session)).user.email == ADA
        assert home.house.identity.jwks()[0]
    assert stytch.count(f"GET {JWKS}") == reads + 1

    home.clock.advance(seconds=11)
    check(home, stytch.project.sign(session))
    assert stytch.count(f"GET {JWKS}") == reads + 2
    unknown = dataclasses.replace(stytch.project.keys[0], kid="jwk-test-unknown")
    with pytest.raises(Unauthenticated):
        check(home, stytch.project.sign(session, key=unknown))


def test_without_keys_a_session_is_neither_believed_nor_denied(
    home: Home, stytch: FakeStytch, session: OpenSession
) -> None:
    text = stytch.project.sign(session)
    identity = identity_of(home.house, IMPATIENT)

    with stytch.trouble(hang):
        reads = stytch.count()
        for _ in range(3):
            with pytest.raises(ProviderUnavailable):
                identity.check(Credentials(jwt=text))
        with pytest.raises(ProviderUnavailable):
            identity.jwks()
        assert stytch.count() == reads + 1, "one wait, not one for each caller"


@pytest.mark.parametrize(
    "trouble",
    [
        refuse(500, "internal_server_error"),
        send(200, b"<html>"),
        send(200, b"[]"),
        send(200, b'{"status_code": 200, "request_id": "r"}'),
        send(200, b'{"status_code": 200, "request_id": "r", "keys": "none"}'),
        send(200, b'{"status_code": 200, "request_id": "r", "keys": [1]}'),
        send(200, b'{"status_code": 200, "request_id": "r", "keys": [{"kty": "RSA", "kid": "x"}]}'),
        send(200, b'{"status_code": 200, "request_id": "r", "keys": []}'),
        send(200, b'{"status_code": 200, "request_id": "r", "keys": [{"kty": "RSA", "n": 1, "e": []}]}'),
    ],
)
def test_with_broken_keys_stytch_itself_judges(
    home: Home, stytch: FakeStytch, session: OpenSession, trouble: Callable[..., None]
) -> None:
    text = stytch.project.sign(session)
    identity = identity_of(home.house, IMPATIENT)

    with stytch.trouble(trouble, JWKS):
        for credentials in (Credentials(jwt=text), Credentials(token=session.token, jwt=text)):
            assert bool(identity.check(credentials).session_jwt) is bool(credentials.token)
        with pytest.raises(Unauthenticated):
            identity.check(Credentials(jwt=signed_by_a_stranger(stytch, session)))
        with pytest.raises(ProviderFailed):
            identity.jwks()


def test_database_check_with_a_token_needs_no_keys(
    home: Home, stytch: FakeStytch, session: OpenSession
) -> None:
    identity = identity_of(home.house, IMPATIENT)
    reads = stytch.count("GET")

    identity.check(Credentials(token=session.token, jwt=stytch.project.sign(session)), check_database=True)

    assert stytch.count("GET") == reads


def test_fake_signs_as_the_sdk_expects(stytch: FakeStytch, clock: Clock) -> None:
    clock.ahead_ms = 0  # the SDK goes by the system's time
    person = stytch.project.add_person(ADA, is_verified=True)
    session = stytch.project.open_session(person.user_id, person.emails[0], 600_000)
    with pytest.warns(DeprecationWarning, match="BasicAuth"):
        client = sdk.Client(
            project_id=PROJECT_ID, secret=SECRET, environment=stytch.url, suppress_warnings=True
        )
    verified = client.sessions.authenticate_jwt_local(stytch.project.sign(session))

    assert verified
    assert (verified.session_id, verified.user_id) == (session.session_id, session.user_id)
