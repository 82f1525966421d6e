"""What the REST functions leave in the audit log, on every engine."""

import pytest

from gatehouse.store.statement import Sql
from tests.api import Api
from tests.audit.entries import HERE, entries, events, everything, forget, the, who
from tests.functions.test_main_flow import sign_in
from tests.houses import ADA, BOB, Home


def test_who_signs_up_in_and_out_is_noted(api: Api, home: Home) -> None:
    signed_in = sign_in(api, home)
    user, session = signed_in["user"]["id"], signed_in["session"]["id"]

    assert events(home.house) == ["roles.changed", "session.created", "user.created"]
    created = the(home.house, "session.created")
    assert who(created) == (user, user, HERE)
    assert created.details == {"recipe": "passwordless", "factor": "link-email", "session": session[:8]}

    forget(home.house)
    for _ in range(2):
        api.call("POST", "/logout", bearer=signed_in["session_token"])
    revoked = the(home.house, "session.revoked")
    assert (revoked.client, revoked.details) == (HERE, {"session": session[:8]})
    assert revoked.actor_id == revoked.subject_id is not None


def test_nothing_ends_by_a_token_that_is_wrong(api: Api, home: Home) -> None:
    signed_in = sign_in(api, home)
    forget(home.house)
    handle = signed_in["session"]["id"]
    for token in (f"{handle}.{'A' * 43}", f"{handle[:-1]}0.{'A' * 43}", "x"):
        api.call("POST", "/logout", bearer=token)
    assert events(home.house) == []


def test_what_administrators_do_is_noted(api: Api, home: Home) -> None:
    signed_in = sign_in(api, home)
    admin, token = signed_in["user"]["id"], signed_in["session_token"]
    forget(home.house)

    bob = api.call("POST", "/users", {"email": BOB}, bearer=token).json["id"]
    assert api.call("POST", "/users", {"email": BOB}, bearer=token).status == 409
    api.call("PATCH", f"/users/{bob}", {"email": "bo@example.com"}, bearer=token)
    api.call("POST", "/invite", {"email": "bo@example.com"}, bearer=token)
    api.call("DELETE", f"/users/{bob}", bearer=token)

    expected = {"user.created", "user.updated", "email.changed", "user.invited", "user.deleted"}
    assert {(entry.event, *who(entry)) for entry in entries(home.house)} == {
        (event, admin, bob, HERE) for event in expected
    }
    assert len(entries(home.house)) == len(expected), "what was refused is not there"


def test_an_invited_person_joins_when_they_first_sign_in(api: Api, home: Home) -> None:
    token = sign_in(api, home)["session_token"]
    api.call("POST", "/invite", {"email": BOB}, bearer=token)
    forget(home.house)

    for expected in (["session.created", "user.joined"], ["session.created"]):
        sign_in(api, home, BOB)
        assert events(home.house) == expected
        forget(home.house)


def test_links_that_fail_are_noted(api: Api, home: Home) -> None:
    user = sign_in(api, home)["user"]["id"]
    used = home.mailbox.token_for(ADA)
    forget(home.house)
    for _ in range(2):
        assert api.call("POST", "/authenticate_magic_link", {"token": used}).status == 400
    unknown = the(home.house, "signin.failed")
    assert (who(unknown), unknown.times) == ((None, None, HERE), 2)
    assert unknown.details == {"recipe": "passwordless", "reason": "unknown_code"}

    forget(home.house)
    api.call("POST", "/login", {"email": ADA})
    home.clock.advance(minutes=16)
    answer = api.call("POST", "/authenticate_magic_link", {"token": home.mailbox.token_for(ADA)})
    assert answer.status == 400
    expired = the(home.house, "signin.failed")
    assert (who(expired), expired.details["reason"]) == ((None, user, HERE), "expired_code")


def test_strangers_and_too_many_letters_are_noted_without_their_address(api: Api, home: Home) -> None:
    sign_in(api, home)
    closed = home.with_settings(SIGNUP="invite_only", SEND_LIMIT_PER_ADDRESS="1")
    stranger = Api(closed)
    forget(closed)
    statuses = [stranger.call("POST", "/login", {"email": BOB}).status for _ in range(3)]

    assert statuses == [200, 429, 429]
    refused, limited = the(closed, "signin.failed"), the(closed, "send.refused")
    assert (who(refused), refused.details["reason"]) == ((None, None, HERE), "not_invited")
    assert (who(limited), limited.times, limited.details) == ((None, None, HERE), 2, {"letter": "sign_in"})
    assert BOB not in str(everything(closed))


def test_whoever_is_invited_no_more_when_they_open_their_link_is_noted(api: Api, home: Home) -> None:
    sign_in(api, home)
    api.call("POST", "/login", {"email": BOB})
    closed = home.with_settings(SIGNUP="invite_only")
    forget(closed)
    answer = Api(closed).call("POST", "/authenticate_magic_link", {"token": home.mailbox.token_for(BOB)})
    assert answer.status == 403
    assert the(closed, "signin.failed").details["reason"] == "not_invited"


def test_network_addresses_can_be_left_out(api: Api, home: Home) -> None:
    quiet = home.with_settings(AUDIT_CLIENT_ADDRESSES="off")
    signed_in = sign_in(Api(quiet), home)
    Api(quiet).call("POST", "/logout", bearer=signed_in["session_token"])

    assert {entry.client for entry in entries(quiet)} == {None}
    assert HERE not in str(everything(quiet))


def test_a_link_that_two_use_is_noted_once(api: Api, home: Home) -> None:
    api.call("POST", "/login", {"email": ADA})
    token = home.mailbox.token_for(ADA)
    statuses = [api.call("POST", "/authenticate_magic_link", {"token": token}).status for _ in range(2)]

    assert statuses == [200, 400]
    assert events(home.house).count("session.created") == 1


@pytest.mark.parametrize("long", ["2001:db8:0123:4567:89ab:cdef:0123:4567%" + "interface" * 9])
def test_what_is_long_is_cut(api: Api, home: Home, long: str) -> None:
    api.call("POST", "/login", {"email": ADA})
    token = home.mailbox.token_for(ADA)

    answer = api.call("POST", "/authenticate_magic_link", {"token": token}, source_ip=long)

    assert answer.status == 200, "the log never stops a sign-in"
    assert the(home.house, "session.created").client == long[:64]


def test_without_the_log_nothing_happens_and_failures_are_answered_as_ever(sqlite_home: Home) -> None:
    home, api = sqlite_home, Api(sqlite_home.house)
    home.house.database.run(Sql("ALTER TABLE {audit_log} RENAME TO elsewhere").run())
    try:
        api.call("POST", "/login", {"email": ADA})
        token = home.mailbox.token_for(ADA)
        assert api.call("POST", "/authenticate_magic_link", {"token": token}).status == 500
        sessions = home.house.database.run(Sql("SELECT COUNT(*) FROM {session_info}").only(tuple))
        assert sessions == (0,), "no change without its entry"
        home.house.failures.note(home.house.tenancy.resolve("", "public", "public"), "x", "y")
    finally:
        home.house.database.run(Sql("ALTER TABLE elsewhere RENAME TO {audit_log}").run())
