"""The function `fdi`: SuperTokens' frontend interface, for its frontend SDKs."""

from fastapi import Request, Response

from functions.fdi import (
    emailpassword,
    emailverification,
    multifactorauth,
    multitenancy,
    openid,
    passwordless,
    session,
    thirdparty,
    totp,
)
from functions.fdi.dispatch import Dispatcher
from gatehouse.errors import GatehouseError
from gatehouse.services.audit import Caller, enter
from gatehouse.web.app import create_app, lambda_handler
from gatehouse.web.dependencies import HouseDep
from gatehouse.web.frontend_answers import error_answer

ROUTERS = [
    emailpassword.router,
    emailverification.router,
    passwordless.router,
    openid.router,
    session.router,
    thirdparty.router,
    multitenancy.router,
    multifactorauth.router,
    totp.router,
]
METHODS = ["GET", "POST", "PUT"]

app = create_app("SuperTokens frontend interface")
dispatcher = Dispatcher(ROUTERS)


@app.exception_handler(GatehouseError)
async def refuse(_: Request, error: GatehouseError) -> Response:
    """Answer as frontends know it what fails before an operation is looked for: a wrong setting."""
    return error_answer(error, expired_status=401)


@app.api_route("/{path:path}", methods=METHODS)
async def answer(request: Request, house: HouseDep) -> Response:
    """Answer any operation of the interface."""
    enter(Caller(request.client.host if request.client else None))
    return await dispatcher.answer(request, house)


handler = lambda_handler(app)
