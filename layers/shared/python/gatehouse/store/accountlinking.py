"""Writes of which person a login method belongs to."""

from gatehouse.store.authuser import DELETE_LAST_ACTIVE
from gatehouse.store.statement import Query, Sql

UPDATE_ALL_AUTH_RECIPE_USERS = Sql("""
    UPDATE {all_auth_recipe_users}
    SET primary_or_recipe_user_id = :primary_user_id, is_linked_or_is_a_primary_user = :is_linked,
        primary_or_recipe_user_time_joined = :time_joined
    WHERE app_id = :app_id AND user_id = :user_id""")

UPDATE_APP_ID_TO_USER_ID = Sql("""
    UPDATE {app_id_to_user_id}
    SET primary_or_recipe_user_id = :primary_user_id, is_linked_or_is_a_primary_user = :is_linked
    WHERE app_id = :app_id AND user_id = :user_id""")


def update_person(
    app_id: str, user_id: str, *, primary_user_id: str, is_linked: bool, time_joined_ms: int
) -> list[Query[int]]:
    """Let a login method belong to a person, who joined at a time.

    `is_linked` says whether the person is a primary user; one who is not has their only login method's id.
    """
    values = {
        "app_id": app_id,
        "user_id": user_id,
        "primary_user_id": primary_user_id,
        "is_linked": is_linked,
    }
    return [
        UPDATE_ALL_AUTH_RECIPE_USERS.run(time_joined=time_joined_ms, **values),
        UPDATE_APP_ID_TO_USER_ID.run(**values),
    ]


def delete_last_active(app_id: str, user_id: str) -> Query[int]:
    """Forget when somebody was active."""
    return DELETE_LAST_ACTIVE.run(app_id=app_id, user_ids=[user_id])
