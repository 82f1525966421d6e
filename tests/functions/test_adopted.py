"""The functions on a database that SuperTokens made, with all its foreign keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gatehouse.errors import Unauthenticated
from gatehouse.models import Credentials
from gatehouse.store.statement import Sql
from tests.api import Api
from tests.databases import FreshDatabase
from tests.functions.test_main_flow import sign_in
from tests.houses import ADA, BOB, LAPTOP, Home, open_house
from tests.store.migrations.runs import migrate, seed


@pytest.fixture(params=["mariadb", "postgresql"])
def home(request: pytest.FixtureRequest, fresh_database_url: FreshDatabase, tmp_path: Path) -> Iterator[Home]:
    """A house on an adopted database."""
    url = fresh_database_url(request.param)
    seed(url, has_foreign_keys=True)
    migrate(url)
    home = open_house(url, tmp_path / "mailbox.jsonl")
    yield home
    home.close()


def count(home: Home, table: str) -> int:
    """Count a table's rows."""
    return home.house.database.run(Sql(f"SELECT COUNT(*) FROM {{{table}}}").only(lambda row: int(row[0])))


def test_whole_flow_goes_along_with_foreign_keys(api: Api, home: Home) -> None:
    admin = sign_in(api, home)["session_token"]
    api.call("POST", "/invite", {"email": BOB, "name": "Bob"}, bearer=admin)
    bob = sign_in(api, home, BOB)
    home.house.identity.login(BOB, LAPTOP)

    moved = api.call("PATCH", f"/users/{bob['user']['id']}", {"email": "robert@example.com"}, bearer=admin)
    assert moved.status == 200
    assert sign_in(api, home, "robert@example.com")["user"]["id"] == bob["user"]["id"]
    assert api.call("DELETE", f"/users/{bob['user']['id']}", bearer=admin).status == 200
    assert api.call("POST", "/logout", {"everywhere": True}, bearer=admin).status == 200
    assert [
        count(home, table) for table in ("session_info", "users", "passwordless_users", "app_id_to_user_id")
    ] == [
        0,
        1,
        1,
        1,
    ]


def test_sweep_goes_along_with_foreign_keys(home: Home) -> None:
    home.sign_in(ADA)
    home.house.identity.login(ADA, LAPTOP)
    home.clock.advance(days=8)

    deleted = home.house.cleanup.sweep(lambda: True).deleted

    assert (deleted["session_info"], deleted["passwordless_codes"], deleted["passwordless_devices"]) == (
        1,
        1,
        1,
    )


def test_person_whom_supertokens_knows_is_found_again(api: Api, home: Home) -> None:
    database = home.house.database
    user = "5a0b0f2e-6f5e-4c3b-9a39-0d5b8f8c1b11"
    is_false = "FALSE" if database.dialect.name == "postgresql" else "0"
    for text in (
        f"INSERT INTO {{app_id_to_user_id}} (user_id, recipe_id, primary_or_recipe_user_id, "
        f"is_linked_or_is_a_primary_user) VALUES ('{user}', 'passwordless', '{user}', {is_false})",
        f"INSERT INTO {{all_auth_recipe_users}} (user_id, recipe_id, primary_or_recipe_user_id, "
        f"is_linked_or_is_a_primary_user, time_joined, primary_or_recipe_user_time_joined) "
        f"VALUES ('{user}', 'passwordless', '{user}', {is_false}, 1, 1)",
        f"INSERT INTO {{passwordless_users}} (user_id, email, time_joined) VALUES ('{user}', '{ADA}', 1)",
        f"INSERT INTO {{passwordless_user_to_tenant}} (user_id, email) VALUES ('{user}', '{ADA}')",
        f"INSERT INTO {{user_roles}} (user_id, role) VALUES ('{user}', 'editor')",
    ):
        database.run(Sql(text).run())

    signed_in = home.sign_in(ADA)

    assert signed_in.session.auth_user_id == user
    assert set(signed_in.user.roles) == {"admin", "editor"}


def test_addresses_that_the_database_takes_for_the_same_are_not(api: Api, home: Home) -> None:
    admin = sign_in(api, home, "admin@example.com")
    home.house.identity.login("admin@example.com", LAPTOP)
    pending = home.mailbox.token_for("admin@example.com")

    api.call("POST", "/login", {"email": "admin@exämple.com"})
    stranger = api.call(
        "POST", "/authenticate_magic_link", {"token": home.mailbox.token_for("admin@exämple.com")}
    )

    has_case_and_accents = home.house.database.dialect.name == "postgresql"
    assert stranger.status == (200 if has_case_and_accents else 409), (
        "MariaDB's unique key takes them for the same"
    )
    if has_case_and_accents:
        assert stranger.json["user"]["email"] == "admin@exämple.com"
        assert stranger.json["user"]["roles"] == []
        assert stranger.json["user"]["id"] != admin["user"]["id"]
    assert api.call("POST", "/authenticate_magic_link", {"token": pending}).status == 200


def test_mapped_person_is_known_by_the_external_id(home: Home) -> None:
    first = home.sign_in(ADA)
    database = home.house.database
    internal = first.session.auth_user_id
    for text in (
        f"INSERT INTO {{userid_mapping}} (supertokens_user_id, external_user_id) VALUES ('{internal}', 'ext-1')",
        "UPDATE {user_roles} SET user_id = 'ext-1'",
        "UPDATE {users} SET auth_user_id = 'ext-1'",
    ):
        database.run(Sql(text).run())

    again = home.sign_in(ADA)

    assert (again.user.id, again.session.auth_user_id, again.user.roles) == (
        first.user.id,
        "ext-1",
        ("admin",),
    )
    checked = home.house.identity.check(Credentials(token=again.session_token))
    assert (checked.user.id, checked.user.roles) == (first.user.id, ("admin",))
    home.house.identity.log_out(Credentials(token=again.session_token), everywhere=True)
    with pytest.raises(Unauthenticated):
        home.house.identity.check(Credentials(token=again.session_token))
