"""What a person can do about a database that cannot be migrated as it is."""

from collections.abc import Sequence

from gatehouse.models import TableNames
from gatehouse.store.migrations.plan import UnfitTable

_PREFIX_SETTINGS = {"mysql": "MYSQL_TABLE_NAMES_PREFIX", "postgresql": "POSTGRESQL_TABLE_NAMES_PREFIX"}


def changed_file_advice(version: str) -> str:
    """Say what to do when the file of an applied version was edited."""
    return (
        f"The file of {version} is not the one that was applied to this database. Nothing was changed. "
        "Restore the file, and put the change into a migration of its own."
    )


def unfit_tables_advice(
    unfit: Sequence[UnfitTable], names: TableNames, dialect: str, *, shares_database: bool
) -> str:
    """Say what to do about tables that have our names and another shape.

    `shares_database` says that other tables are to be adopted: then a prefix would hide those.
    """
    lines = [
        f"The table {table.name} is not what Gatehouse needs: it has no {table.lack}." for table in unfit
    ]
    lines.append(
        "Nothing was changed. If these tables belong to something else, do one of these and run this again:"
    )
    setting = _PREFIX_SETTINGS.get(dialect)
    if setting and not shares_database:
        example = f"gatehouse_{unfit[0].name}"
        lines.append(
            f"- keep both: set {setting}=gatehouse, so that Gatehouse's tables are named {example} and so on;"
        )
    if setting and [table.logical_name for table in unfit] == ["users"]:
        lines.append(
            f"- keep both: set {dialect.upper()}_USERS_TABLE_NAME=gatehouse_users for Gatehouse's table;"
        )
    for table in unfit:
        name = names.qualified(table.logical_name)
        lines.append(
            f"- rename yours, also where it is used: ALTER TABLE {name} RENAME TO former_{table.name};"
        )
    lines.append("If they are tables of SuperTokens, upgrade that to core 9.0 or later first.")
    return "\n".join(lines)


def missing_right_advice(reason: str) -> str:
    """Say what to do when the database user may not change the schema; the SQL follows."""
    if "direct DDL" in reason:
        way = (
            "Run the SQL below on a development branch, deploy it with a deploy request, then run this again."
        )
    else:
        way = "Ask an administrator of the database to run the SQL below, then run this again."
    return f"The database user may not do this: {reason}\n{way}"


def missing_read_right_advice(reason: str) -> str:
    """Say what to do when the database user may not even read."""
    return (
        f"The database user may not do this: {reason}\n"
        "Ask an administrator to give it SELECT, INSERT, UPDATE and DELETE on Gatehouse's tables, then run this again."
    )
