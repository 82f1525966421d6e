"""Rows that say which tenants a login method is in, and what somebody has in one tenant alone."""

from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY, AuthUser, LoginMethod
from gatehouse.store.statement import Query, Sql

INSERT_ALL_AUTH_RECIPE_USER = Sql("""
    INSERT INTO {all_auth_recipe_users}
      (app_id, tenant_id, user_id, primary_or_recipe_user_id, is_linked_or_is_a_primary_user, recipe_id,
       time_joined, primary_or_recipe_user_time_joined)
    VALUES (:app_id, :tenant_id, :user_id, :primary_user_id, :is_linked, :recipe_id,
      :time_joined, :first_time_joined)""")

UPDATE_FIRST_TIME_JOINED = Sql("""
    UPDATE {all_auth_recipe_users} SET primary_or_recipe_user_time_joined = :first_time_joined
    WHERE app_id = :app_id AND primary_or_recipe_user_id = :primary_user_id""")

INSERT_USER_TO_TENANT = {
    EMAIL_PASSWORD: Sql("""
    INSERT INTO {emailpassword_user_to_tenant} (app_id, tenant_id, user_id, email)
    VALUES (:app_id, :tenant_id, :user_id, :email)"""),
    PASSWORDLESS: Sql("""
    INSERT INTO {passwordless_user_to_tenant} (app_id, tenant_id, user_id, email, phone_number)
    VALUES (:app_id, :tenant_id, :user_id, :email, :phone_number)"""),
    THIRD_PARTY: Sql("""
    INSERT INTO {thirdparty_user_to_tenant} (app_id, tenant_id, user_id, third_party_id, third_party_user_id)
    VALUES (:app_id, :tenant_id, :user_id, :third_party_id, :third_party_user_id)"""),
}

_OF_USER = "app_id = :app_id AND tenant_id = :tenant_id AND user_id = :user_id"

DELETES_OF_LOGIN_METHOD = tuple(
    Sql(f"DELETE FROM {{{table}}} WHERE {_OF_USER}")
    for table in (
        "emailpassword_user_to_tenant",
        "thirdparty_user_to_tenant",
        "passwordless_user_to_tenant",
        "all_auth_recipe_users",
    )
)

DELETES_OF_USER_DATA = tuple(
    Sql(f"DELETE FROM {{{table}}} WHERE {_OF_USER}")
    for table in ("session_info", "emailverification_tokens", "user_roles", "totp_used_codes")
)

SELECT_USER_DATA_OF_APP = Sql("""
    SELECT user_id FROM {user_metadata} WHERE app_id = :app_id AND user_id = :user_id
    UNION
    SELECT user_id FROM {user_roles} WHERE app_id = :app_id AND user_id = :user_id
    UNION
    SELECT user_id FROM {totp_users} WHERE app_id = :app_id AND user_id = :user_id
    UNION
    SELECT user_id FROM {emailverification_verified_emails} WHERE app_id = :app_id AND user_id = :user_id""")


def insert_association(
    app_id: str, tenant_id: str, person: AuthUser, method: LoginMethod, *, first_time_joined_ms: int
) -> list[Query[int]]:
    """Store that a login method is in a tenant, and when the person first joined; DuplicateRow tells it is taken."""
    user = {"app_id": app_id, "tenant_id": tenant_id, "user_id": method.supertokens_user_id}
    person_values = {
        "primary_user_id": person.supertokens_user_id,
        "first_time_joined": first_time_joined_ms,
    }
    queries = [
        INSERT_ALL_AUTH_RECIPE_USER.run(
            **user,
            **person_values,
            is_linked=person.is_primary,
            recipe_id=method.recipe_id,
            time_joined=method.time_joined_ms,
        ),
        INSERT_USER_TO_TENANT[method.recipe_id].run(**user, **_account_info(method)),
    ]
    if len(person.login_methods) > 1:
        queries.append(UPDATE_FIRST_TIME_JOINED.run(app_id=app_id, **person_values))
    return queries


def delete_association(app_id: str, tenant_id: str, user_id: str) -> list[Query[int]]:
    """Delete that a login method, by its SuperTokens id, is in a tenant."""
    return [
        statement.run(app_id=app_id, tenant_id=tenant_id, user_id=user_id)
        for statement in DELETES_OF_LOGIN_METHOD
    ]


def delete_user_data(app_id: str, tenant_id: str, user_id: str) -> list[Query[int]]:
    """Delete what somebody has in a tenant besides login methods, under the id that callers know."""
    return [
        statement.run(app_id=app_id, tenant_id=tenant_id, user_id=user_id)
        for statement in DELETES_OF_USER_DATA
    ]


def has_user_data(app_id: str, user_id: str) -> Query[bool]:
    """Answer whether an app has something of an id that is no login method's."""
    return SELECT_USER_DATA_OF_APP.finds(app_id=app_id, user_id=user_id)


def _account_info(method: LoginMethod) -> dict[str, str | None]:
    if method.third_party:
        return {"third_party_id": method.third_party.id, "third_party_user_id": method.third_party.user_id}
    if method.recipe_id == EMAIL_PASSWORD:
        return {"email": method.email}
    return {"email": method.email, "phone_number": method.phone_number}
