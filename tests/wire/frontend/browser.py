"""What a browser or an SDK keeps between two requests, and what it sends along."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

REFRESH = "/auth/session/refresh"
TOKEN_HEADERS = ("st-access-token", "st-refresh-token", "anti-csrf", "front-token")


@dataclass
class Browser:
    """Tokens by name, as the answers gave them."""

    mode: str
    tokens: dict[str, str] = field(default_factory=dict)

    def headers(self, path: str) -> dict[str, str]:
        """Return the headers of a request."""
        sent = {"rid": "anti-csrf", "fdi-version": "4.2", "st-auth-mode": self.mode}
        is_refresh = path == REFRESH
        bearer = self.tokens.get("st-refresh-token" if is_refresh else "st-access-token")
        if bearer:
            sent["authorization"] = f"Bearer {bearer}"
        if "anti-csrf" in self.tokens:
            sent["anti-csrf"] = self.tokens["anti-csrf"]
        names = ("sAccessToken", "sRefreshToken") if is_refresh else ("sAccessToken",)
        cookies = [f"{name}={self.tokens[name]}" for name in names if name in self.tokens]
        return sent | ({"cookie": "; ".join(cookies)} if cookies else {})

    def take(self, headers: "list[tuple[str, str]]") -> None:
        """Keep the tokens of an answer, and lose those that it takes away."""
        for name, value in headers:
            if name == "set-cookie":
                for cookie, morsel in cookies_in(value).items():
                    self._keep(cookie, morsel["raw"])
            elif name in TOKEN_HEADERS:
                self._keep(name, "" if value == "remove" else value)
                if (name, value) == ("front-token", "remove"):
                    self.tokens.pop("anti-csrf", None)

    def _keep(self, name: str, value: str) -> None:
        self.tokens[name] = value
        if not value:
            del self.tokens[name]


def cookies_in(line: str) -> Mapping[str, dict[str, str]]:
    """Return the cookies of a set-cookie header with their attributes; `raw` is the value."""
    try:
        found = SimpleCookie(line)
    except CookieError:
        return {}
    return {
        name: {"raw": morsel.value, **{key: str(value) for key, value in morsel.items() if value}}
        for name, morsel in found.items()
    }
