"""SuperTokens' config.yaml, and what becomes of its settings here."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from gatehouse.command import Refused
from gatehouse.core_config import ALIASES, BASE_ONLY, KEYS, WITHOUT_EFFECT

_DATABASE = ("mysql_", "postgresql_")
_NOT_OFFERED = ("oauth_", "saml_", "webauthn_", "bulk_migration_")
_OLD_FIREBASE = frozenset({
    "firebase_signing_key", "firebase_mem_cost", "firebase_rounds", "firebase_salt_separator"
})  # fmt: skip


def read_core_file(path: Path) -> dict[str, str]:
    """Return what a config.yaml sets, as text by key; raises Refused."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeError):
        raise Refused(f"{path} is not YAML.") from None
    if not isinstance(content, dict):
        raise Refused(f"{path} sets nothing: it is not a config.yaml of SuperTokens.")
    return {str(key): _text(value) for key, value in content.items() if value is not None}


def as_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings under the names that Gatehouse reads from its environment."""
    return {
        key.upper(): value
        for key, value in settings.items()
        if _is_core_key(key) or key.startswith(_DATABASE)
    }


def describe(settings: Mapping[str, str]) -> Iterator[str]:
    """Yield what to write into serverless.yml instead; a secret's value is never shown."""
    kept = {
        key: value for key, value in settings.items() if _is_core_key(key) and not _is_default(key, value)
    }
    plain = {key: value for key, value in kept.items() if not _is_secret(key)}
    if plain:
        yield "coreSettings:"
        yield from (f"  {key.upper()}: {_yaml_text(value)}" for key, value in plain.items())
    if "api_keys" in kept:
        yield "coreApiKeys: ssm:/gatehouse/<stage>/core-api-keys    # put the value of api_keys there"
    if name := next((key for key in kept if _is_secret(key) and key != "api_keys"), None):
        yield f"# {name}: as {name.upper()} in coreSettings, as a reference: ssm:/gatehouse/<stage>/firebase-signer-key"
    if any(key.startswith(_DATABASE) for key in settings):
        yield "databaseUrl: ssm:/gatehouse/<stage>/database-url    # put the database's URL there"
    for title, keys in _others(settings):
        if keys:
            yield f"# {title}: {', '.join(keys)}"


def _others(settings: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    rest = [key for key in settings if not key.startswith(_DATABASE)]
    yield "as by default", [key for key in rest if _is_core_key(key) and _is_default(key, settings[key])]
    yield "mean nothing here", [key for key in rest if key in BASE_ONLY | WITHOUT_EFFECT]
    yield "not offered", [key for key in rest if key.startswith(_NOT_OFFERED)]
    yield "replaced by firebase_password_hashing_signer_key", [key for key in rest if key in _OLD_FIREBASE]
    yield (
        "unknown",
        [
            key
            for key in rest
            if not (
                _is_core_key(key)
                or key in BASE_ONLY | WITHOUT_EFFECT | _OLD_FIREBASE
                or key.startswith(_NOT_OFFERED)
            )
        ],
    )


def _is_core_key(key: str) -> bool:
    return key in KEYS or key in ALIASES


def _is_secret(key: str) -> bool:
    return not KEYS[ALIASES.get(key, key)].repr


def _is_default(key: str, value: str) -> bool:
    default = KEYS[ALIASES.get(key, key)].default
    if isinstance(default, bool) or default is None:
        return value.lower() == _text(default).lower()
    if isinstance(default, int | float):
        try:
            return float(value) == default
        except ValueError:
            return False
    return value.upper() == str(default).upper()


def _yaml_text(value: str) -> str:
    """Return a value as YAML takes it back as text or number."""
    plain = yaml.safe_dump(value, width=10_000).strip().removesuffix("\n...").strip()
    return value if value.replace(".", "", 1).isdigit() else plain


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
