"""Sessions of frontends: how tokens travel, how they are renewed, and how they end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from gatehouse.bootstrap import House
from tests.databases import FreshDatabase
from tests.frontend import Frontend
from tests.house_fixtures import MigratedDatabase
from tests.houses import Home, open_house

DAY = timedelta(days=1)
UNAUTHORISED = {"message": "unauthorised"}
TRY_REFRESH = {"message": "try refresh token"}
THEFT = {"message": "token theft detected"}
SITES = {"API_URL": "https://api.example.com", "WEBSITE_URL": "https://www.example.com"}
ABROAD = {"API_URL": "https://api.example.com", "WEBSITE_URL": "https://app.example.org"}


@pytest.fixture
def with_settings(sqlite_home: Home) -> Callable[..., House]:
    """Return what gives a house with other settings."""
    return sqlite_home.with_settings


@pytest.fixture(params=["header", "cookie"])
def frontend(request: pytest.FixtureRequest, home: Home) -> Frontend:
    """Somebody's frontend, signed in, in either mode and on every engine."""
    frontend = Frontend(home.house, request.param)
    frontend.open_session()
    return frontend


def test_refresh_gives_new_tokens_and_tells_the_frontend(frontend: Frontend) -> None:
    before = dict(frontend.tokens)

    answer = frontend.ask("POST", "/session/refresh")

    assert (answer.status, answer.json) == (200, {})
    assert {name for name in before if before[name] == frontend.tokens[name]} == set(), "all are new"
    told = answer.front_token
    assert set(told) == {"ate", "uid", "up"}
    assert told["up"]["sub"] == told["uid"]
    assert told["ate"] == told["up"]["exp"] * 1_000
    assert (told["up"]["st-ev"]["v"], told["up"]["st-role"]["v"], told["up"]["iss"]) == (
        False,
        [],
        "http://127.0.0.1:3000/auth",
    )
    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert exposed[0] == "front-token"
    assert ("st-access-token" in exposed) == (frontend.mode == "header")


def test_sign_out_ends_the_session_and_clears_the_tokens(frontend: Frontend) -> None:
    other_tab = frontend.copy()

    answer = frontend.ask("POST", "/signout")

    assert (answer.status, answer.json) == (200, {"status": "OK"})
    assert answer.headers["front-token"] == "remove"
    assert frontend.tokens == {}
    gone = other_tab.ask("POST", "/session/refresh")
    assert (gone.status, gone.json) == (401, UNAUTHORISED)
    assert not other_tab.is_signed_in
    again = frontend.ask("POST", "/signout")
    assert (again.status, again.json, "front-token" in again.headers) == (401, UNAUTHORISED, False)


def test_expired_access_token_asks_for_a_refresh(home: Home, frontend: Frontend) -> None:
    home.clock.advance(minutes=61)

    answer = frontend.ask("POST", "/signout")

    assert (answer.status, answer.json, "front-token" in answer.headers) == (401, TRY_REFRESH, False)
    assert frontend.ask("POST", "/session/refresh").status == 200
    assert frontend.ask("POST", "/signout").status == 200


def test_expired_refresh_token_signs_out(home: Home, frontend: Frontend) -> None:
    home.clock.advance(days=101)

    answer = frontend.ask("POST", "/session/refresh")

    assert (answer.status, answer.json) == (401, UNAUTHORISED)
    assert not frontend.is_signed_in


def test_stolen_refresh_token_ends_the_session_for_both(home: Home, frontend: Frontend) -> None:
    thief = frontend.copy()
    frontend.ask("POST", "/session/refresh")
    frontend.ask("POST", "/session/refresh")
    home.clock.advance(seconds=11)

    answer = thief.ask("POST", "/session/refresh")

    assert (answer.status, answer.json) == (401, THEFT)
    assert not thief.is_signed_in
    assert frontend.ask("POST", "/session/refresh").status == 401
    assert not frontend.is_signed_in


def test_tab_that_comes_a_moment_late_stays_signed_in(home: Home, frontend: Frontend) -> None:
    late = frontend.copy()
    frontend.ask("POST", "/session/refresh")
    used = frontend.copy()
    used.ask("POST", "/session/refresh")
    home.clock.advance(seconds=9)

    assert late.ask("POST", "/session/refresh").status == 200
    home.clock.advance(minutes=59)
    assert late.ask("POST", "/session/refresh").status == 200, "a browser keeps the token that arrived last"


def test_quick_thief_is_caught_by_the_next_refresh(home: Home, frontend: Frontend) -> None:
    thief = frontend.copy()
    for each in (frontend, thief):
        assert each.ask("POST", "/session/refresh").status == 200, "they look like two tabs"
    home.clock.advance(minutes=59)
    assert thief.ask("POST", "/session/refresh").status == 200
    assert thief.ask("POST", "/session/refresh").status == 200

    answer = frontend.ask("POST", "/session/refresh")

    assert (answer.status, answer.json) == (401, THEFT)
    assert thief.ask("POST", "/session/refresh").status == 401


def test_token_that_was_made_long_before_its_sibling_was_used_is_stolen(
    home: Home, frontend: Frontend
) -> None:
    thief = frontend.copy()
    thief.ask("POST", "/session/refresh")
    home.clock.advance(minutes=30)
    frontend.ask("POST", "/session/refresh")
    frontend.ask("POST", "/session/refresh")

    assert thief.ask("POST", "/session/refresh").json == THEFT


def test_without_grace_every_second_use_is_theft(home: Home, frontend: Frontend) -> None:
    frontend.house = home.with_settings(REFRESH_GRACE_SECONDS="0")
    late = frontend.copy()
    frontend.ask("POST", "/session/refresh")
    frontend.ask("POST", "/session/refresh")

    assert late.ask("POST", "/session/refresh").json == THEFT


@pytest.mark.parametrize(
    "sent", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Bearer ü", f"Bearer {'x' * 9000}"]
)
def test_nonsense_is_no_session(sqlite_home: Home, sent: str) -> None:
    frontend = Frontend(sqlite_home.house)
    for path in ("/session/refresh", "/signout"):
        answer = frontend.ask("POST", path, authorization=sent, cookie=f"sAccessToken={quote(sent)}")
        assert (answer.status, answer.json) == (401, UNAUTHORISED)


def test_token_of_another_database_is_no_session(
    sqlite_home: Home, fresh_database_url: FreshDatabase, tmp_path: Path
) -> None:
    url = fresh_database_url("sqlite")
    MigratedDatabase(url).close()
    stranger = open_house(url, tmp_path / "other.jsonl")
    foreign = Frontend(stranger.house)
    foreign.open_session()
    stranger.close()
    visitor = Frontend(sqlite_home.house, "header", foreign.tokens)

    assert visitor.ask("POST", "/signout").json == TRY_REFRESH
    assert visitor.ask("POST", "/session/refresh").json == UNAUTHORISED


@pytest.mark.parametrize(
    ("settings", "same_site", "domain", "is_secure"),
    [
        ({}, "lax", "", False),
        (SITES, "lax", "", True),
        (ABROAD, "none", "", True),
        ({**SITES, "COOKIE_DOMAIN": ".example.com"}, "lax", ".example.com", True),
        ({**SITES, "COOKIE_SAME_SITE": "strict"}, "strict", "", True),
        ({"WEBSITE_URL": "http://localhost:5173"}, "lax", "", False),
        ({"API_URL": "https://a.vercel.app", "WEBSITE_URL": "https://b.vercel.app"}, "none", "", True),
        ({"API_URL": "https://a.example.co.uk", "WEBSITE_URL": "https://b.example.co.uk"}, "lax", "", True),
    ],
)
def test_cookies_follow_the_domains(
    with_settings: Callable[..., House],
    settings: dict[str, str],
    same_site: str,
    domain: str,
    is_secure: bool,
) -> None:
    frontend = Frontend(with_settings(**settings), "cookie")
    frontend.open_session()

    cookies = frontend.ask("POST", "/session/refresh").cookies

    assert cookies.keys() == {"sAccessToken", "sRefreshToken"}
    assert (cookies["sAccessToken"]["path"], cookies["sRefreshToken"]["path"]) == (
        "/",
        "/auth/session/refresh",
    )
    for cookie in cookies.values():
        assert (cookie["samesite"], cookie["domain"], bool(cookie["secure"])) == (
            same_site,
            domain,
            is_secure,
        )
        assert cookie["httponly"]


def test_cookie_of_the_access_token_stays_a_year(sqlite_home: Home) -> None:
    frontend = Frontend(sqlite_home.house, "cookie")
    frontend.open_session()
    before = datetime.fromtimestamp(sqlite_home.clock() / 1_000, UTC)
    cookies = frontend.ask("POST", "/session/refresh").cookies
    days = {
        name: round((parsedate_to_datetime(cookie["expires"]) - before) / DAY)
        for name, cookie in cookies.items()
    }
    assert days == {"sAccessToken": 365, "sRefreshToken": 100}


def test_path_of_the_api_stands_before_that_of_the_cookie(with_settings: Callable[..., House]) -> None:
    frontend = Frontend(with_settings(API_URL="https://example.com/login"), "cookie")
    frontend.open_session()
    cookies = frontend.ask("POST", "/session/refresh").cookies
    assert cookies["sRefreshToken"]["path"] == "/login/auth/session/refresh"


def test_custom_header_keeps_cookies_from_other_sites(with_settings: Callable[..., House]) -> None:
    frontend = Frontend(with_settings(**ABROAD), "cookie")
    frontend.open_session()
    cookie = "; ".join(f"{name}={value}" for name, value in frontend.tokens.items() if name != "front-token")

    forged = frontend.call("POST", "/signout", headers={"cookie": cookie})
    assert (forged.status, forged.json) == (401, TRY_REFRESH)
    forged = frontend.call("POST", "/session/refresh", headers={"cookie": cookie})
    assert (forged.status, forged.json, forged.headers["front-token"]) == (401, UNAUTHORISED, "remove")
    assert frontend.call("POST", "/signout", headers={"cookie": cookie, "rid": "anti-csrf"}).status == 200


def test_token_keeps_cookies_from_other_sites(with_settings: Callable[..., House]) -> None:
    frontend = Frontend(with_settings(ANTI_CSRF="VIA_TOKEN"), "cookie")
    frontend.open_session(has_anti_csrf=True)
    forger = frontend.copy()
    del forger.tokens["anti-csrf"]
    liar = frontend.copy()
    liar.tokens["anti-csrf"] = "x"

    for each in (forger, liar):
        assert each.ask("POST", "/signout").json == TRY_REFRESH
        assert each.copy().ask("POST", "/session/refresh").json == UNAUTHORISED
    answer = frontend.ask("POST", "/session/refresh")
    assert answer.status == 200
    assert "anti-csrf" in answer.headers["access-control-expose-headers"].split(", ")
    assert frontend.ask("POST", "/signout").json == {"status": "OK"}
    assert "anti-csrf" not in frontend.tokens


def test_header_needs_no_token_against_forgery(with_settings: Callable[..., House]) -> None:
    frontend = Frontend(with_settings(ANTI_CSRF="VIA_TOKEN"))
    frontend.open_session()
    answer = frontend.ask("POST", "/session/refresh")
    assert (answer.status, "anti-csrf" in answer.headers) == (200, False)


@pytest.mark.parametrize(("allowed", "refused"), [("cookie", "header"), ("header", "cookie")])
def test_only_the_allowed_way_counts(with_settings: Callable[..., House], allowed: str, refused: str) -> None:
    house = with_settings(TOKEN_TRANSFER_METHOD=allowed)
    good, bad = Frontend(house, allowed), Frontend(house, refused)
    good.open_session()
    bad.open_session("bob@example.com")

    assert good.ask("POST", "/session/refresh").status == 200
    assert bad.copy().ask("POST", "/session/refresh").json == UNAUTHORISED
    assert bad.ask("POST", "/signout").json == UNAUTHORISED


def test_header_wins_over_cookies(sqlite_home: Home) -> None:
    ada, bob = Frontend(sqlite_home.house, "header"), Frontend(sqlite_home.house, "cookie")
    session = ada.open_session()
    bob.open_session("bob@example.com")
    both = Frontend(sqlite_home.house, "header", {**bob.tokens, **ada.tokens})

    answer = both.ask("POST", "/session/refresh")

    assert answer.front_token["uid"] == session.user_id
    assert {name: cookie.value for name, cookie in answer.cookies.items()} == {
        "sAccessToken": "",
        "sRefreshToken": "",
    }
    assert both.tokens.keys() == {"st-access-token", "st-refresh-token", "front-token"}


def test_legacy_cookie_asks_for_one_refresh(sqlite_home: Home) -> None:
    frontend = Frontend(sqlite_home.house, "cookie")
    frontend.open_session()
    frontend.tokens["sIdRefreshToken"] = "x"
    cookie = "; ".join(f"{name}={value}" for name, value in frontend.tokens.items() if name.startswith("s"))

    assert frontend.call("POST", "/signout", headers={"cookie": cookie}).json == TRY_REFRESH
    answer = frontend.call("POST", "/session/refresh", headers={"cookie": cookie})
    assert (answer.status, answer.cookies["sIdRefreshToken"].value) == (200, "")


def test_cookies_of_two_domains_are_sorted_out_by_a_refresh(with_settings: Callable[..., House]) -> None:
    house = with_settings(**SITES, COOKIE_DOMAIN=".example.com", OLDER_COOKIE_DOMAIN="-")
    frontend = Frontend(house, "cookie")
    frontend.open_session()
    tokens = {name: frontend.tokens[name] for name in ("sAccessToken", "sRefreshToken")}
    twice = "; ".join(
        f"{name}={value}"
        for name, value in [*tokens.items(), ("sAccessToken", "old"), ("sRefreshToken", "old")]
    )
    sent = {"cookie": twice, "rid": "session"}

    assert frontend.call("POST", "/signout", headers=sent).status == 401
    answer = frontend.call("POST", "/session/refresh", headers=sent)

    assert answer.status == 200
    assert {(cookie.value, cookie["domain"]) for cookie in answer.cookies.values()} == {("", "")}
    assert frontend.ask("POST", "/session/refresh").status == 200


def test_status_of_expired_sessions_is_a_setting(with_settings: Callable[..., House]) -> None:
    frontend = Frontend(with_settings(SESSION_EXPIRED_STATUS_CODE="440"))
    assert frontend.ask("POST", "/signout").status == 440


def test_paths_tenants_and_methods(sqlite_home: Home) -> None:
    frontend = Frontend(sqlite_home.house)
    frontend.open_session()

    assert frontend.ask("POST", "/nowhere").json == {"message": "Not found"}
    assert frontend.ask("GET", "/signout").status == 405
    unknown = frontend.ask("POST", "/t1/signout")
    assert (unknown.status, list(unknown.json)) == (400, ["message"])
    assert frontend.ask("POST", "/PUBLIC/session/refresh").status == 200
    assert frontend.ask("POST", "/public/signout/").json == {"status": "OK"}


def test_stytch_has_no_frontend_interface(with_settings: Callable[..., House]) -> None:
    house = with_settings(IDENTITY_PROVIDER="stytch", STYTCH_PROJECT_ID="p", STYTCH_SECRET="s")
    answer = Frontend(house).ask("POST", "/session/refresh")
    assert (answer.status, "IDENTITY_PROVIDER" in answer.text) == (404, True)


def test_keys_verify_the_access_token(sqlite_home: Home) -> None:
    import jwt

    frontend = Frontend(sqlite_home.house)
    session = frontend.open_session()
    configuration = frontend.ask("GET", "/.well-known/openid-configuration")
    answer = frontend.ask("GET", "/jwt/jwks.json")

    assert configuration.json == {
        "issuer": "http://127.0.0.1:3000/auth",
        "jwks_uri": "http://127.0.0.1:3000/auth/jwt/jwks.json",
    }
    assert (answer.headers["access-control-allow-origin"], answer.headers["cache-control"][:8]) == (
        "*",
        "max-age=",
    )
    kid = jwt.get_unverified_header(session.access_token)["kid"]
    key = next(key for key in jwt.PyJWKSet.from_dict(answer.json).keys if key.key_id == kid)
    claims: Any = jwt.decode(
        session.access_token, key, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert claims["sub"] == session.user_id
