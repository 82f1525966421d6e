"""HTTP calls that end: for SDKs that set no time-outs of their own."""

import time
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import Any

import requests


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long a call may take, in seconds: to connect, between two pieces of the answer, and in all.

    A connection unused for `idle_s` is not used again: Lambda freezes instances, and the other end may have gone.
    """

    connect_s: float = 2
    silence_s: float = 4
    call_s: float = 5
    idle_s: float = 30


class BoundedSession(requests.Session):
    """Like `requests.Session`, but every call ends in time, follows no redirect, and is sent once."""

    def __init__(self, limits: TimeLimits, *, uses_proxies: bool) -> None:
        super().__init__()
        self.trust_env = uses_proxies
        self._limits = limits
        self._used_at = 0.0

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send a request; raises requests.RequestException, after `call_s` at the latest.

        The limits of requests are for single steps: a name server that hangs or an answer that trickles would pass
        them. So the call runs in a thread of its own, which is left to itself when the time is over.
        """
        options |= {"timeout": (self._limits.connect_s, self._limits.silence_s), "allow_redirects": False}
        if time.monotonic() - self._used_at > self._limits.idle_s:
            self.close()
        answer: Future[requests.Response] = Future()
        Thread(target=self._run, args=(answer, request, options), daemon=True).start()
        try:
            return answer.result(self._limits.call_s)
        except TimeoutError:
            raise requests.Timeout(f"no answer within {self._limits.call_s:g} s", request=request) from None
        finally:
            self._used_at = time.monotonic()

    def _run(
        self, answer: Future[requests.Response], request: requests.PreparedRequest, options: dict[str, Any]
    ) -> None:
        try:
            answer.set_result(super().send(request, **options))
        except Exception as error:
            answer.set_exception(error)
