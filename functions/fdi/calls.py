"""A call as its operation sees it: for whom, in which version, with what input, and in which session."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, overload

from starlette.requests import Request

from gatehouse.bootstrap import House
from gatehouse.errors import RequestInvalid
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.texts import is_storable
from gatehouse.web.frontend_requests import FrontendRequest
from gatehouse.web.frontend_wire import FdiVersion

MOST_LETTERS = 10_000
"""How long a text of a body may be; columns have shorter limits of their own."""


class Call:
    """One request, its tenant found."""

    def __init__(self, house: House, tenant: Tenant, request: Request, content: bytes) -> None:
        self.house = house
        self.tenant = tenant
        self.headers = request.headers
        self.version = FdiVersion.of_header(request.headers.get("fdi-version"))
        self.client_address = request.client.host if request.client else ""
        self._request = request
        self._content = content
        self.frontend = FrontendRequest(house, tenant, request)

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """The members of the JSON body; what is no object has none."""
        try:
            body = json.loads(self._content)
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}

    @cached_property
    def form(self) -> Mapping[str, str]:
        """The members of a body that an HTML form has sent."""
        from urllib.parse import parse_qsl

        return dict(parse_qsl(self._content.decode("latin-1"), keep_blank_values=True))

    @property
    def parameters(self) -> Mapping[str, str]:
        """The members of the query."""
        return self._request.query_params

    def text(self, name: str) -> str | None:
        """Return a text of the body, or None if it is absent or null; raises RequestInvalid."""
        return _text(name, self.fields.get(name))

    def query_text(self, name: str) -> str | None:
        """Return a text of the query, or None if it is absent; raises RequestInvalid."""
        return _text(name, self.parameters.get(name))

    @overload
    def session(
        self, *, is_required: Literal[True] = True, checks_claims: bool = True, checks_database: bool = False
    ) -> FrontendSession: ...
    @overload
    def session(
        self, *, is_required: bool, checks_claims: bool = True, checks_database: bool = False
    ) -> FrontendSession | None: ...
    def session(
        self, *, is_required: bool = True, checks_claims: bool = True, checks_database: bool = False
    ) -> FrontendSession | None:
        """Return the session of the request; raises SessionRequired, TryRefreshToken, Unauthorised, InvalidClaims."""
        checks = self.house.frontend_sessions.checks if checks_claims else ()
        return self.frontend.session(is_required=is_required, checks=checks, checks_database=checks_database)

    @property
    def links_session(self) -> bool | None:
        """Whether a sign-in shall be linked to the session's user; None is an older frontend that cannot say."""
        if not self.version.asks_for_linking:
            return None
        return self.fields.get("shouldTryLinkingWithSessionUser") is True

    def session_for_linking(self) -> FrontendSession | None:
        """Return the session that a sign-in may be linked to; it must still be in the database."""
        links = self.links_session
        if links is False:
            return None
        return self.session(is_required=links is True, checks_claims=False, checks_database=True)

    @property
    def has_anti_csrf(self) -> bool:
        """Whether a session that is opened now gets a token against forged requests."""
        return self.frontend.has_anti_csrf

    def attach(self, session: FrontendSession) -> None:
        """Send the new tokens of a session with the answer."""
        self.frontend.attach(session)

    def clear(self) -> None:
        """Take the frontend's tokens away with the answer."""
        self.frontend.clear()

    def refresh(self) -> FrontendSession:
        """Refresh the session of the request; raises Unauthorised, TokenTheftDetected."""
        return self.frontend.refresh()


def _text(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MOST_LETTERS or not is_storable(value):
        raise RequestInvalid(
            f"{name} must be a text of at most {MOST_LETTERS} letters, without control characters"
        )
    return value
