"""Every SQL constant is understood by every engine, and finds its rows by an index."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import gatehouse.store
from gatehouse.models import TableNames
from gatehouse.store.database import Database
from gatehouse.store.engines import engine_for
from gatehouse.store.statement import Query, Sql, Statement

EVERY_TENANT = "lists every domain with its apps and tenants, which is what was asked for"
SCANS = {
    "multitenancy.SELECT_CONFIGS[3]": EVERY_TENANT,
    "multitenancy.SELECT_FIRST_FACTORS[3]": EVERY_TENANT,
    "multitenancy.SELECT_SECONDARY_FACTORS[3]": EVERY_TENANT,
    "multitenancy_thirdparty.SELECT_PROVIDERS[3]": EVERY_TENANT,
    "multitenancy_thirdparty.SELECT_CLIENTS[3]": EVERY_TENANT,
    "multitenancy_removal.SELECT_OF_APP": "an app may be on any domain; asked only when an app is removed",
    "users.SELECT_ANY_USER": "reads one row, whichever comes first",
    "cleanup.SELECT_OWN_CONFIGS": "every tenant may keep things for another time; asked once an hour",
    "cleanup.SELECT_EXPIRED_DEVICES": "its DISTINCT may go through an index in order; the range is bounded by LIMIT",
}
"""Statements that may read a table from its start, and why that is no harm."""


def statements() -> Iterator[tuple[str, Statement]]:
    """Yield every statement of the store with its name."""
    for module in pkgutil.iter_modules(gatehouse.store.__path__):
        if module.ispkg or module.name in {"database", "dialects", "statement"}:
            continue
        for name, value in vars(importlib.import_module(f"gatehouse.store.{module.name}")).items():
            several = (
                value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
            )
            for index, item in enumerate(several):
                if isinstance(item, Statement):
                    yield f"{module.name}.{name}" + (f"[{index}]" if item is not value else ""), item


STATEMENTS = dict(statements())


def explained(database: Database, statement: Statement, prefix: str) -> Query[list[str]]:
    """Bind EXPLAIN of a statement with values of the right types."""
    text = statement.text(database.dialect)
    lists = set(re.findall(r"IN \(:(\w+)\)", text))
    values: dict[str, Any] = {}
    for name in re.findall(r"(?<![:\w]):([a-z]\w*)", text):
        if name in lists:
            values[name] = ["a", "b"]
        elif name.startswith("is_") or name == "use_static_key":
            values[name] = False
        elif name.endswith(
            ("_ms", "_s", "_at", "_time", "time_joined", "sends", "times", "limit", "skew", "attempts")
        ):
            values[name] = 1
        elif name.endswith("_json"):
            values[name] = "[]"
        else:
            values[name] = "a"
    return Sql(f"{prefix} {text}").all(lambda row: " ".join(str(part) for part in row), **values)


Opened = Callable[[str], Database]


@pytest.fixture(scope="module")
def opened(migrated: Any) -> Iterator[Opened]:
    """Return a function that gives the gateway to the migrated database of an engine; whatever is in it may stay."""
    open_ones: dict[str, Database] = {}

    def get(engine: str) -> Database:
        if engine not in open_ones:
            open_ones[engine] = Database(engine_for(migrated(engine).url), TableNames())
        return open_ones[engine]

    yield get
    for database in open_ones.values():
        database.disconnect()


def test_there_are_statements() -> None:
    assert len(STATEMENTS) > 40


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_engine_understands_it(engine: str, opened: Opened, name: str) -> None:
    database = opened(engine)
    database.run(explained(database, STATEMENTS[name], "EXPLAIN"))


PLANS = {
    "sqlite": ("EXPLAIN QUERY PLAN", r"\bSCAN (?!k\w?$|CONSTANT|\(|.*USING (COVERING )?INDEX)"),
    "mariadb": ("EXPLAIN", r"^\d+ (?!INSERT)[A-Z ]+ (?!<)\w+ (ALL|index) None"),
    "postgresql": ("EXPLAIN", r"Seq Scan"),
}
"""How each engine explains a statement, and which lines say that it reads a whole table.

SQLite's `k` and `kx` are what store.login_methods has found so far, and no table. MariaDB may find that a table of a
few rows is read fastest as a whole: what matters is that it has no index to choose.
"""


def scans(statement: Statement, opened: Opened) -> list[str]:
    """Return the lines of the plans that read a whole table, with PostgreSQL told to avoid it where it can."""
    found: list[str] = []
    for engine, (prefix, pattern) in PLANS.items():
        database = opened(engine)
        if engine == "postgresql":
            database.run(Sql("SET enable_seqscan = off").run())
        lines = database.run(explained(database, statement, prefix))
        found += [line for line in lines if re.search(pattern, line)]
    return found


@pytest.mark.parametrize("name", [name for name in STATEMENTS if name not in SCANS])
def test_rows_are_found_by_an_index(opened: Opened, name: str) -> None:
    assert scans(STATEMENTS[name], opened) == []


def test_scans_are_noticed(opened: Opened) -> None:
    assert len(scans(Sql("SELECT id FROM {users} WHERE name = :name"), opened)) == 3
