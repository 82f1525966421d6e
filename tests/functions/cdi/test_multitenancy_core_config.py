"""The configuration of apps and tenants through the core interface, on every engine."""

from typing import Any

import pytest

from gatehouse.store.statement import Sql
from tests.core import Core
from tests.functions.cdi.tenants import APP, DOMAIN, NOT_FOUND, TENANT, make_tenants, say, shown
from tests.houses import Home

HOST = "core.example.org"
CORE_CONFIG = "/recipe/dashboard/tenant/core-config"
UPDATE = Sql(
    "UPDATE {tenant_configs} SET core_config = :core_config WHERE tenant_id = :tenant_id AND app_id = :app_id"
)


def value(core: Core, key: str, prefix: str = "") -> Any:
    """Return the value of a key that holds in a tenant."""
    return {item["key"]: item["value"] for item in core.get(f"{prefix}{CORE_CONFIG}")["config"]}[key]


def refusal(core: Core, path: str, **body: Any) -> str:
    """Return the text of a configuration that is refused."""
    status, text = core.refusal("PUT", path, body)
    assert status == 400
    return text.removeprefix("Invalid core config: ")


def test_what_is_shown_comes_from_the_database(core: Core, home: Home) -> None:
    elsewhere = Core(home.with_settings())
    make_tenants(core, "t1")
    assert value(elsewhere, "totp_max_attempts", "/t1") == 5

    core.put(TENANT, tenantId="t1", coreConfig={"totp_max_attempts": 7})
    assert value(elsewhere, "totp_max_attempts", "/t1") == 7
    core.post("/recipe/multitenancy/tenant/remove", tenantId="t1")
    assert say(elsewhere, "GET", f"/t1{CORE_CONFIG}") == (400, f"{NOT_FOUND}(, public, t1)")


def test_changes_are_merged_key_by_key_and_shown_as_they_were_sent(core: Core) -> None:
    core.put(APP, appId="a1", coreConfig={"access_token_validity": "7200", "totp_max_attempts": 3.0})
    core.put(APP, appId="a1", coreConfig={"totp_max_attempts": None, "passwordless_code_lifetime": 1000})

    assert shown(core, "/appid-a1")["coreConfig"] == {
        "access_token_validity": "7200",
        "passwordless_code_lifetime": 1000,
    }
    assert value(core, "access_token_validity", "/appid-a1") == 7200
    assert value(core, "totp_max_attempts", "/appid-a1") == 5


def test_a_null_of_a_key_that_is_not_there_stays_and_means_the_default(core: Core) -> None:
    core.put(APP, appId="a1", coreConfig={"totp_max_attempts": 3})
    core.put(f"/appid-a1{TENANT}", tenantId="t1", coreConfig={"totp_max_attempts": None})

    assert shown(core, "/appid-a1/t1")["coreConfig"] == {"totp_max_attempts": None}
    assert value(core, "totp_max_attempts", "/appid-a1/t1") == 5
    core.put(f"/appid-a1{TENANT}", tenantId="t1", coreConfig={"totp_max_attempts": None})
    assert shown(core, "/appid-a1/t1")["coreConfig"] == {}
    assert value(core, "totp_max_attempts", "/appid-a1/t1") == 3


def test_tenants_inherit_from_their_app_and_apps_from_their_domain(core: Core) -> None:
    core.put(
        DOMAIN, connectionUriDomain=HOST, coreConfig={"totp_max_attempts": 2, "access_token_validity": 60}
    )
    say(core, "PUT", APP, host=HOST, appId="a1", coreConfig={"passwordless_code_lifetime": 5000})
    say(core, "PUT", f"/appid-a1{TENANT}", host=HOST, tenantId="t1", coreConfig={"totp_max_attempts": 9})

    def held(prefix: str, host: str = HOST) -> list[Any]:
        config = say(core, "GET", f"{prefix}{CORE_CONFIG}", host=host)["config"]
        values = {item["key"]: item["value"] for item in config}
        return [
            values[key]
            for key in ("totp_max_attempts", "access_token_validity", "passwordless_code_lifetime")
        ]

    assert held("/appid-a1/t1") == [9, 60, 5000]
    assert held("/appid-a1") == [2, 60, 5000]
    assert held("") == [2, 60, 900_000]
    assert held("", "") == [5, 3600, 900_000]


def test_the_base_configuration_is_the_environment_s(core: Core, home: Home) -> None:
    for path in (TENANT, APP, DOMAIN):
        assert core.refusal("PUT", path, {"coreConfig": {"totp_max_attempts": 3}}) == (
            400,
            "Cannot modify base config",
        )
        assert core.refusal("PUT", path, {"coreConfig": {"nope": None}}) == (400, "Cannot modify base config")
        assert core.put(path, coreConfig={})["createdNew"] is False
    other = Core(home.with_settings(TOTP_MAX_ATTEMPTS="7"))
    assert value(other, "totp_max_attempts") == 7


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"nope": 1}, "Invalid config key: nope"),
        ({"postgresql_host": "x"}, "Invalid config key: postgresql_host"),
        ({"bcrypt_log_rounds": 4}, "bcrypt_log_rounds can only be set via the core's base config setting"),
        ({"log_level": "INFO"}, "log_level can only be set via the core's base config setting"),
        ({"access_token_validity": "abcd"}, "'access_token_validity' must be of type long"),
        ({"disable_telemetry": {}}, "'disable_telemetry' must be of type boolean"),
        (
            {"access_token_validity": 3600, "refresh_token_validity": 3},
            "'refresh_token_validity' must be strictly greater than 'access_token_validity'.",
        ),
        (
            {"access_token_dynamic_signing_key_update_interval": "0.001"},
            "'access_token_dynamic_signing_key_update_interval' must be greater than, equal to 1 hour.",
        ),
        ({"supertokens_max_cdi_version": "2.21"}, "supertokens_max_cdi_version is not a supported version"),
        (
            {"firebase_password_hashing_signer_key": "x" * 65_535},
            "must not be longer than 65535 characters",
        ),
    ],
)
def test_bad_configurations_are_refused_and_make_nothing(
    core: Core, changes: dict[str, Any], text: str
) -> None:
    assert refusal(core, APP, appId="a1", coreConfig=changes) == text
    assert core.call("GET", "/appid-a1/recipe/roles").status == 400


def test_tenants_of_an_app_may_not_differ_in_its_keys(core: Core) -> None:
    core.put(APP, appId="a1", coreConfig={"access_token_validity": 7200})
    text = "You cannot set different values for access_token_validity for the same appId"

    assert (
        refusal(core, f"/appid-a1{TENANT}", tenantId="t1", coreConfig={"access_token_validity": 60}) == text
    )
    core.put(f"/appid-a1{TENANT}", tenantId="t1", coreConfig={"access_token_validity": "7200"})
    assert refusal(core, APP, appId="a1", coreConfig={"access_token_validity": 60}) == text
    assert refusal(core, APP, appId="a1", coreConfig={"access_token_validity": None}) == text
    assert core.put(APP, appId="a1", coreConfig={"totp_max_attempts": 2})["createdNew"] is False
    assert refusal(core, TENANT, tenantId="t2", coreConfig={"access_token_validity": 60}) == text
    core.put(APP, appId="a2", coreConfig={"access_token_validity": 60})


def test_a_domain_s_change_must_suit_all_its_apps(core: Core) -> None:
    core.put(DOMAIN, connectionUriDomain=HOST)
    say(core, "PUT", APP, host=HOST, appId="a1")
    say(
        core,
        "PUT",
        f"/appid-a1{TENANT}",
        host=HOST,
        tenantId="t1",
        coreConfig={"access_token_validity": 3600},
    )

    assert refusal(core, DOMAIN, connectionUriDomain=HOST, coreConfig={"access_token_validity": 60}) == (
        "You cannot set different values for access_token_validity for the same appId"
    )
    assert refusal(core, DOMAIN, connectionUriDomain=HOST, coreConfig={"refresh_token_validity": 1}) == (
        "'refresh_token_validity' must be strictly greater than 'access_token_validity'."
    )


def test_the_test_mode_takes_short_lifetimes_from_sdks(home: Home) -> None:
    core = Core(home.with_settings(GATEHOUSE_TEST_MODE="on"))

    core.put(
        APP,
        appId="a1",
        coreConfig={
            "access_token_dynamic_signing_key_update_interval": "0.0014",
            "access_token_signing_key_dynamic": "false",
        },
    )
    assert value(core, "access_token_dynamic_signing_key_update_interval", "/appid-a1") == 0.0014


def test_a_stored_configuration_that_does_not_hold_closes_its_tenant_and_no_other(
    core: Core, home: Home
) -> None:
    make_tenants(core, "t1")
    home.house.database.run(
        UPDATE.run(core_config='{"totp_max_attempts": 0}', tenant_id="t1", app_id="public")
    )
    home.house.tenancy.forget()

    assert core.call("GET", "/t1/recipe/user/roles?userId=x").status == 500
    assert core.call("GET", "/recipe/user/roles?userId=x").status == 200


def test_keys_of_a_core_that_are_not_ours_stay(core: Core, home: Home) -> None:
    make_tenants(core, "t1")
    stored = '{"postgresql_host": "db", "later_key": 1}'
    home.house.database.run(UPDATE.run(core_config=stored, tenant_id="t1", app_id="public"))
    home.house.tenancy.forget()

    core.put(TENANT, tenantId="t1", coreConfig={"totp_max_attempts": 3, "later_key": 1})
    assert shown(core, "/t1")["coreConfig"] == {
        "postgresql_host": "db",
        "later_key": 1,
        "totp_max_attempts": 3,
    }
    assert (
        refusal(core, TENANT, tenantId="t1", coreConfig={"later_key": 2}) == "Invalid config key: later_key"
    )
    core.put(TENANT, tenantId="t1", coreConfig={"later_key": None})
    assert "later_key" not in shown(core, "/t1")["coreConfig"]


def test_keys_of_an_app_are_asked_for_in_the_app_alone(core: Core) -> None:
    key = "shfo3h98308hOIHoei309saiho"
    core.put(APP, appId="a1", coreConfig={"api_keys": key})

    assert core.refusal("GET", "/appid-a1/recipe/multitenancy/tenant/v2") == (401, "Invalid API key")
    answer = core.call("GET", "/appid-a1/recipe/multitenancy/tenant/v2", headers={"api-key": key})
    assert answer.json["coreConfig"] == {"api_keys": key}
    assert core.get("/recipe/multitenancy/tenant/v2")["status"] == "OK"


def test_the_dashboard_shows_what_a_tenant_may_set(core: Core) -> None:
    core.put(APP, appId="a1", coreConfig={"password_hashing_alg": "ARGON2"})
    shown_keys = core.get(f"/appid-a1{CORE_CONFIG}")
    by_key = {item["key"]: item for item in shown_keys["config"]}

    assert shown_keys["status"] == "OK"
    assert set(by_key) == {
        "access_token_validity", "refresh_token_validity", "password_reset_token_lifetime",
        "email_verification_token_lifetime", "passwordless_max_code_input_attempts", "passwordless_code_lifetime",
        "totp_max_attempts", "totp_rate_limit_cooldown_sec", "access_token_dynamic_signing_key_update_interval",
        "disable_telemetry", "password_hashing_alg", "firebase_password_hashing_signer_key", "ip_allow_regex",
        "ip_deny_regex",
    }  # fmt: skip
    assert {key: by_key["password_hashing_alg"][key] for key in ("value", "valueType", "possibleValues")} == {
        "value": "ARGON2",
        "valueType": "enum",
        "possibleValues": ["ARGON2", "BCRYPT"],
    }
    described = by_key["access_token_validity"].pop("description")
    assert described
    assert by_key["access_token_validity"] == {
        "key": "access_token_validity",
        "valueType": "number",
        "value": 3600,
        "isDifferentAcrossTenants": False,
        "possibleValues": None,
        "isNullable": False,
        "defaultValue": 3600,
        "isPluginProperty": False,
        "isPluginPropertyEditable": False,
    }
    address = by_key["ip_deny_regex"]
    assert (address["valueType"], address["value"]) == ("string", None)
    assert address["isNullable"] is address["isDifferentAcrossTenants"] is True
