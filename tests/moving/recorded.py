"""Databases that a genuine core wrote, moved into by the command, and what is in them."""

import io
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any
from urllib.parse import urlsplit

import pytest

from gatehouse.store.engines import engine_for
from infra.moving.supertokens.__main__ import main
from tests.databases import Server
from tests.moving.conftest import Ended
from tests.store.migrations.described import ask
from tests.wire.java_core.manifest import read_dump

Rows = dict[str, list[tuple[Any, ...]]]

TABLES = {
    "mysql": "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
    "postgresql": "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()",
}


def load(engine: str, server: Server, database_url: str) -> None:
    """Fill an empty database with what the core wrote."""
    server.execute(*read_dump(engine), database=urlsplit(database_url).path.lstrip("/"))


def move(database_url: str, *options: str, **settings: str) -> Ended:
    """Run the command on a database."""
    out, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as environment, redirect_stdout(out), redirect_stderr(errors):
        for name, value in {"DATABASE_URL": database_url, **settings}.items():
            environment.setenv(name, value)
        status = main(options)
    return Ended(status, out.getvalue(), errors.getvalue())


def tables(database_url: str) -> set[str]:
    """Return the tables of a database."""
    return {row[0] for row in ask(database_url, TABLES[engine_for(database_url).dialect.name])}


def all_rows(database_url: str, names: Iterable[str]) -> Rows:
    """Return all rows of some tables."""
    connection = engine_for(database_url).connect()
    try:
        ordered = sorted(names)
        found = connection.run([(f"SELECT * FROM {name}", {}) for name in ordered])
    finally:
        connection.close()
    return {name: sorted(result.rows, key=str) for name, result in zip(ordered, found, strict=True)}
