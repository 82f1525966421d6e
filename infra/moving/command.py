"""What the commands share: where the database is, and how they end."""

import os
import sys
from collections.abc import Callable, Mapping

from gatehouse.config import Settings, load_settings
from gatehouse.database_settings import is_database_setting
from gatehouse.errors import (
    DatabaseConflict,
    DatabaseError,
    DatabaseUnavailable,
    GatehouseError,
    PermissionDenied,
    SettingInvalid,
)
from gatehouse.parameters import Parameters
from gatehouse.store.database import Database
from gatehouse.store.engines import engine_for
from gatehouse.store.migrations.files import RunRefused

STATEMENT_TIMEOUT_S = 4 * 3600
"""Counting the rows of a big table takes its time."""

DONE, NEEDS_SOMEBODY, UNREACHABLE = range(3)


class Refused(Exception):
    """The command cannot go on as things are; the text says what to do."""


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


def run(work: Callable[[], int]) -> int:
    """Do the work of a command; answers 0 when done, 1 when a person has to act, 2 when somebody cannot be reached."""
    try:
        return work()
    except SettingInvalid as error:
        return fail(str(error), UNREACHABLE)
    except DatabaseUnavailable as error:
        return fail(f"The database cannot be reached: {_reason(error)}", UNREACHABLE)
    except PermissionDenied as error:
        return fail(f"The database user may not do this: {error}", NEEDS_SOMEBODY)
    except DatabaseConflict:
        return fail("Somebody else holds a lock on a table. Run this again in a moment.", NEEDS_SOMEBODY)
    except DatabaseError as error:
        return fail(f"The database refused a statement: {_reason(error)}", NEEDS_SOMEBODY)
    except (Refused, RunRefused) as error:
        return fail(str(error), NEEDS_SOMEBODY)


def say(text: str = "") -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fail(message: str, code: int) -> int:
    """Print what is wrong on the error stream and return the exit status."""
    sys.stdout.flush()
    sys.stderr.write(f"{message}\n")
    return code


def _reason(error: BaseException) -> str:
    """Return the first line of what the driver said."""
    while isinstance(error, GatehouseError) and error.__cause__:
        error = error.__cause__
    text = str(error.args[-1] if error.args else error).strip()
    return text.splitlines()[0] if text else type(error).__name__
