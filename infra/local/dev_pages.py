"""What only the local gateway serves, below /_dev/: the mailbox, and a way to run scheduled functions now."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from infra.local.instances import FunctionError, OutOfPatience
from infra.local.mailbox import Mailbox, mailbox_page
from infra.local.messages import Request, Response, gateway_response, json_response
from infra.local.schedule import NotScheduled, Scheduler

PREFIX = "/_dev/"
_RUN = f"{PREFIX}run/"
_LOCAL_HOSTS = {"127.0.0.1", "::1", "localhost"}


class DevPages:
    """Answers requests below /_dev/, for pages and programs of this machine only."""

    def __init__(self, mailbox: Mailbox, scheduler: Scheduler, *, api_url: str) -> None:
        self._mailbox = mailbox
        self._scheduler = scheduler
        self._hosts = {*_LOCAL_HOSTS, urlsplit(api_url).hostname}
        self._pages: dict[tuple[str, str], Callable[[], Response]] = {
            ("GET", "/_dev/mailbox"): self._show_letters,
            ("GET", "/_dev/mailbox.json"): self._list_letters,
            ("DELETE", "/_dev/mailbox"): self._empty_mailbox,
        }

    def handle(self, request: Request) -> Response:
        """Return the response to a request below /_dev/."""
        # A web site cannot read the letters by pointing a name of its own at this machine, nor delete them.
        origin = request.header("origin")
        if not self._is_local(f"//{request.header('host')}") or (origin and not self._is_local(origin)):
            return gateway_response(HTTPStatus.FORBIDDEN)
        if request.method == "POST" and request.raw_path.startswith(_RUN):
            return self._run(request.raw_path.removeprefix(_RUN))
        page = self._pages.get((request.method, request.raw_path))
        return page() if page else gateway_response(HTTPStatus.NOT_FOUND)

    def _is_local(self, url: str) -> bool:
        try:
            return urlsplit(url).hostname in self._hosts
        except ValueError:
            return False

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
