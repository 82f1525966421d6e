"""What an application notes about its users, through the core interface, on every engine."""

from typing import Any

import pytest

from gatehouse.store.statement import Sql
from tests.core import Core
from tests.houses import Home

ADA = "ada-1"
PATH = "/recipe/user/metadata"


def update(core: Core, user_id: str = ADA, **changes: Any) -> Any:
    """Change a user's metadata; return the whole."""
    answer = core.put(PATH, userId=user_id, metadataUpdate=changes)
    assert answer.keys() == {"status", "metadata"}
    return answer["metadata"]


def metadata(core: Core, user_id: str = ADA) -> Any:
    """Return a user's metadata."""
    return core.get(PATH, userId=user_id)["metadata"]


def test_nobody_has_none(core: Core) -> None:
    assert core.get(PATH, userId="nobody") == {"status": "OK", "metadata": {}}


def test_updates_merge_at_the_top_level_and_null_removes(core: Core) -> None:
    assert update(core, name="Ada", prefs={"a": 1, "b": 2}, none=None) == {
        "name": "Ada",
        "prefs": {"a": 1, "b": 2},
    }
    assert update(core, prefs={"c": None}, more=[1, None]) == {
        "name": "Ada",
        "prefs": {"c": None},
        "more": [1, None],
    }
    assert update(core, name=None, absent=None) == {"prefs": {"c": None}, "more": [1, None]}
    assert metadata(core) == {"prefs": {"c": None}, "more": [1, None]}
    assert update(core) == metadata(core)
    assert update(core, prefs=None, more=None) == {} == metadata(core)


def test_what_is_set_again_moves_to_the_end(core: Core) -> None:
    update(core, a=1, b=2, c=3)

    assert list(update(core, a=4)) == ["b", "c", "a"]


@pytest.mark.parametrize(
    "value",
    [
        "ünïcode 📱 \x00 \ud800 \\ \" ' % ; -- {for_update} {table} :name",
        0, -1, 2**70, 1.5, 1e300, -0.0, True, False, "", [], {}, [[[{}]]], {"": {"": None}},
        "x" * 10_000, {"deep": {"er": {"and": ["deeper", {"still": [1, "2", None]}]}}}, {"status": "not OK"},
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_any_json_comes_back_as_it_was(core: Core, value: Any) -> None:
    assert update(core, **{"kéy %s": value}) == {"kéy %s": value} == metadata(core)


def test_each_user_of_each_app_has_their_own(core: Core) -> None:
    core.put("/recipe/multitenancy/app/v2", appId="other")
    update(core, user_id="a", name="A")
    update(core, user_id="A", name="B")
    core.put(f"/appid-other{PATH}", userId="a", metadataUpdate={"name": "C"})

    assert [metadata(core, "a"), metadata(core, "A")] == [{"name": "A"}, {"name": "B"}]
    assert core.get(f"/appid-other{PATH}", userId="a")["metadata"] == {"name": "C"}


def test_removal_leaves_nothing(core: Core) -> None:
    update(core, name="Ada")

    for _ in range(2):
        assert core.post(f"{PATH}/remove", userId=ADA) == {"status": "OK"}
        assert metadata(core) == {}
    assert update(core, again=True) == {"again": True}


def test_long_metadata_is_kept_or_refused_whole(core: Core, home: Home) -> None:
    assert update(core, first="x" * 30_000)
    longest = home.house.database.dialect.longest_text
    changes = {"second": "y" * 40_000}
    if longest is None:
        assert len(update(core, **changes)["second"]) == 40_000
        return
    assert core.refusal("PUT", PATH, {"userId": ADA, "metadataUpdate": changes}) == (
        400,
        "The metadata of a user must not be longer than 65535 bytes of JSON",
    )
    assert metadata(core).keys() == {"first"}
    most = longest - len('{"first":null,"second":""}') + len('"first":null,')
    assert len(update(core, first=None, second="z" * most)["second"]) == most


def test_many_users_are_read_at_once(core: Core) -> None:
    update(core, name="Ada")
    update(core, user_id="empty", x=None)
    path = f"{PATH}/bulk"

    assert core.post(path, userIds=[ADA, "nobody", "empty", ADA]) == {
        "status": "OK",
        "users": [
            {"userId": ADA, "metadata": {"name": "Ada"}},
            {"userId": "nobody", "metadata": None},
            {"userId": "empty", "metadata": {}},
            {"userId": ADA, "metadata": {"name": "Ada"}},
        ],
    }
    assert core.post(path, userIds=[]) == {"status": "OK", "users": []}
    assert len(core.post(path, userIds=[f"u{number}" for number in range(500)])["users"]) == 500
    assert core.refusal("POST", path, {"userIds": ["u"] * 501}) == (
        400,
        "You can only query up to 500 users at a time.",
    )
    assert core.refusal("POST", path, {"userIds": ["u", None]}) == (
        400,
        "userIds array must contain only strings",
    )
    bads: list[dict[str, Any]] = [{}, {"userIds": {}}, {"userIds": "u"}, {"userIds": ["\ud800"]}]
    for bad in bads:
        assert core.refusal("POST", path, bad) == (400, "Field name 'userIds' is invalid in JSON input")


@pytest.mark.parametrize("bad", [None, [], "x", 1, True, "absent"], ids=repr)
def test_an_update_is_an_object(core: Core, bad: Any) -> None:
    body = {"userId": ADA} if bad == "absent" else {"userId": ADA, "metadataUpdate": bad}

    assert core.refusal("PUT", PATH, body) == (400, "Field name 'metadataUpdate' is invalid in JSON input")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5_000])
def test_numbers_that_json_does_not_have_are_refused(core: Core, number: str) -> None:
    body = f'{{"userId": "{ADA}", "metadataUpdate": {{"x": {number}}}}}'.encode()

    assert core.refusal("PUT", PATH, body) == (400, "Invalid Json Input")
    assert metadata(core) == {}


@pytest.mark.parametrize("bad", [None, 7, [], {}, "a\x00b", "\ud800"], ids=repr)
def test_wrong_user_ids_are_told(core: Core, bad: Any) -> None:
    told = "Field name 'userId' is invalid in JSON input"
    assert core.refusal("PUT", PATH, {"userId": bad, "metadataUpdate": {}}) == (400, told)
    assert core.refusal("POST", f"{PATH}/remove", {"userId": bad}) == (400, told)


def test_long_and_missing_user_ids_are_told(core: Core) -> None:
    told = "Field name 'userId' must not be longer than 128 characters"
    assert core.refusal("PUT", PATH, {"userId": "ü" * 129, "metadataUpdate": {}}) == (400, told)
    assert core.refusal("GET", f"{PATH}?userId={'u' * 129}") == (400, told)
    assert core.refusal("GET", PATH) == (400, "Field name 'userId' is missing in GET request")
    assert update(core, user_id="ü" * 128, x=1) == metadata(core, "ü" * 128) == {"x": 1}
    assert update(core, user_id="", x=2) == metadata(core, "") == {"x": 2}


def test_metadata_of_the_java_core_is_read(core: Core, home: Home) -> None:
    stored = '{"n":1.0,"u":"ü","z":"\\u003c","big":12345678901234567890}'
    home.house.database.run(
        Sql("INSERT INTO {user_metadata} (app_id, user_id, user_metadata) VALUES ('public', :id, :text)").run(
            id=ADA, text=stored
        )
    )

    assert update(core, x=1) == {"n": 1.0, "u": "ü", "z": "<", "big": 12345678901234567890, "x": 1}
