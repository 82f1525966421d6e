"""What can be said of the settings before the first request: all but what the secrets are that they refer to."""

import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields

from gatehouse.config import declared_settings, is_deployed, load_settings, page_settings
from gatehouse.core_config import CoreConfig
from gatehouse.current_settings import Check, demand_nothing
from gatehouse.database_settings import Environment, is_database_setting
from gatehouse.errors import SettingInvalid
from gatehouse.parameters import check_reference, is_reference
from gatehouse.setting_values import read

_STAND_INS = {"API_KEYS": "0" * 20}
"""What the core demands of them is more than being a text."""


_log = logging.getLogger("gatehouse")


def refuse_to_start(problems: Callable[[Environment], list[str]]) -> None:
    """On a deployed stage, end the process if anything is wrong, with one line in its log.

    An exception would bring a traceback along that helps nobody.
    """
    if is_deployed(os.environ) and (wrong := problems(os.environ)):
        _log.critical("Gatehouse cannot start: %s", "; ".join(wrong))
        sys.exit(1)


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
    found: list[str] = []
    for item in declared_settings():
        name = item.metadata["name"]
        try:
            if is_reference(given.get(name, "")):
                check_reference(name, given[name])
            else:
                read(given, item)
        except SettingInvalid as error:
            found.append(str(error))
    return found or _problem_of_all(given, check)


def _problem_of_all(given: Environment, check: Check) -> list[str]:
    """Return what is wrong with the settings together, unless it could be because of a reference's stand-in."""
    secrets = _secrets()
    referring: set[str] = set()

    def stand_in(known: Mapping[str, str]) -> dict[str, str]:
        referring.update(name for name, value in known.items() if is_reference(value))
        for name in referring:
            check_reference(name, known[name])
        return {name: _stand_in(name, value) if name in referring else value for name, value in known.items()}

    try:
        check(load_settings(given, stand_in))
    except SettingInvalid as error:
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
