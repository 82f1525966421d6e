"""How settings are declared and read: one line each, with its environment variable, default, reader and description."""

import re
from collections.abc import Callable
from dataclasses import Field, field, fields
from typing import Any
from urllib.parse import urlsplit

from gatehouse.addresses import normalise_email
from gatehouse.database_settings import Environment
from gatehouse.errors import SettingInvalid

_COOKIE_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def text(value: str) -> str:
    """Take any text."""
    return value


def number(low: int, high: int) -> Callable[[str], int]:
    """Take a whole number within bounds."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"\d{1,12}", value) or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def choice(*choices: str) -> Callable[[str], str]:
    """Take one of some words, in any case; it is read in the case given here."""
    words = {word.lower(): word for word in choices}

    def parse(value: str) -> str:
        if value.lower() not in words:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return words[value.lower()]

    return parse


def switch(value: str) -> bool:
    """Take `on` or `off`."""
    return choice("on", "off")(value) == "on"


def origin(value: str) -> str:
    """Take a URL without query or fragment, and return it without a slash at the end."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be a URL such as https://app.example.com")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or a password")
    return value.rstrip("/")


def origins(value: str) -> tuple[str, ...]:
    """Take URLs, separated by commas, and return their origins."""
    return tuple(origin_of(origin(item)) for item in items(value))


def emails(value: str) -> tuple[str, ...]:
    """Take plain e-mail addresses, separated by commas."""
    try:
        return tuple(normalise_email(item) for item in items(value))
    except ValueError:
        raise ValueError("must be a list of plain e-mail addresses, separated by commas") from None


def items(value: str) -> tuple[str, ...]:
    """Take texts, separated by commas."""
    return tuple(item.strip() for item in value.split(",") if item.strip())


def cookie(value: str) -> str:
    """Take the name of a cookie."""
    if not _COOKIE_NAME.fullmatch(value):
        raise ValueError("must be a cookie name: letters, digits, - and _")
    return value


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL as browsers send them in `Origin`: in ASCII, without the usual port."""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode()
    host = f"[{host}]" if ":" in host else host
    is_usual = parts.port is None or parts.port == {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" + ("" if is_usual else f":{parts.port}")


def setting(name: str, default: str, parse: Callable[[str], Any], about: str, *, secret: bool = False) -> Any:
    """Declare a setting: its environment variable, default, reader and a line for docs/configuration.md."""
    return field(metadata={"name": name, "default": default, "parse": parse, "about": about}, repr=not secret)


def declared(of: type[Any]) -> list[Field[Any]]:
    """Return the settings that a dataclass declares."""
    return [item for item in fields(of) if item.metadata]


def read(env: Environment, item: Field[Any]) -> Any:
    """Return the value of a setting; raises SettingInvalid."""
    name = item.metadata["name"]
    try:
        return item.metadata["parse"](env.get(name) or item.metadata["default"])
    except ValueError as error:
        raise SettingInvalid(name, str(error)) from None


def read_all(env: Environment, of: type[Any]) -> dict[str, Any]:
    """Return the values of all settings that a dataclass declares, by its members; raises SettingInvalid."""
    return {item.name: read(env, item) for item in declared(of)}
