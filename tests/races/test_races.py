"""What must happen once happens once, however many try at the same moment; on every engine."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from gatehouse.bootstrap import House
from gatehouse.errors import GatehouseError, LinkInvalid
from gatehouse.models import PUBLIC, Client, SignedIn
from gatehouse.store.statement import Sql
from tests.houses import ADA, BOB, LAPTOP, Home, open_house
from tests.races.crowd import crowd_of, winners

T = TypeVar("T")
CROWD = 64

pytestmark = pytest.mark.timeout(180)


def all_at_once(home: Home, act: Callable[[House, int], T]) -> list[T | GatehouseError]:
    """Let 64 instances, each with its own connection, act at the same moment; failures are returned."""
    return crowd_of(CROWD, home, act)


def count(home: Home, table: str) -> int:
    """Count the rows of a table."""
    return home.house.database.run(Sql(f"SELECT COUNT(*) FROM {{{table}}}").only(lambda row: int(row[0])))


def test_one_link_has_one_winner(home: Home) -> None:
    home.house.identity.login(ADA, LAPTOP)
    token = home.mailbox.token_for(ADA)

    outcomes = all_at_once(home, lambda house, _: house.identity.authenticate(token, LAPTOP))

    assert len(winners(outcomes)) == 1
    assert {type(outcome) for outcome in outcomes} == {SignedIn, LinkInvalid}
    assert (count(home, "session_info"), count(home, "users"), count(home, "passwordless_users")) == (1, 1, 1)


def test_one_link_of_a_known_person_has_one_winner(home: Home) -> None:
    home.sign_in(ADA)
    home.house.identity.login(ADA, LAPTOP)
    token = home.mailbox.token_for(ADA)

    outcomes = all_at_once(home, lambda house, _: house.identity.authenticate(token, LAPTOP))

    assert len(winners(outcomes)) == 1
    assert count(home, "session_info") == 2


def test_many_links_of_one_new_address_make_one_person(home: Home, tmp_path: Path) -> None:
    tokens = _links(home, tmp_path, [ADA] * CROWD)

    outcomes = all_at_once(home, lambda house, number: house.identity.authenticate(tokens[number], LAPTOP))

    assert winners(outcomes)
    assert {type(outcome) for outcome in outcomes} <= {SignedIn, LinkInvalid}
    assert len({signed_in.user.id for signed_in in winners(outcomes)}) == 1
    assert (count(home, "users"), count(home, "passwordless_users"), count(home, "app_id_to_user_id")) == (
        1,
        1,
        1,
    )


def test_many_first_people_make_one_administrator(home: Home, tmp_path: Path) -> None:
    tokens = _links(home, tmp_path, [f"u{number}@example.com" for number in range(CROWD)])

    outcomes = all_at_once(home, lambda house, number: house.identity.authenticate(tokens[number], LAPTOP))

    assert len(winners(outcomes)) == CROWD
    assert sum(signed_in.user.is_admin for signed_in in winners(outcomes)) == 1
    assert (count(home, "user_roles"), count(home, "users")) == (1, CROWD)


def test_one_signing_key_is_made_per_app(home: Home) -> None:
    kids = winners(
        all_at_once(home, lambda house, _: house.signing_keys.of(PUBLIC, house.settings.core).to_sign().kid)
    )

    assert (len(kids), len(set(kids))) == (CROWD, 1)
    assert count(home, "session_access_token_signing_keys") == 1


def test_one_directory_row_per_address(home: Home) -> None:
    admin = home.sign_in(ADA).user

    outcomes = all_at_once(home, lambda house, _: house.users.create(email=BOB, name=None, by=admin))

    assert len(winners(outcomes)) == 1
    assert count(home, "users") == 2


def test_send_limit_holds_in_a_crowd(home: Home) -> None:
    outcomes = all_at_once(
        home, lambda house, number: house.identity.login(ADA, Client(f"198.51.100.{number}"))
    )

    assert len(winners(outcomes)) == 5
    assert len(home.mailbox.letters()) == 5


def test_two_sweeps_at_once_share_the_work(home: Home) -> None:
    for number in range(6):
        home.sign_in(f"u{number}@example.com")
        home.house.identity.login(f"u{number}@example.com", LAPTOP)
    home.clock.advance(days=8)

    outcomes = all_at_once(home, lambda house, _: house.cleanup.sweep(lambda: True).deleted)

    assert len(winners(outcomes)) == CROWD
    assert sum(deleted["session_info"] for deleted in winners(outcomes)) == 6
    assert sum(deleted.get("passwordless_devices", 0) for deleted in winners(outcomes)) == 6
    assert [
        count(home, table) for table in ("session_info", "passwordless_devices", "passwordless_codes")
    ] == [0, 0, 0]


def _links(home: Home, tmp_path: Path, addresses: list[str]) -> list[str]:
    """Make a link for each address, limits aside."""
    generous = open_house(
        home.house.settings.database_url,
        tmp_path / "links.jsonl",
        home.clock,
        SEND_LIMIT_PER_ADDRESS="1000",
        SEND_LIMIT_PER_CLIENT="1000",
    )
    for address in addresses:
        generous.house.identity.login(address, LAPTOP)
    generous.close()
    return [letter["links"][0].partition("token=")[2] for letter in generous.mailbox.letters()]
