"""Codes sign in once and wrong ones are counted exactly, however many try at the same moment; on every engine."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from gatehouse.bootstrap import House
from gatehouse.errors import GatehouseError
from gatehouse.models import PUBLIC
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import IncorrectUserInputCode, RecipeError, RestartFlow
from gatehouse.services.passwordless import Attempt, ConsumedCode, LinkAttempt, TypedAttempt
from gatehouse.services.passwordless_codes import CreatedCode
from gatehouse.store.statement import Sql
from tests.houses import ADA, BOB, Home
from tests.people import People
from tests.races.crowd import crowd_of, winners

CROWD = 64
NUMBER = "+491701234567"

pytestmark = pytest.mark.timeout(180)


def tenant(house: House) -> Tenant:
    """Return the public tenant."""
    return house.tenancy.resolve("", PUBLIC, PUBLIC)


def create(home: Home, **to: str) -> CreatedCode:
    """Make a code."""
    return home.house.passwordless_codes.create_code(tenant(home.house), **to)


def link(code: CreatedCode) -> LinkAttempt:
    """Return what somebody shows who opens a link."""
    return LinkAttempt(code.code.device_id_hash, code.code.link_code)


def typed(code: CreatedCode) -> TypedAttempt:
    """Return what somebody shows who types a code."""
    return TypedAttempt(code.code.device_id_hash, code.code.device_id, code.code.user_input_code)


def consume(house: House, attempt: Attempt) -> ConsumedCode:
    """Use a code."""
    return house.passwordless.consume_code(tenant(house), attempt, is_verifying=True)


def kinds(outcomes: list[object]) -> Counter[str]:
    """Count outcomes by their status."""
    return Counter(
        outcome.status_text if isinstance(outcome, RecipeError)
        else repr(outcome) if isinstance(outcome, GatehouseError)
        else "OK"
        for outcome in outcomes
    )  # fmt: skip


def count(home: Home, table: str) -> int:
    """Count the rows of a table."""
    return home.house.database.run(Sql(f"SELECT COUNT(*) FROM {{{table}}}").only(lambda row: int(row[0])))


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("show", [link, typed])
def test_one_code_has_one_winner(
    home: Home, show: Callable[[CreatedCode], Attempt], *, is_known: bool
) -> None:
    if is_known:
        consume(home.house, link(create(home, email=ADA)))
    code = create(home, email=ADA)

    outcomes = crowd_of(CROWD, home, lambda house, _: consume(house, show(code)))

    assert kinds([*outcomes]) == {"OK": 1, "RESTART_FLOW_ERROR": CROWD - 1}
    assert winners(outcomes)[0].is_new is not is_known
    assert [count(home, table) for table in ("passwordless_users", "passwordless_devices", "passwordless_codes")] == [
        1, 0, 0
    ]  # fmt: skip


@pytest.mark.parametrize("to", [{"email": ADA}, {"phone_number": NUMBER}])
def test_many_codes_of_one_new_contact_make_one_user(home: Home, to: dict[str, str]) -> None:
    codes = [create(home, **to) for _ in range(CROWD)]

    outcomes = crowd_of(CROWD, home, lambda house, number: consume(house, typed(codes[number])))

    assert kinds([*outcomes]) == {"OK": 1, "RESTART_FLOW_ERROR": CROWD - 1}
    assert [count(home, table) for table in ("passwordless_users", "app_id_to_user_id", "passwordless_devices")] == [
        1, 1, 0
    ]  # fmt: skip


def test_users_of_many_addresses_do_not_hinder_each_other(home: Home) -> None:
    codes = [create(home, email=f"u{number}@example.com") for number in range(CROWD)]

    outcomes = crowd_of(CROWD, home, lambda house, number: consume(house, link(codes[number])))

    assert kinds([*outcomes]) == {"OK": CROWD}
    assert count(home, "passwordless_users") == CROWD


def test_wrong_codes_are_counted_exactly(home: Home) -> None:
    wrong = replace(typed(create(home, email=ADA)), user_input_code="nope")

    outcomes = crowd_of(CROWD, home, lambda house, _: consume(house, wrong))

    counted = [
        outcome.fields["failedCodeInputAttemptCount"]
        for outcome in outcomes
        if isinstance(outcome, IncorrectUserInputCode)
    ]
    assert sorted(counted) == [1, 2, 3, 4]
    assert kinds([*outcomes])["RESTART_FLOW_ERROR"] == CROWD - 4
    assert (count(home, "passwordless_devices"), count(home, "passwordless_codes")) == (0, 0)


def test_checks_are_counted_like_uses(home: Home) -> None:
    code = create(home, phone_number=NUMBER)
    wrong = replace(typed(code), user_input_code="nope")

    outcomes = crowd_of(4, home, lambda house, _: house.passwordless.check_code(tenant(house), wrong))

    assert kinds([*outcomes]) == {"INCORRECT_USER_INPUT_CODE_ERROR": 4}
    assert consume(home.house, typed(code)).device.failed_attempts == 4


def test_guessing_beside_the_owner_never_gets_more_attempts(home: Home) -> None:
    code = create(home, email=ADA)
    wrong = replace(typed(code), user_input_code="nope")

    outcomes = crowd_of(
        CROWD, home, lambda house, number: consume(house, typed(code) if number == 0 else wrong)
    )

    told = kinds([*outcomes])
    assert told["OK"] + told["INCORRECT_USER_INPUT_CODE_ERROR"] <= 5
    assert told["OK"] + told["INCORRECT_USER_INPUT_CODE_ERROR"] + told["RESTART_FLOW_ERROR"] == CROWD
    assert told["OK"] == count(home, "passwordless_users")


def test_one_code_of_a_device_is_given_once(home: Home) -> None:
    device = create(home, email=ADA).code.device_id

    outcomes = crowd_of(
        CROWD,
        home,
        lambda house, _: house.passwordless_codes.create_code_for_device(tenant(house), device, "424242"),
    )

    assert kinds([*outcomes]) == {"OK": 1, "USER_INPUT_CODE_ALREADY_USED_ERROR": CROWD - 1}
    assert count(home, "passwordless_codes") == 2


def test_codes_made_removed_and_used_at_once_leave_nothing_astray(home: Home) -> None:
    code = create(home, email=ADA)

    def act(house: House, number: int) -> object:
        codes, public = house.passwordless_codes, tenant(house)
        acts: list[Callable[[], object]] = [
            lambda: codes.create_code(public, email=ADA),
            lambda: codes.create_code_for_device(public, code.code.device_id),
            lambda: codes.remove_codes(public, "email", ADA),
            lambda: consume(house, link(code)),
            lambda: codes.remove_code(public, code.code_id),
            lambda: codes.remove_device(public, code.code.device_id_hash),
        ]
        return acts[number % 6]()

    outcomes = crowd_of(48, home, act)

    assert set(kinds([*outcomes])) <= {"OK", "RESTART_FLOW_ERROR"}
    astray = Sql("""
        SELECT COUNT(*) FROM {passwordless_codes} c
        LEFT JOIN {passwordless_devices} d
          ON d.app_id = c.app_id AND d.tenant_id = c.tenant_id AND d.device_id_hash = c.device_id_hash
        WHERE d.app_id IS NULL""")
    assert home.house.database.run(astray.only(lambda row: int(row[0]))) == 0
    assert sum(isinstance(outcome, ConsumedCode) for outcome in outcomes) <= 1


def test_one_of_many_gets_an_address(home: Home) -> None:
    people = People(home.house.database)
    users = [people.passwordless(f"u{number}@example.com", None) for number in range(16)]

    outcomes = crowd_of(
        16, home, lambda house, number: house.passwordless_users.update(PUBLIC, users[number], {"email": ADA})
    )

    assert kinds([*outcomes]) == {"OK": 1, "EMAIL_ALREADY_EXISTS_ERROR": 15}


def test_one_of_many_primary_users_gets_a_number(home: Home) -> None:
    people = People(home.house.database)
    users = [people.passwordless(f"u{number}@example.com", None, f"t{number}", "all") for number in range(8)]
    for user in users:
        home.house.accountlinking.make_primary(PUBLIC, user)

    outcomes = crowd_of(
        8,
        home,
        lambda house, number: house.passwordless_users.update(
            PUBLIC, users[number], {"phone_number": NUMBER}
        ),
    )

    assert kinds([*outcomes]) == {"OK": 1, "PHONE_NUMBER_CHANGE_NOT_ALLOWED_ERROR": 7}


def test_a_change_and_becoming_primary_come_one_after_the_other(home: Home) -> None:
    people = People(home.house.database)
    owner, other = people.emailpassword(BOB), people.passwordless(ADA, None)
    home.house.accountlinking.make_primary(PUBLIC, owner)

    outcomes = crowd_of(
        2,
        home,
        lambda house, number: (
            house.passwordless_users.update(PUBLIC, other, {"email": BOB})
            if number
            else house.accountlinking.make_primary(PUBLIC, other)
        ),
    )

    assert sum(not isinstance(outcome, GatehouseError) for outcome in outcomes) == 1
    assert RestartFlow not in {type(outcome) for outcome in outcomes}
