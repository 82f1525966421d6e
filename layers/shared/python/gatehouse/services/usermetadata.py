"""What an application notes about its users: a JSON object for each (specs/supertokens.md 4.8)."""

import json
from collections.abc import Mapping
from typing import Any

from gatehouse.errors import DatabaseConflict, RequestInvalid
from gatehouse.store import usermetadata
from gatehouse.store.database import Database, Transaction

Metadata = dict[str, Any]
_EMPTY = "{}"


class UserMetadata:
    """Metadata by the ids that callers send; updates of one user wait for each other, so none is lost."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, app_id: str, user_id: str) -> Metadata:
        """Return a user's metadata, empty for somebody unknown."""
        return self.get_many(app_id, [user_id]).get(user_id, {})

    def get_many(self, app_id: str, user_ids: list[str]) -> dict[str, Metadata]:
        """Return the metadata of those of some users who have any."""
        wanted, found = set(user_ids), self._database.run(usermetadata.list_metadata(app_id, user_ids))
        return {user_id: json.loads(text) for user_id, text in found if user_id in wanted}

    def update(self, app_id: str, user_id: str, changes: Mapping[str, Any]) -> Metadata:
        """Set the members of `changes`, remove those that are null, and return the whole.

        Raises RequestInvalid if it becomes longer than the database's column.
        """
        longest = self._database.dialect.longest_text

        def work(tx: Transaction) -> Metadata:
            _, known = tx.batch(
                usermetadata.insert_metadata_if_absent(app_id, user_id, _EMPTY),
                usermetadata.lock_metadata(app_id, user_id),
            )
            if known is None:  # removed between the two statements
                raise DatabaseConflict
            owner, text = known
            if owner != user_id:
                raise RequestInvalid("Another user has an id that this database does not tell from 'userId'")
            merged = _merged(json.loads(text), changes)
            written = json.dumps(merged, separators=(",", ":"))
            if longest is not None and len(written) > longest:
                raise RequestInvalid(
                    f"The metadata of a user must not be longer than {longest} bytes of JSON"
                )
            tx.finish(usermetadata.update_metadata(app_id, user_id, written))
            return merged

        return self._database.transact(work)

    def remove(self, app_id: str, user_id: str) -> None:
        """Delete a user's metadata, if there is any."""
        self._database.run(usermetadata.delete_metadata(app_id, user_id))


def _merged(known: Metadata, changes: Mapping[str, Any]) -> Metadata:
    """Merge at the top level only; what is set again moves to the end, as in SuperTokens."""
    kept = {name: value for name, value in known.items() if name not in changes}
    return kept | {name: value for name, value in changes.items() if value is not None}
