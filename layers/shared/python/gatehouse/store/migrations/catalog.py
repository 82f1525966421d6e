"""What a database has: its tables, columns and indexes, read in two queries."""

from collections import defaultdict
from dataclasses import dataclass, field

from gatehouse.store.database import Batches
from gatehouse.store.migrations.files import Columns
from gatehouse.store.statement import Sql


@dataclass(frozen=True, slots=True)
class CatalogQueries:
    """How one engine is asked.

    columns: (table, column). indexes: (table, index, is unique, is valid, column, is descending), in order.
    schema: a row if the schema is there.
    """

    columns: Sql
    indexes: Sql
    schema: Sql


QUERIES = {
    "mysql": CatalogQueries(
        columns=Sql("""
            SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"""),
        indexes=Sql("""
            SELECT table_name, index_name, non_unique = 0, 1,
                   CASE WHEN sub_part IS NULL THEN column_name END, COALESCE(collation, 'A') = 'D'
            FROM information_schema.statistics WHERE table_schema = DATABASE()
            ORDER BY table_name, index_name, seq_in_index"""),
        schema=Sql("SELECT 1"),
    ),
    "postgresql": CatalogQueries(
        columns=Sql("""
            SELECT t.relname, a.attname
            FROM pg_catalog.pg_class t
            JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
            JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE n.nspname = COALESCE(NULLIF(:schema, ''), current_schema())
              AND t.relkind IN ('r', 'p', 'f', 'v', 'm')"""),
        indexes=Sql("""
            SELECT t.relname, i.relname, x.indisunique, x.indisvalid, a.attname, x.indoption[k.position - 1] & 1 = 1
            FROM pg_catalog.pg_index x
            JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
            JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
            CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k (attnum, position)
            LEFT JOIN pg_catalog.pg_attribute a
              ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum > 0 AND x.indpred IS NULL
            WHERE n.nspname = COALESCE(NULLIF(:schema, ''), current_schema()) AND k.position <= x.indnkeyatts
            ORDER BY t.relname, i.relname, k.position"""),
        schema=Sql("""
            SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = COALESCE(NULLIF(:schema, ''), current_schema())"""),
    ),
    "sqlite": CatalogQueries(
        columns=Sql("""
            SELECT lower(m.name), c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
            WHERE m.type IN ('table', 'view')"""),
        indexes=Sql("""
            SELECT lower(m.name), i.name, i."unique", 1, CASE WHEN i.partial = 0 THEN c.name END, c."desc"
            FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_xinfo(i.name) c
            WHERE m.type = 'table' AND c.key = 1
            ORDER BY 1, 2, c.seqno"""),
        schema=Sql("SELECT 1"),
    ),
}


@dataclass(slots=True)
class StoredIndex:
    """An index; a column that is no plain column of the table (an expression, a prefix) is the empty text."""

    is_unique: bool
    is_valid: bool
    columns: Columns


@dataclass(slots=True)
class StoredTable:
    """A table or view."""

    columns: set[str] = field(default_factory=set)
    indexes: dict[str, StoredIndex] = field(default_factory=dict)

    def has_unique_key(self, columns: Columns) -> bool:
        """Say whether these columns, in any order, are one of the table's unique keys."""
        return any(i.is_unique and sorted(i.columns) == sorted(columns) for i in self.indexes.values())

    def serves(self, columns: Columns) -> bool:
        """Say whether a valid index begins with these columns."""
        return any(i.is_valid and i.columns[: len(columns)] == columns for i in self.indexes.values())


@dataclass(slots=True)
class Catalog:
    """What a database has; `has_schema` says whether PostgreSQL has the schema that was asked for."""

    tables: dict[str, StoredTable] = field(default_factory=dict)
    has_schema: bool = True

    def find(self, name: str) -> StoredTable | None:
        """Find a table by a name that the server may have turned to lower case."""
        return self.tables.get(name) or self.tables.get(name.lower())


def read_catalog(database: Batches, dialect: str, schema: str) -> Catalog:
    """Read everything that the current database (on PostgreSQL: the schema) has."""
    queries = QUERIES[dialect]
    columns, indexes, schemas = database.batch(
        queries.columns.all(tuple, schema=schema),
        queries.indexes.all(tuple, schema=schema),
        queries.schema.all(tuple, schema=schema),
    )
    tables: defaultdict[str, StoredTable] = defaultdict(StoredTable)
    for table, column in columns:
        tables[table].columns.add(column.lower())
    for table, name, is_unique, is_valid, column, is_descending in indexes:
        if table in tables:  # another run may have made it between the two questions
            index = tables[table].indexes.setdefault(
                name.lower(), StoredIndex(bool(is_unique), bool(is_valid), ())
            )
            index.columns += (
                (f"{column.lower()} DESC" if is_descending else column.lower(),) if column else ("",)
            )
    return Catalog(dict(tables), has_schema=bool(schemas))
