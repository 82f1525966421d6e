"""Frontends of people whose factors matter: sessions opened with a factor, and the codes of authenticator apps."""

from typing import Any

from gatehouse.bootstrap import House
from gatehouse.crypto.totp_code import code_at, decode_secret
from gatehouse.models import PUBLIC
from gatehouse.models.session import FrontendSession
from tests.frontend import Frontend
from tests.houses import Home
from tests.people import People

PERIOD_S = 30


def sign_in(
    house: House, user_id: str, factor_id: str = "emailpassword", *, tenant_id: str = PUBLIC
) -> Frontend:
    """Return the frontend of somebody who has just signed in with a factor."""
    tenant = house.tenancy.resolve("", PUBLIC, tenant_id)
    person, method = house.auth_users.require(house.database, PUBLIC, user_id)
    session = house.frontend_sessions.open(tenant, person, method, factor_id=factor_id, has_anti_csrf=False)
    assert session.refresh_token
    tokens = {"st-access-token": session.access_token, "st-refresh-token": session.refresh_token.text}
    return Frontend(house, tokens=tokens)


def session_of(frontend: Frontend) -> FrontendSession:
    """Return the session of a frontend as services have it."""
    house = frontend.house
    return house.frontend_sessions.read(
        house.tenancy.resolve("", PUBLIC, PUBLIC),
        frontend.tokens["st-access-token"],
        anti_csrf_token=None,
        checks_anti_csrf=False,
        checks_database=False,
    )


def new_person(house: House, email: str = "ada@example.com") -> str:
    """Make somebody with a password; return their id."""
    return People(house.database).emailpassword(email)


def link(house: House, *user_ids: str) -> str:
    """Make one person of several login methods; return their id, the first's."""
    house.accountlinking.make_primary(PUBLIC, user_ids[0])
    for user_id in user_ids[1:]:
        house.accountlinking.link(PUBLIC, user_id, user_ids[0])
    return user_ids[0]


def claim(frontend: Frontend) -> Any:
    """Return what the session of a frontend says of factors."""
    return session_of(frontend).claims["st-mfa"]


def code(home: Home, secret: str, *, steps: int = 0) -> str:
    """Return the code of a secret for the present step, or for one some steps away."""
    return code_at(decode_secret(secret), home.clock() // 1_000 // PERIOD_S + steps)


def wrong_code(home: Home, *secrets: str) -> str:
    """Return six digits that are no code of these secrets around now."""
    near = {code(home, secret, steps=steps) for secret in secrets for steps in range(-5, 6)}
    return next(f"{number:06}" for number in range(1_000) if f"{number:06}" not in near)


def verified_device(home: Home, frontend: Frontend, **name: str) -> str:
    """Set up an authenticator app, wait until its codes are new again, and return its secret."""
    made = frontend.post("/totp/device", **name)
    answer = frontend.post(
        "/totp/device/verify", deviceName=made["deviceName"], totp=code(home, made["secret"])
    )
    assert answer == {"status": "OK", "wasAlreadyVerified": False}
    home.clock.advance(seconds=90)
    return str(made["secret"])
