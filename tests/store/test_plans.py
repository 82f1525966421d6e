"""People are read in steps that no statistics can make long: an engine may know nothing, or what is no longer true."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from gatehouse.models import PUBLIC, TableNames
from gatehouse.models.account_info import EMAIL, AccountInfo
from gatehouse.models.authuser import ThirdPartyInfo
from gatehouse.store import account_info, login_methods, thirdparty, user_pages
from gatehouse.store.database import Database
from gatehouse.store.engines import engine_for
from gatehouse.store.login_methods import PeopleQueries
from gatehouse.store.statement import Query, Sql
from tests.databases import FreshDatabase
from tests.people import TABLES_WITH_USERS, People, make_database

THIRD = 34
SCANS_PER_PERSON = 25
"""More than the joins of a read: each may at worst look through a table for everybody it has found so far."""
STEPS_PER_ROW = 10
"""Instructions that SQLite needs for a row, or more."""


@pytest.fixture(scope="module", params=[1, 3 * THIRD], ids=["one person", "everybody"])
def people(
    engine: str, request: pytest.FixtureRequest, fresh_database_url: FreshDatabase
) -> Iterator[People]:
    """Yield 103 people in a database whose statistics are of the time when there was one, or are right."""
    people = People(Database(engine_for(make_database(engine, fresh_database_url)), TableNames()))
    people.emailpassword("first@example.com")
    known: int = request.param
    if known == 1:
        analyse(people.database)
    for number in range(THIRD):
        user_id = people.emailpassword(f"e{number}@example.com")
        people.third_party("google", f"g{number}", f"t{number}@example.com")
        people.passwordless(f"p{number}@example.com", f"+49{number}")
        people.map(user_id, f"external {number}")
        people.insert(
            "emailverification_verified_emails",
            user_id=f"external {number}",
            email=f"e{number}@example.com",
        )
    if known > 1:
        analyse(people.database)
    yield people
    people.database.disconnect()


def analyse(database: Database, *tables: str) -> None:
    """Let an engine count what there is now, and on PostgreSQL keep it from doing so again by itself."""
    match database.dialect.name:
        case "mysql":
            for table in tables or TABLES_WITH_USERS:
                database.run(Sql(f"ANALYZE TABLE {{{table}}}").all(tuple))
        case "postgresql":
            for table in tables or TABLES_WITH_USERS:
                database.run(Sql(f"ALTER TABLE {{{table}}} SET (autovacuum_enabled = off)").run())
            database.run(Sql("VACUUM ANALYZE").run())
        case _:
            database.run(Sql("ANALYZE").run())


def work(database: Database, query: Query[Any]) -> float:
    """Run a query and return how many rows an engine looked at."""
    if database.dialect.name == "sqlite":
        return steps_of_sqlite(database, query) / STEPS_PER_ROW
    if database.dialect.name == "mysql":
        reads = Sql("SHOW SESSION STATUS LIKE 'Handler_read%'").all(lambda row: int(row[1]))
        return sum(database.batch(Sql("FLUSH STATUS").run(), query, reads)[-1])
    text = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query.statement.text(database.dialect)}"
    plan: dict[str, Any] = database.run(Sql(text).only(lambda row: row[0][0]["Plan"], **query.values))
    return rows_of_plan(plan)


def rows_of_plan(plan: dict[str, Any]) -> float:
    """Count the rows that PostgreSQL looked at in a step and in those below it."""
    removed = sum(count for name, count in plan.items() if name.startswith("Rows Removed"))
    own: float = plan["Actual Loops"] * (plan["Actual Rows"] + removed)
    return own + sum(rows_of_plan(part) for part in plan.get("Plans", ()))


def steps_of_sqlite(database: Database, query: Query[Any]) -> int:
    """Count the instructions of SQLite's machine, by tens."""
    tens = 0

    def count() -> int:
        nonlocal tens
        tens += 1
        return 0

    file = database.run(Sql("PRAGMA database_list").only(lambda row: str(row[2])))
    with closing(sqlite3.connect(file)) as connection:
        connection.set_progress_handler(count, 10)
        connection.execute(*database.bind(query)).fetchall()
    return 10 * tens


def everybody(people: People) -> list[str]:
    """Return the ids of everybody."""
    return [row[0] for row in people.rows("app_id_to_user_id", "user_id", app_id=PUBLIC)]


Reading = Callable[[People], PeopleQueries]

MANY: dict[str, Reading] = {
    "page": lambda people: user_pages.list_people(PUBLIC, everybody(people))[0],
    "by ids": lambda people: login_methods.by_ids(PUBLIC, everybody(people)),
}

ONE: dict[str, Reading] = {
    "by id": lambda people: login_methods.by_ids(PUBLIC, everybody(people)[:1]),
    "by external id": lambda people: login_methods.by_ids(PUBLIC, ["external 7"]),
    "by address": lambda people: account_info.list_people(PUBLIC, [AccountInfo(EMAIL, "e7@example.com")]),
    "by address in a tenant": lambda people: account_info.list_people_in_tenant(
        PUBLIC, PUBLIC, [AccountInfo(EMAIL, "t7@example.com")]
    ),
    "by account": lambda people: thirdparty.list_people(PUBLIC, PUBLIC, ThirdPartyInfo("google", "g7")),
}


@pytest.mark.parametrize("name", [*MANY, *ONE])
def test_work_grows_with_whom_is_read_and_no_faster_than_tables(people: People, name: str) -> None:
    read = (MANY | ONE)[name](people)
    there = 3 * THIRD + 1
    found = login_methods.people(*people.database.batch(*read))
    assert len(found) == (there if name in MANY else 1)
    looked_at = [work(people.database, query) for query in read]
    assert max(looked_at) < SCANS_PER_PERSON * len(found) * there
