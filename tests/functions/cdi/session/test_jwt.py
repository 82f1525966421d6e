"""JWTs of any content and the key list that verifies them; on every engine."""

from typing import Any

import jwt
import pytest

from gatehouse.clock import DAY_MS, HOUR_MS
from gatehouse.store.statement import Sql
from tests.core import Core
from tests.functions.cdi.sessions import SessionClient, claims, header
from tests.functions.cdi.tenants import APP, make_tenants
from tests.houses import Home

JWKS = "/.well-known/jwks.json"
DOMAIN = "https://api.example.com"


def create(client: SessionClient, **changes: Any) -> Any:
    """Ask for a JWT."""
    body = {"algorithm": "RS256", "jwksDomain": DOMAIN, "payload": {}, "validity": 100}
    return client.send("POST", "/recipe/jwt", body | changes)


def key_list(core: Core, prefix: str = "") -> tuple[list[dict[str, str]], int]:
    """Return the public keys and for how many seconds they may be kept."""
    answer = core.call("GET", prefix + JWKS)
    max_age, must_revalidate = answer.headers["cache-control"].split(", ")
    assert (answer.status, must_revalidate) == (200, "must-revalidate")
    return answer.json["keys"], int(max_age.removeprefix("max-age="))


def count_keys(home: Home) -> list[int]:
    """Count dynamic, static and refresh-token keys."""
    return [
        home.house.database.run(Sql(f"SELECT COUNT(*) FROM {which}").only(lambda row: int(row[0])))
        for which in (
            "{session_access_token_signing_keys}",
            "{jwt_signing_keys}",
            "{key_value} WHERE name = 'refresh_token_key'",
        )
    ]


def test_jwt_has_its_members_in_order(client: SessionClient) -> None:
    answer = create(client, payload={"sub": "machine", "n": {"é": [1, None]}})

    assert list(answer) == ["status", "jwt"]
    assert list(header(answer["jwt"])) == ["kid", "typ", "alg"]
    assert header(answer["jwt"])["kid"].startswith("s-")
    found = claims(answer["jwt"])
    assert list(found) == ["iat", "exp", "iss", "sub", "n"]
    assert (found["exp"] - found["iat"], found["iss"], found["n"]) == (100, DOMAIN, {"é": [1, None]})


def test_dynamic_key_signs_if_the_static_one_is_declined(client: SessionClient) -> None:
    assert header(create(client, useStaticSigningKey=False)["jwt"])["kid"].startswith("d-")
    assert header(create(client, useStaticSigningKey=True)["jwt"])["kid"].startswith("s-")


def test_payload_may_bring_its_own_issuer_and_times(client: SessionClient) -> None:
    found = claims(create(client, payload={"iss": "theirs", "exp": 5})["jwt"])

    assert (list(found), found["iss"], found["exp"]) == (["iat", "exp", "iss"], "theirs", 5)


def test_key_list_verifies_jwts_and_sessions(client: SessionClient, core: Core) -> None:
    tokens = [
        create(client)["jwt"],
        create(client, useStaticSigningKey=False)["jwt"],
        client.create()["accessToken"]["token"],
        client.create(useDynamicSigningKey=False)["accessToken"]["token"],
    ]
    keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict({"keys": key_list(core)[0]}).keys}

    for token in tokens:
        key = keys[header(token)["kid"]]
        assert jwt.decode(
            token, key, algorithms=["RS256"], options={"verify_iat": False, "verify_exp": False}
        )


@pytest.mark.parametrize("algorithm", ["RS256", "rs256", "Rs256"])
def test_algorithm_is_rs256_in_any_case(client: SessionClient, algorithm: str) -> None:
    assert header(create(client, algorithm=algorithm)["jwt"])["alg"] == "RS256"


@pytest.mark.parametrize("algorithm", ["", "HS256", "none", "RS512"])
def test_no_other_algorithm_is_supported(client: SessionClient, home: Home, algorithm: str) -> None:
    assert create(client, algorithm=algorithm) == {"status": "UNSUPPORTED_ALGORITHM_ERROR"}
    assert count_keys(home) == [0, 0, 0]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"algorithm": None}, "Field name 'algorithm' is invalid in JSON input"),
        ({"jwksDomain": 1}, "Field name 'jwksDomain' is invalid in JSON input"),
        ({"payload": "x"}, "Field name 'payload' is invalid in JSON input"),
        ({"payload": None}, "Field name 'payload' is invalid in JSON input"),
        ({"validity": "100"}, "Field name 'validity' is invalid in JSON input"),
        ({"validity": True}, "Field name 'validity' is invalid in JSON input"),
        ({"validity": None}, "Field name 'validity' is invalid in JSON input"),
        ({"validity": 0}, "validity must be greater than or equal to 0"),
        ({"validity": -1}, "validity must be greater than or equal to 0"),
        ({"useStaticSigningKey": None}, "Field name 'useStaticSigningKey' is invalid in JSON input"),
    ],
)
def test_bad_input_is_refused(client: SessionClient, changes: dict[str, Any], text: str) -> None:
    assert create(client, **changes) == (400, text)


def test_century_and_more_are_no_trouble(client: SessionClient) -> None:
    for validity in (3_153_600_000, 10**18, 100.0):
        found = claims(create(client, validity=validity)["jwt"])
        assert found["exp"] - found["iat"] == validity


def test_jwts_and_keys_are_the_apps(client: SessionClient, core: Core) -> None:
    core.put(APP, appId="a1")
    make_tenants(core, "t1")
    refused = (403, "Only public tenantId can call this app specific API")

    assert create(SessionClient(core, "/t1")) == refused
    assert SessionClient(core, "/t1").send("GET", "/recipe/jwt/jwks") == refused
    assert key_list(core, "/t1")[0] == key_list(core)[0]
    own = {key["kid"] for key in key_list(core, "/appid-a1")[0]}
    assert header(create(SessionClient(core, "/appid-a1"))["jwt"])["kid"] in own
    assert not own & {key["kid"] for key in key_list(core)[0]}


def test_key_list_needs_neither_api_key_nor_version(home: Home) -> None:
    core = Core(home.with_settings(API_KEYS="a" * 20))

    keys = core.call("GET", JWKS, headers={"cdi-version": "1.0"})
    assert (keys.status, list(keys.json), keys.headers["content-type"]) == (
        200,
        ["keys"],
        "application/json;charset=UTF-8",
    )
    assert core.call("GET", "/recipe/jwt/jwks").status == 401
    answer = core.call("GET", "/recipe/jwt/jwks", headers={"api-key": "a" * 20})
    assert answer.json == {"keys": keys.json["keys"], "status": "OK"}
    assert list(answer.json) == ["keys", "status"]


def test_both_kinds_are_in_the_list_before_anything_was_signed(core: Core, home: Home) -> None:
    keys, max_age_s = key_list(core)

    assert [key["kid"][:2] for key in keys] == ["d-", "s-"]
    assert [list(key) for key in keys] == [["kty", "kid", "n", "e", "alg", "use"]] * 2
    assert 7 * 86_400 - 62 <= max_age_s <= 7 * 86_400 - 60
    assert count_keys(home) == [1, 1, 0]


def test_list_may_be_kept_until_the_next_key(core: Core, home: Home) -> None:
    first = key_list(core)[0]
    home.clock.ahead_ms += 7 * DAY_MS - 70_000
    assert key_list(core)[1] in {8, 9, 10}

    home.clock.advance(seconds=11)
    keys, max_age_s = key_list(core)
    assert [key["kid"] for key in keys][1:] == [key["kid"] for key in first], "newest first, then static"
    assert max_age_s > 600_000
    home.clock.ahead_ms += 2 * HOUR_MS + 120_000
    assert [key["kid"] for key in key_list(core)[0]] == [keys[0]["kid"], keys[2]["kid"]]


def test_apps_have_intervals_of_their_own(core: Core, home: Home) -> None:
    century_h = 876_000
    core.put(APP, appId="a1", coreConfig={"access_token_dynamic_signing_key_update_interval": str(century_h)})

    assert key_list(core, "/appid-a1")[1] == pytest.approx(century_h * 3_600 - 60, abs=2)
    home.clock.advance(days=365)
    assert key_list(core, "/appid-a1")[1] == pytest.approx((century_h - 8_760) * 3_600 - 60, abs=2)


def test_very_short_intervals_are_for_tests(home: Home) -> None:
    core = Core(home.with_settings(GATEHOUSE_TEST_MODE="on"))
    core.put(APP, appId="a1", coreConfig={"access_token_dynamic_signing_key_update_interval": "0.0014"})
    first, max_age_s = key_list(core, "/appid-a1")

    assert max_age_s in {2, 3, 4}, "5040 ms, of which a fifth is the overlap"
    home.clock.advance(seconds=4.5)
    second, _ = key_list(core, "/appid-a1")
    assert [key["kid"] for key in second][1:] == [key["kid"] for key in first]


def test_app_that_needs_no_key_gets_none(core: Core, home: Home) -> None:
    for number in range(3):
        core.put(APP, appId=f"a{number}")
        core.get(f"/appid-a{number}/users")
        SessionClient(core, f"/appid-a{number}").verify({"accessToken": {"token": "a.b.c"}})
        SessionClient(core, f"/appid-a{number}").refresh({"refreshToken": {"token": "AAAA.b.V2"}})

    assert count_keys(home) == [0, 0, 0]


def test_app_that_was_made_again_has_new_keys(core: Core) -> None:
    core.put(APP, appId="a1")
    client = SessionClient(core, "/appid-a1")
    session, keys = client.create(), key_list(core, "/appid-a1")[0]
    core.post("/recipe/multitenancy/app/remove", appId="a1")
    core.put(APP, appId="a1")

    assert not {key["n"] for key in keys} & {key["n"] for key in key_list(core, "/appid-a1")[0]}
    assert client.verify(session)["message"] == "Key not found"
    client.create()
    assert client.refresh(session) == {"status": "UNAUTHORISED", "message": "Invalid refresh token"}
