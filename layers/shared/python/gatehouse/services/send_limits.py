"""How many letters an address may get and a client may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from gatehouse.crypto.identifiers import sha256_hex
from gatehouse.errors import TooManySends
from gatehouse.models import Client
from gatehouse.store import send_limits
from gatehouse.store.database import Transaction
from gatehouse.store.statement import Query


@dataclass(frozen=True, slots=True)
class Sends:
    """A letter about to be sent: who it is counted for, in which window."""

    address: str
    client: str
    window_start_ms: int
    window_end_ms: int


class SendLimits:
    """Counts letters in fixed windows; the counts are rows, so every Lambda instance sees the same."""

    def __init__(self, *, per_address: int, per_client: int, window_minutes: int) -> None:
        self._per_address = per_address
        self._per_client = per_client
        self._window_ms = window_minutes * 60_000

    def count(self, app_id: str, email: str, client: Client, now_ms: int) -> tuple[Sends, list[Query[int]]]:
        """Return the letter to count and the writes that count it."""
        start_ms = now_ms - now_ms % self._window_ms
        sends = Sends(
            address=sha256_hex(f"address:{email}"),
            client=sha256_hex(f"client:{network_of(client.address)}"),
            window_start_ms=start_ms,
            window_end_ms=start_ms + self._window_ms,
        )
        writes = [
            send_limits.count_send(
                app_id, subject=subject, window_start_ms=start_ms, expires_at_ms=sends.window_end_ms
            )
            for subject in (sends.address, sends.client)
        ]
        return sends, writes

    def count_with(
        self, tx: Transaction, app_id: str, email: str, client: Client, now_ms: int, *others: Query[Any]
    ) -> list[Any]:
        """Count a letter, in one round trip with other queries, and return what those answer.

        Raises TooManySends; rolling back then uncounts it.
        """
        sends, counting = self.count(app_id, email, client, now_ms)
        counted, *answers = tx.batch(*counting, self.reading(app_id, sends), *others)[len(counting) :]
        self.check(sends, counted, now_ms)
        return answers

    def reading(self, app_id: str, sends: Sends) -> Query[list[tuple[str, int]]]:
        """Return the read that `check` wants."""
        return send_limits.list_sends(
            app_id, subjects=[sends.address, sends.client], window_start_ms=sends.window_start_ms
        )

    def check(self, sends: Sends, counted: Sequence[tuple[str, int]], now_ms: int) -> None:
        """Raise TooManySends when this letter is one too many; rolling back then uncounts it."""
        so_far = dict(counted)
        if so_far[sends.address] > self._per_address or so_far[sends.client] > self._per_client:
            raise TooManySends(-(-(sends.window_end_ms - now_ms) // 1000))


def network_of(address: str) -> str:
    """Return an IPv4 address as it is and an IPv6 address's /64, all of which one customer has."""
    return ":".join(ip_address(address).exploded.split(":")[:4]) if ":" in address else address
