"""An app's signing keys at a moment: which verify, which one signs, and when the next is due (supertokens.md 3.2)."""

from collections.abc import Iterable
from dataclasses import dataclass

from gatehouse.core_config import CoreConfig
from gatehouse.crypto.signing_key import SigningKey, StaticKey


@dataclass(frozen=True, slots=True)
class KeyTimes:
    """How long dynamic keys are used: U, O and L of the specification."""

    interval_ms: int
    overlap_ms: int
    lifetime_ms: int

    @classmethod
    def of(cls, config: CoreConfig) -> "KeyTimes":
        """Return the times of an app's configuration."""
        return cls(
            config.signing_key_interval_ms, config.signing_key_overlap_ms, config.signing_key_lifetime_ms
        )


@dataclass(frozen=True, slots=True)
class KeyList:
    """Dynamic and static keys, newest first."""

    dynamic: tuple[SigningKey, ...] = ()
    static: tuple[StaticKey, ...] = ()

    def replaced(
        self, dynamic: Iterable[tuple[int, str]], static: Iterable[tuple[str, int, str]]
    ) -> "KeyList":
        """Return the keys of rows; those that are known already keep their parsed form."""
        known = {key.kid: key for key in self.dynamic}
        known_static = {key.kid: key for key in self.static}
        made = [SigningKey(created_at_ms, value) for created_at_ms, value in dynamic]
        return KeyList(
            tuple(known.get(key.kid, key) for key in made),
            tuple(
                known_static.get(key_id) or StaticKey(created_at_ms, value, key_id)
                for key_id, created_at_ms, value in static
            ),
        )

    def verifying(self, now_ms: int, times: KeyTimes) -> list[SigningKey]:
        """Return the keys that verify: the dynamic ones within their lifetime, and all static ones."""
        young = [key for key in self.dynamic if key.created_at_ms >= now_ms - times.lifetime_ms]
        return [*young, *self.static]

    def has_fresh(self, now_ms: int, times: KeyTimes) -> bool:
        """Whether the newest dynamic key is young enough for no other to be made."""
        oldest_fresh_ms = now_ms - times.interval_ms + times.overlap_ms
        return bool(self.dynamic) and self.dynamic[0].created_at_ms >= oldest_fresh_ms

    def signing(self, now_ms: int, times: KeyTimes) -> SigningKey:
        """Return the newest dynamic key, or the second while caches of the key list may not know the newest yet."""
        newest, *older = self.dynamic
        is_too_new = newest.created_at_ms > now_ms - times.overlap_ms
        if older and is_too_new and older[0].created_at_ms > now_ms - times.interval_ms:
            return older[0]
        return newest

    def next_due_ms(self, times: KeyTimes) -> int:
        """Return when the next dynamic key will be made."""
        return self.dynamic[0].created_at_ms + times.interval_ms - times.overlap_ms
