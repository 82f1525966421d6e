"""A Stytch project in memory, with the rules of the original: users, links, sessions, and the keys of JWTs."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import jwt

from tests.providers.stytch_objects import (
    SESSION_CLAIM,
    Json,
    Link,
    OpenSession,
    Person,
    Refusal,
    SigningKey,
    first_key,
    make_id,
)

MINUTE_MS = 60_000
JWT_LIFETIME_MS = 5 * MINUTE_MS
LINK_MINUTES = range(5, 10_081)
SESSION_MINUTES = range(5, 527_041)

_WITHOUT_TIMES: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}


class StytchProject:
    """Answers calls; `deliver` gets (address, link) of each letter, `clock` gives ms since 1970.

    Without `redirect_urls` a link may lead to any https address and to this machine.
    """

    def __init__(
        self,
        project_id: str,
        clock: Callable[[], int],
        deliver: Callable[[str, str], None],
        redirect_urls: frozenset[str],
    ) -> None:
        self.project_id = project_id
        self.people: dict[str, Person] = {}
        self.sessions: dict[str, OpenSession] = {}
        self.links: dict[str, Link] = {}
        self.revoked: list[str] = []
        self.keys = [first_key()]
        self._cursors: dict[str, int] = {}
        self._clock = clock
        self._deliver = deliver
        self._redirect_urls = redirect_urls

    def login_or_create(self, body: Json) -> Json:
        """POST /v1/magic_links/email/login_or_create."""
        email = body["email"]
        if email != email.strip() or email.count("@") != 1:
            raise Refusal(400, "invalid_email")
        for kind in ("login", "signup"):
            self._check_url(body[f"{kind}_magic_link_url"])
            if body[f"{kind}_expiration_minutes"] not in LINK_MINUTES:
                raise Refusal(400, f"invalid_{kind}_expiration")
        known = self._find(email)
        person = known or self.add_person(email)
        address = next(item for item in person.emails if item["email"] == email)
        kind = "login" if address["verified"] else "signup"
        lifetime_ms = body[f"{kind}_expiration_minutes"] * MINUTE_MS
        token = self.make_link(person.user_id, address["email_id"], lifetime_ms)
        query = urlencode({"stytch_token_type": "magic_links", "token": token})
        self._deliver(email, f"{body[f'{kind}_magic_link_url']}?{query}")
        return {"user_id": person.user_id, "email_id": address["email_id"], "user_created": known is None}

    def authenticate_link(self, body: Json) -> Json:
        """POST /v1/magic_links/authenticate."""
        if body["session_duration_minutes"] not in SESSION_MINUTES:
            raise Refusal(400, "invalid_session_duration_minutes")
        link = self.links.get(body["token"])
        if link is None:
            raise Refusal(404, "magic_link_not_found")
        if link.is_used or link.expires_at_ms <= self._clock():
            raise Refusal(401, "unable_to_auth_magic_link")
        link.is_used = True
        person = self.people[link.user_id]
        email = next(item for item in person.emails if item["email_id"] == link.email_id)
        email["verified"] = True
        session = self.open_session(person.user_id, email, body["session_duration_minutes"] * MINUTE_MS)
        return {
            **self._opened(session),
            "user_id": person.user_id,
            "method_id": link.email_id,
            "reset_sessions": False,
            "user_device": None,
        }

    def authenticate_session(self, body: Json) -> Json:
        """POST /v1/sessions/authenticate."""
        return {**self._opened(self._named_session(body)), "verdict": None}

    def revoke_session(self, body: Json) -> Json:
        """POST /v1/sessions/revoke."""
        session_id = self._named_session(body).session_id
        del self.sessions[session_id]
        self.revoked.append(session_id)
        return {}

    def list_sessions(self, user_id: str) -> Json:
        """GET /v1/sessions?user_id=."""
        if user_id not in self.people:
            raise Refusal(404, "user_not_found")
        return {"sessions": [session.body for session in self._sessions_of(user_id)]}

    def delete_user(self, user_id: str) -> Json:
        """DELETE /v1/users/{user_id}."""
        if not user_id.startswith("user-"):
            raise Refusal(400, "invalid_user_id")
        if self.people.pop(user_id, None) is None:
            raise Refusal(404, "user_not_found")
        for session in self._sessions_of(user_id):
            del self.sessions[session.session_id]
        return {"user_id": user_id}

    def search_users(self, body: Json) -> Json:
        """POST /v1/users/search, without a query: everybody, page by page."""
        limit = body.get("limit", 100)
        if not 1 <= limit <= 1000:
            raise Refusal(400, "invalid_limit")
        start = self._cursors.get(body["cursor"]) if "cursor" in body else 0
        if start is None:
            raise Refusal(400, "invalid_cursor")
        people, end = list(self.people.values()), start + limit
        next_cursor = secrets.token_urlsafe(24) if end < len(people) else None
        if next_cursor:
            self._cursors[next_cursor] = end
        results = [person.body for person in people[start:end]]
        return {"results": results, "results_metadata": {"total": len(people), "next_cursor": next_cursor}}

    def forget_cursors(self) -> None:
        """Let every search begin again."""
        self._cursors.clear()

    def jwks(self, project_id: str) -> Json:
        """GET /v1/sessions/jwks/{project_id}."""
        if project_id != self.project_id:
            raise Refusal(404, "project_not_found")
        return {"keys": [key.jwk for key in self.keys]}

    def add_person(self, *emails: str, is_verified: bool = False, **details: Any) -> Person:
        """Make a user; `details` replace members of the answers about them."""
        addresses = [
            {"email_id": make_id("email"), "email": email, "verified": is_verified} for email in emails
        ]
        person = Person(make_id("user"), addresses, details)
        self.people[person.user_id] = person
        return person

    def make_link(self, user_id: str, email_id: str, lifetime_ms: int = 60 * MINUTE_MS) -> str:
        """Make a link's token."""
        token = secrets.token_urlsafe(33)
        self.links[token] = Link(user_id, email_id, self._clock() + lifetime_ms)
        return token

    def open_session(self, user_id: str, email: Json, lifetime_ms: int) -> OpenSession:
        """Open a session."""
        now_ms = self._clock()
        session = OpenSession(
            make_id("session"), secrets.token_urlsafe(33), user_id, email, now_ms, now_ms + lifetime_ms
        )
        self.sessions[session.session_id] = session
        return session

    def sign(
        self,
        session: OpenSession,
        changes: Mapping[str, Any] | None = None,
        *,
        key: SigningKey | None = None,
    ) -> str:
        """Return a session's JWT of now; `changes` replace claims, None takes one away."""
        now_s = self._clock() // 1000
        claims = {
            "sub": session.user_id,
            "aud": [self.project_id],
            "iss": f"stytch.com/{self.project_id}",
            "iat": now_s,
            "nbf": now_s,
            "exp": now_s + JWT_LIFETIME_MS // 1000,
            SESSION_CLAIM: session.claim,
            **(changes or {}),
        }
        present = {name: value for name, value in claims.items() if value is not None}
        return (key or self.keys[-1]).sign(present)

    def _opened(self, session: OpenSession) -> Json:
        return {
            "session_token": session.token,
            "session_jwt": self.sign(session),
            "session": session.body,
            "user": self.people[session.user_id].body,
        }

    def _find(self, email: str) -> Person | None:
        return next(
            (
                person
                for person in self.people.values()
                if any(item["email"] == email for item in person.emails)
            ),
            None,
        )

    def _sessions_of(self, user_id: str) -> list[OpenSession]:
        return [session for session in self.sessions.values() if session.user_id == user_id]

    def _check_url(self, url: str) -> None:
        if self._redirect_urls and url not in self._redirect_urls:
            raise Refusal(400, "no_match_for_provided_magic_link_url")
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise Refusal(400, "invalid_magic_link_url")

    def _named_session(self, body: Mapping[str, str]) -> OpenSession:
        """Return the open session that a body names by id, token or JWT; an expired JWT will do."""
        session_id, token = self._session_id(body), body.get("session_token")
        for session in self.sessions.values():
            is_named = session_id == session.session_id or token == session.token
            if is_named and session.expires_at_ms > self._clock():
                return session
        raise Refusal(404, "session_not_found")

    def _session_id(self, body: Mapping[str, str]) -> str | None:
        text = body.get("session_jwt")
        if text is None:
            return body.get("session_id")
        try:
            kid = jwt.get_unverified_header(text)["kid"]
            key = next(key for key in self.keys if key.kid == kid).private.public_key()
            claims = jwt.decode(text, key, ["RS256"], audience=self.project_id, options=_WITHOUT_TIMES)
            return str(claims[SESSION_CLAIM]["id"])
        except (jwt.PyJWTError, KeyError, StopIteration):
            raise Refusal(400, "unable_to_parse_session_jwt") from None
