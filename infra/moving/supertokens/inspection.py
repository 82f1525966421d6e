"""A look at a SuperTokens database as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from gatehouse.clock import now_ms
from gatehouse.command import Refused
from gatehouse.config import Settings
from gatehouse.store.database import Database
from gatehouse.store.migrations.catalog import Catalog, read_catalog
from gatehouse.store.migrations.files import Migration
from infra.moving.supertokens.census import count_all, read_configs
from infra.moving.supertokens.findings import Configs, Finding, Weight, look, look_at_columns, look_at_texts
from infra.moving.supertokens.surroundings import Surroundings, look_around
from infra.moving.supertokens.versions import OLDEST, CoreVersion, find_elsewhere, find_version
from infra.moving.supertokens.way_back import core_tables


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a database."""

    catalog: Catalog
    version: CoreVersion
    surroundings: Surroundings
    is_adopted: bool
    counts: dict[str, int]
    configs: Configs
    findings: list[Finding]

    def has(self, weight: Weight) -> bool:
        """Say whether something was found that weighs as much."""
        return any(finding.weight is weight for finding in self.findings)


def inspect(database: Database, settings: Settings, migrations: Sequence[Migration]) -> Found:
    """Look at everything; raises Refused where there is nothing that can be adopted."""
    names, dialect = settings.table_names, database.dialect.name
    catalog = read_catalog(database, dialect, names.schema)
    is_adopted = catalog.find(names.bare("schema_migrations")) is not None
    version = find_version(catalog, names, is_adopted=is_adopted)
    if version is None:
        raise Refused(_nothing_here(catalog, dialect))
    if tuple(map(int, version.mark.release.split("."))) < tuple(map(int, OLDEST.split("."))):
        raise Refused(
            f"This is the schema of core {version.words}; {OLDEST} or later is needed. Nothing was changed.\n"
            "Upgrade the core first, one release of its CHANGELOG.md after the other (those with a section called "
            "Migration),\nstart it once, and run this again."
        )
    counts = count_all(database, catalog, names, now_ms())
    configs = read_configs(database, catalog, names)
    surroundings = look_around(database, dialect, names)
    kinds = surroundings.kinds_of_text(names, core_tables(migrations))
    findings = [
        *look_at_columns(migrations, surroundings, names),
        *look(counts, configs, settings.core),
        *look_at_texts(kinds),
    ]
    return Found(catalog, version, surroundings, is_adopted, counts, configs, findings)


def _nothing_here(catalog: Catalog, dialect: str) -> str:
    text = "There are no tables of SuperTokens here. Nothing was changed."
    family = dialect.upper()
    if prefixes := find_elsewhere(catalog):
        return f"{text}\nTables with a prefix are: set {family}_TABLE_NAMES_PREFIX={prefixes[0]}"
    return f"{text}\nIf the core names them otherwise, set {family}_TABLE_NAMES_PREFIX or POSTGRESQL_TABLE_SCHEMA, too."
