"""Sessions are listed and ended by their handles and users; on every engine."""

from typing import Any

import pytest

from gatehouse.store.statement import Sql
from tests.core import Core
from tests.functions.cdi.sessions import (
    SessionClient,
    handle_of,
    link,
)
from tests.functions.cdi.tenants import make_tenants
from tests.houses import Home
from tests.people import People


def test_sessions_end_by_their_handles(client: SessionClient, core: Core) -> None:
    make_tenants(core, "t1")
    here, there = client.create(), SessionClient(core, "/t1").create()
    kept = client.create()
    handles = [handle_of(there), "random", handle_of(here), handle_of(here), "x_nowhere"]

    assert client.remove(sessionHandles=handles) == [handle_of(there), handle_of(here)]
    assert client.remove(sessionHandles=handles) == []
    assert client.remove(sessionHandles=[handle_of(kept)]) == [handle_of(kept)]
    assert client.remove(sessionHandles=[handle_of(kept)]) == []
    assert client.remove(sessionHandles=[]) == []


def test_more_than_a_statement_takes_are_ended(client: SessionClient) -> None:
    handles = [handle_of(client.create()) for _ in range(2)]
    many = [handles[0], *(f"missing {number}" for number in range(2_500)), handles[1]]

    assert client.remove(sessionHandles=many) == handles


def test_somebodys_sessions_end_in_all_tenants(client: SessionClient, core: Core, people: People) -> None:
    make_tenants(core, "t1")
    handles = [handle_of(client.create()), handle_of(SessionClient(core, "/t1").create())]
    other = handle_of(client.create("u2"))
    people.database.run(Sql("DELETE FROM {user_last_active}").run())

    assert sorted(client.remove(userId="u1")) == sorted(handles)
    assert client.remove(userId="u1") == []
    assert client.get(other)["status"] == "OK"
    assert [row[0] for row in people.rows("user_last_active", "user_id")] == ["u1"]


def test_somebodys_sessions_end_in_a_tenant(client: SessionClient, core: Core) -> None:
    make_tenants(core, "t1")
    inside = SessionClient(core, "/t1")
    here, there = handle_of(client.create()), handle_of(inside.create())

    assert inside.remove(userId="u1", revokeAcrossAllTenants=False) == [there]
    assert client.remove(userId="u1", revokeAcrossAllTenants=False) == [here]


def test_linked_accounts_are_meant_unless_said_otherwise(client: SessionClient, people: People) -> None:
    first, second = people.emailpassword("a@example.com"), people.emailpassword("b@example.com")
    people.map(first, "ext")
    link(people, first, second)
    handles = {user_id: handle_of(client.create(user_id)) for user_id in (first, second)}
    people.database.run(Sql("DELETE FROM {user_last_active}").run())

    assert client.remove(userId="ext", revokeSessionsForLinkedAccounts=False) == [handles[first]]
    assert [row[0] for row in people.rows("user_last_active", "user_id")] == [first]
    again = handle_of(client.create("ext"))
    assert sorted(client.remove(userId=first)) == sorted([again, handles[second]])


def test_whole_app_is_not_meant_with_a_tenant_in_the_path(core: Core) -> None:
    make_tenants(core, "t1")
    refused = (403, "Only public tenantId can call this app specific API")

    assert SessionClient(core, "/t1").remove(userId="u1") == refused
    assert SessionClient(core, "/t1").of_user("u1") == refused
    old = SessionClient(core, "/t1", version="4.0")
    assert old.remove(userId="u1") == old.of_user("u1") == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "Invalid JSON input - use one of userId or sessionHandles array"),
        (
            {"userId": "u", "sessionHandles": []},
            "Invalid JSON input - use one of userId or sessionHandles array",
        ),
        (
            {"sessionHandles": [], "revokeAcrossAllTenants": True},
            "Invalid JSON input - revokeAcrossAllTenants can only be set if userId is set",
        ),
        (
            {"sessionHandles": [], "revokeSessionsForLinkedAccounts": False},
            "Invalid JSON input - revokeSessionsForLinkedAccounts can only be set if userId is set",
        ),
        ({"userId": None}, "Field name 'userId' is invalid in JSON input"),
        ({"sessionHandles": None}, "Field name 'sessionHandles' is invalid in JSON input"),
        ({"sessionHandles": "h"}, "Field name 'sessionHandles' is invalid in JSON input"),
        ({"sessionHandles": ["h", 1]}, "Field name 'sessionHandles' is invalid in JSON input"),
        ({"sessionHandles": ["a\x00"]}, "Field name 'sessionHandles' is invalid in JSON input"),
        (
            {"userId": "u", "revokeAcrossAllTenants": "true"},
            "Field name 'revokeAcrossAllTenants' is invalid in JSON input",
        ),
    ],
)
def test_bad_input_is_refused(client: SessionClient, body: dict[str, Any], text: str) -> None:
    assert client.remove(**body) == (400, text)


def test_sessions_are_listed_until_they_expire(client: SessionClient, home: Home) -> None:
    first = handle_of(client.create())
    home.clock.advance(days=1)
    second = handle_of(client.create())

    assert client.of_user("u1") == [first, second]
    home.clock.advance(days=99, seconds=1)
    assert client.of_user("u1") == [second]
    assert client.of_user("nobody") == []


def test_tenants_and_linked_accounts_are_meant_unless_said_otherwise(
    client: SessionClient, core: Core, people: People
) -> None:
    make_tenants(core, "t1")
    first, second = people.emailpassword("a@example.com"), people.emailpassword("b@example.com")
    people.map(first, "ext")
    link(people, first, second)
    here = [handle_of(client.create(user_id)) for user_id in (first, second)]
    there = handle_of(SessionClient(core, "/t1").create("ext"))
    inside = SessionClient(core, "/t1")

    for user_id in (first, "ext", second):
        assert sorted(client.of_user(user_id)) == sorted([*here, there])
        assert sorted(client.of_user(user_id, fetchAcrossAllTenants="false")) == sorted(here)
        assert inside.of_user(user_id, fetchAcrossAllTenants="false") == [there]
    alone = {"fetchSessionsForAllLinkedAccounts": "False"}
    for user_id in (first, "ext"):
        assert sorted(client.of_user(user_id, **alone)) == sorted([here[0], there])
    assert client.of_user(second, **alone) == [here[1]]
    assert inside.of_user("ext", fetchAcrossAllTenants="no", **alone) == [there]


def test_user_is_needed(client: SessionClient) -> None:
    assert client.send("GET", "/recipe/session/user") == (
        400,
        "Field name 'userId' is missing in GET request",
    )
    assert client.of_user("x" * 129) == (
        400,
        "Field name 'userId' must not be longer than 128 characters",
    )
