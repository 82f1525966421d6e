"""GET /session: who is signed in; and the public keys that let others check a session's JWT."""

from typing import Annotated, Any

from fastapi import Query, Response

from gatehouse.web.app import create_app, lambda_handler
from gatehouse.web.bodies import SignedInBody
from gatehouse.web.dependencies import CredentialsDep, HouseDep, TransportDep

MAX_AGE_S = 300
"""How long others may keep the key list, so that a key that was withdrawn ends everywhere."""

app = create_app("Check sessions")


@app.get(
    "/session",
    summary="Who is signed in",
    response_description="The person and the session.",
    tags=["sign-in"],
)
async def session(
    response: Response,
    house: HouseDep,
    transport: TransportDep,
    credentials: CredentialsDep,
    check_database: Annotated[bool, Query(description="Ask the database even if the JWT is fresh.")] = False,
) -> SignedInBody:
    """Return the person and the session of the cookie or of `Authorization: Bearer`.

    A fresh JWT is believed for its five minutes; the session token is looked up, and a new JWT comes with the answer.
    """
    signed_in = house.identity.check(credentials, check_database=check_database)
    response.headers["Cache-Control"] = "no-store"
    if credentials.is_from_cookies:
        transport.write(response, signed_in)
    return SignedInBody.of(signed_in)


@app.get(
    "/.well-known/jwks.json", summary="Public keys", response_description="The key set.", tags=["sign-in"]
)
async def jwks(response: Response, house: HouseDep) -> dict[str, list[dict[str, Any]]]:
    """Return the JSON Web Key Set (RFC 7517) that session JWTs are signed with."""
    keys, until_next_s = house.identity.jwks()
    response.headers["Cache-Control"] = f"max-age={min(until_next_s, MAX_AGE_S)}, must-revalidate"
    return {"keys": keys}


handler = lambda_handler(app)
