"""Runs a real OpenID provider (npm `oidc-provider`) for tests."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLIENT_ID = "gatehouse"
CLIENT_SECRET = "a-secret-of-the-tests"

_PROGRAM = Path(__file__).with_name("provider.mjs")


@dataclass(frozen=True)
class OpenIdProvider:
    """A running provider. Whoever signs in as `ada`, with any password, has the verified address ada@example.com."""

    url: str

    @property
    def discovery_url(self) -> str:
        """Where the provider says what it has."""
        return f"{self.url}/.well-known/openid-configuration"


@contextmanager
def running_provider(redirect_uris: Sequence[str], **metadata: Any) -> Iterator[OpenIdProvider]:
    """Run a provider with one client, to whose `redirect_uris` it sends people back.

    `metadata` is more of the client's metadata as OpenID Connect Registration names it.
    """
    client = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uris": list(redirect_uris),
        "token_endpoint_auth_method": "client_secret_post",
        **metadata,
    }
    process = subprocess.Popen(
        ["node", str(_PROGRAM), json.dumps(client)],
        stdin=subprocess.PIPE,  # closes with this process, which ends the provider
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            assert url.startswith("http"), process.communicate()[1]
            yield OpenIdProvider(url)
        finally:
            process.kill()
