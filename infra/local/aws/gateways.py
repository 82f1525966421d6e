"""Serves the HTTP APIs that are deployed, each at an address of its own, with the mailbox beside it."""

import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any

from infra.local.api import HttpApi
from infra.local.aws.deployed import deployed_apis, deployed_functions, deployed_schedules
from infra.local.aws.fleet import Fleet
from infra.local.dev_pages import PREFIX, DevPages
from infra.local.mailbox import Mailbox
from infra.local.messages import Request, Response, gateway_response
from infra.local.schedule import NotScheduled, Scheduler
from infra.local.server import HttpServer, PortTaken, listen
from infra.local.service import Service

HOST = "127.0.0.1"
_PORTS = 20


class Gateways:
    """The addresses of the HTTP APIs, and what answers there; `refresh` after each deployment."""

    def __init__(self, fleet: Fleet, mailbox: Mailbox, *, port: int, region: str) -> None:
        """The first API is served at `port`, others after it; 0 takes any ports."""
        self._fleet = fleet
        self._mailbox = mailbox
        self._port = port
        self._region = region
        self._served: dict[str, _Served] = {}
        self._scheduler = _Schedules({}, fleet)
        self._changing = threading.RLock()

    def address_of(self, api_id: str) -> str:
        """Return where an API is served, and begin to listen there."""
        with self._changing:
            if api_id not in self._served:
                self._served[api_id] = _Served(self._listen(), self._pages)
            return self._served[api_id].url

    def refresh(self) -> None:
        """Serve what is deployed now."""
        with self._changing:
            functions, apis = deployed_functions(), deployed_apis()
            self._fleet.deploy(functions)
            schedules = deployed_schedules(functions)
            if schedules != self._scheduler.services:
                self._scheduler.stop()
                self._scheduler = _Schedules(schedules, self._fleet)
            for api_id, service in apis.items():
                self.address_of(api_id)
                self._served[api_id].serve(service, self._fleet)
            for api_id in self._served.keys() - apis.keys():
                self._served.pop(api_id).stop()

    def stop(self) -> None:
        """Stop serving, and all functions."""
        with self._changing:
            self._scheduler.stop()
            for served in self._served.values():
                served.stop()
            self._fleet.deploy({})

    def _listen(self) -> socket.socket:
        for port in range(self._port, self._port + _PORTS) if self._port else (0,):
            try:
                return listen(HOST, port)
            except PortTaken:
                continue
        raise PortTaken(HOST, self._port)

    def _pages(self, request: Request) -> Response:
        return DevPages(self._mailbox, self._scheduler).handle(request)


class _Served:
    """An API at its address; until it is deployed, it answers as API Gateway does for an API without routes."""

    def __init__(self, listener: socket.socket, pages: Callable[[Request], Response]) -> None:
        self.url = f"http://{HOST}:{listener.getsockname()[1]}"
        self._service: Service | None = None
        self._api: HttpApi | None = None
        self._pages = pages
        self._running = ExitStack()
        self._running.enter_context(HttpServer(listener, self._handle))

    def serve(self, service: Service, fleet: Fleet) -> None:
        """Answer as this service from now on."""
        if service != self._service:
            self._service, self._api = service, HttpApi(service, fleet)

    def stop(self) -> None:
        """Stop listening."""
        self._running.close()

    def _handle(self, request: Request) -> Response:
        if request.target.startswith(PREFIX):
            return self._pages(request)
        return gateway_response(HTTPStatus.NOT_FOUND) if self._api is None else self._api.handle(request)


class _Schedules:
    """The schedules of all regions; functions go by their name, or by its end, as in /_dev/run/cleanup."""

    def __init__(self, services: dict[str, Service], fleet: Fleet) -> None:
        self.services = services
        self._running = ExitStack()
        self._schedulers = [
            self._running.enter_context(Scheduler(service, fleet)) for service in services.values()
        ]

    @property
    def names(self) -> list[str]:
        """The functions that have a schedule."""
        return [name for scheduler in self._schedulers for name in scheduler.names]

    def run_now(self, name: str) -> Any:
        """Run a scheduled function and return its result. Raises NotScheduled, FunctionError, OutOfPatience."""
        meant = [found for found in self.names if found == name or found.endswith(f"-{name}")]
        for scheduler in self._schedulers:
            if len(meant) == 1 and meant[0] in scheduler.names:
                return scheduler.run_now(meant[0])
        raise NotScheduled(name)

    def stop(self) -> None:
        """Stop all schedules."""
        self._running.close()
