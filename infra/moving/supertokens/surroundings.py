"""What each engine says about itself and about columns that the catalog of the migrations does not look at."""

from dataclasses import dataclass

from gatehouse.models import TableNames
from gatehouse.store.database import Batches
from gatehouse.store.statement import Sql


@dataclass(frozen=True, slots=True)
class Questions:
    """How one engine is asked.

    server: its name and version. texts: how each table keeps and compares text. obliged: (table, column) of what has
    to be given a value with every row.
    """

    server: Sql
    texts: Sql
    obliged: Sql


QUESTIONS = {
    "mysql": Questions(
        server=Sql(
            "SELECT CONCAT(IF(VERSION() LIKE '%MariaDB%', 'MariaDB ', 'MySQL '), SUBSTRING_INDEX(VERSION(), '-', 1))"
        ),
        texts=Sql("""
            SELECT table_name, table_collation FROM information_schema.tables
            WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"""),
        obliged=Sql("""
            SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = DATABASE() AND is_nullable = 'NO' AND column_default IS NULL
              AND extra NOT LIKE '%auto_increment%' AND extra NOT LIKE '%GENERATED%'"""),
    ),
    "postgresql": Questions(
        server=Sql("SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)"),
        texts=Sql("SELECT '', current_setting('server_encoding')"),
        obliged=Sql("""
            SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = COALESCE(NULLIF(:schema, ''), current_schema()) AND is_nullable = 'NO'
              AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'"""),
    ),
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an engine said; names are in lower case."""

    server: str
    texts: dict[str, str]
    obliged: frozenset[tuple[str, str]]

    def kinds_of_text(self, names: TableNames, tables: frozenset[str]) -> list[str]:
        """Return how these tables keep and compare text."""
        wanted = {names.bare(table).lower() for table in tables} | {""}
        return sorted({kind for table, kind in self.texts.items() if table in wanted})


def look_around(database: Batches, dialect: str, names: TableNames) -> Surroundings:
    """Ask an engine about itself."""
    questions = QUESTIONS[dialect]
    server, texts, obliged = database.batch(
        questions.server.only(lambda row: str(row[0])),
        questions.texts.all(tuple),
        questions.obliged.all(tuple, schema=names.schema),
    )
    return Surroundings(
        server,
        {str(table).lower(): str(kind) for table, kind in texts},
        frozenset((str(table).lower(), str(column).lower()) for table, column in obliged),
    )
