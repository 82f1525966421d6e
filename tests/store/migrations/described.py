"""What a database has, asked with each engine's own words and told in those of declared.py."""

import re
from collections import defaultdict
from typing import Any

from gatehouse.store.engines import engine_for
from tests.store.migrations.declared import Table

COLUMNS = {
    "mysql": """
        SELECT table_name, column_name, column_type, is_nullable
        FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position""",
    "postgresql": """
        SELECT table_name, column_name,
               CASE data_type WHEN 'ARRAY' THEN 'text' ELSE data_type END
                 || COALESCE('(' || character_maximum_length || ')', ''), is_nullable
        FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position""",
    "sqlite": """
        SELECT m.name, c.name, c.type, CASE WHEN c."notnull" THEN 'NO' ELSE 'YES' END
        FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid""",
}

INDEXES = {
    "mysql": """
        SELECT table_name, non_unique = 0,
               GROUP_CONCAT(column_name, IF(collation = 'D', '-', '') ORDER BY seq_in_index)
        FROM information_schema.statistics WHERE table_schema = DATABASE()
        GROUP BY table_name, index_name, non_unique""",
    "postgresql": """
        SELECT tablename, indexdef LIKE 'CREATE UNIQUE%%', indexdef
        FROM pg_indexes WHERE schemaname = current_schema()""",
    "sqlite": """
        SELECT m.name, i."unique",
               (SELECT group_concat(c.name || CASE WHEN c."desc" THEN '-' ELSE '' END)
                FROM pragma_index_xinfo(i.name) c WHERE c.key)
        FROM sqlite_master m JOIN pragma_index_list(m.name) i WHERE m.type = 'table'""",
}

TYPES = (
    (r"(?:var)?char\((\d+)\)|character(?: varying)?\((\d+)\)", "s"),
    (r"text", "t"),
    (r"bigint.*", "i"),
    (r"int(?:eger)?\b.*", "n"),
    (r"boolean|tinyint\(1\)", "b"),
)


def ask(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements one by one; return the rows of the last."""
    connection = engine_for(url).connect()
    try:
        return [connection.run([(statement, {})])[0] for statement in statements][-1].rows
    finally:
        connection.close()


def described(url: str) -> dict[str, Table]:
    """Describe every table of a database."""
    dialect = engine_for(url).dialect.name
    columns: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for table, column, type_name, is_nullable in ask(url, COLUMNS[dialect]):
        columns[table].append((column, _type(type_name.lower()) + ("!" if is_nullable == "NO" else "")))
    keys: defaultdict[str, set[str]] = defaultdict(set)
    indexes: defaultdict[str, set[str]] = defaultdict(set)
    for table, is_unique, definition in ask(url, INDEXES[dialect]):
        (keys if is_unique else indexes)[table].add(columns_of(definition))
    return {
        table: Table(tuple(of_table), frozenset(keys[table]), frozenset(indexes[table]))
        for table, of_table in columns.items()
    }


def _type(name: str) -> str:
    for pattern, letter in TYPES:
        if match := re.fullmatch(pattern, name):
            return letter + "".join(length for length in match.groups() if length)
    raise AssertionError(f"a type that is not in use: {name}")


def columns_of(definition: str) -> str:
    """Return the columns of an index from what INDEXES says of it."""
    inside = definition[definition.find("(") + 1 :].rstrip(")")
    return inside.replace(" DESC", "-").replace(", ", ",")
