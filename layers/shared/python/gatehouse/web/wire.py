"""SuperTokens' JSON, in the versions of its core interface: every version branch is here (specs/supertokens.md 2.4)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from gatehouse.core_config import SUPPORTED_VERSIONS as SUPPORTED_VERSIONS
from gatehouse.models.authuser import AuthUser, LoginMethod
from gatehouse.models.session import SessionTokens, StoredSession
from gatehouse.models.tenancy import Logins
from gatehouse.recipe_errors import TokenTheftDetected

JSON_TYPE = "application/json;charset=UTF-8"
TEXT_TYPE = "text/html;charset=UTF-8"


@dataclass(frozen=True, slots=True, order=True)
class CdiVersion:
    """A version of the core interface, and what differs in it."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> "CdiVersion | None":
        """Return the version that a header names, or None if it is not one of ours."""
        if text not in SUPPORTED_VERSIONS:
            return None
        major, _, minor = text.partition(".")
        return cls(int(major), int(minor))

    @classmethod
    def highest(cls, configured: str | None) -> "CdiVersion":
        """Return the highest version that may be spoken: the configured one, where it is one of ours."""
        return cls.parse(configured or "") or LATEST

    @property
    def until_here(self) -> list[str]:
        """The versions up to this one, as `/apiversion` announces them."""
        return [name for name in SUPPORTED_VERSIONS if (version := self.parse(name)) and version <= self]

    @property
    def has_linked_accounts(self) -> bool:
        """Whether users are shown with all their login methods (4.0); before, one by one and without recipeUserId."""
        return self >= CdiVersion(4, 0)

    @property
    def moves_verification(self) -> bool:
        """Whether verified addresses move along when an external id is mapped (4.0); before, they forbid it."""
        return self >= CdiVersion(4, 0)

    @property
    def refuses_tenant_for_app(self) -> bool:
        """Whether a tenant in the path of an operation for the whole app is refused (5.0)."""
        return self >= CdiVersion(5, 0)

    @property
    def access_token_version(self) -> int:
        """The version of the access tokens of new sessions: 5 since 4.0."""
        return 5 if self.has_linked_accounts else 4

    @property
    def needs_kind_of_key(self) -> bool:
        """Whether a refresh must say by which kind of key it wants to be signed (5.0)."""
        return self >= CdiVersion(5, 0)

    @property
    def counts_attempts(self) -> bool:
        """Whether TOTP errors say how many attempts there were, and passwordless answers which device (5.0)."""
        return self >= CdiVersion(5, 0)

    @property
    def verifies_emails(self) -> bool:
        """Whether using a code, or the word of a third party, verifies an e-mail address (4.0)."""
        return self >= CdiVersion(4, 0)

    @property
    def has_factors(self) -> bool:
        """Whether tenants have lists of factors (5.0); before, each recipe was only on or off."""
        return self >= CdiVersion(5, 0)

    def offers(self, logins: Logins, recipe_id: str) -> bool:
        """Whether people of a tenant may sign in with a recipe; since 5.1 it is for the SDK to ask for the factors."""
        if self >= CdiVersion(5, 1):
            return True
        return logins.has_on(recipe_id) if self.has_factors else logins.offers(recipe_id)

    @property
    def has_webauthn(self) -> bool:
        """Whether every user has a `webauthn` member (5.3): SDKs that speak it fail without."""
        return self >= CdiVersion(5, 3)


LATEST = CdiVersion(5, 4)


def json_response(answer: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer as the core sends it: compact, in UTF-8, and with a newline at the end."""
    try:
        content = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a surrogate pair, which only an escape can hold
        content = json.dumps(answer, separators=(",", ":")).encode()
    return Response(content + b"\n", 200, {"content-type": JSON_TYPE, **(headers or {})})


def text_response(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error, or a plain answer, as the core sends it: text with a newline at the end."""
    content = f"{text}\n".encode(errors="replace")
    return Response(content, status, {"content-type": TEXT_TYPE, **(headers or {})})


def user_json(user: AuthUser, version: CdiVersion) -> dict[str, Any]:
    """Return a person; before 4.0 as their first login method alone."""
    if not version.has_linked_accounts:
        return legacy_user_json(user.login_methods[0])
    return person_json(user, version)


def listed_user_json(user: AuthUser, version: CdiVersion) -> dict[str, Any]:
    """Return a person on a page of users; before 4.0 beside the recipe of their first login method."""
    if version.has_linked_accounts:
        return person_json(user, version)
    return {"recipeId": user.login_methods[0].recipe_id, "user": user_json(user, version)}


def person_json(user: AuthUser, version: CdiVersion) -> dict[str, Any]:
    """Return a person with all their login methods; what has been in the interface since 4.0 shows nothing else."""
    answer: dict[str, Any] = {
        "id": user.user_id,
        "isPrimaryUser": user.is_primary,
        "tenantIds": user.tenant_ids,
        "timeJoined": user.time_joined_ms,
        "emails": user.emails,
        "phoneNumbers": user.phone_numbers,
        "thirdParty": [{"id": info.id, "userId": info.user_id} for info in user.third_party],
        "loginMethods": [_login_method_json(method) for method in user.login_methods],
    }
    if version.has_webauthn:
        answer["webauthn"] = {"credentialIds": []}
    return answer


def legacy_user_json(method: LoginMethod) -> dict[str, Any]:
    """Return a login method as versions before 4.0 show a user."""
    return {
        "id": method.recipe_user_id,
        "timeJoined": method.time_joined_ms,
        "tenantIds": list(method.tenant_ids),
        **_account_info_json(method),
    }


def signed_in_json(user: AuthUser, method: LoginMethod, version: CdiVersion) -> dict[str, Any]:
    """Return the members that answers of sign-in and sign-up share: `user`, and `recipeUserId` from 4.0 on."""
    if not version.has_linked_accounts:
        return {"user": legacy_user_json(method)}
    return {"user": user_json(user, version), "recipeUserId": method.recipe_user_id}


def session_json(tokens: SessionTokens, version: CdiVersion) -> dict[str, Any]:
    """Return a session with those of its tokens that were just made."""
    info = tokens.info
    answer: dict[str, Any] = {
        "session": {
            "handle": info.handle,
            **session_user_json(info.user_id, info.recipe_user_id, version),
            "userDataInJWT": info.payload,
            "tenantId": info.tenant_id,
        }
    }
    for name, token in (("accessToken", tokens.access_token), ("refreshToken", tokens.refresh_token)):
        if token is not None:
            answer[name] = {
                "token": token.text,
                "expiry": token.expires_at_ms,
                "createdTime": token.created_at_ms,
            }
    if tokens.anti_csrf_token is not None:
        answer["antiCsrfToken"] = tokens.anti_csrf_token
    return answer | {"status": "OK"}


def theft_json(theft: TokenTheftDetected, version: CdiVersion) -> dict[str, Any]:
    """Return whose session somebody else has a token of."""
    found = theft.found
    user = session_user_json(found.user.user_id, found.user.recipe_user_id, version)
    return {"status": theft.status_text, "session": {"handle": found.handle, **user}}


def stored_session_json(stored: StoredSession, version: CdiVersion) -> dict[str, Any]:
    """Return all that is known of a session."""
    return {
        "sessionHandle": stored.handle,
        **session_user_json(stored.user.user_id, stored.user.recipe_user_id, version),
        "userDataInDatabase": stored.data,
        "expiry": stored.expires_at_ms,
        "userDataInJWT": stored.payload,
        "timeCreated": stored.created_at_ms,
        "status": "OK",
        "tenantId": stored.tenant_id,
    }


def session_user_json(user_id: str, recipe_user_id: str, version: CdiVersion) -> dict[str, str]:
    """Return whose a session is; before 4.0 without recipeUserId."""
    recipe_user = {"recipeUserId": recipe_user_id} if version.has_linked_accounts else {}
    return {"userId": user_id, **recipe_user}


def refused_totp_fields(fields: Mapping[str, Any], version: CdiVersion) -> dict[str, Any]:
    """Return the members of a refused one-time code; before 5.0 without the attempts."""
    counted = {"currentNumberOfFailedAttempts", "maxNumberOfFailedAttempts"}
    return {name: value for name, value in fields.items() if version.counts_attempts or name not in counted}


def _login_method_json(method: LoginMethod) -> dict[str, Any]:
    return {
        "tenantIds": list(method.tenant_ids),
        "recipeUserId": method.recipe_user_id,
        "verified": method.is_verified,
        "timeJoined": method.time_joined_ms,
        "recipeId": method.recipe_id,
        **_account_info_json(method),
    }


def _account_info_json(method: LoginMethod) -> dict[str, Any]:
    info: dict[str, Any] = {}
    if method.email is not None:
        info["email"] = method.email
    if method.phone_number is not None:
        info["phoneNumber"] = method.phone_number
    if method.third_party is not None:
        info["thirdParty"] = {"id": method.third_party.id, "userId": method.third_party.user_id}
    return info
