"""One request from end to end: its tenant is found, its operation answers, errors are told as frontends know them."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from functions.fdi.calls import Call
from functions.fdi.operations import Operation, Router
from functions.fdi.routing import Routes
from gatehouse.bootstrap import House
from gatehouse.errors import GatehouseError, MethodNotSupported, NotFound, ParentMissing
from gatehouse.models import PUBLIC
from gatehouse.models.tenancy import Tenant
from gatehouse.web import seen
from gatehouse.web.frontend_answers import error_answer, json_answer
from gatehouse.web.frontend_transport import BASE_PATH


class EmbeddedOnly(GatehouseError):
    """People sign in with Stytch here."""

    status = 404
    detail = "The frontend interface is there only where IDENTITY_PROVIDER is embedded"


class Dispatcher:
    """Answers requests with the operations of some routers."""

    def __init__(self, routers: Iterable[Router]) -> None:
        self.routes = Routes(routers)

    async def answer(self, request: Request, house: House) -> Response:
        """Return the answer; whatever goes wrong is one, too."""
        content = await request.body()
        expired_status = house.settings.frontend.session_expired_status
        try:
            operation, tenant = self._find(request, house)
            return _answer(operation, Call(house, tenant, request, content))
        except Exception as error:
            return error_answer(error, expired_status=expired_status)

    def _find(self, request: Request, house: House) -> tuple[Operation, Tenant]:
        if house.settings.identity_provider != "embedded":
            raise EmbeddedOnly
        target = self.routes.find(request.scope["path"])
        if target is None:
            raise NotFound
        operation = target.operation(request.method, request.headers.get("rid", ""))
        if operation is None:
            raise MethodNotSupported
        seen.note_route(f"{BASE_PATH}{operation.path}")
        return operation, house.tenancy.resolve("", PUBLIC, target.tenant_id)


def _answer(operation: Operation, call: Call) -> Response:
    """Let an operation answer; what it, or its error, does to the frontend's tokens goes along."""
    try:
        answer = _of_existing_tenant(operation, call)
    except Exception as error:
        answer = call.frontend.refused(error)
    for name, value in call.frontend.outgoing.headers:
        answer.headers.append(name, value)
    return answer


def _of_existing_tenant(operation: Operation, call: Call) -> Response:
    try:
        answer = operation.endpoint(call)
    except ParentMissing:
        call.house.tenancy.forget()  # somebody may have removed the tenant through another instance
        call.house.tenancy.resolve("", PUBLIC, call.tenant.tenant_id)
        raise
    return answer if isinstance(answer, Response) else json_answer(answer)
