"""A database that SuperTokens made is taken over as it is."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from gatehouse.config import load_settings
from gatehouse.models import TableNames
from gatehouse.store.engines import engine_for
from gatehouse.store.migrations.files import RunRefused
from tests.databases import Server
from tests.store.migrations.declared import GATEHOUSE, SUPERTOKENS, Table, declared
from tests.store.migrations.described import INDEXES, ask, columns_of, described
from tests.store.migrations.runs import NOTHING_TO_DO, PLAIN, migrate, run_script, seed

THE_GUIDES_USERS = """
CREATE TABLE users (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(255), email varchar(255) NOT NULL);
INSERT INTO users (name, email) VALUES ('Ada', 'ada@example.com');
"""
LIVE_ROWS = """
INSERT INTO apps VALUES ('public', 1);
INSERT INTO tenants VALUES ('public', 'public', 1);
INSERT INTO tenant_configs (connection_uri_domain, core_config) VALUES ('', '{}');
INSERT INTO key_value VALUES ('public', 'public', 'refresh_token_key', 'secret', 1);
INSERT INTO app_id_to_user_id VALUES ('public', 'u1', 'passwordless', 'u1', FALSE);
INSERT INTO session_info VALUES ('public', 'public', 'h', 'u1', 'hash', '{}', 2, 1, '{}', FALSE);
"""


SAME_QUESTION = {
    "app_id,primary_or_recipe_user_id": ("primary_or_recipe_user_id,app_id", "primary_or_recipe_user_id"),
}
"""Indexes of SuperTokens that answer what another one of ours does."""


def is_served(columns: str, table: Table) -> bool:
    return any(index == columns or index.startswith(f"{columns},") for index in table.indexes | table.keys)


def indexes_of(url: str) -> list[tuple[str, str]]:
    """List every index that is not unique as (table, columns), as often as it is there."""
    rows = ask(url, INDEXES[engine_for(url).dialect.name])
    return [(table, columns_of(definition)) for table, is_unique, definition in rows if not is_unique]


def assert_complete(tables: dict[str, Table], names: TableNames = PLAIN) -> None:
    """Check that every declared column, key and index is there, whatever else is."""
    for name, wanted in (declared(SUPERTOKENS) | declared(GATEHOUSE)).items():
        table = tables[names.bare(name)]
        assert {column for column, _ in wanted.columns} <= {column for column, _ in table.columns}, name
        assert wanted.keys <= table.keys, name
        for columns in wanted.indexes:
            choices = (columns, *SAME_QUESTION.get(columns, ()))
            assert any(is_served(choice, table) for choice in choices), (name, columns)


@pytest.mark.parametrize("has_foreign_keys", [True, False])
def test_database_of_supertokens_is_adopted(foreign_url: str, has_foreign_keys: bool) -> None:
    seed(foreign_url, has_foreign_keys=has_foreign_keys)
    run_script(foreign_url, LIVE_ROWS)

    lines = migrate(foreign_url)

    assert "35 tables adopted" in lines[-1]
    assert_complete(described(foreign_url))
    assert ask(foreign_url, "SELECT session_handle, user_id FROM session_info") == [("h", "u1")]
    assert ask(foreign_url, "SELECT created_at_time FROM apps") == [(1,)]
    assert ("refresh_token_key",) in ask(foreign_url, "SELECT name FROM key_value")
    assert ask(foreign_url, "SELECT is_first_factors_null FROM tenant_configs") == [(1,)]
    assert migrate(foreign_url) == [NOTHING_TO_DO]


def test_no_index_is_made_twice(foreign_url: str) -> None:
    seed(foreign_url)
    tables, before = described(foreign_url), Counter(indexes_of(foreign_url))

    migrate(foreign_url)

    for table, columns in (Counter(indexes_of(foreign_url)) - before).elements():
        assert table not in tables or not is_served(columns, tables[table]), (table, columns)


def test_index_of_another_name_will_do_if_it_sorts_alike(foreign_url: str) -> None:
    """Indexes 1 and 2 of the pages differ in the direction of one column."""
    seed(foreign_url)
    name, table = "all_auth_recipe_users_pagination_index1", "all_auth_recipe_users"
    rename = f"ALTER TABLE {table} RENAME INDEX {name} TO mine"
    if engine_for(foreign_url).dialect.name == "postgresql":
        ask(foreign_url, "DROP INDEX all_auth_recipe_users_pagination_index2")
        rename = f"ALTER INDEX {name} RENAME TO mine"
    ask(foreign_url, rename)

    lines = migrate(foreign_url)

    made = [line for line in lines if "created index all_auth_recipe_users" in line]
    assert len(made) == 1
    assert "pagination_index1" not in made[0]
    assert "pagination_index2" in made[0]


def test_runs_at_once_adopt_a_database(foreign_url: str) -> None:
    seed(foreign_url)

    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(lambda _: migrate(foreign_url), range(4)))

    assert len(said) == 4
    assert_complete(described(foreign_url))
    assert migrate(foreign_url) == [NOTHING_TO_DO]


def test_lost_notes_of_versions_are_written_again(engine_url: str) -> None:
    """As after a deploy request, which carries the schema and no rows."""
    migrate(engine_url)
    ask(engine_url, "DELETE FROM schema_migrations")
    before = described(engine_url)

    lines = migrate(engine_url)

    assert lines[-1].startswith("Done: 42 tables adopted. ")
    assert described(engine_url) == before
    assert migrate(engine_url) == [NOTHING_TO_DO]


def test_core_9_0_on_mysql_gets_the_first_factors_column(mariadb_server: Server) -> None:
    url = mariadb_server.create_database()
    seed(url)
    ask(url, "ALTER TABLE tenant_configs DROP COLUMN is_first_factors_null")
    ask(url, "INSERT INTO tenant_configs (connection_uri_domain, tenant_id) VALUES ('', 't1')")

    migrate(url)

    assert ask(url, "SELECT tenant_id, is_first_factors_null FROM tenant_configs ORDER BY tenant_id") == [
        ("public", 1),
        ("t1", 1),
    ]


@pytest.mark.parametrize("collation", ["utf8mb4_unicode_ci", "utf8mb4_general_ci", "latin1_swedish_ci"])
def test_any_collation_of_mysql_is_adopted(mariadb_server: Server, collation: str) -> None:
    url = mariadb_server.create_database()
    ask(url, f"ALTER DATABASE CHARACTER SET {collation.partition('_')[0]} COLLATE {collation}")
    seed(url)
    run_script(url, LIVE_ROWS)

    migrate(url)

    assert_complete(described(url))
    assert ask(
        url,
        "SELECT DISTINCT table_collation FROM information_schema.tables WHERE table_schema = DATABASE()"
        " AND table_name IN ('users', 'send_limits', 'audit_log', 'account_info_holds', 'session_rotations',"
        " 'schema_migrations')",
    ) == [("utf8mb4_bin",)]
    assert migrate(url) == [NOTHING_TO_DO]


def test_prefix_and_renamed_tables_are_adopted(foreign_url: str) -> None:
    names = TableNames(prefix="st", renamed=(("key_value", "settings"), ("thirdparty_users", "st_social")))
    seed(foreign_url, names)

    lines = migrate(foreign_url, names)

    assert "35 tables adopted" in lines[-1]
    assert not any("created index" in line and "primary_user_id_index" in line for line in lines)
    assert_complete(described(foreign_url), names)
    assert migrate(foreign_url, names) == [NOTHING_TO_DO]


def test_other_schema_of_postgresql_is_adopted(postgres_server: Server) -> None:
    url = postgres_server.create_database()
    names = TableNames(schema="auth")
    ask(url, "CREATE SCHEMA auth")
    seed(url, names)

    lines = migrate(url, names)

    assert "35 tables adopted" in lines[-1]
    assert described(url) == {}
    assert migrate(url, names) == [NOTHING_TO_DO]


def test_postgresql_of_core_9_1_is_adopted(postgres_server: Server) -> None:
    url = postgres_server.create_database()
    seed(url)
    ask(url, "ALTER TABLE tenant_configs ADD COLUMN is_first_factors_null BOOLEAN")
    ask(url, "INSERT INTO tenant_configs (tenant_id, is_first_factors_null) VALUES ('t1', FALSE)")

    lines = migrate(url)

    assert any("skipped column is_first_factors_null" in line for line in lines)
    assert ask(url, "SELECT is_first_factors_null FROM tenant_configs WHERE tenant_id = 't1'") == [(False,)]


def test_writers_go_on_while_indexes_are_built(postgres_server: Server) -> None:
    """An open transaction holds up the run, never those who write meanwhile."""
    url = postgres_server.create_database()
    seed(url)
    run_script(url, LIVE_ROWS)
    insert = "INSERT INTO session_info VALUES ('public', 'public', %s, 'u1', 'hash', '{}', 2, 1, '{}', FALSE)"
    with psycopg.connect(url) as slow, psycopg.connect(url, autocommit=True) as writer:
        slow.execute(insert, ["slow"])
        run = threading.Thread(target=migrate, args=[url])
        run.start()
        run.join(2)
        assert run.is_alive()
        writer.execute("SET lock_timeout = '1s'")
        writer.execute(insert, ["beside"])
        slow.commit()
        run.join(30)
    assert not run.is_alive()
    assert_complete(described(url))


def test_index_that_an_interrupted_build_left_is_built_again(postgres_server: Server) -> None:
    url = postgres_server.create_database()
    seed(url)
    ask(url, "CREATE INDEX session_info_user_id_index ON session_info (app_id, tenant_id, user_id)")
    is_valid = "indexrelid = 'session_info_user_id_index'::regclass"
    postgres_server.execute(
        f"UPDATE pg_index SET indisvalid = FALSE WHERE {is_valid}", database=url.rpartition("/")[2]
    )

    migrate(url)

    assert ask(url, f"SELECT indisvalid FROM pg_index WHERE {is_valid}") == [(True,)]


def test_users_table_of_the_guide_is_not_touched(mariadb_server: Server) -> None:
    url = mariadb_server.create_database()
    run_script(url, THE_GUIDES_USERS)

    with pytest.raises(RunRefused) as refused:
        migrate(url)

    said = str(refused.value)
    assert "The table users is not what Gatehouse needs: it has no column app_id, name_key" in said
    assert "MYSQL_TABLE_NAMES_PREFIX=gatehouse" in said
    assert "ALTER TABLE users RENAME TO former_users;" in said
    assert set(described(url)) == {"users"}
    assert ask(url, "SELECT * FROM users") == [(1, "Ada", "ada@example.com")]


@pytest.mark.parametrize("way_out", ["prefix", "setting", "rename"])
def test_every_way_out_keeps_the_users_table_of_the_guide(mariadb_server: Server, way_out: str) -> None:
    url = mariadb_server.create_database()
    run_script(url, THE_GUIDES_USERS)

    if way_out == "prefix":
        migrate(url, TableNames(prefix="gatehouse"))
    elif way_out == "setting":
        migrate(
            url, load_settings({"DATABASE_URL": url, "MYSQL_USERS_TABLE_NAME": "gatehouse_users"}).table_names
        )
    else:
        ask(url, "ALTER TABLE users RENAME TO former_users")
        migrate(url)

    kept = "former_users" if way_out == "rename" else "users"
    assert ask(url, f"SELECT * FROM {kept}") == [(1, "Ada", "ada@example.com")]


def test_prefix_is_no_way_out_beside_tables_of_supertokens(mariadb_server: Server) -> None:
    url = mariadb_server.create_database()
    seed(url)
    run_script(url, THE_GUIDES_USERS)

    with pytest.raises(RunRefused) as refused:
        migrate(url)

    assert "PREFIX" not in str(refused.value)
    assert "MYSQL_USERS_TABLE_NAME=gatehouse_users" in str(refused.value)
    assert "RENAME TO former_users" in str(refused.value)


def test_tables_of_an_old_core_are_refused(foreign_url: str) -> None:
    ask(
        foreign_url,
        "CREATE TABLE key_value (name VARCHAR(128) PRIMARY KEY, value TEXT, created_at_time BIGINT)",
    )

    with pytest.raises(RunRefused, match=r"upgrade that to core 9\.0 or later"):
        migrate(foreign_url)
    assert set(described(foreign_url)) == {"key_value"}


def test_table_without_its_unique_key_is_refused(foreign_url: str) -> None:
    columns = "app_id VARCHAR(64) NOT NULL, role VARCHAR(255) NOT NULL"
    ask(foreign_url, f"CREATE TABLE roles ({columns})")

    with pytest.raises(RunRefused, match=r"roles .* has no unique key on \(app_id, role\)"):
        migrate(foreign_url)


def test_view_is_not_taken_for_a_table(engine_url: str) -> None:
    ask(engine_url, "CREATE VIEW users AS SELECT 1 AS id")

    with pytest.raises(RunRefused, match="users"):
        migrate(engine_url)
