"""Operations of the recipe jwt."""

from functions.cdi.calls import Call
from functions.cdi.inputs import Body, Flag, Int, Maybe, Object, Text
from functions.cdi.operations import Json, Router, Scope
from gatehouse.errors import RequestInvalid

router = Router("jwt")


class NewJwt(Body):
    """What a JWT is to say, and for how many seconds."""

    algorithm: Text
    jwks_domain: Text
    payload: Object
    validity: Int
    use_static_signing_key: Maybe[Flag] = None


@router.on("POST", "/recipe/jwt", Scope.APP)
def create(call: Call) -> Json:
    """Sign a JWT, by the static key unless it is not wanted."""
    body = call.body(NewJwt)
    if body.validity <= 0:
        raise RequestInvalid("validity must be greater than or equal to 0")
    jwt = call.house.jwts.create(
        call.tenant,
        body.payload,
        algorithm=body.algorithm,
        issuer=body.jwks_domain,
        validity_s=body.validity,
        is_static=body.use_static_signing_key is not False,
    )
    return {"status": "OK", "jwt": jwt}


@router.on("GET", "/recipe/jwt/jwks", Scope.APP)
def list_keys(call: Call) -> Json:
    """List the public keys."""
    return {"keys": call.house.jwts.key_list(call.tenant)[0], "status": "OK"}
