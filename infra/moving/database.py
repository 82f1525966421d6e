"""What the moves share: where the database is, and how long they may ask it."""

import os
from collections.abc import Mapping

from gatehouse.config import Settings, load_settings
from gatehouse.database_settings import is_database_setting
from gatehouse.parameters import Parameters
from gatehouse.store.database import Database
from gatehouse.store.engines import engine_for

STATEMENT_TIMEOUT_S = 4 * 3600
"""Counting the rows of a big table takes its time."""


def read_settings(further: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the environment; `further` counts where that is silent. Raises SettingInvalid."""
    given = {name: value for name, value in os.environ.items() if value}
    has_database = any(is_database_setting(name) for name in given)
    for name, value in (further or {}).items():
        if name not in given and not (has_database and is_database_setting(name)):
            given[name] = value
    return load_settings(given, lambda known: Parameters().resolve_all(known))


def open_database(settings: Settings) -> Database:
    """Return the database of the settings, where statements may take long."""
    return Database(
        engine_for(settings.database_url, statement_timeout_s=STATEMENT_TIMEOUT_S), settings.table_names
    )
