"""The migration files go together, and a file that the runner cannot read is refused with the line."""

from pathlib import Path

import pytest

from gatehouse.models import TableNames
from gatehouse.store.migrations.files import (
    AddColumn,
    ChangeRows,
    CreateIndex,
    CreateTable,
    Index,
    Migration,
    RunRefused,
    fill,
    read_migrations,
)
from tests.store.migrations.runs import MIGRATIONS

TABLE = """-- A comment; with a semicolon.
CREATE TABLE {crates} (
  id VARCHAR(36) NOT NULL DEFAULT ';',
  price DECIMAL(5,2),
  PRIMARY KEY (id),
  UNIQUE KEY {crates_price_key} (price, id),
  KEY {crates_price_index} (price DESC, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
"""


def read(folder: Path, text: str) -> Migration:
    (folder / "0001_first").mkdir()
    (folder / "0001_first" / "mysql.sql").write_text(text)
    return read_migrations(folder, "mysql")[0]


def made(dialect: str) -> dict[str, set[str]]:
    """Return what the files of a dialect make: columns and indexes by table."""
    things: dict[str, set[str]] = {}
    for migration in read_migrations(MIGRATIONS, dialect):
        for change in migration.changes:
            of_table = things.setdefault(change.table, set())
            if isinstance(change, CreateTable):
                indexes = {f"{index.name}{index.columns}" for index in change.indexes}
                of_table |= {*change.columns, *indexes, *map(str, change.unique_keys)}
            elif isinstance(change, CreateIndex):
                of_table.add(f"{change.index.name}{change.index.columns}")
            elif isinstance(change, AddColumn):
                of_table.add(change.column)
    return things


def test_dialects_make_the_same() -> None:
    assert made("mysql") == made("postgresql") == made("sqlite")


def test_every_version_has_every_dialect() -> None:
    assert [sorted(file.name for file in folder.iterdir()) for folder in MIGRATIONS.iterdir()] == [
        ["mysql.sql", "postgresql.sql", "sqlite.sql"]
    ] * len(list(MIGRATIONS.iterdir()))


def test_tables_of_mysql_name_their_engine_and_collation() -> None:
    tables = [
        change
        for migration in read_migrations(MIGRATIONS, "mysql")
        for change in migration.changes
        if isinstance(change, CreateTable)
    ]
    assert len(tables) == 42
    for table in tables:
        assert table.text.endswith(") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"), table.table


def test_table_is_read_with_all_that_it_holds(tmp_path: Path) -> None:
    [table] = read(tmp_path, TABLE).changes

    assert isinstance(table, CreateTable)
    assert table.columns == ("id", "price")
    assert table.unique_keys == (("id",), ("price", "id"))
    assert table.indexes == (Index("crates_price_index", "crates", ("price DESC", "id")),)


def test_other_statements_are_read(tmp_path: Path) -> None:
    index, column, rows = read(
        tmp_path,
        "CREATE INDEX {a_b_index} ON {a} (b, c DESC);\nALTER TABLE {a} ADD COLUMN d TEXT;\n"
        "UPDATE {a}\nSET d = 'x' WHERE d IS NULL;",
    ).changes

    assert isinstance(index, CreateIndex)
    assert index.index == Index("a_b_index", "a", ("b", "c DESC"))
    assert isinstance(column, AddColumn)
    assert (column.table, column.column) == ("a", "d")
    assert isinstance(rows, ChangeRows)
    assert rows.table == "a"


def test_checksum_is_of_the_text_whatever_its_line_ends(tmp_path: Path) -> None:
    for folder, text in (("unix", TABLE), ("windows", TABLE.replace("\n", "\r\n")), ("other", TABLE + "\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "0001_first").mkdir()
        (tmp_path / folder / "0001_first" / "mysql.sql").write_bytes(text.encode())

    unix, windows, other = (
        read_migrations(tmp_path / name, "mysql")[0] for name in ("unix", "windows", "other")
    )

    assert unix == windows
    assert unix.checksum != other.checksum


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("DROP TABLE {users};", r"0001_first/mysql\.sql: cannot tell what this statement makes: DROP TABLE"),
        ("ALTER TABLE {users} DROP COLUMN name;", "cannot tell what this statement makes: ALTER TABLE"),
        ("CREATE TABLE users (\n  id INT,\n  PRIMARY KEY (id)\n);", "cannot tell what this statement makes"),
        ("CREATE TABLE {users} (\n  id INT,\n  CHECK (id > 0)\n);", r"cannot read this line of users: CHECK"),
        (
            "ALTER TABLE {users} ADD COLUMN city VARCHAR(64) NOT NULL;",
            r"the release before does not know users\.city: give it a DEFAULT, or leave out NOT NULL",
        ),
    ],
)
def test_statement_that_cannot_be_ensured_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RunRefused, match=said):
        read(tmp_path, text)


@pytest.mark.parametrize("rest", ["VARCHAR(64)", "VARCHAR(64) NOT NULL DEFAULT 'Paris'"])
def test_column_that_the_release_before_leaves_empty_may_be_added(tmp_path: Path, rest: str) -> None:
    (change,) = read(tmp_path, f"ALTER TABLE {{users}} ADD COLUMN city {rest};").changes
    assert isinstance(change, AddColumn)


def test_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="holds no migrations for mysql"):
        read_migrations(tmp_path, "mysql")


def test_names_get_prefix_and_schema() -> None:
    names = TableNames(prefix="st", renamed=(("key_value", "settings"),), schema="auth")

    assert fill("CREATE INDEX {i} ON {t} (a)", names) == 'CREATE INDEX st_i ON "auth".st_t (a)'
    assert fill("CREATE TABLE {key_value} (", names) == 'CREATE TABLE "auth".settings ('
    assert (
        fill("CONSTRAINT {t_key} UNIQUE (a), KEY {i} (b)", names)
        == "CONSTRAINT st_t_key UNIQUE (a), KEY st_i (b)"
    )
