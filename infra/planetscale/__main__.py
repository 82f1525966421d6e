"""`python -m infra.planetscale`: print the tables of each keyspace, for a branch of a sharded database."""

import json
from collections.abc import Iterator
from pathlib import Path

from gatehouse.models import TableNames
from gatehouse.store.migrations.files import ChangeRows, read_migrations

HERE = Path(__file__).parent
MIGRATIONS = HERE.parent / "migrations"
KEYSPACES = {"gatehouse": "vschema.unsharded.json", "gatehouse_sharded": "vschema.json"}
"""The names that the VSchema files use for the two keyspaces, and the file of each."""


def main() -> None:
    """Print the SQL of all keyspaces."""
    print("-- Gatehouse on Vitess: the schema of both keyspaces. The rows: gatehouse.migrate --print.")
    for keyspace, file in KEYSPACES.items():
        print(f"\nUSE {keyspace};")
        for statement in schema_of(set(json.loads((HERE / file).read_text())["tables"])):
            print(f"{statement};")
    print(f"\n{(HERE / 'lookups.sql').read_text()}", end="")


def schema_of(tables: set[str]) -> Iterator[str]:
    """Yield what makes some tables, in the order of the migrations."""
    names = TableNames()
    for migration in read_migrations(MIGRATIONS, "mysql"):
        for change in migration.changes:
            if change.table in tables and not isinstance(change, ChangeRows):
                yield names.fill(change.text)


if __name__ == "__main__":
    main()
