"""Sessions as frontends hold them: opened with claims, verified, refreshed and ended (specs/supertokens.md 6.2)."""

from collections.abc import Iterable, Mapping
from typing import Any

from gatehouse.clock import Clock
from gatehouse.crypto.access_token import LATEST, protected_claims, read_access_token
from gatehouse.crypto.json_web_token import TokenInvalid, read_jwt
from gatehouse.frontend_errors import InvalidClaims
from gatehouse.models.authuser import AuthUser, LoginMethod
from gatehouse.models.session import FrontendSession, SessionTokens, SessionUser
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import TryRefreshToken
from gatehouse.services.claim_checks import ClaimCheck, EmailVerified, MfaCompleted
from gatehouse.services.claims import SessionClaims, faults, stale
from gatehouse.services.session import Sessions
from gatehouse.services.session_list import SessionList
from gatehouse.services.session_tokens import TokenWishes
from gatehouse.services.signing_keys import SigningKeyRing

STATIC_KEY = "s-"
"""How the ids of static keys begin."""


class FrontendSessions:
    """What the backend SDKs do with sessions; a tenant stands for its app, and tokens name their own."""

    def __init__(
        self,
        sessions: Sessions,
        session_list: SessionList,
        ring: SigningKeyRing,
        claims: SessionClaims,
        clock: Clock,
        *,
        issuer: str,
        checks: tuple[ClaimCheck, ...],
        grace_ms: int | None,
    ) -> None:
        self._sessions = sessions
        self._list = session_list
        self._ring = ring
        self._claims = claims
        self._clock = clock
        self._issuer = issuer
        self._grace_ms = grace_ms
        self.checks = checks
        """What every session must prove, unless an operation says otherwise."""

    def open(
        self, tenant: Tenant, person: AuthUser, method: LoginMethod, *, factor_id: str, has_anti_csrf: bool
    ) -> FrontendSession:
        """Open a session for somebody who has just signed in with a factor."""
        keys = self._ring.of(tenant.app_id, tenant.config)
        answers = keys.batch_with(*self._claims.reads(tenant, person))
        claims = self._claims.of_new(tenant, person, method, answers, factor_id=factor_id)
        user = SessionUser(method.recipe_user_id, person.user_id, person.supertokens_user_id)
        wishes = self._wishes(has_anti_csrf=has_anti_csrf)
        payload = {"iss": self._issuer, **claims}
        opened = self._sessions.open(tenant, user, wishes, payload=payload, data={}, factor_id=factor_id)
        return _from(opened)

    def read(
        self,
        tenant: Tenant,
        access_token: str,
        *,
        anti_csrf_token: str | None,
        checks_anti_csrf: bool,
        checks_database: bool,
    ) -> FrontendSession:
        """Return the session of an access token; raises TryRefreshToken, Unauthorised."""
        if _is_static(access_token):
            raise TryRefreshToken(message="The access token is signed by a static key")
        tokens = self._sessions.verify(
            tenant,
            access_token,
            anti_csrf_token=anti_csrf_token,
            checks_anti_csrf=checks_anti_csrf,
            checks_database=checks_database,
            has_grace=self._grace_ms is not None,
        )
        return _from(tokens, access_token)

    def refresh(
        self, tenant: Tenant, refresh_token: str, *, anti_csrf_token: str | None, has_anti_csrf: bool
    ) -> FrontendSession:
        """Return the session with new tokens; raises Unauthorised, TokenTheftDetected."""
        wishes = self._wishes(has_anti_csrf=has_anti_csrf)
        return _from(self._sessions.refresh(tenant, refresh_token, wishes, anti_csrf_token=anti_csrf_token))

    def merge(
        self,
        tenant: Tenant,
        session: FrontendSession,
        update: Mapping[str, Any],
        *,
        factor_id: str | None = None,
    ) -> FrontendSession:
        """Change claims, of which None takes one away, and return the session with its new access token.

        `factor_id` is a factor that was just used, which is the reason.
        The tokens that were made along with it stay with it. Raises Unauthorised.
        """
        payload = {
            name: value
            for name, value in {**session.payload, **update}.items()
            if update.get(name, 0) is not None
        }
        tokens = self._sessions.regenerate(tenant, session.access_token, payload, factor_id=factor_id)
        return _from(tokens, session.access_token, before=session)

    def require(
        self, tenant: Tenant, session: FrontendSession, checks: Iterable[ClaimCheck]
    ) -> FrontendSession:
        """Return the session, with claims that had grown old read again; raises InvalidClaims, Unauthorised."""
        checks = tuple(checks)
        names = stale(checks, session.claims, self._clock())
        if names:
            session = self.merge(tenant, session, self._claims.read_again(tenant, session, names))
        found = faults(checks, session.claims)
        if found:
            raise InvalidClaims(found, session)
        return session

    def revoke(self, tenant: Tenant, handle: str) -> None:
        """End a session, if it has not ended before."""
        self._list.revoke(tenant, [handle])

    def _wishes(self, *, has_anti_csrf: bool) -> TokenWishes:
        return TokenWishes(
            has_anti_csrf=has_anti_csrf, is_static=False, version=LATEST, grace_ms=self._grace_ms
        )


def global_checks(*, requires_email: bool, has_mfa: bool) -> tuple[ClaimCheck, ...]:
    """Return what every session must prove."""
    return (*((EmailVerified(),) if requires_email else ()), *((MfaCompleted(),) if has_mfa else ()))


def looks_like_access_token(text: str) -> bool:
    """Say whether a text has the structure of an access token; whether it is one, only `read` says."""
    try:
        read_access_token(text).content()
    except TokenInvalid:
        return False
    return True


def _from(
    tokens: SessionTokens, access_token: str = "", *, before: FrontendSession | None = None
) -> FrontendSession:
    """Return a session with new tokens, or with the access token that it was found by."""
    info, made = tokens.info, tokens.access_token
    received = read_access_token(made.text if made else access_token)
    claims = dict(received.jwt.claims)
    if not made:  # changed, and expired at the same moment: the next refresh brings the change
        claims |= info.payload
    return FrontendSession(
        handle=info.handle,
        user_id=info.user_id,
        recipe_user_id=info.recipe_user_id,
        tenant_id=info.tenant_id,
        claims=claims,
        payload={name: value for name, value in claims.items() if name not in protected_claims(LATEST)},
        access_token=made.text if made else access_token,
        expires_at_ms=made.expires_at_ms if made else received.content().expires_at_ms,
        is_renewed=made is not None or (before is not None and before.is_renewed),
        refresh_token=tokens.refresh_token or (before.refresh_token if before else None),
        anti_csrf_token=tokens.anti_csrf_token or (before.anti_csrf_token if before else None),
    )


def _is_static(access_token: str) -> bool:
    try:
        return str(read_jwt(access_token).header.get("kid", "")).startswith(STATIC_KEY)
    except TokenInvalid:
        return False
