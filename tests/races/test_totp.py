"""Codes of authenticator apps are used once and counted exactly, however many try at the same moment."""

from collections import Counter

import pytest

from gatehouse.bootstrap import House
from gatehouse.crypto.totp_code import code_at, decode_secret
from gatehouse.errors import GatehouseError
from gatehouse.models import PUBLIC
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import DeviceAlreadyExists, InvalidTotp, LimitReached, RecipeError, UnknownDevice
from gatehouse.store.statement import Sql
from tests.houses import Home
from tests.races.crowd import crowd_of, winners

ADA, SECRET = "ada-1", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CROWD = 16

pytestmark = pytest.mark.timeout(180)


def tenant(house: House) -> Tenant:
    """Return the public tenant."""
    return house.tenancy.resolve("", PUBLIC, PUBLIC)


def add_device(home: Home, name: str = "phone") -> None:
    """Give Ada a verified device."""
    home.house.totp.import_device(PUBLIC, ADA, name, secret=SECRET, period_s=30, skew=1)


def right(home: Home) -> str:
    """Return the code of now."""
    return code_at(decode_secret(SECRET), home.clock() // 30_000)


def kinds(outcomes: list[GatehouseError | None]) -> Counter[str]:
    """Count outcomes by their status."""
    return Counter(
        outcome.status_text if isinstance(outcome, RecipeError) else repr(outcome) for outcome in outcomes
    )


def count(home: Home, table: str) -> int:
    """Count the rows of a table."""
    return home.house.database.run(Sql(f"SELECT COUNT(*) FROM {{{table}}}").only(lambda row: int(row[0])))


def test_one_code_is_accepted_once(home: Home) -> None:
    add_device(home)
    code = right(home)

    outcomes = crowd_of(CROWD, home, lambda house, _: house.totp.verify(tenant(house), ADA, code))

    assert kinds(outcomes) == {"None": 1, "INVALID_TOTP_ERROR": 5, "LIMIT_REACHED_ERROR": 10}
    assert count(home, "totp_used_codes") == 6


def test_wrong_codes_are_counted_exactly(home: Home) -> None:
    add_device(home)

    outcomes = crowd_of(CROWD, home, lambda house, _: house.totp.verify(tenant(house), ADA, "wrong"))

    counted = [
        outcome.fields["currentNumberOfFailedAttempts"]
        for outcome in outcomes
        if isinstance(outcome, InvalidTotp)
    ]
    assert sorted(counted) == [1, 2, 3, 4, 5]
    assert sum(isinstance(outcome, LimitReached) for outcome in outcomes) == CROWD - 5
    assert count(home, "totp_used_codes") == 5


def test_one_code_verifies_a_device_once(home: Home) -> None:
    device = home.house.totp.create_device(PUBLIC, ADA, "phone", period_s=30, skew=1)
    code = code_at(decode_secret(device.secret), home.clock() // 30_000)

    outcomes = crowd_of(
        CROWD, home, lambda house, _: house.totp.verify_device(tenant(house), ADA, "phone", code)
    )

    assert Counter(map(str, outcomes)) == {"False": 1, "True": CROWD - 1}
    assert count(home, "totp_used_codes") == 1


def test_devices_made_at_once_have_one_row_for_each_name(home: Home) -> None:
    outcomes = crowd_of(
        CROWD,
        home,
        lambda house, number: house.totp.import_device(
            PUBLIC, f"u{number % 2}", None, secret=SECRET, period_s=30, skew=1
        ),
    )

    names = Counter((device.user_id, device.name) for device in winners(outcomes))
    assert names == {
        (f"u{user}", f"TOTP Device {number}"): 1 for user in range(2) for number in range(CROWD // 2)
    }
    assert (count(home, "totp_users"), count(home, "totp_user_devices")) == (2, CROWD)


def test_a_name_is_taken_once(home: Home) -> None:
    for number in range(CROWD):
        add_device(home, f"device {number}")

    outcomes = crowd_of(
        CROWD,
        home,
        lambda house, number: house.totp.rename_device(PUBLIC, ADA, old=f"device {number}", new="phone"),
    )

    assert len(winners(outcomes)) == 1
    assert {type(outcome) for outcome in outcomes if outcome} == {DeviceAlreadyExists}


def test_devices_come_and_go_without_leaving_anything_behind(home: Home) -> None:
    def come_and_go(house: House, number: int) -> None:
        name = f"device {number}"
        for _ in range(3):
            house.totp.import_device(PUBLIC, ADA, name, secret=SECRET, period_s=30, skew=1)
            assert house.totp.remove_device(PUBLIC, ADA, name)

    outcomes = crowd_of(CROWD // 2, home, come_and_go)

    assert outcomes == [None] * (CROWD // 2)
    assert [count(home, table) for table in ("totp_users", "totp_user_devices", "totp_used_codes")] == [
        0,
        0,
        0,
    ]


def test_a_device_is_removed_once(home: Home) -> None:
    add_device(home)

    outcomes = crowd_of(CROWD, home, lambda house, _: house.totp.remove_device(PUBLIC, ADA, "phone"))

    assert Counter(map(str, outcomes)) == {"True": 1, "False": CROWD - 1}


def test_a_device_that_is_just_removed_is_unknown_or_checked(home: Home) -> None:
    home.house.totp.create_device(PUBLIC, ADA, "phone", period_s=30, skew=1)

    def act(house: House, number: int) -> object:
        if number == 0:
            return house.totp.remove_device(PUBLIC, ADA, "phone")
        return house.totp.verify_device(tenant(house), ADA, "phone", "wrong")

    outcomes = crowd_of(6, home, act)

    assert outcomes[0] is True
    assert {type(outcome) for outcome in outcomes[1:]} <= {UnknownDevice, InvalidTotp}
    assert [count(home, table) for table in ("totp_users", "totp_user_devices", "totp_used_codes")] == [
        0,
        0,
        0,
    ]
