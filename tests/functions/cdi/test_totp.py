"""Authenticator apps through the core interface, on every engine."""

from typing import Any

import pytest

from gatehouse.crypto.totp_code import code_at, decode_secret
from gatehouse.store.statement import Sql
from tests.core import Core
from tests.houses import Home

ADA = "ada-1"
DEVICE = {"userId": ADA, "deviceName": "phone", "skew": 1, "period": 30}
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
INVALID = "INVALID_TOTP_ERROR"


def code(home: Home, secret: str, *, steps: int = 0, period: int = 30) -> str:
    """Return the code of a secret for the present step, or for one some steps away."""
    return code_at(decode_secret(secret), home.clock() // 1_000 // period + steps)


def wrong(home: Home, *secrets: str) -> str:
    """Return six digits that are no code of these secrets around now."""
    near = {code(home, secret, steps=steps) for secret in secrets for steps in range(-5, 6)}
    return next(f"{number:06}" for number in range(1_000) if f"{number:06}" not in near)


def verified_device(core: Core, home: Home, user_id: str = ADA, name: str = "phone") -> str:
    """Import a verified device; return its secret."""
    secret = SECRET
    body = {"userId": user_id, "deviceName": name, "skew": 1, "period": 30, "secretKey": secret}
    assert core.post("/recipe/totp/device/import", **body) == {"status": "OK", "deviceName": name}
    return secret


def verify(core: Core, totp: str, path: str = "/recipe/totp/verify", **more: Any) -> Any:
    """Try a code of Ada's."""
    return core.post(path, userId=ADA, totp=totp, **more)


def rows(home: Home, table: str) -> int:
    """Count the rows of a table."""
    return home.house.database.run(Sql(f"SELECT COUNT(*) FROM {{{table}}}").only(lambda row: int(row[0])))


def names(core: Core, user_id: str = ADA) -> list[str]:
    """List the names of a user's devices."""
    return [device["name"] for device in core.get("/recipe/totp/device/list", userId=user_id)["devices"]]


def test_a_device_is_made_verified_and_used(core: Core, home: Home) -> None:
    made = core.post("/recipe/totp/device", **DEVICE)
    assert made.keys() == {"status", "deviceName", "secret"}
    assert (made["status"], made["deviceName"], len(made["secret"])) == ("OK", "phone", 32)
    device = {"name": "phone", "period": 30, "skew": 1, "verified": False}
    assert core.get("/recipe/totp/device/list", userId=ADA) == {"status": "OK", "devices": [device]}

    first = core.post(
        "/recipe/totp/device/verify", userId=ADA, deviceName="phone", totp=code(home, made["secret"])
    )
    assert first == {"status": "OK", "wasAlreadyVerified": False}
    assert core.get("/recipe/totp/device/list", userId=ADA)["devices"] == [{**device, "verified": True}]
    again = core.post("/recipe/totp/device/verify", userId=ADA, deviceName="phone", totp="whatever")
    assert again == {"status": "OK", "wasAlreadyVerified": True}

    home.clock.advance(seconds=90)
    assert verify(core, code(home, made["secret"])) == {"status": "OK"}


def test_devices_without_a_name_get_one(core: Core, home: Home) -> None:
    def make() -> tuple[str, str]:
        made = core.post("/recipe/totp/device", userId=ADA, skew=1, period=30)
        return made["deviceName"], made["secret"]

    def add(**more: Any) -> str:
        body = {"userId": ADA, "skew": 1, "period": 30, "secretKey": SECRET, **more}
        return str(core.post("/recipe/totp/device/import", **body)["deviceName"])

    (first, secret), (second, other) = make(), make()
    assert (first, second) == ("TOTP Device 0", "TOTP Device 0")
    assert secret != other
    assert names(core) == ["TOTP Device 0"], "one that was never verified is replaced"

    assert add() == "TOTP Device 0"
    assert add(deviceName="TOTP Device 2") == "TOTP Device 2"
    assert make()[0] == "TOTP Device 3", "counted from the two verified ones, over the taken name"
    assert add() == "TOTP Device 3"
    assert names(core) == ["TOTP Device 0", "TOTP Device 2", "TOTP Device 3"]


def test_only_unverified_devices_are_replaced(core: Core, home: Home) -> None:
    core.post("/recipe/totp/device", **{**DEVICE, "period": 60})
    core.post("/recipe/totp/device", **DEVICE)
    assert [device["period"] for device in core.get("/recipe/totp/device/list", userId=ADA)["devices"]] == [
        30
    ]

    verified_device(core, home)
    taken = {"status": "DEVICE_ALREADY_EXISTS_ERROR"}
    assert core.post("/recipe/totp/device", **DEVICE) == taken
    assert core.post("/recipe/totp/device/import", **DEVICE, secretKey=SECRET) == taken
    assert verify(core, code(home, SECRET)) == {"status": "OK"}


def test_devices_are_renamed(core: Core, home: Home) -> None:
    verified_device(core, home)
    verified_device(core, home, name="tablet")

    def rename(old: str, new: str, user_id: str = ADA) -> Any:
        return core.put("/recipe/totp/device", userId=user_id, existingDeviceName=old, newDeviceName=new)

    assert rename("phone", "Ünïcode 📱") == {"status": "OK"}
    assert rename("Ünïcode 📱", "Ünïcode 📱") == {"status": "OK"}
    assert rename("tablet", "Ünïcode 📱") == {"status": "DEVICE_ALREADY_EXISTS_ERROR"}
    assert rename("phone", "tablet") == {"status": "UNKNOWN_DEVICE_ERROR"}
    assert rename("tablet", "x", user_id="nobody") == {"status": "UNKNOWN_DEVICE_ERROR"}
    assert names(core) == ["tablet", "Ünïcode 📱"]
    assert verify(core, code(home, SECRET)) == {"status": "OK"}


def test_the_last_device_takes_everything_with_it(core: Core, home: Home) -> None:
    verified_device(core, home)
    verified_device(core, home, name="tablet")
    verified_device(core, home, user_id="bob")
    verify(core, wrong(home, SECRET))
    before = verify(core, wrong(home, SECRET))

    def remove(name: str) -> Any:
        return core.post("/recipe/totp/device/remove", userId=ADA, deviceName=name)["didDeviceExist"]

    assert (remove("phone"), remove("phone"), remove("unknown")) == (True, False, False)
    assert (rows(home, "totp_users"), rows(home, "totp_used_codes")) == (2, 2)
    assert remove("tablet") is True
    assert (rows(home, "totp_users"), rows(home, "totp_user_devices"), rows(home, "totp_used_codes")) == (
        1,
        1,
        0,
    )
    assert verify(core, code(home, SECRET)) == {"status": "UNKNOWN_USER_ID_ERROR"}

    verified_device(core, home)
    assert before["currentNumberOfFailedAttempts"] == 2
    assert verify(core, wrong(home, SECRET))["currentNumberOfFailedAttempts"] == 1


def test_unknown_users_and_devices(core: Core, home: Home) -> None:
    assert core.get("/recipe/totp/device/list", userId="nobody") == {"status": "OK", "devices": []}
    assert verify(core, "123456") == {"status": "UNKNOWN_USER_ID_ERROR"}
    device = "/recipe/totp/device/verify"
    assert verify(core, "123456", device, deviceName="phone") == {"status": "UNKNOWN_DEVICE_ERROR"}
    verified_device(core, home)
    assert verify(core, "123456", device, deviceName="Phone") == {"status": "UNKNOWN_DEVICE_ERROR"}
    assert rows(home, "totp_used_codes") == 0


def test_a_code_is_used_once_even_on_another_device(core: Core, home: Home) -> None:
    verified_device(core, home)
    right = code(home, SECRET)

    assert verify(core, right) == {"status": "OK"}
    refused = {"status": INVALID, "currentNumberOfFailedAttempts": 1, "maxNumberOfFailedAttempts": 5}
    assert verify(core, right) == refused
    assert verify(core, code(home, SECRET, steps=1)) == {"status": "OK"}, "the next one is another"

    core.post("/recipe/totp/device", **{**DEVICE, "deviceName": "tablet"})
    home.house.database.run(Sql("UPDATE {totp_user_devices} SET secret_key = :secret").run(secret=SECRET))
    device = "/recipe/totp/device/verify"
    assert verify(core, right, device, deviceName="tablet")["status"] == INVALID
    assert rows(home, "totp_used_codes") == 4


def test_a_used_code_may_come_again_when_it_has_expired(core: Core, home: Home) -> None:
    verified_device(core, home)
    right = code(home, SECRET)
    assert verify(core, right) == {"status": "OK"}
    expiry_ms, created_ms = home.house.database.run(
        Sql("SELECT expiry_time_ms, created_time_ms FROM {totp_used_codes}").only(
            lambda row: (row[0], row[1])
        )
    )
    assert expiry_ms - created_ms == 30 * 3 * 1_000

    home.house.database.run(
        Sql("UPDATE {totp_used_codes} SET expiry_time_ms = :now_ms").run(now_ms=home.clock())
    )
    assert verify(core, right) == {"status": "OK"}


def test_codes_of_unverified_devices_do_not_count(core: Core, home: Home) -> None:
    made = core.post("/recipe/totp/device", **DEVICE)

    assert verify(core, code(home, made["secret"]))["status"] == INVALID
    verified_device(core, home, name="tablet")
    assert verify(core, code(home, made["secret"]))["status"] == INVALID
    assert verify(core, code(home, SECRET)) == {"status": "OK"}


def test_skew_is_how_many_steps_are_accepted(core: Core, home: Home) -> None:
    body = {"userId": ADA, "deviceName": "strict", "skew": 0, "period": 30, "secretKey": SECRET}
    core.post("/recipe/totp/device/import", **body)
    home.clock.advance(seconds=30 - home.clock() / 1_000 % 30 + 1)

    assert verify(core, code(home, SECRET, steps=-1))["status"] == INVALID
    assert verify(core, code(home, SECRET, steps=1))["status"] == INVALID
    assert verify(core, code(home, SECRET)) == {"status": "OK"}


def test_wrong_codes_are_counted_up_to_the_limit(core: Core, home: Home) -> None:
    verified_device(core, home)
    answers = [verify(core, wrong(home, SECRET)) for _ in range(5)]
    assert answers == [
        {"status": INVALID, "currentNumberOfFailedAttempts": number, "maxNumberOfFailedAttempts": 5}
        for number in range(1, 6)
    ]

    home.clock.advance(minutes=5)
    limited = verify(core, code(home, SECRET))
    assert 590_000 < limited.pop("retryAfterMs") <= 600_000
    assert limited == {
        "status": "LIMIT_REACHED_ERROR",
        "currentNumberOfFailedAttempts": 5,
        "maxNumberOfFailedAttempts": 5,
    }
    assert rows(home, "totp_used_codes") == 5, "nothing is kept of what comes too early"

    home.clock.advance(minutes=10, seconds=1)
    assert verify(core, wrong(home, SECRET))["currentNumberOfFailedAttempts"] == 1
    assert verify(core, wrong(home, SECRET))["currentNumberOfFailedAttempts"] == 2
    assert verify(core, code(home, SECRET)) == {"status": "OK"}
    assert verify(core, wrong(home, SECRET))["currentNumberOfFailedAttempts"] == 1


def test_only_codes_within_one_cooldown_count(core: Core, home: Home) -> None:
    verified_device(core, home)
    for minutes in (0, 1, 1, 1):
        home.clock.advance(minutes=minutes)
        verify(core, wrong(home, SECRET))
    home.clock.advance(minutes=13)

    counted = [verify(core, wrong(home, SECRET))["currentNumberOfFailedAttempts"] for _ in range(3)]
    assert counted == [5, 4, 5], "the first two were too long before the fifth"
    assert verify(core, code(home, SECRET))["status"] == "LIMIT_REACHED_ERROR"


def test_a_tenants_own_limits_hold(core: Core, home: Home) -> None:
    small = home.with_settings(TOTP_MAX_ATTEMPTS="2", TOTP_RATE_LIMIT_COOLDOWN_SEC="10")
    core = Core(small)
    verified_device(core, home)

    assert verify(core, wrong(home, SECRET))["maxNumberOfFailedAttempts"] == 2
    verify(core, wrong(home, SECRET))
    assert 0 < verify(core, code(home, SECRET))["retryAfterMs"] <= 10_000
    home.clock.advance(seconds=11)
    assert verify(core, code(home, SECRET)) == {"status": "OK"}


def test_codes_are_counted_per_tenant(core: Core, home: Home) -> None:
    core.put("/recipe/multitenancy/tenant/v2", tenantId="t1")
    verified_device(core, home)
    for _ in range(5):
        verify(core, wrong(home, SECRET), "/t1/recipe/totp/verify")

    assert verify(core, wrong(home, SECRET), "/t1/recipe/totp/verify")["status"] == "LIMIT_REACHED_ERROR"
    assert verify(core, wrong(home, SECRET))["currentNumberOfFailedAttempts"] == 1
    assert verify(core, code(home, SECRET)) == {"status": "OK"}


@pytest.mark.parametrize("totp", ["", "12345", "12345678", "abcdef", "ümläut", "123456 "])
def test_odd_codes_are_wrong_codes(core: Core, home: Home, totp: str) -> None:
    verified_device(core, home)

    assert verify(core, totp)["currentNumberOfFailedAttempts"] == 1
    assert verify(core, totp)["currentNumberOfFailedAttempts"] == 2


def test_long_codes_are_not_kept(core: Core, home: Home) -> None:
    verified_device(core, home)

    for totp in ("123456789", "9" * 10_000):
        assert verify(core, totp) == {
            "status": INVALID,
            "currentNumberOfFailedAttempts": 1,
            "maxNumberOfFailedAttempts": 5,
        }
    assert rows(home, "totp_used_codes") == 0


@pytest.mark.parametrize("version", ["3.0", "3.1", "4.0"])
def test_attempts_are_told_from_version_5_on(core: Core, home: Home, version: str) -> None:
    verified_device(core, home)
    body = f'{{"userId": "{ADA}", "totp": "x"}}'.encode()

    def ask(path: str = "/recipe/totp/verify") -> Any:
        return core.call("POST", path, body=body, headers={"cdi-version": version}).json

    assert ask() == {"status": INVALID}
    for _ in range(4):
        ask()
    assert ask().keys() == {"status", "retryAfterMs"}


def test_many_users_are_asked_about_at_once(core: Core, home: Home) -> None:
    verified_device(core, home)
    core.post("/recipe/totp/device", **{**DEVICE, "deviceName": "another"})
    core.post("/recipe/totp/device", **{**DEVICE, "userId": "bob"})
    path = "/recipe/totp/device/status/bulk"

    assert core.post(path, userIds=[ADA, "nobody", "bob", ADA]) == {
        "status": "OK",
        "users": [
            {"userId": ADA, "hasVerifiedDevice": True},
            {"userId": "nobody", "hasVerifiedDevice": None},
            {"userId": "bob", "hasVerifiedDevice": False},
            {"userId": ADA, "hasVerifiedDevice": True},
        ],
    }
    assert core.post(path, userIds=[]) == {"status": "OK", "users": []}
    assert len(core.post(path, userIds=[f"u{number}" for number in range(500)])["users"]) == 500
    assert core.refusal("POST", path, {"userIds": ["u"] * 501}) == (
        400,
        "You can only query up to 500 users at a time.",
    )
    assert core.refusal("POST", path, {"userIds": ["u", 7]}) == (
        400,
        "userIds array must contain only strings",
    )
    for bad in ({}, {"userIds": None}, {"userIds": "u"}, {"userIds": ["a\x00b"]}):
        assert core.refusal("POST", path, bad) == (400, "Field name 'userIds' is invalid in JSON input")


MAKE, IMPORT = ("POST", "/recipe/totp/device"), ("POST", "/recipe/totp/device/import")
RENAME, REMOVE = ("PUT", "/recipe/totp/device"), ("POST", "/recipe/totp/device/remove")
VERIFY, VERIFY_DEVICE = ("POST", "/recipe/totp/verify"), ("POST", "/recipe/totp/device/verify")
GOOD: dict[tuple[str, str], dict[str, Any]] = {
    MAKE: DEVICE,
    IMPORT: {**DEVICE, "secretKey": SECRET},
    RENAME: {"userId": ADA, "existingDeviceName": "a", "newDeviceName": "b"},
    REMOVE: {"userId": ADA, "deviceName": "phone"},
    VERIFY: {"userId": ADA, "totp": "123456"},
    VERIFY_DEVICE: {"userId": ADA, "deviceName": "phone", "totp": "123456"},
}


@pytest.mark.parametrize(
    ("operation", "member"), [(operation, member) for operation, body in GOOD.items() for member in body]
)
@pytest.mark.parametrize("bad", [None, [], {}, True, "a\x00b", "\ud800", {"a": [1]}, "absent"], ids=repr)
def test_wrong_members_are_named(core: Core, operation: tuple[str, str], member: str, bad: Any) -> None:
    body = {**GOOD[operation], member: bad}
    if bad == "absent":
        del body[member]
        if member == "deviceName" and operation in {MAKE, IMPORT}:
            return
    told = f"Field name '{member}' is invalid in JSON input"
    assert core.refusal(*operation, body) == (400, told)


@pytest.mark.parametrize(
    ("operation", "change", "told"),
    [
        (MAKE, {"userId": "", "deviceName": ""}, "userId cannot be empty"),
        (MAKE, {"deviceName": "", "skew": -1}, "deviceName cannot be empty"),
        (MAKE, {"skew": -1, "period": 0}, "skew must be >= 0"),
        (MAKE, {"period": 0}, "period must be > 0"),
        (MAKE, {"period": -30}, "period must be > 0"),
        (MAKE, {"skew": 1_001}, "skew must be <= 1000"),
        (MAKE, {"skew": 2**31}, "Field name 'skew' is invalid in JSON input"),
        (MAKE, {"skew": 10**30}, "Field name 'skew' is invalid in JSON input"),
        (MAKE, {"period": 1.5}, "Field name 'period' is invalid in JSON input"),
        (MAKE, {"period": 1e300}, "Field name 'period' is invalid in JSON input"),
        (MAKE, {"userId": "u" * 129}, "Field name 'userId' must not be longer than 128 characters"),
        (MAKE, {"deviceName": "d" * 257}, "Field name 'deviceName' must not be longer than 256 characters"),
        (IMPORT, {"secretKey": ""}, "secretKey cannot be empty"),
        (IMPORT, {"secretKey": "0189"}, "secretKey must be Base32"),
        (IMPORT, {"secretKey": "A" * 257}, "Field name 'secretKey' must not be longer than 256 characters"),
        (IMPORT, {"skew": -1}, "skew must be >= 0"),
        (RENAME, {"userId": ""}, "userId cannot be empty"),
        (RENAME, {"existingDeviceName": ""}, "existingDeviceName cannot be empty"),
        (RENAME, {"newDeviceName": ""}, "newDeviceName cannot be empty"),
        (RENAME, {"newDeviceName": "d" * 257}, "Field name 'newDeviceName' must not be longer than 256 characters"),
        (REMOVE, {"userId": ""}, "userId cannot be empty"),
        (REMOVE, {"deviceName": ""}, "deviceName cannot be empty"),
        (VERIFY, {"userId": ""}, "userId cannot be empty"),
        (VERIFY_DEVICE, {"userId": ""}, "userId cannot be empty"),
        (VERIFY_DEVICE, {"deviceName": ""}, "deviceName cannot be empty"),
    ],
)  # fmt: skip
def test_values_out_of_bounds_are_told(
    core: Core, operation: tuple[str, str], change: dict[str, Any], told: str
) -> None:
    assert core.refusal(*operation, {**GOOD[operation], **change}) == (400, told)


def test_whole_numbers_may_be_written_with_a_point(core: Core) -> None:
    core.post("/recipe/totp/device", **{**DEVICE, "skew": 1.0, "period": 3e1})

    assert core.get("/recipe/totp/device/list", userId=ADA)["devices"][0]["period"] == 30


def test_largest_numbers_and_longest_texts_fit(core: Core, home: Home) -> None:
    long = {"userId": "ü" * 128, "deviceName": "📱" * 256, "skew": 1_000, "period": 2**31 - 1}
    assert core.post("/recipe/totp/device/import", **long, secretKey="A" * 256)["status"] == "OK"
    assert core.post("/recipe/totp/verify", userId="ü" * 128, totp="x")["status"] == INVALID


def test_the_list_wants_a_user(core: Core) -> None:
    path = "/recipe/totp/device/list"
    assert core.refusal("GET", path) == (400, "Field name 'userId' is missing in GET request")
    assert core.refusal("GET", f"{path}?userId=") == (400, "userId cannot be empty")


def test_devices_belong_to_an_app(core: Core, home: Home) -> None:
    core.put("/recipe/multitenancy/app/v2", appId="other")
    verified_device(core, home)

    assert core.get("/appid-other/recipe/totp/device/list", userId=ADA)["devices"] == []
    assert verify(core, code(home, SECRET), "/appid-other/recipe/totp/verify") == {
        "status": "UNKNOWN_USER_ID_ERROR"
    }


def test_a_tenant_has_no_devices_of_its_own(core: Core) -> None:
    core.put("/recipe/multitenancy/tenant/v2", tenantId="t1")

    for method, path in (MAKE, IMPORT, RENAME, REMOVE):
        assert core.refusal(method, f"/t1{path}", GOOD[method, path]) == (
            403,
            "Only public tenantId can call this app specific API",
        )
