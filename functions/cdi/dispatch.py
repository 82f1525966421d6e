"""One request from end to end: address, key and version are checked, then its operation answers."""

import hmac
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from functions.cdi.calls import Call
from functions.cdi.operations import Operation, Router, Scope
from functions.cdi.routing import DEPLOYED_UNDER, Routes, Target
from gatehouse.bootstrap import House
from gatehouse.errors import (
    Forbidden,
    GatehouseError,
    MethodNotSupported,
    NotFound,
    ParentMissing,
    RequestInvalid,
)
from gatehouse.models import PUBLIC
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import RecipeError, UnknownTenant
from gatehouse.services.tenancy import TenantNotFound
from gatehouse.web import answers, seen
from gatehouse.web.wire import CdiVersion, json_response, text_response

NOT_OFFERED = {
    "/recipe/oauth/": "OAuth2 provider",
    "/recipe/saml/": "SAML",
    "/recipe/webauthn/": "WebAuthn (passkeys)",
    "/bulk-import/": "bulk import",
}
"""What later cores have and this one has no tables for (specs/supertokens.md 2.6), by the beginning of its paths."""


_HOST = re.compile(r"[a-z0-9.-]{1,256}")


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
        except GatehouseError as error:
            return error_response(error)
        except Exception as error:
            unexpected = GatehouseError()
            unexpected.__cause__ = error
            return error_response(unexpected)

    def _answer(self, request: Request, content: bytes, house: House) -> Response:
        path = request.scope["path"]
        target = self.routes.find(path, house.settings.core.base_path)
        if target is None:
            raise NotFound(_about(path))
        operation = target.operation(request.method, request.headers.get("rid", ""))
        if operation:
            seen.note_route(f"{DEPLOYED_UNDER}{operation.path}")
        host = _host(request)
        try:
            tenant = _tenant(house, host, target, operation)
        except TenantNotFound:
            if _about(path) == NotFound.detail:
                raise
            raise NotFound(_about(path)) from None  # as in /bulk-import/users, which looks like a tenant's
        _check_address(tenant, request.client.host if request.client else "")
        if operation is None or operation.needs_api_key:
            _check_key(tenant, request)
        version = _version(tenant, request.headers.get("cdi-version"), operation)
        if operation is None:
            raise MethodNotSupported
        if operation.scope is Scope.APP and target.tenant_id != PUBLIC and version.refuses_tenant_for_app:
            raise Forbidden("Only public tenantId can call this app specific API")
        call = Call(
            house=house,
            tenant=tenant,
            version=version,
            headers=request.headers,
            parameters=_first_values(request.scope["query_string"]),
            content=content,
        )
        try:
            answer = operation.endpoint(call)
        except ParentMissing:
            house.tenancy.forget()  # somebody may have removed the tenant through another instance
            _tenant(house, host, target, operation)
            raise
        return answer if isinstance(answer, Response) else json_response(answer)


def error_response(error: GatehouseError) -> Response:
    """Return what the core says to an error: a status in JSON for a recipe's, else a text."""
    seen.note_error(error)
    if isinstance(error, RecipeError):
        return json_response({"status": error.status_text, **error.fields})
    headers = {} if error.retry_after_s is None else {"retry-after": str(error.retry_after_s)}
    _, detail = answers.note(error)
    return text_response(error.status, detail, headers)


def _about(path: str) -> str:
    """Return the text of a 404: callers of a newer core's features learn that it is not their mistake."""
    lower = f"{path.lower()}/"
    told = next((what for prefix, what in NOT_OFFERED.items() if prefix in lower), None)
    return f"Not found: {told} is not offered" if told else NotFound.detail


def _host(request: Request) -> str:
    """Return the host without its port, or nothing where it cannot be a connection URI domain."""
    host, _, _ = request.headers.get("host", "").lower().partition(":")
    return host if _HOST.fullmatch(host) else ""


def _first_values(query: bytes) -> dict[str, str]:
    """Read a query; of several values of one name the first counts, as for a servlet."""
    return dict(reversed(parse_qsl(query.decode("latin-1"), keep_blank_values=True)))


def _tenant(house: House, host: str, target: Target, operation: Operation | None) -> Tenant:
    """Return whose operation this is; raises TenantNotFound.

    What concerns a whole app is its own tenant's, whichever one the path names; where a tenant changes nothing,
    it need not exist, except that nothing follows it.
    """
    resolve, scope = house.tenancy.resolve, operation.scope if operation else None
    if scope is Scope.APP:
        return resolve(host, target.app_id, PUBLIC)
    try:
        return resolve(host, target.app_id, target.tenant_id)
    except TenantNotFound:
        if operation and operation.tells_missing_tenant:
            raise UnknownTenant from None
        is_root = target.path == "/"
        if target.tenant_id == PUBLIC or not (is_root or scope is Scope.ANY):
            raise
        app = resolve(host, target.app_id, PUBLIC)
        if is_root:
            raise NotFound from None
        return app


def _check_address(tenant: Tenant, address: str) -> None:
    allow, deny = tenant.config.ip_allow_regex, tenant.config.ip_deny_regex
    is_denied = deny and re.fullmatch(deny, address)
    is_allowed = not allow or re.fullmatch(allow, address)
    if is_denied or not is_allowed:
        raise Forbidden("IP address not allowed")


def _check_key(tenant: Tenant, request: Request) -> None:
    accepted = tenant.config.accepted_api_keys
    if accepted and not _is_one_of(_key_of(request), accepted):
        raise ApiKeyInvalid


def _key_of(request: Request) -> str:
    """Return the key of `api-key`, or else of `Authorization`, with or without `Bearer`."""
    given = request.headers.get("api-key")
    if given is None:
        given = request.headers.get("authorization", "")
        given = re.sub(r"^bearer ", "", given, count=1, flags=re.IGNORECASE)
    return given.strip()


def _is_one_of(given: str, accepted: Iterable[str]) -> bool:
    """Compare with every key, in constant time."""
    matches = [hmac.compare_digest(given.encode(), key.encode()) for key in accepted]
    return any(matches)


def _version(tenant: Tenant, given: str | None, operation: Operation | None) -> CdiVersion:
    """Return the version that a call is in: what it names, up to the highest that is configured."""
    highest = CdiVersion.highest(tenant.config.supertokens_max_cdi_version)
    if given is None:
        return highest
    version = CdiVersion.parse(given)
    if version and version <= highest:
        return version
    if operation and not operation.needs_version:
        return highest
    raise RequestInvalid(f"cdi-version {given} not supported")
