"""The core's configuration: base values from the environment, changed per connection URI domain, app and tenant.

Names, defaults and limits are SuperTokens' (specs/supertokens.md 5.2); a key in the environment is in upper case.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any, Literal

from gatehouse.clock import HOUR_MS, MINUTE_MS, SECOND_MS

Level = Literal["process", "app", "tenant"]

_API_KEY = re.compile(r"[A-Za-z0-9=-]+")
_API_KEY_LENGTH = 20
_OVERLAP_MS = MINUTE_MS
_INT_MAX = 2**31 - 1


class CoreConfigInvalid(Exception):
    """A key is unknown or its value is not allowed; the text says which and why, without secrets."""


def core_key(
    default: Any,
    level: Level,
    about: str,
    *,
    choices: tuple[str, ...] = (),
    alias: str = "",
    is_hidden: bool = False,
) -> Any:
    """Declare a key: its default, who may set it, and a line for documentation and dashboard."""
    metadata = {"level": level, "about": about, "choices": choices, "alias": alias, "is_hidden": is_hidden}
    return field(default=default, metadata=metadata, repr=not is_hidden)


@dataclass(frozen=True, kw_only=True)
class CoreConfig:
    """What a request's tenant is configured with; fields have the names of the keys."""

    access_token_validity: int = core_key(3600, "app", "How long an access token lives, in seconds.")
    access_token_blacklisting: bool = core_key(
        False, "app", "Kept for old clients (CDI up to 2.18); changes nothing."
    )
    refresh_token_validity: float = core_key(144_000.0, "app", "How long a session lives, in minutes.")
    password_reset_token_lifetime: int = core_key(
        3_600_000, "tenant", "How long a password reset token lives, in milliseconds."
    )
    email_verification_token_lifetime: int = core_key(
        86_400_000, "tenant", "How long an e-mail verification token lives, in milliseconds."
    )
    passwordless_max_code_input_attempts: int = core_key(
        5, "tenant", "Wrong codes after which somebody has to start again."
    )
    passwordless_code_lifetime: int = core_key(
        900_000, "tenant", "How long a link or code lives, in milliseconds."
    )
    totp_max_attempts: int = core_key(5, "tenant", "Wrong TOTP codes in a row that are allowed.")
    totp_rate_limit_cooldown_sec: int = core_key(
        900, "tenant", "Seconds that somebody waits after too many wrong TOTP codes."
    )
    access_token_signing_key_dynamic: bool = core_key(
        True, "app", "Kept for old clients (CDI up to 2.18); changes nothing."
    )
    access_token_dynamic_signing_key_update_interval: float = core_key(
        168.0,
        "app",
        "Hours after which a new key signs access tokens.",
        alias="access_token_signing_key_update_interval",
    )
    api_keys: str | None = core_key(
        None, "app", "Keys that callers must send, comma-separated, each of 20 or more.", is_hidden=True
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
        None, "app", "Signer key of passwords imported from Firebase.", is_hidden=True
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

        Numbers and booleans may come as text. A null leaves a key as it is below.
        """
        values: dict[str, Any] = {}
        for name, value in changes.items():
            declared = KEYS.get(ALIASES.get(name, name))
            if declared is None:
                raise CoreConfigInvalid(f"Invalid config key: {name}")
            if value is not None:
                values[declared.name] = _read(declared, value)
        changed = replace(self, **values)
        _check(changed, is_test_mode=is_test_mode)
        return changed


KEYS: Mapping[str, Field[Any]] = {item.name: item for item in fields(CoreConfig)}
ALIASES: Mapping[str, str] = {
    item.metadata["alias"]: item.name for item in fields(CoreConfig) if item.metadata["alias"]
}


def from_environment(environ: Mapping[str, str], *, is_test_mode: bool = False) -> CoreConfig:
    """Return the base configuration; raises CoreConfigInvalid."""
    named = {name: environ[name.upper()] for name in (*KEYS, *ALIASES) if environ.get(name.upper())}
    return CoreConfig().overlaid(named, is_test_mode=is_test_mode)


def environment_names() -> Iterable[str]:
    """Return the environment variables that `from_environment` reads."""
    return [name.upper() for name in (*KEYS, *ALIASES)]


def value_type(declared: Field[Any]) -> type:
    """Return the type of a key's values: bool, int, float or str."""
    return str if declared.default is None else type(declared.default)


def _read(declared: Field[Any], value: Any) -> Any:
    wanted = value_type(declared)
    try:
        if wanted is bool:
            return _boolean(value)
        if wanted is str:
            return value if isinstance(value, str) else _refuse()
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            _refuse()
        return float(value) if wanted is float else _whole(value)
    except (ValueError, OverflowError):
        name = {bool: "boolean", int: "int", float: "double", str: "string"}[wanted]
        raise CoreConfigInvalid(f"'{declared.name}' must be of type {name}") from None


def _whole(value: float | str) -> int:
    number = int(value) if isinstance(value, str) else value
    return int(number) if number == int(number) else _refuse()


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}[value.lower()] if value in {"true", "false"} else _refuse()


def _refuse() -> Any:
    raise ValueError


def _check(config: CoreConfig, *, is_test_mode: bool) -> None:
    """Raise CoreConfigInvalid for values out of their limits; the test mode lets keys and sessions be short-lived."""
    if not 1 <= config.access_token_validity <= 86_400_000:
        raise CoreConfigInvalid("'access_token_validity' must be between 1 and 86400000 seconds inclusive.")
    if not is_test_mode and config.refresh_token_validity * 60 <= config.access_token_validity:
        raise CoreConfigInvalid(
            "'refresh_token_validity' must be strictly greater than 'access_token_validity'."
        )
    if not is_test_mode and config.access_token_dynamic_signing_key_update_interval < 1:
        raise CoreConfigInvalid(
            "'access_token_dynamic_signing_key_update_interval' must be greater than, equal to 1 hour."
        )
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
        if not 1 <= getattr(config, name) <= _INT_MAX:
            raise CoreConfigInvalid(f"'{name}' must be >= 1")
    for name in ("ip_allow_regex", "ip_deny_regex"):
        try:
            re.compile(getattr(config, name) or "")
        except re.error:
            raise CoreConfigInvalid(f"Provided regular expression is invalid for {name} config") from None
    if " " in config.base_path:
        raise CoreConfigInvalid("Invalid characters in base_path config")


def _check_keys(config: CoreConfig) -> None:
    keys = config.accepted_api_keys
    if any(len(key) < _API_KEY_LENGTH for key in keys) or (config.api_keys is not None and not keys):
        raise CoreConfigInvalid("One of the API keys is too short. Please use at least 20 characters")
    for key in keys:
        if not _API_KEY.fullmatch(key):
            raise CoreConfigInvalid(
                "Invalid characters in API key. Please only use '=', '-' and alpha-numeric (including capitals)"
            )
