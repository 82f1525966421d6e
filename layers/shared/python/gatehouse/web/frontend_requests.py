"""The session of a frontend's request: found, refreshed, and sent back (specs/supertokens.md 6.2)."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from gatehouse.bootstrap import House
from gatehouse.frontend_errors import InvalidClaims, SessionRequired
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import TokenTheftDetected, TryRefreshToken, Unauthorised
from gatehouse.services.claim_checks import ClaimCheck
from gatehouse.web.frontend_answers import error_answer
from gatehouse.web.frontend_transport import (
    ACCESS_COOKIE,
    LEGACY_COOKIE,
    REFRESH_COOKIE,
    VIA_CUSTOM_HEADER,
    VIA_TOKEN,
    FrontendTransport,
    Method,
    Outgoing,
    Received,
    has_twice,
    require_one_domain,
)


class FrontendRequest:
    """A request with what it says of a session, and what its answer does to the frontend's tokens."""

    def __init__(self, house: House, tenant: Tenant, request: Request) -> None:
        self._transport = transport = FrontendTransport(house.settings, house.clock)
        self._sessions = house.frontend_sessions
        self._expired_status = house.settings.frontend.session_expired_status
        self._tenant = tenant
        self._request = request
        self._method: Method | None = None
        self.outgoing = Outgoing(transport, request)

    def session(
        self, *, is_required: bool, checks: Iterable[ClaimCheck], checks_database: bool
    ) -> FrontendSession | None:
        """Return the session; raises SessionRequired, TryRefreshToken, Unauthorised, InvalidClaims."""
        if LEGACY_COOKIE in self._request.cookies:
            raise TryRefreshToken(message="using legacy session, please call the refresh API")
        token = self._transport.access_token(self._request)
        if token is None:
            if is_required:
                raise SessionRequired
            return None
        if token.method == "cookie" and has_twice(self._request, ACCESS_COOKIE):
            raise TryRefreshToken(message="Multiple access tokens present in the request cookies.")
        session = self._sessions.read(
            self._tenant,
            token.text,
            anti_csrf_token=self._request.headers.get("anti-csrf"),
            checks_anti_csrf=self._checks_anti_csrf(token),
            checks_database=checks_database,
        )
        self._method = token.method
        self.attach(session)
        required = self._sessions.require(self._tenant, session, checks)
        self.attach(required)
        return required

    def refresh(self) -> FrontendSession:
        """Refresh the session, and send its new tokens; raises Unauthorised, TokenTheftDetected, OldCookies."""
        require_one_domain(self._transport, self._request, self.outgoing)
        self.outgoing.clear_legacy()
        token = self._transport.refresh_token(self._request)
        if token is None:
            raise Unauthorised(
                message="Refresh token not found. Are you sending the refresh token in the request?"
            )
        self._require_header(token, Unauthorised(message="anti-csrf check failed"))
        session = self._sessions.refresh(
            self._tenant,
            token.text,
            anti_csrf_token=self._request.headers.get("anti-csrf"),
            has_anti_csrf=self._transport.has_anti_csrf(token.method),
        )
        self.outgoing.clear_other(token.method, REFRESH_COOKIE)
        self._method = token.method
        self.attach(session)
        return session

    @property
    def has_anti_csrf(self) -> bool:
        """Whether a session that is opened now gets a token against forged requests."""
        return self._transport.has_anti_csrf(self._transport.for_new(self._request))

    def attach(self, session: FrontendSession) -> None:
        """Send the tokens of a session that were made, as the frontend's tokens came or as it asks for new ones."""
        if session.refresh_token and self._method is None:
            self._method = self._transport.for_new(self._request)
            self.outgoing.clear_other(self._method)
        self.outgoing.attach(session, self._method or self._transport.for_new(self._request))

    def clear(self) -> None:
        """Take the frontend's tokens away: as they came, or all."""
        self.outgoing.clear(*([self._method] if self._method else []))

    def refused(self, error: Exception) -> Response:
        """Return the answer to an error, and do what it does to tokens and session."""
        if isinstance(error, TokenTheftDetected):
            self._sessions.revoke(self._tenant, error.found.handle)
        if isinstance(error, TokenTheftDetected | Unauthorised):
            self.outgoing.clear()
        if isinstance(error, InvalidClaims):
            self.attach(error.session)
        return error_answer(error, expired_status=self._expired_status)

    def _checks_anti_csrf(self, token: Received) -> bool:
        """Say whether the token against forged requests must be checked; raises TryRefreshToken."""
        if token.method == "header" or self._request.method == "GET":
            return False
        self._require_header(token, TryRefreshToken(message="anti-csrf check failed"))
        return self._transport.anti_csrf == VIA_TOKEN

    def _require_header(self, token: Received, error: Exception) -> None:
        """Demand a header that foreign pages cannot send."""
        needs_header = token.method == "cookie" and self._transport.anti_csrf == VIA_CUSTOM_HEADER
        if needs_header and "rid" not in self._request.headers:
            raise error
