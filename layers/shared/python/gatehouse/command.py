"""What the commands share: how they speak, and how they end."""

import sys
from collections.abc import Callable

from gatehouse.errors import (
    DatabaseConflict,
    DatabaseError,
    DatabaseUnavailable,
    GatehouseError,
    PermissionDenied,
    SettingInvalid,
)

DONE, NEEDS_SOMEBODY, UNREACHABLE = range(3)
"""Exit statuses: all is well; a person has to act; a server cannot be reached, or a setting is wrong."""


class Refused(Exception):
    """The command cannot go on as things are; the text says what to do."""


def run(work: Callable[[], int], *refusals: type[Exception]) -> int:
    """Do the work of a command and return its exit status, or that of what went wrong, which is told.

    `refusals` are further errors whose texts tell a person what to do.
    """
    told: tuple[type[Exception], ...] = (Refused, *refusals)
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
    except told as error:
        return fail(str(error), NEEDS_SOMEBODY)


def say(text: str = "") -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fail(message: str, status: int) -> int:
    """Print what is wrong on the error stream, and return the exit status."""
    sys.stdout.flush()
    sys.stderr.write(f"{message}\n")
    return status


def _reason(error: BaseException) -> str:
    """Return the first line of what the driver said."""
    while isinstance(error, GatehouseError) and error.__cause__:
        error = error.__cause__
    text = str(error.args[-1] if error.args else error).strip()
    return text.splitlines()[0] if text else type(error).__name__
