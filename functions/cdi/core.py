"""Operations that belong to no recipe: is the core there, what does it speak, what does it know of itself."""

from starlette.responses import Response

from functions.cdi.calls import Call
from functions.cdi.inputs import Maybe, Parameters, Text
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.clock import MINUTE_MS
from gatehouse.errors import Forbidden
from gatehouse.models.tenancy import TenantIdentifier
from gatehouse.web.wire import CdiVersion, json_response, text_response

router = Router("core")

MINUTES_OF_A_DAY = 24 * 60
UNKNOWN_COUNT = -1
"""What stands for a minute that was not counted."""


class Domains(Parameters):
    """Where an SDK's application lives."""

    website_domain: Maybe[Text] = None
    api_domain: Maybe[Text] = None


class Process(Parameters):
    """Which process somebody wants the configuration of."""

    pid: Text


@router.on("GET POST PUT DELETE", "/", Scope.ANY, needs_api_key=False)
@router.on("GET POST PUT DELETE", "/hello", Scope.ANY, needs_api_key=False, needs_version=False)
def say_hello(call: Call) -> Response:
    """Say that the core is there, and that its database answers."""
    call.house.app_notes.ping(call.tenant.app_id)
    return text_response(200, "Hello")


@router.on("GET", "/apiversion", Scope.APP, needs_version=False)
def list_versions(call: Call) -> Json:
    """List the versions of the interface, and note where the application lives."""
    domains = call.query(Domains)
    call.house.app_notes.note_domains(
        call.tenant.app_id, website=domains.website_domain, api=domains.api_domain
    )
    return {"versions": CdiVersion.highest(call.tenant.config.supertokens_max_cdi_version).until_here}


@router.on("GET", "/.well-known/jwks.json", Scope.ANY, needs_api_key=False, needs_version=False)
def publish_keys(call: Call) -> Response:
    """List the public keys for whoever verifies tokens: a JSON Web Key Set (RFC 7517)."""
    keys, max_age_s = call.house.jwts.key_list(call.tenant)
    return json_response({"keys": keys}, {"cache-control": f"max-age={max_age_s}, must-revalidate"})


@router.on("GET", "/config", Scope.ANY, needs_api_key=False)
def find_configuration(call: Call) -> Json:
    """Refuse to say where the configuration is: there is no file, and no process that lasts."""
    call.query(Process)
    if call.tenant.identifier != TenantIdentifier():
        raise Forbidden("you can call this only from the base connection uri domain, public app and tenant")
    return {"status": "NOT_ALLOWED"}


@router.on("GET", "/telemetry", Scope.APP)
def get_telemetry(call: Call) -> Json:
    """Show the id that a Java core has made for telemetry; nothing is ever sent."""
    telemetry_id = call.house.app_notes.get_telemetry_id(call.tenant.app_id)
    return {"exists": False} if telemetry_id is None else {"exists": True, "telemetryId": telemetry_id}


@router.on("GET", "/requests/stats", Scope.APP)
def get_request_stats(call: Call) -> Json:
    """Return a day of unknown counts.

    The Java core counts the requests of its own process. Here an instance sees only a few of all requests and does
    not last, so nothing is counted; Lambda and API Gateway have these figures.
    """
    unknown = [UNKNOWN_COUNT] * MINUTES_OF_A_DAY
    return ok(
        atMinute=call.house.clock() // MINUTE_MS,
        averageRequestsPerSecond=unknown,
        peakRequestsPerSecond=unknown,
    )


@router.on("GET", "/user/search/tags", Scope.TENANT)
def list_search_tags(call: Call) -> Json:
    """List what users can be searched by."""
    return ok(tags=["email", "phone", "provider"])
