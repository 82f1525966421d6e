"""The rows that every login method has, and everything that goes when a person goes."""

from gatehouse.store.statement import Query, Sql, Upsert

INSERT_APP_ID_TO_USER_ID = Sql("""
    INSERT INTO {app_id_to_user_id}
      (app_id, user_id, recipe_id, primary_or_recipe_user_id, is_linked_or_is_a_primary_user)
    VALUES (:app_id, :user_id, :recipe_id, :user_id, :is_linked)""")

INSERT_ALL_AUTH_RECIPE_USER = Sql("""
    INSERT INTO {all_auth_recipe_users}
      (app_id, tenant_id, user_id, primary_or_recipe_user_id, is_linked_or_is_a_primary_user, recipe_id,
       time_joined, primary_or_recipe_user_time_joined)
    VALUES (:app_id, :tenant_id, :user_id, :user_id, :is_linked, :recipe_id, :time_joined, :time_joined)""")

UPSERT_LAST_ACTIVE = Upsert(
    "user_last_active",
    columns=("app_id", "user_id", "last_active_time"),
    key=("app_id", "user_id"),
    update=(("last_active_time", "new.last_active_time"),),
)

INSERT_VERIFIED_EMAIL = Upsert(
    "emailverification_verified_emails",
    columns=("app_id", "user_id", "email"),
    key=("app_id", "user_id", "email"),
)

SELECT_IDS_OF_PERSON = Sql("""
    SELECT a.user_id, m.external_user_id
    FROM {app_id_to_user_id} a
    LEFT JOIN {userid_mapping} m ON m.app_id = a.app_id AND m.supertokens_user_id = a.user_id
    WHERE a.app_id = :app_id AND a.primary_or_recipe_user_id = COALESCE(
      (SELECT x.supertokens_user_id FROM {userid_mapping} x
       WHERE x.app_id = :app_id AND x.external_user_id = :user_id), :user_id)
    ORDER BY a.user_id""")

LOCK_IDS = Sql("""
    SELECT user_id FROM {app_id_to_user_id} WHERE app_id = :app_id AND user_id IN (:user_ids)
    ORDER BY user_id
    {for_update}""")

SELECT_TENANT_IDS = Sql("SELECT tenant_id FROM {tenants} WHERE app_id = :app_id")


def _delete(table: str) -> Sql:
    return Sql(f"DELETE FROM {{{table}}} WHERE app_id = :app_id AND user_id IN (:user_ids)")


def _delete_in_tenants(table: str) -> Sql:
    """Name the tenants, too, where the index of a table has them before the user."""
    return Sql(f"""
    DELETE FROM {{{table}}} WHERE app_id = :app_id AND tenant_id IN (:tenant_ids) AND user_id IN (:user_ids)""")


DELETES_OF_LOGIN_METHODS = (
    _delete("emailpassword_pswd_reset_tokens"),
    _delete_in_tenants("emailpassword_user_to_tenant"),
    _delete("emailpassword_users"),
    _delete_in_tenants("thirdparty_user_to_tenant"),
    _delete("thirdparty_users"),
    _delete_in_tenants("passwordless_user_to_tenant"),
    _delete("passwordless_users"),
    _delete_in_tenants("all_auth_recipe_users"),
)
"""What holds SuperTokens' own ids, children first (specs/databases.md 2.3)."""

DELETES_OF_SHARED_DATA = (
    _delete_in_tenants("session_info"),
    _delete_in_tenants("emailverification_tokens"),
    _delete("emailverification_verified_emails"),
    _delete("user_metadata"),
    _delete("user_roles"),
    _delete("totp_used_codes"),
    _delete("totp_user_devices"),
    _delete("totp_users"),
)
"""What holds the ids that the outside knows, and is a person's rather than a login method's."""

DELETE_LAST_ACTIVE = _delete("user_last_active")
DELETE_APP_ID_TO_USER_ID = _delete("app_id_to_user_id")
DELETE_USER_ID_MAPPING = Sql("""
    DELETE FROM {userid_mapping} WHERE app_id = :app_id AND supertokens_user_id IN (:user_ids)""")


def insert_recipe_user(
    app_id: str, tenant_id: str, *, user_id: str, recipe_id: str, time_joined_ms: int
) -> list[Query[int]]:
    """Store the two rows of a login method that belongs to nobody else yet."""
    values = {"app_id": app_id, "user_id": user_id, "recipe_id": recipe_id, "is_linked": False}
    return [
        INSERT_APP_ID_TO_USER_ID.run(**values),
        INSERT_ALL_AUTH_RECIPE_USER.run(tenant_id=tenant_id, time_joined=time_joined_ms, **values),
    ]


def upsert_last_active(app_id: str, user_id: str, now_ms: int) -> Query[int]:
    """Note that a person was active."""
    return UPSERT_LAST_ACTIVE.run(app_id=app_id, user_id=user_id, last_active_time=now_ms)


def insert_verified_email(app_id: str, user_id: str, email: str) -> Query[int]:
    """Note that a person has proved an e-mail address, if that is not noted yet."""
    return INSERT_VERIFIED_EMAIL.run(app_id=app_id, user_id=user_id, email=email)


def list_ids_of_person(app_id: str, user_id: str) -> Query[list[tuple[str, str | None]]]:
    """List the id, and the mapped external id if there is one, of each login method of a person by either id."""
    return SELECT_IDS_OF_PERSON.all(lambda row: (row[0], row[1]), app_id=app_id, user_id=user_id)


def lock_ids(app_id: str, user_ids: list[str]) -> Query[list[str]]:
    """Keep others from mapping SuperTokens ids until the transaction ends."""
    return LOCK_IDS.all(lambda row: str(row[0]), app_id=app_id, user_ids=user_ids)


def list_tenant_ids(app_id: str) -> Query[list[str]]:
    """List the tenants of an app."""
    return SELECT_TENANT_IDS.all(lambda row: str(row[0]), app_id=app_id)


def delete_users(app_id: str, tenant_ids: list[str], user_ids: list[str]) -> list[Query[int]]:
    """Delete everything that SuperTokens' tables hold of these ids, children first.

    `tenant_ids` are all the tenants where there may be something.
    """
    return [
        *delete_login_methods(app_id, tenant_ids, user_ids),
        *delete_shared_data(app_id, tenant_ids, user_ids),
        *delete_ids(app_id, user_ids),
    ]


def delete_login_methods(app_id: str, tenant_ids: list[str], user_ids: list[str]) -> list[Query[int]]:
    """Delete login methods by their SuperTokens ids; the ids themselves stay."""
    return [
        statement.run(app_id=app_id, tenant_ids=tenant_ids, user_ids=user_ids)
        for statement in DELETES_OF_LOGIN_METHODS
    ]


def delete_shared_data(app_id: str, tenant_ids: list[str], user_ids: list[str]) -> list[Query[int]]:
    """Delete what other recipes keep of people."""
    return [
        statement.run(app_id=app_id, tenant_ids=tenant_ids, user_ids=user_ids)
        for statement in DELETES_OF_SHARED_DATA
    ]


def delete_ids(app_id: str, user_ids: list[str]) -> list[Query[int]]:
    """Delete SuperTokens ids whose login methods are gone, what is mapped to them, and when they were active."""
    values = {"app_id": app_id, "user_ids": user_ids}
    return [
        DELETE_LAST_ACTIVE.run(**values),
        DELETE_USER_ID_MAPPING.run(**values),
        DELETE_APP_ID_TO_USER_ID.run(**values),
    ]
