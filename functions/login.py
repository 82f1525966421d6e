"""POST /login: send a sign-in link to an e-mail address."""

from gatehouse.web.app import create_app, lambda_handler
from gatehouse.web.bodies import TOO_MANY, Body, Email, Message
from gatehouse.web.dependencies import ClientDep, HouseDep

app = create_app("Ask for a sign-in link")


class Login(Body):
    """Who wants to sign in."""

    email: Email


@app.post(
    "/login",
    summary="Send a sign-in link",
    response_description="The letter is on its way, if the address may have one.",
    tags=["sign-in"],
    responses=TOO_MANY,
)
async def login(body: Login, client: ClientDep, house: HouseDep) -> Message:
    """Send a magic link that signs in, or signs up, whoever reads the address's mail.

    The answer is the same whether the address is known or not.
    """
    house.identity.login(body.email, client)
    return Message(message="magic link sent")


handler = lambda_handler(app)
