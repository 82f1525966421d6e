"""Removal of tenants and apps with everything that any table holds of them, children first (specs/databases.md 2.3)."""

from collections.abc import Iterable

from gatehouse.models.tenancy import TenantIdentifier
from gatehouse.store.statement import BoundedDelete, Query, Sql
from gatehouse.store.tenancy import KEY, SCOPES, identifier_of, key_of

KEYS_OF_TENANT = {
    "emailpassword_user_to_tenant": "user_id",
    "thirdparty_user_to_tenant": "user_id",
    "passwordless_user_to_tenant": "user_id",
    "passwordless_codes": "code_id",
    "passwordless_devices": "device_id_hash",
    "session_info": "session_handle",
    "session_rotations": "session_handle",
    "emailverification_tokens": "user_id",
    "user_roles": "user_id",
    "totp_used_codes": "user_id",
    "key_value": "name",
    "all_auth_recipe_users": "user_id",
}
"""The tables of what tenants have, and the column that follows app and tenant in their primary keys."""

KEYS_OF_APP = {
    "emailpassword_pswd_reset_tokens": "user_id",
    "emailpassword_users": "user_id",
    "thirdparty_users": "user_id",
    "passwordless_users": "user_id",
    "emailverification_verified_emails": "user_id",
    "user_metadata": "user_id",
    "role_permissions": "role",
    "roles": "role",
    "totp_user_devices": "user_id",
    "totp_users": "user_id",
    "user_last_active": "user_id",
    "dashboard_user_sessions": "session_id",
    "dashboard_users": "user_id",
    "session_access_token_signing_keys": "created_at_time",
    "jwt_signing_keys": "key_id",
    "userid_mapping": "supertokens_user_id",
    "app_id_to_user_id": "user_id",
    "users": "id",
    "send_limits": "subject",
    "account_info_holds": "subject",
    "audit_log": "id",
    "webhook_deliveries": "id",
}
"""The tables of what apps have besides, our own among them, and the column that follows the app."""

_OF_APP = "app_id = :app_id"
_OF_TENANT = "app_id = :app_id AND tenant_id = :tenant_id"

SWEEP_TENANT = tuple(
    BoundedDelete(table, _OF_TENANT, f"app_id, tenant_id, {column}")
    for table, column in KEYS_OF_TENANT.items()
)

SWEEP_APP = (
    *(
        BoundedDelete(table, _OF_APP, f"app_id, tenant_id, {column}")
        for table, column in KEYS_OF_TENANT.items()
    ),
    *(BoundedDelete(table, _OF_APP, f"app_id, {column}") for table, column in KEYS_OF_APP.items()),
)

DELETES_OF_TENANT = tuple(
    Sql(f"DELETE FROM {{{table}}} WHERE {_OF_TENANT}") for table in (*KEYS_OF_TENANT, "tenants")
)

DELETES_OF_APP = tuple(
    Sql(f"DELETE FROM {{{table}}} WHERE {_OF_APP}")
    for table in (*KEYS_OF_TENANT, *KEYS_OF_APP, "tenants", "apps")
)

DELETES_OF_CONFIG = tuple(
    Sql(f"DELETE FROM {{{table}}} {SCOPES['tenant']}")
    for table in (
        "tenant_thirdparty_provider_clients",
        "tenant_thirdparty_providers",
        "tenant_first_factors",
        "tenant_required_secondary_factors",
        "tenant_configs",
    )
)

SELECT_OF_APP = Sql(f"SELECT {KEY} FROM {{tenant_configs}} WHERE app_id = :app_id ORDER BY {KEY}")

SELECT_OF_DOMAIN = Sql(f"SELECT {KEY} FROM {{tenant_configs}} {SCOPES['domain']} ORDER BY {KEY}")


def list_of_app(app_id: str) -> Query[list[TenantIdentifier]]:
    """List the tenants of an app on every connection URI domain; they share what tables hold of them."""
    return SELECT_OF_APP.all(identifier_of, app_id=app_id)


def list_of_domain(domain: str) -> Query[list[TenantIdentifier]]:
    """List the tenants of every app on a connection URI domain."""
    return SELECT_OF_DOMAIN.all(identifier_of, domain=domain)


def delete_configs(identifiers: Iterable[TenantIdentifier]) -> list[Query[int]]:
    """Delete how tenants are set up."""
    return [
        statement.run(**key_of(identifier)) for identifier in identifiers for statement in DELETES_OF_CONFIG
    ]


def delete_tenant(app_id: str, tenant_id: str) -> list[Query[int]]:
    """Delete a tenant and all that it has."""
    return [statement.run(app_id=app_id, tenant_id=tenant_id) for statement in DELETES_OF_TENANT]


def delete_app(app_id: str) -> list[Query[int]]:
    """Delete an app, its tenants, and all that they have."""
    return [statement.run(app_id=app_id) for statement in DELETES_OF_APP]


def sweep_tenant(app_id: str, tenant_id: str, limit: int) -> list[Query[int]]:
    """Delete up to so many rows of each table of what a tenant has; each answers how many."""
    return [statement.run(app_id=app_id, tenant_id=tenant_id, limit=limit) for statement in SWEEP_TENANT]


def sweep_app(app_id: str, limit: int) -> list[Query[int]]:
    """Delete up to so many rows of each table of what an app has; each answers how many."""
    return [statement.run(app_id=app_id, limit=limit) for statement in SWEEP_APP]
