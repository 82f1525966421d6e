"""The main job through the functions: link in, users managed, session out, on every engine."""

import re
from typing import Any

import pytest

from tests.api import ORIGIN, Api
from tests.houses import ADA, BOB, Home

COOKIE, JWT_COOKIE = "gatehouse_session", "gatehouse_session_jwt"


def sign_in(api: Api, home: Home, email: str = ADA) -> dict[str, Any]:
    """Sign in through the functions and return the JSON answer's tokens."""
    assert api.call("POST", "/login", {"email": email}).json == {"message": "magic link sent"}
    answer = api.call("POST", "/authenticate_magic_link", {"token": home.mailbox.token_for(email)})
    assert answer.status == 200, answer.text
    tokens: dict[str, Any] = answer.json
    return tokens


def test_link_signs_in_lists_users_and_logs_out(api: Api, home: Home) -> None:
    signed_in = sign_in(api, home)
    token = signed_in["session_token"]

    assert api.call("GET", "/session", bearer=token).json["user"]["email"] == ADA
    assert api.call("POST", "/users", {"email": BOB, "name": "Bob"}, bearer=token).status == 201
    assert [user["email"] for user in api.call("GET", "/users", bearer=token).json] == [BOB, ADA]
    assert api.call("POST", "/logout", bearer=token).json == {"message": "logged out"}
    answer = api.call("GET", "/session", bearer=token)
    assert (answer.status, answer.json["error"]) == (401, "user unauthenticated")


def test_form_answers_with_cookies_and_the_profile_page(api: Api, home: Home) -> None:
    api.call("POST", "/login", {"email": ADA})
    token = home.mailbox.token_for(ADA)

    answer = api.call("POST", "/authenticate_magic_link", form={"token": token}, headers={"origin": ORIGIN})

    assert (answer.status, answer.headers["location"]) == (303, f"{ORIGIN}/profile")
    for name, age in ((COOKIE, 7 * 24 * 3600), (JWT_COOKIE, 300)):
        morsel = answer.cookies[name]
        assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "lax", "/")
        assert int(morsel["max-age"]) == age
        assert not morsel["secure"], "http on a laptop"


def test_opening_a_link_does_not_use_it(api: Api, home: Home) -> None:
    api.call("POST", "/login", {"email": ADA})
    token = home.mailbox.token_for(ADA)

    for _ in range(3):
        page = api.call("GET", f"/authenticate_magic_link?token={token}")
        assert (page.status, token in page.text) == (200, True)
        assert "form-action 'self'" in page.headers["content-security-policy"]

    assert api.call("POST", "/authenticate_magic_link", {"token": token}).status == 200


def test_without_confirmation_opening_a_link_signs_in(api: Api, home: Home) -> None:
    direct = Api(home.with_settings(MAGIC_LINK_CONFIRM="off"))
    direct.call("POST", "/login", {"email": ADA})
    token = home.mailbox.token_for(ADA)

    answer = direct.call("GET", f"/authenticate_magic_link?token={token}")

    assert (answer.status, answer.headers["location"]) == (302, f"{ORIGIN}/profile")
    assert answer.cookies[COOKIE].value
    again = direct.call("GET", f"/authenticate_magic_link?token={token}")
    assert (again.status, "expired or was already used" in again.text) == (400, True)


def test_used_link_is_refused(api: Api, home: Home) -> None:
    sign_in(api, home)
    token = home.mailbox.token_for(ADA)

    answer = api.call("POST", "/authenticate_magic_link", {"token": token})
    assert (answer.status, answer.json["error"]) == (400, "invalid or expired link")
    page = api.call("POST", "/authenticate_magic_link", form={"token": token}, headers={"origin": ORIGIN})
    assert (page.status, page.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert not page.cookies


def test_link_dies_after_its_lifetime(api: Api, home: Home) -> None:
    api.call("POST", "/login", {"email": ADA})
    home.clock.advance(minutes=15, seconds=1)

    answer = api.call("POST", "/authenticate_magic_link", {"token": home.mailbox.token_for(ADA)})

    assert (answer.status, "expired" in answer.json["detail"]) == (400, True)


def test_using_one_link_kills_the_others_of_its_address(api: Api, home: Home) -> None:
    api.call("POST", "/login", {"email": ADA})
    first = home.mailbox.token_for(ADA)
    sign_in(api, home)

    assert api.call("POST", "/authenticate_magic_link", {"token": first}).status == 400


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a" * 43,
        f"{'a' * 43}.{'b' * 43}",
        f"{'a' * 43}.{'_' * 42}!",
        "a.b.c",
        "💥" * 50,
        "../../etc",
        "%00",
    ],
)
def test_wrong_token_gets_a_message_to_act_on(api: Api, home: Home, token: str) -> None:
    answer = api.call("POST", "/authenticate_magic_link", {"token": token})

    assert (answer.status, answer.json["error"]) == (400, "invalid or expired link")
    assert "ask for a new one" in answer.json["detail"].lower()


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'{"token": 1}', b'{"tokens": "a"}', b"\xff\xfe"])
def test_wrong_body_is_a_400(api: Api, raw: bytes) -> None:
    answer = api.call("POST", "/authenticate_magic_link", raw=raw)

    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")


def test_form_from_a_foreign_page_does_not_sign_in(api: Api, home: Home) -> None:
    api.call("POST", "/login", {"email": ADA})
    form = {"token": home.mailbox.token_for(ADA)}

    answer = api.call(
        "POST", "/authenticate_magic_link", form=form, headers={"origin": "https://evil.example"}
    )
    assert (answer.status, bool(answer.cookies)) == (403, False)
    assert api.call("POST", "/authenticate_magic_link", form=form, headers={"origin": ORIGIN}).status == 303


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"email": None}, 422),
        ({"email": 7}, 422),
        ({"email": ""}, 422),
        ({"email": "ada"}, 422),
        ({"email": "ada@example"}, 422),
        ({"email": "ada@exa mple.com"}, 422),
        ({"email": "ada@example.com\nBcc: eve@example.com"}, 422),
        ({"email": "a" * 65 + "@example.com"}, 422),
        ({"email": f"a@{'b' * 250}.com"}, 422),
        ({"email": ADA, "admin": True}, 422),
        ([], 422),
    ],
)
def test_login_names_what_is_wrong(api: Api, home: Home, body: object, status: int) -> None:
    answer = api.call("POST", "/login", body)

    assert (answer.status, answer.json["error"]) == (status, "invalid input")
    assert answer.json["errors"]
    assert home.mailbox.letters() == []


def test_body_that_is_not_json_is_a_400(api: Api) -> None:
    answer = api.call("POST", "/login", raw=b"{email:")

    assert (answer.status, answer.json["detail"]) == (400, "The body is not valid JSON.")


def test_addresses_differ_neither_by_case_nor_by_blanks(api: Api, home: Home) -> None:
    sign_in(api, home)
    api.call("POST", "/login", {"email": "  ADA@Example.COM "})

    again = api.call("POST", "/authenticate_magic_link", {"token": home.mailbox.token_for(ADA)}).json

    assert again["user"]["email"] == ADA
    assert len(api.call("GET", "/users", bearer=again["session_token"]).json) == 1


def test_session_times_and_ids_are_readable(api: Api, home: Home) -> None:
    body = api.call("GET", "/session", bearer=sign_in(api, home)["session_token"]).json

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["session"]["expires_at"])
    assert body["user"]["status"] == "active"
    assert body["user"]["roles"] == ["admin"]


def test_database_that_is_gone_is_told_as_a_page_to_people_and_as_a_problem_to_programs(
    api: Api, home: Home
) -> None:
    api.call("POST", "/login", {"email": ADA})
    token = home.mailbox.token_for(ADA)
    lost = Api(home.with_settings(DATABASE_URL="mysql://nobody@127.0.0.1:1/x"))

    page = lost.call("POST", "/authenticate_magic_link", form={"token": token}, headers={"origin": ORIGIN})
    assert (page.status, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "try again" in page.text
    problem = lost.call("POST", "/authenticate_magic_link", {"token": token})
    assert (problem.status, problem.json["error"]) == (503, "service unavailable")
    assert problem.headers["retry-after"] == "5"


def test_page_of_a_link_may_lead_to_a_website_elsewhere(home: Home) -> None:
    api = Api(home.with_settings(WEBSITE_URL="https://www.example.com/app"))
    api.call("POST", "/login", {"email": ADA})

    page = api.call("GET", f"/authenticate_magic_link?token={home.mailbox.token_for(ADA)}")

    assert "form-action 'self' https://www.example.com;" in page.headers["content-security-policy"]
