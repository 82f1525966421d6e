"""/users and /invite: the directory, and who may change it."""

import pytest

from gatehouse.bootstrap import House
from gatehouse.errors import RemovalRefused
from gatehouse.models import User
from tests.api import Api
from tests.functions.test_main_flow import sign_in
from tests.houses import ADA, BOB, LAPTOP, Home


@pytest.fixture
def admin(api: Api, home: Home) -> str:
    """Return the session token of the first person, who is an administrator."""
    return str(sign_in(api, home)["session_token"])


@pytest.fixture
def reader(api: Api, home: Home, admin: str) -> str:
    """Return the session token of somebody who is not an administrator."""
    return str(sign_in(api, home, "reader@example.com")["session_token"])


def add(api: Api, admin: str, email: str, name: str | None = None) -> str:
    """Add a person and return their id."""
    answer = api.call("POST", "/users", {"email": email, "name": name}, bearer=admin)
    assert answer.status == 201, answer.text
    user_id: str = answer.json["id"]
    return user_id


def test_created_user_can_be_read_changed_and_removed(api: Api, admin: str) -> None:
    answer = api.call("POST", "/users", {"email": " Bob@Example.com", "name": "  Bob   B "}, bearer=admin)
    user_id = answer.json["id"]
    target = f"/users/{user_id}"
    assert (answer.status, answer.json, answer.headers["location"]) == (201, {"id": user_id}, target)

    read = api.call("GET", target, bearer=admin).json
    assert (read["email"], read["name"], read["status"]) == (BOB, "Bob B", "invited")
    changed = api.call("PATCH", target, {"name": "Robert"}, bearer=admin).json
    assert (changed["name"], changed["email"]) == ("Robert", BOB)
    assert api.call("PATCH", target, {"name": None}, bearer=admin).json["name"] is None
    for nothing in ({}, {"email": None}, {"role": "admin"}):
        assert api.call("PATCH", target, nothing, bearer=admin).status == 422
    assert api.call("DELETE", target, bearer=admin).json == {"message": "success"}
    for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"name": "x"})):
        gone = api.call(method, target, body, bearer=admin)
        assert (gone.status, gone.json["error"]) == (404, "user not found")


def test_emails_are_unique(api: Api, admin: str) -> None:
    bob = add(api, admin, BOB)

    for answer in (
        api.call("POST", "/users", {"email": BOB.upper()}, bearer=admin),
        api.call("PATCH", f"/users/{bob}", {"email": ADA}, bearer=admin),
    ):
        assert (answer.status, answer.json["error"]) == (409, "email already exists")
    assert api.call("GET", f"/users/{bob}", bearer=admin).json["email"] == BOB


@pytest.mark.parametrize(
    "body",
    [
        {},
        "text",
        {"email": "nope"},
        {"email": BOB, "name": ""},
        {"email": BOB, "name": 5},
        {"email": BOB, "name": "x" * 256},
        {"email": BOB, "name": "a\u0000b"},
        {"email": BOB, "id": "1"},
    ],
)
def test_wrong_input_is_refused_and_stores_nothing(api: Api, admin: str, body: object) -> None:
    assert api.call("POST", "/users", body, bearer=admin).status == 422
    assert len(api.call("GET", "/users", bearer=admin).json) == 1


def test_readers_read_and_do_not_write(api: Api, home: Home, admin: str, reader: str) -> None:
    bob = add(api, admin, BOB)

    assert api.call("GET", "/users", bearer=reader).status == 200
    assert api.call("GET", f"/users/{bob}", bearer=reader).status == 200
    for method, target, body in (
        ("POST", "/users", {"email": "x@example.com"}),
        ("POST", "/invite", {"email": "x@example.com"}),
        ("PATCH", f"/users/{bob}", {"name": "x"}),
        ("DELETE", f"/users/{bob}", None),
    ):
        assert api.call(method, target, body, bearer=reader).status == 403
        assert api.call(method, target, body).status == 401
    assert api.call("GET", "/users").status == 401


def test_pages_follow_the_next_link_without_gap_or_repeat(api: Api, admin: str) -> None:
    emails = [f"user{number:02}@example.com" for number in range(9)]
    for email in emails:
        add(api, admin, email)

    seen, target = [], "/users?limit=4"
    while target:
        answer = api.call("GET", target, bearer=admin)
        seen += [user["email"] for user in answer.json]
        link = answer.headers.get("link", "")
        assert not link or link.endswith('>; rel="next"')
        target = link[1:].partition(">")[0]

    assert seen == [*reversed(emails), ADA]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", 5),
        ("bob", 2),
        ("BOB@", 1),
        ("zoë", 1),
        ("ZOË Q", 1),
        ("%", 0),
        ("_", 0),
        ("o'brien", 1),
        ("'; DROP TABLE users; --", 0),
        ("\\", 0),
    ],
)
def test_search_finds_the_start_of_an_address_or_a_name(
    api: Api, admin: str, search: str, found: int
) -> None:
    from urllib.parse import quote

    for email, name in (
        (BOB, "Robert"),
        ("x@example.com", "Bobby Tables"),
        ("z@example.com", "Zoë Quist"),
        ("o@example.com", "O'Brien"),
    ):
        add(api, admin, email, name)

    assert len(api.call("GET", f"/users?search={quote(search)}", bearer=admin).json) == found


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=%F0%9F%92%A5", "cursor=MTs"]
)
def test_wrong_page_parameters_are_refused(api: Api, admin: str, query: str) -> None:
    assert api.call("GET", f"/users?{query}", bearer=admin).status in {400, 422}


def test_invited_person_signs_in_and_is_the_same_person(api: Api, home: Home, admin: str) -> None:
    answer = api.call("POST", "/invite", {"email": BOB, "name": "Bob"}, bearer=admin)
    assert (answer.status, answer.json) == (200, {"message": "magic link sent"})
    invited = api.call("GET", "/users?search=bob", bearer=admin).json[0]

    signed_in = api.call("POST", "/authenticate_magic_link", {"token": home.mailbox.token_for(BOB)}).json

    assert (signed_in["user"]["id"], signed_in["user"]["name"]) == (invited["id"], "Bob")
    assert (invited["status"], signed_in["user"]["status"]) == ("invited", "active")
    assert signed_in["user"]["roles"] == []


def test_inviting_again_sends_another_link_and_keeps_the_row(api: Api, home: Home, admin: str) -> None:
    for name in ("Bob", "Other"):
        assert api.call("POST", "/invite", {"email": BOB, "name": name}, bearer=admin).status == 200

    assert [user["name"] for user in api.call("GET", "/users?search=bob@", bearer=admin).json] == ["Bob"]
    assert len([letter for letter in home.mailbox.letters() if letter["to"] == BOB]) == 2


def test_invited_person_stays_when_the_letter_fails(api: Api, home: Home, admin: str) -> None:
    broken = Api(home.with_settings(EMAIL_SENDER="smtp", SMTP_URL="smtp://127.0.0.1:1"))

    answer = broken.call("POST", "/invite", {"email": BOB}, bearer=admin)

    assert (answer.status, answer.json["error"]) == (502, "letter not sent")
    assert "try again" in answer.json["detail"].lower()
    assert len(broken.call("GET", "/users?search=bob", bearer=admin).json) == 1
    assert broken.call("POST", "/login", {"email": BOB}).status == 502


def test_removing_a_person_ends_their_sessions_links_and_identity(api: Api, home: Home, admin: str) -> None:
    bob = sign_in(api, home, BOB)
    api.call("POST", "/login", {"email": BOB})
    pending = home.mailbox.token_for(BOB)

    assert api.call("DELETE", f"/users/{bob['user']['id']}", bearer=admin).status == 200

    assert api.call("GET", "/session", bearer=bob["session_token"]).status == 401
    assert api.call("POST", "/authenticate_magic_link", {"token": pending}).status == 400
    back = sign_in(api, home, BOB)
    assert back["user"]["id"] != bob["user"]["id"]


def test_nobody_removes_themselves(api: Api, home: Home) -> None:
    me = sign_in(api, home)

    answer = api.call("DELETE", f"/users/{me['user']['id']}", bearer=me["session_token"])

    assert (answer.status, answer.json["error"]) == (409, "cannot remove yourself")


def test_new_address_signs_in_and_the_old_one_is_a_stranger(api: Api, home: Home, admin: str) -> None:
    bob = sign_in(api, home, BOB)["user"]["id"]
    api.call("POST", "/login", {"email": BOB})
    old_link = home.mailbox.token_for(BOB)

    api.call("PATCH", f"/users/{bob}", {"email": "robert@example.com"}, bearer=admin)

    assert api.call("POST", "/authenticate_magic_link", {"token": old_link}).status == 400
    assert sign_in(api, home, "robert@example.com")["user"]["id"] == bob
    assert sign_in(api, home, BOB)["user"]["id"] != bob


def test_stale_jwt_of_a_former_admin_does_not_write(api: Api, home: Home, admin: str) -> None:
    listed = Api(home.with_settings(ADMIN_EMAILS=BOB))
    bob = sign_in(listed, home, BOB)
    assert listed.call("POST", "/users", {"email": "a@example.com"}, bearer=bob["session_jwt"]).status == 201

    listed.call("DELETE", f"/users/{bob['user']['id']}", bearer=admin)

    assert listed.call("POST", "/users", {"email": "b@example.com"}, bearer=bob["session_jwt"]).status == 401


def test_last_administrator_stays(home: Home) -> None:
    listed = home.with_settings(ADMIN_EMAILS=f"{ADA}, {BOB}")
    ada, bob = (_sign_in(listed, home, email) for email in (ADA, BOB))
    listed.identity.remove_user(bob.id, by=ada)

    with pytest.raises(RemovalRefused, match="last administrator"):
        listed.identity.remove_user(ada.id, by=bob)


def _sign_in(house: House, home: Home, email: str) -> User:
    house.identity.login(email, LAPTOP)
    return house.identity.authenticate(home.mailbox.token_for(email), LAPTOP).user
