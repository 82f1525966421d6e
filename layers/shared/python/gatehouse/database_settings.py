"""Where the database is and what its tables are called, by our setting or by SuperTokens' names for it."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from gatehouse.errors import SettingInvalid
from gatehouse.models import TableNames

Environment = Mapping[str, str]

RENAMABLE_TABLES = (
    "key_value",
    "session_info",
    "emailpassword_users",
    "emailpassword_pswd_reset_tokens",
    "emailverification_tokens",
    "emailverification_verified_emails",
    "thirdparty_users",
    "users",
)
"""What `MYSQL_<NAME>_TABLE_NAME` renames: SuperTokens' seven (specs/supertokens.md 5.2), and our directory."""

_LOCAL_DATABASE = "sqlite:///.gatehouse/gatehouse.db"
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def is_database_setting(name: str) -> bool:
    """Say whether an environment variable describes the database."""
    return name == "DATABASE_URL" or name.startswith(("MYSQL_", "POSTGRESQL_"))


def _family(env: Environment) -> str:
    """Return which of SuperTokens' two sets of names is in use: MYSQL, POSTGRESQL or none."""
    for family in ("MYSQL", "POSTGRESQL"):
        if any(env.get(f"{family}_{name}") for name in ("CONNECTION_URI", "USER", "HOST", "DATABASE_NAME")):
            return family
    return ""


def database_url(env: Environment, *, is_local: bool) -> str:
    """Return DATABASE_URL, or the URL that SuperTokens' names for it describe (specs/supertokens.md 5.2).

    Raises SettingInvalid.
    """
    if url := env.get("DATABASE_URL"):
        return url
    family = _family(env)
    if not family:
        if is_local:
            return _LOCAL_DATABASE
        raise SettingInvalid("DATABASE_URL", "is needed, for example ssm:/gatehouse/dev/database_url")
    if uri := env.get(f"{family}_CONNECTION_URI"):
        return uri
    host = env.get(f"{family}_HOST", "localhost")
    user = quote(env.get(f"{family}_USER", ""), safe="")
    password = quote(env.get(f"{family}_PASSWORD", ""), safe="")
    port = env.get(f"{family}_PORT", "3306" if family == "MYSQL" else "5432")
    if not port.isdigit():
        raise SettingInvalid(f"{family}_PORT", "must be a number")
    name = quote(env.get(f"{family}_DATABASE_NAME", "supertokens"), safe="")
    return f"{family.lower()}://{user}:{password}@{host}:{port}/{name}"


def table_names(env: Environment) -> TableNames:
    """Return the names of the tables: prefix, renamed tables and schema. Raises SettingInvalid."""
    family = "MYSQL" if env.get("DATABASE_URL", "").startswith(("mysql:", "mariadb:")) else ""
    family = (
        family or ("POSTGRESQL" if env.get("DATABASE_URL", "").startswith("postgres") else "") or _family(env)
    )
    if not family:
        return TableNames()
    chosen = {table: f"{family}_{table.upper()}_TABLE_NAME" for table in RENAMABLE_TABLES}
    names = {
        f"{family}_TABLE_NAMES_PREFIX": env.get(f"{family}_TABLE_NAMES_PREFIX", ""),
        "POSTGRESQL_TABLE_SCHEMA": env.get("POSTGRESQL_TABLE_SCHEMA", "") if family == "POSTGRESQL" else "",
        **{variable: env.get(variable, "") for variable in chosen.values()},
    }
    for variable, value in names.items():
        if value and not _IDENTIFIER.fullmatch(value):
            raise SettingInvalid(variable, "must be a plain SQL name: letters, digits and _")
    return TableNames(
        prefix=names[f"{family}_TABLE_NAMES_PREFIX"],
        renamed=tuple((table, names[variable]) for table, variable in chosen.items() if names[variable]),
        schema=names["POSTGRESQL_TABLE_SCHEMA"].lower(),  # SuperTokens does not quote it
    )
