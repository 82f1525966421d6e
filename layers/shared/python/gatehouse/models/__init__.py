"""The values that rules take and give."""

import re
from dataclasses import dataclass, field

PUBLIC = "public"
ADMIN_ROLE = "admin"

_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class User:
    """A row of the directory, with the roles of the person behind it."""

    id: str
    email: str
    name: str | None
    auth_user_id: str | None
    created_at_ms: int
    updated_at_ms: int
    last_sign_in_at_ms: int | None
    roles: tuple[str, ...] = ()

    @property
    def is_admin(self) -> bool:
        """Whether this person may invite and write users."""
        return ADMIN_ROLE in self.roles

    @property
    def status(self) -> str:
        """`active` once the person has signed in, else `invited`."""
        return "active" if self.auth_user_id else "invited"


@dataclass(frozen=True, slots=True)
class Session:
    """An open session."""

    handle: str
    auth_user_id: str
    created_at_ms: int | None
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody with a valid session; the tokens are there only when they were just made."""

    user: User
    session: Session
    session_token: str | None = field(default=None, repr=False)
    session_jwt: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request proves a session with: the opaque token, a JWT, or both (a browser's two cookies)."""

    token: str | None = field(default=None, repr=False)
    jwt: str | None = field(default=None, repr=False)
    is_from_cookies: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """Who calls: the network address that API Gateway saw."""

    address: str


@dataclass(frozen=True, slots=True)
class UserPage:
    """A page of the directory; `next_cursor` is None on the last one."""

    users: list[User]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class TableNames:
    """The names tables have in one database: prefix, renamed tables, and a schema (PostgreSQL)."""

    prefix: str = ""
    renamed: tuple[tuple[str, str], ...] = ()
    schema: str = ""

    def bare(self, name: str) -> str:
        """Return the name of a table or an index without its schema; a renamed table takes no prefix."""
        if renamed := dict(self.renamed).get(name):
            return renamed
        return f"{self.prefix}_{name}" if self.prefix else name

    def qualified(self, name: str) -> str:
        """Return the name of a table with its schema, as statements use it."""
        bare = self.bare(name)
        return f'"{self.schema}".{bare}' if self.schema else bare

    def fill(self, text: str) -> str:
        """Replace every `{table}` in a text by the table's name."""
        return _NAME.sub(lambda match: self.qualified(match[1]), text)
