"""Sessions on a database that SuperTokens made: with its foreign keys, and blind for case on MySQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core import Core
from tests.databases import FreshDatabase
from tests.functions.cdi.sessions import MISSING, SessionClient, handle_of, link
from tests.functions.cdi.tenants import APP, make_tenants
from tests.houses import Home, open_house
from tests.people import People, make_adopted_database


@pytest.fixture(params=["mariadb", "postgresql"])
def home(request: pytest.FixtureRequest, fresh_database_url: FreshDatabase, tmp_path: Path) -> Iterator[Home]:
    """A house on an adopted database."""
    url = make_adopted_database(request.param, fresh_database_url)
    home = open_house(url, tmp_path / "mailbox.jsonl")
    yield home
    home.close()


def test_sessions_and_keys_go_along_with_foreign_keys(core: Core, client: SessionClient) -> None:
    core.put(APP, appId="a1")
    make_tenants(core, "t1", app="/appid-a1")
    inside = SessionClient(core, "/appid-a1/t1")
    parent = inside.create(useDynamicSigningKey=False)
    child = inside.refresh(parent)

    assert inside.verify(child, checkDatabase=True)["accessToken"]
    assert inside.remove(sessionHandles=[handle_of(parent)]) == [handle_of(parent)]


def test_users_who_look_the_same_have_sessions_of_their_own(client: SessionClient) -> None:
    upper, lower = handle_of(client.create("ADA")), handle_of(client.create("ada"))

    assert (client.of_user("ADA"), client.of_user("ada")) == ([upper], [lower])
    assert client.remove(userId="ada") == [lower]
    assert client.get(upper)["userId"] == "ADA"


def test_user_who_looks_like_a_known_one_is_not_that_one(client: SessionClient, people: People) -> None:
    first, second = people.emailpassword("a@example.com"), people.emailpassword("b@example.com")
    people.map(first, "ext")
    link(people, first, second)
    own = client.create("ext")

    assert (own["session"]["userId"], own["session"]["recipeUserId"]) == (second, "ext")
    stranger = client.create("EXT")
    assert (stranger["session"]["userId"], stranger["session"]["recipeUserId"]) == ("EXT", "EXT")
    assert client.of_user("EXT") == [handle_of(stranger)]
    assert client.of_user(second) == [handle_of(own)]


def test_handle_that_looks_the_same_is_another(client: SessionClient) -> None:
    assert client.get(handle_of(client.create()).upper()) == MISSING
