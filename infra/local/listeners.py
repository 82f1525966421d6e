"""The ports of the local gateway: pages and API on one, SuperTokens' core on another."""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from infra.local.core import has_core
from infra.local.environment import STAGE, local_values
from infra.local.server import PortTaken, listen
from infra.local.service import read_service
from infra.local.template import Template, TemplateInvalid

_OFF = "off"


class PortUnusable(Exception):
    """A port cannot be listened on; the text says why and what to do."""


@dataclass(frozen=True)
class Listeners:
    """The listening sockets; `core` is None where the core has no port of its own."""

    api: socket.socket
    core: socket.socket | None = None

    @property
    def url(self) -> str:
        """The address of pages and API."""
        return _url(self.api)

    @property
    def core_url(self) -> str | None:
        """The address of the core."""
        return None if self.core is None else _url(self.core)

    @property
    def fds(self) -> list[int]:
        """The file descriptors, for `inherited` in another process."""
        return [listener.fileno() for listener in self._open]

    @property
    def _open(self) -> list[socket.socket]:
        return [self.api] if self.core is None else [self.api, self.core]

    @classmethod
    def inherited(cls, fds: Sequence[int]) -> Self:
        """Return the listeners that another process has opened."""
        return cls(*(socket.socket(fileno=number) for number in fds))

    def without_core(self) -> "Listeners":
        """Stop listening for the core."""
        if self.core is not None:
            self.core.close()
        return Listeners(self.api)

    def close(self) -> None:
        """Stop listening."""
        for listener in self._open:
            listener.close()


def open_listeners(host: str, template: Path) -> Listeners:
    """Listen on PORT and, for a service with a core, on CORE_PORT.

    Raises PortUnusable, or OSError for an unusable host.
    """
    has_core_port = os.environ.get("CORE_PORT", "").lower() != _OFF
    port, core_port = _port("PORT", 3000), _port("CORE_PORT", 3567) if has_core_port else 0
    if port == core_port != 0:
        raise PortUnusable(f"PORT and CORE_PORT are both {port}; pages and API need one, the core another")
    listeners = Listeners(_listen(host, port, "stop it, or choose another with PORT=…"))
    if not has_core_port or not _needs_core_port(template, listeners.api):
        return listeners
    advice = (
        "stop it (is it a SuperTokens core?), or choose another with CORE_PORT=… and name that one in the "
        f"connectionURI of your SDK, or go without with CORE_PORT={_OFF}"
    )
    try:
        return Listeners(listeners.api, _listen(host, core_port, advice))
    except (OSError, PortUnusable):
        listeners.close()
        raise


def _port(variable: str, default: int) -> int:
    value = os.environ.get(variable) or str(default)
    if not (value.isascii() and value.isdigit()) or int(value) > 65535:
        raise PortUnusable(f"{variable}={value} is not a port number")
    return int(value)


def _listen(host: str, port: int, advice: str) -> socket.socket:
    try:
        return listen(host, port)
    except PortTaken as error:
        raise PortUnusable(f"{error}; {advice}") from None


def _needs_core_port(template: Path, api: socket.socket) -> bool:
    """Return whether the service has a core; one that cannot be read now may have one once it is repaired."""
    host, port = api.getsockname()[:2]
    values = local_values(os.environ, template.resolve().parent, host, port)
    try:
        return has_core(read_service(Template(template, stage=STAGE, environ=values)))
    except TemplateInvalid:
        return True


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
