"""How a session travels: `Authorization: Bearer`, or two cookies."""

from starlette.requests import Request
from starlette.responses import Response

from gatehouse.clock import MINUTE_MS, SECOND_MS
from gatehouse.config import Settings
from gatehouse.crypto.json_web_token import looks_like_jwt
from gatehouse.errors import Forbidden
from gatehouse.models import Credentials, SignedIn
from gatehouse.services.opaque_sessions import JWT_LIFETIME_MS

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SessionTransport:
    """Reads credentials from requests and writes cookies to responses."""

    def __init__(self, settings: Settings) -> None:
        self._token_cookie = settings.cookie_name
        self._jwt_cookie = f"{settings.cookie_name}_jwt"
        self._is_secure = settings.api_url.startswith("https://")
        self._session_s = settings.session_duration_minutes * MINUTE_MS // SECOND_MS
        self._trusted_origins = settings.trusted_origins

    def read(self, request: Request) -> Credentials:
        """Return what the request proves a session with; a header wins over cookies.

        Raises Forbidden for a write with cookies, or from any page, unless the page's origin is trusted: without
        cookies a foreign page could still make the browser forget them.
        """
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and bearer.strip():
            text = bearer.strip()
            return Credentials(jwt=text) if looks_like_jwt(text) else Credentials(token=text)
        credentials = Credentials(
            token=request.cookies.get(self._token_cookie) or None,
            jwt=request.cookies.get(self._jwt_cookie) or None,
            is_from_cookies=True,
        )
        is_told = credentials.token or credentials.jwt or "origin" in request.headers
        if is_told and request.method not in SAFE_METHODS:
            self.require_trusted_origin(request)
        return credentials

    def require_trusted_origin(self, request: Request) -> None:
        """Raise Forbidden unless the page that sent the request is one of ours."""
        origin = request.headers.get("origin", "").lower()
        if origin not in self._trusted_origins:
            raise Forbidden(
                "Requests that write with the session cookie must come from an allowed origin. "
                "Send them from WEBSITE_URL or ALLOWED_ORIGINS, or use Authorization: Bearer."
            )

    def write(self, response: Response, signed_in: SignedIn) -> None:
        """Set the cookies of whatever tokens were just made."""
        if signed_in.session_token:
            self._set(response, self._token_cookie, signed_in.session_token, self._session_s)
        if signed_in.session_jwt:
            self._set(response, self._jwt_cookie, signed_in.session_jwt, JWT_LIFETIME_MS // SECOND_MS)

    def clear(self, response: Response) -> None:
        """Make the browser forget both cookies."""
        for name in (self._token_cookie, self._jwt_cookie):
            self._set(response, name, "", 0)

    def _set(self, response: Response, name: str, value: str, max_age_s: int) -> None:
        response.set_cookie(
            name, value, max_age=max_age_s, path="/", httponly=True, secure=self._is_secure, samesite="lax"
        )
