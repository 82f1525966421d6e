"""HTTP calls to third parties that end in time, follow no redirect, and read no more than they should."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from gatehouse.errors import ProviderFailed, ProviderUnavailable

CONNECT_S = 3.0
CALL_S = 8.0
MOST_BYTES = 1_000_000
_CHUNK = 65_536


class ThirdPartyHttp:
    """Calls third parties; connections are kept by each Lambda instance."""

    def __init__(self) -> None:
        import urllib3

        self._pool = urllib3.PoolManager(num_pools=8, retries=False)

    def get(
        self, url: str, headers: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None
    ) -> Any:
        """Return the JSON at an address; raises ProviderFailed, ProviderUnavailable."""
        target = url if not query else f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
        status, answer = self.call("GET", target, headers)
        return _expect(status, answer)

    def post_form(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Send a form; return status and JSON. Raises ProviderFailed, ProviderUnavailable."""
        sent = {"content-type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.call("POST", url, sent, urlencode(form).encode())

    def call(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> tuple[int, Any]:
        """Return status and JSON of an answer; raises ProviderFailed, ProviderUnavailable."""
        import urllib3

        ends_at = time.monotonic() + CALL_S
        timeout = urllib3.Timeout(connect=CONNECT_S, read=CALL_S)
        try:
            response = self._pool.request(
                method,
                url,
                body=body,
                headers={"accept": "application/json", **(headers or {})},
                redirect=False,
                timeout=timeout,
                preload_content=False,
            )
            try:
                content = _read(response, ends_at)
            finally:
                response.close()
        except urllib3.exceptions.HTTPError as error:
            raise ProviderUnavailable from error
        except (ValueError, TypeError):
            raise ProviderFailed("The third party's address or a header for it is not valid.") from None
        try:
            return response.status, json.loads(content)
        except (ValueError, RecursionError):
            raise ProviderFailed(f"The third party answered {response.status}, and not in JSON.") from None


def _read(response: Any, ends_at: float) -> bytes:
    content = b""
    for chunk in response.stream(_CHUNK, decode_content=True):
        content += chunk
        if len(content) > MOST_BYTES:
            raise ProviderFailed("The third party's answer is too long.")
        if time.monotonic() > ends_at:
            raise ProviderUnavailable
    return content


def _expect(status: int, answer: Any) -> Any:
    if status != 200:
        raise ProviderFailed(f"The third party answered {status}.")
    return answer
