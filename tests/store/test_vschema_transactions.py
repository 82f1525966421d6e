"""How many shards the transactions of each flow write to, in which order, and why half a commit does no harm.

Vitess commits a transaction of several shards one after the other, in the order in which it met them, and may be
stopped in between (specs/databases.md 3, `multi`). So what comes first must be harmless without what comes after.
Rows of lookup tables are written before all of that, and deleted after it: a left one finds nothing, and is taken over.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from gatehouse.errors import DatabaseUnavailable
from gatehouse.store.engines import engine_for
from tests.databases import FreshDatabase
from tests.functions.fdi import codes, passwords
from tests.houses import ADA, StoppedClock, open_house
from tests.store.migrations.runs import migrate
from tests.store.vschema_flows import FLOWS, Flow, Stage
from tests.store.vschema_shards import Half, Recording, written_by


@pytest.fixture(scope="module")
def stage(fresh_database_url: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    url = fresh_database_url("sqlite")
    migrate(url)
    mailbox: Path = tmp_path_factory.mktemp("letters") / "mailbox.jsonl"
    home = open_house(url, mailbox, StoppedClock(), BCRYPT_LOG_ROUNDS="4")
    database = Recording(engine_for(url))
    home.keep(database)
    stage = Stage(home, database)
    stage.frontend.sign_up("first@example.com")  # the keys are made
    home.sign_in(ADA)
    yield stage
    home.close()
    database.disconnect()


USER, SESSION, DEVICE, LOG = "user_id", "session_handle", "device_id_hash", "unsharded"
HOLD, EVERYWHERE = "subject", "every shard"
EMAIL, ACCOUNT, EXTERNAL = "lookup of email", "lookup of third_party_user_id", "lookup of external_user_id"
SENT = (EMAIL, "lookup of link_code_hash", HOLD, HOLD, DEVICE)
OPENED = (SESSION, USER, LOG)

UNNOTED = "done, and not in the audit log"
UNSENT = "a send is counted that was not made"
SPENT = "the code is spent and nobody is in: they ask for another one"


@dataclass(frozen=True)
class Design:
    """Where a flow's transactions write, and what is left of them where only the first shards are committed."""

    transactions: list[tuple[str, ...]]
    half: str = ""

    def halves(self) -> Iterator[Half]:
        """Yield every way in which one of the transactions can be committed in part."""
        several = [sharded for names in self.transactions if len(sharded := without_lookups(names)) > 1]
        for after, sharded in enumerate(several):
            yield from (Half(count, after) for count in range(1, len(sharded)))


def without_lookups(names: tuple[str, ...]) -> list[str]:
    """Leave out the lookup tables, which are committed before all else."""
    return [name for name in names if not name.startswith("lookup")]


DESIGN = {
    "link_is_sent": Design([SENT], UNSENT),
    "link_lets_a_newcomer_in": Design([(EMAIL, DEVICE, LOG, USER, SESSION)], SPENT),
    "link_lets_somebody_in": Design([(DEVICE, LOG, USER, SESSION)], SPENT),
    "code_is_sent": Design([SENT], UNSENT),
    "code_lets_a_newcomer_in": Design([(EMAIL, DEVICE, USER, LOG), (LOG,), OPENED], SPENT),
    "code_lets_somebody_in": Design([(DEVICE, USER), OPENED], SPENT),
    "wrong_code_is_counted": Design([(DEVICE, LOG)], UNNOTED),
    "password_signs_up": Design(
        [(EMAIL, USER, LOG), OPENED], "there is an account, and no session: its owner signs in"
    ),
    "password_signs_in": Design([OPENED], "a session that nobody has the tokens of, until it expires"),
    "third_party_signs_up": Design([(ACCOUNT, USER, LOG)], UNNOTED),
    "third_party_signs_in": Design([(USER,)]),
    "session_is_refreshed": Design([]),
    "somebody_signs_out": Design([(LOG, SESSION)], "noted, and not done: it is sent again by itself"),
    "address_is_verified": Design([(USER, LOG)], UNNOTED),
    "password_is_reset": Design([(USER, LOG)], UNNOTED),
    "address_is_changed": Design([(EMAIL, HOLD, HOLD, USER, LOG)], "not done, or not in the audit log"),
    "role_is_given": Design([(LOG, USER)], "noted, and not done: to be given again"),
    "totp_device_is_made": Design([(USER,)]),
    "metadata_is_changed": Design([(USER,)]),
    "id_is_mapped": Design([(EXTERNAL, USER, LOG)], UNNOTED),
    "user_becomes_primary": Design([(HOLD, USER)], "a hold, which is only ever waited for"),
    "accounts_are_linked": Design(
        [(HOLD, HOLD, LOG, USER, USER, EVERYWHERE)],
        "noted and not done, or linked and not yet signed out: to be linked again",
    ),
    "user_is_deleted": Design(
        [(HOLD, USER, LOG, EVERYWHERE)],
        "gone, but for sessions on other shards: to be ended by the user's id, or they expire",
    ),
}
"""The shards in the order of the commits; a transaction that is not named writes to one or to none."""

ANEW = {
    "link_lets_a_newcomer_in",
    "link_lets_somebody_in",
    "code_lets_a_newcomer_in",
    "code_lets_somebody_in",
}
"""Flows that begin again with another code."""

DONE: dict[str, Flow] = {
    "password_signs_up": lambda stage, email: lambda: passwords.sign_in(stage.frontend, email),
    "address_is_verified": lambda stage, email: lambda: passwords.sign_in(stage.frontend, email),
    "password_is_reset": lambda stage, email: lambda: passwords.sign_in(stage.frontend, email),
    "somebody_signs_out": lambda stage, email: lambda: passwords.sign_in(stage.frontend, email),
    "wrong_code_is_counted": lambda stage, email: lambda: codes.sign_in(stage.home, email)[1],
    "id_is_mapped": lambda stage, email: (
        lambda: stage.core.get("/recipe/userid/map", userId=f"external {email}", userIdType="EXTERNAL")
    ),
}
"""Flows that are done once they were begun, and what shows it."""

SHOWN: dict[str, Callable[[Stage, str], object]] = {
    "user_is_deleted": lambda stage, email: stage.sign_up(email),
    "address_is_changed": lambda stage, email: stage.sign_up(email) and stage.sign_in(f"new-{email}"),
    "accounts_are_linked": lambda stage, email: stage.sign_in(email) == stage.sign_in(f"other-{email}"),
    "user_becomes_primary": lambda stage, email: stage.sign_in(email),
}
"""What else must be true when a flow was done again: an address is free, or somebody is who they should be."""


@pytest.mark.parametrize("name", FLOWS)
def test_transactions_write_to_the_shards_of_the_design(stage: Stage, name: str) -> None:
    act = FLOWS[name](stage, f"{name}@example.com")
    stage.database.committed.clear()
    act()
    written = [names for transaction in stage.database.committed if (names := written_by(transaction).names)]
    assert written == DESIGN[name].transactions


@pytest.mark.parametrize(
    ("name", "half"),
    [
        pytest.param(name, half, id=f"{name}, {half.shards} shards after {half.after} transactions")
        for name, design in DESIGN.items()
        for half in design.halves()
    ],
)
def test_half_a_commit_is_mended_by_doing_it_again(stage: Stage, name: str, half: Half) -> None:
    stage.home.clock.advance(days=1)  # nobody has asked for too many codes
    email = f"{name}-{half.shards}-{half.after}@example.com"
    act = FLOWS[name](stage, email)
    before, stage.database.half = stage.database.torn, half
    with suppress(DatabaseUnavailable, AssertionError):  # a function answers 503
        act()
    assert stage.database.torn == before + 1
    if name in ANEW:
        act = FLOWS[name](stage, email)
    elif name in DONE:
        act = DONE[name](stage, email)
    answer = act()
    assert not isinstance(answer, dict) or answer.get("status", "OK") == "OK", answer
    if name in SHOWN:
        assert SHOWN[name](stage, email)


def test_every_flow_of_several_shards_says_what_half_of_it_is() -> None:
    assert {name for name, design in DESIGN.items() if design.half} == {
        name for name, design in DESIGN.items() if list(design.halves())
    }
