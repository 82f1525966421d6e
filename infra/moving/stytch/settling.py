"""Lets people in: many in one transaction, each of them whole or not at all, and nobody over somebody else."""

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from gatehouse.clock import Clock
from gatehouse.crypto.identifiers import new_id
from gatehouse.crypto.password import HashingCosts, hash_password
from gatehouse.errors import DuplicateRow
from gatehouse.models import ADMIN_ROLE, PUBLIC
from gatehouse.models.account_info import EMAIL, PHONE_NUMBER, AccountInfo, infos_of
from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY, AuthUser, ThirdPartyInfo
from gatehouse.services.account_info import hold_and_read
from gatehouse.store import (
    account_info,
    accountlinking,
    authuser,
    emailpassword,
    login_methods,
    passwordless_users,
    thirdparty,
    useridmapping,
    usermetadata,
    userroles,
    users,
)
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query, Sql
from gatehouse.store.useridmapping import Mapping
from infra.moving.stytch.people import Method, Person

TOGETHER = 100
"""How many people one transaction lets in: well below the twenty seconds that PlanetScale gives it."""

SELECT_MAPPED = Sql("""
    SELECT external_user_id FROM {userid_mapping} WHERE app_id = :app_id AND external_user_id IN (:stytch_ids)""")

SELECT_ENTRIES = Sql("""
    SELECT id, email, auth_user_id FROM {users} WHERE app_id = :app_id AND auth_user_id IN (:stytch_ids)
    UNION
    SELECT id, email, auth_user_id FROM {users} WHERE app_id = :app_id AND email IN (:emails)""")


class Outcome(StrEnum):
    """What became of somebody."""

    MOVED = "moved"
    HERE = "here already"
    TAKEN = "taken"
    NOTHING = "nothing to sign in with"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Settled:
    """Somebody, and what became of them; `why` says what is taken: email, phone or third party."""

    person: Person
    outcome: Outcome
    why: str = ""
    has_entry: bool = False
    """Whether the directory knew them already, as it does where Stytch was the identity provider."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database has of a group: mapped ids, whose account information is whose, and directory entries."""

    mapped: frozenset[str]
    taken: frozenset[AccountInfo]
    entries: tuple[tuple[str, str, str | None], ...]


class Settlement:
    """Lets people of Stytch in.

    `gives_admin` lets a role of that name through, which makes an administrator here; `takes_pending` lets in who has
    never finished signing up. A rehearsal only reads.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        gives_admin: bool = False,
        takes_pending: bool = False,
        is_rehearsal: bool = False,
    ) -> None:
        self._database = database
        self._clock = clock
        self._gives_admin = gives_admin
        self._takes_pending = takes_pending
        self._is_rehearsal = is_rehearsal

    def settle(self, people: Sequence[Person]) -> list[Settled]:
        """Let some people in; what was done before stays, so it may be done again."""
        stytch_ids = [person.stytch_id for person in people]
        mapped = set(self._database.run(_list_mapped(stytch_ids))) if people else set()
        settled = [Settled(person, Outcome.HERE) for person in people if person.stytch_id in mapped]
        new = [person for person in people if person.stytch_id not in mapped]
        for start in range(0, len(new), TOGETHER):
            group = new[start : start + TOGETHER]
            try:
                settled += self._settle_group(group)
            except DuplicateRow:  # somebody whom only the database takes for the same: find out who
                for person in group:
                    settled += self._settle_alone(person)
        return settled

    def _settle_alone(self, person: Person) -> list[Settled]:
        try:
            return self._settle_group([person])
        except DuplicateRow:
            return [Settled(person, Outcome.TAKEN, "similar")]

    def _settle_group(self, people: Sequence[Person]) -> list[Settled]:
        infos = list(dict.fromkeys(info for person in people for info in person.infos))
        others = self._others(people)
        if self._is_rehearsal:
            answers = self._database.batch(*account_info.list_people(PUBLIC, infos), *others)
            found = login_methods.people(*answers[:3])
            return [settled for settled, _ in self._judge(people, _known(found, answers[3:]))]

        def work(tx: Transaction) -> list[Settled]:
            found, answers = hold_and_read(tx, PUBLIC, infos, self._clock(), *others)
            judged = list(self._judge(people, _known(found, answers)))
            tx.finish(*(write for _, writes in judged for write in writes))
            return [settled for settled, _ in judged]

        return self._database.transact(work)

    def _others(self, people: Sequence[Person]) -> tuple[Query[Any], ...]:
        stytch_ids = [person.stytch_id for person in people]
        emails = [person.proved_email for person in people if person.proved_email]
        return (
            _list_mapped(stytch_ids),
            SELECT_ENTRIES.all(tuple, app_id=PUBLIC, stytch_ids=stytch_ids, emails=emails),
        )

    def _judge(self, people: Sequence[Person], known: _Known) -> Iterator[tuple[Settled, list[Query[Any]]]]:
        """Say what becomes of each, with the writes for it; later ones know of earlier ones."""
        taken = set(known.taken)
        emails = {email for _, email, _ in known.entries}
        linked = {auth_user_id for _, _, auth_user_id in known.entries}
        for person in people:
            has_entry = person.stytch_id in linked
            conflict = next((info for info in person.infos if info in taken), None)
            if person.stytch_id in known.mapped:
                yield Settled(person, Outcome.HERE, has_entry=has_entry), []
            elif person.is_pending and not self._takes_pending:
                yield Settled(person, Outcome.PENDING), []
            elif not person.methods:
                yield Settled(person, Outcome.NOTHING), []
            elif conflict:
                yield Settled(person, Outcome.TAKEN, conflict.kind), []
            else:
                taken.update(person.infos)
                is_known = has_entry or person.proved_email in emails
                writes = [*self._login(person), *self._rest(person, is_in_directory=is_known)]
                yield Settled(person, Outcome.MOVED, has_entry=has_entry), writes

    def _login(self, person: Person) -> Iterator[Query[Any]]:
        """Yield the writes of the login methods: the first one's id is the person's, and Stytch's id stands for it."""
        joined_ms = person.created_at_ms or self._clock()
        ids = [new_id() for _ in person.methods]
        for user_id, method in zip(ids, person.methods, strict=True):
            yield from _insertion(user_id, method, joined_ms, self._password(method))
        if len(ids) > 1:
            for user_id in ids:
                yield from accountlinking.update_person(
                    PUBLIC, user_id, primary_user_id=ids[0], is_linked=True, time_joined_ms=joined_ms
                )
        yield useridmapping.insert_mapping(PUBLIC, Mapping(ids[0], person.stytch_id, None))
        for user_id, method in zip((person.stytch_id, *ids[1:]), person.methods, strict=True):
            email = method.info.value if method.info.kind == EMAIL else method.email
            if email and method.is_proved:
                yield authuser.insert_verified_email(PUBLIC, user_id, email)

    def _password(self, method: Method) -> str:
        return self._nobody_s_password if method.is_password else ""

    @cached_property
    def _nobody_s_password(self) -> str:
        """The hash of a password that nobody has been told."""
        return hash_password(secrets.token_urlsafe(32), HashingCosts())

    def _rest(self, person: Person, *, is_in_directory: bool) -> Iterator[Query[Any]]:
        """Yield the writes of metadata, roles, and of the directory, where an entry stays as it is."""
        if person.metadata:
            text = json.dumps(person.metadata, ensure_ascii=False, separators=(",", ":"))
            yield usermetadata.insert_metadata_if_absent(PUBLIC, person.stytch_id, text)
        for role in person.roles:
            if role != ADMIN_ROLE or self._gives_admin:
                yield from userroles.grant_role(PUBLIC, PUBLIC, user_id=person.stytch_id, role=role)
        if person.proved_email and not is_in_directory:
            yield users.insert_user(
                PUBLIC,
                user_id=new_id(),
                email=person.proved_email,
                name=person.name,
                now_ms=person.created_at_ms or self._clock(),
                auth_user_id=person.stytch_id,
            )


def _insertion(user_id: str, method: Method, joined_ms: int, password_hash: str) -> list[Query[int]]:
    def base(recipe_id: str) -> list[Query[int]]:
        return authuser.insert_recipe_user(
            PUBLIC, PUBLIC, user_id=user_id, recipe_id=recipe_id, time_joined_ms=joined_ms
        )

    kind, value = method.info.kind, method.info.value
    if method.is_password:
        return base(EMAIL_PASSWORD) + emailpassword.insert_user(
            PUBLIC,
            PUBLIC,
            user_id=user_id,
            email=value,
            password_hash=password_hash,
            time_joined_ms=joined_ms,
        )
    if kind in {EMAIL, PHONE_NUMBER}:
        contact = {"email" if kind == EMAIL else "phone_number": value}
        return base(PASSWORDLESS) + passwordless_users.insert_user(
            PUBLIC, PUBLIC, user_id=user_id, time_joined_ms=joined_ms, **contact
        )
    info = ThirdPartyInfo(method.info.third_party_id, value)
    return base(THIRD_PARTY) + thirdparty.insert_user(
        PUBLIC, PUBLIC, user_id=user_id, info=info, email=method.email or "", time_joined_ms=joined_ms
    )


def _list_mapped(stytch_ids: Sequence[str]) -> Query[list[str]]:
    return SELECT_MAPPED.all(lambda row: str(row[0]), app_id=PUBLIC, stytch_ids=stytch_ids)


def _known(found: Iterable[AuthUser], answers: Sequence[Any]) -> _Known:
    mapped, entries = answers
    taken = frozenset(info for person in found for info in infos_of(person.login_methods))
    return _Known(frozenset(mapped), taken, tuple(entries))
