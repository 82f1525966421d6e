"""The VSchema for Vitess has every table, and every SQL constant keeps to its shards or is excepted with a reason."""

from fnmatch import fnmatchcase

import pytest
import sqlglot
from sqlglot import exp

from gatehouse.store.dialects import MySql
from infra.planetscale.__main__ import main as print_keyspaces
from tests.store.test_statements import STATEMENTS
from tests.store.vschema import VSchema, created, lookup_tables, read, read_vschema
from tests.store.vschema_exceptions import ALLOWED, Allowed
from tests.store.vschema_lint import findings

FOUND_BY_VALUE = {"xxhash"}
LOOKUPS = {"consistent_lookup", "consistent_lookup_unique"}
KEYSPACES = {"gatehouse": "vschema.unsharded.json", "gatehouse_sharded": "vschema.json"}


@pytest.fixture(scope="module")
def vschema() -> VSchema:
    return read_vschema()


@pytest.fixture(scope="module")
def found(vschema: VSchema) -> dict[str, set[str]]:
    """What the lint finds, by the name of a constant."""
    everything: dict[str, set[str]] = {}
    for name, statement in STATEMENTS.items():
        text = statement.text(MySql()).replace("{", "`").replace("}", "`")
        everything.setdefault(name.partition("[")[0], set()).update(findings(text, vschema))
    return everything


def kinds_of(allowed: Allowed) -> set[str]:
    return set(allowed.kinds.split(", "))


def is_named(name: str, allowed: Allowed) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in allowed.names.split())


def test_every_statement_stays_on_its_shards_or_is_excepted(found: dict[str, set[str]]) -> None:
    bare: dict[str, set[str]] = {}
    for name, kinds in found.items():
        excepted = {kind for allowed in ALLOWED if is_named(name, allowed) for kind in kinds_of(allowed)}
        if kinds - excepted:
            bare[name] = kinds - excepted
    assert bare == {}


def test_every_exception_is_of_use(found: dict[str, set[str]]) -> None:
    idle = [
        (pattern, kind)
        for allowed in ALLOWED
        for pattern in allowed.names.split()
        for kind in kinds_of(allowed)
        if not any(fnmatchcase(name, pattern) and kind in kinds for name, kinds in found.items())
    ]
    assert idle == []


def test_every_table_has_its_place(vschema: VSchema) -> None:
    tables = {table.table for table in created()} | {"schema_migrations"}
    sharded = {name for name in vschema.sharding if name not in lookup_tables()}
    assert sharded | vschema.unsharded == tables
    assert not sharded & vschema.unsharded
    assert vschema.references < vschema.unsharded


def test_vschema_has_the_shape_that_vitess_reads() -> None:
    sharded, unsharded = read("vschema.json"), read("vschema.unsharded.json")
    assert sharded.keys() == {"sharded", "vindexes", "tables"}
    assert sharded["sharded"] is True
    assert unsharded["sharded"] is False
    for name, vindex in sharded["vindexes"].items():
        assert vindex.keys() <= {"type", "params", "owner"}, name
        assert vindex["type"] in FOUND_BY_VALUE | LOOKUPS, name
        assert all(isinstance(value, str) for value in vindex.get("params", {}).values()), name
    for name, table in sharded["tables"].items():
        if table.get("type") == "reference":
            keyspace, _, source = table["source"].partition(".")
            assert source in read(KEYSPACES[keyspace])["tables"], name
        else:
            assert all(one["name"] in sharded["vindexes"] for one in table["column_vindexes"]), name
            assert sharded["vindexes"][table["column_vindexes"][0]["name"]]["type"] in FOUND_BY_VALUE, name


def test_vindexes_are_of_columns_that_exist(vschema: VSchema) -> None:
    columns = {table.table: set(table.columns) for table in created()}
    for name, table in read("vschema.json")["tables"].items():
        for vindex in table.get("column_vindexes", ()):
            if name in columns:
                assert set(vindex.get("columns") or [vindex["column"]]) <= columns[name], name


def test_lookup_tables_are_those_of_the_vindexes_and_keep_values_unique() -> None:
    vindexes, tables, made = read("vschema.json")["vindexes"], read("vschema.json")["tables"], lookup_tables()
    lookups = {name: vindex for name, vindex in vindexes.items() if vindex["type"] in LOOKUPS}
    assert {f"gatehouse_sharded.{name}" for name in made} == {
        vindex["params"]["table"] for vindex in lookups.values()
    }
    for name, vindex in lookups.items():
        table = vindex["params"]["table"].removeprefix("gatehouse_sharded.")
        sources = vindex["params"]["from"].split(",")
        owned = next(one for one in tables[vindex["owner"]]["column_vindexes"] if one["name"] == name)
        assert (owned.get("columns") or [owned["column"]]) == sources
        key = made[table].find(exp.PrimaryKey)
        assert key is not None
        assert [column.name for column in key.expressions] == sources, (
            "what makes a value unique on all shards"
        )
        assert tables[table] == {"column_vindexes": [{"column": sources[0], "name": "xxhash"}]}


def test_columns_of_lookup_tables_are_as_wide_as_those_they_are_of() -> None:
    migrations = {table.table: types(table.text.replace("{", "").replace("}", "")) for table in created()}
    for vindex in read("vschema.json")["vindexes"].values():
        if vindex["type"] in LOOKUPS:
            table = vindex["params"]["table"].removeprefix("gatehouse_sharded.")
            made = types(lookup_tables()[table].sql("mysql"))
            for column in vindex["params"]["from"].split(","):
                assert made[column] == migrations[vindex["owner"]][column], (table, column)


def types(create: str) -> dict[str, str]:
    """Return the types of a table's columns."""
    statement = sqlglot.parse_one(create, read="mysql")
    return {column.name: str(column.kind) for column in statement.find_all(exp.ColumnDef)}


def test_printed_keyspaces_have_their_tables(capsys: pytest.CaptureFixture[str]) -> None:
    print_keyspaces()
    unsharded, sharded = capsys.readouterr().out.split("USE gatehouse_sharded;")
    assert made_in(unsharded) == sorted(read("vschema.unsharded.json")["tables"])
    assert made_in(sharded) == sorted(read("vschema.json")["tables"])
    assert "CREATE INDEX audit_log_event_index" in unsharded


def made_in(text: str) -> list[str]:
    """Return the tables that a script makes."""
    statements = sqlglot.parse(text, read="mysql")
    made = [made for made in statements if isinstance(made, exp.Create) and made.kind == "TABLE"]
    return sorted(table.this.this.name for table in made)


BAD = {
    "scatter": "SELECT email FROM emailpassword_users WHERE app_id = :a AND email = :b",
    "scatter write": "DELETE FROM session_info WHERE app_id = :a AND user_id = :b",
    "scatter lock": "SELECT user_id FROM user_roles WHERE role = :a FOR UPDATE",
    "scatter sort": "SELECT user_id FROM user_last_active WHERE app_id = :a ORDER BY last_active_time",
    "scatter aggregate": "SELECT COUNT(*) FROM user_last_active WHERE app_id = :a",
    "lookup": "SELECT user_id FROM emailverification_tokens WHERE token = :a",
    "cross-shard": """SELECT u.email FROM session_info s JOIN emailpassword_users u ON u.user_id = s.user_id
                      WHERE s.session_handle = :a""",
    "cross-keyspace": """SELECT t.tenant_id FROM tenants t JOIN user_roles r ON r.tenant_id = t.tenant_id
                         WHERE r.user_id = :a""",
    "write to several shards": "DELETE FROM user_metadata WHERE user_id IN (:user_ids)",
    "LIMIT in a write": "DELETE FROM session_info WHERE session_handle = :a LIMIT 1",
    "subquery in a write": "DELETE FROM user_roles WHERE user_id = (SELECT user_id FROM totp_users WHERE user_id = :a)",
    "sharding column changed": "UPDATE user_metadata SET user_id = :b WHERE user_id = :a",
    "lookup changed": "UPDATE userid_mapping SET external_user_id = :b WHERE supertokens_user_id = :a",
    "key changed": "UPDATE totp_user_devices SET device_name = :b WHERE user_id = :a",
    "no sharding column": "INSERT INTO session_info (app_id, user_id) VALUES (:a, :b)",
    "upsert of a vindex column": """INSERT INTO totp_users (app_id, user_id) VALUES (:a, :b)
                                    ON DUPLICATE KEY UPDATE user_id = user_id""",
    "upsert of a key": """INSERT INTO user_roles (app_id, user_id, role) VALUES (:a, :b, :c)
                          ON DUPLICATE KEY UPDATE role = VALUES(role)""",
    "INSERT SELECT": "INSERT INTO user_roles (user_id, role) SELECT user_id, 'a' FROM totp_users WHERE user_id = :a",
    "INSERT IGNORE": "INSERT IGNORE INTO totp_users (app_id, user_id) VALUES (:a, :b)",
    "INSERT AS": """INSERT INTO user_metadata (user_id, user_metadata) VALUES (:a, :b) AS n
                    ON DUPLICATE KEY UPDATE user_metadata = n.user_metadata""",
    "REPLACE": "REPLACE INTO user_metadata (user_id) VALUES (:a)",
    "GET_LOCK": "SELECT GET_LOCK('a', 1)",
    "LAST_INSERT_ID": "SELECT LAST_INSERT_ID()",
    "JSON_TABLE": "SELECT j.a FROM JSON_TABLE('[]', '$' COLUMNS(a INT PATH '$')) j",
    "USING": "SELECT a.user_id FROM totp_users a JOIN user_metadata m USING (user_id) WHERE a.user_id = :a",
    "recursive CTE": "WITH RECURSIVE c AS (SELECT 1 UNION ALL SELECT 1 FROM c) SELECT * FROM c",
    "session variable": "SELECT @a := 1",
    "SET": "SET SESSION sql_mode = ''",
    "LOCK": "LOCK TABLES users WRITE",
    "CALL": "CALL clean()",
    "DDL": "ALTER TABLE users ADD COLUMN a INT",
    "several statements": "SELECT 1; SELECT 2",
    "unknown table crates": "SELECT a FROM crates",
}


@pytest.mark.parametrize("kind", BAD)
def test_lint_finds(vschema: VSchema, kind: str) -> None:
    assert kind in findings(BAD[kind], vschema)


def test_upsert_may_not_set_what_tells_rows_of_a_lookup_table_apart(vschema: VSchema) -> None:
    text = """INSERT INTO userid_mapping (app_id, supertokens_user_id, external_user_id) VALUES (:a, :b, :c)
              ON DUPLICATE KEY UPDATE app_id = app_id"""
    assert findings(text, vschema) == {"upsert of a vindex column"}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT r.role FROM user_metadata m JOIN user_roles r ON r.user_id = m.user_id WHERE m.user_id = :a",
        "SELECT p.permission FROM user_roles r JOIN role_permissions p ON p.role = r.role WHERE r.user_id = :a",
        "SELECT user_id FROM user_metadata WHERE user_id = :a UNION SELECT user_id FROM totp_users WHERE user_id = :a",
        "SELECT k.role FROM (SELECT r.role, r.user_id FROM user_roles r WHERE r.user_id = :a) k",
        "SELECT email FROM users WHERE name_key > :a ORDER BY name_key LIMIT 10",
        "INSERT INTO audit_log (id) SELECT id FROM users WHERE email = :a",
    ],
)
def test_lint_finds_nothing_in_what_stays_on_a_shard(vschema: VSchema, text: str) -> None:
    assert findings(text, vschema) == set()


def test_tables_that_wait_for_each_other_are_read_on_all_shards(vschema: VSchema) -> None:
    text = """SELECT 1 FROM session_info s JOIN app_id_to_user_id a ON a.user_id = s.user_id
              JOIN session_rotations o ON o.session_handle = a.recipe_id WHERE s.session_handle = o.parent_hash_2"""
    assert {"scatter", "cross-shard"} <= findings(text, vschema)


def test_what_comes_out_of_a_union_is_no_shard_of_its_own(vschema: VSchema) -> None:
    text = """SELECT x.user_id FROM (SELECT i.user_id FROM emailpassword_users i WHERE i.email = :a
                UNION SELECT j.user_id FROM thirdparty_users j WHERE j.email = :a) k
              JOIN app_id_to_user_id x ON x.user_id = k.user_id"""
    assert {"scatter", "cross-shard"} <= findings(text, vschema)
