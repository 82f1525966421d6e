"""Writes docs/endpoints.md: every operation of SuperTokens' core, whether we have it, and the tests that call it.

The operations of the frontend interface follow, as they are.

Which test calls what is seen by running them: `make endpoints` notes it in tests/functions/cdi/covered.json.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from functions.cdi.dispatch import NOT_OFFERED
from functions.cdi.handler import dispatcher
from functions.cdi.operations import Operation
from functions.fdi.handler import dispatcher as frontend

ROOT = Path(__file__).resolve().parents[1]
ROUTES = ROOT / "docs" / "cdi_routes.txt"
ENDPOINTS = ROOT / "docs" / "endpoints.md"
COVERED = ROOT / "tests" / "functions" / "cdi" / "covered.json"

Asked = tuple[str, str, str, str]
"""A test, and the method, path and `rid` that it sent."""

_BEGINNING = """\
# The core interface

Every operation of SuperTokens core 9.2.1 ([cdi_routes.txt](cdi_routes.txt)), and what later versions added that today's
SDKs call. An operation is done where a function answers it and a test calls it.
Scopes: `app` is for a whole app, `tenant` for the tenant in the path, `handle` for the tenant of a session, `mixed` for
either, by the input; a path may begin with `/appid-<app>` and `/<tenant>`.

"""


def endpoints() -> str:
    """Return the text of docs/endpoints.md."""
    covered: dict[str, list[str]] = json.loads(COVERED.read_text("utf-8"))
    ours = {_name(operation): operation for operation in dispatcher.routes.operations}
    lines = ROUTES.read_text("utf-8").splitlines()
    listed = [" ".join(line.split()[:3]) for line in lines if not line.startswith("#")]
    rows = [_row(name, ours.get(name), covered.get(name, [])) for name in listed]
    added = [_row(name, ours[name], covered.get(name, [])) for name in sorted(ours) if name not in listed]
    done = sum(row.startswith("| yes") for row in rows)
    return "\n".join(
        [
            f"{_BEGINNING}**{done} of {len(rows)} operations of core 9.2.1 are done.**\n",
            *_table(rows),
            "\n## Later additions\n",
            *_table(added),
            "\n# The frontend interface\n",
            "What [frontends](frontend.md) call, below `/auth` or `/auth/<tenant>`.\n",
            "| operation | recipe |",
            "|---|---|",
            *sorted(
                f"| `{item.method} {item.path}` | {item.recipe} |" for item in frontend.routes.operations
            ),
            "\n# Not offered\n",
            "These paths of the core answer 404 with a text that says so.\n",
            *(f"- `{prefix}…`: {what}" for prefix, what in NOT_OFFERED.items()),
            "",
        ]
    )


def note_covered(asked: Iterable[Asked]) -> None:
    """Write which tests call each operation, those of the recipe's own file first."""
    tests: dict[str, set[str]] = defaultdict(set)
    for test, method, path, rid in asked:
        target = dispatcher.routes.find(path)
        operation = target.operation(method, rid) if target else None
        if operation:
            tests[_name(operation)].add(test)
    noted = {
        name: sorted(found, key=lambda test: (name.split()[2] not in test.partition("::")[0], test))
        for name, found in sorted(tests.items())
    }
    COVERED.write_text(json.dumps(noted, indent=1) + "\n", "utf-8")


def _name(operation: Operation) -> str:
    return f"{operation.method} {operation.path} {operation.recipe}"


def _table(rows: list[str]) -> list[str]:
    return ["| done | operation | recipe | scope | tests |", "|---|---|---|---|---|", *rows]


def _row(name: str, operation: Operation | None, tests: list[str]) -> str:
    method, path, recipe = name.split()
    scope = operation.scope if operation else ""
    shown = f"`{tests[0]}`" + (f" and {len(tests) - 1} more" if len(tests) > 1 else "") if tests else ""
    return f"| {'yes' if operation and tests else 'no'} | `{method} {path}` | {recipe} | {scope} | {shown} |"
