"""Every failure a caller can meet.

GatehouseError
├── RequestInvalid            400  the request cannot be understood
├── LinkInvalid               400  a sign-in link that is malformed, used, unknown or expired
├── Unauthenticated           401  no valid session
├── Forbidden                 403  a valid session that may not do this
├── NotFound                  404  an interface does not have what the path names
├── UserNotFound              404
├── MethodNotSupported        405  the path has other methods
├── EmailTaken                409  another person in the directory has this e-mail
├── RemovalRefused            409  people cannot remove themselves
├── EmailChangeUnsupported    409  the identity provider cannot change an e-mail
├── TooManySends              429  the send limit of an address or a client is reached
├── LetterNotSent             502  the mail service refused or failed
├── ProviderFailed            502  the identity provider answered with an error
├── ProviderUnavailable       503  the identity provider is down, slow or throttling
├── SettingInvalid            500  a setting is missing or malformed
└── DatabaseError             500
    ├── DuplicateRow               a unique key is taken
    ├── ParentMissing              a row that this one belongs to is gone
    ├── DatabaseConflict      503  deadlock or serialization failure: run the transaction again
    ├── DatabaseUnavailable   503  the connection was lost
    │   ├── DatabaseRefused   503  no connection, or the server refuses for now: nothing has been done
    │   ├── DatabaseSlow      503  no answer in time
    │   └── CommitUnknown     503  the connection was lost while committing
    └── PermissionDenied           the database user lacks a right

`status` is the HTTP status, `error` the short text of the answer's `error` member, `detail` the sentence for a person.
`web/answers.py` renders them; nothing else does.
"""


class GatehouseError(Exception):
    """Base of all failures; `str(error)` is safe to show to the caller."""

    status = 500
    title = "Internal error"
    error = "an error occurred"
    detail = "Something went wrong on our side. Please try again."

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.detail)

    @property
    def retry_after_s(self) -> int | None:
        """Seconds after which the caller may try again, or None when trying again does not help."""
        return None


class RequestInvalid(GatehouseError):
    """The request cannot be understood."""

    status = 400
    title = "Bad request"
    error = "bad request"
    detail = "The request could not be understood."


class LinkInvalid(GatehouseError):
    """A sign-in link that is malformed, already used, unknown or too old."""

    status = 400
    title = "This link does not work"
    error = "invalid or expired link"
    detail = "This sign-in link has expired or was already used. Ask for a new one."


class Unauthenticated(GatehouseError):
    """There is no valid session."""

    status = 401
    title = "Not signed in"
    error = "user unauthenticated"
    detail = "Sign in first: there is no valid session in the cookie or the Authorization header."


class Forbidden(GatehouseError):
    """The session is valid, but may not do this."""

    status = 403
    title = "Not allowed"
    error = "forbidden"
    detail = "Your account may not do this."


class NotFound(GatehouseError):
    """An interface does not have what the path names."""

    status = 404
    title = "Not found"
    error = "not found"
    detail = "Not found"


class MethodNotSupported(GatehouseError):
    """The path has other methods."""

    status = 405
    title = "Method not supported"
    error = "method not supported"
    detail = "Method not supported"


class UserNotFound(GatehouseError):
    """Nobody in the directory has this id."""

    status = 404
    title = "No such user"
    error = "user not found"
    detail = "There is no user with this id."


class EmailTaken(GatehouseError):
    """Another person in the directory has this e-mail address."""

    status = 409
    title = "E-mail address already in use"
    error = "email already exists"
    detail = "Another user has this e-mail address."


class RemovalRefused(GatehouseError):
    """People cannot remove themselves, so that an administrator always remains."""

    status = 409
    title = "You cannot remove yourself"
    error = "cannot remove yourself"
    detail = "You cannot remove your own account. Ask another administrator."


class EmailChangeUnsupported(GatehouseError):
    """The identity provider cannot change the e-mail address of an existing person."""

    status = 409
    title = "E-mail address cannot be changed"
    error = "email change not supported"
    detail = (
        "This identity provider cannot change an e-mail address. Remove the user and invite the new address."
    )


class TooManySends(GatehouseError):
    """The send limit of an address or of a client is reached."""

    status = 429
    title = "Too many requests"
    error = "too many requests"
    detail = "Too many letters were asked for. Please wait before you try again."

    def __init__(self, wait_s: int) -> None:
        super().__init__()
        self._wait_s = wait_s

    @property
    def retry_after_s(self) -> int:
        """Seconds until the limit's window ends."""
        return self._wait_s


class LetterNotSent(GatehouseError):
    """The mail or message service refused or failed; nothing was delivered."""

    status = 502
    title = "The letter could not be sent"
    error = "letter not sent"
    detail = "The letter could not be sent. Please try again in a moment."


class ProviderFailed(GatehouseError):
    """The identity provider answered with an error that is not the caller's."""

    status = 502
    title = "The identity provider failed"
    error = "identity provider error"
    detail = "The identity provider answered with an error. Please try again in a moment."


class ProviderUnavailable(GatehouseError):
    """The identity provider is down, too slow or throttling us."""

    status = 503
    title = "The identity provider is not available"
    error = "identity provider unavailable"
    detail = "The identity provider is not available right now. Please try again in a moment."

    @property
    def retry_after_s(self) -> int:
        """A short pause in seconds."""
        return 5


class SettingInvalid(GatehouseError):
    """A setting is missing or malformed; the message names it, never its value."""

    title = "Gatehouse is not set up correctly"
    detail = "A setting is missing or malformed."

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class DatabaseError(GatehouseError):
    """The database refused a statement."""


class DuplicateRow(DatabaseError):
    """A unique key is already taken."""


class ParentMissing(DatabaseError):
    """A row that this one belongs to is gone: its app, tenant or user was removed meanwhile.

    Only a database with SuperTokens' foreign keys tells.
    """


class DatabaseConflict(DatabaseError):
    """A deadlock, lock time-out or serialization failure: the whole transaction may run again."""

    status = 503
    title = "The database is busy"
    error = "service unavailable"
    detail = "The database is busy right now. Please try again in a moment."

    @property
    def retry_after_s(self) -> int:
        """A short pause in seconds."""
        return 1


class DatabaseUnavailable(DatabaseError):
    """The connection was lost: what was sent last may or may not have been done."""

    status = 503
    title = "The database is not available"
    error = "service unavailable"
    detail = "The database is not available right now. Please try again in a moment."
    may_rerun = True
    """Whether the same may be tried once more right away, on another connection."""

    @property
    def retry_after_s(self) -> int:
        """A short pause in seconds."""
        return 5


class DatabaseRefused(DatabaseUnavailable):
    """There is no connection, or the server refuses for now: read-only, full, too busy. Nothing has been done."""


class DatabaseSlow(DatabaseUnavailable):
    """The server did not answer in time, or gave up itself; asking again at once would only add to its work."""

    may_rerun = False


class CommitUnknown(DatabaseUnavailable):
    """The connection was lost while committing: the transaction may or may not have taken effect."""

    may_rerun = False


class PermissionDenied(DatabaseError):
    """The database user lacks the right to do this."""
