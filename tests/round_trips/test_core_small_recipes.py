"""How many times the small recipes of the core wait for the database, on a warm connection with its tenant known."""

import pytest

from gatehouse.crypto.totp_code import code_at, decode_secret
from tests.core import Core
from tests.houses import Home
from tests.round_trips.proxy import Trips

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
DEVICE = {"userId": "ada", "skew": 1, "period": 30}


def test_hello_takes_one(core: Core, trips: Trips) -> None:
    assert trips(lambda: core.call("GET", "/hello")) == 1


def test_versions_take_one_only_with_domains(core: Core, trips: Trips) -> None:
    core.get("/apiversion", websiteDomain="https://a", apiDomain="https://b")

    assert trips(lambda: core.get("/apiversion")) == 0
    assert trips(lambda: core.get("/apiversion", websiteDomain="https://a", apiDomain="https://b")) == 1
    assert trips(lambda: core.get("/apiversion", websiteDomain="https://c", apiDomain="https://d")) == 2


def test_licence_and_features_take_one(core: Core, trips: Trips) -> None:
    assert trips(lambda: core.put("/ee/license", licenseKey="x")) == 1
    assert trips(lambda: core.get("/ee/license")) == 1
    assert trips(lambda: core.call("DELETE", "/ee/license")) == 1
    assert trips(lambda: core.get("/ee/featureflag")) == 1
    assert trips(lambda: core.get("/telemetry")) == 1
    assert trips(lambda: core.get("/requests/stats")) == 0


def test_codes_take_two(core: Core, home: Home, trips: Trips) -> None:
    core.post("/recipe/totp/device/import", **DEVICE, secretKey=SECRET)
    code = code_at(decode_secret(SECRET), home.clock() // 30_000)

    assert trips(lambda: core.post("/recipe/totp/verify", userId="ada", totp=code)) == 2
    assert trips(lambda: core.post("/recipe/totp/verify", userId="ada", totp="wrong")) == 2
    device = {"userId": "ada", "deviceName": "TOTP Device 0", "totp": code}
    assert trips(lambda: core.post("/recipe/totp/device/verify", **device)) == 2
    assert trips(lambda: core.post("/recipe/totp/verify", userId="nobody", totp=code)) == 2


@pytest.mark.parametrize("is_known", [False, True])
def test_devices_take_two_to_write_and_one_to_read(core: Core, trips: Trips, *, is_known: bool) -> None:
    if is_known:
        core.post("/recipe/totp/device/import", **DEVICE, secretKey=SECRET)
    names: list[str] = []

    assert trips(lambda: names.append(core.post("/recipe/totp/device", **DEVICE)["deviceName"])) == 2
    rename = {"userId": "ada", "existingDeviceName": names[0], "newDeviceName": "x"}
    assert trips(lambda: core.put("/recipe/totp/device", **rename)) == 1
    assert trips(lambda: core.get("/recipe/totp/device/list", userId="ada")) == 1
    assert trips(lambda: core.post("/recipe/totp/device/status/bulk", userIds=["ada"] * 500)) == 1
    assert trips(lambda: core.post("/recipe/totp/device/remove", userId="ada", deviceName="x")) == 2


def test_roles_take_one_to_read(core: Core, trips: Trips) -> None:
    for path, query in {
        "/recipe/roles": {},
        "/recipe/role/permissions": {"role": "x"},
        "/recipe/permission/roles": {"permission": "x"},
        "/recipe/role/users": {"role": "x"},
        "/recipe/user/roles": {"userId": "x"},
    }.items():
        assert trips(lambda path=path, query=query: core.get(path, **query)) == 1  # type: ignore[misc]


def test_roles_take_two_to_write(core: Core, trips: Trips) -> None:
    permissions = [f"p{number}" for number in range(50)]
    for _ in range(2):
        assert trips(lambda: core.put("/recipe/role", role="editor", permissions=permissions)) == 2
        assert trips(lambda: core.put("/recipe/user/role", userId="ada", role="editor")) == 2
    assert trips(lambda: core.post("/recipe/user/role/remove", userId="ada", role="editor")) == 2
    assert trips(lambda: core.put("/recipe/user/role", userId="ada", role="unknown")) == 2
    assert (
        trips(lambda: core.post("/recipe/role/permissions/remove", role="editor", permissions=permissions))
        == 2
    )
    assert trips(lambda: core.post("/recipe/role/remove", role="editor")) == 1


def test_metadata_takes_one_to_read_and_two_to_write(core: Core, trips: Trips) -> None:
    for _ in range(2):
        assert trips(lambda: core.put("/recipe/user/metadata", userId="ada", metadataUpdate={"x": 1})) == 2
    assert trips(lambda: core.get("/recipe/user/metadata", userId="ada")) == 1
    assert trips(lambda: core.post("/recipe/user/metadata/bulk", userIds=["ada"] * 500)) == 1
    assert trips(lambda: core.post("/recipe/user/metadata/remove", userId="ada")) == 1
