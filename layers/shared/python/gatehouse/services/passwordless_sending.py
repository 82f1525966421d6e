"""Codes as frontends ask for them: sent, and sent again (specs/supertokens.md 6.3).

A code that goes out says nothing about whether there is an account. Where strangers may not join they get the same
answer as everybody, a device included, and a letter without a code; whether somebody may join is told to who has it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gatehouse.crypto.passwordless_code import NewCode
from gatehouse.models import Client
from gatehouse.models.authuser import PASSWORDLESS
from gatehouse.models.factors import (
    EMAIL_CODE,
    EMAIL_FACTORS,
    EMAIL_LINK,
    PHONE_CODE,
    PHONE_FACTORS,
    PHONE_LINK,
)
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import RestartFlow
from gatehouse.services.auth_checks import Admission, AuthChecks, NotInvited, SignUpNotAllowed
from gatehouse.services.code_delivery import CodeDelivery, Contact
from gatehouse.services.failures import Failures
from gatehouse.services.passwordless_codes import CreatedCode, PasswordlessCodes
from gatehouse.services.passwordless_visitors import Visitor, admit, candidate_of, known
from gatehouse.services.session_linking import LinkingToSessionUserFailed
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query

_LINKS = (EMAIL_LINK, PHONE_LINK)
_CODES = (EMAIL_CODE, PHONE_CODE)


@dataclass(frozen=True, slots=True)
class SentCode:
    """A device that waits for a code, and what was sent to it."""

    code: NewCode
    flow: str


class PasswordlessSending:
    """Sends codes; `factors` are those that codes and links are here. Raises what `AuthChecks` does besides."""

    def __init__(
        self,
        database: Database,
        checks: AuthChecks,
        codes: PasswordlessCodes,
        delivery: CodeDelivery,
        failures: Failures,
        *,
        factors: tuple[str, ...],
    ) -> None:
        self._database = database
        self._checks = checks
        self._codes = codes
        self._delivery = delivery
        self._failures = failures
        self._factors = factors

    def create_code(self, tenant: Tenant, contact: Contact, visitor: Visitor, client: Client) -> SentCode:
        """Send a code to who may sign in or up; raises TooManySends, LetterNotSent."""
        admission, is_invited = self._admit(tenant, contact, visitor)

        def work(tx: Transaction) -> CreatedCode:
            self._delivery.count(tx, tenant, contact, client)
            created, writes = self._codes.new_device(
                tenant, email=contact.email, phone_number=contact.phone_number
            )
            tx.finish(*writes, *self._refused(tenant, is_invited=is_invited))
            return created

        created = self._make(tenant, work)
        return self._send(tenant, contact, created, admission, is_invited=is_invited)

    def resend_code(self, tenant: Tenant, device_id: str, visitor: Visitor, client: Client) -> SentCode:
        """Send another code to the same address; raises RestartFlow, RequestInvalid, TooManySends, LetterNotSent."""
        lock = self._codes.lock_device(tenant, device_id)
        waiting = next(iter(self._codes.list_by_device_id(tenant, device_id)), None)
        if waiting is None:
            raise RestartFlow
        contact = Contact(waiting.device.email, waiting.device.phone_number)
        if not self._factors_of(contact):
            raise RestartFlow
        try:
            admission, is_invited = self._admit(tenant, contact, visitor)
        except (SignUpNotAllowed, LinkingToSessionUserFailed):  # as `create_code` will say
            raise RestartFlow from None

        def work(tx: Transaction) -> CreatedCode:
            (locked,) = self._delivery.count(tx, tenant, contact, client, lock)
            created, write = self._codes.another_code(tenant, device_id, locked)
            tx.finish(write, *self._refused(tenant, is_invited=is_invited))
            return created

        created = self._make(tenant, work)
        return self._send(tenant, contact, created, admission, is_invited=is_invited)

    def _admit(self, tenant: Tenant, contact: Contact, visitor: Visitor) -> tuple[Admission, bool]:
        """Return with which factors somebody may go on, and whether they are invited, if they must be."""
        candidate = candidate_of(contact)
        factors = self._factors_of(contact)
        if visitor.session:  # they type the code where they are signed in
            factors = [EMAIL_CODE if contact.email is not None else PHONE_CODE]
        seen = self._checks.look(tenant, candidate, visitor.session)
        found = known(tenant, seen.people, candidate)
        try:
            return (
                admit(self._checks, tenant, candidate, visitor, found, factors, seen, skips_update=True),
                True,
            )
        except NotInvited as stranger:
            return stranger.admission, False

    def _refused(self, tenant: Tenant, *, is_invited: bool) -> tuple[Query[Any], ...]:
        """Return the write that notes that a stranger came where strangers may not join."""
        return () if is_invited else self._failures.writes(tenant, PASSWORDLESS, "not_invited")

    def _make(self, tenant: Tenant, work: Callable[[Transaction], CreatedCode]) -> CreatedCode:
        with self._failures.sending(tenant.app_id, letter="sign_in"):
            return self._database.transact(work, rerun_on_duplicate=True)

    def _send(
        self,
        tenant: Tenant,
        contact: Contact,
        created: CreatedCode,
        admission: Admission,
        *,
        is_invited: bool,
    ) -> SentCode:
        has_link = any(factor in _LINKS for factor in admission.factor_ids)
        has_code = any(factor in _CODES for factor in admission.factor_ids)
        if is_invited:
            self._delivery.send(tenant, contact, created.code, has_code=has_code, has_link=has_link)
        else:
            self._delivery.send_not_invited(contact)
        parts = [*(["USER_INPUT_CODE"] if has_code else []), *(["MAGIC_LINK"] if has_link else [])]
        return SentCode(created.code, "_AND_".join(parts))

    def _factors_of(self, contact: Contact) -> list[str]:
        reached = EMAIL_FACTORS if contact.email is not None else PHONE_FACTORS
        return [factor for factor in self._factors if factor in reached]
