"""The main flows and the cron keep the limits of PlanetScale, which a real MariaDB is given here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatehouse.store import users
from gatehouse.store.database import Transaction
from gatehouse.store.engines import engine_for
from gatehouse.store.engines.address import parse_address
from gatehouse.store.statement import Query, Sql
from tests.house_fixtures import MigratedDatabase
from tests.houses import ADA, Home, StoppedClock, open_house
from tests.store.vitess_limits import LimitBroken, LimitedEngine
from tests.store.vschema_flows import FLOWS, Stage
from tests.store.vschema_shards import Recording


class Seconds:
    """A clock that only tests move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture(scope="module")
def limited(migrated: Callable[[str], MigratedDatabase], seconds: Seconds) -> Iterator[Recording]:
    """A gateway to MariaDB with the limits."""
    migrated("mariadb").clean()
    database = Recording(LimitedEngine(engine_for(migrated("mariadb").url), seconds))
    yield database
    database.disconnect()


@pytest.fixture(scope="module")
def stage(
    limited: Recording,
    migrated: Callable[[str], MigratedDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    mailbox: Path = tmp_path_factory.mktemp("letters") / "mailbox.jsonl"
    home: Home = open_house(migrated("mariadb").url, mailbox, StoppedClock(), BCRYPT_LOG_ROUNDS="4")
    home.keep(limited)
    yield Stage(home, limited)
    home.close()


@pytest.mark.parametrize("name", FLOWS)
def test_flow_keeps_the_limits(stage: Stage, name: str) -> None:
    stage.home.clock.advance(days=1)  # nobody has asked for too many codes
    FLOWS[name](stage, f"{name}@example.com")()


def test_cron_keeps_the_limits(stage: Stage) -> None:
    stage.home.sign_in(ADA)
    stage.home.clock.advance(days=1000)
    swept = stage.home.house.cleanup.sweep(lambda: True)
    assert swept.is_finished
    assert swept.deleted["session_info"] > 0


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE a (b INT)",
        "TRUNCATE TABLE users",
        "SET SESSION sql_mode = ''",
        "REPLACE INTO users (app_id, id, email, created_at_ms, updated_at_ms) VALUES ('a', 'b', 'c', 1, 1)",
        "SELECT GET_LOCK('a', 1)",
        "UPDATE session_info SET session_handle = 'a' WHERE session_handle = 'b'",
    ],
)
def test_refused_statement_fails(limited: Recording, text: str) -> None:
    with pytest.raises(LimitBroken):
        limited.run(Sql(text).run())


DIGITS = " UNION ALL ".join(["SELECT 0 AS n", *["SELECT 1"] * 9])
ROWS = f"SELECT a.n FROM {', '.join(f'({DIGITS}) {name}' for name in 'abcde')}"
"""As many rows as are allowed."""


def test_one_row_too_many_fails(limited: Recording) -> None:
    assert len(limited.run(Sql(ROWS).all(tuple))) == 100_000
    with pytest.raises(LimitBroken, match="more than 100000 rows"):
        limited.run(Sql(f"{ROWS} UNION ALL SELECT 2").all(tuple))


def test_transaction_of_more_than_twenty_seconds_is_gone_and_runs_again(
    limited: Recording, seconds: Seconds
) -> None:
    waits = [21, 19]

    def work(tx: Transaction) -> None:
        tx.run(users.has_users("slow"))
        seconds.now += waits.pop(0)
        tx.finish(insert("slow"))

    limited.transact(work)
    assert waits == []
    assert limited.run(users.has_users("slow"))


def insert(app_id: str) -> Query[int]:
    """Return the write of somebody in an app."""
    columns = "app_id, id, email, created_at_ms, updated_at_ms"
    return Sql(f"INSERT INTO {{users}} ({columns}) VALUES (:app_id, 'a', 'b', 1, 1)").run(app_id=app_id)


@pytest.mark.parametrize("path", ["@primary", "%40primary"])
def test_url_may_leave_the_choice_of_a_keyspace_to_vitess(path: str) -> None:
    assert parse_address(f"mysql://user:secret@example.com/{path}").database == "@primary"
