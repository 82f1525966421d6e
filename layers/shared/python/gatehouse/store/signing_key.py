"""Rows of the keys that sign JWTs: dynamic ones, which are rotated, and static ones."""

from gatehouse.store.statement import Query, Sql

LOCK_APP = Sql("SELECT app_id FROM {apps} WHERE app_id = :app_id {for_update}")

SELECT_KEYS = Sql("""
    SELECT created_at_time, value FROM {session_access_token_signing_keys}
    WHERE app_id = :app_id AND created_at_time >= :since_ms
    ORDER BY created_at_time DESC""")

INSERT_KEY = Sql("""
    INSERT INTO {session_access_token_signing_keys} (app_id, created_at_time, value)
    VALUES (:app_id, :created_at_time, :value)""")


SELECT_STATIC_KEYS = Sql("""
    SELECT key_id, created_at, key_string FROM {jwt_signing_keys}
    WHERE app_id = :app_id AND algorithm = :algorithm
    ORDER BY created_at DESC, key_id""")

INSERT_STATIC_KEY = Sql("""
    INSERT INTO {jwt_signing_keys} (app_id, key_id, key_string, algorithm, created_at)
    VALUES (:app_id, :key_id, :key_string, :algorithm, :created_at)""")

RS256 = "RS256"


def lock_app(app_id: str) -> Query[bool]:
    """Lock the app's row until the transaction ends; says whether the app exists."""
    return LOCK_APP.finds(app_id=app_id)


def list_keys(app_id: str, *, since_ms: int) -> Query[list[tuple[int, str]]]:
    """List (created_at_ms, value) of the keys made since a time, newest first."""
    return SELECT_KEYS.all(lambda row: (row[0], row[1]), app_id=app_id, since_ms=since_ms)


def insert_key(app_id: str, *, created_at_ms: int, value: str) -> Query[int]:
    """Store a key."""
    return INSERT_KEY.run(app_id=app_id, created_at_time=created_at_ms, value=value)


def list_static_keys(app_id: str) -> Query[list[tuple[str, int, str]]]:
    """List (key_id, created_at_ms, value) of the static keys, newest first."""
    return SELECT_STATIC_KEYS.all(lambda row: (row[0], row[1] or 0, row[2]), app_id=app_id, algorithm=RS256)


def insert_static_key(app_id: str, *, key_id: str, created_at_ms: int, value: str) -> Query[int]:
    """Store a static key."""
    return INSERT_STATIC_KEY.run(
        app_id=app_id, key_id=key_id, key_string=value, algorithm=RS256, created_at=created_at_ms
    )
