"""Operations that belong to no recipe: is the core there, what does it speak, what does it offer."""

from starlette.responses import Response

from functions.cdi.calls import Call
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.web.wire import SUPPORTED_VERSIONS, text_response

router = Router("core")


@router.on("GET POST PUT DELETE", "/", Scope.ANY, needs_api_key=False)
@router.on("GET POST PUT DELETE", "/hello", Scope.ANY, needs_api_key=False, needs_version=False)
def say_hello(call: Call) -> Response:
    """Say that the core is there; its tenant, and so the database, has just been asked."""
    return text_response(200, "Hello")


@router.on("GET", "/apiversion", Scope.APP, needs_version=False)
def list_versions(call: Call) -> Json:
    """List the versions of the interface."""
    return {"versions": list(SUPPORTED_VERSIONS)}


@router.on("GET", "/user/search/tags", Scope.TENANT)
def list_search_tags(call: Call) -> Json:
    """List what users can be searched by."""
    return ok(tags=["email", "phone", "provider"])
