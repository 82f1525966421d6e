"""Many instances use the tokens of one session, or need the first key of an app, at the same moment."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from gatehouse.bootstrap import House
from gatehouse.crypto.identifiers import sha256_hex
from gatehouse.models.session import SessionTokens
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import TokenTheftDetected
from gatehouse.services.session_tokens import TokenWishes
from gatehouse.store.statement import Sql
from tests.houses import Home
from tests.races.crowd import crowd_of

T = TypeVar("T")
CROWD = 24
WISHES = TokenWishes(has_anti_csrf=False, is_static=False, version=5)

pytestmark = pytest.mark.timeout(180)


def public(house: House) -> Tenant:
    """Return the tenant that an instance works for."""
    return house.tenancy.resolve("", "public", "public")


def create(house: House, *, is_static: bool = False) -> SessionTokens:
    """Open a session."""
    wishes = TokenWishes(has_anti_csrf=False, is_static=is_static, version=5)
    return house.sessions.create(public(house), "u1", wishes, payload={}, data={})


def refresh(house: House, tokens: SessionTokens) -> SessionTokens:
    """Use a refresh token."""
    assert tokens.refresh_token
    return house.sessions.refresh(public(house), tokens.refresh_token.text, WISHES, anti_csrf_token=None)


def verify(house: House, tokens: SessionTokens) -> SessionTokens:
    """Use an access token."""
    assert tokens.access_token
    return house.sessions.verify(
        public(house),
        tokens.access_token.text,
        anti_csrf_token=None,
        checks_anti_csrf=False,
        checks_database=True,
    )


def parent_hash(home: Home) -> str:
    """Return the hash that the one session's row has."""
    query = Sql("SELECT refresh_token_hash_2 FROM {session_info}").only(lambda row: str(row[0]))
    return home.house.database.run(query)


def hash2(tokens: SessionTokens) -> str:
    """Return what the database holds of a refresh token."""
    assert tokens.refresh_token
    return sha256_hex(sha256_hex(tokens.refresh_token.text))


def crowd(home: Home, act: Callable[[House, int], T]) -> list[Any]:
    """Let instances act at the same moment; failures are returned."""
    return crowd_of(CROWD, home, act)


def test_everybody_who_refreshes_the_parent_gets_a_child(home: Home) -> None:
    parent = create(home.house)

    children = crowd(home, lambda house, _: refresh(house, parent))

    assert {type(child) for child in children} == {SessionTokens}
    assert len({hash2(child) for child in children}) == CROWD
    assert parent_hash(home) == hash2(parent)


def test_everybody_who_refreshes_one_child_gets_a_grandchild(home: Home) -> None:
    child = refresh(home.house, create(home.house))

    grandchildren = crowd(home, lambda house, _: refresh(house, child))

    assert {type(grandchild) for grandchild in grandchildren} == {SessionTokens}
    assert parent_hash(home) == hash2(child)


def test_one_of_many_siblings_is_promoted_and_the_late_ones_are_thieves(home: Home) -> None:
    parent = create(home.house)
    children = [refresh(home.house, parent) for _ in range(CROWD)]

    outcomes = crowd(home, lambda house, number: refresh(house, children[number]))

    assert [type(outcome) for outcome in outcomes].count(SessionTokens) == 1
    assert [type(outcome) for outcome in outcomes].count(TokenTheftDetected) == CROWD - 1
    winner = next(number for number, outcome in enumerate(outcomes) if isinstance(outcome, SessionTokens))
    assert parent_hash(home) == hash2(children[winner])


def test_stolen_parent_is_theft_for_whoever_comes_after_the_promotion(home: Home) -> None:
    parent = create(home.house)
    child = refresh(home.house, parent)

    outcomes = crowd(home, lambda house, number: refresh(house, child if number == 0 else parent))

    assert type(outcomes[0]) is SessionTokens
    assert {type(outcome) for outcome in outcomes[1:]} <= {SessionTokens, TokenTheftDetected}
    assert parent_hash(home) == hash2(child)
    late = crowd(home, lambda house, _: refresh(house, parent))
    assert {type(outcome) for outcome in late} == {TokenTheftDetected}
    again = crowd(home, lambda house, _: refresh(house, child))
    assert {type(outcome) for outcome in again} == {SessionTokens}


def test_child_is_promoted_once_by_many_verifications_and_refreshes(home: Home) -> None:
    child = refresh(home.house, create(home.house))

    outcomes = crowd(home, lambda house, number: (verify if number % 2 else refresh)(house, child))

    assert {type(outcome) for outcome in outcomes} == {SessionTokens}
    assert all(outcome.access_token for outcome in outcomes)
    assert parent_hash(home) == hash2(child)


def test_sessions_that_end_meanwhile_are_not_revived(home: Home) -> None:
    child = refresh(home.house, create(home.house))

    def act(house: House, number: int) -> object:
        if number == 0:
            return house.session_list.revoke(public(house), [child.info.handle])
        return refresh(house, child)

    outcomes = crowd(home, act)

    assert outcomes[0] == [child.info.handle]
    assert home.house.database.run(Sql("SELECT 1 FROM {session_info}").finds()) is False
    assert {getattr(outcome, "status_text", "OK") for outcome in outcomes} <= {"OK", "UNAUTHORISED"}


def test_first_keys_of_an_app_are_made_once(home: Home) -> None:
    opened = crowd(home, lambda house, number: create(house, is_static=number % 2 == 0))

    assert {type(outcome) for outcome in opened} == {SessionTokens}
    for table, count in (
        ("session_access_token_signing_keys", 1),
        ("jwt_signing_keys", 1),
        ("session_info", CROWD),
    ):
        assert (
            home.house.database.run(Sql(f"SELECT COUNT(*) FROM {{{table}}}").only(lambda row: int(row[0])))
            == count
        )
    refreshed = crowd(home, lambda house, number: refresh(house, opened[number - 1]))
    assert {type(outcome) for outcome in refreshed} == {SessionTokens}
    verified = crowd(home, lambda house, number: verify(house, opened[number - 2]))
    assert {type(outcome) for outcome in verified} == {SessionTokens}


def test_one_of_many_ends_a_session(home: Home) -> None:
    handle = create(home.house).info.handle

    outcomes = crowd(home, lambda house, _: house.session_list.revoke(public(house), [handle]))

    assert sorted(outcomes) == [*([[]] * (CROWD - 1)), [handle]]
