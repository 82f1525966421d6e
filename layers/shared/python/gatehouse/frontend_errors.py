"""What only frontends are told: that a session is missing, ended or not enough, or why something did not work.

GatehouseError
├── SessionRequired   401  there is no session, and the frontend keeps whatever tokens it has
├── OldCookies        200  cookies of an older domain are taken away; the next refresh works
├── InvalidClaims     403  the session does not prove what is demanded
└── RecipeError
    └── GeneralError  200  a sentence that the frontend shows as it is
"""

from typing import Any

from gatehouse.errors import GatehouseError
from gatehouse.models.session import FrontendSession
from gatehouse.recipe_errors import RecipeError


class SessionRequired(GatehouseError):
    """There is no session; another request of the same frontend may be getting it just now."""

    status = 401
    error = "unauthorised"
    title = "Not signed in"
    detail = "unauthorised"


class OldCookies(GatehouseError):
    """The browser sent the cookies of two domains."""

    status = 200
    detail = (
        "The request has session cookies of two domains. Those of OLDER_COOKIE_DOMAIN are taken away; the next "
        "refresh works."
    )


class InvalidClaims(GatehouseError):
    """A session that does not prove what is demanded; `faults` are `{id, reason}`, `session` is as it is now."""

    status = 403
    error = "invalid claim"
    title = "Not allowed"
    detail = "invalid claim"

    def __init__(self, faults: list[dict[str, Any]], session: FrontendSession) -> None:
        super().__init__()
        self.faults = faults
        self.session = session


class GeneralError(RecipeError):
    """Something that a person can do something about; the frontend shows the text."""

    status_text = "GENERAL_ERROR"

    def __init__(self, message: str) -> None:
        super().__init__(message=message)
