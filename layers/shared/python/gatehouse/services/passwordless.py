"""Sign-in with a code that was sent to an address or a number (specs/supertokens.md 4.1)."""

from dataclasses import dataclass, replace
from typing import Any

from gatehouse.clock import Clock
from gatehouse.crypto.identifiers import new_id
from gatehouse.crypto.passwordless_code import (
    hash_device,
    hash_link,
    hash_typed_code,
    read_base64,
    read_url_base64,
)
from gatehouse.errors import DuplicateRow, RequestInvalid
from gatehouse.models.audit import EventName
from gatehouse.models.authuser import PASSWORDLESS, AuthUser, LoginMethod
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import (
    ExpiredUserInputCode,
    IncorrectUserInputCode,
    RestartFlow,
)
from gatehouse.services.audit import Events
from gatehouse.services.failures import Failures
from gatehouse.services.passwordless_codes import decoded, salt_of
from gatehouse.store import authuser, login_methods, passwordless, passwordless_users
from gatehouse.store.database import Database, Transaction
from gatehouse.store.passwordless import Code, Device
from gatehouse.store.statement import Query


@dataclass(frozen=True, slots=True)
class LinkAttempt:
    """A link that somebody opens."""

    pre_auth_session_id: str
    link_code: str


@dataclass(frozen=True, slots=True)
class TypedAttempt:
    """A code that somebody types on the device that asked for it."""

    pre_auth_session_id: str
    device_id: str
    user_input_code: str


Attempt = LinkAttempt | TypedAttempt


@dataclass(frozen=True, slots=True)
class ConsumedCode:
    """Who used a code, whether they are new, and the device it was for."""

    person: AuthUser
    method: LoginMethod
    is_new: bool
    device: Device


@dataclass(frozen=True, slots=True)
class _Locked:
    """What a transaction has read of a device, whose row it holds with those of its siblings."""

    devices: list[Device]
    codes: list[Code]
    people: list[AuthUser]

    def device(self, device_id_hash: str) -> Device:
        """Return the device; raises RestartFlow."""
        for device in self.devices:
            if device.pre_auth_session_id == device_id_hash:
                return device
        raise RestartFlow

    def code(self, link_code_hash: str) -> Code | None:
        """Return the code with a hash."""
        return next((code for code in self.codes if code.link_code_hash == link_code_hash), None)

    def siblings(self, device: Device) -> list[str]:
        """Return the hashes of all devices that wait for a code sent to the same address or number."""
        return [other.device_id_hash for other in self.devices if _contact(other) == _contact(device)]

    def login(self, device: Device, tenant_id: str) -> tuple[AuthUser, LoginMethod] | None:
        """Return who signs in with a device's address or number in a tenant."""
        for person in self.people:
            for method in person.login_methods:
                has_it = method.recipe_id == PASSWORDLESS and tenant_id in method.tenant_ids
                if has_it and _contact(device) in {("email", method.email), ("number", method.phone_number)}:
                    return person, method
        return None


_Opened = tuple[_Locked, Device, Code | None]


class Passwordless:
    """Checks and uses codes.

    Whoever uses a code, or tries to, holds its device and all others with the same address: wrong codes are counted one
    after the other, and of those who use codes of one address at once, one succeeds.
    """

    def __init__(self, database: Database, clock: Clock, events: Events, failures: Failures) -> None:
        self._database = database
        self._events = events
        self._failures = failures
        self._clock = clock

    def check_code(self, tenant: Tenant, attempt: Attempt) -> Device:
        """Return the device of a right code, which stays usable; raises what `consume_code` does."""
        return self._database.transact(lambda tx: self._open(tx, tenant, attempt)[1])

    def consume_code(self, tenant: Tenant, attempt: Attempt, *, is_verifying: bool) -> ConsumedCode:
        """Use a code: it and all others that were sent to the same address are gone, and its user is found or made.

        `is_verifying` says whether that proves the address. Raises RestartFlow, IncorrectUserInputCode,
        ExpiredUserInputCode, or RequestInvalid.
        """

        def work(tx: Transaction) -> ConsumedCode:
            locked, device, code = self._open(tx, tenant, attempt)
            login = locked.login(device, tenant.tenant_id)
            if login is None and locked.people:  # only the database takes their address for this one
                raise RestartFlow
            is_spent, *others = tx.batch(
                passwordless.delete_code(
                    tenant.app_id,
                    tenant.tenant_id,
                    code_id=code.code_id,
                    device_id_hash=code.device_id_hash,
                ),
                *_other_devices(tenant, device, login),
            )
            if not is_spent:
                raise RestartFlow
            devices = [*locked.siblings(device), *(hash_ for found in others for _, hash_ in found)]
            writes: list[Query[Any]] = passwordless.delete_devices(tenant.app_id, tenant.tenant_id, devices)
            person, method = login or self._join(tenant, device, writes)
            if is_verifying and device.email is not None:
                writes.append(
                    authuser.insert_verified_email(tenant.app_id, method.recipe_user_id, device.email)
                )
                if login and not method.is_verified:
                    writes += self._note("email.verified", tenant, person, method)
                method = replace(method, is_verified=True)
                person = person.with_method(method)
            writes.append(
                authuser.upsert_last_active(tenant.app_id, person.supertokens_user_id, self._clock())
            )
            tx.finish(*writes)
            return ConsumedCode(person, method, login is None, device)

        try:
            return self._database.transact(work, rerun_on_duplicate=True)
        except DuplicateRow:
            raise RestartFlow from None

    def _open(self, tx: Transaction, tenant: Tenant, attempt: Attempt) -> tuple[_Locked, Device, Code]:
        """Begin a transaction: hold the device of a right code; an attempt with another one is counted, and raises."""
        if isinstance(attempt, LinkAttempt):
            opened = self._open_link(tx, tenant, attempt)
        else:
            opened = self._open_typed(tx, tenant, attempt)
        locked, device, code = opened
        allowed = tenant.config.passwordless_max_code_input_attempts
        failed = device.failed_attempts
        if code is not None and not self._is_old(tenant, code) and failed < allowed:
            return locked, device, code
        where = tenant.app_id, tenant.tenant_id
        login = locked.login(device, tenant.tenant_id)
        subject_id = login[0].user_id if login else None
        reason = "wrong_code" if code is None else "expired_code"
        note = self._failures.writes(tenant, PASSWORDLESS, reason, subject_id=subject_id)
        if failed + 1 >= allowed:
            tx.finish(*passwordless.delete_devices(*where, [device.device_id_hash]), *note)
            raise RestartFlow
        tx.finish(passwordless.count_failed_attempt(*where, device.device_id_hash), *note)
        error = IncorrectUserInputCode if code is None else ExpiredUserInputCode
        raise error(failedCodeInputAttemptCount=failed + 1, maximumCodeInputAttempts=allowed)

    def _open_link(self, tx: Transaction, tenant: Tenant, attempt: LinkAttempt) -> _Opened:
        code_hash = hash_link(decoded(read_url_base64(attempt.link_code), "linkCode"))
        device_hash = attempt.pre_auth_session_id.replace("=", "")
        by_link = passwordless.lock_code_by_link(tenant.app_id, tenant.tenant_id, code_hash)
        locked = _lock(tx, tenant, device_hash, by_link)
        code = locked.code(code_hash)
        if code is None or self._is_old(tenant, code):
            tx.finish(
                *self._failures.writes(tenant, PASSWORDLESS, "expired_code" if code else "unknown_code")
            )
            raise RestartFlow
        _require_same(code.pre_auth_session_id, device_hash)
        return locked, locked.device(device_hash), code

    def _open_typed(self, tx: Transaction, tenant: Tenant, attempt: TypedAttempt) -> _Opened:
        secret = decoded(read_base64(attempt.device_id), "deviceId")
        device_hash = hash_device(secret)
        of_device = passwordless.lock_codes_of_device(tenant.app_id, tenant.tenant_id, device_hash)
        locked = _lock(tx, tenant, device_hash, of_device)
        device = locked.device(device_hash)
        _require_same(device_hash, attempt.pre_auth_session_id.replace("=", ""))
        code_hash = hash_typed_code(secret, salt_of(device), attempt.user_input_code)
        return locked, device, locked.code(code_hash)

    def _join(self, tenant: Tenant, device: Device, writes: list[Query[Any]]) -> tuple[AuthUser, LoginMethod]:
        """Make a new person who signs in with a device's address or number; the writes are added."""
        user_id, now_ms = new_id(), self._clock()
        writes += authuser.insert_recipe_user(
            tenant.app_id,
            tenant.tenant_id,
            user_id=user_id,
            recipe_id=PASSWORDLESS,
            time_joined_ms=now_ms,
        ) + passwordless_users.insert_user(
            tenant.app_id,
            tenant.tenant_id,
            user_id=user_id,
            email=device.email,
            phone_number=device.phone_number,
            time_joined_ms=now_ms,
        )
        method = LoginMethod(
            recipe_id=PASSWORDLESS,
            supertokens_user_id=user_id,
            external_user_id=None,
            time_joined_ms=now_ms,
            tenant_ids=(tenant.tenant_id,),
            is_verified=device.phone_number is not None,
            email=device.email,
            phone_number=device.phone_number,
        )
        person = AuthUser(user_id, None, False, (method,))
        writes += self._note("user.created", tenant, person, method)
        return person, method

    def _note(
        self, event: EventName, tenant: Tenant, person: AuthUser, method: LoginMethod
    ) -> tuple[Query[Any], ...]:
        return self._events.note(
            event,
            app_id=tenant.app_id,
            tenant_id=tenant.tenant_id,
            subject_id=person.user_id,
            details={"recipe": PASSWORDLESS},
            told={"email": method.email, "phone_number": method.phone_number},
        )

    def _is_old(self, tenant: Tenant, code: Code) -> bool:
        return code.created_at_ms < self._clock() - tenant.config.passwordless_code_lifetime


def _lock(tx: Transaction, tenant: Tenant, device_id_hash: str, codes: Query[list[Code]]) -> _Locked:
    """Begin a transaction: hold a device and its siblings, and read codes and people, in one round trip."""
    app_id, tenant_id = tenant.app_id, tenant.tenant_id
    by_email, by_number, found, *people = tx.batch(
        *passwordless.lock_siblings(app_id, tenant_id, device_id_hash),
        codes,
        *passwordless_users.list_people_of_device(app_id, tenant_id, device_id_hash),
    )
    return _Locked([*by_email, *by_number], found, login_methods.people(*people))


def _other_devices(
    tenant: Tenant, device: Device, login: tuple[AuthUser, LoginMethod] | None
) -> list[Query[list[tuple[str, str]]]]:
    """Lock the devices of what else a login method has: its number beside its address, or the other way round."""
    if login is None:
        return []
    method = login[1]
    column, contact = (
        ("email", method.email) if device.email is None else ("phone_number", method.phone_number)
    )
    if contact is None:
        return []
    return [passwordless_users.lock_devices_of_contact(tenant.app_id, [tenant.tenant_id], column, [contact])]


def _contact(device: Device) -> tuple[str, str | None]:
    """Return what a device's code was sent to."""
    return ("number", device.phone_number) if device.email is None else ("email", device.email)


def _require_same(device_id_hash: str, pre_auth_session_id: str) -> None:
    if device_id_hash != pre_auth_session_id:
        raise RequestInvalid("preAuthSessionId and deviceId doesn't match")
