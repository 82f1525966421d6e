"""Reads of links that sign in: passwordless codes as the REST surface uses them, and the login method of an address.

A database that SuperTokens made may compare text without case and accents, so what decides who somebody is comes back
with the rows, for rules to compare (specs/databases.md 2.4).
"""

from dataclasses import dataclass, field

from gatehouse.store.statement import Query, Sql

SELECT_CODE_BY_LINK = Sql("""
    SELECT c.code_id, c.device_id_hash, c.created_at, d.email, c.link_code_hash
    FROM {passwordless_codes} c
    JOIN {passwordless_devices} d
      ON d.app_id = c.app_id AND d.tenant_id = c.tenant_id AND d.device_id_hash = c.device_id_hash
    WHERE c.app_id = :app_id AND c.tenant_id = :tenant_id
      AND c.device_id_hash = :device_id_hash AND c.link_code_hash = :link_code_hash""")

LOCK_SIBLING_DEVICES = Sql("""
    SELECT s.device_id_hash, s.email
    FROM {passwordless_devices} s
    WHERE s.app_id = :app_id AND s.tenant_id = :tenant_id AND s.email = (
      SELECT d.email FROM {passwordless_devices} d
      WHERE d.app_id = :app_id AND d.tenant_id = :tenant_id AND d.device_id_hash = :device_id_hash)
    ORDER BY s.device_id_hash
    {for_update}""")

SELECT_DEVICES_OF_EMAIL = Sql("""
    SELECT device_id_hash, email FROM {passwordless_devices}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND email = :email
    ORDER BY device_id_hash""")

SELECT_USER_OF_DEVICE = Sql("""
    SELECT p.email, a.primary_or_recipe_user_id,
           COALESCE(r.external_user_id, a.user_id), COALESCE(m.external_user_id, a.primary_or_recipe_user_id)
    FROM {passwordless_devices} d
    JOIN {passwordless_user_to_tenant} p ON p.app_id = d.app_id AND p.tenant_id = d.tenant_id AND p.email = d.email
    JOIN {app_id_to_user_id} a ON a.app_id = p.app_id AND a.user_id = p.user_id
    LEFT JOIN {userid_mapping} r ON r.app_id = a.app_id AND r.supertokens_user_id = a.user_id
    LEFT JOIN {userid_mapping} m ON m.app_id = a.app_id AND m.supertokens_user_id = a.primary_or_recipe_user_id
    WHERE d.app_id = :app_id AND d.tenant_id = :tenant_id AND d.device_id_hash = :device_id_hash""")

UPDATE_EMAIL = Sql("""
    UPDATE {passwordless_users} SET email = :email
    WHERE app_id = :app_id AND user_id = :user_id AND email = :old_email""")

UPDATE_EMAIL_IN_TENANT = Sql("""
    UPDATE {passwordless_user_to_tenant} SET email = :email
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND user_id = :user_id AND email = :old_email""")


@dataclass(frozen=True, slots=True)
class PendingCode:
    """A code that somebody may still use, with the e-mail address it was sent to."""

    code_id: str
    device_id_hash: str
    created_at_ms: int
    email: str | None
    link_code_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoginMethod:
    """A passwordless login method and the person it belongs to.

    `recipe_user_id` and `user_id` are the ids that the outside knows, the external ones where they are mapped;
    `supertokens_user_id` is the person's own (specs/supertokens.md 4.6).
    """

    email: str
    supertokens_user_id: str
    recipe_user_id: str
    user_id: str


def get_code_by_link(
    app_id: str, tenant_id: str, *, device_id_hash: str, link_code_hash: str
) -> Query[PendingCode | None]:
    """Find the code of a link."""
    return SELECT_CODE_BY_LINK.one(
        lambda row: PendingCode(*row),
        app_id=app_id,
        tenant_id=tenant_id,
        device_id_hash=device_id_hash,
        link_code_hash=link_code_hash,
    )


def lock_sibling_devices(
    app_id: str, tenant_id: str, device_id_hash: str
) -> Query[list[tuple[str, str | None]]]:
    """List (device_id_hash, email) of the devices with the e-mail address of a device, itself included.

    They are locked in one order, so that those who use links of one address wait for each other and never deadlock.
    """
    return LOCK_SIBLING_DEVICES.all(
        lambda row: (row[0], row[1]), app_id=app_id, tenant_id=tenant_id, device_id_hash=device_id_hash
    )


def list_devices_of_email(app_id: str, tenant_id: str, email: str) -> Query[list[str]]:
    """List the devices that wait for a code sent to an e-mail address."""
    query = SELECT_DEVICES_OF_EMAIL.all(
        lambda row: (row[0], row[1]), app_id=app_id, tenant_id=tenant_id, email=email
    )
    return Query(
        query.statement,
        query.values,
        lambda result: [device for device, stored in query.decode(result) if stored == email],
    )


def get_user_of_device(app_id: str, tenant_id: str, device_id_hash: str) -> Query[LoginMethod | None]:
    """Find who signs in with the e-mail address that a device's code was sent to."""
    return SELECT_USER_OF_DEVICE.one(
        lambda row: LoginMethod(*row), app_id=app_id, tenant_id=tenant_id, device_id_hash=device_id_hash
    )


def update_email(
    app_id: str, tenant_id: str, *, user_id: str, old_email: str, email: str
) -> list[Query[int]]:
    """Give a login method another e-mail address; a taken one raises DuplicateRow."""
    values = {"app_id": app_id, "user_id": user_id, "old_email": old_email, "email": email}
    return [UPDATE_EMAIL.run(**values), UPDATE_EMAIL_IN_TENANT.run(tenant_id=tenant_id, **values)]
