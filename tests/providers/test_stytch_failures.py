"""Stytch down, slow, wrong or unwilling: an answer within seconds, never a sign-in, and a log line to act on."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.errors import (
    GatehouseError,
    LetterNotSent,
    ProviderFailed,
    ProviderUnavailable,
)
from gatehouse.models import PUBLIC, Credentials
from gatehouse.providers.bounded_http import TimeLimits
from gatehouse.providers.stytch import StytchIdentity
from gatehouse.store import users
from tests.api import ORIGIN, Api
from tests.functions.test_main_flow import COOKIE, JWT_COOKIE, sign_in
from tests.houses import ADA, BOB, LAPTOP, Home
from tests.processes import free_port
from tests.providers.conftest import IMPATIENT, identity_of
from tests.providers.fake_stytch import SECRET, FakeStytch, Trouble
from tests.providers.stytch_troubles import change, delay, hang, hang_up, refuse, send, trickle

DOWN = {
    "hangs": hang,
    "trickles": trickle,
    "hangs up": hang_up,
    "throttles": refuse(429, "too_many_requests"),
}
BROKEN = {
    "answers 500": refuse(500, "internal_server_error"),
    "answers 502 without JSON": send(502, b"<h1>Bad gateway</h1>", "text/html"),
    "answers 404 without JSON": send(404, b"nothing here", "text/plain"),
    "answers 401 of a proxy": send(401, b"", "text/plain"),
    "answers 400 with a list": send(400, b'["magic_link_not_found", "session_not_found"]'),
    "answers nothing": send(200, b""),
    "answers no JSON": send(200, b"<html></html>", "text/html"),
    "answers a list": send(200, b"[]"),
    "answers an empty object": send(200, b"{}"),
    "answers null": send(200, b"null"),
    "redirects": send(302, b"{}", Location="https://stytch.example.com/v1/elsewhere"),
    "refuses our credentials": refuse(401, "unauthorized_credentials"),
    "refuses our project": refuse(401, "unauthorized_project_id_test"),
    "refuses for a reason of its own": refuse(403, "action_not_allowed"),
}
TROUBLES: list[tuple[Trouble, type[GatehouseError]]] = [
    *((trouble, ProviderUnavailable) for trouble in DOWN.values()),
    *((trouble, ProviderFailed) for trouble in BROKEN.values()),
]


@pytest.mark.parametrize(("trouble", "expected"), TROUBLES, ids=[*DOWN, *BROKEN])
def test_trouble_at_stytch_is_told_and_signs_nobody_in(
    home: Home,
    stytch: FakeStytch,
    impatient: StytchIdentity,
    caplog: pytest.LogCaptureFixture,
    trouble: Trouble,
    expected: type[GatehouseError],
) -> None:
    admin = home.sign_in(ADA)
    bob = home.sign_in(BOB)
    impatient.login(BOB, LAPTOP)
    link = home.mailbox.token_for(BOB)
    token = Credentials(token=bob.session_token)
    acts: list[Callable[[], Any]] = [
        lambda: impatient.login(BOB, LAPTOP),
        lambda: impatient.authenticate(link, LAPTOP),
        lambda: impatient.check(token),
        lambda: impatient.log_out(token),
        lambda: impatient.log_out(token, everywhere=True),
        lambda: impatient.remove_user(bob.user.id, by=admin.user),
    ]

    with stytch.trouble(trouble):
        for act in acts:
            started = time.monotonic()
            with pytest.raises(expected):
                act()
            assert time.monotonic() - started < 3
        with pytest.raises(LetterNotSent, match="try again"):
            impatient.invite("carol@example.com", "Carol", by=admin.user, client=LAPTOP)

    assert home.house.database.run(users.get_user_by_email(PUBLIC, "carol@example.com")), "the row stays"
    assert home.house.users.get(bob.user.id).email == BOB
    for private in (SECRET, link, bob.session_token or "", BOB):
        assert private not in caplog.text
    assert impatient.check(token).user.email == BOB, "all is well again"


def test_nobody_listening_is_told_at_once(home: Home) -> None:
    deserted = identity_of(home.house, IMPATIENT, f"http://127.0.0.1:{free_port()}")

    with pytest.raises(ProviderUnavailable):
        deserted.login(ADA, LAPTOP)


@pytest.mark.parametrize(
    "spoil",
    [
        {"session": None},
        {"session": {}},
        {"user_id": "user-test-somebody-else"},
        {"session_jwt": ""},
        {"session_token": ""},
        {"session_token": 7},
        {"user": None},
        {"user": {"user_id": "user-test-1"}},
        {"status_code": "fine"},
    ],
)
def test_wrong_answer_to_a_link_signs_nobody_in(
    home: Home, stytch: FakeStytch, spoil: dict[str, Any]
) -> None:
    home.house.identity.login(ADA, LAPTOP)

    with (
        stytch.trouble(change(lambda answer: answer.update(spoil)), "/v1/magic_links/authenticate"),
        pytest.raises(ProviderFailed),
    ):
        home.house.identity.authenticate(home.mailbox.token_for(ADA), LAPTOP)

    assert not home.house.database.run(users.has_users(PUBLIC))


@pytest.mark.parametrize("member", ["user_id", "session_id", "expires_at"])
def test_wrong_session_is_not_believed(home: Home, stytch: FakeStytch, member: str) -> None:
    token = Credentials(token=home.sign_in(ADA).session_token)
    somebody_else = ["user-test-somebody-else"] if member == "user_id" else []

    for value in ("", None, [7], *somebody_else):
        spoil = change(lambda answer, value=value: answer["session"].update({member: value}))  # type: ignore[misc]
        with stytch.trouble(spoil, "/v1/sessions/authenticate"), pytest.raises(ProviderFailed):
            home.house.identity.check(token)


def test_functions_answer_within_seconds_when_stytch_hangs(api: Api, home: Home, stytch: FakeStytch) -> None:
    tokens = sign_in(api, home)

    with stytch.trouble(hang):
        started = time.monotonic()
        answer = api.call("POST", "/login", {"email": BOB})
        took_s = time.monotonic() - started
        believed = api.call("GET", "/users", bearer=tokens["session_jwt"])

    assert (answer.status, answer.json["error"]) == (503, "identity provider unavailable")
    assert answer.headers["retry-after"] == "5"
    assert "try again" in answer.json["detail"]
    assert took_s < TimeLimits().call_s + 1
    assert believed.status == 503, "the keys are not here yet"


def test_jwts_are_believed_while_stytch_is_down(api: Api, home: Home, stytch: FakeStytch) -> None:
    jwt = sign_in(api, home)["session_jwt"]
    api.call("GET", "/session", bearer=jwt)

    with stytch.trouble(hang_up):
        assert api.call("GET", "/users", bearer=jwt).status == 200
        assert api.call("POST", "/users", {"email": BOB}, bearer=jwt).status == 503, "writes ask Stytch"
        link = api.call(
            "POST", "/authenticate_magic_link", form={"token": "A" * 44}, headers={"origin": ORIGIN}
        )

    assert (link.status, bool(link.cookies)) == (503, False)


def test_logout_that_stytch_does_not_hear_of_is_no_success(api: Api, home: Home, stytch: FakeStytch) -> None:
    tokens = sign_in(api, home)
    cookies = {COOKIE: tokens["session_token"], JWT_COOKIE: tokens["session_jwt"]}

    with stytch.trouble(hang_up):
        answer = api.call("POST", "/logout", cookies=cookies, headers={"origin": ORIGIN})

    assert (answer.status, answer.json["error"]) == (503, "identity provider unavailable")


def test_logout_everywhere_says_so_when_time_is_over(home: Home, stytch: FakeStytch) -> None:
    sessions = [home.sign_in(ADA) for _ in range(5)]
    identity = identity_of(home.house, TimeLimits(call_s=0.8))

    with (
        stytch.trouble(delay(0.5), "/v1/sessions/revoke"),
        pytest.raises(ProviderUnavailable, match="Not every session"),
    ):
        identity.log_out(Credentials(token=sessions[0].session_token), everywhere=True)

    assert sessions[0].session.handle in stytch.project.sessions, "so it can be tried again"
    identity.log_out(Credentials(token=sessions[0].session_token), everywhere=True)
    assert not stytch.project.sessions


def test_address_that_stytch_refuses_gets_no_letter(home: Home, stytch: FakeStytch) -> None:
    with stytch.trouble(refuse(400, "invalid_email")), pytest.raises(LetterNotSent):
        home.house.identity.login(ADA, LAPTOP)


def test_what_stytch_refuses_for_our_fault_is_not_blamed_on_the_caller(
    home: Home, stytch: FakeStytch
) -> None:
    token = Credentials(token=home.sign_in(ADA).session_token)

    with stytch.trouble(refuse(400, "invalid_session_duration_minutes")), pytest.raises(ProviderFailed):
        home.house.identity.authenticate("A" * 44, LAPTOP)
    with stytch.trouble(refuse(404, "route_not_found")):
        for act in (home.house.identity.check, home.house.identity.log_out):
            with pytest.raises(ProviderFailed):
                act(token)


def test_log_takes_no_lines_from_outside(
    home: Home, stytch: FakeStytch, caplog: pytest.LogCaptureFixture
) -> None:
    with stytch.trouble(refuse(500, "x\nERROR forged")), pytest.raises(ProviderFailed):
        home.house.identity.login(ADA, LAPTOP)

    assert "xERRORforged" in caplog.text


def test_connection_is_kept_while_it_is_fresh(home: Home, stytch: FakeStytch) -> None:
    token = Credentials(token=home.sign_in(ADA).session_token)

    for idle_s, expected in ((30, 1), (0, 3)):
        identity = identity_of(home.house, TimeLimits(idle_s=idle_s))
        before = stytch.connections
        for _ in range(3):
            identity.check(token)
        assert stytch.connections - before == expected


def test_call_that_was_given_up_does_not_spoil_the_next(
    stytch: FakeStytch, home: Home, impatient: StytchIdentity
) -> None:
    token = Credentials(token=home.sign_in(ADA).session_token)

    for trouble in (hang, trickle):
        with stytch.trouble(trouble), pytest.raises(ProviderUnavailable):
            impatient.check(token)
        assert impatient.check(token).user.email == ADA
