"""Sessions of the core and of the frontend interface, as rules take and give them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class SessionUser:
    """Whose a session is.

    `recipe_user_id` and `user_id` (the primary user's) are the ids that the outside knows; `supertokens_user_id` is the
    primary user's own one, under which is noted when somebody was active.
    """

    recipe_user_id: str
    user_id: str
    supertokens_user_id: str


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as the database has it; `data` is what the application keeps beside it."""

    handle: str
    tenant_id: str
    user: SessionUser
    refresh_token_hash_2: str = field(repr=False)
    data: dict[str, Any]
    payload: dict[str, Any]
    created_at_ms: int
    expires_at_ms: int
    use_static_key: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A token for a client, and its times."""

    text: str = field(repr=False)
    expires_at_ms: int
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session as clients are told of it; `payload` is what its access tokens carry for the application."""

    handle: str
    user_id: str
    recipe_user_id: str
    tenant_id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SessionTokens:
    """A session with those of its tokens that were just made."""

    info: SessionInfo
    access_token: Token | None = None
    refresh_token: Token | None = None
    anti_csrf_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class FrontendSession:
    """A session as a frontend holds it.

    `claims` are all that the access token says, `payload` those that are not the session's own; `refresh_token` and
    `anti_csrf_token` are there when they were just made, and `is_renewed` says that the access token was.
    """

    handle: str
    user_id: str
    recipe_user_id: str
    tenant_id: str
    claims: Mapping[str, Any]
    payload: Mapping[str, Any]
    access_token: str = field(repr=False)
    expires_at_ms: int
    is_renewed: bool = False
    refresh_token: Token | None = None
    anti_csrf_token: str | None = field(default=None, repr=False)
