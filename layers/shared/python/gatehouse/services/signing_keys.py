"""The keys that sign session JWTs: made when first needed, once per app, and rotated (specs/supertokens.md 3.2)."""

from typing import TypeVar

from gatehouse.clock import HOUR_MS, MINUTE_MS, SECOND_MS, Clock
from gatehouse.crypto.access_token import AccessToken, KeyUnknown, TokenInvalid, verify_access_token
from gatehouse.crypto.signing_key import SigningKey, make_key_value
from gatehouse.errors import DatabaseUnavailable, SettingInvalid
from gatehouse.models import PUBLIC
from gatehouse.store import signing_key
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query

T = TypeVar("T")

UPDATE_INTERVAL_MS = 168 * HOUR_MS
ACCESS_TOKEN_VALIDITY_MS = HOUR_MS
OVERLAP_MS = MINUTE_MS
LIFETIME_MS = UPDATE_INTERVAL_MS + 2 * ACCESS_TOKEN_VALIDITY_MS
CACHE_MS = MINUTE_MS
TRUST_MS = 5 * MINUTE_MS
"""How long a key is believed without a look at the database, so that one that was withdrawn ends everywhere."""
REREAD_PAUSE_MS = 10 * SECOND_MS


class SigningKeys:
    """The app's keys, newest first, as this instance last read them."""

    def __init__(self, database: Database, clock: Clock, app_id: str = PUBLIC) -> None:
        self._database = database
        self._clock = clock
        self._app_id = app_id
        self._keys: list[SigningKey] = []
        self._read_at_ms = 0

    def read_along(self, tx: Transaction) -> None:
        """Read the keys together with a transaction's next batch, if this instance's are old."""
        if self._are_stale():
            tx.take_along(self._reading(), self._remember)

    def read_with(self, query: Query[T]) -> T:
        """Run a query, and read the keys in the same round trip if this instance's are old."""
        if not self._are_stale():
            return self._database.run(query)
        answer, rows = self._database.batch(query, self._reading())
        self._remember(rows)
        return answer

    def to_sign(self) -> SigningKey:
        """Return the key that signs now; reads, and makes one, only if no fresh one is known."""
        if not self._has_fresh():
            self._reread()
        if not self._has_fresh():
            self._database.transact(self._make_fresh, rerun_on_duplicate=True)
            self._reread()
        return self._signing(self._clock())

    def verify(self, text: str, *, issuer: str) -> AccessToken:
        """Verify a token; an unknown key id makes this instance read the keys again. Raises TokenInvalid."""
        if self._keys and self._clock() - self._read_at_ms > TRUST_MS:
            self._look_again()
        try:
            return verify_access_token(text, self._keys, now_ms=self._clock(), issuer=issuer)
        except KeyUnknown:
            if self._keys and self._clock() - self._read_at_ms < REREAD_PAUSE_MS:
                raise TokenInvalid from None
            self._reread()
            return verify_access_token(text, self._keys, now_ms=self._clock(), issuer=issuer)

    def jwks(self) -> tuple[list[dict[str, str]], int]:
        """Return the public keys, newest first, and for how many seconds they may be cached."""
        if self._are_stale():
            self._reread()
        self.to_sign()
        next_key_ms = self._keys[0].created_at_ms + UPDATE_INTERVAL_MS - OVERLAP_MS
        until_next_ms = min(next_key_ms - self._clock(), TRUST_MS)
        return [key.jwk for key in self._keys], max(1, until_next_ms // SECOND_MS)

    def _reading(self) -> Query[list[tuple[int, str]]]:
        """Return the read of all keys that still verify."""
        return signing_key.list_keys(self._app_id, since_ms=self._clock() - LIFETIME_MS)

    def _remember(self, rows: list[tuple[int, str]]) -> None:
        """Take what `_reading` answered; keys that are known already keep their parsed form."""
        known = {key.created_at_ms: key for key in self._keys}
        self._keys = [
            known.get(created_at_ms) or SigningKey(created_at_ms, value) for created_at_ms, value in rows
        ]
        self._read_at_ms = self._clock()

    def _reread(self) -> None:
        self._remember(self._database.run(self._reading()))

    def _are_stale(self) -> bool:
        return self._clock() - self._read_at_ms > CACHE_MS

    def _look_again(self) -> None:
        """Read the keys; while the database is away the known ones are believed, with a pause between tries."""
        try:
            self._reread()
        except DatabaseUnavailable:
            self._read_at_ms = self._clock() - TRUST_MS + REREAD_PAUSE_MS

    def _has_fresh(self) -> bool:
        oldest_fresh_ms = self._clock() - UPDATE_INTERVAL_MS + OVERLAP_MS
        return bool(self._keys) and self._keys[0].created_at_ms >= oldest_fresh_ms

    def _signing(self, now_ms: int) -> SigningKey:
        """Return the newest key, or the second while caches of the key list may not know the newest yet."""
        newest, *older = self._keys
        is_too_new = newest.created_at_ms > now_ms - OVERLAP_MS
        if older and is_too_new and older[0].created_at_ms > now_ms - UPDATE_INTERVAL_MS:
            return older[0]
        return newest

    def _make_fresh(self, tx: Transaction) -> None:
        """Make a key under the lock of the app's row, unless another instance has just done so."""
        is_there, rows = tx.batch(signing_key.lock_app(self._app_id), self._reading())
        if not is_there:
            raise SettingInvalid("DATABASE_URL", "the database is empty; run `make migrate` first")
        self._remember(rows)
        if not self._has_fresh():
            tx.run(signing_key.insert_key(self._app_id, created_at_ms=self._clock(), value=make_key_value()))
