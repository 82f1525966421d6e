"""How sessions reach frontends and come back: cookies or headers, and the front-token (specs/supertokens.md 6.2)."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from gatehouse.clock import SECOND_MS, Clock
from gatehouse.config import Settings
from gatehouse.frontend_errors import OldCookies
from gatehouse.frontend_settings import HOST_ONLY
from gatehouse.models.session import FrontendSession
from gatehouse.services.frontend_sessions import looks_like_access_token
from gatehouse.web.sites import are_same_site

Method = Literal["cookie", "header"]

ACCESS_COOKIE = "sAccessToken"
REFRESH_COOKIE = "sRefreshToken"
LEGACY_COOKIE = "sIdRefreshToken"
"""What SDKs of before 2022 set; whoever has it refreshes once."""

BASE_PATH = "/auth"
REFRESH_PATH = f"{BASE_PATH}/session/refresh"
"""Where the cookie of the refresh token is sent to, behind the path of API_URL if it has one."""

ACCESS_COOKIE_MS = 365 * 86_400 * SECOND_MS
"""How long browsers keep access tokens, which expire long before: a kept one says that refreshing may help."""

VIA_TOKEN = "VIA_TOKEN"  # noqa: S105 (a mode's name)
VIA_CUSTOM_HEADER = "VIA_CUSTOM_HEADER"


@dataclass(frozen=True, slots=True)
class Received:
    """A token of a request, and how it came."""

    text: str = field(repr=False)
    method: Method


class FrontendTransport:
    """Finds tokens in requests, and knows how cookies are set here."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        frontend = settings.frontend
        self.clock = clock
        self.allowed = frontend.token_transfer_method
        self.cookie_domain = frontend.cookie_domain
        self.older_cookie_domain = frontend.older_cookie_domain
        self.refresh_path = urlsplit(settings.api_url).path + REFRESH_PATH
        self.is_secure = settings.api_url.startswith("https://")
        self.same_site = frontend.cookie_same_site or (
            "lax" if are_same_site(settings.api_url, settings.website) else "none"
        )
        self.anti_csrf = frontend.anti_csrf or (VIA_CUSTOM_HEADER if self.same_site == "none" else "NONE")

    def access_token(self, request: Request) -> Received | None:
        """Return the access token of a request; what has not the structure of one does not count."""
        found = _tokens(request, ACCESS_COOKIE)
        return self._first(token for token in found if looks_like_access_token(token.text))

    def refresh_token(self, request: Request) -> Received | None:
        """Return the refresh token of a request."""
        return self._first(_tokens(request, REFRESH_COOKIE))

    def for_new(self, request: Request) -> Method:
        """Return how a session that is opened now shall travel: as the frontend asks, where it may choose."""
        asked = request.headers.get("st-auth-mode", "").lower() if self.allowed == "any" else self.allowed
        return "cookie" if asked == "cookie" else "header"

    def has_anti_csrf(self, method: Method) -> bool:
        """Say whether sessions that travel in a way have a token against forged requests."""
        return method == "cookie" and self.anti_csrf == VIA_TOKEN

    def older_cookies(self, request: Request) -> list[str]:
        """Return the cookies that a browser has twice: for this domain and for an older one."""
        if self.allowed == "header":
            return []
        return [name for name in (ACCESS_COOKIE, REFRESH_COOKIE) if has_twice(request, name)]

    def _first(self, found: Iterable[Received]) -> Received | None:
        return next((token for token in found if self.allowed in {"any", token.method}), None)


class Outgoing:
    """What an answer does to the tokens of a frontend."""

    def __init__(self, transport: FrontendTransport, request: Request) -> None:
        self._transport = transport
        self._request = request
        self._headers: dict[str, str] = {}
        self._cookies: dict[tuple[str, str], tuple[str, int, str]] = {}
        """By name and domain: value, time of expiry, path. A later one takes the place of an earlier one."""

    def attach(self, session: FrontendSession, method: Method) -> None:
        """Send the tokens of a session that were made, and the front-token that tells of them."""
        if not session.is_renewed:
            return
        content = {"uid": session.user_id, "ate": session.expires_at_ms, "up": session.claims}
        self._headers["front-token"] = _base64_json(content)
        year_ms = self._transport.clock() + ACCESS_COOKIE_MS
        self._token("access", session.access_token, year_ms, method)
        if session.refresh_token:
            self._token("refresh", session.refresh_token.text, session.refresh_token.expires_at_ms, method)
        if session.anti_csrf_token and self._transport.has_anti_csrf(method):
            self._headers["anti-csrf"] = session.anti_csrf_token

    def clear(self, *methods: Method) -> None:
        """Take the tokens away that travel in some ways; without any, all."""
        for method in methods or ("cookie", "header"):
            self._token("access", "", 0, method)
            self._token("refresh", "", 0, method)
        self._headers.pop("anti-csrf", None)
        self._headers["front-token"] = "remove"

    def clear_other(self, method: Method, cookie: str = ACCESS_COOKIE) -> None:
        """Take away the tokens of a request that travel otherwise than in a way; `cookie` is the one to look for."""
        for token in _tokens(self._request, cookie):
            if token.method != method:
                self._token("access", "", 0, token.method)
                self._token("refresh", "", 0, token.method)

    def clear_legacy(self) -> None:
        """Take the cookie of very old SDKs away."""
        if _cookie(self._request, LEGACY_COOKIE) is not None:
            self._set_cookie(LEGACY_COOKIE, "", 0, "/", self._transport.cookie_domain)

    def clear_older(self, names: Iterable[str]) -> None:
        """Take cookies of the older domain away."""
        domain = self._transport.older_cookie_domain.removeprefix(HOST_ONLY)
        for name in names:
            self._set_cookie(
                name, "", 0, "/" if name == ACCESS_COOKIE else self._transport.refresh_path, domain
            )

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers of the answer, in their order."""
        exposed = {"access-control-expose-headers": ", ".join(self._headers)} if self._headers else {}
        return [
            *self._headers.items(),
            *(("set-cookie", text) for text in self._set_cookies()),
            *exposed.items(),
        ]

    def _token(
        self, kind: Literal["access", "refresh"], text: str, expires_at_ms: int, method: Method
    ) -> None:
        if method == "header":
            self._headers[f"st-{kind}-token"] = text
        elif kind == "access":
            self._set_cookie(ACCESS_COOKIE, text, expires_at_ms, "/", self._transport.cookie_domain)
        else:
            self._set_cookie(
                REFRESH_COOKIE,
                text,
                expires_at_ms,
                self._transport.refresh_path,
                self._transport.cookie_domain,
            )

    def _set_cookie(self, name: str, value: str, expires_at_ms: int, path: str, domain: str) -> None:
        self._cookies[name, domain] = (value, expires_at_ms, path)

    def _set_cookies(self) -> list[str]:
        response = Response()
        for (name, domain), (value, expires_at_ms, path) in self._cookies.items():
            response.set_cookie(
                name,
                quote(value, safe=""),  # else it gets double quotes, which not everybody takes off
                expires=datetime.fromtimestamp(expires_at_ms // SECOND_MS, UTC),
                path=path,
                domain=domain or None,
                secure=self._transport.is_secure,
                httponly=True,
                samesite=self._transport.same_site,  # type: ignore[arg-type]
            )
        return response.headers.getlist("set-cookie")


def has_twice(request: Request, name: str) -> bool:
    """Say whether a request has two cookies of a name."""
    pairs = request.headers.get("cookie", "").split(";")
    return sum(pair.partition("=")[0].strip() == name for pair in pairs) > 1


def require_one_domain(transport: FrontendTransport, request: Request, outgoing: Outgoing) -> None:
    """Take the cookies of an older domain away, if a browser has both; raises OldCookies."""
    names = transport.older_cookies(request)
    if names and transport.older_cookie_domain:
        outgoing.clear_older(names)
        raise OldCookies


def _tokens(request: Request, cookie: str) -> list[Received]:
    """Return the tokens of a request, a header's first."""
    bearer, value = _bearer(request), _cookie(request, cookie)
    return [
        *([Received(bearer, "header")] if bearer else []),
        *([Received(value, "cookie")] if value else []),
    ]


def _bearer(request: Request) -> str:
    given = request.headers.get("authorization", "")
    return given.removeprefix("Bearer ").strip() if given.startswith("Bearer ") else ""


def _cookie(request: Request, name: str) -> str | None:
    value = request.cookies.get(name)
    return None if value is None else unquote(value)


def _base64_json(content: object) -> str:
    text = json.dumps(content, separators=(",", ":"), sort_keys=True)
    return base64.b64encode(text.encode()).decode()
