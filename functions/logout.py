"""POST /logout: end the session."""

from fastapi import Response

from gatehouse.errors import GatehouseError
from gatehouse.web.answers import problem_of
from gatehouse.web.app import create_app, lambda_handler
from gatehouse.web.bodies import Body, Message
from gatehouse.web.dependencies import CredentialsDep, HouseDep, TransportDep

app = create_app("End sessions")


class Logout(Body):
    """How much to end."""

    everywhere: bool = False


@app.post(
    "/logout",
    summary="Sign out",
    response_description="There is no session any more.",
    response_model=Message,
    tags=["sign-in"],
)
async def logout(
    response: Response,
    house: HouseDep,
    transport: TransportDep,
    credentials: CredentialsDep,
    body: Logout | None = None,
) -> Message | Response:
    """End this session, or with `everywhere` all sessions of its person, and clear the cookies.

    Without a valid session there is nothing to end and the answer is the same. When ending it fails, the answer says
    so and the cookies are cleared all the same.
    """
    try:
        house.identity.log_out(credentials, everywhere=bool(body and body.everywhere))
    except GatehouseError as error:
        failure = problem_of(error)
        transport.clear(failure)
        return failure
    transport.clear(response)
    return Message(message="logged out")


handler = lambda_handler(app)
