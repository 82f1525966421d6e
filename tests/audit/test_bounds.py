"""The log stays small for whoever tries to fill it, and quick for whoever reads it."""

from collections.abc import Iterator

import pytest

from gatehouse.models import PUBLIC
from gatehouse.services.audit import BUCKETS, NOBODY, Caller, enter
from gatehouse.services.audit_log import NEWEST
from gatehouse.store import audit
from gatehouse.store.database import Database
from gatehouse.store.statement import Sql
from tests.audit.entries import entries
from tests.databases import FreshDatabase
from tests.house_fixtures import MigratedDatabase
from tests.houses import Home, StoppedClock
from tests.store.test_plans import analyse, work

ENTRIES = 3_000
LATE = ENTRIES // 8
"""MariaDB may read from the newest one on where there is little to save by that."""
PAGE = 11
LOOKED_AT = 200
"""More than any engine looks at for a page, and much less than there is."""


@pytest.fixture(scope="module")
def filled(engine: str, fresh_database_url: FreshDatabase) -> Iterator[Database]:
    """Yield a database of its own where half of what happened is of one event, to one person, by one person."""
    database = MigratedDatabase(fresh_database_url(engine))
    columns = "app_id, id, at_ms, event, actor_id, subject_id"
    rows = [f"'public', '{n:036}', {n}, 'e{n % 2}', 'a{n % 2}', 's{n % 2}'" for n in range(ENTRIES)]
    values = ", ".join(f"({row})" for row in rows)
    database.gateway.run(Sql(f"INSERT INTO {{audit_log}} ({columns}) VALUES {values}").run())
    analyse(database.gateway, "audit_log")
    yield database.gateway
    database.close()


@pytest.mark.parametrize("before", [NEWEST, (LATE, f"{LATE:036}")], ids=["first", "next"])
@pytest.mark.parametrize(
    ("column", "value"), [(None, None), ("event", "e1"), ("subject_id", "s0"), ("actor_id", "a1")]
)
def test_a_page_looks_at_little_more_than_it_shows(
    filled: Database, column: str | None, value: str | None, before: tuple[int, str]
) -> None:
    page = audit.list_page(PUBLIC, column, value, from_ms=0, before=before, limit=PAGE)
    shown = filled.run(page)
    assert (len(shown), shown[0].at_ms < before[0]) == (PAGE, True)
    assert work(filled, page) < LOOKED_AT


@pytest.fixture(autouse=True)
def _nobody() -> Iterator[None]:
    """Forget afterwards who called."""
    yield
    enter(NOBODY)


def test_whoever_fails_again_and_again_fills_nothing(sqlite_home: Home) -> None:
    clock = sqlite_home.house.__dict__["clock"] = StoppedClock()
    house = sqlite_home.with_settings()
    object.__setattr__(house, "clock", clock)
    tenant = house.tenancy.resolve("", PUBLIC, PUBLIC)
    for number in range(300):
        enter(Caller(f"2001:db8:{number:x}::7"))
        house.failures.note(tenant, "emailpassword", "wrong_password")
        house.failures.note(tenant, "emailpassword", "wrong_password", subject_id="ada")

    known = [entry for entry in entries(house) if entry.subject_id]
    unknown = [entry for entry in entries(house) if not entry.subject_id]
    assert [entry.times for entry in known] == [300]
    assert len(unknown) <= BUCKETS
    assert sum(entry.times for entry in unknown) == 300
    clock.advance(minutes=1)
    house.failures.note(tenant, "emailpassword", "wrong_password", subject_id="ada")
    assert len([entry for entry in entries(house) if entry.subject_id]) == 2
