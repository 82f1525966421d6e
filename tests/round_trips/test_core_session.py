"""How many times sessions wait for the database, on a warm connection and with the keys known."""

import pytest

from gatehouse.bootstrap import House
from tests.core import Core
from tests.functions.cdi.sessions import SessionClient, handle_of
from tests.functions.cdi.tenants import make_tenants
from tests.houses import Home
from tests.round_trips.proxy import Trips
from tests.signing_keys import make_key


@pytest.fixture
def client(core: Core) -> SessionClient:
    """A client of an app that has all its keys."""
    client = SessionClient(core)
    client.create()
    client.create(useDynamicSigningKey=False)
    return client


def test_opening_takes_two(client: SessionClient, trips: Trips) -> None:
    assert trips(client.create) == 2
    assert trips(lambda: client.create("u2", useDynamicSigningKey=False, enableAntiCsrf=True)) == 2


def test_refresh_takes_two_whatever_is_promoted(client: SessionClient, trips: Trips) -> None:
    parent = client.create()
    child = client.refresh(parent)

    assert trips(lambda: client.refresh(parent)) == 2
    assert trips(lambda: client.refresh(child)) == 2
    assert trips(lambda: client.refresh(child, useDynamicSigningKey=False)) == 2
    assert trips(lambda: client.refresh(parent)) == 2, "theft changes nothing, and is noted"
    assert trips(lambda: client.refresh({"refreshToken": {"token": "x"}})) == 0


def test_verification_needs_the_database_only_if_asked_or_for_a_child(
    client: SessionClient, trips: Trips
) -> None:
    session = client.create()
    child = client.refresh(session)

    assert trips(lambda: client.verify(session)) == 0
    assert trips(lambda: client.verify(session, checkDatabase=True)) == 1
    assert trips(lambda: client.verify(child)) == 2
    assert trips(lambda: client.verify(child)) == 1, "it is the parent already"
    client.send("PUT", "/recipe/jwt/data", {"sessionHandle": handle_of(session), "userDataInJWT": {"a": 1}})
    assert trips(lambda: client.verify(session, checkDatabase=True)) == 1, "with a new payload"


def test_tenants_cost_nothing_once_they_are_known(client: SessionClient, core: Core, trips: Trips) -> None:
    make_tenants(core, "t1")
    session = SessionClient(core, "/t1").create()
    client.refresh(session)

    assert trips(lambda: SessionClient(core, "/t1").create()) == 2
    assert trips(lambda: client.verify(session, checkDatabase=True)) == 1
    assert trips(lambda: client.refresh(session)) == 2


def test_other_reads_and_changes_take_one(client: SessionClient, trips: Trips) -> None:
    session = client.create()
    handle = handle_of(session)
    data = {"sessionHandle": handle, "userDataInDatabase": {"a": 1}}
    payload = {"sessionHandle": handle, "userDataInJWT": {"a": 1}}

    assert trips(lambda: client.get(handle)) == 1
    assert trips(lambda: client.send("PUT", "/recipe/session/data", data)) == 1
    assert trips(lambda: client.send("PUT", "/recipe/jwt/data", payload)) == 1
    assert trips(lambda: client.regenerate(session)) == 1
    assert trips(lambda: client.regenerate(session, {"b": 1})) == 1
    assert trips(lambda: client.of_user("u1")) == 2
    assert trips(lambda: client.remove(sessionHandles=[handle])) == 1


def test_ending_many_takes_two_or_three(client: SessionClient, trips: Trips) -> None:
    handles = [handle_of(client.create()) for _ in range(20)]

    assert trips(lambda: client.remove(sessionHandles=handles)) == 2
    handles = [handle_of(client.create()) for _ in range(20)]
    assert trips(lambda: client.remove(userId="u1")) == 3


def test_old_keys_are_read_along(client: SessionClient, home: Home, trips: Trips) -> None:
    session = client.create()
    home.clock.advance(minutes=2)
    assert trips(client.create) == 2 + 1, "the tenant is read again, too"
    home.clock.advance(minutes=2)
    assert trips(lambda: client.refresh(session)) == 2 + 1
    assert trips(lambda: client.verify(session)) == 0


def test_new_instance_reads_keys_along(client: SessionClient, home: Home, trips: Trips) -> None:
    session = client.create()

    def fresh() -> SessionClient:
        house = House(home.house.settings, home.clock, make_key)
        house.__dict__["database"] = home.house.database
        core = Core(house)
        core.call("GET", "/hello")
        return SessionClient(core)

    cold = fresh()
    assert trips(cold.create) == 2
    cold = fresh()
    assert trips(lambda: cold.refresh(session)) == 3
    cold = fresh()
    assert trips(lambda: cold.verify(session)) == 1
    assert trips(lambda: cold.verify(session)) == 0


def test_jwts_and_key_lists_need_no_database(client: SessionClient, core: Core, trips: Trips) -> None:
    body = {"algorithm": "RS256", "jwksDomain": "x", "payload": {}, "validity": 100}

    assert trips(lambda: core.post("/recipe/jwt", **body)) == 0
    assert trips(lambda: core.call("GET", "/.well-known/jwks.json")) == 0
