"""The small recipes on a database that SuperTokens made: with its foreign keys, and blind for case on MySQL."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gatehouse.crypto.totp_code import code_at, decode_secret
from gatehouse.store.statement import Sql
from tests.core import Core
from tests.databases import FreshDatabase
from tests.houses import Home, open_house
from tests.people import make_adopted_database

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(params=["mariadb", "postgresql"])
def home(request: pytest.FixtureRequest, fresh_database_url: FreshDatabase, tmp_path: Path) -> Iterator[Home]:
    """A house on an adopted database."""
    url = make_adopted_database(request.param, fresh_database_url)
    home = open_house(url, tmp_path / "mailbox.jsonl")
    yield home
    home.close()


def is_blind(home: Home) -> bool:
    """Say whether the database takes two texts for one that differ by case."""
    return urlsplit(home.house.settings.database_url).scheme == "mysql"


def count(home: Home, table: str) -> int:
    """Count the rows of a table."""
    return home.house.database.run(Sql(f"SELECT COUNT(*) FROM {{{table}}}").only(lambda row: int(row[0])))


def test_devices_go_along_with_foreign_keys(core: Core, home: Home) -> None:
    device = {"userId": "ada", "skew": 1, "period": 30}
    core.post("/recipe/totp/device/import", **device, secretKey=SECRET)
    code = code_at(decode_secret(SECRET), home.clock() // 30_000)
    assert core.post("/recipe/totp/verify", userId="ada", totp=code) == {"status": "OK"}
    core.post("/recipe/totp/verify", userId="ada", totp="wrong")

    remove = {"userId": "ada", "deviceName": "TOTP Device 0"}
    assert core.post("/recipe/totp/device/remove", **remove)["didDeviceExist"] is True
    assert [count(home, table) for table in ("totp_users", "totp_user_devices", "totp_used_codes")] == [
        0,
        0,
        0,
    ]


def test_a_verified_device_is_never_replaced_by_one_that_looks_the_same(core: Core, home: Home) -> None:
    device = {"userId": "ada", "deviceName": "phone", "skew": 1, "period": 30}
    core.post("/recipe/totp/device/import", **device, secretKey=SECRET)

    status = core.post("/recipe/totp/device", **{**device, "deviceName": "Phone"})["status"]
    assert status == ("DEVICE_ALREADY_EXISTS_ERROR" if is_blind(home) else "OK")
    code = code_at(decode_secret(SECRET), home.clock() // 30_000)
    assert core.post("/recipe/totp/verify", userId="ada", totp=code) == {"status": "OK"}


def test_devices_and_roles_of_somebody_whose_id_looks_the_same_are_not_shown(core: Core, home: Home) -> None:
    core.post("/recipe/totp/device/import", userId="ada", skew=1, period=30, secretKey=SECRET)
    core.put("/recipe/role", role="admin")
    core.put("/recipe/user/role", userId="ada", role="admin")
    code = code_at(decode_secret(SECRET), home.clock() // 30_000)

    assert core.get("/recipe/totp/device/list", userId="ADA")["devices"] == []
    assert core.post("/recipe/totp/verify", userId="ADA", totp=code) == {"status": "UNKNOWN_USER_ID_ERROR"}
    (status,) = core.post("/recipe/totp/device/status/bulk", userIds=["ADA"])["users"]
    assert status == {"userId": "ADA", "hasVerifiedDevice": None}
    assert core.get("/recipe/user/roles", userId="ADA")["roles"] == []


def test_metadata_of_somebody_whose_id_looks_the_same_is_not_touched(core: Core, home: Home) -> None:
    path = "/recipe/user/metadata"
    core.put(path, userId="ada", metadataUpdate={"name": "Ada"})

    assert core.get(path, userId="ADA")["metadata"] == {}
    assert core.post(f"{path}/bulk", userIds=["ADA"])["users"] == [{"userId": "ADA", "metadata": None}]
    if is_blind(home):
        assert core.refusal("PUT", path, {"userId": "ADA", "metadataUpdate": {"name": "X"}}) == (
            400,
            "Another user has an id that this database does not tell from 'userId'",
        )
    assert core.get(path, userId="ada")["metadata"] == {"name": "Ada"}


def test_roles_go_along_with_foreign_keys(core: Core, home: Home) -> None:
    core.put("/recipe/role", role="admin", permissions=["read", "write"])
    assert core.put("/recipe/user/role", userId="ada", role="admin")["didUserAlreadyHaveRole"] is False
    assert core.put("/recipe/role", role="admin", permissions=["read"])["createdNewRole"] is False
    assert core.put("/recipe/role", role="Admin")["createdNewRole"] is not is_blind(home)

    assert core.post("/recipe/role/remove", role="admin")["didRoleExist"] is True
    assert count(home, "user_roles") == count(home, "role_permissions") == 0


def test_features_are_counted(core: Core) -> None:
    core.post("/recipe/signup", email="ada@example.com", password="correct horse 9")

    assert core.get("/ee/featureflag")["usageStats"]["maus"] == [1] * 31
