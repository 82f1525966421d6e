"""The function `cdi`: SuperTokens' core, for its backend SDKs."""

from fastapi import Request, Response

from functions.cdi import (
    accountlinking,
    core,
    dashboard,
    dashboard_core_config,
    emailpassword,
    emailverification,
    features,
    jwt,
    multitenancy,
    multitenancy_thirdparty,
    multitenancy_users,
    passwordless,
    session,
    thirdparty,
    totp,
    useridmapping,
    usermetadata,
    userroles,
    users,
)
from functions.cdi.dispatch import Dispatcher, error_response
from gatehouse.config import Settings
from gatehouse.errors import GatehouseError, SettingInvalid
from gatehouse.services.audit import API, Caller, enter
from gatehouse.web.app import create_app, lambda_handler
from gatehouse.web.dependencies import HouseDep

ROUTERS = [
    accountlinking.router,
    core.router,
    dashboard.router,
    dashboard_core_config.router,
    emailpassword.router,
    emailverification.router,
    features.router,
    jwt.router,
    multitenancy.router,
    multitenancy_thirdparty.router,
    multitenancy_users.router,
    passwordless.router,
    session.router,
    thirdparty.router,
    totp.router,
    useridmapping.router,
    usermetadata.router,
    userroles.router,
    users.router,
]
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]


def demand_keys(settings: Settings) -> None:
    """Raise SettingInvalid where anybody could call the core."""
    if not settings.is_local and not settings.core.accepted_api_keys:
        raise SettingInvalid(
            "API_KEYS",
            "is needed on a deployed stage: 20 or more characters that callers send as `api-key`; without it "
            "everybody could read and write all users",
        )


app = create_app("SuperTokens core", demand_keys)
dispatcher = Dispatcher(ROUTERS)


@app.exception_handler(GatehouseError)
async def refuse(_: Request, error: GatehouseError) -> Response:
    """Answer in the core's own form what fails before an operation is looked for: a wrong setting."""
    return error_response(error)


@app.api_route("/{path:path}", methods=METHODS)
async def answer(request: Request, house: HouseDep) -> Response:
    """Answer any operation of the interface."""
    enter(Caller(request.client.host if request.client else None, actor_id=API))
    return await dispatcher.answer(request, house)


handler = lambda_handler(app)
