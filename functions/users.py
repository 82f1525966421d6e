"""/users: the directory."""

from typing import Annotated, Self
from urllib.parse import urlencode

from fastapi import Path, Query, Response
from pydantic import BaseModel, model_validator

from gatehouse.providers.identity import UNCHANGED
from gatehouse.web.app import create_app, lambda_handler
from gatehouse.web.bodies import Body, Email, Message, Name, UserBody
from gatehouse.web.dependencies import AdminDep, HouseDep, SignedInDep

app = create_app("Manage users")

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL cannot store, nor be asked for, the character NUL."""

UserId = Annotated[str, Path(max_length=36, pattern=NO_NUL, description="The user's id.")]


class NewUser(Body):
    """A person to add."""

    email: Email
    name: Name | None = None


class UserChange(Body):
    """What to change; members that are left out stay as they are."""

    email: Email | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say what to change: email, name or both")
        if "email" in self.model_fields_set and self.email is None:
            raise ValueError("email cannot be removed")
        return self


class CreatedUser(BaseModel):
    """The id of a person who was added."""

    id: str


@app.get("/users", summary="List users", response_description="A page of people.", tags=["users"])
async def list_users(
    response: Response,
    house: HouseDep,
    signed_in: SignedInDep,
    search: Annotated[
        str, Query(max_length=255, pattern=NO_NUL, description="Start of an e-mail address or a name.")
    ] = "",
    cursor: Annotated[
        str | None, Query(max_length=200, description="From the `next` link of a page.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="People per page.")] = 25,
) -> list[UserBody]:
    """Return a page of the directory, newest first. When there is more, the `Link` header has it as `next`."""
    page = house.users.list_page(search=search.strip(), cursor=cursor, limit=limit)
    if page.next_cursor:
        query = {"limit": limit, "cursor": page.next_cursor} | ({"search": search} if search else {})
        response.headers["Link"] = f'</users?{urlencode(query)}>; rel="next"'
    response.headers["Cache-Control"] = "no-store"
    return [UserBody.of(user) for user in page.users]


@app.post(
    "/users",
    status_code=201,
    summary="Add a user",
    response_description="The id of the new person.",
    tags=["users"],
)
async def create_user(body: NewUser, response: Response, house: HouseDep, admin: AdminDep) -> CreatedUser:
    """Add a person without writing to them. Administrators only."""
    user_id = house.users.create(email=body.email, name=body.name, by=admin)
    response.headers["Location"] = f"/users/{user_id}"
    return CreatedUser(id=user_id)


@app.get("/users/{user_id}", summary="Get a user", response_description="The person.", tags=["users"])
async def get_user(user_id: UserId, response: Response, house: HouseDep, signed_in: SignedInDep) -> UserBody:
    """Return a person."""
    response.headers["Cache-Control"] = "no-store"
    return UserBody.of(house.users.get(user_id))


@app.patch(
    "/users/{user_id}",
    summary="Change a user",
    response_description="The person as they are now.",
    tags=["users"],
)
async def change_user(user_id: UserId, body: UserChange, house: HouseDep, admin: AdminDep) -> UserBody:
    """Change a person's name or e-mail address; a `null` name removes it. Administrators only."""
    changed = house.identity.change_user(
        user_id,
        email=body.email or UNCHANGED,
        name=body.name if "name" in body.model_fields_set else UNCHANGED,
        by=admin,
    )
    return UserBody.of(changed)


@app.delete(
    "/users/{user_id}", summary="Remove a user", response_description="The person is gone.", tags=["users"]
)
async def remove_user(user_id: UserId, house: HouseDep, admin: AdminDep) -> Message:
    """Remove a person, end their sessions and forget how they sign in. Administrators only."""
    house.identity.remove_user(user_id, by=admin)
    return Message(message="success")


handler = lambda_handler(app)
