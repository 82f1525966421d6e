"""The product as its users meet it: the local gateway in a process of its own, its mailbox, and its people."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.gateway import running_gateway

LETTER_S = 10
COOKIE = "gatehouse_session"


@dataclass(frozen=True)
class Product:
    """A running Gatehouse."""

    url: str

    def letters_to(self, address: str) -> list[dict[str, Any]]:
        """Return the letters to an address, newest last."""
        letters = httpx.get(f"{self.url}/_dev/mailbox.json").raise_for_status().json()
        return sorted(
            (item for item in letters if item["to"] == address), key=lambda item: str(item["sent_at"])
        )

    def link_for(self, address: str) -> str:
        """Return the newest sign-in link for an address; waits until a letter is there."""
        deadline = time.monotonic() + LETTER_S
        while not (letters := self.letters_to(address)):
            assert time.monotonic() < deadline, f"no letter to {address} came"
            time.sleep(0.05)
        return str(letters[-1]["links"][0])

    def token_of(self, address: str) -> str:
        """Sign in without a browser and return the session token."""
        httpx.post(f"{self.url}/login", json={"email": address}).raise_for_status()
        return self.use(self.link_for(address))

    def use(self, link: str) -> str:
        """Use a link without a browser and return the session token."""
        token = httpx.URL(link).params["token"]
        answer = httpx.post(f"{self.url}/authenticate_magic_link", json={"token": token}).raise_for_status()
        return str(answer.json()["session_token"])

    def add(self, session_token: str, email: str, name: str | None = None) -> None:
        """Put a person into the directory, as an administrator."""
        body = {"email": email} | ({"name": name} if name else {})
        headers = {"Authorization": f"Bearer {session_token}"}
        httpx.post(f"{self.url}/users", json=body, headers=headers).raise_for_status()


@contextmanager
def running(**settings: str) -> Iterator[Product]:
    """Run Gatehouse with an empty SQLite database and mailbox; `settings` are environment variables."""
    with running_gateway({"SEND_LIMIT_PER_CLIENT": "1000", **settings}) as gateway:
        yield Product(gateway.url)
