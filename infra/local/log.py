"""What the local gateway writes to the terminal."""

import sys

from infra.local.instances import FunctionError


def log(message: str) -> None:
    """Write a line."""
    print(message, file=sys.stderr, flush=True)


def log_failure(function: str, error: Exception) -> None:
    """Write what went wrong in a function, with its traceback where there is one."""
    trace = error.payload["stackTrace"] if isinstance(error, FunctionError) else []
    log(f"{function}: {error}" + "".join(f"\n{line.rstrip()}" for line in trace))
