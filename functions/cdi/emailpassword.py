"""Operations of the recipe emailpassword."""

from functions.cdi.calls import Call
from functions.cdi.inputs import Body, Text, Text256
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.errors import RequestInvalid
from gatehouse.web.wire import signed_in_json

router = Router("emailpassword")


class Credentials(Body):
    """What somebody signs up or in with."""

    email: Text256
    password: Text


@router.on("POST", "/recipe/signup", Scope.TENANT)
def sign_up(call: Call) -> Json:
    """Make a user."""
    body = call.body(Credentials)
    if not body.password:
        raise RequestInvalid("Password cannot be an empty string")
    user, method = call.house.emailpassword.sign_up(call.tenant, body.email, body.password)
    return ok(**signed_in_json(user, method, call.version))


@router.on("POST", "/recipe/signin", Scope.TENANT)
def sign_in(call: Call) -> Json:
    """Say who has an address and a password."""
    body = call.body(Credentials)
    user, method = call.house.emailpassword.sign_in(call.tenant, body.email, body.password)
    return ok(**signed_in_json(user, method, call.version))
