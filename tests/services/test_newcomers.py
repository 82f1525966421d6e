"""Who joins through the frontend interface is in the directory of the REST API, if they have proved their address."""

from typing import Any

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC, Client
from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY, AuthUser, ThirdPartyInfo
from gatehouse.models.session import FrontendSession
from gatehouse.models.tenancy import Tenant
from gatehouse.services.auth_checks import Admission, SignUpNotAllowed
from gatehouse.services.candidates import Candidate
from gatehouse.services.claim_checks import ROLES
from gatehouse.store import users
from tests.frontend import Frontend
from tests.functions.fdi.factors import session_of, sign_in
from tests.houses import ADA, BOB, LAPTOP, Home
from tests.people import People


def tenant_of(house: House, tenant_id: str = PUBLIC) -> Tenant:
    """Return a tenant."""
    return house.tenancy.resolve("", PUBLIC, tenant_id)


def person_of(house: House, user_id: str) -> AuthUser:
    """Return somebody."""
    return house.auth_users.require(house.database, PUBLIC, user_id)[0]


def enter(
    house: House,
    user_id: str,
    *,
    proves: bool = True,
    tenant_id: str = PUBLIC,
    session: FrontendSession | None = None,
) -> FrontendSession:
    """Let somebody in who has just signed up, and has proved their address if they did."""
    person = person_of(house, user_id)
    method = person.login_methods[0]
    if proves and method.email:
        People(house.database).insert(
            "emailverification_verified_emails", user_id=user_id, email=method.email
        )
        person = person_of(house, user_id)
    return house.auth_checks.after(
        tenant_of(house, tenant_id),
        person,
        person.login_methods[0],
        is_sign_up=True,
        factor_id="otp-email",
        session=session,
        has_anti_csrf=False,
    )


def ask(
    house: House,
    candidate: Candidate,
    *,
    verifies: bool = False,
    tenant_id: str = PUBLIC,
    session: FrontendSession | None = None,
) -> Admission:
    """Ask whether somebody may sign up."""
    return house.auth_checks.before(
        tenant_of(house, tenant_id),
        candidate,
        found=None,
        is_sign_up=True,
        is_verified=False,
        verifies=verifies,
        factor_ids=["otp-email", "emailpassword", "thirdparty"],
        session=session,
        links_session=None,
    )


def directory(house: House) -> list[tuple[Any, ...]]:
    """Return the addresses of the directory, and who is linked to them."""
    return People(house.database).rows("users", "email, auth_user_id")


def is_admin(session: FrontendSession) -> bool:
    """Say whether a session is an administrator's."""
    return bool(session.claims[ROLES]["v"] == ["admin"])


def test_who_has_proved_an_address_is_noted(home: Home) -> None:
    home.sign_in(BOB)
    user_id = People(home.house.database).passwordless(ADA, None)

    session = enter(home.house, user_id)

    assert directory(home.house)[0] == (ADA, user_id)
    assert not is_admin(session)
    user = home.house.database.run(users.get_user_by_email(PUBLIC, ADA))
    assert user
    assert user.last_sign_in_at_ms
    events = People(home.house.database).rows("audit_log", "event, actor_id", subject_id=user.id)
    assert events == [("user.joined", user.id)]
    assert home.sign_in(ADA).user.id == user.id, "and is the same person for the REST API"


def test_who_has_proved_nothing_is_not_noted(home: Home) -> None:
    house = home.with_settings(ADMIN_EMAILS=ADA)
    people = People(house.database)

    sessions = [
        enter(house, people.emailpassword(ADA), proves=False),
        enter(house, people.passwordless(None, "+49301234567")),
    ]

    assert directory(house) == []
    assert not any(is_admin(session) for session in sessions)


def test_addresses_that_are_made_up_are_not_noted(sqlite_home: Home) -> None:
    house = sqlite_home.with_settings(SIGNUP="invite_only")
    email = "e.example@stfakeemail.supertokens.com"
    user_id = People(house.database).third_party("example", "e", email)

    session = enter(house, user_id)

    assert directory(house) == []
    assert not is_admin(session)
    with pytest.raises(SignUpNotAllowed):
        ask(house, Candidate(THIRD_PARTY, email=email, third_party=ThirdPartyInfo("x", "y")), verifies=True)


def test_who_was_invited_is_linked_to_their_entry(sqlite_home: Home) -> None:
    admin = sqlite_home.sign_in(BOB).user
    house = sqlite_home.house
    house.identity.invite(ADA, "Ada", by=admin, client=LAPTOP)
    user_id = People(house.database).third_party("google", "g", ADA)

    enter(house, user_id)

    assert directory(house)[0] == (ADA, user_id)
    user = house.database.run(users.get_user_by_email(PUBLIC, ADA))
    assert user
    assert user.name == "Ada"
    house.identity.remove_user(user.id, by=admin)
    assert house.auth_users.get(house.database, PUBLIC, user_id) is None


def test_entry_of_somebody_who_has_an_account_stays_theirs(sqlite_home: Home) -> None:
    known = sqlite_home.sign_in(ADA).user
    other = People(sqlite_home.house.database).third_party("google", "g", ADA)

    enter(sqlite_home.house, other)

    assert directory(sqlite_home.house) == [(ADA, known.auth_user_id)]
    assert not sqlite_home.house.database.run(users.get_user_of_identity(PUBLIC, other))


def test_who_is_in_the_directory_under_another_address_stays_there(sqlite_home: Home) -> None:
    house = sqlite_home.house
    user_id = People(house.database).passwordless(ADA, None)
    enter(house, user_id)
    user = house.database.run(users.get_user_by_email(PUBLIC, ADA))
    assert user
    house.database.run(users.update_user(PUBLIC, user_id=user.id, email=BOB, name=None, now_ms=1))

    person = person_of(house, user_id)
    house.auth_checks.after(
        tenant_of(house),
        person,
        person.login_methods[0],
        is_sign_up=True,
        factor_id="otp-email",
        session=None,
        has_anti_csrf=False,
    )

    assert directory(house) == [(BOB, user_id)]


@pytest.mark.parametrize("recipe", ["passwordless", "thirdparty"])
def test_the_very_first_becomes_administrator(home: Home, recipe: str) -> None:
    people = People(home.house.database)
    first = (
        people.passwordless(ADA, None) if recipe == "passwordless" else people.third_party("google", "g", ADA)
    )

    assert is_admin(enter(home.house, first))
    assert not is_admin(enter(home.house, people.passwordless(BOB, None)))


def test_administrators_by_setting_are_so_once_they_have_proved_it(sqlite_home: Home) -> None:
    house = sqlite_home.with_settings(ADMIN_EMAILS=ADA)
    people = People(house.database)

    assert not is_admin(enter(house, people.passwordless(BOB, None)))
    assert is_admin(enter(house, people.passwordless(ADA, None)))


def test_nobody_is_administrator_together_with_a_stranger(sqlite_home: Home) -> None:
    house = sqlite_home.with_settings(ADMIN_EMAILS=ADA, ACCOUNT_LINKING="any")
    people = People(house.database)
    stranger = people.emailpassword(ADA)
    house.accountlinking.make_primary(PUBLIC, stranger)
    house.accountlinking.link(PUBLIC, people.passwordless(ADA, None), stranger)
    person = person_of(house, stranger)

    session = house.auth_checks.after(
        tenant_of(house),
        person,
        person.login_methods[1],
        is_sign_up=True,
        factor_id="otp-email",
        session=None,
        has_anti_csrf=False,
    )

    assert directory(house) == []
    assert not is_admin(session)


def test_proof_of_somebody_else_makes_nobody_administrator(sqlite_home: Home) -> None:
    house = sqlite_home.with_settings(ADMIN_EMAILS=ADA, ACCOUNT_LINKING="any")
    owner = People(house.database).passwordless(ADA, None)
    People(house.database).insert("emailverification_verified_emails", user_id=owner, email=ADA)
    frontend = Frontend(house)

    user = frontend.sign_up(ADA)

    assert [method["verified"] for method in user["loginMethods"]] == [True, True], "they share the account"
    assert session_of(frontend).claims[ROLES]["v"] == []
    assert directory(house) == []


@pytest.mark.parametrize("how", ["verified", "any"])
def test_linked_people_are_noted_if_all_is_proved_by_them(sqlite_home: Home, how: str) -> None:
    sqlite_home.sign_in(BOB)
    house = sqlite_home.with_settings(ACCOUNT_LINKING=how)
    people = People(house.database)
    old = people.third_party("google", "g", ADA, time_joined=1)
    people.insert("emailverification_verified_emails", user_id=old, email=ADA)
    new = people.passwordless(ADA, None, time_joined=2)
    people.insert("emailverification_verified_emails", user_id=new, email=ADA)
    person = house.auth_checks.link(
        tenant_of(house), person_of(house, new), person_of(house, new).login_methods[0], None, None
    )
    method = person.login_method(new)
    assert method

    house.auth_checks.after(
        tenant_of(house),
        person,
        method,
        is_sign_up=True,
        factor_id="otp-email",
        session=None,
        has_anti_csrf=False,
    )

    assert ((ADA, old) in directory(house)) == (how == "verified")


def test_providers_of_other_tenants_name_no_administrators(sqlite_home: Home) -> None:
    house = sqlite_home.with_settings(ADMIN_EMAILS=ADA)
    people = People(house.database)
    people.add_tenant("t1")

    session = enter(house, people.third_party("evil", "e", ADA, "t1"), tenant_id="t1")

    assert directory(house) == []
    assert not is_admin(session)


def test_only_who_is_in_the_directory_joins_where_it_is_by_invitation(sqlite_home: Home) -> None:
    admin = sqlite_home.sign_in(BOB).user
    house = sqlite_home.with_settings(SIGNUP="invite_only")
    strangers = (
        Candidate(EMAIL_PASSWORD, email=ADA),
        Candidate(PASSWORDLESS, email=ADA),
        Candidate(PASSWORDLESS, phone_number="+49301234567"),
        Candidate(THIRD_PARTY, email=ADA, third_party=ThirdPartyInfo("google", "g")),
    )

    for candidate in strangers:
        with pytest.raises(SignUpNotAllowed):
            ask(house, candidate, verifies=True)
    house.identity.invite(ADA, None, by=admin, client=Client("203.0.113.9"))
    for candidate in strangers:
        if candidate.email:
            assert ask(house, candidate, verifies=True).is_first_factor
            with pytest.raises(SignUpNotAllowed):
                ask(house, candidate)
    with pytest.raises(SignUpNotAllowed):
        ask(house, strangers[2])
    strict = sqlite_home.with_settings(SIGNUP="invite_only", EMAIL_VERIFICATION="required")
    assert ask(strict, strangers[0]).is_first_factor, (
        "their session is worth nothing before they prove the address"
    )


def test_administrators_and_the_very_first_need_proof_instead_of_an_invitation(sqlite_home: Home) -> None:
    by_setting = sqlite_home.with_settings(SIGNUP="invite_only", ADMIN_EMAILS=ADA)
    nobody_yet = sqlite_home.with_settings(SIGNUP="invite_only")
    People(by_setting.database).add_tenant("t1")
    candidate = Candidate(PASSWORDLESS, email=ADA)

    for house in (by_setting, nobody_yet):
        assert ask(house, candidate, verifies=True).is_first_factor
        with pytest.raises(SignUpNotAllowed):
            ask(house, candidate)
    with pytest.raises(SignUpNotAllowed):
        ask(by_setting, Candidate(PASSWORDLESS, email=BOB), verifies=True)


def test_who_is_signed_in_needs_no_invitation_for_what_will_be_theirs(sqlite_home: Home) -> None:
    user_id = sqlite_home.sign_in(ADA).user.auth_user_id
    house = sqlite_home.with_settings(SIGNUP="invite_only", ACCOUNT_LINKING="verified")
    session = session_of(sign_in(house, user_id or "", "otp-email"))
    phone = Candidate(PASSWORDLESS, phone_number="+49301234567")
    password = Candidate(EMAIL_PASSWORD, email=BOB)

    assert ask(house, phone, verifies=True, session=session).is_first_factor is False
    with pytest.raises(SignUpNotAllowed):
        ask(house, password, session=session)  # it would not be linked, and let somebody else in
