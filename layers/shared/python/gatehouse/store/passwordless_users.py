"""Rows of the passwordless recipe: users, with what they sign in with."""

from collections.abc import Sequence

from gatehouse.store.login_methods import PeopleQueries, bind, reads
from gatehouse.store.passwordless import spellings
from gatehouse.store.statement import Query, Sql

INSERT_USER = Sql("""
    INSERT INTO {passwordless_users} (app_id, user_id, email, phone_number, time_joined)
    VALUES (:app_id, :user_id, :email, :phone_number, :time_joined)""")

INSERT_USER_TO_TENANT = Sql("""
    INSERT INTO {passwordless_user_to_tenant} (app_id, tenant_id, user_id, email, phone_number)
    VALUES (:app_id, :tenant_id, :user_id, :email, :phone_number)""")

UPDATE_USER = {
    column: Sql(f"""
    UPDATE {{passwordless_users}} SET {column} = :new_value WHERE app_id = :app_id AND user_id = :user_id""")
    for column in ("email", "phone_number")
}

UPDATE_USER_TO_TENANT = {
    column: Sql(f"""
    UPDATE {{passwordless_user_to_tenant}} SET {column} = :new_value
    WHERE app_id = :app_id AND tenant_id IN (:tenant_ids) AND user_id = :user_id""")
    for column in ("email", "phone_number")
}

LOCK_DEVICES_OF_CONTACT = {
    column: Sql(f"""
    SELECT tenant_id, device_id_hash, {column} FROM {{passwordless_devices}}
    WHERE app_id = :app_id AND tenant_id IN (:tenant_ids) AND {column} IN (:contacts)
    ORDER BY tenant_id, device_id_hash
    {{for_update}}""")
    for column in ("email", "phone_number")
}

PEOPLE_OF_DEVICE = reads("""
    SELECT i.app_id, i.user_id
    FROM {passwordless_devices} d
    JOIN {passwordless_user_to_tenant} i
      ON i.app_id = d.app_id AND i.tenant_id = d.tenant_id AND i.email = d.email
    WHERE d.app_id = :app_id AND d.tenant_id = :tenant_id AND d.device_id_hash IN (:device_id_hashes)
    UNION
    SELECT i.app_id, i.user_id
    FROM {passwordless_devices} d
    JOIN {passwordless_user_to_tenant} i
      ON i.app_id = d.app_id AND i.tenant_id = d.tenant_id AND i.phone_number = d.phone_number
    WHERE d.app_id = :app_id AND d.tenant_id = :tenant_id AND d.device_id_hash IN (:device_id_hashes)""")


def insert_user(
    app_id: str,
    tenant_id: str,
    *,
    user_id: str,
    email: str | None = None,
    phone_number: str | None = None,
    time_joined_ms: int,
) -> list[Query[int]]:
    """Store a login method; a taken e-mail address or phone number raises DuplicateRow."""
    values = {"app_id": app_id, "user_id": user_id, "email": email, "phone_number": phone_number}
    return [
        INSERT_USER.run(time_joined=time_joined_ms, **values),
        INSERT_USER_TO_TENANT.run(tenant_id=tenant_id, **values),
    ]


def update_user(
    app_id: str, tenant_ids: Sequence[str], user_id: str, column: str, new_value: str | None
) -> list[Query[int]]:
    """Change `email` or `phone_number` of a login method, in all its tenants; a taken one raises DuplicateRow."""
    values = {"app_id": app_id, "user_id": user_id, "new_value": new_value}
    return [
        UPDATE_USER[column].run(**values),
        UPDATE_USER_TO_TENANT[column].run(tenant_ids=tenant_ids, **values),
    ]


def lock_devices_of_contact(
    app_id: str, tenant_ids: Sequence[str], column: str, contacts: Sequence[str]
) -> Query[list[tuple[str, str]]]:
    """Lock the devices that wait for a code sent to one of some contacts; give each one's tenant and hash."""
    query = LOCK_DEVICES_OF_CONTACT[column].all(
        tuple, app_id=app_id, tenant_ids=tenant_ids, contacts=contacts
    )
    return Query(
        query.statement,
        query.values,
        lambda result: [(tenant, device) for tenant, device, to in query.decode(result) if to in contacts],
    )


def list_people_of_device(app_id: str, tenant_id: str, device_id_hash: str) -> PeopleQueries:
    """Read who signs in with the address or the number that a device's code was sent to, or with a similar one."""
    return bind(
        PEOPLE_OF_DEVICE, app_id=app_id, tenant_id=tenant_id, device_id_hashes=spellings(device_id_hash)
    )
