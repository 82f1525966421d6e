"""Running migrations, and the databases to run them on."""

import re
from collections.abc import Callable
from pathlib import Path

from gatehouse.clock import now_ms
from gatehouse.models import TableNames
from gatehouse.store.engines import engine_for
from gatehouse.store.migrations.files import read_migrations
from gatehouse.store.migrations.runner import Migrator
from tests.store.migrations.described import ask

MIGRATIONS = Path(__file__).parents[3] / "infra" / "migrations"
PLAIN = TableNames()
LAST_VERSION = max(path.name for path in MIGRATIONS.iterdir())
NOTHING_TO_DO = f"Nothing to do: the schema is at {LAST_VERSION}."

_SEEDS = Path(__file__).with_name("seed_schema")
_FOREIGN_KEY = re.compile(r",\n  (?:CONSTRAINT \w+ )?FOREIGN KEY .*?(?=,?\n)")
_TABLE_PLACES = re.compile(r"(CREATE TABLE|REFERENCES|\bON(?= \w+ \()) (\w+)")


def migrate(
    url: str,
    names: TableNames = PLAIN,
    folder: Path = MIGRATIONS,
    report: Callable[[str], None] | None = None,
) -> list[str]:
    """Run the migrations of a folder; return what the run said."""
    lines: list[str] = []
    engine = engine_for(url)
    migrations = read_migrations(folder, engine.dialect.name)
    Migrator(engine, names, migrations, now_ms=now_ms, report=report or lines.append).run()
    return lines


def run_script(url: str, text: str) -> None:
    """Run a text of statements that end with `;` at the end of a line."""
    without_comments = re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)
    ask(url, *(statement for statement in re.split(r";\n", without_comments) if statement.strip()))


def seed(url: str, names: TableNames = PLAIN, *, has_foreign_keys: bool = True) -> None:
    """Make the tables as SuperTokens itself makes them, which gives no index a prefix."""
    text = (_SEEDS / f"{engine_for(url).dialect.name}.sql").read_text()
    if not has_foreign_keys:
        text = _FOREIGN_KEY.sub("", text)
    run_script(url, _TABLE_PLACES.sub(lambda match: f"{match[1]} {names.qualified(match[2])}", text))
