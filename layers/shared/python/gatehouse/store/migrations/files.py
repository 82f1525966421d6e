"""Reading the migration files: `NNNN_name/<dialect>.sql`, and what each statement in them makes.

A statement ends with `;` at the end of a line and is one of CREATE TABLE, CREATE INDEX, ALTER TABLE … ADD COLUMN,
UPDATE and DELETE. Inside CREATE TABLE each column, key and index has its own line. Names of tables and indexes stand
in braces, because a deployment chooses prefix and schema.

Nothing here takes away or narrows what the release before needs: it goes on serving while a migration runs, and
serves again after a rollback. So an added column has a default or may be empty, and there is no DROP and no RENAME.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gatehouse.models import TableNames

_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)
_END = re.compile(r";[ \t]*(?:\n|\Z)")
_CREATE_TABLE = re.compile(r"CREATE TABLE \{(\w+)\} \(\n(.*)\n\)[^)]*", re.DOTALL)
_CREATE_INDEX = re.compile(r"CREATE INDEX \{(\w+)\} ON \{(\w+)\} \(([^()]+)\)")
_ADD_COLUMN = re.compile(r"ALTER TABLE \{(\w+)\} ADD COLUMN (\w+) .*", re.DOTALL)
_CHANGE_ROWS = re.compile(r"(?:UPDATE|DELETE FROM) \{(\w+)\}\s.*", re.DOTALL)
_UNIQUE = re.compile(r"(?:PRIMARY KEY|UNIQUE KEY \{\w+\}|CONSTRAINT \{\w+\} UNIQUE) \(([^()]+)\)")
_KEY = re.compile(r"KEY \{(\w+)\} \(([^()]+)\)")
_COLUMN = re.compile(r"([a-z]\w*) [A-Z].*")
_INDEX_NAME = re.compile(r"(KEY|INDEX|CONSTRAINT) \{(\w+)\}")

Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """An index that is not unique; a column that sorts downwards is written `column DESC`."""

    name: str
    table: str
    columns: Columns


@dataclass(frozen=True, slots=True)
class CreateTable:
    """A statement that makes a table, with its unique keys and, on MySQL, its indexes."""

    text: str
    table: str
    columns: Columns
    unique_keys: tuple[Columns, ...]
    indexes: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """A statement that makes an index."""

    text: str
    index: Index

    @property
    def table(self) -> str:
        """The table that is indexed."""
        return self.index.table


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A statement that adds a column to a table."""

    text: str
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class ChangeRows:
    """A statement that changes the rows of a table and does no harm when it runs again."""

    text: str
    table: str


Change = CreateTable | CreateIndex | AddColumn | ChangeRows


@dataclass(frozen=True, slots=True)
class Migration:
    """The statements of one file, in order; `checksum` is the SHA-256 of its text."""

    version: str
    checksum: str
    changes: tuple[Change, ...]


class RunRefused(Exception):
    """The files or the database are in a state that a person has to resolve; the message says how."""


def read_migrations(folder: Path, dialect: str) -> tuple[Migration, ...]:
    """Read the migrations of one dialect, in the order of their versions; raises RunRefused."""
    files = sorted(folder.glob(f"[0-9][0-9][0-9][0-9]_*/{dialect}.sql"))
    if not files:
        raise RunRefused(f"{folder} holds no migrations for {dialect}")
    return tuple(_read_migration(path) for path in files)


def fill(text: str, names: TableNames) -> str:
    """Replace the names in braces: indexes get the prefix, tables also their schema."""
    return names.fill(_INDEX_NAME.sub(lambda match: f"{match[1]} {names.bare(match[2])}", text))


def create_index(index: Index) -> CreateIndex:
    """Return the statement for an index, as the three dialects share it."""
    return CreateIndex(
        f"CREATE INDEX {{{index.name}}} ON {{{index.table}}} ({', '.join(index.columns)})", index
    )


def _read_migration(path: Path) -> Migration:
    text = path.read_bytes().decode().replace("\r\n", "\n")
    try:
        changes = tuple(_read_change(statement) for statement in _statements(text))
    except RunRefused as error:
        raise RunRefused(f"{path}: {error}") from None
    return Migration(path.parent.name, hashlib.sha256(text.encode()).hexdigest(), changes)


def _statements(text: str) -> Iterator[str]:
    for statement in _END.split(_COMMENT.sub("", text)):
        if statement.strip():
            yield statement.strip()


def _read_change(text: str) -> Change:
    if match := _CREATE_TABLE.fullmatch(text):
        return _read_table(text, match[1], match[2])
    if match := _CREATE_INDEX.fullmatch(text):
        return CreateIndex(text, Index(match[1], match[2], _split(match[3])))
    if match := _ADD_COLUMN.fullmatch(text):
        if "NOT NULL" in text and "DEFAULT" not in text:
            raise RunRefused(
                f"the release before does not know {match[1]}.{match[2]}: give it a DEFAULT, or leave out NOT NULL"
            )
        return AddColumn(text, match[1], match[2])
    if match := _CHANGE_ROWS.fullmatch(text):
        return ChangeRows(text, match[1])
    raise RunRefused(f"cannot tell what this statement makes: {text.splitlines()[0]}")


def _read_table(text: str, table: str, body: str) -> CreateTable:
    columns, unique_keys, indexes = [], [], []
    for line in (line.strip().removesuffix(",") for line in body.splitlines()):
        if match := _UNIQUE.fullmatch(line):
            unique_keys.append(_split(match[1]))
        elif match := _KEY.fullmatch(line):
            indexes.append(Index(match[1], table, _split(match[2])))
        elif match := _COLUMN.fullmatch(line):
            columns.append(match[1])
        else:
            raise RunRefused(f"cannot read this line of {table}: {line}")
    return CreateTable(text, table, tuple(columns), tuple(unique_keys), tuple(indexes))


def _split(columns: str) -> Columns:
    return tuple(column.strip() for column in columns.split(","))
