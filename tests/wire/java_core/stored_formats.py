"""What must be true of every row so that the core can go on with the database (specs/supertokens.md 2.2, 3, 4)."""

import json
import re
from collections.abc import Callable
from typing import Any

from tests.store.migrations.described import ask

Check = Callable[[Any], bool]

_BASE64 = r"[A-Za-z0-9+/]+={0,2}"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def _text(pattern: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _or_null(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _object(value: Any) -> bool:
    return isinstance(value, str) and isinstance(json.loads(value), dict)


def _texts(value: Any) -> bool:
    """A list of texts: an array in PostgreSQL, and JSON text in MySQL, where the empty text is null."""
    found = json.loads(value) if isinstance(value, str) and value else value or []
    return isinstance(found, list) and all(isinstance(item, str) for item in found)


_ID = _text(_UUID)
_HASH = _text(r"[0-9a-f]{64}")
_KEY = _text(rf"{_BASE64}[|;]{_BASE64}")
_DEVICE_HASH = _text(r"[\w-]{43}")
_TIME = _text(r"\d{13,}")
_BCRYPT = r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}"
_ARGON2 = r"\$argon2(?:id|i|d)\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+"
_PASSWORD = _text(rf"{_BCRYPT}|{_ARGON2}|\$f_scrypt\$.+\$m=\d+\$r=\d+\$s=.+")
_ADDRESS = _or_null(_text(r"[^\sA-Z]+@[^\sA-Z]+"))
_FLAG = _text(r"[01]|True|False")

FORMATS: dict[str, dict[str, Check]] = {
    "session_info": {
        "session_handle": _text(rf"{_UUID}(?:_[a-z0-9-]+)?"),
        "user_id": _text(r".+"),
        "refresh_token_hash_2": _HASH,
        "session_data": _object,
        "jwt_user_payload": _object,
        "expires_at": _TIME,
        "created_at_time": _TIME,
        "use_static_key": _FLAG,
    },
    "session_access_token_signing_keys": {"created_at_time": _TIME, "value": _KEY},
    "jwt_signing_keys": {
        "key_id": _text(rf"s-{_UUID}"),
        "key_string": _KEY,
        "algorithm": _text("RS256"),
        "created_at": _TIME,
    },
    "passwordless_devices": {
        "device_id_hash": _DEVICE_HASH,
        "email": _ADDRESS,
        "phone_number": _or_null(_text(r"\+\d+")),
        "link_code_salt": _text(r"[A-Za-z0-9+/]{43}="),
        "failed_attempts": _text(r"\d+"),
    },
    "passwordless_codes": {
        "code_id": _ID,
        "device_id_hash": _DEVICE_HASH,
        "link_code_hash": _text(r"[\w-]{43}="),
        "created_at": _TIME,
    },
    "emailpassword_users": {
        "user_id": _ID,
        "email": _ADDRESS,
        "password_hash": _PASSWORD,
        "time_joined": _TIME,
    },
    "emailpassword_pswd_reset_tokens": {
        "user_id": _ID,
        "token": _HASH,
        "token_expiry": _TIME,
        "email": _ADDRESS,
    },
    "emailverification_tokens": {"token": _HASH, "token_expiry": _TIME, "email": _ADDRESS},
    "emailverification_verified_emails": {"user_id": _text(r".+"), "email": _ADDRESS},
    "passwordless_users": {"user_id": _ID, "email": _ADDRESS, "time_joined": _TIME},
    "thirdparty_users": {"user_id": _ID, "email": _ADDRESS, "time_joined": _TIME},
    "dashboard_users": {"user_id": _ID, "email": _ADDRESS, "password_hash": _PASSWORD, "time_joined": _TIME},
    "dashboard_user_sessions": {"session_id": _ID, "user_id": _ID, "time_created": _TIME, "expiry": _TIME},
    "tenant_configs": {
        "core_config": _object,
        "email_password_enabled": _FLAG,
        "passwordless_enabled": _FLAG,
        "third_party_enabled": _FLAG,
    },
    "tenant_thirdparty_provider_clients": {"scope": _texts, "additional_config": _or_null(_object)},
    "tenant_thirdparty_providers": {
        "authorization_endpoint_query_params": _or_null(_object),
        "token_endpoint_body_params": _or_null(_object),
        "user_info_endpoint_query_params": _or_null(_object),
        "user_info_endpoint_headers": _or_null(_object),
    },
    "user_metadata": {"user_metadata": _object},
    "user_last_active": {"last_active_time": _TIME},
    "totp_user_devices": {
        "secret_key": _text(r"[A-Z2-7]+=*"),
        "period": _text(r"\d+"),
        "skew": _text(r"\d+"),
        "verified": _FLAG,
        "created_at": _TIME,
    },
    "totp_used_codes": {
        "code": _text(r".{1,8}"),
        "is_valid": _FLAG,
        "expiry_time_ms": _TIME,
        "created_time_ms": _TIME,
    },
}


def misshapen(database_url: str) -> list[str]:
    """Return what the core could not read: `table.column: value`."""
    found: list[str] = []
    for table, columns in FORMATS.items():
        for row in ask(database_url, f"SELECT {', '.join(columns)} FROM {table}"):
            for (column, check), value in zip(columns.items(), row, strict=True):
                if not check(_plain(value)):
                    found.append(f"{table}.{column}: {value!r}")
    master_keys = ask(database_url, "SELECT value FROM key_value WHERE name = 'refresh_token_key'")
    is_master_key = _text(r"1000:[0-9a-f]{128}:[0-9a-f]{128}")
    return found + [f"key_value.value: {row[0]!r}" for row in master_keys if not is_master_key(row[0])]


def _plain(value: Any) -> Any:
    """Return numbers as text, and what PostgreSQL pads without its blanks."""
    return str(value) if isinstance(value, int) else value.rstrip(" ") if isinstance(value, str) else value
