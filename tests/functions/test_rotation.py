"""Secrets that change while functions run: found by age, or as soon as somebody refuses the old one."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import quote, urlsplit

import boto3
import pytest

import functions.cdi.handler
import functions.cleanup
import functions.fdi.handler
import functions.session
from gatehouse.bootstrap import Builder, House
from gatehouse.config import Settings
from gatehouse.current_settings import CurrentSettings
from gatehouse.database_settings import Environment
from gatehouse.errors import SettingInvalid
from gatehouse.store.statement import Sql
from gatehouse.web.entrance import Entrance
from infra.local.events import Moment, http_event
from infra.local.messages import Request
from infra.local.routing import Match, Route
from tests.api import CONTEXT, Answer
from tests.databases import Server
from tests.delivery import endpoint as told
from tests.delivery.endpoint import Endpoint
from tests.house_fixtures import MigratedDatabase
from tests.houses import StoppedClock

URL = "ssm:/gatehouse/dev/database-url"
KEYS = "ssm:/gatehouse/dev/core-api-keys"
OLD, NEW = "old-key-of-20-letters===", "new-key-of-20-letters==="
CONNECTION_ID = {"mysql": "SELECT CONNECTION_ID()", "postgresql": "SELECT pg_backend_pid()"}


@pytest.fixture(scope="module", params=["guarded_mariadb_server", "guarded_postgres_server"])
def server(request: pytest.FixtureRequest) -> Server:
    """A server that checks passwords."""
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[MigratedDatabase]:
    """A migrated database on it."""
    migrated = MigratedDatabase(server.create_database())
    yield migrated
    migrated.close()


@pytest.fixture
def clock() -> StoppedClock:
    """The clock by which secrets grow old."""
    return StoppedClock()


def put(name: str, value: str) -> None:
    boto3.client("ssm").put_parameter(
        Name=name.removeprefix("ssm:"), Value=value, Type="SecureString", Overwrite=True
    )


def account(server: Server, database: MigratedDatabase) -> str:
    """Make an account; return the URL that it reaches the database by."""
    return server.create_account(database.url, "SELECT", "INSERT", "UPDATE", "DELETE")


def change_password(server: Server, url: str, password: str) -> str:
    """Give an account another password; return its new URL."""
    parts = urlsplit(url)
    statement = {
        "mysql": f"ALTER USER '{parts.username}'@'%' IDENTIFIED BY '{password}'",
        "postgresql": f"ALTER ROLE {parts.username} PASSWORD '{password}'",
    }[parts.scheme]
    server.execute(statement)
    netloc = f"{parts.username}:{quote(password)}@{parts.netloc.rpartition('@')[2]}"
    return parts._replace(netloc=netloc).geturl()


class Running:
    """A function with an environment, as one instance of it runs."""

    def __init__(self, environ: Environment, clock: StoppedClock) -> None:
        check = functions.cdi.handler.demand_keys if "API_KEYS" in environ else lambda settings: None
        deployed = {
            "GATEHOUSE_STAGE": "dev",
            "API_URL": "https://auth.example.com",
            "EMAIL_SENDER": "ses",
            **environ,
        }
        self.entrance = Entrance(Builder(CurrentSettings(check, deployed, clock)))

    @property
    def house(self) -> House:
        return self.entrance.house

    def connection(self) -> int:
        """Ask the database which connection this is."""
        text = CONNECTION_ID[self.house.database.dialect.name]
        found: int = self.house.database.run(Sql(text).only(lambda row: row[0]))
        return found

    def call(self, function: object, route: Route, method: str, target: str, **headers: str) -> Answer:
        function.app.state.entrance = self.entrance  # type: ignore[attr-defined]
        sent = [
            ("host", "auth.example.com"),
            *((name.replace("_", "-"), text) for name, text in headers.items()),
        ]
        match = Match(route, {"proxy": target.lstrip("/")})
        prefix = route.key.partition(" ")[2].partition("/{")[0]
        event = http_event(Request(method, prefix + target, sent, b"", "203.0.113.7"), match, Moment())
        answer = function.handler(event, CONTEXT)  # type: ignore[attr-defined]
        return Answer(answer["statusCode"], answer["headers"], answer["body"])


class Core(Running):
    """The core's function; every answer below /recipe/roles is read from the database."""

    def roles(self, key: str = OLD) -> Answer:
        route = Route("ANY /core/{proxy+}", "cdi")
        return self.call(functions.cdi.handler, route, "GET", "/recipe/roles", api_key=key)


def core(url: str, clock: StoppedClock, **environ: str) -> Core:
    put(URL, url)
    return Core({"DATABASE_URL": URL, "API_KEYS": OLD, **environ}, clock)


@pytest.mark.usefixtures("aws")
def test_the_request_that_meets_a_changed_password_succeeds(
    server: Server, database: MigratedDatabase, clock: StoppedClock
) -> None:
    old = account(server, database)
    running = core(old, clock)
    assert running.roles().status == 200
    put(URL, change_password(server, old, "a new password"))
    running.house.database.disconnect()
    clock.advance(seconds=10)

    assert running.roles().status == 200, "long before the old one is too old"
    assert running.roles().status == 200
    running.entrance.close()


@pytest.mark.usefixtures("aws")
def test_a_cold_start_between_password_and_parameter_heals_in_seconds(
    server: Server, database: MigratedDatabase, clock: StoppedClock
) -> None:
    url = account(server, database)
    running = core(url, clock)
    new = change_password(server, url, "a new password")

    refused = running.roles()
    assert (refused.status, refused.text) == (500, "Something went wrong on our side. Please try again.\n")
    put(URL, new)
    clock.advance(seconds=9.999)
    assert running.roles().status == 500, "AWS is not asked twice within ten seconds"
    clock.advance(seconds=0.001)
    assert running.roles().status == 200
    running.entrance.close()


@pytest.mark.usefixtures("aws")
def test_another_account_is_used_when_the_old_value_is_too_old(
    server: Server, database: MigratedDatabase, clock: StoppedClock
) -> None:
    running = core(account(server, database), clock)
    house, connection = running.house, running.connection()
    put(URL, account(server, database))

    clock.advance(seconds=299.999)
    assert running.roles().status == 200
    assert (running.house, running.connection()) == (house, connection)
    clock.advance(seconds=0.001)
    assert running.roles().status == 200
    assert running.house is not house
    assert running.connection() != connection
    assert house.database._connection is None, "nobody keeps the old connection"
    running.entrance.close()


@pytest.mark.usefixtures("aws")
def test_house_and_connection_stay_while_nothing_changes(
    server: Server, database: MigratedDatabase, clock: StoppedClock
) -> None:
    running = core(account(server, database), clock)
    house, connection = running.house, running.connection()
    for _ in range(3):
        clock.advance(seconds=301)
        assert (running.house, running.connection()) == (house, connection)
    running.entrance.close()


@pytest.mark.usefixtures("aws")
def test_the_cron_meets_a_changed_password(
    server: Server, database: MigratedDatabase, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = account(server, database)
    put(URL, old)
    running = Running({"DATABASE_URL": URL}, clock)
    monkeypatch.setattr(functions.cleanup, "entrance", running.entrance)
    assert functions.cleanup.handler({}, CONTEXT)["finished"] is True
    put(URL, change_password(server, old, "a new password"))
    running.house.database.disconnect()
    clock.advance(seconds=10)

    assert functions.cleanup.handler({}, CONTEXT)["finished"] is True
    running.entrance.close()


@pytest.mark.usefixtures("aws")
def test_old_and_new_keys_are_taken_until_the_old_one_goes(
    sqlite_url: Callable[[], str], clock: StoppedClock
) -> None:
    put(KEYS, OLD)
    running = core(sqlite_url(), clock, API_KEYS=KEYS)

    def statuses() -> tuple[int, int]:
        return running.roles(OLD).status, running.roles(NEW).status

    assert statuses() == (200, 401)
    put(KEYS, f"{OLD},{NEW}")
    clock.advance(minutes=5)
    assert statuses() == (200, 200)
    put(KEYS, NEW)
    clock.advance(minutes=5)
    assert statuses() == (401, 200)
    running.entrance.close()


@pytest.mark.usefixtures("aws")
def test_other_third_parties_are_offered_without_a_deployment(
    sqlite_url: Callable[[], str], clock: StoppedClock
) -> None:
    setting = "ssm:/gatehouse/dev/third-party-providers"
    route = Route("GET /auth/{proxy+}", "fdi")

    def offered() -> list[str]:
        answer = running.call(functions.fdi.handler, route, "GET", "/loginmethods")
        return [provider["id"] for provider in answer.json["thirdParty"]["providers"]]

    def offer(*ids: str) -> None:
        put(setting, json.dumps([{"thirdPartyId": one, "clients": [{"clientId": "c"}]} for one in ids]))

    offer("github")
    running = Running({"DATABASE_URL": sqlite_url(), "THIRD_PARTY_PROVIDERS": setting}, clock)
    assert offered() == ["github"]
    offer("github", "google")
    clock.advance(minutes=5)
    assert offered() == ["github", "google"]
    running.entrance.close()


@pytest.fixture
def sqlite_url(migrated: Callable[[str], MigratedDatabase]) -> Callable[[], str]:
    """Return the URL of the migrated SQLite database."""
    return lambda: migrated("sqlite").url


def answered(value: str) -> told.Answer:
    return told.Answer(body={"Parameters": [{"Name": URL.removeprefix("ssm:"), "Value": value}]})


REFUSED = told.Answer(400, {"message": "no"}, "AccessDeniedException")
DOWN = told.Answer(500, {"message": "internal"}, "InternalServerError")


def test_without_references_nobody_is_asked(endpoint: Endpoint, clock: StoppedClock) -> None:
    running = Running({"DATABASE_URL": "sqlite://"}, clock)
    house = running.house
    clock.advance(days=400)
    assert running.house is house
    assert house.current is not None
    assert house.current.renew() is house.settings
    assert endpoint.requests == []


@pytest.mark.parametrize(("age", "seconds"), [("", 300), ("60", 60), ("86400", 86_400)])
def test_aws_is_asked_once_per_age(endpoint: Endpoint, clock: StoppedClock, age: str, seconds: int) -> None:
    endpoint.answers = [answered("sqlite://")]
    running = Running({"DATABASE_URL": URL, "SECRETS_MAX_AGE_SECONDS": age}, clock)
    for number in range(1, 4):
        assert (running.house, len(endpoint.requests)) == (running.house, number)
        clock.advance(seconds=seconds - 0.001)
        assert (running.house, len(endpoint.requests)) == (running.house, number)
        clock.advance(seconds=0.001)


def test_aws_is_asked_no_more_often_while_it_is_down(endpoint: Endpoint, clock: StoppedClock) -> None:
    endpoint.answers = [answered("sqlite://"), DOWN]
    running = Running({"DATABASE_URL": URL}, clock)
    house = running.house
    clock.advance(seconds=300)
    assert running.house is house
    asked = len(endpoint.requests)
    clock.advance(seconds=299.999)
    assert running.house is house
    assert len(endpoint.requests) == asked
    endpoint.answers = [answered("sqlite:///other.db")]
    clock.advance(seconds=0.001)
    assert running.house is not house


@pytest.mark.parametrize("first", [REFUSED, answered("no database at all")], ids=["denied", "malformed"])
def test_a_wrong_secret_is_looked_at_again_every_ten_seconds(
    endpoint: Endpoint, clock: StoppedClock, first: told.Answer
) -> None:
    endpoint.answers = [first]

    def demand_database(settings: Settings) -> None:
        House(settings).database.disconnect()

    deployed = {"DATABASE_URL": URL}
    entrance = Entrance(Builder(CurrentSettings(demand_database, deployed, clock)))
    enter = partial(getattr, entrance, "house")
    for number in range(1, 4):
        for _ in range(3):
            with pytest.raises(SettingInvalid, match="DATABASE_URL"):
                enter()
        assert len(endpoint.requests) == number
        clock.advance(seconds=10)
    endpoint.answers = [answered("sqlite://")]
    assert enter().settings.database_url == "sqlite://"


def test_an_age_that_is_none_is_told_by_name(endpoint: Endpoint, clock: StoppedClock) -> None:
    running = Running({"DATABASE_URL": URL, "SECRETS_MAX_AGE_SECONDS": "5m"}, clock)
    with pytest.raises(
        SettingInvalid, match="SECRETS_MAX_AGE_SECONDS: must be a whole number from 0 to 86400"
    ):
        running.house  # noqa: B018
    assert endpoint.requests == []
