"""GET /session, POST /logout and the cookies between them."""

import jwt

from tests.api import ORIGIN, Api
from tests.functions.test_main_flow import COOKIE, JWT_COOKIE, sign_in
from tests.houses import ADA, BOB, Home


def test_jwt_is_believed_without_the_database(api: Api, home: Home) -> None:
    tokens = sign_in(api, home)
    database = home.house.database
    before = database.round_trips

    answer = api.call("GET", "/session", bearer=tokens["session_jwt"])

    assert (answer.status, answer.json["session_jwt"], database.round_trips) == (200, None, before)
    assert answer.json["user"] == tokens["user"]
    assert answer.json["session"] == tokens["session"]


def test_session_token_brings_a_fresh_jwt(api: Api, home: Home) -> None:
    tokens = sign_in(api, home)
    home.clock.advance(minutes=6)

    assert api.call("GET", "/session", bearer=tokens["session_jwt"]).status == 401
    fresh = api.call("GET", "/session", bearer=tokens["session_token"]).json["session_jwt"]
    assert api.call("GET", "/session", bearer=fresh).status == 200


def test_cookies_are_renewed_only_for_browsers(api: Api, home: Home) -> None:
    token = sign_in(api, home)["session_token"]

    with_cookie = api.call("GET", "/session", cookies={COOKIE: token})
    assert with_cookie.cookies[JWT_COOKIE].value == with_cookie.json["session_jwt"]
    assert COOKIE not in with_cookie.cookies
    assert not api.call("GET", "/session", bearer=token).cookies


def test_check_database_sees_a_revoked_session_at_once(api: Api, home: Home) -> None:
    tokens = sign_in(api, home)
    api.call("POST", "/logout", bearer=tokens["session_token"])

    assert api.call("GET", "/session", bearer=tokens["session_jwt"]).status == 200, (
        "believed for five minutes"
    )
    assert api.call("GET", "/session?check_database=true", bearer=tokens["session_jwt"]).status == 401


def test_session_ends_after_its_duration(api: Api, home: Home) -> None:
    token = sign_in(api, home)["session_token"]

    home.clock.advance(days=6.99)
    assert api.call("GET", "/session", bearer=token).status == 200
    home.clock.advance(days=0.02)
    assert api.call("GET", "/session", bearer=token).status == 401


def test_jwt_never_outlives_its_session(api: Api, home: Home) -> None:
    tokens = sign_in(api, home)
    home.clock.advance(days=7, minutes=-2)

    fresh = api.call("GET", "/session", bearer=tokens["session_token"]).json["session_jwt"]
    home.clock.advance(minutes=3)

    assert api.call("GET", "/session", bearer=fresh).status == 401


def test_wrong_tokens_are_refused(api: Api, home: Home) -> None:
    tokens = sign_in(api, home)
    handle, _, secret = tokens["session_token"].partition(".")
    header, payload, signature = tokens["session_jwt"].split(".")

    for wrong in (
        "x",
        handle,
        f"{handle}.",
        f"{handle}.{secret[::-1]}",
        f"{handle}.{secret}x",
        f"{header}.{payload}.",
        f"{header}.{payload[:-2]}AA.{signature}",
        jwt.encode({"sub": "x"}, "k" * 32, "HS256"),
        "💥.💥.💥".encode().decode("latin-1"),
    ):
        answer = api.call("GET", "/session", bearer=wrong)
        assert (answer.status, answer.json["error"]) == (401, "user unauthenticated"), wrong
    assert api.call("GET", "/session").status == 401


def test_jwks_verifies_session_jwts(api: Api, home: Home) -> None:
    token = sign_in(api, home)["session_jwt"]
    answer = api.call("GET", "/.well-known/jwks.json")

    keys = jwt.PyJWKSet.from_dict(answer.json)
    key = keys[jwt.get_unverified_header(token)["kid"]]
    # the test's clock runs ahead of the system's
    claims = jwt.decode(token, key, ["RS256"], issuer=f"{ORIGIN}/auth", options={"verify_iat": False})

    assert (claims["email"], claims["st-role"]["v"], claims["tId"]) == (ADA, ["admin"], "public")
    assert answer.headers["cache-control"] == "max-age=300, must-revalidate"
    assert len(keys.keys) == 1, "nothing of ours is signed by a static key"


def test_logout_clears_cookies_and_may_be_repeated(api: Api, home: Home) -> None:
    cookies = {COOKIE: sign_in(api, home)["session_token"]}

    for _ in range(2):
        answer = api.call("POST", "/logout", cookies=cookies, headers={"origin": ORIGIN})
        assert (answer.status, answer.json) == (200, {"message": "logged out"})
        for name in (COOKIE, JWT_COOKIE):
            assert (answer.cookies[name].value, answer.cookies[name]["max-age"]) == ("", "0")
    assert api.call("GET", "/session", cookies=cookies).status == 401
    assert api.call("POST", "/logout").status == 200


def test_logout_everywhere_ends_every_session_of_that_person_only(api: Api, home: Home) -> None:
    laptop, phone = sign_in(api, home), sign_in(api, home)
    other = sign_in(api, home, BOB)

    api.call("POST", "/logout", {"everywhere": True}, bearer=phone["session_token"])

    assert [
        api.call("GET", "/session", bearer=tokens["session_token"]).status
        for tokens in (laptop, phone, other)
    ] == [401, 401, 200]


def test_logout_with_a_wrong_secret_ends_nothing(api: Api, home: Home) -> None:
    token = sign_in(api, home)["session_token"]
    handle = token.partition(".")[0]

    assert api.call("POST", "/logout", bearer=f"{handle}.{'A' * 43}").status == 200
    assert api.call("POST", "/logout", {"everywhere": True}, bearer=f"{handle}.{'A' * 43}").status == 200
    assert api.call("GET", "/session", bearer=token).status == 200


def test_cookie_writes_need_an_allowed_origin(api: Api, home: Home) -> None:
    cookies = {COOKIE: sign_in(api, home)["session_token"]}

    for headers in (
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"{ORIGIN}.evil.example"},
    ):
        for method, target, body in (
            ("POST", "/logout", {"everywhere": True}),
            ("POST", "/invite", {"email": BOB}),
            ("POST", "/users", {"email": BOB}),
            ("DELETE", "/users/x", None),
        ):
            answer = api.call(method, target, body, cookies=cookies, headers=headers)
            assert (answer.status, answer.json["error"]) == (403, "forbidden")
    assert api.call("GET", "/session", cookies=cookies).status == 200
    assert (
        api.call("POST", "/users", {"email": BOB}, cookies=cookies, headers={"origin": ORIGIN}).status == 201
    )


def test_further_origins_can_be_allowed(api: Api, home: Home) -> None:
    cookies = {COOKIE: sign_in(api, home)["session_token"]}
    elsewhere = Api(home.with_settings(ALLOWED_ORIGINS="https://app.example.com, https://b.example.com"))

    answer = elsewhere.call("POST", "/logout", cookies=cookies, headers={"origin": "https://app.example.com"})

    assert answer.status == 200


def test_logout_that_fails_is_told_and_the_browser_forgets_all_the_same(api: Api, home: Home) -> None:
    cookies = {COOKIE: sign_in(api, home)["session_token"]}
    lost = Api(home.with_settings(DATABASE_URL="mysql://nobody@127.0.0.1:1/x"))

    answer = lost.call("POST", "/logout", cookies=cookies, headers={"origin": ORIGIN})

    assert (answer.status, answer.json["error"]) == (503, "service unavailable")
    assert answer.cookies[COOKIE]["max-age"] == "0"


def test_jwt_does_not_prolong_itself(api: Api, home: Home) -> None:
    tokens = sign_in(api, home)

    answer = api.call("GET", "/session?check_database=true", bearer=tokens["session_jwt"])
    assert (answer.status, answer.json["session_jwt"]) == (200, None)
    home.clock.advance(minutes=5, seconds=1)
    assert api.call("GET", "/session?check_database=true", bearer=tokens["session_jwt"]).status == 401


def test_foreign_page_cannot_make_the_browser_forget_its_cookies(api: Api) -> None:
    answer = api.call("POST", "/logout", headers={"origin": "https://evil.example"})

    assert (answer.status, bool(answer.cookies)) == (403, False)


def test_cookies_are_secure_on_https(home: Home) -> None:
    api = Api(home.with_settings(API_URL="https://api.example.com"))
    api.call("POST", "/login", {"email": ADA})
    form = {"token": home.mailbox.token_for(ADA)}

    answer = api.call(
        "POST", "/authenticate_magic_link", form=form, headers={"origin": "https://api.example.com"}
    )

    assert (answer.status, answer.headers["location"]) == (303, "https://api.example.com/profile")
    assert all(answer.cookies[name]["secure"] for name in (COOKIE, JWT_COOKIE))
