"""How many times second factors wait for the database, on a warm connection and with the keys known."""

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from tests.functions.fdi.factors import code, new_person, sign_in, verified_device
from tests.houses import Home
from tests.round_trips.proxy import Trips


@pytest.fixture
def house(home: Home) -> House:
    """Return a house where everybody needs an authenticator app."""
    return home.with_settings(MFA="on", REQUIRED_SECONDARY_FACTORS="totp")


def test_second_factors(house: House, home: Home, trips: Trips) -> None:
    user_id = new_person(house)
    ada = sign_in(house, user_id)
    assert trips(lambda: ada.put("/mfa/info")) == 1
    assert trips(lambda: ada.post("/totp/device", deviceName="phone")) == 3
    assert trips(lambda: ada.get("/totp/device/list")) == 1
    assert trips(lambda: ada.post("/totp/device/remove", deviceName="phone")) == 3

    secret = verified_device(home, ada)
    ben = sign_in(house, user_id)
    assert trips(lambda: ben.post("/totp/verify", totp=code(home, secret))) == 4
    assert trips(lambda: ben.put("/mfa/info")) == 1

    strict = home.with_settings(MFA="on", REQUIRED_SECONDARY_FACTORS="otp-email")
    cid = sign_in(strict, user_id)
    cid.house = house
    assert trips(lambda: cid.put("/mfa/info")) == 1
    house.usermetadata.update(
        PUBLIC, user_id, {"_supertokens": {"requiredSecondaryFactors": ["emailpassword"]}}
    )
    assert trips(lambda: cid.put("/mfa/info")) == 2, "the claim is another now"


def test_a_sign_in_waits_no_longer_because_of_second_factors(house: House, home: Home, trips: Trips) -> None:
    user_id = new_person(house)

    def count(house: House) -> int:
        person, method = house.auth_users.require(house.database, PUBLIC, user_id)
        tenant = house.tenancy.resolve("", PUBLIC, PUBLIC)
        sign_in(house, user_id)
        return trips(
            lambda: house.frontend_sessions.open(
                tenant, person, method, factor_id="emailpassword", has_anti_csrf=False
            )
        )

    assert count(house) == count(home.house) == 2
