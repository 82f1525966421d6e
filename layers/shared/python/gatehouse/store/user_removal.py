"""Reads of what goes with a person, or with one of their login methods, and the last writes."""

from dataclasses import dataclass

from gatehouse.store.statement import Query, Sql

SELECT_TENANTS_IN_USE = Sql("""
    SELECT t.tenant_id
    FROM {tenants} t
    CROSS JOIN {session_info} s
    WHERE t.app_id = :app_id AND s.app_id = :app_id AND s.tenant_id = t.tenant_id AND s.user_id = :user_id
    UNION
    SELECT t.tenant_id
    FROM {tenants} t
    CROSS JOIN {emailverification_tokens} e
    WHERE t.app_id = :app_id AND e.app_id = :app_id AND e.tenant_id = t.tenant_id AND e.user_id = :user_id
    UNION
    SELECT t.tenant_id
    FROM {tenants} t
    CROSS JOIN {all_auth_recipe_users} r
    WHERE t.app_id = :app_id AND r.app_id = :app_id AND r.tenant_id = t.tenant_id AND r.user_id = :user_id""")

SELECT_AMBIGUOUS_IDS = Sql("""
    SELECT i.user_id
    FROM {app_id_to_user_id} i
    JOIN {userid_mapping} m ON m.app_id = i.app_id AND m.external_user_id = i.user_id
    WHERE i.app_id = :app_id AND i.user_id IN (:user_ids) AND m.supertokens_user_id <> i.user_id""")

SELECT_DEVICES = Sql("""
    SELECT d.tenant_id, d.device_id_hash, d.email, d.phone_number
    FROM {passwordless_devices} d
    WHERE d.app_id = :app_id AND d.tenant_id IN (:tenant_ids) AND d.email IN (:emails)
    UNION
    SELECT d.tenant_id, d.device_id_hash, d.email, d.phone_number
    FROM {passwordless_devices} d
    WHERE d.app_id = :app_id AND d.tenant_id IN (:tenant_ids) AND d.phone_number IN (:phone_numbers)
    ORDER BY tenant_id, device_id_hash""")

UPDATE_TIME_JOINED = Sql("""
    UPDATE {all_auth_recipe_users} SET primary_or_recipe_user_time_joined = :time_joined
    WHERE app_id = :app_id AND user_id IN (:user_ids)""")

DELETE_DIRECTORY_ENTRIES = Sql("""
    DELETE FROM {users} WHERE app_id = :app_id AND auth_user_id IN (:user_ids)""")


@dataclass(frozen=True, slots=True)
class Device:
    """A passwordless device that waits for a code sent to an address or a number."""

    tenant_id: str
    device_id_hash: str
    email: str | None
    phone_number: str | None


def list_tenants_in_use(app_id: str, user_id: str) -> Query[list[str]]:
    """List the tenants where an id, of either kind, has login methods, sessions or verification tokens.

    One id at a time: with several, MariaDB would rather read all sessions of each tenant.
    """
    return SELECT_TENANTS_IN_USE.all(lambda row: str(row[0]), app_id=app_id, user_id=user_id)


def list_ambiguous_ids(app_id: str, user_ids: list[str]) -> Query[list[str]]:
    """List those of the ids that are one person's own and another's external id."""
    return SELECT_AMBIGUOUS_IDS.all(lambda row: str(row[0]), app_id=app_id, user_ids=user_ids)


def list_devices(
    app_id: str, tenant_ids: list[str], *, emails: list[str], phone_numbers: list[str]
) -> Query[list[Device]]:
    """List devices that wait for codes sent to some addresses and numbers."""
    return SELECT_DEVICES.all(
        lambda row: Device(*row),
        app_id=app_id,
        tenant_ids=tenant_ids,
        emails=emails,
        phone_numbers=phone_numbers,
    )


def update_time_joined(app_id: str, user_ids: list[str], time_joined_ms: int) -> Query[int]:
    """Note when the first login method of a person was made, at all of them: pages are in its order."""
    return UPDATE_TIME_JOINED.run(app_id=app_id, user_ids=user_ids, time_joined=time_joined_ms)


def delete_directory_entries(app_id: str, user_ids: list[str]) -> Query[int]:
    """Remove people from the directory by their identities."""
    return DELETE_DIRECTORY_ENTRIES.run(app_id=app_id, user_ids=user_ids)
