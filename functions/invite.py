"""POST /invite: an administrator invites somebody by e-mail."""

from gatehouse.web.app import create_app, lambda_handler
from gatehouse.web.bodies import TOO_MANY, Body, Email, Message, Name
from gatehouse.web.dependencies import AdminDep, ClientDep, HouseDep

app = create_app("Invite people")


class Invitation(Body):
    """Whom to invite."""

    email: Email
    name: Name | None = None


@app.post(
    "/invite",
    summary="Invite a person",
    response_description="The letter is on its way.",
    tags=["users"],
    responses=TOO_MANY,
)
async def invite(body: Invitation, admin: AdminDep, client: ClientDep, house: HouseDep) -> Message:
    """Put a person into the directory, if they are new, and send them a magic link. Administrators only.

    When the letter cannot be sent the person stays in the directory: try again.
    """
    house.identity.invite(body.email, body.name, by=admin, client=client)
    return Message(message="magic link sent")


handler = lambda_handler(app)
