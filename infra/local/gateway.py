"""The local API Gateway as one object: a service's functions behind a port."""

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, Self

from infra.local.api import INTEGRATION_TIMEOUT_S, HttpApi
from infra.local.core import below_core, has_core
from infra.local.dev_pages import PREFIX, DevPages
from infra.local.environment import STAGE, allowed_origins, function_environment, local_values
from infra.local.in_process import InProcessInstance
from infra.local.instances import FunctionError, Instance, Instances
from infra.local.listeners import Listeners
from infra.local.mailbox import Mailbox
from infra.local.messages import Request, Response
from infra.local.runtime_client import RuntimeClientInstance, Sandbox
from infra.local.schedule import Scheduler
from infra.local.server import HttpServer, listen
from infra.local.service import Function, Service, read_service
from infra.local.template import Template, TemplateInvalid

Mode = Literal["in-process", "awslambdaric"]


class LocalGateway:
    """A running service: `with LocalGateway(path) as gateway:` serves `gateway.url` until the block ends.

    SuperTokens' core, where the service has it, is at the root of `gateway.core_url` as well, which else is None.
    `environment` holds the local values, which win over serverless.yml; by default the process's own. In mode
    `in-process` functions read the process's environment, which is the caller's to set (shared_environment); in mode
    `awslambdaric` each function's process gets what serverless.yml and `environment` say.
    """

    def __init__(
        self,
        template: Path,
        *,
        mode: Mode = "in-process",
        listeners: Listeners | None = None,
        environment: Mapping[str, str] | None = None,
        instances_per_function: int = 2,
        integration_timeout_s: float = INTEGRATION_TIMEOUT_S,
    ) -> None:
        """Listen (on free ports of 127.0.0.1 unless listeners are given) and read the service; start nothing yet.

        Raises TemplateInvalid.
        """
        self._listeners = listeners or Listeners(listen("127.0.0.1", 0), listen("127.0.0.1", 0))
        host, port = self._listeners.api.getsockname()[:2]
        root = template.resolve().parent
        self.values = local_values(os.environ if environment is None else environment, root, host, port)
        try:
            service = read_service(Template(template, stage=STAGE, environ=self.values))
        except TemplateInvalid:
            self._listeners.close()
            raise
        self.service = _with_local_origins(service, self.values)
        if not has_core(service):
            self._listeners = self._listeners.without_core()
        self.url, self.core_url = self._listeners.url, self._listeners.core_url
        self.mailbox = Mailbox(Path(self.values["MAILBOX_FILE"]))
        self.failures: dict[str, FunctionError] = {}
        self._start = _starter(mode, self.service, self.values)
        self._instances_per_function = instances_per_function
        self._integration_timeout_s = integration_timeout_s
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start the functions, the schedules and the server; `failures` has the functions that did not start."""
        with ExitStack() as stack:
            instances = stack.enter_context(
                Instances(
                    self.service.functions.values(), self._start, per_function=self._instances_per_function
                )
            )
            self.failures = instances.warm_up()
            scheduler = stack.enter_context(Scheduler(self.service, instances))
            api = HttpApi(self.service, instances, integration_timeout_s=self._integration_timeout_s)
            pages = DevPages(self.mailbox, scheduler)

            def handle(request: Request) -> Response:
                return (pages if request.target.startswith(PREFIX) else api).handle(request)

            stack.enter_context(HttpServer(self._listeners.api, handle))
            if self._listeners.core is not None:
                stack.enter_context(HttpServer(self._listeners.core, below_core(api.handle)))
            self._running = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()


def _starter(mode: Mode, service: Service, values: Mapping[str, str]) -> Callable[[Function], Instance]:
    if mode == "in-process":
        return partial(InProcessInstance, root=service.root)
    sandbox = Sandbox(service.root, service.region, service.layer_paths)
    # So that the stage may be called local.
    more = {"GATEHOUSE_LOCAL_GATEWAY": "on"}
    return lambda function: RuntimeClientInstance(
        function, sandbox, {**function_environment(function, values), **more}
    )


def _with_local_origins(service: Service, values: Mapping[str, str]) -> Service:
    origins = allowed_origins(values)
    if service.cors is None or origins is None:
        return service
    return replace(service, cors=replace(service.cors, allowed_origins=origins))
