"""Who somebody is, from what a third party tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatehouse.models.providers import UserInfoKeys
from gatehouse.oauth.refused import OAuthRefused
from gatehouse.oauth.registration import Registration
from gatehouse.texts import is_storable

MOST_LETTERS = 256
"""Of ids and addresses, as the columns of SuperTokens' tables have it."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who a third party says that somebody is."""

    user_id: str
    email: str | None
    is_verified: bool


def read_person(
    registration: Registration, claims: Mapping[str, Any], info: Any, listed: tuple[str, bool] | None
) -> Vouched:
    """Return who somebody is; what an ID token says goes before what the third party answers.

    `listed` is the address that is told in a list of its own, and whether it is verified. Raises OAuthRefused.
    """
    provider = registration.provider
    sources: list[tuple[Any, UserInfoKeys]] = [
        (claims, provider.from_id_token_payload),
        (info, provider.from_user_info_api),
    ]
    user_id = _first(at(source, keys.user_id) for source, keys in sources)
    if not isinstance(user_id, str | int) or not _fits(str(user_id)):
        raise OAuthRefused(f"{registration.id} does not say who this is")
    if registration.known.emails:
        email, is_verified = listed or (None, False)
    else:
        email = _first(at(source, keys.email) for source, keys in sources)
        told = (
            at(source, keys.email_verified) for source, keys in sources if at(source, keys.email) == email
        )
        is_verified = str(_first(told)).lower() == "true"
    is_email = isinstance(email, str) and email and _fits(email)
    return Vouched(str(user_id), email if is_email else None, bool(is_verified))


def _fits(text: str) -> bool:
    """Say whether every database takes what a third party tells."""
    return len(text) <= MOST_LETTERS and is_storable(text)


def require_domain(registration: Registration, claims: Mapping[str, Any], info: Any) -> None:
    """Raise OAuthRefused for people of another organisation than the client is for."""
    name = registration.known.hosted_domain
    wanted = registration.additional(name) if name else None
    if name is None or wanted is None or wanted == "*":
        return
    told = claims.get(name) if claims else at(info, name)
    if told != wanted:
        raise OAuthRefused(f"Only people of {wanted} may sign in")


def _first(values: Any) -> Any:
    return next((value for value in values if value is not None and value != ""), None)


def at(source: Any, path: str | None) -> Any:
    """Return what is at a path such as `data.id`: all of it at an empty one, and nothing at None."""
    if path is None:
        return None
    for part in filter(None, path.split(".")):
        source = source.get(part) if isinstance(source, dict) else None
    return source
