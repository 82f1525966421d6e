"""Devices of authenticator apps, and their codes: counted, and used once (specs/supertokens.md 4.2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from gatehouse.clock import SECOND_MS, Clock
from gatehouse.core_config import CoreConfig
from gatehouse.crypto.totp_code import is_current, make_secret
from gatehouse.errors import DatabaseConflict, DuplicateRow
from gatehouse.models.audit import EventName
from gatehouse.models.factors import TOTP
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import (
    DeviceAlreadyExists,
    InvalidTotp,
    LimitReached,
    UnknownDevice,
    UnknownUserId,
)
from gatehouse.services.audit import Events
from gatehouse.services.failures import Failures
from gatehouse.store import totp
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query
from gatehouse.store.totp import Device, UsedCode

T = TypeVar("T")

LONGEST_CODE = 8
"""Characters that a tried code may have to be kept."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What a transaction has read of a user, whose row it holds locked."""

    devices: list[Device]
    latest: list[UsedCode]
    uses: list[UsedCode]


class Totp:
    """Devices and codes of users by the ids that callers send: every change holds the user's row of `totp_users`."""

    def __init__(self, database: Database, clock: Clock, events: Events, failures: Failures) -> None:
        self._database = database
        self._clock = clock
        self._events = events
        self._failures = failures

    def create_device(
        self, app_id: str, user_id: str, name: str | None, *, period_s: int, skew: int
    ) -> Device:
        """Make a device that has yet to be verified; raises DeviceAlreadyExists for a verified one of that name."""
        return self._add(app_id, name, Device(user_id, "", make_secret(), period_s, skew, is_verified=False))

    def import_device(
        self, app_id: str, user_id: str, name: str | None, *, secret: str, period_s: int, skew: int
    ) -> Device:
        """Store a device that another system has verified; raises DeviceAlreadyExists."""
        return self._add(app_id, name, Device(user_id, "", secret, period_s, skew, is_verified=True))

    def rename_device(self, app_id: str, user_id: str, *, old: str, new: str) -> None:
        """Give a device another name; raises UnknownDevice or DeviceAlreadyExists."""
        try:
            if not self._database.run(totp.update_device_name(app_id, user_id, old=old, new=new)):
                raise UnknownDevice
        except DuplicateRow:
            raise DeviceAlreadyExists from None

    def remove_device(self, app_id: str, user_id: str, name: str, *, keeps_verified: bool = False) -> bool:
        """Delete a device, and all that is known of its user with the last one; says whether it was there."""
        delete = totp.delete_unverified_device if keeps_verified else totp.delete_device

        def work(tx: Transaction) -> bool:
            _, is_removed, is_any_left = tx.batch(
                totp.lock_user(app_id, user_id),
                delete(app_id, user_id, name),
                totp.has_devices(app_id, user_id),
            )
            if is_removed:
                leftovers = [] if is_any_left else totp.delete_user(app_id, user_id)
                tx.finish(*leftovers, *self._note("factor.removed", app_id, user_id))
            return is_removed

        return self._database.transact(work)

    def list_devices(self, app_id: str, user_id: str) -> list[Device]:
        """List a user's devices by name."""
        return _of(user_id, self._database.run(totp.list_devices(app_id, user_id)))

    def list_statuses(self, app_id: str, user_ids: list[str]) -> dict[str, bool]:
        """Say of each user who has devices whether one of them is verified."""
        statuses: dict[str, bool] = {}
        for user_id, is_verified in self._database.run(totp.list_statuses(app_id, user_ids)):
            statuses[user_id] = is_verified or statuses.get(user_id, False)
        return statuses

    def verify_device(self, tenant: Tenant, user_id: str, name: str, code: str) -> bool:
        """Verify a device by one of its codes; says whether it was verified already, and any code does then.

        Raises UnknownDevice, InvalidTotp or LimitReached.
        """

        def work(tx: Transaction) -> bool:
            known = self._read(tx, tenant, user_id, code)
            device = next((device for device in known.devices if device.name == name), None)
            if device is None:
                raise UnknownDevice
            if not device.is_verified:
                verified = totp.update_device_verified(tenant.app_id, user_id, name)
                note = self._note("factor.added", tenant.app_id, user_id)
                self._use(tx, tenant, user_id, code, known, [device], verified, *note)
            return device.is_verified

        return self._transact(work)

    def verify(self, tenant: Tenant, user_id: str, code: str) -> None:
        """Use a code of any verified device; raises UnknownUserId, InvalidTotp or LimitReached."""

        def work(tx: Transaction) -> None:
            known = self._read(tx, tenant, user_id, code)
            if not known.devices:
                raise UnknownUserId
            verified = [device for device in known.devices if device.is_verified]
            note = self._note("factor.used", tenant.app_id, user_id)
            self._use(tx, tenant, user_id, code, known, verified, *note)

        self._transact(work)

    def _wrong(self, tenant: Tenant, user_id: str) -> tuple[Query[Any], ...]:
        return self._failures.writes(tenant, TOTP, "wrong_code", subject_id=user_id)

    def _note(self, event: EventName, app_id: str, user_id: str) -> tuple[Query[Any], ...]:
        return self._events.note(event, app_id=app_id, subject_id=user_id, details={"factor": TOTP})

    def _transact(self, work: Callable[[Transaction], T]) -> T:
        """Run again when a core that does not lock users has stored a code in the same millisecond."""
        return self._database.transact(work, rerun_on_duplicate=True)

    def _add(self, app_id: str, name: str | None, device: Device) -> Device:
        user_id = device.user_id

        def work(tx: Transaction) -> Device:
            _, is_locked, devices = tx.batch(
                totp.insert_user(app_id, user_id),
                totp.lock_user(app_id, user_id),
                totp.list_devices(app_id, user_id),
            )
            if not is_locked:  # removed with its last device between the two statements
                raise DatabaseConflict
            verified = {known.name for known in devices if known.is_verified}
            named = replace(device, name=name or _free_name(verified))
            if named.name in verified:
                raise DeviceAlreadyExists
            tx.finish(
                totp.delete_unverified_device(app_id, user_id, named.name),
                totp.insert_device(app_id, named, now_ms=self._clock()),
                *(self._note("factor.added", app_id, user_id) if named.is_verified else ()),
            )
            return named

        try:
            return self._database.transact(work)
        except DuplicateRow:  # the database takes two names for one that differ in our eyes
            raise DeviceAlreadyExists from None

    def _read(self, tx: Transaction, tenant: Tenant, user_id: str, code: str) -> _Known:
        app_id, tenant_id = tenant.app_id, tenant.tenant_id
        _, devices, latest, uses = tx.batch(
            totp.lock_user(app_id, user_id),
            totp.list_devices(app_id, user_id),
            totp.list_latest_used_codes(app_id, tenant_id, user_id, limit=tenant.config.totp_max_attempts),
            totp.list_uses(app_id, tenant_id, user_id, code),
        )
        return _Known(_of(user_id, devices), latest, uses)

    def _use(
        self,
        tx: Transaction,
        tenant: Tenant,
        user_id: str,
        code: str,
        known: _Known,
        devices: Sequence[Device],
        *on_success: Query[Any],
    ) -> None:
        """Store a code that was tried and commit, together with `on_success` if it is right."""
        now_ms, most = self._clock(), tenant.config.totp_max_attempts
        try:
            failed = _failed_attempts(known.latest, tenant.config, now_ms)
        except LimitReached:
            tx.finish(*self._failures.writes(tenant, TOTP, "too_many_attempts", subject_id=user_id))
            raise
        wrong = InvalidTotp(currentNumberOfFailedAttempts=failed + 1, maxNumberOfFailedAttempts=most)
        if len(code) > LONGEST_CODE:
            tx.finish(*self._wrong(tenant, user_id))
            raise wrong
        matching = [device for device in devices if _is_code_of(device, code, now_ms)][:1]
        is_replayed = any(
            use.is_valid and use.code == code and use.expires_at_ms > now_ms for use in known.uses
        )
        is_valid = bool(matching) and not is_replayed
        lifetime_ms = max((device.code_lifetime_ms for device in matching or devices), default=0)
        # Times of one user are unique; waiting for the lock may have taken no time at all.
        created_at_ms = max([now_ms, *(used.created_at_ms + 1 for used in known.latest[:1])])
        used = UsedCode(code, is_valid, now_ms + lifetime_ms, created_at_ms)
        note = totp.insert_used_code(tenant.app_id, tenant.tenant_id, user_id, used)
        tx.finish(note, *(on_success if is_valid else self._wrong(tenant, user_id)))
        if not is_valid:
            raise wrong


def _failed_attempts(latest: list[UsedCode], config: CoreConfig, now_ms: int) -> int:
    """Count the wrong codes since the last right one, as far as they lie in one cooldown; raises LimitReached."""
    most, cooldown_ms = config.totp_max_attempts, config.totp_rate_limit_cooldown_sec * SECOND_MS
    failed = 0
    for used in latest[:most]:
        if used.is_valid or used.created_at_ms <= latest[0].created_at_ms - cooldown_ms:
            break
        failed += 1
    if failed < most:
        return failed
    wait_ms = cooldown_ms - (now_ms - latest[0].created_at_ms)
    if wait_ms > 0:
        raise LimitReached(
            retryAfterMs=wait_ms, currentNumberOfFailedAttempts=failed, maxNumberOfFailedAttempts=most
        )
    return 0


def _is_code_of(device: Device, code: str, now_ms: int) -> bool:
    return is_current(code, device.secret, now_ms=now_ms, period_s=device.period_s, skew=device.skew)


def _of(user_id: str, devices: list[Device]) -> list[Device]:
    """Leave out devices of an id that only looks the same to the database."""
    return [device for device in devices if device.user_id == user_id]


def _free_name(verified: set[str]) -> str:
    """Return the first free name, counted from the number of verified devices on."""
    number = len(verified)
    while f"TOTP Device {number}" in verified:
        number += 1
    return f"TOTP Device {number}"
