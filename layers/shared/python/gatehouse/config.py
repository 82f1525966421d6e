"""The settings: read once from the environment, checked, and frozen."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field
from typing import Any

from gatehouse import core_config
from gatehouse.core_config import CoreConfig, CoreConfigInvalid
from gatehouse.database_settings import Environment, database_url, is_database_setting, table_names
from gatehouse.errors import SettingInvalid
from gatehouse.frontend_settings import FrontendSettings, check_frontend
from gatehouse.models import TableNames
from gatehouse.setting_values import (
    choice,
    cookie,
    declared,
    emails,
    number,
    origin,
    origin_of,
    origins,
    read,
    read_all,
    setting,
    switch,
    text,
)
from gatehouse.webhook_settings import WebhookSettings, check_webhooks

LOCAL_GATEWAY = "GATEHOUSE_LOCAL_GATEWAY"
"""Set by the local gateway where it runs functions under Lambda's own runtime client."""

LOG_LEVELS = ("debug", "info", "warning", "error")

_LOCAL = "local"
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?")
_LAMBDA_ROOT = "/var/task"
"""Where Lambda, and nobody else, has a function's code; its variable LAMBDA_TASK_ROOT cannot be set by us."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a deployment can set; `load_settings` fills it."""

    database_url: str = field(repr=False)
    table_names: TableNames
    core: CoreConfig = field(repr=False)
    frontend: FrontendSettings
    webhooks: WebhookSettings

    stage: str = setting("GATEHOUSE_STAGE", _LOCAL, text, "Name of the deployed stage; `local` off Lambda.")
    app_name: str = setting(
        "APP_NAME", "Gatehouse", text, "Your application's name, as letters and pages show it."
    )
    api_url: str = setting("API_URL", "http://127.0.0.1:3000", origin, "Where the functions are reached.")
    website_url: str = setting(
        "WEBSITE_URL",
        "",
        lambda value: value and origin(value),
        "Where people land after sign-in; default `API_URL`.",
    )
    allowed_origins: tuple[str, ...] = setting(
        "ALLOWED_ORIGINS",
        "",
        origins,
        "More origins whose pages may write with the session cookie, comma-separated.",
    )
    log_level: str = setting(
        "LOG_LEVEL",
        "info",
        choice(*LOG_LEVELS),
        "How much is logged: debug to error.",
    )

    identity_provider: str = setting(
        "IDENTITY_PROVIDER",
        "embedded",
        choice("embedded", "stytch"),
        "Who proves identity: `embedded` or `stytch`.",
    )
    stytch_project_id: str = setting("STYTCH_PROJECT_ID", "", text, "Stytch: the project's id.")
    stytch_secret: str = setting("STYTCH_SECRET", "", text, "Stytch: the project's secret.", secret=True)
    stytch_project_env: str = setting(
        "STYTCH_PROJECT_ENV", "test", text, "Stytch: `test`, `live`, or the https:// address of its API."
    )

    signup: str = setting(
        "SIGNUP",
        "open",
        choice("open", "invite_only"),
        "`open`: anybody may sign in; `invite_only`: people you invite.",
    )
    admin_emails: tuple[str, ...] = setting(
        "ADMIN_EMAILS",
        "",
        emails,
        "Who becomes administrator at sign-in, comma-separated. Empty: the first person.",
    )
    magic_link_confirm: bool = setting(
        "MAGIC_LINK_CONFIRM",
        "on",
        switch,
        "`on`: opening a link shows a page that posts it; `off`: it signs in directly.",
    )
    code_lifetime_ms: int = setting(
        "PASSWORDLESS_CODE_LIFETIME",
        "900000",
        number(1_000, 86_400_000 * 30),
        "How long a link or code lives, in ms.",
    )
    session_duration_minutes: int = setting(
        "SESSION_DURATION_MINUTES",
        "10080",
        number(5, 527_040),
        "How long a session lives, in minutes (7 days).",
    )
    cookie_name: str = setting(
        "COOKIE_NAME",
        "gatehouse_session",
        cookie,
        "Cookie of the session token; its JWT is in `<name>_jwt`.",
    )

    email_sender: str = setting(
        "EMAIL_SENDER",
        "console",
        choice("console", "smtp", "ses"),
        "`console` (local only), `smtp` or `ses`.",
    )
    email_from: str = setting(
        "EMAIL_FROM", "Gatehouse <no-reply@localhost>", text, "Sender of letters: `Name <address>`."
    )
    smtp_url: str = setting(
        "SMTP_URL", "", text, "`smtp://user:password@host:587` or `smtps://host:465`.", secret=True
    )
    ses_configuration_set: str = setting(
        "SES_CONFIGURATION_SET", "", text, "SES: configuration set to send with."
    )
    mailbox_file: str = setting(
        "MAILBOX_FILE", "", text, "Console sender: also append each letter to this file (local only)."
    )

    sends_per_address: int = setting(
        "SEND_LIMIT_PER_ADDRESS", "5", number(1, 100_000), "Letters per address and window."
    )
    sends_per_client: int = setting(
        "SEND_LIMIT_PER_CLIENT", "30", number(1, 1_000_000), "Letters per client (IP address) and window."
    )
    send_window_minutes: int = setting(
        "SEND_LIMIT_WINDOW_MINUTES", "15", number(1, 1_440), "Length of the send limits' window, in minutes."
    )

    secrets_max_age_s: int = setting(
        "SECRETS_MAX_AGE_SECONDS",
        "300",
        number(0, 86_400),
        "After how many seconds secrets that settings refer to are asked for again.",
    )

    audit_client_addresses: bool = setting(
        "AUDIT_CLIENT_ADDRESSES",
        "on",
        switch,
        "`on`: the audit log keeps network addresses, which are personal data; `off`: it does not.",
    )
    audit_retention_days: int = setting(
        "AUDIT_RETENTION_DAYS", "365", number(1, 3_650), "How long the audit log is kept, in days."
    )

    test_mode: bool = setting(
        "GATEHOUSE_TEST_MODE",
        "off",
        switch,
        "`on`: the core takes very short key and session lifetimes, for SDKs' test suites (local only).",
    )

    @property
    def is_local(self) -> bool:
        """Whether this runs on a laptop, where letters may go to the console."""
        return self.stage == _LOCAL

    @property
    def website(self) -> str:
        """Where people land after sign-in, without a slash at the end."""
        return self.website_url or self.api_url

    @property
    def issuer(self) -> str:
        """The `iss` claim of session JWTs."""
        return f"{self.api_url}/auth"

    @property
    def trusted_origins(self) -> frozenset[str]:
        """The origins whose pages may write with the session cookie."""
        return frozenset({origin_of(self.api_url), origin_of(self.website), *self.allowed_origins})


def is_deployed(environ: Environment) -> bool:
    """Say whether this runs on Lambda, and not on a laptop under Lambda's own runtime client."""
    is_laptop = LOCAL_GATEWAY in environ and environ.get("LAMBDA_TASK_ROOT") != _LAMBDA_ROOT
    return "AWS_LAMBDA_FUNCTION_NAME" in environ and not is_laptop


def secrets_max_age_s(environ: Environment) -> int:
    """Return the one setting that is needed before references can be resolved; raises SettingInvalid."""
    (item,) = (item for item in declared(Settings) if item.name == "secrets_max_age_s")
    age_s: int = read(environ, item)
    return age_s


def declared_settings() -> list[Field[Any]]:
    """Return the declared settings, for documentation and tests."""
    return [*declared(Settings), *declared(FrontendSettings), *declared(WebhookSettings)]


def known_settings(environ: Environment) -> dict[str, str]:
    """Return what in an environment is ours."""
    ours = {item.metadata["name"] for item in declared_settings()} | set(core_config.environment_names())
    return {name: value for name, value in environ.items() if name in ours or is_database_setting(name)}


def load_settings(
    environ: Environment | None = None,
    resolve: Callable[[Mapping[str, str]], Mapping[str, str]] = lambda given: given,
) -> Settings:
    """Read the settings; `resolve` replaces `ssm:` and `secretsmanager:` references. Raises SettingInvalid."""
    given = {name: value.strip() for name, value in (os.environ if environ is None else environ).items()}
    env = {**given, **resolve(known_settings(given))}
    values = read_all(env, Settings)
    is_local = values["stage"] == _LOCAL
    _check_place(env, is_local=is_local)
    settings = Settings(
        database_url=database_url(env, is_local=is_local),
        table_names=table_names(env),
        core=_read_core(env, is_test_mode=values["test_mode"]),
        frontend=FrontendSettings(**read_all(env, FrontendSettings)),
        webhooks=WebhookSettings(**read_all(env, WebhookSettings)),
        **values,
    )
    _check_together(settings)
    check_frontend(settings.frontend, is_local=is_local)
    check_webhooks(settings.webhooks, is_local=is_local)
    return settings


def _check_place(env: Environment, *, is_local: bool) -> None:
    """What shows letters or weakens checks is for laptops, and a laptop is not on Lambda."""
    if is_local and is_deployed(env):
        raise SettingInvalid(
            "GATEHOUSE_STAGE", "must name the deployed stage, for example dev, and not local"
        )
    if not is_local and not env.get("API_URL"):
        raise SettingInvalid("API_URL", "is needed on a deployed stage, for example https://auth.example.com")
    if LOCAL_GATEWAY in env and (is_deployed(env) or not is_local):
        raise SettingInvalid(
            LOCAL_GATEWAY, "is set by the local gateway only; take it out of the function's environment"
        )


def _read_core(env: Environment, *, is_test_mode: bool) -> CoreConfig:
    try:
        return core_config.from_environment(env, is_test_mode=is_test_mode)
    except CoreConfigInvalid as error:
        raise SettingInvalid("The core's configuration", str(error)) from None


def _check_together(settings: Settings) -> None:
    if settings.email_sender == "smtp" and not settings.smtp_url:
        raise SettingInvalid("SMTP_URL", "is needed when EMAIL_SENDER is smtp")
    if settings.identity_provider == "stytch" and not (settings.stytch_project_id and settings.stytch_secret):
        raise SettingInvalid(
            "STYTCH_PROJECT_ID, STYTCH_SECRET", "are needed when IDENTITY_PROVIDER is stytch"
        )
    if not settings.is_local:
        _check_deployed(settings)


def _check_deployed(settings: Settings) -> None:
    if settings.email_sender == "console":
        raise SettingInvalid("EMAIL_SENDER", "console would write sign-in links to the log; use ses or smtp")
    if settings.mailbox_file:
        raise SettingInvalid("MAILBOX_FILE", "is for laptops and must be empty on a deployed stage")
    if settings.test_mode:
        raise SettingInvalid("GATEHOUSE_TEST_MODE", "is for test suites and must be off on a deployed stage")
    # Nobody else reaches a loopback address: that is where the local AWS (make deploy-local) serves a stage.
    if not settings.api_url.startswith("https://") and not _LOOPBACK.fullmatch(settings.api_url):
        raise SettingInvalid("API_URL", "must start with https:// on a deployed stage")


@dataclass(frozen=True)
class PageSettings:
    """What the website depends on."""

    app_name: str
    is_local: bool


def page_settings(environ: Environment | None = None) -> PageSettings:
    """Read only what the website depends on, as its function may read no secrets. Raises SettingInvalid."""
    given = {name: value.strip() for name, value in (os.environ if environ is None else environ).items()}
    shown = [item for item in declared_settings() if item.name in {"app_name", "stage"}]
    values = {item.name: read(given, item) for item in shown}
    if values["app_name"].startswith(("ssm:", "secretsmanager:")):
        raise SettingInvalid("APP_NAME", "is shown on pages and cannot be a reference; write the name itself")
    return PageSettings(values["app_name"], is_local=values["stage"] == _LOCAL)


@dataclass(frozen=True)
class WatchSettings:
    """What logs depend on, before anything else is known."""

    stage: str
    log_level: str

    @property
    def is_local(self) -> bool:
        """Whether people on a laptop read the log, and not CloudWatch."""
        return self.stage == _LOCAL


def watch_settings(environ: Environment | None = None) -> WatchSettings:
    """Read what logs depend on; a level that is none is told of by whoever reads all settings."""
    given = os.environ if environ is None else environ
    level = given.get("LOG_LEVEL", "").strip().lower()
    stage = given.get("GATEHOUSE_STAGE", "").strip() or _LOCAL
    return WatchSettings(stage, level if level in LOG_LEVELS else "info")
