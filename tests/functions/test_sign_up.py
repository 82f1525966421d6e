"""Who may sign in, who becomes administrator, and how many letters are sent."""

import pytest

from tests.api import Api
from tests.functions.test_main_flow import sign_in
from tests.houses import ADA, BOB, Home


def test_first_person_of_an_empty_directory_is_administrator(api: Api, home: Home) -> None:
    assert sign_in(api, home)["user"]["roles"] == ["admin"]
    assert sign_in(api, home, BOB)["user"]["roles"] == []
    assert sign_in(api, home)["user"]["roles"] == ["admin"]


def test_listed_addresses_are_administrators_and_then_nobody_else(home: Home) -> None:
    api = Api(home.with_settings(ADMIN_EMAILS=f"x@example.com, {BOB.upper()}"))

    assert sign_in(api, home)["user"]["roles"] == []
    assert sign_in(api, home, BOB)["user"]["roles"] == ["admin"]


def test_strangers_get_no_link_where_it_is_by_invitation(api: Api, home: Home) -> None:
    sign_in(api, home)
    closed = Api(home.with_settings(SIGNUP="invite_only"))
    known = closed.call("POST", "/login", {"email": ADA})
    stranger = closed.call("POST", "/login", {"email": BOB})

    assert (known.status, known.text) == (stranger.status, stranger.text)
    assert home.mailbox.last_to(ADA)["links"]
    assert home.mailbox.last_to(BOB)["links"] == []


def test_invited_and_listed_people_may_join_by_invitation(api: Api, home: Home) -> None:
    admin = sign_in(api, home)["session_token"]
    closed = Api(home.with_settings(SIGNUP="invite_only", ADMIN_EMAILS="root@example.com"))
    closed.call("POST", "/invite", {"email": BOB}, bearer=admin)

    assert sign_in(closed, home, BOB)["user"]["email"] == BOB
    assert sign_in(closed, home, "root@example.com")["user"]["roles"] == ["admin"]


def test_first_person_may_join_by_invitation_only(home: Home) -> None:
    closed = Api(home.with_settings(SIGNUP="invite_only"))

    assert sign_in(closed, home)["user"]["roles"] == ["admin"]


def test_link_from_open_times_is_refused_once_it_is_by_invitation(api: Api, home: Home) -> None:
    sign_in(api, home)
    api.call("POST", "/login", {"email": BOB})
    closed = Api(home.with_settings(SIGNUP="invite_only"))

    answer = closed.call("POST", "/authenticate_magic_link", {"token": home.mailbox.token_for(BOB)})

    assert (answer.status, "invitation" in answer.json["detail"]) == (403, True)


def test_address_is_sent_five_letters_per_window(api: Api, home: Home) -> None:
    answers = [api.call("POST", "/login", {"email": ADA}, source_ip=f"198.51.100.{n}") for n in range(6)]

    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert answers[-1].json["error"] == "too many requests"
    assert 0 < int(answers[-1].headers["retry-after"]) <= 15 * 60
    assert len(home.mailbox.letters()) == 5
    assert api.call("POST", "/login", {"email": BOB}).status == 200
    home.clock.advance(minutes=15)
    assert api.call("POST", "/login", {"email": ADA}).status == 200


def test_client_may_ask_for_so_many_letters_per_window(home: Home) -> None:
    api = Api(home.with_settings(SEND_LIMIT_PER_CLIENT="3"))

    statuses = [api.call("POST", "/login", {"email": f"u{n}@example.com"}).status for n in range(4)]

    assert statuses == [200, 200, 200, 429]
    assert api.call("POST", "/login", {"email": ADA}, source_ip="198.51.100.1").status == 200


def test_invitations_count_too(api: Api, home: Home) -> None:
    admin = sign_in(api, home)["session_token"]

    statuses = [api.call("POST", "/invite", {"email": BOB}, bearer=admin).status for _ in range(6)]

    assert statuses == [200] * 5 + [429]


@pytest.mark.parametrize("limit", ["SEND_LIMIT_PER_ADDRESS", "SEND_LIMIT_PER_CLIENT"])
def test_refused_letters_do_not_extend_the_wait(home: Home, limit: str) -> None:
    api = Api(home.with_settings(**{limit: "1"}))
    statuses = [api.call("POST", "/login", {"email": ADA}).status for _ in range(5)]

    assert statuses == [200, 429, 429, 429, 429]
    home.clock.advance(minutes=15)
    assert api.call("POST", "/login", {"email": ADA}).status == 200
