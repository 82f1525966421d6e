"""Rows that tell by which refresh token a session's current one was made (specs/supertokens.md 3.7)."""

from dataclasses import dataclass

from gatehouse.store.statement import Query, Sql, Upsert

INSERT_ROTATION = Upsert(
    "session_rotations",
    columns=(
        "app_id",
        "tenant_id",
        "session_handle",
        "refresh_token_hash_2",
        "parent_hash_2",
        "rotated_at_ms",
        "expires_at_ms",
    ),
    key=("app_id", "tenant_id", "session_handle", "refresh_token_hash_2"),
)

SELECT_ROTATION = Sql("""
    SELECT refresh_token_hash_2, parent_hash_2, rotated_at_ms, expires_at_ms FROM {session_rotations}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND session_handle = :session_handle
      AND refresh_token_hash_2 = :hash_2""")

DELETE_ROTATION = Sql("""
    DELETE FROM {session_rotations}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND session_handle = :session_handle
      AND refresh_token_hash_2 = :hash_2""")


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a child became the current refresh token, and whose it is; tokens are known by their hashes' hashes."""

    refresh_token_hash_2: str
    parent_hash_2: str
    rotated_at_ms: int
    expires_at_ms: int


def insert_rotation(app_id: str, tenant_id: str, session_handle: str, rotation: Rotation) -> Query[int]:
    """Note a rotation, unless it is noted."""
    return INSERT_ROTATION.run(
        app_id=app_id,
        tenant_id=tenant_id,
        session_handle=session_handle,
        refresh_token_hash_2=rotation.refresh_token_hash_2,
        parent_hash_2=rotation.parent_hash_2,
        rotated_at_ms=rotation.rotated_at_ms,
        expires_at_ms=rotation.expires_at_ms,
    )


def get_rotation(app_id: str, tenant_id: str, session_handle: str, hash_2: str) -> Query[Rotation | None]:
    """Return how a refresh token became the current one."""
    return SELECT_ROTATION.one(
        lambda row: Rotation(row[0], row[1], row[2], row[3]),
        app_id=app_id,
        tenant_id=tenant_id,
        session_handle=session_handle,
        hash_2=hash_2,
    )


def delete_rotation(app_id: str, tenant_id: str, session_handle: str, hash_2: str) -> Query[int]:
    """Forget how a refresh token became the current one, which it is no more."""
    return DELETE_ROTATION.run(
        app_id=app_id, tenant_id=tenant_id, session_handle=session_handle, hash_2=hash_2
    )
