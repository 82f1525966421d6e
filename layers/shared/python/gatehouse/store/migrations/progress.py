"""What a run says while it works."""

from collections import Counter
from collections.abc import Sequence

from gatehouse.store.migrations.files import AddColumn, CreateIndex, CreateTable
from gatehouse.store.migrations.plan import Outcome, Step


def describe(version: str, table: str, steps: Sequence[Step]) -> str:
    """Return the line that says what became of a table and of what belongs to it."""
    indexes = [step.change.index for step in steps if isinstance(step.change, CreateIndex) and step.sql]
    skipped = sum(isinstance(step.change, CreateIndex) and not step.sql for step in steps)
    parts = [_outcome(step) for step in steps if not isinstance(step.change, CreateIndex)]
    if indexes and any(
        step.outcome is Outcome.CREATED for step in steps if isinstance(step.change, CreateTable)
    ):
        parts.append(f"created {_counted(len(indexes), 'index', 'indexes')}")
    elif indexes:
        parts.append(f"created index {', '.join(index.name for index in indexes)}")
    if skipped:
        parts.append(f"skipped {_counted(skipped, 'index', 'indexes')} that it has")
    return f"{version}  {table}: {'; '.join(parts)}"


def summarize(steps: Sequence[Step], rows_written: int, version: str) -> str:
    """Return the last line of a run."""
    counts = Counter((type(step.change), step.outcome) for step in steps)
    parts = [
        _counted(counts[CreateTable, Outcome.CREATED], "table created", "tables created"),
        _counted(counts[CreateTable, Outcome.ADOPTED], "table adopted", "tables adopted"),
        _counted(counts[CreateIndex, Outcome.CREATED], "index created", "indexes created"),
        _counted(counts[AddColumn, Outcome.CREATED], "column added", "columns added"),
        _counted(rows_written, "base row written", "base rows written"),
    ]
    happened = [part for part in parts if not part.startswith("0 ")]
    if not steps and not rows_written:
        return f"Nothing to do: the schema is at {version}."
    return f"Done: {', '.join(happened) or 'everything was there'}. The schema is at {version}."


def _outcome(step: Step) -> str:
    if isinstance(step.change, AddColumn):
        return f"{'created' if step.sql else 'skipped'} column {step.change.column}"
    return step.outcome.value if isinstance(step.change, CreateTable) else "rows are up to date"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
