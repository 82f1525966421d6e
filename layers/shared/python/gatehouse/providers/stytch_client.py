"""Stytch's API through the official SDK, with the limits that the SDK leaves open, and its failures as ours."""

import logging
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
import stytch
from stytch.consumer.models.magic_links import AuthenticateResponse as LinkAnswer
from stytch.consumer.models.sessions import Session as StytchSession
from stytch.core.response_base import ResponseBase, StytchError, StytchErrorDetails

from gatehouse.addresses import normalise_email
from gatehouse.errors import (
    GatehouseError,
    LetterNotSent,
    LinkInvalid,
    ProviderFailed,
    ProviderUnavailable,
    SettingInvalid,
    Unauthenticated,
    UserNotFound,
)
from gatehouse.models import Session
from gatehouse.providers.bounded_http import BoundedSession, TimeLimits

log = logging.getLogger("gatehouse.stytch")

ADDRESSES = {"test": "https://test.stytch.com", "live": "https://api.stytch.com"}
MIN_LINK_MINUTES, MAX_LINK_MINUTES = 5, 10_080
"""How long Stytch lets a link live."""

_PROJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_HINTS = {
    "unauthorized": "check STYTCH_PROJECT_ID, STYTCH_SECRET and STYTCH_PROJECT_ENV",
    "_url": "add API_URL/authenticate_magic_link to the redirect URLs in Stytch's dashboard",
}


@dataclass(frozen=True, slots=True)
class StytchTokens:
    """A session that Stytch has just opened or confirmed, with the tokens that came along."""

    session: Session
    token: str = field(repr=False)
    jwt: str = field(repr=False)


class StytchClient:
    """The calls that Gatehouse makes.

    Each raises ProviderUnavailable when Stytch is down, slow or throttling, and ProviderFailed when it answers with
    an error of its own, with something unreadable, or refuses our credentials.
    """

    def __init__(
        self,
        *,
        project_id: str,
        secret: str,
        environment: str,
        limits: TimeLimits,
        refused: Callable[[], None] | None = None,
    ) -> None:
        """Take `test`, `live` or an address as environment; raises SettingInvalid.

        `refused` is called when Stytch does not take the secret.
        """
        if not _PROJECT_ID.fullmatch(project_id):
            raise SettingInvalid("STYTCH_PROJECT_ID", "must be a project id of Stytch's dashboard")
        self.address = api_address(environment, project_id)
        session = BoundedSession(limits, uses_proxies=self.address.startswith("https:"))
        if refused:
            session.hooks["response"].append(partial(_notice_refusal, refused))
        with warnings.catch_warnings():
            # The SDK also prepares its asynchronous client, which nothing here uses.
            warnings.filterwarnings("ignore", "BasicAuth is deprecated", DeprecationWarning)
            # `custom_base_url` would refuse http; `environment` takes any address as it is.
            self._sdk = stytch.Client(
                project_id=project_id,
                secret=secret,
                environment=self.address,
                suppress_warnings=True,
                sync_session=session,
            )

    def send_link(self, email: str, *, url: str, lifetime_minutes: int) -> None:
        """Let Stytch send a sign-in link that leads to `url`; raises LetterNotSent if it refuses."""
        minutes = min(max(lifetime_minutes, MIN_LINK_MINUTES), MAX_LINK_MINUTES)
        with _failures("magic_links.email.login_or_create", LetterNotSent):
            self._sdk.magic_links.email.login_or_create(
                email,
                login_magic_link_url=url,
                signup_magic_link_url=url,
                login_expiration_minutes=minutes,
                signup_expiration_minutes=minutes,
            )

    def use_link(self, token: str, *, session_minutes: int) -> tuple[StytchTokens, str | None]:
        """Spend a link; returns the session and the normalised address that it proves, if it proves one.

        Raises LinkInvalid.
        """
        with _failures("magic_links.authenticate", LinkInvalid, "magic_link", "token"):
            answer: LinkAnswer = self._sdk.magic_links.authenticate(
                token, session_duration_minutes=session_minutes
            )
            if answer.session is None or answer.user_id != answer.session.user_id:
                raise ValueError("no session of the person")
            return _tokens(answer.session, answer.session_token, answer.session_jwt), _proved_email(answer)

    def read_session(self, *, token: str | None = None, jwt: str | None = None) -> StytchTokens:
        """Return the session of a token, or of a JWT that may have expired, with a fresh JWT.

        Raises Unauthenticated.
        """
        with _failures("sessions.authenticate", Unauthenticated, "session", "jwt"):
            answer = self._sdk.sessions.authenticate(session_token=token, session_jwt=jwt)
            if answer.session.user_id != answer.user.user_id:
                raise ValueError("somebody else's session")
            return _tokens(answer.session, answer.session_token, answer.session_jwt)

    def end_session(self, *, session_id: str | None = None, token: str | None = None) -> None:
        """End a session; one that Stytch does not know has ended already."""
        with suppress(Unauthenticated), _failures("sessions.revoke", Unauthenticated, "session"):
            self._sdk.sessions.revoke(session_id=session_id, session_token=token)

    def list_session_ids(self, user_id: str) -> list[str]:
        """List a person's open sessions."""
        with suppress(UserNotFound), _failures("sessions.get", UserNotFound, "user"):
            return [session.session_id for session in self._sdk.sessions.get(user_id).sessions]
        return []

    def delete_user(self, user_id: str) -> None:
        """Delete a person with all their sessions; one that Stytch does not know is deleted already."""
        with suppress(UserNotFound), _failures("users.delete", UserNotFound, "user"):
            self._sdk.users.delete(user_id)

    def read_keys(self) -> list[dict[str, Any]]:
        """Return the keys that session JWTs are signed with, as Stytch publishes them.

        Not `sessions.get_jwks`: its model insists on members that no check needs.
        """
        with _failures("sessions.get_jwks", ProviderFailed):
            answer = self._sdk.sync_client.get(self._sdk.jwks_client.uri, params=None)
            ResponseBase.from_json(answer.response.status_code, answer.json)
            return [dict(key) for key in answer.json["keys"]]


def api_address(environment: str, project_id: str) -> str:
    """Return where the API is, without a slash at the end; raises SettingInvalid.

    Only a server on this machine may be spoken to without TLS: each call carries the secret.
    """
    name = environment.lower()
    if name in ADDRESSES:
        other = "live" if name == "test" else "test"
        if project_id.startswith(f"project-{other}-"):
            raise SettingInvalid(
                "STYTCH_PROJECT_ENV", f"is {name}, but STYTCH_PROJECT_ID is of a {other} project"
            )
        return ADDRESSES[name]
    if not _is_address(environment):
        raise SettingInvalid(
            "STYTCH_PROJECT_ENV",
            "must be test, live, or an address such as https://login.example.com (http:// only for this machine)",
        )
    return environment.rstrip("/")


def _notice_refusal(refused: Callable[[], None], answer: requests.Response, *_: object, **__: object) -> None:
    if answer.status_code == HTTPStatus.UNAUTHORIZED and "unauthorized_credentials" in answer.text:
        refused()


@contextmanager
def _failures(call: str, refusal: type[GatehouseError], *words: str) -> Iterator[None]:
    """Raise what Stytch's failures are here; the one place that knows them.

    `refusal` is raised when Stytch says no with an `error_type` that has one of the words, or any if none are given.
    """
    try:
        yield
    except StytchError as error:
        raise _failure(call, error.details, refusal, words) from error
    except requests.RequestException as error:
        log.error("Stytch cannot be reached for %s: %s", call, type(error).__name__)
        raise ProviderUnavailable from error
    except (ValueError, TypeError, KeyError) as error:
        log.error("Stytch's answer to %s cannot be read: %s", call, type(error).__name__)
        raise ProviderFailed from error


def _failure(
    call: str, details: StytchErrorDetails, refusal: type[GatehouseError], words: tuple[str, ...]
) -> GatehouseError:
    status, kind = details.status_code, details.error_type or ""
    hint = next((hint for word, hint in _HINTS.items() if word in kind), None)
    if hint is None and status in {400, 401, 404} and kind and any(word in kind for word in words or ("",)):
        log.info("Stytch refused %s: %s", call, _plain(kind))
        return refusal()
    log.error(
        "Stytch failed at %s: status %d, %s, %s%s",
        call,
        status,
        _plain(kind) or "no error_type",
        _plain(details.request_id) or "no request_id",
        f"; {hint}" if hint else "",
    )
    return ProviderUnavailable() if status == 429 else ProviderFailed()


def _plain(text: str) -> str:
    """Return what may go to the log of a text that came from outside."""
    return re.sub(r"[^\w.-]", "", text)[:100]


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
        return bool(parts.hostname) and is_bare and is_safe and parts.port != 0
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _proved_email(answer: LinkAnswer) -> str | None:
    """Return the address that the link was sent to: of a person's addresses, the verified one of the method used."""
    for email in answer.user.emails:
        if email.email_id == answer.method_id and email.verified:
            with suppress(ValueError):
                return normalise_email(email.email)
    return None


def _tokens(session: StytchSession, token: str, jwt: str) -> StytchTokens:
    if session.expires_at is None or not (token and jwt and session.session_id and session.user_id):
        raise ValueError("an incomplete session")
    started_at_ms = time_ms(session.started_at) if session.started_at else None
    handle, user_id = session.session_id, session.user_id
    return StytchTokens(Session(handle, user_id, started_at_ms, time_ms(session.expires_at)), token, jwt)


def time_ms(moment: datetime) -> int:
    """Return a time in milliseconds since 1970; one without a zone is UTC, as all of Stytch's are."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)
