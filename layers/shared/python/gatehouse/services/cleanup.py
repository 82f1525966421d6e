"""Frees the space of what has expired; nothing else depends on it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gatehouse.clock import DAY_MS, Clock
from gatehouse.services.retention import Retention, read_retentions
from gatehouse.services.tenancy import Tenancy
from gatehouse.store import cleanup, passwordless
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query

BATCH = 1000
PAUSE_S = 0.01
WEBHOOK_RETENTION_MS = 14 * DAY_MS
"""How long an event is kept that a URL did not take; after four days it is no longer sent."""
GRACE_MS = DAY_MS
"""How long an expired link is kept, so that its visitor is told that it has expired."""


@dataclass(slots=True)
class Swept:
    """What a sweep did: rows deleted by table, and whether nothing expired is left."""

    deleted: dict[str, int] = field(default_factory=dict)
    is_finished: bool = True


class Cleanup:
    """Deletes in bounded batches by index, children first; two sweeps at once share the work."""

    def __init__(
        self,
        database: Database,
        tenancy: Tenancy,
        clock: Clock,
        *,
        link_lifetime_ms: int,
        audit_retention_ms: int,
    ) -> None:
        self._database = database
        self._tenancy = tenancy
        self._clock = clock
        self._link_lifetime_ms = link_lifetime_ms
        self._audit_retention_ms = audit_retention_ms

    def sweep(self, has_time: Callable[[], bool]) -> Swept:
        """Delete what has expired until nothing is left or `has_time` says stop."""
        swept, counts = Swept(), defaultdict[str, int](int)
        for step in self._steps(self._clock()):
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

    def _steps(self, now_ms: int) -> Iterator["Step"]:
        """Yield the deletes: for everybody, and then where things are kept longer, or less long."""
        own = dict(self._database.run(cleanup.list_own_configs()))
        kept = read_retentions(self._tenancy, own, link_lifetime_ms=self._link_lifetime_ms, grace_ms=GRACE_MS)
        yield from self._device_steps(kept.passwordless_codes, now_ms)
        for table, period_ms in (
            ("session_info", 0),
            ("session_rotations", 0),
            ("emailpassword_pswd_reset_tokens", 0),
            ("emailverification_tokens", 0),
            ("dashboard_user_sessions", 0),
            ("send_limits", 0),
            ("account_info_holds", 0),
            ("audit_log", self._audit_retention_ms),
            ("webhook_deliveries", WEBHOOK_RETENTION_MS),
        ):
            yield self._row_step(
                table, cleanup.delete_expired(table, before_ms=now_ms - period_ms, limit=BATCH)
            )
        yield from self._kept_row_steps("totp_used_codes", kept.totp_codes, now_ms)
        yield from self._kept_row_steps("session_access_token_signing_keys", kept.signing_keys, now_ms)

    def _kept_row_steps(self, table: str, kept: Retention, now_ms: int) -> Iterator["Step"]:
        everywhere = cleanup.delete_expired(
            table, before_ms=now_ms - kept.base_ms, limit=BATCH, apart_app_ids=kept.apart_app_ids
        )
        yield self._row_step(table, everywhere)
        for place, period_ms in kept.own_ms:
            here = cleanup.delete_expired_here(table, *place, before_ms=now_ms - period_ms, limit=BATCH)
            yield self._row_step(table, here)

    def _row_step(self, table: str, delete: Query[int]) -> "Step":
        def step(counts: dict[str, int]) -> tuple[int, bool]:
            removed = self._database.run(delete)
            counts[table] += removed
            return removed, removed == BATCH

        return step

    def _device_steps(self, kept: Retention, now_ms: int) -> Iterator["Step"]:
        """Yield the deletes of devices whose codes have all expired, with their codes (supertokens.md 5.3)."""
        before_ms = now_ms - kept.base_ms
        everywhere = cleanup.list_expired_devices(
            before_ms=before_ms, limit=BATCH, apart_app_ids=kept.apart_app_ids
        )
        yield self._device_step(everywhere, before_ms)
        for place, period_ms in kept.own_ms:
            before_ms = now_ms - period_ms
            here = cleanup.list_expired_devices_here(*place, before_ms=before_ms, limit=BATCH)
            yield self._device_step(here, before_ms)

    def _device_step(self, find: Query[list[tuple[str, str, str]]], before_ms: int) -> "Step":
        def step(counts: dict[str, int]) -> tuple[int, bool]:
            expired = self._database.run(find)
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
