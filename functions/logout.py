"""POST /logout: end the session."""

from fastapi import Response

from gatehouse.web.app import create_app, lambda_handler
from gatehouse.web.bodies import Body, Message
from gatehouse.web.dependencies import CredentialsDep, HouseDep, TransportDep

app = create_app("End sessions")


class Logout(Body):
    """How much to end."""

    everywhere: bool = False


@app.post(
    "/logout", summary="Sign out", response_description="There is no session any more.", tags=["sign-in"]
)
async def logout(
    response: Response,
    house: HouseDep,
    transport: TransportDep,
    credentials: CredentialsDep,
    body: Logout | None = None,
) -> Message:
    """End this session, or with `everywhere` all sessions of its person, and clear the cookies.

    Without a valid session there is nothing to end and the answer is the same.
    """
    house.identity.log_out(credentials, everywhere=bool(body and body.everywhere))
    transport.clear(response)
    return Message(message="logged out")


handler = lambda_handler(app)
