"""One request from end to end: address, key and version are checked, then its operation answers."""

import hmac
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from functions.cdi.calls import Call
from functions.cdi.operations import Operation, Router, Scope
from functions.cdi.routing import Routes
from gatehouse.bootstrap import House
from gatehouse.errors import Forbidden, GatehouseError, RequestInvalid
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import RecipeError
from gatehouse.web import answers
from gatehouse.web.wire import LATEST, CdiVersion, json_response, text_response


class ApiKeyInvalid(GatehouseError):
    """The caller sent no API key, or a wrong one."""

    status = 401
    detail = "Invalid API key"


class Dispatcher:
    """Answers requests with the operations of some routers."""

    def __init__(self, routers: Iterable[Router]) -> None:
        self.routes = Routes(routers)

    async def answer(self, request: Request, house: House) -> Response:
        """Return the answer; whatever goes wrong is one, too."""
        content = await request.body()
        try:
            return self._answer(request, content, house)
        except RecipeError as error:
            return json_response({"status": error.status_text, **error.fields})
        except GatehouseError as error:
            headers = {} if error.retry_after_s is None else {"retry-after": str(error.retry_after_s)}
            _, detail = answers.note(error)
            return text_response(error.status, detail, headers)

    def _answer(self, request: Request, content: bytes, house: House) -> Response:
        target = self.routes.find(request.url.path, house.settings.core.base_path)
        if target is None:
            return text_response(404, "Not found")
        host = (request.url.hostname or "").lower()
        tenant = house.tenancy.resolve(host, target.app_id, target.tenant_id)
        operation = target.operation(request.method, request.headers.get("rid", ""))
        _check_address(tenant, request.client.host if request.client else "")
        if operation is None or operation.needs_api_key:
            _check_key(tenant, request)
        version = _version(tenant, request.headers.get("cdi-version"), operation)
        if operation is None:
            return text_response(405, "Method not supported")
        call = Call(
            house=house,
            tenant=tenant,
            version=version,
            headers=request.headers,
            parameters=dict(reversed(parse_qsl(request.url.query, keep_blank_values=True))),
            content=content,
        )
        if operation.scope is Scope.APP:
            call.require_public_tenant()
        answer = operation.endpoint(call)
        return answer if isinstance(answer, Response) else json_response(answer)


def _check_address(tenant: Tenant, address: str) -> None:
    allow, deny = tenant.config.ip_allow_regex, tenant.config.ip_deny_regex
    is_denied = deny and re.fullmatch(deny, address)
    is_allowed = not allow or re.fullmatch(allow, address)
    if is_denied or not is_allowed:
        raise Forbidden("IP address not allowed")


def _check_key(tenant: Tenant, request: Request) -> None:
    accepted = tenant.config.accepted_api_keys
    if not accepted:
        return
    given = request.headers.get("api-key") or request.headers.get("authorization", "")
    given = given.strip().removeprefix("Bearer ").strip()
    if not _is_one_of(given, accepted):
        raise ApiKeyInvalid


def _is_one_of(given: str, accepted: Iterable[str]) -> bool:
    """Compare with every key, in constant time."""
    matches = [hmac.compare_digest(given.encode(), key.encode()) for key in accepted]
    return any(matches)


def _version(tenant: Tenant, given: str | None, operation: Operation | None) -> CdiVersion:
    named = given or tenant.config.supertokens_max_cdi_version
    if named is None:
        return LATEST
    version = CdiVersion.parse(named)
    if version is None:
        if operation and not operation.needs_version:
            return LATEST
        raise RequestInvalid(f"cdi-version {named} not supported")
    return version
