"""Sessions of frontends for functions of your own: ask for `SessionDep`, or for more with `require_session`.

from gatehouse.web.app import create_app, lambda_handler
from gatehouse.web.sessions import SessionDep, has_role, require_session

app = create_app("orders")


@app.get("/orders")
async def orders(session: SessionDep) -> list[Order]:
    return orders_of(session.user_id)


@app.delete("/orders/{order_id}", dependencies=[require_session(has_role("admin"))])
async def cancel(order_id: str) -> None: ...


handler = lambda_handler(app)
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request

from gatehouse.errors import GatehouseError
from gatehouse.models import PUBLIC
from gatehouse.models.session import FrontendSession
from gatehouse.services.claim_checks import ClaimCheck
from gatehouse.services.claim_checks import EmailVerified as EmailVerified
from gatehouse.services.claim_checks import MfaCompleted as MfaCompleted
from gatehouse.services.claim_checks import has_factor as has_factor
from gatehouse.services.claim_checks import has_permission as has_permission
from gatehouse.services.claim_checks import has_role as has_role
from gatehouse.web.answers import Refused
from gatehouse.web.app import ANSWER_HEADERS
from gatehouse.web.dependencies import HouseDep
from gatehouse.web.frontend_requests import FrontendRequest


def session_getter(
    *checks: ClaimCheck, is_required: bool = True, checks_database: bool = False
) -> Callable[[Request, Any], Awaitable[FrontendSession | None]]:
    """Return a dependency that gives the session of a request, if it proves what is demanded.

    `checks` are demanded besides what every session must prove; without `is_required` there may be none. With
    `checks_database` a session that was ended a moment ago is refused as well, which costs a round trip.
    Whoever has no session, or not such a one, is answered as SuperTokens' frontends know it: 401 or 403.
    """

    async def get(request: Request, house: HouseDep) -> FrontendSession | None:
        frontend = FrontendRequest(house, house.tenancy.resolve("", PUBLIC, PUBLIC), request)
        demanded = (*house.frontend_sessions.checks, *checks)
        try:
            return frontend.session(is_required=is_required, checks=demanded, checks_database=checks_database)
        except GatehouseError as error:
            raise Refused(frontend.refused(error)) from error
        finally:
            setattr(request.state, ANSWER_HEADERS, frontend.outgoing.headers)

    return get


def require_session(*checks: ClaimCheck, checks_database: bool = False) -> Any:
    """Return a dependency as `Depends` takes it, for routes and for `Annotated[FrontendSession, …]`."""
    return Depends(session_getter(*checks, checks_database=checks_database))


SessionDep = Annotated[FrontendSession, Depends(session_getter())]
"""The session of a request; who has none is answered with 401."""

OptionalSessionDep = Annotated[FrontendSession | None, Depends(session_getter(is_required=False))]
"""The session of a request, or None."""
