"""The bodies that the REST functions take and give."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gatehouse.addresses import normalise_email
from gatehouse.models import Session, SignedIn, User


def _clean_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise ValueError("a name cannot be empty; leave it out or send null")
    if not cleaned.isprintable():
        raise ValueError("a name cannot hold control characters")
    return cleaned


Email = Annotated[str, Field(max_length=320, examples=["ada@example.com"]), AfterValidator(normalise_email)]
Name = Annotated[str, Field(max_length=255, examples=["Ada Lovelace"]), AfterValidator(_clean_name)]


class Body(BaseModel):
    """A request body: unknown members are refused, so that a misspelt one is not lost."""

    model_config = ConfigDict(extra="forbid")


TOO_MANY: dict[int | str, dict[str, Any]] = {
    429: {"description": "Too many letters were asked for; Retry-After says how many seconds to wait."}
}
"""What endpoints that send letters may answer, too."""


class Message(BaseModel):
    """An answer that only says that it is done."""

    message: str


class UserBody(BaseModel):
    """A person in the directory; times are ISO 8601, UTC."""

    id: str
    email: str
    name: str | None
    roles: list[str]
    status: Annotated[str, Field(examples=["active", "invited"])]
    created_at: str
    updated_at: str
    last_sign_in_at: str | None

    @classmethod
    def of(cls, user: User) -> "UserBody":
        """Return the body of a person."""
        return cls(
            id=user.id,
            email=user.email,
            name=user.name,
            roles=list(user.roles),
            status=user.status,
            created_at=iso_time(user.created_at_ms),
            updated_at=iso_time(user.updated_at_ms),
            last_sign_in_at=iso_time(user.last_sign_in_at_ms) if user.last_sign_in_at_ms else None,
        )


class SessionBody(BaseModel):
    """A session; times are ISO 8601, UTC."""

    id: str
    created_at: str | None
    expires_at: str

    @classmethod
    def of(cls, session: Session) -> "SessionBody":
        """Return the body of a session."""
        return cls(
            id=session.handle,
            created_at=iso_time(session.created_at_ms) if session.created_at_ms else None,
            expires_at=iso_time(session.expires_at_ms),
        )


class SignedInBody(BaseModel):
    """Who is signed in; the tokens are there only when they were just made."""

    user: UserBody
    session: SessionBody
    session_token: str | None = None
    session_jwt: str | None = None

    @classmethod
    def of(cls, signed_in: SignedIn) -> "SignedInBody":
        """Return the body of somebody signed in."""
        return cls(
            user=UserBody.of(signed_in.user),
            session=SessionBody.of(signed_in.session),
            session_token=signed_in.session_token,
            session_jwt=signed_in.session_jwt,
        )


def iso_time(time_ms: int) -> str:
    """Return milliseconds since 1970 as `2026-11-21T03:33:32.123Z`."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{time_ms % 1000:03}Z"
