"""What backends with an API key leave in the audit log, on every engine."""

import pytest

from gatehouse.bootstrap import House
from tests.audit.entries import HERE, entries, events, forget, the, who
from tests.core import Core
from tests.functions.cdi.sessions import SessionClient
from tests.functions.cdi.tenants import APP, TENANT, make_tenants
from tests.functions.fdi.passwords import quick
from tests.houses import ADA, BOB, Home
from tests.people import People


@pytest.fixture
def home(home: Home) -> Home:
    """A home that does not spend time on passwords."""
    return quick(home)


@pytest.fixture
def house(home: Home) -> House:
    """The house that backends call."""
    return home.house


def noted(house: House) -> list[str]:
    """Return the events since the last look; all of them are the backend's."""
    found = entries(house)
    assert {(entry.actor_id, entry.client) for entry in found} <= {("api", HERE)}
    forget(house)
    return sorted(entry.event for entry in found)


def test_sessions_are_noted(core: Core, house: House) -> None:
    client = SessionClient(core)
    sessions = [client.create() for _ in range(3)]
    assert {entry.subject_id for entry in entries(house)} == {"u1"}
    assert noted(house) == ["session.created"] * 3
    handles = [session["session"]["handle"] for session in sessions]
    for _ in range(2):
        client.remove(sessionHandles=handles[:1])
    assert noted(house) == ["session.revoked"]
    client.remove(sessionHandles=[*handles, "none"])
    assert noted(house) == ["session.revoked"] * 2
    client.create()
    noted(house)
    client.remove(userId="u1")
    client.remove(userId="u1")
    assert the(house, "session.revoked").details == {"sessions": 1}


def test_many_sessions_that_end_together_are_one_entry(core: Core, house: House) -> None:
    people = People(house.database)
    handles = [people.give_session(f"u{number}") for number in range(25)]
    SessionClient(core).remove(sessionHandles=handles)
    assert the(house, "session.revoked").details == {"sessions": 25}


def test_theft_is_noted(core: Core, house: House) -> None:
    client = SessionClient(core)
    parent = client.create()
    child = client.refresh(parent)
    client.refresh(child)
    noted(house)
    assert client.refresh(parent)["status"] == "TOKEN_THEFT_DETECTED"
    assert who(the(house, "session.theft_detected")) == ("api", "u1", HERE)


def test_passwords_and_addresses_are_noted(core: Core, house: House) -> None:
    user = {"email": ADA, "password": "correct horse 1"}
    user_id = core.post("/recipe/signup", **user)["recipeUserId"]
    assert core.post("/recipe/signup", **user)["status"] == "EMAIL_ALREADY_EXISTS_ERROR"
    assert noted(house) == ["user.created"]
    core.post("/recipe/signin", **{**user, "password": "wrong"})
    core.post("/recipe/signin", email=BOB, password="wrong")
    assert {(entry.event, entry.subject_id) for entry in entries(house)} == {
        ("signin.failed", user_id),
        ("signin.failed", None),
    }
    noted(house)
    core.put("/recipe/user", recipeUserId=user_id, email=BOB, password="another horse 2")
    assert noted(house) == ["email.changed", "password.changed"]
    core.post("/recipe/user/passwordhash/import", email=BOB, passwordHash="$2a$04$" + "a" * 53)
    assert noted(house) == ["password.changed"]
    token = core.post("/recipe/user/password/reset/token", userId=user_id, email=BOB)["token"]
    core.post("/recipe/user/password/reset/token/consume", token=token)
    core.post("/recipe/user/password/reset/token/consume", token=token)
    assert noted(house) == ["password.reset", "password.reset_asked"]
    verify = {"userId": user_id, "email": BOB}
    token = core.post("/recipe/user/email/verify/token", **verify)["token"]
    core.post("/recipe/user/email/verify", method="token", token=token)
    for _ in range(2):
        core.post("/recipe/user/email/verify/remove", **verify)
    assert noted(house) == ["email.unverified", "email.verified"]
    core.post("/user/remove", userId=user_id)
    core.post("/user/remove", userId=user_id)
    assert noted(house) == ["user.deleted"]


def test_codes_and_social_login_are_noted(core: Core, house: House) -> None:
    made = core.post("/recipe/signinup/code", email=ADA)
    consume = {"preAuthSessionId": made["preAuthSessionId"], "linkCode": made["linkCode"]}
    user_id = core.post("/recipe/signinup/code/consume", **consume)["recipeUserId"]
    assert noted(house) == ["user.created"]
    core.put("/recipe/user", rid="passwordless", recipeUserId=user_id, email=BOB, phoneNumber="+491701234567")
    assert noted(house) == ["email.changed", "phone.changed"]
    vouched = {"id": ADA, "isVerified": True}
    core.post("/recipe/signinup", thirdPartyId="acme", thirdPartyUserId="u", email=vouched)
    core.post("/recipe/signinup", thirdPartyId="acme", thirdPartyUserId="u", email=vouched)
    assert noted(house) == ["user.created"]


def test_roles_are_noted(core: Core, house: House) -> None:
    core.put("/recipe/role", role="editor", permissions=["write"])
    core.put("/recipe/role", role="editor", permissions=[])
    assert noted(house) == ["role.changed"]
    for _ in range(2):
        core.put("/recipe/user/role", userId="u1", role="editor")
    given = the(house, "roles.changed")
    assert (who(given), given.details) == (("api", "u1", HERE), {"role": "editor", "change": "given"})
    noted(house)
    for _ in range(2):
        core.post("/recipe/user/role/remove", userId="u1", role="editor")
    assert the(house, "roles.changed").details["change"] == "taken"
    noted(house)
    core.post("/recipe/role/permissions/remove", role="editor", permissions=["write"])
    for _ in range(2):
        core.post("/recipe/role/remove", role="editor")
    assert noted(house) == ["role.changed", "role.deleted"]


def test_tenants_and_providers_are_noted(core: Core, house: House) -> None:
    make_tenants(core, "t1")
    made = the(house, "tenant.changed")
    assert made.details == {"of_tenant": "t1", "change": "created"}
    noted(house)
    core.put(TENANT, tenantId="t1", coreConfig={})
    assert the(house, "tenant.changed").details["change"] == "changed"
    noted(house)
    provider = {"thirdPartyId": "acme", "clients": [{"clientId": "c"}]}
    core.put("/t1/recipe/multitenancy/config/thirdparty", config=provider)
    for _ in range(2):
        core.post("/t1/recipe/multitenancy/config/thirdparty/remove", thirdPartyId="acme")
    assert {(entry.event, entry.details["tenant"]) for entry in entries(house)} == {
        ("provider.changed", "t1"),
        ("provider.deleted", "t1"),
    }
    assert noted(house) == ["provider.changed", "provider.deleted"]
    user_id = People(house.database).emailpassword(ADA)
    for _ in range(2):
        core.post("/t1/recipe/multitenancy/tenant/user", recipeUserId=user_id)
    for _ in range(2):
        core.post("/t1/recipe/multitenancy/tenant/user/remove", recipeUserId=user_id)
    assert noted(house) == ["tenant.user_added", "tenant.user_removed"]
    for _ in range(2):
        core.post("/recipe/multitenancy/tenant/remove", tenantId="t1")
    assert noted(house) == ["tenant.deleted"]


def test_an_app_has_a_log_of_its_own_that_goes_with_it(core: Core, house: House) -> None:
    core.put(APP, appId="a1")
    assert the(house, "tenant.changed").details["of_app"] == "a1"
    core.post("/appid-a1/recipe/signup", email=ADA, password="correct horse 1")
    assert events(house, "a1") == ["user.created"]
    core.post("/recipe/multitenancy/app/remove", appId="a1")
    assert events(house, "a1") == []
    assert "tenant.deleted" in events(house)


def test_mappings_factors_and_users_of_the_dashboard_are_noted(core: Core, house: House) -> None:
    user_id = People(house.database).emailpassword(ADA)
    core.post("/recipe/userid/map", superTokensUserId=user_id, externalUserId="ext")
    for _ in range(2):
        core.post("/recipe/userid/map/remove", userId=user_id, userIdType="SUPERTOKENS")
    assert noted(house) == ["user.mapped", "user.unmapped"]

    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    device = {"userId": "u1", "deviceName": "d"}
    core.post("/recipe/totp/device/import", **device, secretKey=secret, skew=1, period=30)
    core.post("/recipe/totp/device/remove", **device)
    assert noted(house) == ["factor.added", "factor.removed"]

    user = {"email": ADA, "password": "correct horse 1"}
    core.post("/recipe/dashboard/user", **user)
    core.post("/recipe/dashboard/signin", **{**user, "password": "wrong"})
    session_id = core.post("/recipe/dashboard/signin", **user)["sessionId"]
    core.put("/recipe/dashboard/user", email=ADA, newPassword="another horse 2")
    session_id = core.post("/recipe/dashboard/signin", email=ADA, password="another horse 2")["sessionId"]
    for _ in range(2):
        core.call("DELETE", f"/recipe/dashboard/session?sessionId={session_id}")
    core.call("DELETE", f"/recipe/dashboard/user?email={ADA}")
    assert noted(house) == [
        "dashboard.signed_in",
        "dashboard.signed_in",
        "dashboard.signed_out",
        "dashboard.user_created",
        "dashboard.user_deleted",
        "dashboard.user_updated",
        "signin.failed",
    ]
