"""Who asks for a code or has one, and what the checks around a sign-in are told of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gatehouse.models.authuser import PASSWORDLESS, AuthUser
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.services.auth_checks import Admission, AuthChecks
from gatehouse.services.candidates import Candidate, Found, Seen
from gatehouse.services.code_delivery import Contact


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the door: the session that they have already, and whether they want to add to it."""

    session: FrontendSession | None
    links_session: bool | None


def candidate_of(contact: Contact) -> Candidate:
    """Return who has an address or a number."""
    return Candidate(PASSWORDLESS, email=contact.email, phone_number=contact.phone_number)


def known(tenant: Tenant, people: Iterable[AuthUser], candidate: Candidate) -> Found | None:
    """Return who signs in to a tenant with an address or a number, and the login method."""
    for person in people:
        for method in person.login_methods:
            if candidate.has(method) and tenant.tenant_id in method.tenant_ids:
                return person, method
    return None


def admit(
    checks: AuthChecks,
    tenant: Tenant,
    candidate: Candidate,
    visitor: Visitor,
    found: Found | None,
    factor_ids: Sequence[str],
    seen: Seen | None,
    *,
    skips_update: bool = False,
) -> Admission:
    """Say whether somebody may go on, whose code will prove their address; raises what `AuthChecks.before` does."""
    return checks.before(
        tenant,
        candidate,
        found=found[0] if found else None,
        is_sign_up=found is None,
        is_verified=found[1].is_verified if found else True,
        verifies=True,
        factor_ids=factor_ids,
        session=visitor.session,
        links_session=visitor.links_session,
        skips_update=skips_update,
        seen=seen,
    )
