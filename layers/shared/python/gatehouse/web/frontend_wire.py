"""SuperTokens' JSON for frontends, in the versions of its frontend interface (specs/supertokens.md 6.1)."""

import re
from dataclasses import dataclass
from typing import Any

from gatehouse.models.authuser import AuthUser, LoginMethod
from gatehouse.web.wire import LATEST as LATEST_CDI
from gatehouse.web.wire import legacy_user_json, user_json

_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})")


@dataclass(frozen=True, slots=True, order=True)
class FdiVersion:
    """A version of the frontend interface, and what differs in it."""

    major: int
    minor: int

    @classmethod
    def of_header(cls, header: str | None) -> "FdiVersion":
        """Return the highest of the versions that a frontend speaks; without a header the latest."""
        found = (_VERSION.fullmatch(text.strip()) for text in (header or "").split(","))
        versions = [cls(int(match[1]), int(match[2])) for match in found if match]
        return max(versions, default=LATEST)

    @property
    def has_linked_accounts(self) -> bool:
        """Whether users are shown with all their login methods (1.18, and from 3.0 on)."""
        return FdiVersion(1, 18) <= self < FdiVersion(2, 0) or self >= FdiVersion(3, 0)

    @property
    def asks_for_linking(self) -> bool:
        """Whether requests say if they want to be linked to the session's user (3.1)."""
        return self >= FdiVersion(3, 1)


LATEST = FdiVersion(4, 2)


def signed_in_json(
    user: AuthUser, method: LoginMethod, version: FdiVersion, *, is_new: bool, tells_new: bool = True
) -> dict[str, Any]:
    """Return who has signed in up: `user`, and whether the login method is new, which not all recipes tell."""
    if version.has_linked_accounts:
        new = {"createdNewRecipeUser": is_new} if tells_new else {}
        return {"user": user_json(user, LATEST_CDI), **new}
    new = {"createdNewUser": is_new} if tells_new else {}
    flat = {name: value for name, value in legacy_user_json(method).items() if name != "tenantIds"}
    return {"user": flat | {"id": user.user_id}, **new}
