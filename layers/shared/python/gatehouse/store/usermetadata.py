"""Rows of the usermetadata recipe: what an application notes about a user, as JSON text."""

from gatehouse.store.statement import Query, Sql, Upsert

INSERT_IF_ABSENT = Upsert(
    "user_metadata", columns=("app_id", "user_id", "user_metadata"), key=("app_id", "user_id")
)

SELECT = Sql("""
    SELECT user_id, user_metadata FROM {user_metadata}
    WHERE app_id = :app_id AND user_id IN (:user_ids)""")

LOCK = Sql("""
    SELECT user_id, user_metadata FROM {user_metadata}
    WHERE app_id = :app_id AND user_id = :user_id {for_update}""")

UPDATE = Sql("""
    UPDATE {user_metadata} SET user_metadata = :user_metadata
    WHERE app_id = :app_id AND user_id = :user_id""")

DELETE = Sql("DELETE FROM {user_metadata} WHERE app_id = :app_id AND user_id = :user_id")


def insert_metadata_if_absent(app_id: str, user_id: str, text: str) -> Query[int]:
    """Store the first metadata of a user, unless there is some."""
    return INSERT_IF_ABSENT.run(app_id=app_id, user_id=user_id, user_metadata=text)


def list_metadata(app_id: str, user_ids: list[str]) -> Query[list[tuple[str, str]]]:
    """List (user_id, JSON text) of some users; the database may have compared ids without case and accents."""
    return SELECT.all(lambda row: (row[0], row[1]), app_id=app_id, user_ids=user_ids)


def get_metadata(app_id: str, user_id: str) -> Query[str | None]:
    """Return the JSON text of a user, or None for one whose id only looks the same to the database."""
    return SELECT.one(
        lambda row: str(row[1]) if row[0] == user_id else None, app_id=app_id, user_ids=[user_id]
    )


def lock_metadata(app_id: str, user_id: str) -> Query[tuple[str, str] | None]:
    """Find (user_id, JSON text) of a user, and keep others from changing it until the transaction ends."""
    return LOCK.one(lambda row: (row[0], row[1]), app_id=app_id, user_id=user_id)


def update_metadata(app_id: str, user_id: str, text: str) -> Query[int]:
    """Change a user's metadata."""
    return UPDATE.run(app_id=app_id, user_id=user_id, user_metadata=text)


def delete_metadata(app_id: str, user_id: str) -> Query[bool]:
    """Delete a user's metadata; says whether this call did it."""
    return DELETE.happens(app_id=app_id, user_id=user_id)
