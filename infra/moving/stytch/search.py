"""All users of a Stytch project, page by page, through its search API."""

import logging
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import stytch

from gatehouse.command import Refused
from gatehouse.errors import SettingInvalid
from gatehouse.providers.bounded_http import BoundedSession, TimeLimits
from gatehouse.providers.stytch_client import api_address
from infra.moving.stytch.people import Unreadable

PATH = "/v1/users/search"
PAGE = 1000
"""As many as Stytch gives at once."""

LIMITS = TimeLimits(connect_s=5, silence_s=60, call_s=90)
"""A page may take Stytch 9 seconds by its own account, and is some megabytes."""

TRIES = 8
LONGEST_PAUSE_S = 60

log = logging.getLogger("gatehouse.moving")

Pause = Callable[[float], None]


class CursorRefused(Exception):
    """Stytch no longer knows how far we were."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some users as Stytch tells them; `total` is None where a workspace does not count them."""

    users: list[Mapping[str, Any]]
    total: int | None
    next_cursor: str | None


class UserSearch:
    """Reads pages, patiently: what fails for the moment is asked again, later each time."""

    def __init__(
        self,
        *,
        project_id: str,
        secret: str,
        environment: str,
        pause: Pause = time.sleep,
        limits: TimeLimits = LIMITS,
    ) -> None:
        """Take the settings of the identity provider; raises SettingInvalid."""
        if not (project_id and secret):
            raise SettingInvalid("STYTCH_PROJECT_ID, STYTCH_SECRET", "are needed: whose users shall move?")
        self._address = api_address(environment, project_id)
        self._pause = pause
        with warnings.catch_warnings():  # as in providers/stytch_client.py
            warnings.filterwarnings("ignore", "BasicAuth is deprecated", DeprecationWarning)
            self._http = stytch.Client(
                project_id=project_id,
                secret=secret,
                environment=self._address,
                suppress_warnings=True,
                sync_session=BoundedSession(limits, uses_proxies=self._address.startswith("https:")),
            ).sync_client

    def read_page(self, cursor: str | None, *, limit: int = PAGE) -> Page:
        """Return the page at a cursor; raises Refused, CursorRefused, SettingInvalid and Unreadable.

        Not `users.search`: its model insists on members that nothing here needs, for a thousand people at once.
        """
        body = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        for attempt in range(1, TRIES + 1):
            last = attempt == TRIES
            try:
                answer = self._http.post(f"{self._address}{PATH}", body)
            except requests.RequestException as error:
                if last:
                    raise Refused(
                        f"Stytch cannot be reached ({type(error).__name__}). Run this again."
                    ) from None
                self._wait(attempt, None)
                continue
            status = answer.response.status_code
            if status == 200:
                return _page(answer.json)
            if last or not (status == 429 or status >= 500):
                raise _refusal(status, answer.json, cursor)
            self._wait(attempt, answer.response.headers.get("Retry-After"))
        raise AssertionError("unreachable")

    def _wait(self, attempt: int, retry_after: str | None) -> None:
        """Wait as long as Stytch says, or twice as long as the last time."""
        seconds = _seconds(retry_after)
        self._pause(min(float(2**attempt) if seconds is None else seconds, LONGEST_PAUSE_S))


def _page(body: Mapping[str, Any]) -> Page:
    try:
        users, about = body["results"], body["results_metadata"]
        total, cursor = about.get("total", -1), about.get("next_cursor")
        if not isinstance(users, list) or not isinstance(total, int) or not isinstance(cursor, str | None):
            raise TypeError
        return Page(users, total if total >= 0 else None, cursor or None)
    except (KeyError, TypeError, AttributeError):
        raise Unreadable("the answer has no results and results_metadata") from None


def _refusal(status: int, body: Mapping[str, Any], cursor: str | None) -> Exception:
    kind = str(body.get("error_type", ""))
    if status == 401:
        hint = "Stytch refuses them: check STYTCH_PROJECT_ID, STYTCH_SECRET and STYTCH_PROJECT_ENV"
        return SettingInvalid("STYTCH_SECRET", hint)
    if cursor and "cursor" in kind:
        return CursorRefused()
    about = ", ".join(part for part in (kind, str(body.get("request_id", ""))) if part)
    return Refused(f"Stytch answered {status}{f' ({about})' if about else ''}. Run this again to go on.")


def _seconds(retry_after: str | None) -> float | None:
    """Read Retry-After: seconds, or a date (RFC 9110)."""
    if not retry_after:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None
