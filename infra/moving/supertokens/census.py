"""What a SuperTokens database holds, counted; nothing is read that names anybody."""

import json
from collections.abc import Mapping
from typing import Any

from gatehouse.models import TableNames
from gatehouse.store.database import Batches
from gatehouse.store.migrations.catalog import Catalog
from gatehouse.store.statement import Sql

ALIVE = "WHERE expires_at > :now_ms"

COUNTS: Mapping[str, tuple[str, Sql]] = {
    name: (table, Sql(f"SELECT COUNT(*) FROM {source}"))  # noqa: S608 (constants)
    for name, table, source in (
        ("apps", "apps", "{apps}"),
        ("tenants", "tenants", "{tenants}"),
        (
            "people",
            "app_id_to_user_id",
            "(SELECT DISTINCT app_id, primary_or_recipe_user_id FROM {app_id_to_user_id}) p",
        ),
        ("linked", "app_id_to_user_id", "{app_id_to_user_id} WHERE primary_or_recipe_user_id <> user_id"),
        ("emailpassword", "emailpassword_users", "{emailpassword_users}"),
        ("passwordless", "passwordless_users", "{passwordless_users}"),
        ("thirdparty", "thirdparty_users", "{thirdparty_users}"),
        ("webauthn", "webauthn_users", "{webauthn_users}"),
        (
            "only_webauthn",
            "webauthn_users",
            "(SELECT app_id FROM {app_id_to_user_id} GROUP BY app_id, primary_or_recipe_user_id "
            "HAVING MIN(recipe_id) = 'webauthn' AND MAX(recipe_id) = 'webauthn') p",
        ),
        ("sessions", "session_info", f"{{session_info}} {ALIVE}"),
        ("old_sessions", "session_info", "{session_info} WHERE expires_at <= :now_ms"),
        ("roles", "roles", "{roles}"),
        ("user_roles", "user_roles", "{user_roles}"),
        ("metadata", "user_metadata", "{user_metadata}"),
        ("mappings", "userid_mapping", "{userid_mapping}"),
        ("totp_devices", "totp_user_devices", "{totp_user_devices}"),
        ("dashboard_users", "dashboard_users", "{dashboard_users}"),
        ("codes", "passwordless_codes", "{passwordless_codes}"),
        (
            "reset_tokens",
            "emailpassword_pswd_reset_tokens",
            "{emailpassword_pswd_reset_tokens} WHERE token_expiry > :now_ms",
        ),
        (
            "verification_tokens",
            "emailverification_tokens",
            "{emailverification_tokens} WHERE token_expiry > :now_ms",
        ),
        ("dynamic_keys", "session_access_token_signing_keys", "{session_access_token_signing_keys}"),
        ("static_keys", "jwt_signing_keys", "{jwt_signing_keys}"),
        ("refresh_keys", "key_value", "{key_value} WHERE name = 'refresh_token_key'"),
        ("legacy_keys", "key_value", "{key_value} WHERE name = 'access_token_signing_key'"),
        (
            "firebase_passwords",
            "emailpassword_users",
            "{emailpassword_users} WHERE password_hash LIKE '$f_scrypt$%'",
        ),
        (
            "odd_phone_numbers",
            "passwordless_users",
            "{passwordless_users} WHERE phone_number IS NOT NULL AND phone_number NOT LIKE '+%'",
        ),
        ("oauth_clients", "oauth_clients", "{oauth_clients}"),
        ("saml_clients", "saml_clients", "{saml_clients}"),
        ("bulk_imports", "bulk_import_users", "{bulk_import_users}"),
        ("reservations", "recipe_user_account_infos", "{recipe_user_account_infos}"),
    )
}
"""What is counted: the table that must be there, and the statement."""

SELECT_CONFIGS = Sql("SELECT connection_uri_domain, app_id, tenant_id, core_config FROM {tenant_configs}")

GROUP = 8
"""How many counts travel together: each may take its time, and a lost connection then costs less."""


def count_all(database: Batches, catalog: Catalog, names: TableNames, now_ms: int) -> dict[str, int]:
    """Count everything; what has no table or an older shape is 0."""
    asked = [
        (name, statement)
        for name, (table, statement) in COUNTS.items()
        if _is_askable(name, table, catalog, names)
    ]
    counts = dict.fromkeys(COUNTS, 0)
    for start in range(0, len(asked), GROUP):
        group = asked[start : start + GROUP]
        queries = [statement.only(lambda row: int(row[0]), now_ms=now_ms) for _, statement in group]
        counts |= zip((name for name, _ in group), database.batch(*queries), strict=True)
    return counts


def read_configs(
    database: Batches, catalog: Catalog, names: TableNames
) -> dict[tuple[str, str, str], dict[str, Any] | None]:
    """Return what each tenant, by domain, app and tenant, is configured with; None for what is no JSON object."""
    if catalog.find(names.bare("tenant_configs")) is None:
        return {}
    rows = database.run(SELECT_CONFIGS.all(tuple))
    return {(row[0], row[1], row[2]): _object(row[3] or "{}") for row in rows}


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _is_askable(name: str, table: str, catalog: Catalog, names: TableNames) -> bool:
    stored = catalog.find(names.bare(table))
    needs = {"people": "primary_or_recipe_user_id", "linked": "primary_or_recipe_user_id"}.get(name)
    return stored is not None and (needs is None or needs in stored.columns)
