"""Frees the space of what has expired; nothing else depends on it."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from gatehouse.clock import DAY_MS, Clock
from gatehouse.core_config import CoreConfig
from gatehouse.store import cleanup, passwordless
from gatehouse.store.database import Database, Transaction

BATCH = 1000
PAUSE_S = 0.01
TOTP_COOLDOWN_MS = 900_000
AUDIT_RETENTION_MS = 365 * DAY_MS
GRACE_MS = DAY_MS
"""How long an expired link is kept, so that its visitor is told that it has expired."""


@dataclass(slots=True)
class Swept:
    """What a sweep did: rows deleted by table, and whether nothing expired is left."""

    deleted: dict[str, int] = field(default_factory=dict)
    is_finished: bool = True


class Cleanup:
    """Deletes in bounded batches by index, children first; two sweeps at once share the work."""

    def __init__(self, database: Database, clock: Clock, *, code_lifetime_ms: int) -> None:
        self._database = database
        self._clock = clock
        self._code_lifetime_ms = code_lifetime_ms

    def sweep(self, has_time: Callable[[], bool]) -> Swept:
        """Delete what has expired until nothing is left or `has_time` says stop."""
        swept, counts = Swept(), defaultdict[str, int](int)
        now_ms = self._clock()
        before_ms = dict.fromkeys(cleanup.EXPIRED, now_ms) | {
            "session_access_token_signing_keys": now_ms - CoreConfig().signing_key_lifetime_ms,
            "totp_used_codes": now_ms - TOTP_COOLDOWN_MS,
            "audit_log": now_ms - AUDIT_RETENTION_MS,
        }
        steps = [
            self._devices_step(now_ms),
            *(self._rows_step(table, before_ms[table]) for table in cleanup.EXPIRED),
        ]
        for step in steps:
            while has_time():
                removed, is_more = step(counts)
                if not is_more:
                    break
                if removed:
                    time.sleep(PAUSE_S)
            else:
                swept.is_finished = False
                break
        swept.deleted = dict(counts)
        return swept

    def _rows_step(self, table: str, before_ms: int) -> "Step":
        def step(counts: dict[str, int]) -> tuple[int, bool]:
            removed = self._database.run(cleanup.delete_expired(table, before_ms=before_ms, limit=BATCH))
            counts[table] += removed
            return removed, removed == BATCH

        return step

    def _devices_step(self, now_ms: int) -> "Step":
        """Delete devices whose codes have all expired, with their codes (specs/supertokens.md 5.3)."""
        before_ms = now_ms - self._code_lifetime_ms - GRACE_MS

        def step(counts: dict[str, int]) -> tuple[int, bool]:
            expired = self._database.run(cleanup.list_expired_devices(before_ms=before_ms, limit=BATCH))
            by_tenant = defaultdict[tuple[str, str], list[str]](list)
            for app_id, tenant_id, device in expired:
                by_tenant[app_id, tenant_id].append(device)
            removed = 0
            for (app_id, tenant_id), devices in by_tenant.items():
                codes, gone = self._delete_devices(app_id, tenant_id, devices, before_ms)
                counts["passwordless_codes"] += codes
                counts["passwordless_devices"] += gone
                removed += codes
            return removed, len(expired) == BATCH and removed > 0

        return step

    def _delete_devices(
        self, app_id: str, tenant_id: str, devices: list[str], before_ms: int
    ) -> tuple[int, int]:
        """Delete those of the devices that got no new code meanwhile; returns (codes, devices) deleted."""

        def work(tx: Transaction) -> tuple[int, int]:
            tx.run(passwordless.lock_devices(app_id, tenant_id, devices))
            in_use = set(tx.run(cleanup.list_devices_in_use(app_id, tenant_id, devices, before_ms=before_ms)))
            unused = [device for device in devices if device not in in_use]
            if not unused:
                return 0, 0
            codes, gone = tx.finish(*passwordless.delete_devices(app_id, tenant_id, unused))
            return codes, gone

        return self._database.transact(work)


Step = Callable[[dict[str, int]], tuple[int, bool]]
"""One bounded delete: adds to the counts, and says how many rows went and whether there may be more."""
