"""How many times a sign-in through a third party waits for the database, on a warm connection."""

from gatehouse.oauth.registration import Registration
from gatehouse.services.thirdparty_signin import Return, Visitor
from tests.houses import Home
from tests.oauth.world import World, id_token, publish, registered
from tests.round_trips.proxy import Trips


def acme(world: World) -> Registration:
    """Return the registration of a provider."""
    return registered("acme", oidcDiscoveryEndpoint=publish(world))


def test_known_people_take_six_and_new_ones_eight(home: Home, trips: Trips) -> None:
    world, house = World(), home.house
    house.__dict__["oauth"] = world.client
    registration, tenant = acme(world), house.tenancy.resolve("", "public", "public")
    visitor = Visitor(None, links_session=False, has_anti_csrf=False)

    def sign_in(sub: str) -> None:
        back = Return(tokens={"id_token": id_token(sub=sub, email=f"{sub}@example.com")})
        house.thirdparty_signin.sign_in_up(tenant, registration, back, visitor)

    sign_in("u1")
    assert trips(lambda: sign_in("u1")) <= 6
    assert trips(lambda: sign_in("u2")) <= 8
