"""Settings: defaults, wrong values, synonyms, and that each one is documented."""

from collections.abc import Mapping

import pytest

from gatehouse.config import declared_settings, load_settings
from gatehouse.errors import SettingInvalid
from infra import docs


def test_nothing_set_is_a_laptop() -> None:
    settings = load_settings({})

    assert settings.is_local
    assert settings.database_url == "sqlite:///.gatehouse/gatehouse.db"
    assert (settings.website, settings.issuer) == ("http://127.0.0.1:3000", "http://127.0.0.1:3000/auth")
    assert settings.trusted_origins == {"http://127.0.0.1:3000"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_DURATION_MINUTES", "soon"),
        ("SESSION_DURATION_MINUTES", "0"),
        ("SESSION_DURATION_MINUTES", "-5"),
        ("SESSION_DURATION_MINUTES", "1e4"),
        ("SEND_LIMIT_PER_ADDRESS", "0"),
        ("SIGNUP", "closed"),
        ("IDENTITY_PROVIDER", "auth0"),
        ("MAGIC_LINK_CONFIRM", "true"),
        ("EMAIL_SENDER", "pigeon"),
        ("API_URL", "example.com"),
        ("WEBSITE_URL", "ftp://example.com"),
        ("ALLOWED_ORIGINS", "https://a.example, b.example"),
        ("ADMIN_EMAILS", "ada"),
        ("ADMIN_EMAILS", "ada@"),
        ("ADMIN_EMAILS", "Ada <ada@example.com>"),
        ("WEBSITE_URL", "https://user:secret@example.com"),
        ("COOKIE_NAME", "a b"),
        ("COOKIE_NAME", "a;b"),
        ("LOG_LEVEL", "loud"),
        ("PASSWORDLESS_CODE_LIFETIME", "15m"),
        ("SMS_SENDER", "pigeon"),
        ("SMS_SENDER_ID", "a long name"),
        ("SMS_SENDER_ID", "Gatehouse-12"),
        ("SMS_SENDER_ID", "12345"),
        ("PASSWORDLESS_CONTACT", "PIGEON"),
        ("PASSWORDLESS_FLOW", "NONE"),
        ("FIRST_FACTORS", "otp-email, totp"),
        ("FIRST_FACTORS", "otp-email, otp-phone"),
        ("MFA", "yes"),
    ],
)
def test_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingInvalid, match=name) as caught:
        load_settings({name: value})
    assert caught.value.name == name


DEPLOYED = {
    "GATEHOUSE_STAGE": "dev",
    "DATABASE_URL": "mysql://h/d",
    "API_URL": "https://x.example",
    "EMAIL_SENDER": "ses",
}


@pytest.mark.parametrize("url", ["http://127.0.0.1:3000", "http://[::1]:3000", "http://localhost"])
def test_a_stage_on_this_machine_needs_no_https(url: str) -> None:
    assert load_settings(DEPLOYED | {"API_URL": url}).api_url == url


@pytest.mark.parametrize(
    "url", ["http://x.example", "http://127.0.0.1.example", "http://localhost.example", "http://10.0.0.1"]
)
def test_any_other_stage_needs_https(url: str) -> None:
    with pytest.raises(SettingInvalid, match="API_URL: must start with https://"):
        load_settings(DEPLOYED | {"API_URL": url})


ON_LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "gatehouse-dev-login", "LAMBDA_TASK_ROOT": "/var/task"}


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"GATEHOUSE_TEST_MODE": "on"}, "GATEHOUSE_TEST_MODE"),
        ({"EMAIL_SENDER": "console"}, "EMAIL_SENDER"),
        ({"EMAIL_SENDER": ""}, "EMAIL_SENDER"),
        (
            {
                "EMAIL_SENDER": "console",
                "IDENTITY_PROVIDER": "stytch",
                "STYTCH_PROJECT_ID": "p",
                "STYTCH_SECRET": "s",
            },
            "EMAIL_SENDER",
        ),
        ({"MAILBOX_FILE": "mailbox.jsonl"}, "MAILBOX_FILE"),
        ({"GATEHOUSE_LOCAL_GATEWAY": "on"}, "GATEHOUSE_LOCAL_GATEWAY"),
        ({"GATEHOUSE_LOCAL_GATEWAY": "on", "GATEHOUSE_STAGE": "local"}, "GATEHOUSE_STAGE"),
        ({"GATEHOUSE_STAGE": ""}, "GATEHOUSE_STAGE"),
    ],
)
def test_what_is_for_laptops_cannot_be_on_a_deployed_stage(environment: dict[str, str], name: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        load_settings({**DEPLOYED, **ON_LAMBDA, **environment})
    assert caught.value.name == name


def test_a_laptop_may_run_functions_under_the_runtime_client_of_lambda() -> None:
    laptop = {**ON_LAMBDA, "LAMBDA_TASK_ROOT": "/home/ada/gatehouse", "GATEHOUSE_LOCAL_GATEWAY": "on"}
    assert load_settings({**laptop, "GATEHOUSE_TEST_MODE": "on"}).is_local


def test_deployed_stages_need_no_text_messages_but_can_send_them() -> None:
    assert load_settings(DEPLOYED).frontend.passwordless_contact == "EMAIL"
    phone = load_settings({**DEPLOYED, "PASSWORDLESS_CONTACT": "PHONE", "SMS_SENDER": "sns"})
    assert phone.frontend.sms_sender == "sns"


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({"EMAIL_SENDER": "smtp"}, "SMTP_URL"),
        ({"REQUIRED_SECONDARY_FACTORS": "totp"}, "MFA"),
        ({"REQUIRED_SECONDARY_FACTORS": "thirdparty", "MFA": "on"}, "REQUIRED_SECONDARY_FACTORS"),
        ({"IDENTITY_PROVIDER": "stytch", "STYTCH_SECRET": "x"}, "STYTCH_PROJECT_ID"),
        ({"AWS_LAMBDA_FUNCTION_NAME": "login"}, "GATEHOUSE_STAGE"),
        ({"AWS_LAMBDA_FUNCTION_NAME": "login", "GATEHOUSE_STAGE": "local"}, "GATEHOUSE_STAGE"),
        ({"GATEHOUSE_STAGE": "dev", "API_URL": "https://x.example", "EMAIL_SENDER": "ses"}, "DATABASE_URL"),
        ({"GATEHOUSE_STAGE": "dev", "DATABASE_URL": "mysql://h/d", "EMAIL_SENDER": "ses"}, "API_URL"),
        (
            {"GATEHOUSE_STAGE": "dev", "DATABASE_URL": "mysql://h/d", "API_URL": "https://x.example"},
            "EMAIL_SENDER",
        ),
        ({"PASSWORDLESS_CONTACT": "PHONE", "SMS_SENDER": "none"}, "SMS_SENDER"),
        (DEPLOYED | {"PASSWORDLESS_CONTACT": "PHONE"}, "SMS_SENDER"),
        (DEPLOYED | {"PASSWORDLESS_CONTACT": "EMAIL_OR_PHONE", "SMS_SENDER": "console"}, "SMS_SENDER"),
    ],
)
def test_settings_that_need_each_other(environment: dict[str, str], names: str) -> None:
    with pytest.raises(SettingInvalid, match=names):
        load_settings(environment)


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({"MYSQL_CONNECTION_URI": "mysql://u:p@h:1/d"}, "mysql://u:p@h:1/d"),
        (
            {"MYSQL_USER": "u@x", "MYSQL_PASSWORD": "p/w#:", "MYSQL_HOST": "db", "MYSQL_DATABASE_NAME": "st"},
            "mysql://u%40x:p%2Fw%23%3A@db:3306/st",
        ),
        ({"POSTGRESQL_USER": "u", "POSTGRESQL_PORT": "6432"}, "postgresql://u:@localhost:6432/supertokens"),
        ({"DATABASE_URL": "sqlite:///x.db", "MYSQL_USER": "u"}, "sqlite:///x.db"),
    ],
)
def test_names_of_supertokens_are_synonyms(environment: dict[str, str], url: str) -> None:
    assert load_settings(environment).database_url == url


def test_table_names_follow_supertokens_settings() -> None:
    names = load_settings({"MYSQL_USER": "u", "MYSQL_TABLE_NAMES_PREFIX": "app"}).table_names

    assert names.fill("{users} {session_info}") == "app_users app_session_info"
    with pytest.raises(SettingInvalid, match="MYSQL_TABLE_NAMES_PREFIX"):
        load_settings({"MYSQL_USER": "u", "MYSQL_TABLE_NAMES_PREFIX": "a; DROP TABLE x"})


def test_references_are_resolved_before_anything_is_read() -> None:
    seen: dict[str, str] = {}

    def resolve(given: Mapping[str, str]) -> Mapping[str, str]:
        seen.update(given)
        return {
            name: "sqlite:///resolved.db" if value.startswith("ssm:") else value
            for name, value in given.items()
        }

    settings = load_settings(
        {"DATABASE_URL": "ssm:/gatehouse/dev/url", "PATH": "/bin", "SIGNUP": "open"}, resolve
    )

    assert settings.database_url == "sqlite:///resolved.db"
    assert set(seen) == {"DATABASE_URL", "SIGNUP"}, "only settings are looked at"


def test_secrets_are_not_shown() -> None:
    environment = {
        "DATABASE_URL": "mysql://u:hunter2@h/d",
        "STYTCH_SECRET": "hunter2",
        "SMTP_URL": "smtp://u:hunter2@h",
    }

    assert "hunter2" not in repr(load_settings(environment))


def test_every_setting_is_documented_and_every_document_is_up_to_date() -> None:
    table = docs.CONFIGURATION.read_text("utf-8")

    for item in declared_settings():
        assert f"| `{item.metadata['name']}` |" in table
    assert docs.main(["--check"]) == 0


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://App.Example.com:443/x", "https://app.example.com"),
        ("http://app.example.com:80", "http://app.example.com"),
        ("http://app.example.com:8080", "http://app.example.com:8080"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_origins_are_what_browsers_send(url: str, origin: str) -> None:
    assert load_settings({"WEBSITE_URL": url}).trusted_origins == {origin, "http://127.0.0.1:3000"}
