"""Codes that wait to be used: made, listed, and taken back (specs/supertokens.md 4.1)."""

from dataclasses import dataclass, field

from gatehouse.clock import Clock
from gatehouse.crypto.identifiers import new_id
from gatehouse.crypto.passwordless_code import (
    NewCode,
    hash_device,
    make_another_code,
    make_code,
    read_base64,
)
from gatehouse.errors import DuplicateRow, RequestInvalid
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import RestartFlow, UserInputCodeAlreadyUsed
from gatehouse.store import passwordless, passwordless_users
from gatehouse.store.database import Database, Transaction
from gatehouse.store.passwordless import Code, Device
from gatehouse.store.statement import Query


@dataclass(frozen=True, slots=True)
class CreatedCode:
    """A code that is stored now; what is in `code` is told once."""

    code: NewCode
    code_id: str
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class DeviceWithCodes:
    """A device and its codes, oldest first."""

    device: Device
    codes: list[Code] = field(default_factory=list)


class PasswordlessCodes:
    """Codes and their devices; addresses are given in lower case and phone numbers in the form of E.164."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create_code(
        self,
        tenant: Tenant,
        *,
        email: str | None = None,
        phone_number: str | None = None,
        user_input_code: str | None = None,
    ) -> CreatedCode:
        """Make a device with a code, to be sent to an address or a number."""

        def work(tx: Transaction) -> CreatedCode:
            created, writes = self.new_device(
                tenant, email=email, phone_number=phone_number, user_input_code=user_input_code
            )
            tx.finish(*writes)
            return created

        return self._database.transact(work, rerun_on_duplicate=True)

    def new_device(
        self,
        tenant: Tenant,
        *,
        email: str | None = None,
        phone_number: str | None = None,
        user_input_code: str | None = None,
    ) -> tuple[CreatedCode, list[Query[int]]]:
        """Return a device with a code, and the writes that store them."""
        created = self._created(make_code(user_input_code))
        device = passwordless.insert_device(
            tenant.app_id,
            tenant.tenant_id,
            device_id_hash=created.code.device_id_hash,
            link_code_salt=created.code.link_code_salt,
            email=email,
            phone_number=phone_number,
        )
        return created, [device, _insertion(tenant, created.code.device_id_hash, created)]

    def create_code_for_device(
        self, tenant: Tenant, device_id: str, user_input_code: str | None = None
    ) -> CreatedCode:
        """Make another code for a device; raises RestartFlow, UserInputCodeAlreadyUsed or RequestInvalid."""
        lock = self.lock_device(tenant, device_id)

        def work(tx: Transaction) -> CreatedCode:
            created, write = self.another_code(tenant, device_id, tx.run(lock), user_input_code)
            tx.finish(write)
            return created

        try:
            return self._database.transact(work, rerun_on_duplicate=user_input_code is None)
        except DuplicateRow:
            raise UserInputCodeAlreadyUsed from None

    def lock_device(self, tenant: Tenant, device_id: str) -> Query[list[Device]]:
        """Return what locks a device, for `another_code`; raises RequestInvalid."""
        device_hash = hash_device(decoded(read_base64(device_id), "deviceId"))
        return passwordless.lock_devices(tenant.app_id, tenant.tenant_id, passwordless.spellings(device_hash))

    def another_code(
        self, tenant: Tenant, device_id: str, locked: list[Device], user_input_code: str | None = None
    ) -> tuple[CreatedCode, Query[int]]:
        """Return another code for a device that was locked, and the write that stores it; raises RestartFlow."""
        secret = decoded(read_base64(device_id), "deviceId")
        device_hash = hash_device(secret)
        device = next((one for one in locked if one.pre_auth_session_id == device_hash), None)
        if device is None:
            raise RestartFlow
        created = self._created(make_another_code(secret, salt_of(device), user_input_code))
        return created, _insertion(tenant, device.device_id_hash, created)

    def list_by_email(self, tenant: Tenant, email: str) -> list[DeviceWithCodes]:
        """List the devices that wait for a code sent to an address, given in lower case."""
        return self._list(tenant, "email", [email])

    def list_by_phone_number(self, tenant: Tenant, phone_number: str) -> list[DeviceWithCodes]:
        """List the devices that wait for a code sent to a number, given in the form of E.164."""
        return self._list(tenant, "phone_number", [phone_number])

    def list_by_device_id(self, tenant: Tenant, device_id: str) -> list[DeviceWithCodes]:
        """List one device or none; raises RequestInvalid for an id that is none."""
        device = decoded(read_base64(device_id), "deviceId")
        return self.list_by_pre_auth_session_id(tenant, hash_device(device))

    def list_by_pre_auth_session_id(self, tenant: Tenant, pre_auth_session_id: str) -> list[DeviceWithCodes]:
        """List one device or none."""
        return self._list(tenant, "device_id_hash", passwordless.spellings(pre_auth_session_id))

    def remove_code(self, tenant: Tenant, code_id: str) -> None:
        """Remove a code, and with the last code its device."""
        where = tenant.app_id, tenant.tenant_id

        def work(tx: Transaction) -> None:
            device, codes = tx.batch(
                passwordless.lock_device_of_code(*where, code_id),
                passwordless.lock_sibling_codes(*where, code_id),
            )
            code = next((one for one in codes if one.code_id == code_id), None)
            if code is None:
                return
            if device and len(codes) == 1:
                tx.finish(*passwordless.delete_devices(*where, [device.device_id_hash]))
            else:
                tx.finish(
                    passwordless.delete_code(*where, code_id=code_id, device_id_hash=code.device_id_hash)
                )

        self._database.transact(work)

    def remove_device(self, tenant: Tenant, pre_auth_session_id: str) -> None:
        """Remove a device with its codes."""
        where = tenant.app_id, tenant.tenant_id
        spellings = passwordless.spellings(pre_auth_session_id)
        self._database.transact(
            lambda tx: tx.finish(
                passwordless.lock_devices(*where, spellings), *passwordless.delete_devices(*where, spellings)
            )
        )

    def remove_codes(self, tenant: Tenant, column: str, contact: str) -> None:
        """Remove everything that waits for a code sent to an `email` or a `phone_number`."""
        where = tenant.app_id, tenant.tenant_id

        def work(tx: Transaction) -> None:
            found = tx.run(
                passwordless_users.lock_devices_of_contact(
                    tenant.app_id, [tenant.tenant_id], column, [contact]
                )
            )
            tx.finish(*passwordless.delete_devices(*where, [device for _, device in found]))

        self._database.transact(work)

    def _created(self, code: NewCode) -> CreatedCode:
        return CreatedCode(code, new_id(), self._clock())

    def _list(self, tenant: Tenant, column: str, names: list[str]) -> list[DeviceWithCodes]:
        rows = self._database.run(
            passwordless.list_devices_with_codes(tenant.app_id, tenant.tenant_id, column, names)
        )
        devices: dict[str, DeviceWithCodes] = {}
        for device, code in rows:
            if getattr(device, column) in names:
                known = devices.setdefault(device.device_id_hash, DeviceWithCodes(device))
                if code:
                    known.codes.append(code)
        return list(devices.values())


def _insertion(tenant: Tenant, device_id_hash: str, created: CreatedCode) -> Query[int]:
    return passwordless.insert_code(
        tenant.app_id,
        tenant.tenant_id,
        code_id=created.code_id,
        device_id_hash=device_id_hash,
        link_code_hash=created.code.link_code_hash,
        created_at_ms=created.created_at_ms,
    )


def decoded(data: bytes | None, name: str) -> bytes:
    """Return what was decoded; raises RequestInvalid for what could not be."""
    if data is None:
        raise RequestInvalid(f"Input encoding error in {name}")
    return data


def salt_of(device: Device) -> bytes:
    """Return the salt of a device's codes."""
    return decoded(read_base64(device.link_code_salt), "linkCodeSalt")
