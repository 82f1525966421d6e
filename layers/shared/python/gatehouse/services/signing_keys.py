"""The keys of each app: they sign JWTs and seal refresh tokens, and are made when first needed, once per app.

See specs/supertokens.md 3.2 and 3.3. Instances agree because keys are made under the lock of the app's row; what an
instance has read it believes for a while, and it looks again when it meets a key that it does not know.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from gatehouse.clock import MINUTE_MS, SECOND_MS, Clock
from gatehouse.core_config import CoreConfig
from gatehouse.crypto.access_token import AccessToken, read_access_token
from gatehouse.crypto.identifiers import new_id
from gatehouse.crypto.json_web_token import TokenInvalid
from gatehouse.crypto.refresh_token import (
    KEY_NAME,
    RefreshToken,
    RefreshTokenForeign,
    make_refresh_key,
    open_refresh_token,
    split_refresh_token,
)
from gatehouse.crypto.signing_key import SigningKey
from gatehouse.errors import DatabaseUnavailable, ParentMissing, SettingInvalid
from gatehouse.models import PUBLIC
from gatehouse.services.key_list import KeyList, KeyTimes
from gatehouse.services.tenancy import Tenancy
from gatehouse.store import key_value, signing_key
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query

T = TypeVar("T")
MakeValue = Callable[[], str]
KeyReads = tuple[Query[list[tuple[int, str]]], Query[list[tuple[str, int, str]]], Query[str | None]]

CACHE_MS = MINUTE_MS
TRUST_MS = 5 * MINUTE_MS
"""How long a key is believed without a look at the database, so that one that was withdrawn ends everywhere."""
REREAD_PAUSE_MS = 10 * SECOND_MS
REREADS = 5
"""How many unknown keys make an instance look again within a pause, so that inventing them is no way to flood it."""
KEPT_APPS = 200


class SigningKeys:
    """The keys of an app, as this instance last read them."""

    def __init__(self, database: Database, clock: Clock, make_value: MakeValue, app_id: str) -> None:
        self._database = database
        self._clock = clock
        self._make_value = make_value
        self._app_id = app_id
        self._times = KeyTimes.of(CoreConfig())
        self._keys = KeyList()
        self._refresh_key: str | None = None
        self._read_at_ms = 0
        self._missed_at_ms: dict[str, int] = {}

    def configure(self, config: CoreConfig) -> None:
        """Go by a configuration from now on; other times may want keys that were not read."""
        times = KeyTimes.of(config)
        if times != self._times:
            self._times, self._read_at_ms = times, 0

    def read_along(self, tx: Transaction) -> None:
        """Read the keys together with a transaction's next batch, if this instance's are old."""
        if self._are_stale():
            dynamic, static, refresh_key = self._reading()
            found: list[Any] = []
            tx.take_along(dynamic, found.append)
            tx.take_along(static, found.append)
            tx.take_along(refresh_key, lambda value: self._remember(*found, refresh_key=value))

    def read_with(self, query: Query[T]) -> T:
        """Run a query, and read the keys in the same round trip if this instance's are old."""
        if not self._are_stale():
            return self._database.run(query)
        answer, dynamic, static, refresh_key = self._database.batch(query, *self._reading())
        self._remember(dynamic, static, refresh_key=refresh_key)
        return answer

    def batch_with(self, *queries: Query[Any]) -> tuple[Any, ...]:
        """Run queries, and read the keys in the same round trip if this instance's are old."""
        if not self._are_stale():
            return self._database.batch(*queries) if queries else ()
        *answers, dynamic, static, refresh_key = self._database.batch(*queries, *self._reading())
        self._remember(dynamic, static, refresh_key=refresh_key)
        return tuple(answers)

    def to_sign(self, *, is_static: bool = False) -> SigningKey:
        """Return the key that signs now; reads, and makes one, only if no fresh one is known."""
        if is_static:
            self._ensure(self._has_static, self._new_static)
            return self._keys.static[0]
        self._ensure(self._has_fresh, self._new_dynamic)
        return self._keys.signing(self._clock(), self._times)

    def to_seal(self) -> str:
        """Return the key that encrypts refresh tokens; reads, and makes it, only if none is known."""
        self._ensure(self._has_refresh_key, self._new_refresh_key)
        return self._refresh_key or ""

    def verify(self, text: str) -> AccessToken:
        """Verify an access token; an unknown key id makes this instance read the keys again. Raises TokenInvalid."""
        received = read_access_token(text)
        key = self._find(received.kid)
        if key is None:
            raise TokenInvalid("Key not found")
        return received.verify(key, now_ms=self._clock())

    def open(self, text: str) -> RefreshToken:
        """Decrypt a refresh token; raises RefreshTokenInvalid."""
        _, nonce = split_refresh_token(text)
        has_just_read = self._renew_trust()
        try:
            return self._open(text)
        except RefreshTokenForeign:
            if has_just_read or not self._may_look_again(nonce):
                raise
        self._reread()
        return self._open(text)

    def jwks(self, *, needs_static: bool = False) -> tuple[list[dict[str, str]], int]:
        """Return the public keys, newest first and then static ones, and in how many seconds the next will be made."""
        if self._are_stale():
            self._reread()
        self.to_sign()
        if needs_static:
            self.to_sign(is_static=True)
        now_ms = self._clock()
        keys = self._keys.verifying(now_ms, self._times)
        until_next_ms = self._keys.next_due_ms(self._times) - now_ms
        return [key.jwk for key in keys], max(1, until_next_ms // SECOND_MS)

    def _find(self, kid: str) -> SigningKey | None:
        has_just_read = self._renew_trust()
        key = self._known(kid)
        if key is None and not has_just_read and self._may_look_again(kid):
            self._reread()
            key = self._known(kid)
        if key is not None:
            self._missed_at_ms.pop(kid, None)
        return key

    def _known(self, kid: str) -> SigningKey | None:
        verifying = self._keys.verifying(self._clock(), self._times)
        return next((key for key in verifying if key.kid == kid), None)

    def _open(self, text: str) -> RefreshToken:
        if self._refresh_key is None:
            raise RefreshTokenForeign("Invalid refresh token")
        return open_refresh_token(text, self._refresh_key)

    def _may_look_again(self, name: str) -> bool:
        """Say whether an unknown key, or token of one, is reason to read again: each one once, and few at a time."""
        now_ms = self._clock()
        self._missed_at_ms = {
            missed: at_ms for missed, at_ms in self._missed_at_ms.items() if now_ms - at_ms < REREAD_PAUSE_MS
        }
        if name in self._missed_at_ms or len(self._missed_at_ms) >= REREADS:
            return False
        self._missed_at_ms[name] = now_ms
        return True

    def _renew_trust(self) -> bool:
        """Read the keys if they were read too long ago, and say so; while the database is away, known ones do."""
        if self._clock() - self._read_at_ms <= TRUST_MS:
            return False
        try:
            self._reread()
        except DatabaseUnavailable:
            if not self._read_at_ms:
                raise
            self._read_at_ms = self._clock() - TRUST_MS + REREAD_PAUSE_MS
            return False
        return True

    def _reading(self) -> "KeyReads":
        """Return the reads of all keys that are in use."""
        return (
            signing_key.list_keys(self._app_id, since_ms=max(0, self._clock() - self._times.lifetime_ms)),
            signing_key.list_static_keys(self._app_id),
            key_value.get_value(self._app_id, PUBLIC, KEY_NAME),
        )

    def _remember(
        self, dynamic: list[tuple[int, str]], static: list[tuple[str, int, str]], *, refresh_key: str | None
    ) -> None:
        """Take what `_reading` answered."""
        self._keys = self._keys.replaced(dynamic, static)
        self._refresh_key = refresh_key
        self._read_at_ms = self._clock()

    def _reread(self) -> None:
        dynamic, static, refresh_key = self._database.batch(*self._reading())
        self._remember(dynamic, static, refresh_key=refresh_key)

    def _are_stale(self) -> bool:
        return self._clock() - self._read_at_ms > CACHE_MS

    def _ensure(self, is_there: Callable[[], bool], new: Callable[[], Query[int]]) -> None:
        """Make a key unless there is one, here or, after a second look, in the database."""
        if not is_there():
            self._reread()
        if not is_there():
            self._database.transact(lambda tx: self._make(tx, is_there, new), rerun_on_duplicate=True)
            self._reread()

    def _make(self, tx: Transaction, is_there: Callable[[], bool], new: Callable[[], Query[int]]) -> None:
        """Make a key under the lock of the app's row, unless another instance has just done so."""
        has_app, dynamic, static, refresh_key = tx.batch(signing_key.lock_app(self._app_id), *self._reading())
        if not has_app and self._app_id == PUBLIC:
            raise SettingInvalid("DATABASE_URL", "the database is empty; run `make migrate` first")
        if not has_app:
            raise ParentMissing
        self._remember(dynamic, static, refresh_key=refresh_key)
        if not is_there():
            tx.finish(new())

    def _has_fresh(self) -> bool:
        return self._keys.has_fresh(self._clock(), self._times)

    def _has_static(self) -> bool:
        return bool(self._keys.static)

    def _has_refresh_key(self) -> bool:
        return self._refresh_key is not None

    def _new_dynamic(self) -> Query[int]:
        return signing_key.insert_key(self._app_id, created_at_ms=self._clock(), value=self._make_value())

    def _new_static(self) -> Query[int]:
        return signing_key.insert_static_key(
            self._app_id, key_id=f"s-{new_id()}", created_at_ms=self._clock(), value=self._make_value()
        )

    def _new_refresh_key(self) -> Query[int]:
        return key_value.insert_value_if_absent(
            self._app_id, PUBLIC, name=KEY_NAME, value=make_refresh_key(), now_ms=self._clock()
        )


class SigningKeyRing:
    """The keys of the apps that this instance was last asked about."""

    def __init__(self, database: Database, tenancy: Tenancy, clock: Clock, make_value: MakeValue) -> None:
        self._database = database
        self._tenancy = tenancy
        self._clock = clock
        self._make_value = make_value
        self._of_app: dict[str, SigningKeys] = {}
        self._changes_seen = 0

    def of(self, app_id: str, config: CoreConfig) -> SigningKeys:
        """Return the keys of an app, whose times go by its configuration."""
        if self._changes_seen != self._tenancy.changes:  # an app may have been removed, and made again
            self._changes_seen = self._tenancy.changes
            self._of_app.clear()
        keys = self._of_app.pop(app_id, None)
        if keys is None:
            keys = SigningKeys(self._database, self._clock, self._make_value, app_id)
        self._of_app[app_id] = keys
        if len(self._of_app) > KEPT_APPS:
            del self._of_app[next(iter(self._of_app))]
        keys.configure(config)
        return keys
