"""How many times each flow waits for the database, counted on the wire of a warm connection."""

from gatehouse.models import Credentials
from gatehouse.store.statement import Sql
from tests.houses import ADA, BOB, LAPTOP, Home
from tests.round_trips.proxy import Trips


def test_proxy_sees_every_round_trip(home: Home, trips: Trips) -> None:
    database = home.house.database
    one = Sql("SELECT 1").run()

    assert trips(lambda: [database.run(one) for _ in range(5)]) == 5
    assert trips(lambda: database.batch(one, one, one)) == 1


def test_session_jwt_needs_no_database(home: Home, trips: Trips) -> None:
    jwt = home.sign_in(ADA).session_jwt

    assert trips(lambda: home.house.identity.check(Credentials(jwt=jwt))) == 0


def test_session_token_takes_one(home: Home, trips: Trips) -> None:
    credentials = Credentials(token=home.sign_in(ADA).session_token)

    assert trips(lambda: home.house.identity.check(credentials)) == 1
    home.clock.advance(minutes=2)
    assert trips(lambda: home.house.identity.check(credentials)) == 1, "with the signing keys read again"


def test_login_takes_two(home: Home, trips: Trips) -> None:
    for address in (ADA, BOB):
        assert trips(lambda address=address: home.house.identity.login(address, LAPTOP)) == 2  # type: ignore[misc]


def test_using_a_link_takes_three(home: Home, trips: Trips) -> None:
    for address in (ADA, BOB):
        home.house.identity.login(address, LAPTOP)
        token = home.mailbox.token_for(address)
        assert trips(lambda token=token: home.house.identity.authenticate(token, LAPTOP)) == 3  # type: ignore[misc]


def test_directory_page_takes_two(home: Home, trips: Trips) -> None:
    admin = home.sign_in(ADA).user
    for number in range(30):
        home.house.users.create(email=f"u{number}@example.com", name=None, by=admin)

    assert trips(lambda: home.house.users.list_page(search="", cursor=None, limit=100)) == 2
    assert trips(lambda: home.house.users.list_page(search="u", cursor=None, limit=25)) == 1, (
        "nobody has roles yet"
    )


def test_writes_of_the_directory_are_short(home: Home, trips: Trips) -> None:
    admin = home.sign_in(ADA).user
    bob = home.sign_in(BOB).user

    assert trips(lambda: home.house.users.create(email="c@example.com", name="C", by=admin)) == 1
    assert trips(lambda: home.house.identity.invite("d@example.com", None, by=admin, client=LAPTOP)) == 2
    assert trips(lambda: home.house.identity.remove_user(bob.id, by=admin)) == 3


def test_logout_takes_one(home: Home, trips: Trips) -> None:
    credentials = Credentials(token=home.sign_in(ADA).session_token)

    assert trips(lambda: home.house.identity.log_out(credentials)) == 1
