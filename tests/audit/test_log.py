"""GET /audit: administrators read the log, page by page."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.models.audit import Entry
from gatehouse.services.audit_log import LOOKED_THROUGH
from gatehouse.store import audit
from tests.api import Answer, Api
from tests.audit.entries import forget
from tests.functions.test_main_flow import sign_in
from tests.houses import ADA, BOB, Home
from tests.people import People

START_MS = 1_700_000_000_000


@pytest.fixture
def admin(api: Api, home: Home) -> str:
    """Return the session token of an administrator, of whose sign-in nothing is left in the log."""
    token = sign_in(api, home)["session_token"]
    forget(home.house)
    return str(token)


def fill(house: House, count: int, **changes: Any) -> None:
    """Write entries, a second apart; several happen at each time."""
    made = [
        Entry(f"{number:036}", START_MS + number // 3 * 1_000, **{"event": "session.created", **changes})
        for number in range(count)
    ]
    house.database.transact(lambda tx: tx.finish(*(audit.insert_entry(PUBLIC, entry) for entry in made)))


def pages(api: Api, admin: str, query: str = "") -> Iterator[list[dict[str, Any]]]:
    """Yield page after page, as the `next` links lead."""
    target: str | None = f"/audit?{query}"
    while target:
        answer = api.call("GET", target, bearer=admin)
        assert answer.status == 200, answer.text
        yield answer.json
        link = re.fullmatch(r'<(.*)>; rel="next"', answer.headers.get("link", ""))
        target = link[1] if link else None


def read(api: Api, admin: str, query: str = "") -> list[dict[str, Any]]:
    """Return all entries."""
    return [entry for page in pages(api, admin, query) for entry in page]


def refused(api: Api, admin: str, query: str) -> str:
    """Return the text of a 400."""
    answer: Answer = api.call("GET", f"/audit?{query}", bearer=admin)
    assert answer.status == 400, answer.text
    return str(answer.json["detail"])


def test_only_administrators_read_it(api: Api, home: Home, admin: str) -> None:
    bob = sign_in(api, home, BOB)["session_token"]
    assert api.call("GET", "/audit").status == 401
    assert api.call("GET", "/audit", bearer=bob).status == 403
    answer = api.call("GET", "/audit", bearer=admin)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")


def test_an_entry_says_who_did_what_to_whom(api: Api, home: Home, admin: str) -> None:
    entry = Entry(
        "1" * 36, START_MS, "signin.failed", None, "ada", "203.0.113.7", {"reason": "wrong_code"}, 3
    )
    home.house.database.run(audit.count_entry(PUBLIC, entry))
    assert read(api, admin) == [
        {
            "id": "1" * 36,
            "at": "2023-11-14T22:13:20.000Z",
            "event": "signin.failed",
            "actor_id": None,
            "subject_id": "ada",
            "client": "203.0.113.7",
            "details": {"reason": "wrong_code"},
            "times": 3,
        }
    ]


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_pages_have_every_entry_once_newest_first(api: Api, home: Home, admin: str, limit: int) -> None:
    fill(home.house, 23)
    found = [*pages(api, admin, f"limit={limit}")]
    ids = [entry["id"] for page in found for entry in page]
    assert ids == [f"{number:036}" for number in reversed(range(23))]
    assert {len(page) for page in found[:-1]} <= {limit}


def test_entries_are_found_by_event(api: Api, home: Home, admin: str) -> None:
    for number, event in enumerate(("session.created", "session.revoked", "user.created", "session.created")):
        home.house.database.run(audit.insert_entry(PUBLIC, Entry(f"{number:036}", START_MS + number, event)))

    def names(query: str) -> list[str]:
        return [entry["event"] for entry in read(api, admin, query)]

    assert names("event=session.created&limit=1") == ["session.created"] * 2
    assert names("event=session.&limit=2") == ["session.created", "session.revoked", "session.created"]
    assert "session.created, " in refused(api, admin, "event=session")
    assert "session.created, " in refused(api, admin, "event=nothing.")


def test_entries_are_found_by_time(api: Api, home: Home, admin: str) -> None:
    fill(home.house, 9)  # three in each of three seconds

    def count(query: str) -> int:
        return len(read(api, admin, query))

    assert count("from=2023-11-14T22:13:21Z") == 6
    assert count("to=2023-11-14T22:13:21Z&limit=2") == 3
    assert count(f"from={START_MS + 1_000}&to={START_MS + 2_000}") == 3
    assert count(f"from={quote('2023-11-14T23:13:21+01:00')}&to=2023-11-14T22:13:22") == 3
    assert refused(api, admin, "from=yesterday").startswith("from must be a time such as")
    assert refused(api, admin, "to=2023-13-01").startswith("to must be a time such as")
    assert refused(api, admin, "from=2&to=2") == "from must be a time before to."


def test_cursors_that_no_page_gave_are_refused(api: Api, admin: str) -> None:
    for cursor in ("x", "MTIzOw", "ZXZlbnQ7MQ", "%00"):
        assert "cursor" in refused(api, admin, f"cursor={cursor}")
    for query in ("limit=0", "limit=101", "subject=", f"subject={'x' * 129}", "subject=%00"):
        assert api.call("GET", f"/audit?{query}", bearer=admin).status == 422


def test_somebody_is_found_by_any_of_their_ids(api: Api, home: Home, admin: str) -> None:
    user = sign_in(api, home)["user"]["id"]
    linked = People(home.house.database).emailpassword(BOB)
    ((identity,),) = People(home.house.database).rows("users", "auth_user_id", email=ADA)
    home.house.accountlinking.make_primary(PUBLIC, identity)
    home.house.accountlinking.link(PUBLIC, linked, identity)
    forget(home.house)
    for number, subject in enumerate((user, identity, linked, "stranger")):
        entry = Entry(f"{number:036}", START_MS + number, "user.updated", subject, subject)
        home.house.database.run(audit.insert_entry(PUBLIC, entry))

    for any_id in (user, identity, linked):
        for column in ("subject", "actor"):
            found = read(api, admin, f"{column}={any_id}&limit=1")
            assert [entry["subject_id"] for entry in found] == [linked, identity, user]
    assert len(read(api, admin, "subject=stranger")) == 1
    assert read(api, admin, "subject=nobody") == []


def test_filters_together_look_through_so_much_and_go_on(api: Api, home: Home, admin: str) -> None:
    house = home.house
    fill(house, LOOKED_THROUGH + 20, actor_id="api", event="user.created")
    oldest = Entry("f" * 36, START_MS - 1, "user.deleted", "api", "ada")
    house.database.run(audit.insert_entry(PUBLIC, oldest))

    found = [*pages(api, admin, "actor=api&event=user.deleted")]
    assert [len(page) for page in found] == [0, 1]
    assert read(api, admin, "actor=api&subject=ada&event=user.")[0]["id"] == "f" * 36


def test_no_entry_is_shown_twice_where_somebody_has_several_ids(api: Api, home: Home, admin: str) -> None:
    house = home.house
    user = sign_in(api, home)["user"]["id"]
    ((identity,),) = People(house.database).rows("users", "auth_user_id", email=ADA)
    forget(house)
    fill(house, LOOKED_THROUGH + 20, actor_id="api", subject_id=identity)
    older = Entry("e" * 36, START_MS, "user.updated", "api", user)
    house.database.run(audit.insert_entry(PUBLIC, older))

    found = read(api, admin, f"subject={user}&event=user.updated")

    assert [entry["id"] for entry in found] == ["e" * 36]


def test_the_log_is_kept_as_long_as_is_set(sqlite_home: Home) -> None:
    house = sqlite_home.with_settings(AUDIT_RETENTION_DAYS="30")
    for days in (29, 31):
        at_ms = sqlite_home.clock() - days * 86_400_000
        house.database.run(audit.insert_entry(PUBLIC, Entry(f"{days:036}", at_ms, "user.created")))
    assert house.cleanup.sweep(lambda: True).deleted["audit_log"] == 1
