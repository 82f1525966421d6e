"""The SQL still to be run, as text for `pscale shell`, psql, or an administrator."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gatehouse.models import TableNames
from gatehouse.store.dialects import Dialect
from gatehouse.store.migrations.plan import Outcome, Step
from gatehouse.store.statement import Query

_VALUE = re.compile(r":([a-z]\w*)")


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What a database lacks: steps by version, and the rows to write after them."""

    prelude: tuple[str, ...]
    steps: Sequence[tuple[str, Sequence[Step]]]
    rows: Sequence[Query[Any]]

    @property
    def is_empty(self) -> bool:
        """Whether the database has everything."""
        return not self.rows and not any(step.sql for _, steps in self.steps for step in steps)


def write_script(outstanding: Outstanding, dialect: Dialect, names: TableNames) -> str:
    """Return the statements as text: first the schema, then the rows, which a deploy request does not carry."""
    if outstanding.is_empty:
        return "-- Nothing to do: the database has everything.\n"
    lines = [f"-- Gatehouse on {dialect.name}: the schema", *_ended(outstanding.prelude)]
    for version, steps in outstanding.steps:
        if schema := [sql for step in steps if step.outcome is not Outcome.CHANGED for sql in step.sql]:
            lines += ["", f"-- {version}", *_ended(schema)]
    changes = [
        sql
        for _, steps in outstanding.steps
        for step in steps
        if step.outcome is Outcome.CHANGED
        for sql in step.sql
    ]
    lines += [
        "",
        "-- The rows: a deploy request carries none. Where it was deployed, run these or gatehouse.migrate.",
        *_ended(changes),
        *_ended([_spell_out(query, dialect, names) for query in outstanding.rows]),
    ]
    return "\n".join(lines) + "\n"


def _ended(statements: Sequence[str]) -> list[str]:
    return [f"{statement};" for statement in statements]


def _spell_out(query: Query[Any], dialect: Dialect, names: TableNames) -> str:
    text = names.fill(query.statement.text(dialect))
    return _VALUE.sub(lambda match: _literal(query.values[match[1]]), text)


def _literal(value: bool | int | str) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
