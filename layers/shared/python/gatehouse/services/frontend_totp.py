"""Authenticator apps of whoever has a session: set up, verified, used as a factor, and removed."""

import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

from gatehouse.models.authuser import AuthUser
from gatehouse.models.factors import TOTP
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.services.claim_checks import MfaCompleted
from gatehouse.services.frontend_sessions import FrontendSessions
from gatehouse.services.multifactorauth import MultiFactorAuth
from gatehouse.services.totp import Totp
from gatehouse.store.totp import Device

PERIOD_S = 30
SKEW = 1


class FrontendTotp:
    """Devices of the user of a session; every method that changes the session returns it."""

    def __init__(
        self, totp: Totp, multifactorauth: MultiFactorAuth, sessions: FrontendSessions, *, issuer: str
    ) -> None:
        self._totp = totp
        self._mfa = multifactorauth
        self._sessions = sessions
        self._issuer = issuer

    def create_device(
        self, tenant: Tenant, session: FrontendSession, name: str | None
    ) -> tuple[FrontendSession, Device, str]:
        """Make a device that has yet to be verified; return it with the text of its QR code.

        Raises InvalidClaims, DeviceAlreadyExists, Unauthorised.
        """
        permission = self._mfa.require_may_set_up(tenant, session, None, TOTP)
        device = self._totp.create_device(tenant.app_id, session.user_id, name, period_s=PERIOD_S, skew=SKEW)
        return permission.session, device, qr_code_text(self._issuer, permission.person, device)

    def list_devices(self, tenant: Tenant, session: FrontendSession) -> list[Device]:
        """List the devices by name."""
        return self._totp.list_devices(tenant.app_id, session.user_id)

    def remove_device(
        self, tenant: Tenant, session: FrontendSession, name: str
    ) -> tuple[FrontendSession, bool]:
        """Delete a device and say whether it was there.

        Whoever has a verified one needs a session with all factors for that, or else raises InvalidClaims; only what
        was never verified may go without.
        """
        devices = self.list_devices(tenant, session)
        needs_factors = any(device.is_verified for device in devices) and not _is_unverified(name, devices)
        if needs_factors:
            own = self._mfa.tenant_of(tenant, session)
            session = self._sessions.require(own, session, [MfaCompleted()])
        did_exist = self._totp.remove_device(
            tenant.app_id, session.user_id, name, keeps_verified=not needs_factors
        )
        return session, did_exist

    def verify_device(
        self, tenant: Tenant, session: FrontendSession, name: str, code: str
    ) -> tuple[FrontendSession, bool]:
        """Verify a device by one of its codes, which uses the factor; says whether it was verified already.

        Then no code is asked for, so the session has proved nothing. Raises InvalidClaims, UnknownDevice, InvalidTotp,
        LimitReached, Unauthorised.
        """
        session = self._mfa.require_may_set_up(tenant, session, None, TOTP).session
        own = self._mfa.tenant_of(tenant, session)
        was_verified = self._totp.verify_device(own, session.user_id, name, code)
        if not was_verified:
            session = self._mfa.complete_factor(tenant, session, TOTP, is_in_log=True)
        return session, was_verified

    def verify(self, tenant: Tenant, session: FrontendSession, code: str) -> FrontendSession:
        """Use a code of any verified device, and with it the factor.

        Raises UnknownUserId, InvalidTotp, LimitReached, Unauthorised.
        """
        self._totp.verify(self._mfa.tenant_of(tenant, session), session.user_id, code)
        return self._mfa.complete_factor(tenant, session, TOTP, is_in_log=True)


def qr_code_text(issuer: str, person: AuthUser, device: Device) -> str:
    """Return the address that authenticator apps read from a QR code; it names somebody as their user's id does."""
    own = person.login_method(person.user_id)
    known = (*((own.email, own.phone_number) if own else ()), *person.emails, *person.phone_numbers)
    label = ":".join(quote(text) for text in (issuer, next((text for text in known if text), None)) if text)
    query = f"secret={device.secret}&issuer={quote(issuer)}&digits=6&period={device.period_s}"
    return f"otpauth://totp/{label}?{query}"


def _is_unverified(name: str, devices: Iterable[Device]) -> bool:
    """Say whether a name is that of an unverified device, and of no verified one however it is compared."""
    verified = {_folded(device.name) for device in devices if device.is_verified}
    return _folded(name) not in verified and any(device.name == name for device in devices)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).lower()
