"""What can be said of the settings before the first request: all but what the secrets are that they refer to."""

import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

from gatehouse.config import declared_settings, is_deployed, known_settings, load_settings, page_settings
from gatehouse.core_config import CoreConfig
from gatehouse.current_settings import Check, demand_nothing
from gatehouse.database_settings import Environment, is_database_setting
from gatehouse.errors import SettingInvalid
from gatehouse.parameters import check_reference, is_reference
from gatehouse.setting_values import read

_STAND_INS = {"API_KEYS": "0" * 20}
"""What the core demands of them is more than being a text."""


_PASSWORD = re.compile(r"://[^/@]*:[^/@]+@")
_log = logging.getLogger("gatehouse")


def refuse_to_start(problems: Callable[[Environment], list[str]]) -> None:
    """On a deployed stage, end the process if anything is wrong, with one line in its log.

    An exception would bring a traceback along that helps nobody.
    """
    if is_deployed(os.environ) and (wrong := problems(os.environ)):
        _log.critical("Gatehouse cannot start: %s", "; ".join(wrong))
        sys.exit(1)


def warn_of_secrets_in_clear() -> None:
    """On a deployed stage, name the secrets that the environment itself holds; they work, but are not well kept."""
    if is_deployed(os.environ) and (names := secrets_in_clear(os.environ)):
        _log.warning(
            "%s: whoever may look at the function sees the secret; keep it in Parameter Store, and write "
            "ssm:/gatehouse/<stage>/<name> instead",
            ", ".join(names),
        )


def secrets_in_clear(environ: Environment) -> list[str]:
    """Return the names of settings that hold a secret, instead of referring to one."""
    given = {name: value.strip() for name, value in known_settings(environ).items()}
    held = {name: value for name, value in given.items() if value and not is_reference(value)}
    secrets = _secrets()
    return sorted(name for name, value in held.items() if name in secrets or _holds_password(name, value))


def _holds_password(name: str, value: str) -> bool:
    """Say whether a setting of the database has a password."""
    return name.endswith("_PASSWORD") or bool(is_database_setting(name) and _PASSWORD.search(value))


def page_problems(environ: Environment) -> list[str]:
    """Return what is wrong with the settings of the website."""
    try:
        page_settings(environ)
    except SettingInvalid as error:
        return [str(error)]
    return []


def problems(environ: Environment, check: Check = demand_nothing) -> list[str]:
    """Return what is wrong with the settings that are written out, each with its name and what to do."""
    given = {name: value.strip() for name, value in environ.items()}
    referring = {name for name, value in known_settings(given).items() if is_reference(value)}
    written = [item for item in declared_settings() if item.metadata["name"] not in referring]
    return [
        *_told(check_reference, ((name, given[name]) for name in sorted(referring))),
        *_told(read, ((given, item) for item in written)),
    ] or _problem_of_all(given, referring, check)


def _told(check: Callable[..., object], all_arguments: Iterable[tuple[Any, ...]]) -> list[str]:
    """Return what a check says against each of its arguments."""
    found: list[str] = []
    for arguments in all_arguments:
        try:
            check(*arguments)
        except SettingInvalid as error:
            found.append(str(error))
    return found


def _problem_of_all(given: Environment, referring: set[str], check: Check) -> list[str]:
    """Return what is wrong with the settings together, unless it could be because of a reference's stand-in."""

    def stand_in(known: Mapping[str, str]) -> dict[str, str]:
        return {name: _stand_in(name, value) if name in referring else value for name, value in known.items()}

    try:
        check(load_settings(given, stand_in))
    except SettingInvalid as error:
        secrets = _secrets()
        is_certain = all(name in secrets or is_database_setting(name) for name in referring)
        if is_certain and referring.isdisjoint(error.name.split(", ")):
            return [str(error)]
    return []


def _stand_in(name: str, reference: str) -> str:
    """Return a value that the setting takes: the reference itself where any text is good, else the default."""
    for item in declared_settings():
        if item.metadata["name"] == name:
            try:
                read({name: reference}, item)
            except SettingInvalid:
                return str(item.metadata["default"])
    return _STAND_INS.get(name, reference)


def _secrets() -> set[str]:
    """Return the names of the settings that references are made for."""
    core = {item.name.upper() for item in fields(CoreConfig) if not item.repr}
    return core | {item.metadata["name"] for item in declared_settings() if not item.repr}
