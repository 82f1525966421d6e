"""Sessions of the REST surface: a row of `session_info`, an opaque token, and JWTs that need no database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatehouse.clock import MINUTE_MS, Clock
from gatehouse.crypto.access_token import (
    LATEST,
    AccessToken,
    protected_claims,
    sign_access_token,
    whole_second,
)
from gatehouse.crypto.identifiers import new_id
from gatehouse.crypto.json_web_token import TokenInvalid
from gatehouse.crypto.session_token import SessionToken, make_session_token, read_session_token
from gatehouse.errors import Unauthenticated
from gatehouse.models import PUBLIC, Credentials, Session, SignedIn, User
from gatehouse.services.audit import Events, session_name, write
from gatehouse.services.signing_keys import SigningKeys
from gatehouse.store import audit, authuser, session
from gatehouse.store.audit import Provided
from gatehouse.store.database import Database, Transaction
from gatehouse.store.session import SessionRow
from gatehouse.store.statement import Query

JWT_LIFETIME_MS = 5 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session about to be stored by `write`."""

    token: SessionToken = field(repr=False)
    recipe_user_id: str
    created_at_ms: int
    expires_at_ms: int

    @property
    def write(self) -> Query[int]:
        """The insert."""
        return session.insert_session(
            PUBLIC,
            PUBLIC,
            session_handle=self.token.handle,
            recipe_user_id=self.recipe_user_id,
            refresh_token_hash_2=self.token.hash2,
            created_at_ms=self.created_at_ms,
            expires_at_ms=self.expires_at_ms,
            jwt_user_payload="{}",
        )

    @property
    def proof(self) -> Query[bool]:
        """A read that finds the session, if it was stored."""
        return session.has_session(PUBLIC, PUBLIC, self.token.handle)


class OpaqueSessions:
    """Opens, checks and ends sessions."""

    def __init__(
        self,
        database: Database,
        keys: SigningKeys,
        clock: Clock,
        events: Events,
        *,
        issuer: str,
        duration_minutes: int,
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._events = events
        self._issuer = issuer
        self._duration_ms = duration_minutes * MINUTE_MS

    def open(self, recipe_user_id: str) -> NewSession:
        """Prepare a session for somebody who has just proved who they are."""
        now_ms = self._clock()
        return NewSession(make_session_token(new_id()), recipe_user_id, now_ms, now_ms + self._duration_ms)

    def opened(self, new: NewSession, user: User) -> SignedIn:
        """Return a session that has been stored, with its token and its first JWT."""
        opened = Session(new.token.handle, user.auth_user_id or "", new.created_at_ms, new.expires_at_ms)
        jwt = self._sign(opened, user, new.recipe_user_id, new.token.hash1, {})
        return SignedIn(user, opened, session_token=new.token.text, session_jwt=jwt)

    def check(self, credentials: Credentials, *, check_database: bool) -> SignedIn:
        """Return who is signed in: by the JWT without the database if it may, else by one query.

        Only the session token brings a new JWT: one that leaked must not prolong itself. Raises Unauthenticated.
        """
        access_token = self._verify(credentials.jwt)
        if access_token and not check_database:
            return _read_claims(access_token)
        token = read_session_token(credentials.token) if credentials.token else None
        if token:
            row = self._read(token.handle)
            if token.matches(row.refresh_token_hash_2):
                return self._checked(token.handle, row, token.hash1)
        elif access_token:
            row = self._read(access_token.session_handle)
            return SignedIn(row.user, _session_of(access_token.session_handle, row))
        raise Unauthenticated

    def end(self, credentials: Credentials) -> None:
        """End the session of a token whose secret is right, or of a JWT whose signature is; else do nothing."""
        token = read_session_token(credentials.token) if credentials.token else None
        if token:
            secret = {"refresh_token_hash_2": token.hash2}
            ending = session.delete_session_of_token(PUBLIC, PUBLIC, session_handle=token.handle, **secret)
            self._end(token.handle, audit.session_of_token(PUBLIC, token.handle, **secret), ending)
        elif access_token := self._verify(credentials.jwt):
            handle = access_token.session_handle
            ending = session.delete_session(PUBLIC, PUBLIC, handle)
            self._end(handle, audit.session(PUBLIC, handle), ending)

    def _end(self, handle: str, provided: Provided, ending: Query[bool]) -> None:
        """End a session that may be there, and note that if it is."""
        note = self._events.note(
            "session.revoked",
            app_id=PUBLIC,
            details={"session": session_name(handle)},
            provided=provided,
            told={"session": handle},
        )
        write(self._database, *note, ending)

    def end_all(self, tx: Transaction, user_id: str) -> list[str]:
        """End every session of a person, whichever login method opened it; returns the ids they were stored under."""
        known = tx.run(authuser.list_ids_of_person(PUBLIC, user_id))
        user_ids = [identifier for pair in known for identifier in pair if identifier] or [user_id]
        tx.run(session.delete_sessions_of_users(PUBLIC, PUBLIC, user_ids))
        return user_ids

    def _verify(self, jwt: str | None) -> AccessToken | None:
        if not jwt:
            return None
        try:
            access_token = self._keys.verify(jwt)
        except TokenInvalid:
            return None
        claims = access_token.payload
        is_ours = claims.get("iss") == self._issuer and isinstance(claims.get("gatehouse"), dict)
        return access_token if is_ours else None

    def _read(self, handle: str) -> SessionRow:
        """Read a live session in one round trip, with the signing keys where this instance's are old."""
        row = self._keys.read_with(session.get_session_with_user(PUBLIC, PUBLIC, handle))
        if row is None or row.expires_at_ms <= self._clock():
            raise Unauthenticated
        return row

    def _checked(self, handle: str, row: SessionRow, hash1: str) -> SignedIn:
        checked = _session_of(handle, row)
        stored = json.loads(row.jwt_user_payload or "{}")
        return SignedIn(
            row.user, checked, session_jwt=self._sign(checked, row.user, row.recipe_user_id, hash1, stored)
        )

    def _sign(
        self, opened: Session, user: User, recipe_user_id: str, hash1: str, stored: Mapping[str, Any]
    ) -> str:
        now_ms = self._clock()
        payload = {**stored, **_write_claims(opened, user, now_ms), "iss": self._issuer}
        protected = protected_claims(LATEST)
        token = AccessToken(
            session_handle=opened.handle,
            user_id=opened.auth_user_id,
            recipe_user_id=recipe_user_id,
            tenant_id=PUBLIC,
            refresh_token_hash1=hash1,
            created_at_ms=whole_second(now_ms),
            expires_at_ms=whole_second(min(now_ms + JWT_LIFETIME_MS, opened.expires_at_ms)),
            payload={name: value for name, value in payload.items() if name not in protected},
        )
        return sign_access_token(self._keys.to_sign(), token)


def _session_of(handle: str, row: SessionRow) -> Session:
    return Session(handle, row.user.auth_user_id or "", row.created_at_ms, row.expires_at_ms)


def _write_claims(opened: Session, user: User, now_ms: int) -> dict[str, Any]:
    """Return the claims that let a JWT answer `GET /session` alone; roles and e-mail as SuperTokens' claims."""
    return {
        "email": user.email,
        "name": user.name,
        "st-role": {"v": list(user.roles), "t": now_ms},
        "st-ev": {"v": True, "t": now_ms},
        "gatehouse": {
            "id": user.id,
            "created": user.created_at_ms,
            "updated": user.updated_at_ms,
            "signed_in": user.last_sign_in_at_ms,
            "session": [opened.created_at_ms, opened.expires_at_ms],
        },
    }


def _read_claims(token: AccessToken) -> SignedIn:
    claims, ours = token.payload, token.payload["gatehouse"]
    user = User(
        id=ours["id"],
        email=claims["email"],
        name=claims["name"],
        auth_user_id=token.user_id,
        created_at_ms=ours["created"],
        updated_at_ms=ours["updated"],
        last_sign_in_at_ms=ours["signed_in"],
        roles=tuple(claims["st-role"]["v"]),
    )
    created_at_ms, expires_at_ms = ours["session"]
    return SignedIn(user, Session(token.session_handle, token.user_id, created_at_ms, expires_at_ms))
