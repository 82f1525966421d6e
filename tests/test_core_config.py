"""The core's configuration: what values its keys take, and what a tenant may set."""

from typing import Any

import pytest

from gatehouse.core_config import (
    KEYS,
    SUPPORTED_VERSIONS,
    CoreConfig,
    CoreConfigInvalid,
    check_changes,
    from_environment,
)

KEY = "a-key-of-twenty-letters"


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("access_token_validity", "5", 5),
        ("access_token_validity", 5.0, 5),
        ("access_token_validity", "+5", 5),
        ("passwordless_code_lifetime", 3_153_600_000_000, 3_153_600_000_000),
        ("refresh_token_validity", "144000.5", 144_000.5),
        ("refresh_token_validity", 200_000, 200_000.0),
        ("access_token_dynamic_signing_key_update_interval", "1.5e2", 150.0),
        ("access_token_signing_key_dynamic", "False", False),
        ("disable_telemetry", True, True),
        ("password_hashing_alg", "argon2", "argon2"),
        ("firebase_password_hashing_signer_key", 5, "5"),
        ("firebase_password_hashing_signer_key", True, "true"),
        ("ip_allow_regex", r" 127\.0\.0\.1 ", r"127\.0\.0\.1"),
        ("ip_deny_regex", "  ", None),
        ("api_keys", f" {KEY} ,", f" {KEY} ,"),
        ("totp_max_attempts", None, 5),
    ],
)
def test_values_are_read_as_java_reads_them(name: str, given: Any, taken: Any) -> None:
    assert getattr(CoreConfig(totp_max_attempts=9).overlaid({name: given}), name) == taken


def test_an_alias_names_its_key() -> None:
    changed = CoreConfig().overlaid({"access_token_signing_key_update_interval": 5})

    assert changed.access_token_dynamic_signing_key_update_interval == 5.0


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        ("access_token_validity", "long", ["abcd", "", "null", "5.0", "1_0", "٣", 1.5, True, [], {}, 2**63, 10**400]),
        ("totp_max_attempts", "int", ["abcd", 1.5, 2**31, False, [5]]),
        ("refresh_token_validity", "double", ["abcd", "", "NaN", "Infinity", "1_0", 1e13, 10**400, True, [], {}]),
        ("disable_telemetry", "boolean", ["abcd", "", 0, 1, [], {}]),
        ("api_keys", "String", [[KEY], {}]),
    ],
)  # fmt: skip
def test_other_types_are_refused_with_java_s_name(name: str, kind: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(CoreConfigInvalid, match=f"^'{name}' must be of type {kind}$"):
            CoreConfig().overlaid({name: value})


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"access_token_validity": 0},
            "'access_token_validity' must be between 1 and 86400000 seconds inclusive.",
        ),
        (
            {"access_token_validity": 86_400_001},
            "'access_token_validity' must be between 1 and 86400000 seconds inclusive.",
        ),
        (
            {"refresh_token_validity": 60, "access_token_validity": 3600},
            "'refresh_token_validity' must be strictly greater than 'access_token_validity'.",
        ),
        (
            {"access_token_dynamic_signing_key_update_interval": 0.9},
            "'access_token_dynamic_signing_key_update_interval' must be greater than, equal to 1 hour.",
        ),
        ({"password_reset_token_lifetime": 0}, "'password_reset_token_lifetime' must be >= 0"),
        ({"email_verification_token_lifetime": -1}, "'email_verification_token_lifetime' must be >= 0"),
        ({"passwordless_code_lifetime": 0}, "'passwordless_code_lifetime' must be > 0"),
        ({"passwordless_max_code_input_attempts": 0}, "'passwordless_max_code_input_attempts' must be > 0"),
        ({"totp_max_attempts": 0}, "'totp_max_attempts' must be > 0"),
        ({"totp_rate_limit_cooldown_sec": -5}, "'totp_rate_limit_cooldown_sec' must be > 0"),
        ({"password_hashing_alg": "MD5"}, "'password_hashing_alg' must be one of 'ARGON2' or 'BCRYPT'"),
        ({"api_keys": "short"}, "One of the API keys is too short. Please use at least 20 characters"),
        ({"api_keys": ""}, "One of the API keys is too short. Please use at least 20 characters"),
        (
            {"api_keys": f"{KEY},{KEY}!"},
            "Invalid characters in API key. Please only use '=', '-' and alpha-numeric (including capitals)",
        ),
        ({"ip_allow_regex": "("}, "Provided regular expression is invalid for ip_allow_regex config"),
        ({"ip_deny_regex": "*"}, "Provided regular expression is invalid for ip_deny_regex config"),
    ],
)
def test_limits_are_told(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(CoreConfigInvalid) as told:
        CoreConfig().overlaid(changes)
    assert str(told.value) == text


def test_the_test_mode_takes_short_lifetimes() -> None:
    changes = {
        "access_token_dynamic_signing_key_update_interval": "0.0014",
        "refresh_token_validity": 0.01,
        "access_token_validity": 2,
    }
    with pytest.raises(CoreConfigInvalid):
        CoreConfig().overlaid(changes)

    config = CoreConfig().overlaid(changes, is_test_mode=True)
    assert (config.signing_key_interval_ms, config.signing_key_overlap_ms) == (5_040, 1_008)


def test_keys_that_are_not_ours_change_nothing() -> None:
    assert CoreConfig().overlaid({"postgresql_host": "db", "core_config_version": 0}) == CoreConfig()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"nope": 1}, "Invalid config key: nope"),
        ({"nope": None}, "Invalid config key: nope"),
        ({"mysql_host": "db"}, "Invalid config key: mysql_host"),
        ({"{} %s": 1}, "Invalid config key: {} %s"),
        ({"bcrypt_log_rounds": 5}, "bcrypt_log_rounds can only be set via the core's base config setting"),
        ({"base_path": None}, "base_path can only be set via the core's base config setting"),
        ({"port": 3567}, "port can only be set via the core's base config setting"),
        (
            {"supertokens_saas_secret": "x"},
            "supertokens_saas_secret can only be set via the core's base config setting",
        ),
        ({"port": 1, "nope": 1}, "Invalid config key: nope"),
        ({"supertokens_max_cdi_version": "x"}, "supertokens_max_cdi_version is not a valid semantic version"),
        ({"supertokens_max_cdi_version": "2.21"}, "supertokens_max_cdi_version is not a supported version"),
        ({"supertokens_max_cdi_version": 9}, "supertokens_max_cdi_version is not a supported version"),
    ],
)
def test_what_a_tenant_may_not_set(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(CoreConfigInvalid) as told:
        check_changes(changes, {})
    assert str(told.value) == text


def test_what_is_stored_already_may_stay_and_go() -> None:
    stored = {"postgresql_host": "db", "port": 1, "supertokens_max_cdi_version": "2.21"}

    check_changes(stored, stored)
    check_changes(dict.fromkeys(stored), stored)
    with pytest.raises(CoreConfigInvalid, match="Invalid config key: postgresql_host"):
        check_changes({"postgresql_host": "other"}, stored)


@pytest.mark.parametrize("version", SUPPORTED_VERSIONS)
def test_every_version_may_be_the_highest(version: str) -> None:
    check_changes({"supertokens_max_cdi_version": version}, {})


def test_the_environment_names_a_version_of_ours() -> None:
    with pytest.raises(CoreConfigInvalid, match="is not a supported version"):
        from_environment({"SUPERTOKENS_MAX_CDI_VERSION": "2.21"})
    assert from_environment({"SUPERTOKENS_MAX_CDI_VERSION": "5.1"}).supertokens_max_cdi_version == "5.1"


def test_tenants_of_an_app_share_its_keys() -> None:
    base = CoreConfig()
    for name, declared in KEYS.items():
        other = {"boolean": not declared.default, "String": f"{KEY}-x"}.get(
            declared.metadata["kind"], 170_000
        )
        if name == "password_hashing_alg":
            other = "ARGON2"
        changed = base.overlaid({name: other})
        assert changed != base
        assert base.find_conflict(changed) == (name if declared.metadata["level"] == "app" else None), name


def test_the_order_of_api_keys_is_no_difference() -> None:
    first = CoreConfig(api_keys=f"{KEY}1, {KEY}2")

    assert first.find_conflict(CoreConfig(api_keys=f"{KEY}2,{KEY}1")) is None
    assert first.find_conflict(CoreConfig(api_keys=f"{KEY}2")) == "api_keys"


def test_secrets_are_not_printed() -> None:
    config = CoreConfig(api_keys=KEY, firebase_password_hashing_signer_key="signer-key")

    assert KEY not in repr(config)
    assert "signer-key" not in repr(config)
