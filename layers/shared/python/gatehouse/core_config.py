"""The core's configuration: base values from the environment, changed per connection URI domain, app and tenant.

Names, defaults and limits are SuperTokens' (specs/supertokens.md 5.2); a key in the environment is in upper case.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any, Literal, cast

from gatehouse.clock import HOUR_MS, MINUTE_MS, SECOND_MS
from gatehouse.core_config_values import CoreConfigInvalid as CoreConfigInvalid
from gatehouse.core_config_values import Kind, read_value

Level = Literal["process", "app", "tenant"]

SUPPORTED_VERSIONS = ("3.0", "3.1", "4.0", "5.0", "5.1", "5.2", "5.3", "5.4")
"""The versions of the core interface that `/apiversion` announces: SDKs start only where theirs is among them."""

BASE_ONLY = frozenset({
    "argon2_hashing_pool_size", "error_log_path", "firebase_password_hashing_pool_size", "host", "info_log_path",
    "log_level", "max_server_pool_size", "port", "supertokens_saas_load_only_cud", "supertokens_saas_secret",
    "webserver_https_enabled",
})  # fmt: skip
"""Keys of the core that no tenant may set, and that mean nothing here."""

WITHOUT_EFFECT = frozenset({"core_config_version"})
"""Keys that a tenant may set, and that mean nothing here."""

_API_KEY = re.compile(r"[A-Za-z0-9=-]+")
_API_KEY_LENGTH = 20
_OVERLAP_MS = MINUTE_MS
_KINDS: Mapping[type, Kind] = {bool: "boolean", int: "int", float: "double"}


def core_key(
    default: Any,
    level: Level,
    about: str,
    *,
    kind: Kind | None = None,
    choices: tuple[str, ...] = (),
    alias: str = "",
    is_secret: bool = False,
    is_hidden: bool = False,
    is_deprecated: bool = False,
) -> Any:
    """Declare a key: its default, who may set it, and a line for documentation and dashboard.

    The dashboard shows what a tenant may set, except hidden and deprecated keys.
    """
    metadata = {
        "level": level,
        "about": about,
        "kind": kind or _KINDS.get(type(default), "String"),
        "choices": choices,
        "alias": alias,
        "is_shown": not (is_hidden or is_deprecated or level == "process"),
    }
    return field(default=default, metadata=metadata, repr=not is_secret)


@dataclass(frozen=True, kw_only=True)
class CoreConfig:
    """What a request's tenant is configured with; fields have the names of the keys."""

    access_token_validity: int = core_key(
        3600, "app", "How long an access token lives, in seconds.", kind="long"
    )
    access_token_blacklisting: bool = core_key(
        False, "app", "Kept for old clients (CDI up to 2.18); changes nothing.", is_deprecated=True
    )
    refresh_token_validity: float = core_key(144_000.0, "app", "How long a session lives, in minutes.")
    password_reset_token_lifetime: int = core_key(
        3_600_000, "tenant", "How long a password reset token lives, in milliseconds.", kind="long"
    )
    email_verification_token_lifetime: int = core_key(
        86_400_000, "tenant", "How long an e-mail verification token lives, in milliseconds.", kind="long"
    )
    passwordless_max_code_input_attempts: int = core_key(
        5, "tenant", "Wrong codes after which somebody has to start again."
    )
    passwordless_code_lifetime: int = core_key(
        900_000, "tenant", "How long a link or code lives, in milliseconds.", kind="long"
    )
    totp_max_attempts: int = core_key(5, "tenant", "Wrong TOTP codes in a row that are allowed.")
    totp_rate_limit_cooldown_sec: int = core_key(
        900, "tenant", "Seconds that somebody waits after too many wrong TOTP codes."
    )
    access_token_signing_key_dynamic: bool = core_key(
        True, "app", "Kept for old clients (CDI up to 2.18); changes nothing.", is_deprecated=True
    )
    access_token_dynamic_signing_key_update_interval: float = core_key(
        168.0,
        "app",
        "Hours after which a new key signs access tokens.",
        alias="access_token_signing_key_update_interval",
    )
    api_keys: str | None = core_key(
        None,
        "app",
        "Keys of which callers must send one: comma-separated, of 20 or more characters each.",
        is_secret=True,
        is_hidden=True,
    )
    disable_telemetry: bool = core_key(False, "app", "Kept for compatibility: nothing is ever sent home.")
    password_hashing_alg: str = core_key(
        "BCRYPT", "app", "How new passwords are hashed.", choices=("ARGON2", "BCRYPT")
    )
    argon2_iterations: int = core_key(1, "process", "Argon2: iterations.")
    argon2_memory_kb: int = core_key(87_795, "process", "Argon2: memory in KB.")
    argon2_parallelism: int = core_key(2, "process", "Argon2: threads.")
    bcrypt_log_rounds: int = core_key(11, "process", "Bcrypt: logarithm of the rounds.")
    firebase_password_hashing_signer_key: str | None = core_key(
        None, "app", "Signer key of passwords imported from Firebase.", is_secret=True
    )
    ip_allow_regex: str | None = core_key(None, "tenant", "Only addresses that match may call.")
    ip_deny_regex: str | None = core_key(None, "tenant", "Addresses that match may not call.")
    base_path: str = core_key("", "process", "A path before all paths of the core.")
    supertokens_max_cdi_version: str | None = core_key(
        None, "app", "The interface version of callers that name none.", is_hidden=True
    )

    @property
    def access_token_validity_ms(self) -> int:
        """How long an access token lives."""
        return self.access_token_validity * SECOND_MS

    @property
    def refresh_token_validity_ms(self) -> int:
        """How long a session lives after it was last refreshed."""
        return int(self.refresh_token_validity * MINUTE_MS)

    @property
    def signing_key_interval_ms(self) -> int:
        """U of specs/supertokens.md 3.2."""
        return int(self.access_token_dynamic_signing_key_update_interval * HOUR_MS)

    @property
    def signing_key_overlap_ms(self) -> int:
        """O of specs/supertokens.md 3.2; shorter for the very short intervals of the test mode."""
        interval_ms = self.signing_key_interval_ms
        return interval_ms // 5 if interval_ms < _OVERLAP_MS else _OVERLAP_MS

    @property
    def signing_key_lifetime_ms(self) -> int:
        """L of specs/supertokens.md 3.2: how long a dynamic key verifies."""
        return self.signing_key_interval_ms + 2 * self.access_token_validity_ms

    @property
    def accepted_api_keys(self) -> tuple[str, ...]:
        """The keys of which a caller must send one; empty: nobody needs one."""
        return tuple(key.strip() for key in (self.api_keys or "").split(",") if key.strip())

    def overlaid(self, changes: Mapping[str, Any], *, is_test_mode: bool = False) -> "CoreConfig":
        """Return the configuration with some keys changed; raises CoreConfigInvalid.

        A null sets a key to the core's own default, and keys that are not ours change nothing, as in rows that a core
        has written. The test mode lets keys and sessions be short-lived.
        """
        values: dict[str, Any] = {}
        for name, value in changes.items():
            if declared := _declared(name):
                kind = cast("Kind", declared.metadata["kind"])
                is_null = value is None
                values[declared.name] = (
                    declared.default if is_null else read_value(declared.name, kind, value)
                )
        for name in ("ip_allow_regex", "ip_deny_regex"):
            if values.get(name):
                values[name] = values[name].strip() or None
        changed = replace(self, **values)
        _check(changed, is_test_mode=is_test_mode)
        return changed

    def find_conflict(self, other: "CoreConfig") -> str | None:
        """Return a key that tenants of one app must share, and in which two configurations differ."""
        return next(
            (
                name
                for name, declared in KEYS.items()
                if declared.metadata["level"] == "app" and self._comparable(name) != other._comparable(name)
            ),
            None,
        )

    def _comparable(self, name: str) -> Any:
        return sorted(self.accepted_api_keys) if name == "api_keys" else getattr(self, name)


KEYS: Mapping[str, Field[Any]] = {item.name: item for item in fields(CoreConfig)}
ALIASES: Mapping[str, str] = {
    item.metadata["alias"]: item.name for item in fields(CoreConfig) if item.metadata["alias"]
}


def from_environment(environ: Mapping[str, str], *, is_test_mode: bool = False) -> CoreConfig:
    """Return the base configuration; raises CoreConfigInvalid."""
    named = {name: environ[name.upper()] for name in (*KEYS, *ALIASES) if environ.get(name.upper())}
    _check_version(named.get("supertokens_max_cdi_version"))
    return CoreConfig().overlaid(named, is_test_mode=is_test_mode)


def environment_names() -> Iterable[str]:
    """Return the environment variables that `from_environment` reads."""
    return [name.upper() for name in (*KEYS, *ALIASES)]


def check_changes(changes: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
    """Raise CoreConfigInvalid if a tenant may not set a key; one that stays, or goes, as it is stored may be any."""
    new = {
        name: value
        for name, value in changes.items()
        if name not in stored or value not in (None, stored[name])
    }
    for name in new:
        if not _declared(name) and name not in BASE_ONLY | WITHOUT_EFFECT:
            raise CoreConfigInvalid(f"Invalid config key: {name}")
    for name in new:
        declared = _declared(name)
        if name in BASE_ONLY or (declared and declared.metadata["level"] == "process"):
            raise CoreConfigInvalid(f"{name} can only be set via the core's base config setting")
    _check_version(new.get("supertokens_max_cdi_version"))


def _declared(name: str) -> Field[Any] | None:
    return KEYS.get(ALIASES.get(name, name))


def _check_version(named: Any) -> None:
    """Refuse a version that is not ours; rows that a core has written may name an older one."""
    if named is None or named in SUPPORTED_VERSIONS:
        return
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)*", str(named)):
        raise CoreConfigInvalid("supertokens_max_cdi_version is not a valid semantic version")
    raise CoreConfigInvalid("supertokens_max_cdi_version is not a supported version")


def _check(config: CoreConfig, *, is_test_mode: bool) -> None:
    """Raise CoreConfigInvalid for values out of their limits."""
    if not 1 <= config.access_token_validity <= 86_400_000:
        raise CoreConfigInvalid("'access_token_validity' must be between 1 and 86400000 seconds inclusive.")
    if not is_test_mode:
        _check_lifetimes(config)
    for name in ("password_reset_token_lifetime", "email_verification_token_lifetime"):
        if getattr(config, name) <= 0:
            raise CoreConfigInvalid(f"'{name}' must be >= 0")
    for name in (
        "passwordless_code_lifetime",
        "passwordless_max_code_input_attempts",
        "totp_max_attempts",
        "totp_rate_limit_cooldown_sec",
    ):
        if getattr(config, name) <= 0:
            raise CoreConfigInvalid(f"'{name}' must be > 0")
    _check_keys(config)
    if config.password_hashing_alg.upper() not in KEYS["password_hashing_alg"].metadata["choices"]:
        raise CoreConfigInvalid("'password_hashing_alg' must be one of 'ARGON2' or 'BCRYPT'")
    for name in ("argon2_iterations", "argon2_parallelism", "argon2_memory_kb", "bcrypt_log_rounds"):
        if getattr(config, name) < 1:
            raise CoreConfigInvalid(f"'{name}' must be >= 1")
    for name in ("ip_allow_regex", "ip_deny_regex"):
        try:
            re.compile(getattr(config, name) or "")
        except re.error:
            raise CoreConfigInvalid(f"Provided regular expression is invalid for {name} config") from None
    if " " in config.base_path:
        raise CoreConfigInvalid("Invalid characters in base_path config")


def _check_lifetimes(config: CoreConfig) -> None:
    if config.refresh_token_validity * 60 <= config.access_token_validity:
        raise CoreConfigInvalid(
            "'refresh_token_validity' must be strictly greater than 'access_token_validity'."
        )
    if config.access_token_dynamic_signing_key_update_interval < 1:
        raise CoreConfigInvalid(
            "'access_token_dynamic_signing_key_update_interval' must be greater than, equal to 1 hour."
        )


def _check_keys(config: CoreConfig) -> None:
    keys = config.accepted_api_keys
    if any(len(key) < _API_KEY_LENGTH for key in keys) or (config.api_keys is not None and not keys):
        raise CoreConfigInvalid("One of the API keys is too short. Please use at least 20 characters")
    for key in keys:
        if not _API_KEY.fullmatch(key):
            raise CoreConfigInvalid(
                "Invalid characters in API key. Please only use '=', '-' and alpha-numeric (including capitals)"
            )
