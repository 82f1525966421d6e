"""What `--print` writes is fit for a PlanetScale branch and its deploy requests (specs/databases.md 3)."""

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from gatehouse.migrate import main
from tests.databases import Server
from tests.store.migrations.described import ask
from tests.store.migrations.runs import LAST_VERSION, NOTHING_TO_DO, migrate, run_script

LOOKUPS = Path(__file__).parents[3] / "infra" / "planetscale" / "lookups.sql"
ROWS = "-- The rows:"
TAIL = ") ENGINE=InnoDB DEFAULT CHARACTER SET=utf8mb4 COLLATE=utf8mb4_bin"
SCHEMA_CHANGES = (exp.Create, exp.Alter)


@pytest.fixture
def script(capsys: pytest.CaptureFixture[str]) -> str:
    """Return all the SQL for MySQL, as `make migrate ARGS="--print --dialect mysql"` prints it."""
    assert main(["--print", "--dialect", "mysql"]) == 0
    return capsys.readouterr().out


def parsed(text: str) -> list[exp.Expr]:
    return [statement for statement in sqlglot.parse(text, read="mysql") if statement is not None]


def test_statements_end_with_their_line(script: str) -> None:
    without_comments = re.sub(r"^--.*\n", "", script, flags=re.MULTILINE)
    assert len(re.findall(r";\n", without_comments)) == without_comments.count(";") == len(parsed(script))


def test_schema_comes_first_and_rows_after_it(script: str) -> None:
    schema, rows = script.split(ROWS)
    assert {type(statement) for statement in parsed(schema)} <= set(SCHEMA_CHANGES)
    assert {type(statement) for statement in parsed(f"--{rows}")} <= {exp.Insert, exp.Update}


def test_tables_are_such_as_vitess_can_move_and_change(script: str) -> None:
    text = script.split(ROWS)[0] + LOOKUPS.read_text()
    tables = [made for made in parsed(text) if isinstance(made, exp.Create) and made.kind == "TABLE"]
    assert len(tables) > 40
    for table in tables:
        name = table.this.this.name
        assert table.sql("mysql").endswith(TAIL), name
        key = table.find(exp.PrimaryKey)
        assert key is not None, name
        required = {
            column.name
            for column in table.find_all(exp.ColumnDef)
            if column.find(exp.NotNullColumnConstraint)
        }
        assert {column.name for column in key.find_all(exp.Identifier)} <= required, name


@pytest.mark.parametrize(
    "word",
    [
        "FOREIGN KEY",
        "REFERENCES",
        "AUTO_INCREMENT",
        "RENAME",
        "DROP",
        "CHANGE COLUMN",
        "TRIGGER",
        "VIEW",
        "ADD UNIQUE",
    ],
)
def test_nothing_is_in_it_that_a_deploy_request_or_a_sharded_keyspace_refuses(script: str, word: str) -> None:
    assert word not in (script.split(ROWS)[0] + LOOKUPS.read_text()).upper()


def test_after_a_deploy_request_an_account_that_may_only_write_rows_brings_them(
    guarded_mariadb_server: Server, script: str
) -> None:
    url = f"{guarded_mariadb_server.create_database()}?ssl_ca={guarded_mariadb_server.ca_file}"
    account = guarded_mariadb_server.create_account(url, "SELECT", "INSERT", "UPDATE", "DELETE")
    run_script(url, script.split(ROWS)[0])

    migrate(account)

    assert ask(url, "SELECT MAX(version) FROM schema_migrations") == [(LAST_VERSION,)]
    assert ask(url, "SELECT app_id, tenant_id FROM tenants") == [("public", "public")]
    assert migrate(account) == [NOTHING_TO_DO]
