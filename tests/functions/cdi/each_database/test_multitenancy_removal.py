"""What goes with tenants, apps and connection URI domains, and what stays, on every kind of database."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatehouse.services import multitenancy_removal
from gatehouse.store.migrations.files import CreateTable, read_migrations
from tests.core import Core
from tests.functions.cdi.tenants import APP, DOMAIN, TENANT, make_tenants, say, shown
from tests.house_fixtures import MIGRATIONS
from tests.houses import Home, open_house
from tests.people import People

REMOVE_APP = "/recipe/multitenancy/app/remove"
REMOVE_TENANT = "/recipe/multitenancy/tenant/remove"
REMOVE_DOMAIN = "/recipe/multitenancy/connectionuridomain/remove"
HOST = "core.example.org"
EXISTED = {"status": "OK", "didExist": True}
NOT_THERE = {"status": "OK", "didExist": False}
TABLES = {
    change.table: dict(re.findall(r"^  ([a-z]\w*) ([A-Z]+)", change.text, re.MULTILINE))
    for migration in read_migrations(MIGRATIONS, "sqlite")
    for change in migration.changes
    if isinstance(change, CreateTable) and "app_id" in change.columns
}
"""The columns of every table of apps, with their types."""

SETUP = {"apps", "tenants", "tenant_configs"}


@pytest.fixture
def home(url: str, tmp_path: Path) -> Iterator[Home]:
    """A house on the database; the apps of tests go at their ends."""
    home = open_house(url, tmp_path / "mailbox.jsonl")
    yield home
    core = Core(home.house)
    for host in ("", HOST):
        for app_id in ("a1", "a2"):
            for tenant_id in ("t1", "t2"):
                say(core, "POST", f"/appid-{app_id}{REMOVE_TENANT}", host=host, tenantId=tenant_id)
            say(core, "POST", REMOVE_APP, host=host, appId=app_id)
    say(core, "POST", REMOVE_DOMAIN, connectionUriDomain=HOST)
    home.close()


@pytest.fixture
def people(home: Home) -> People:
    """Look at the house's database, and write into it."""
    return People(home.house.database)


def remove(core: Core, path: str, *, host: str = "", **body: Any) -> Any:
    """Remove something."""
    return say(core, "POST", path, host=host, **body)


def fill(people: People, app_id: str, *tenant_ids: str, host: str = "") -> None:
    """Write a row into every table that has a place for some of the tenants; parents come first there."""
    for table, columns in TABLES.items():
        if table in SETUP:
            continue
        for tenant_id in tenant_ids if "tenant_id" in columns else ("",):
            told = {"app_id": app_id, "tenant_id": tenant_id, "connection_uri_domain": host, "scope": None}
            people.insert(table, **{name: told.get(name, _value(name, columns[name])) for name in columns})


def _value(column: str, kind: str) -> Any:
    if column == "token":  # unique among all apps
        return str(uuid.uuid4())
    return {"BOOLEAN": False, "BIGINT": 1, "INTEGER": 1}.get(kind, "x")


def holdings(people: People) -> set[tuple[str, ...]]:
    """Return of whom each table holds something: its name, the app, and the tenant where it has one."""
    return {
        (table, *row)
        for table, columns in TABLES.items()
        for row in people.rows(table, "app_id, tenant_id" if "tenant_id" in columns else "app_id")
    }


def test_a_tenant_goes_with_all_that_it_has(core: Core, people: People) -> None:
    for app_id in ("a1", "a2"):
        core.put(APP, appId=app_id)
        make_tenants(core, "t1", "t2", app=f"/appid-{app_id}")
        fill(people, app_id, "public", "t1", "t2")
    before = holdings(people)
    assert len({table for table, *_ in before if table not in SETUP}) == len(TABLES) - len(SETUP)

    assert remove(core, f"/appid-a1{REMOVE_TENANT}", tenantId=" T1 ") == EXISTED
    assert holdings(people) == {held for held in before if held[1:] != ("a1", "t1")}
    assert say(core, "GET", "/appid-a1/t1/recipe/multitenancy/tenant/v2") == {
        "status": "TENANT_NOT_FOUND_ERROR"
    }
    assert remove(core, f"/appid-a1{REMOVE_TENANT}", tenantId="t1") == NOT_THERE


def test_an_app_goes_with_all_that_it_has(core: Core, people: People) -> None:
    for app_id in ("a1", "a2"):
        core.put(APP, appId=app_id)
        fill(people, app_id, "public")
    before = holdings(people)

    assert remove(core, REMOVE_APP, appId="a1") == EXISTED
    assert holdings(people) == {held for held in before if held[1] != "a1"}
    assert say(core, "GET", "/appid-a1/users/count")[0] == 400
    assert remove(core, REMOVE_APP, appId="a1") == NOT_THERE


def test_what_is_made_again_has_nothing_of_the_old_one(core: Core, people: People) -> None:
    core.put(APP, appId="a1")
    make_tenants(core, "t1", app="/appid-a1")
    fill(people, "a1", "public", "t1")
    remove(core, f"/appid-a1{REMOVE_TENANT}", tenantId="t1")
    remove(core, REMOVE_APP, appId="a1")

    assert core.put(APP, appId="a1")["createdNew"]
    make_tenants(core, "t1", app="/appid-a1")
    assert {table for table, app_id, *_ in holdings(people) if app_id == "a1"} == {*SETUP, "audit_log"}
    assert people.rows("audit_log", "event", app_id="a1") == [("tenant.changed",)], "of the new tenant"


@pytest.mark.parametrize("swept", [1, 3])
def test_those_who_have_much_are_emptied_part_by_part(
    core: Core, people: People, monkeypatch: pytest.MonkeyPatch, swept: int
) -> None:
    monkeypatch.setattr(multitenancy_removal, "SWEPT_AT_ONCE", swept)
    core.put(APP, appId="a1")
    make_tenants(core, "t1", app="/appid-a1")
    fill(people, "a1", "public", "t1")
    before = holdings(people)
    for number in range(10):
        people.insert("user_metadata", app_id="a1", user_id=f"u{number}", user_metadata="{}")
        people.insert("user_roles", app_id="a1", tenant_id="t1", user_id="u", role=f"r{number}")

    assert remove(core, f"/appid-a1{REMOVE_TENANT}", tenantId="t1") == EXISTED
    assert holdings(people) == {held for held in before if held[1:] != ("a1", "t1")}
    assert remove(core, REMOVE_APP, appId="a1") == EXISTED
    assert holdings(people) == {held for held in before if held[1] != "a1"}


def test_an_app_of_two_domains_keeps_its_data_until_the_last_one_is_rid_of_it(
    core: Core, people: People
) -> None:
    core.put(DOMAIN, connectionUriDomain=HOST)
    for host in ("", HOST):
        say(core, "PUT", APP, host=host, appId="a1")
        say(core, "PUT", f"/appid-a1{TENANT}", host=host, tenantId="t1")
    fill(people, "a1", "public", "t1")
    before = holdings(people)

    assert remove(core, f"/appid-a1{REMOVE_TENANT}", host=HOST, tenantId="t1") == EXISTED
    assert say(core, "GET", "/appid-a1/t1/recipe/multitenancy/tenant/v2", host=HOST) == {
        "status": "TENANT_NOT_FOUND_ERROR"
    }
    assert remove(core, REMOVE_APP, host=HOST, appId="a1") == EXISTED
    assert holdings(people) == before
    assert core.get("/appid-a1/t1/recipe/user/roles", userId="x")["roles"] == ["x"]

    assert remove(core, f"/appid-a1{REMOVE_TENANT}", tenantId="t1") == EXISTED
    assert remove(core, REMOVE_APP, appId="a1") == EXISTED
    assert {held for held in holdings(people) if held[1] == "a1"} == set()


def test_a_domain_goes_and_the_public_app_of_others_stays(core: Core, people: People) -> None:
    before = holdings(people)
    assert remove(core, REMOVE_DOMAIN, connectionUriDomain=HOST) == NOT_THERE
    core.put(DOMAIN, connectionUriDomain=HOST)
    say(core, "PUT", TENANT, host=HOST, tenantId="t2")
    assert holdings(people) == {*before, ("tenants", "public", "t2"), ("tenant_configs", "public", "t2")}

    assert remove(core, REMOVE_DOMAIN, connectionUriDomain=f"{HOST}:3567") == EXISTED
    assert holdings(people) == before


def test_apps_with_tenants_and_domains_with_apps_stay(core: Core, people: People) -> None:
    core.put(DOMAIN, connectionUriDomain=HOST)
    say(core, "PUT", APP, host=HOST, appId="a1")
    say(core, "PUT", f"/appid-a1{TENANT}", host=HOST, tenantId="t1")
    fill(people, "a1", "public", "t1", host=HOST)
    before = holdings(people)

    assert remove(core, REMOVE_APP, host=HOST, appId="a1") == (
        403,
        "Please delete all tenants except the public tenant for this app before calling the delete API",
    )
    assert remove(core, REMOVE_DOMAIN, connectionUriDomain=HOST) == (
        403,
        "Please delete all apps except the public appID for this connectionUriDomain before calling the delete API.",
    )
    assert holdings(people) == before


@pytest.mark.parametrize(
    ("prefix", "path", "name", "value", "status", "text"),
    [
        ("", REMOVE_TENANT, "tenantId", "public", 403, "Cannot delete public tenant, use remove app API instead"),
        ("/t1", REMOVE_TENANT, "tenantId", "t1", 403, "Only the public tenantId is allowed to delete a tenant"),
        (
            "",
            REMOVE_APP,
            "appId",
            "public",
            403,
            "Cannot delete the public app, use remove connection uri domain API instead",
        ),
        (
            "/t1",
            REMOVE_APP,
            "appId",
            "a1",
            403,
            "Only the public tenantId and public appId is allowed to delete an app",
        ),
        (
            "/t1",
            REMOVE_DOMAIN,
            "connectionUriDomain",
            HOST,
            403,
            "Only the public tenantId, public appId and default connectionUriDomain is allowed to delete a "
            "connectionUriDomain",
        ),
        ("", REMOVE_TENANT, "tenantId", "", 400, "tenantId should not be an empty String"),
        ("", REMOVE_TENANT, "tenantId", "users", 400, "Cannot use 'users' as a tenantId"),
        ("", REMOVE_APP, "appId", "a b", 400, "appId can only contain letters, numbers and hyphens"),
        ("", REMOVE_DOMAIN, "connectionUriDomain", "a b", 400, "connectionUriDomain is invalid"),
        ("", REMOVE_TENANT, "other", "t1", 400, "Field name 'tenantId' is invalid in JSON input"),
        ("", REMOVE_APP, "appId", None, 400, "Field name 'appId' is invalid in JSON input"),
        ("", REMOVE_DOMAIN, "connectionUriDomain", 1, 400, "Field name 'connectionUriDomain' is invalid in JSON input"),
    ],
)  # fmt: skip
def test_refusals(core: Core, prefix: str, path: str, name: str, value: Any, status: int, text: str) -> None:
    assert remove(core, prefix + path, **{name: value}) == (status, text)
    assert shown(core, "/t1")["tenantId"] == "t1"


def test_the_default_domain_cannot_be_named(core: Core) -> None:
    assert remove(core, REMOVE_DOMAIN, connectionUriDomain="") == (
        400,
        "connectionUriDomain should not be an empty String",
    )
