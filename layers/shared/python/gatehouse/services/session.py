"""Sessions by their tokens: opened, refreshed, verified and renewed (specs/supertokens.md 3.6 to 3.9).

A session's row holds the hash of the refresh token that is the current parent. A refresh with the parent makes a child
and changes nothing; the first use of a child makes it the parent. Whoever comes with an older one is taken for a thief.
The row changes only where it is still as it was read, so instances need no locks.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gatehouse.clock import Clock
from gatehouse.crypto.access_token import AccessToken, read_access_token, whole_second
from gatehouse.crypto.identifiers import new_id, sha256_hex
from gatehouse.crypto.json_web_token import TokenInvalid
from gatehouse.crypto.refresh_token import RefreshToken, RefreshTokenInvalid
from gatehouse.errors import DatabaseConflict
from gatehouse.models.session import SessionInfo, SessionTokens, SessionUser, StoredSession
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import TokenTheftDetected, TryRefreshToken, Unauthorised
from gatehouse.services import session_races
from gatehouse.services.audit import Events
from gatehouse.services.session_list import MISSING, PayloadInvalid, require_free, written
from gatehouse.services.session_notes import SessionNotes
from gatehouse.services.session_tokens import TokenWishes, info_of, is_same, new_generation, signed
from gatehouse.services.signing_keys import SigningKeyRing, SigningKeys
from gatehouse.services.tenancy import Tenancy
from gatehouse.store import authuser, rotations, session
from gatehouse.store.database import Database
from gatehouse.store.rotations import Rotation
from gatehouse.store.statement import Query

TRIES = 10


class Sessions:
    """Opens sessions and keeps their tokens; a tenant stands for its app, and tokens name their own."""

    def __init__(
        self, database: Database, ring: SigningKeyRing, tenancy: Tenancy, clock: Clock, events: Events
    ) -> None:
        self._database = database
        self._ring = ring
        self._tenancy = tenancy
        self._clock = clock
        self._notes = SessionNotes(events)

    def create(
        self,
        tenant: Tenant,
        user_id: str,
        wishes: TokenWishes,
        *,
        payload: Mapping[str, Any],
        data: Mapping[str, Any],
    ) -> SessionTokens:
        """Open a session for somebody, by either of their ids or any other text; raises RequestInvalid."""
        require_free(payload, wishes.version)
        user = self._keys(tenant).read_with(session.get_user(tenant.app_id, user_id))
        return self.open(tenant, user, wishes, payload=payload, data=data)

    def open(
        self,
        tenant: Tenant,
        user: SessionUser,
        wishes: TokenWishes,
        *,
        payload: Mapping[str, Any],
        data: Mapping[str, Any],
        factor_id: str | None = None,
    ) -> SessionTokens:
        """Open a session for somebody known, who has used a factor; raises RequestInvalid."""
        jwt_user_payload = written("userDataInJWT", payload, self._database.dialect)
        session_data = written("userDataInDatabase", data, self._database.dialect)
        keys = self._keys(tenant)
        handle = new_id() if tenant.identifier.is_public else f"{new_id()}_{tenant.tenant_id}"
        info = SessionInfo(handle, user.user_id, user.recipe_user_id, tenant.tenant_id, payload)
        is_static = bool(wishes.is_static)
        made = new_generation(
            keys, tenant, info, wishes, is_static=is_static, parent_hash1=None, now_ms=self._clock()
        )
        insertion = session.insert_session(
            tenant.app_id,
            tenant.tenant_id,
            session_handle=handle,
            recipe_user_id=user.recipe_user_id,
            refresh_token_hash_2=sha256_hex(sha256_hex(made.refresh_token.text)),
            created_at_ms=made.refresh_token.created_at_ms,
            expires_at_ms=made.refresh_token.expires_at_ms,
            jwt_user_payload=jwt_user_payload,
            session_data=session_data,
            use_static_key=is_static,
        )
        note = self._notes.opened(tenant, info, factor_id)
        self._write(insertion, self._active(tenant, user), *note)
        return made.of(info)

    def refresh(
        self, tenant: Tenant, text: str, wishes: TokenWishes, *, anti_csrf_token: str | None
    ) -> SessionTokens:
        """Return a child of a refresh token; raises Unauthorised, TokenTheftDetected, TenantNotFound."""
        keys = self._keys(tenant)
        try:
            given = keys.open(text)
        except RefreshTokenInvalid as error:
            raise Unauthorised(message=str(error)) from None
        wanted = given.anti_csrf_token if wishes.has_anti_csrf else None
        if wanted is not None and not is_same(wanted, anti_csrf_token):
            raise Unauthorised(message="Anti CSRF token missing, or not matching")
        own = self._tenancy.sibling(tenant, given.tenant_id)
        hash1 = sha256_hex(text)
        found = self._make_parent(keys, own, given, sha256_hex(hash1), wishes)
        user = found.user
        info = SessionInfo(found.handle, user.user_id, user.recipe_user_id, own.tenant_id, found.payload)
        is_static, now_ms = found.use_static_key, self._clock()
        try:
            made = new_generation(
                keys, own, info, wishes, is_static=is_static, parent_hash1=hash1, now_ms=now_ms
            )
        except PayloadInvalid as error:  # stored by a client of before CDI 2.21
            raise Unauthorised(message=str(error)) from None
        return made.of(info)

    def verify(
        self,
        tenant: Tenant,
        text: str,
        *,
        anti_csrf_token: str | None,
        checks_anti_csrf: bool,
        checks_database: bool,
        has_grace: bool = False,
    ) -> SessionTokens:
        """Return the session of an access token, and a new token if this was the first use of a refreshed one.

        `has_grace` notes that use, so that other tabs of a browser that have refreshed at the same time are no thieves.

        Raises TryRefreshToken, Unauthorised, TenantNotFound, RequestInvalid.
        """
        keys = self._keys(tenant)
        try:
            token = keys.verify(text)
        except TokenInvalid as error:
            raise TryRefreshToken(message=str(error)) from None
        if checks_anti_csrf:
            _require_anti_csrf(token, anti_csrf_token)
        own = self._tenancy.sibling(tenant, token.tenant_id)
        is_child = token.parent_refresh_token_hash1 is not None
        if not is_child and not checks_database:
            return SessionTokens(info_of(token))
        gone = "Either the session has ended or has been blacklisted"
        missing = gone if checks_database else "Session missing in db"
        found = self._promote(keys, own, token, gone=missing, has_grace=has_grace)
        is_current = found.refresh_token_hash_2 == sha256_hex(token.refresh_token_hash1)
        has_changed = checks_database and _json(found.payload) != _json(token.payload)
        if not has_changed and not (is_child and is_current):
            return SessionTokens(info_of(token))
        renewed = replace(
            token,
            parent_refresh_token_hash1=None,
            payload=found.payload,
            created_at_ms=whole_second(self._clock()),
            expires_at_ms=whole_second(self._clock() + own.config.access_token_validity_ms),
        )
        return SessionTokens(info_of(renewed), signed(keys, renewed, is_static=found.use_static_key))

    def regenerate(
        self, tenant: Tenant, text: str, payload: Mapping[str, Any] | None, *, factor_id: str | None = None
    ) -> SessionTokens:
        """Replace what an access token carries, and return a new one unless it has expired.

        `factor_id` is a factor that was just used, which is the reason.

        The caller has verified the token. Raises Unauthorised, TenantNotFound, RequestInvalid.
        """
        try:
            token = read_access_token(text).content()
        except TokenInvalid as error:
            raise Unauthorised(message=str(error)) from None
        own = self._tenancy.sibling(tenant, token.tenant_id)
        now_ms = self._clock()
        found = self._replace_payload(own, token, payload, factor_id=factor_id, now_ms=now_ms)
        renewed = replace(token, payload=found.payload, created_at_ms=whole_second(now_ms))
        require_free(renewed.payload, token.version)
        if token.expires_at_ms < now_ms:
            return SessionTokens(info_of(renewed))
        is_static = found.use_static_key
        return SessionTokens(info_of(renewed), signed(self._keys(own), renewed, is_static=is_static))

    def _keys(self, tenant: Tenant) -> SigningKeys:
        return self._ring.of(tenant.app_id, tenant.config)

    def _make_parent(
        self,
        keys: SigningKeys,
        tenant: Tenant,
        given: RefreshToken,
        hash2: str,
        wishes: TokenWishes,
    ) -> StoredSession:
        """Make a refresh token the current parent, unless it is; returns the session as it is then.

        Raises Unauthorised, TokenTheftDetected.
        """
        for _ in range(TRIES):
            now_ms = self._clock()
            found = self._read(keys, tenant, given.session_handle)
            if found is None or found.expires_at_ms < now_ms:
                raise Unauthorised(message="Session missing in db or has expired")
            parent = replace(
                found, use_static_key=found.use_static_key if wishes.is_static is None else wishes.is_static
            )
            notes: list[Query[int]] = []
            if _is_hash_of(found.refresh_token_hash_2, given.parent_refresh_token_hash1):
                expires_at_ms = now_ms + tenant.config.refresh_token_validity_ms
                parent = replace(parent, refresh_token_hash_2=hash2, expires_at_ms=expires_at_ms)
                if wishes.grace_ms is not None:
                    notes = session_races.note(tenant.app_id, found, parent, rotated_at_ms=now_ms)
            elif found.refresh_token_hash_2 != hash2:
                rotation = self._or_theft(tenant, found, given, hash2, grace_ms=wishes.grace_ms)
                if rotation is None:
                    continue
                if rotation.parent_hash_2 != hash2:
                    parent = replace(parent, refresh_token_hash_2=hash2)
                    notes = session_races.note_sibling(tenant.app_id, found, parent, rotation)
            active = self._active(tenant, found.user)
            if parent == found:
                self._database.run(active)
                return parent
            if self._write(session.rotate(tenant.app_id, found, parent), active, *notes)[0]:
                return parent
        raise DatabaseConflict

    def _or_theft(
        self, tenant: Tenant, found: StoredSession, given: RefreshToken, hash2: str, *, grace_ms: int | None
    ) -> Rotation | None:
        """Return what `_honest` does, and note a theft."""
        try:
            return self._honest(tenant, found, given, hash2, grace_ms=grace_ms)
        except TokenTheftDetected:
            self._write(*self._notes.stolen(tenant, found))
            raise

    def _honest(
        self, tenant: Tenant, found: StoredSession, given: RefreshToken, hash2: str, *, grace_ms: int | None
    ) -> Rotation | None:
        """Return the rotation in which a token was outrun that is neither current nor a child of the current one.

        None says that the session has changed since it was found. Raises TokenTheftDetected.
        """
        if grace_ms is None:
            raise TokenTheftDetected(found)
        place = (tenant.app_id, found.tenant_id, found.handle)
        rotation, now_found = self._database.batch(
            rotations.get_rotation(*place, found.refresh_token_hash_2), session.get_session(*place)
        )
        if now_found is None or now_found.refresh_token_hash_2 != found.refresh_token_hash_2:
            return None
        if rotation and (
            session_races.is_late(rotation, hash2, now_ms=self._clock(), grace_ms=grace_ms)
            or session_races.is_sibling(rotation, given, grace_ms=grace_ms)
        ):
            return rotation
        raise TokenTheftDetected(found)

    def _promote(
        self, keys: SigningKeys, tenant: Tenant, token: AccessToken, *, gone: str, has_grace: bool
    ) -> StoredSession:
        """Make the refresh token of an access token the current parent if it is the parent's child.

        Returns the session as it is then; raises Unauthorised with the message `gone`.
        """
        for _ in range(TRIES):
            found = self._read(keys, tenant, token.session_handle)
            if found is None:
                raise Unauthorised(message=gone)
            if not _is_hash_of(found.refresh_token_hash_2, token.parent_refresh_token_hash1):
                return found
            parent = replace(
                found,
                refresh_token_hash_2=sha256_hex(token.refresh_token_hash1),
                expires_at_ms=self._clock() + tenant.config.refresh_token_validity_ms,
            )
            notes = (
                session_races.note(tenant.app_id, found, parent, rotated_at_ms=self._clock())
                if has_grace
                else []
            )
            if self._write(session.rotate(tenant.app_id, found, parent), *notes)[0]:
                return parent
        raise DatabaseConflict

    def _replace_payload(
        self,
        tenant: Tenant,
        token: AccessToken,
        payload: Mapping[str, Any] | None,
        *,
        factor_id: str | None,
        now_ms: int,
    ) -> StoredSession:
        """Store a payload, if one is given, and return the session with it; raises Unauthorised, RequestInvalid."""
        key = (tenant.app_id, tenant.tenant_id, token.session_handle)
        if payload is None:
            found = self._database.run(session.get_session(*key))
        else:
            require_free(payload, token.version)
            text = written("userDataInJWT", payload, self._database.dialect)
            change = session.update_payload(*key, text, now_ms=now_ms), session.get_session(*key)
            if factor_id is None:
                _, found = self._database.batch(*change)
            else:
                _, found, *_ = self._write(*change, *self._notes.used(tenant, token, factor_id))
        if found is None or found.handle != token.session_handle or found.expires_at_ms <= now_ms:
            raise Unauthorised(message=MISSING)
        return found

    def _read(self, keys: SigningKeys, tenant: Tenant, handle: str) -> StoredSession | None:
        """Read a session, and the keys in the same round trip if this instance's are old."""
        found = keys.read_with(session.get_session(tenant.app_id, tenant.tenant_id, handle))
        return found if found and found.handle == handle else None

    def _active(self, tenant: Tenant, user: SessionUser) -> Query[int]:
        return authuser.upsert_last_active(tenant.app_id, user.supertokens_user_id, self._clock())

    def _write(self, *queries: Query[Any]) -> tuple[Any, ...]:
        """Write in one transaction and one round trip."""
        return self._database.transact(lambda tx: tx.finish(*queries))


def _require_anti_csrf(token: AccessToken, given: str | None) -> None:
    if token.anti_csrf_token is None:
        raise TryRefreshToken(
            message="Access token does not contain all the information. Maybe the structure has changed?"
        )
    if not is_same(token.anti_csrf_token, given):
        raise TryRefreshToken(message="anti-csrf check failed")


def _is_hash_of(hash2: str, hash1: str | None) -> bool:
    return hash1 is not None and sha256_hex(hash1) == hash2


def _json(payload: Mapping[str, Any]) -> str:
    """Return a text that is the same for the same payload, and tells true from 1, which Python does not."""
    return json.dumps(payload, sort_keys=True)
