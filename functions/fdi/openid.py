"""Operations of the recipes openid and jwt: what whoever verifies access tokens needs."""

from starlette.responses import Response

from functions.fdi.calls import Call
from functions.fdi.operations import Router
from gatehouse.web.frontend_answers import json_answer
from gatehouse.web.frontend_transport import BASE_PATH

JWKS_PATH = "/jwt/jwks.json"
ANYBODY = {"access-control-allow-origin": "*"}

router = Router("openid")


@router.on("GET", JWKS_PATH)
def publish_keys(call: Call) -> Response:
    """List the public keys: a JSON Web Key Set (RFC 7517)."""
    keys, max_age_s = call.house.jwts.key_list(call.tenant)
    return json_answer(
        {"keys": keys}, headers={**ANYBODY, "cache-control": f"max-age={max_age_s}, must-revalidate"}
    )


@router.on("GET", "/.well-known/openid-configuration")
def publish_configuration(call: Call) -> Response:
    """Tell who issues access tokens and where the keys are; there is no OAuth2 provider behind it."""
    settings = call.house.settings
    return json_answer(
        {"issuer": settings.issuer, "jwks_uri": f"{settings.api_url}{BASE_PATH}{JWKS_PATH}"}, headers=ANYBODY
    )
