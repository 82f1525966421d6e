"""What only the local gateway serves, below /_dev/: the mailbox, and a way to run scheduled functions now."""

from collections.abc import Callable
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address
from typing import Any, Protocol
from urllib.parse import urlsplit

from infra.local.instances import FunctionError, OutOfPatience
from infra.local.mailbox import Mailbox, mailbox_page
from infra.local.messages import Request, Response, gateway_response, json_response
from infra.local.schedule import NotScheduled

PREFIX = "/_dev/"
_RUN = f"{PREFIX}run/"
_LOCAL_HOSTS = {"127.0.0.1", "::1", "localhost"}
_PROXY_HEADERS = ("forwarded", "via", "x-forwarded-for")
_ONLY_HERE = (
    "Forbidden: letters hold sign-in links. Open this page on the machine that runs the gateway, "
    "at http://127.0.0.1 or http://localhost with its port, and not through a proxy or tunnel."
)


class Schedules(Protocol):
    """What runs scheduled functions when asked; infra.local.schedule does."""

    @property
    def names(self) -> list[str]:
        """The functions that have a schedule."""

    def run_now(self, name: str) -> Any:
        """Return the result of a scheduled function. Raises NotScheduled, FunctionError, OutOfPatience."""


class DevPages:
    """Answers requests below /_dev/, for pages and programs of this machine only."""

    def __init__(self, mailbox: Mailbox, scheduler: Schedules) -> None:
        self._mailbox = mailbox
        self._scheduler = scheduler
        self._pages: dict[tuple[str, str], Callable[[], Response]] = {
            ("GET", "/_dev/mailbox"): self._show_letters,
            ("GET", "/_dev/mailbox.json"): self._list_letters,
            ("DELETE", "/_dev/mailbox"): self._empty_mailbox,
        }

    def handle(self, request: Request) -> Response:
        """Return the response to a request below /_dev/."""
        if not _is_from_here(request):
            return json_response(HTTPStatus.FORBIDDEN, {"message": _ONLY_HERE})
        if request.method == "POST" and request.raw_path.startswith(_RUN):
            return self._run(request.raw_path.removeprefix(_RUN))
        page = self._pages.get((request.method, request.raw_path))
        return page() if page else gateway_response(HTTPStatus.NOT_FOUND)

    def _show_letters(self) -> Response:
        page = mailbox_page(self._mailbox.letters())
        return Response(HTTPStatus.OK, [("content-type", "text/html; charset=utf-8")], page.encode())

    def _list_letters(self) -> Response:
        return json_response(HTTPStatus.OK, self._mailbox.letters())

    def _empty_mailbox(self) -> Response:
        self._mailbox.empty()
        return Response(HTTPStatus.NO_CONTENT)

    def _run(self, name: str) -> Response:
        try:
            return json_response(HTTPStatus.OK, self._scheduler.run_now(name))
        except NotScheduled:
            names = ", ".join(self._scheduler.names) or "none"
            message = f"{name} is not a scheduled function; scheduled are: {names}"
            return json_response(HTTPStatus.NOT_FOUND, {"message": message})
        except FunctionError as error:
            return json_response(HTTPStatus.INTERNAL_SERVER_ERROR, error.payload)
        except OutOfPatience:
            return json_response(HTTPStatus.SERVICE_UNAVAILABLE, {"message": f"{name} is busy"})


def _is_from_here(request: Request) -> bool:
    """Return whether a program of this machine asks, for itself and for no web site.

    The address keeps the network out, the headers what comes through a tunnel or proxy on this machine. The names keep
    out web sites: one may have a name of its own point to this machine, or send a form here.
    """
    origin = request.header("origin")
    return (
        _is_loopback(request.source_ip)
        and not any(request.header(name) is not None for name in _PROXY_HEADERS)
        and _is_local(f"//{request.header('host')}")
        and (origin is None or _is_local(origin))
    )


def _is_loopback(source_ip: str) -> bool:
    address = ip_address(source_ip)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _is_local(url: str) -> bool:
    try:
        return urlsplit(url).hostname in _LOCAL_HOSTS
    except ValueError:
        return False
