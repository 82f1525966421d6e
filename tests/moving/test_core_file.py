"""The settings of a core's config.yaml, and what is written into serverless.yml instead."""

from pathlib import Path

import pytest

from gatehouse.command import Refused
from gatehouse.core_config import from_environment
from infra.moving.supertokens.core_file import as_environment, describe, read_core_file

SECRET = "aB3dE5gH7jK9mN1pQ3sT"

CONFIG = f"""\
core_config_version: 0
host: 0.0.0.0
access_token_validity: 900
access_token_signing_key_update_interval: 24
refresh_token_validity: 144000
password_hashing_alg: ARGON2
api_keys: "{SECRET}"
ip_allow_regex: '^10\\.'
firebase_password_hashing_signer_key: "c2VjcmV0"
firebase_mem_cost: 14
disable_telemetry: true
oauth_provider_public_service_url: http://hydra:4444
mysql_connection_uri: mysql://root:hidden@db:3306/supertokens
log_level:
surprise: 1
"""


@pytest.fixture
def core_file(tmp_path: Path) -> Path:
    """A config.yaml."""
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    return path


def test_settings_become_lines_of_serverless_yml(core_file: Path) -> None:
    assert list(describe(read_core_file(core_file))) == [
        "coreSettings:",
        "  ACCESS_TOKEN_VALIDITY: 900",
        "  ACCESS_TOKEN_SIGNING_KEY_UPDATE_INTERVAL: 24",
        "  PASSWORD_HASHING_ALG: ARGON2",
        "  IP_ALLOW_REGEX: ^10\\.",
        "  DISABLE_TELEMETRY: 'true'",
        "coreApiKeys: ssm:/gatehouse/<stage>/core-api-keys    # put the value of api_keys there",
        "# firebase_password_hashing_signer_key: as FIREBASE_PASSWORD_HASHING_SIGNER_KEY in coreSettings, as a "
        "reference: ssm:/gatehouse/<stage>/firebase-signer-key",
        "databaseUrl: ssm:/gatehouse/<stage>/database-url    # put the database's URL there",
        "# as by default: refresh_token_validity",
        "# mean nothing here: core_config_version, host",
        "# not offered: oauth_provider_public_service_url",
        "# replaced by firebase_password_hashing_signer_key: firebase_mem_cost",
        "# unknown: surprise",
    ]


def test_no_secret_is_shown(core_file: Path) -> None:
    shown = "\n".join(describe(read_core_file(core_file)))

    assert not [secret for secret in (SECRET, "c2VjcmV0", "hidden") if secret in shown]


def test_core_reads_the_same_values_from_its_environment(core_file: Path) -> None:
    environment = as_environment(read_core_file(core_file))

    config = from_environment(environment)
    assert (config.access_token_validity, config.password_hashing_alg) == (900, "ARGON2")
    assert config.access_token_dynamic_signing_key_update_interval == 24
    assert config.accepted_api_keys == (SECRET,)
    assert environment["MYSQL_CONNECTION_URI"].endswith("/supertokens")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("- a\n- b\n", "sets nothing"),
        ("a: [", "is not YAML"),
        (None, "cannot be read: No such file or directory."),
    ],
)
def test_file_that_is_no_configuration_is_refused(tmp_path: Path, content: str | None, error: str) -> None:
    path = tmp_path / "config.yaml"
    if content:
        path.write_text(content)

    with pytest.raises(Refused) as refused:
        read_core_file(path)

    assert error in str(refused.value)
