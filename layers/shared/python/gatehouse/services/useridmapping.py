"""External ids that stand for SuperTokens' own in every answer (specs/supertokens.md 4.6)."""

from enum import StrEnum
from typing import Any

from gatehouse.clock import Clock
from gatehouse.errors import RequestInvalid
from gatehouse.recipe_errors import UnknownMapping, UnknownSuperTokensUserId, UserIdMappingAlreadyExists
from gatehouse.services.audit import Events, write
from gatehouse.store import audit, authuser, useridmapping
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query, Row
from gatehouse.store.useridmapping import Mapping

VERIFICATION = "EmailVerification"


class UserIdType(StrEnum):
    """Which of the two ids a caller means."""

    SUPERTOKENS = "SUPERTOKENS"
    EXTERNAL = "EXTERNAL"
    ANY = "ANY"


class UserIdMappings:
    """Maps ids, as long as nothing is stored under the id that would stop being shown."""

    def __init__(self, database: Database, clock: Clock, events: Events) -> None:
        self._database = database
        self._clock = clock
        self._events = events

    def create(self, app_id: str, mapping: Mapping, *, force: bool, may_move_verification: bool) -> None:
        """Map an external id to a SuperTokens id.

        Unless it is forced, nothing may be stored under the SuperTokens id; `may_move_verification` lets verified
        addresses move along if there is nothing else. Raises UserIdMappingAlreadyExists, UnknownSuperTokensUserId,
        RequestInvalid.
        """

        def work(tx: Transaction) -> None:
            own_id, external_id = mapping.supertokens_user_id, mapping.external_user_id
            is_known, of_external, of_own, is_ambiguous, uses, emails, tokens = tx.batch(
                useridmapping.lock_supertokens_id(app_id, own_id),
                useridmapping.get_by_external_id(app_id, external_id),
                useridmapping.get_by_supertokens_id(app_id, own_id),
                useridmapping.has_supertokens_id(app_id, external_id),
                useridmapping.list_uses(app_id, own_id, self._clock()),
                useridmapping.list_verified_emails(app_id, own_id),
                useridmapping.list_verification_tokens(app_id, own_id),
            )
            if of_external:
                _refuse_existing(own=of_external.supertokens_user_id == own_id, external=True)
            if not is_known:
                raise UnknownSuperTokensUserId
            moves = may_move_verification and uses == [VERIFICATION] and not force
            if not force and is_ambiguous:
                raise RequestInvalid(
                    "Cannot create a userId mapping where the externalId is also a SuperTokens userID"
                )
            if not force and not moves:
                _refuse_uses(uses)
            if of_own:
                _refuse_existing(own=True, external=False)
            tx.finish(
                useridmapping.insert_mapping(app_id, mapping),
                *(_verification_moves(app_id, mapping, emails, tokens) if moves else []),
                *self._events.note("user.mapped", app_id=app_id, subject_id=own_id),
            )

        self._database.transact(work, rerun_on_duplicate=True)

    def get(self, app_id: str, user_id: str, user_id_type: UserIdType) -> Mapping:
        """Return the mapping of an id, of SuperTokens' own before an external one; raises UnknownMapping."""
        of_own, of_external = self._database.batch(
            useridmapping.get_by_supertokens_id(app_id, user_id),
            useridmapping.get_by_external_id(app_id, user_id),
        )
        if user_id_type is not UserIdType.EXTERNAL and of_own and of_own.supertokens_user_id == user_id:
            return of_own
        if (
            user_id_type is not UserIdType.SUPERTOKENS
            and of_external
            and of_external.external_user_id == user_id
        ):
            return of_external
        raise UnknownMapping

    def update_info(self, app_id: str, user_id: str, user_id_type: UserIdType, info: str | None) -> None:
        """Change what the caller knows about a mapping; raises UnknownMapping."""
        mapping = self.get(app_id, user_id, user_id_type)
        if not self._database.run(useridmapping.update_info(app_id, mapping, info)):
            raise UnknownMapping

    def delete(self, app_id: str, user_id: str, user_id_type: UserIdType, *, force: bool) -> bool:
        """Remove the mapping of an id; say whether there was one.

        Unless it is forced, nothing may be stored under the external id, except where that is another person's own.
        Raises RequestInvalid.
        """
        try:
            mapping = self.get(app_id, user_id, user_id_type)
        except UnknownMapping:
            return False
        if not force:
            is_ambiguous, uses = self._database.batch(
                useridmapping.has_supertokens_id(app_id, mapping.external_user_id),
                useridmapping.list_uses(app_id, mapping.external_user_id, self._clock()),
            )
            if not is_ambiguous:
                _refuse_uses(uses)
        own_id, external_id = mapping.supertokens_user_id, mapping.external_user_id
        found = audit.row("mapping", supertokens_user_id=own_id, external_user_id=external_id)
        note = self._events.note("user.unmapped", app_id=app_id, subject_id=own_id, provided=found)
        *_, was_there = write(self._database, *note, useridmapping.delete_mapping(app_id, mapping))
        return bool(was_there)


def _refuse_existing(*, own: bool, external: bool) -> None:
    raise UserIdMappingAlreadyExists(doesSuperTokensUserIdExist=own, doesExternalUserIdExist=external)


def _refuse_uses(uses: list[str]) -> None:
    if uses:
        raise RequestInvalid(f"UserId is already in use in {uses[0]} recipe")


def _verification_moves(
    app_id: str, mapping: Mapping, emails: list[str], tokens: list[Row]
) -> list[Query[Any]]:
    """Return the writes that give verified addresses and verification tokens to the external id."""
    own_id, external_id = mapping.supertokens_user_id, mapping.external_user_id
    writes: list[Query[Any]] = [
        useridmapping.delete_verified_emails(app_id, own_id),
        *(authuser.insert_verified_email(app_id, external_id, email) for email in emails),
    ]
    for token in tokens:
        writes += useridmapping.move_verification_token(
            app_id, token, from_user_id=own_id, to_user_id=external_id
        )
    return writes
