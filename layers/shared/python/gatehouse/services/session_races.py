"""Tabs of a browser that refresh at the same moment, told from thieves (specs/supertokens.md 3.7).

Each of them sends the same refresh token and gets a child of its own; the browser keeps the last one that arrives, but
the first one that is used becomes the current parent. What SuperTokens takes for theft is honest if everything happened
within some seconds: then a late tab gets another child, and a sibling of the current token takes its place. A thief who
is as quick gets as far as that, and is caught by the next refresh of either, as one of the two comes from another line.
"""

from gatehouse.crypto.identifiers import sha256_hex
from gatehouse.crypto.refresh_token import RefreshToken
from gatehouse.models.session import StoredSession
from gatehouse.store import rotations
from gatehouse.store.rotations import Rotation
from gatehouse.store.statement import Query


def is_late(rotation: Rotation, hash_2: str, *, now_ms: int, grace_ms: int) -> bool:
    """Say whether a refresh token is the parent that was in use a moment ago."""
    return rotation.parent_hash_2 == hash_2 and now_ms - rotation.rotated_at_ms <= grace_ms


def is_sibling(rotation: Rotation, given: RefreshToken, *, grace_ms: int) -> bool:
    """Say whether a refresh token was made of the same parent as the current one, at the time of its first use."""
    parent_hash1, created_at_ms = given.parent_refresh_token_hash1, given.created_at_ms
    if parent_hash1 is None or created_at_ms is None or sha256_hex(parent_hash1) != rotation.parent_hash_2:
        return False
    return abs(created_at_ms - rotation.rotated_at_ms) <= grace_ms


def note(app_id: str, found: StoredSession, parent: StoredSession, *, rotated_at_ms: int) -> list[Query[int]]:
    """Return the writes that go with a child's becoming the current token of a session."""
    rotation = Rotation(
        refresh_token_hash_2=parent.refresh_token_hash_2,
        parent_hash_2=found.refresh_token_hash_2,
        rotated_at_ms=rotated_at_ms,
        expires_at_ms=parent.expires_at_ms,
    )
    return _replace(app_id, found, rotation)


def note_sibling(
    app_id: str, found: StoredSession, parent: StoredSession, rotation: Rotation
) -> list[Query[int]]:
    """Return the writes that go with a sibling's taking the place of the current token."""
    sibling = Rotation(
        parent.refresh_token_hash_2, rotation.parent_hash_2, rotation.rotated_at_ms, parent.expires_at_ms
    )
    return _replace(app_id, found, sibling)


def _replace(app_id: str, found: StoredSession, rotation: Rotation) -> list[Query[int]]:
    """Note a rotation and forget the one before.

    If somebody else is faster, the first row is of a token that is never current, and the second was of one that is
    not any more.
    """
    place = (app_id, found.tenant_id, found.handle)
    return [
        rotations.insert_rotation(*place, rotation),
        rotations.delete_rotation(*place, found.refresh_token_hash_2),
    ]
