"""What an identity provider does for the REST functions."""

from dataclasses import dataclass
from typing import Any, Protocol

from gatehouse.models import Client, Credentials, SignedIn, User


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The value of a field that a change leaves as it is."""


UNCHANGED = Unchanged()


class IdentityProvider(Protocol):
    """Proves who people are; two implementations: `embedded` and `stytch`."""

    def login(self, email: str, client: Client) -> None:
        """Send a sign-in link to a normalised address if it may have one; the caller cannot tell.

        Raises TooManySends, LetterNotSent, ProviderFailed or ProviderUnavailable.
        """

    def invite(self, email: str, name: str | None, *, by: User, client: Client) -> None:
        """Put a person into the directory if they are new, and send them a link.

        Raises as `login`; the directory row stays when the letter could not be sent.
        """

    def authenticate(self, token: str, client: Client) -> SignedIn:
        """Spend a link, once, and open a session; raises LinkInvalid or Forbidden."""

    def check_link(self, token: str) -> None:
        """Raise LinkInvalid for a text that cannot be a link's token; spends nothing and asks nobody."""

    def check(self, credentials: Credentials, *, check_database: bool = False) -> SignedIn:
        """Return who is signed in; raises Unauthenticated."""

    def log_out(self, credentials: Credentials, *, everywhere: bool = False) -> None:
        """End a session, or every session of its person; does nothing without a valid one."""

    def change_user(
        self, user_id: str, *, email: str | Unchanged, name: str | Unchanged | None, by: User
    ) -> User:
        """Change a person; raises UserNotFound, EmailTaken or EmailChangeUnsupported."""

    def remove_user(self, user_id: str, *, by: User) -> None:
        """Remove a person, their identity and their sessions; raises UserNotFound or RemovalRefused."""

    def jwks(self) -> tuple[list[dict[str, Any]], int]:
        """Return the public keys of session JWTs and for how many seconds they may be cached."""
