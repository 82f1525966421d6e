"""What endpoints ask for: the house, the caller, and a session that may do what is asked."""

from typing import Annotated

from fastapi import Depends, Request

from gatehouse.bootstrap import House
from gatehouse.errors import Forbidden
from gatehouse.models import Client, Credentials, SignedIn, User
from gatehouse.services.audit import Caller, enter
from gatehouse.web import seen
from gatehouse.web.session_transport import SessionTransport


async def house(request: Request) -> House:
    """Return the function's house."""
    built: House = request.app.state.entrance.house
    seen.note_house(built)
    return built


HouseDep = Annotated[House, Depends(house)]


async def client(request: Request) -> Client:
    """Return who calls, as API Gateway saw them."""
    return _client_of(request)


async def transport(house: HouseDep) -> SessionTransport:
    """Return how sessions travel here."""
    return SessionTransport(house.settings)


ClientDep = Annotated[Client, Depends(client)]
TransportDep = Annotated[SessionTransport, Depends(transport)]


async def credentials(request: Request, transport: TransportDep) -> Credentials:
    """Return what the request proves a session with, valid or not."""
    _client_of(request)
    return transport.read(request)


CredentialsDep = Annotated[Credentials, Depends(credentials)]


async def signed_in(house: HouseDep, credentials: CredentialsDep) -> SignedIn:
    """Return who is signed in; a fresh JWT is believed. Raises Unauthenticated."""
    return house.identity.check(credentials)


async def admin(house: HouseDep, credentials: CredentialsDep) -> User:
    """Return the administrator who is signed in, as the database knows it now.

    Raises Unauthenticated or Forbidden.
    """
    user = house.identity.check(credentials, check_database=True).user
    if not user.is_admin:
        raise Forbidden("Only administrators may do this.")
    return user


SignedInDep = Annotated[SignedIn, Depends(signed_in)]
AdminDep = Annotated[User, Depends(admin)]


def _client_of(request: Request) -> Client:
    """Return who calls, and let the audit log know."""
    address = request.client.host if request.client else ""
    enter(Caller(address))
    return Client(address)
