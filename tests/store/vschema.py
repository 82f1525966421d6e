"""The VSchema of infra/planetscale, with the keys that the migrations give the tables."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

from gatehouse.store.migrations.files import CreateTable, read_migrations

INFRA = Path(__file__).parents[2] / "infra"
PLANETSCALE = INFRA / "planetscale"


@dataclass(frozen=True)
class VSchema:
    """Where tables are, which column decides the shard of a row, and which columns find one by a lookup table.

    `bound` are all columns of those, with the ones that only tell rows of a lookup table apart.
    """

    sharding: dict[str, str]
    lookups: dict[str, dict[str, str]]
    bound: dict[str, set[str]]
    unsharded: frozenset[str]
    references: frozenset[str]
    keys: dict[str, set[str]]

    def keyspace(self, table: str) -> str:
        """Return `sharded`, `unsharded` or, for a table that both have, `reference`; nothing for an unknown one."""
        if table in self.references:
            return "reference"
        return "sharded" if table in self.sharding else "unsharded" if table in self.unsharded else ""


def read_vschema() -> VSchema:
    """Read the files."""
    sharded = read("vschema.json")
    tables: dict[str, dict[str, Any]] = sharded["tables"]
    vindexes = {
        name: table["column_vindexes"] for name, table in tables.items() if "column_vindexes" in table
    }
    return VSchema(
        sharding={name: of[0]["column"] for name, of in vindexes.items()},
        lookups={
            name: {(one.get("columns") or [one["column"]])[0]: one["name"] for one in of[1:]}
            for name, of in vindexes.items()
        },
        bound={
            name: {column for one in of for column in one.get("columns") or [one["column"]]}
            for name, of in vindexes.items()
        },
        unsharded=frozenset(read("vschema.unsharded.json")["tables"]),
        references=frozenset(name for name, table in tables.items() if table.get("type") == "reference"),
        keys={table.table: {column for key in table.unique_keys for column in key} for table in created()},
    )


def read(file: str) -> dict[str, Any]:
    """Read one keyspace's VSchema."""
    content: dict[str, Any] = json.loads((PLANETSCALE / file).read_text())
    return content


def created() -> list[CreateTable]:
    """Return the tables that the migrations make on MySQL."""
    return [
        change
        for migration in read_migrations(INFRA / "migrations", "mysql")
        for change in migration.changes
        if isinstance(change, CreateTable)
    ]


def lookup_tables() -> dict[str, exp.Create]:
    """Return the tables of lookups.sql by name."""
    statements = sqlglot.parse((PLANETSCALE / "lookups.sql").read_text(), read="mysql")
    return {made.this.this.name: made for made in statements if isinstance(made, exp.Create)}
