"""The local AWS as one object: moto's server, changed where it must be, and the gateway beside it."""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from infra.local.aws.account import BY_CLOUDFORMATION, DEFAULT_REGION, Account, surroundings
from infra.local.aws.amendments import amend
from infra.local.aws.fleet import Fleet
from infra.local.aws.gateways import HOST, Gateways
from infra.local.aws.letters import Letterbox
from infra.local.mailbox import Mailbox

IDENTITY_PATH = "/_gatehouse"
"""What tells the local AWS from another program at its port."""


class LocalAws:
    """An AWS at `url`, until the block ends; then all that was deployed is gone. One per process: moto is global."""

    def __init__(
        self, *, port: int, api_port: int, mailbox_file: Path, runtimes: Path, region: str = DEFAULT_REGION
    ) -> None:
        """Listen; `port` and `api_port` may be 0 for any. Raises OSError when the port is taken."""
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(
            HOST, port, self._answer, threaded=True, request_handler=MotoRequestHandler
        )
        self.url = f"http://{HOST}:{self._server.server_port}"
        self.environment = surroundings(self.url, region)
        self._stack = ExitStack()
        unpacked = Path(self._stack.enter_context(TemporaryDirectory(prefix="gatehouse-aws-")))
        fleet = Fleet(self.environment, unpacked=unpacked, runtimes=runtimes.absolute())
        self._gateways = Gateways(fleet, Mailbox(mailbox_file), port=api_port, region=region)
        amend(Account(self.url), fleet, Letterbox(mailbox_file), self._gateways.address_of)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._stack.callback(self._server.shutdown)
        self._stack.callback(self._gateways.stop)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Let moto answer; then serve what has changed, unless this is only one step of a deployment."""
        if environ["PATH_INFO"] == IDENTITY_PATH:
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"Gatehouse's local AWS\n"]
        answer: Iterable[bytes] = self._moto(environ, start_response)
        is_step = BY_CLOUDFORMATION in environ.get("HTTP_USER_AGENT", "")
        if environ["REQUEST_METHOD"] != "GET" and not is_step:
            self._gateways.refresh()
        return answer
