"""Login methods become one person because of what they share, as far as the settings allow."""

from dataclasses import dataclass, replace

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.models.authuser import AuthUser
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import EmailChangeNotAllowed
from gatehouse.services.linking_rules import ACCOUNT_TAKEOVER_RISK, PRIMARY_USER_CONFLICT
from tests.houses import ADA, BOB, Home
from tests.people import People


@dataclass(frozen=True)
class Crowd:
    """People of a house where accounts are linked, and what becomes of them."""

    house: House
    people: People

    @property
    def tenant(self) -> Tenant:
        """The app's own tenant."""
        return self.house.tenancy.resolve("", PUBLIC, PUBLIC)

    def password(self, email: str, *, is_proved: bool, time_joined: int = 1_000) -> str:
        """Make somebody with a password; return their id."""
        user_id = self.people.emailpassword(email, time_joined=time_joined)
        if is_proved:
            self.prove(user_id, email)
        return user_id

    def code(self, email: str, *, is_proved: bool = True, time_joined: int = 2_000) -> str:
        """Make somebody who signs in with codes; return their id."""
        user_id = self.people.passwordless(email, None, time_joined=time_joined)
        if is_proved:
            self.prove(user_id, email)
        return user_id

    def prove(self, user_id: str, email: str) -> None:
        """Let somebody have proved their address."""
        self.people.insert("emailverification_verified_emails", user_id=user_id, email=email)

    def person(self, user_id: str) -> AuthUser:
        """Return somebody as the database has them."""
        found = self.house.auth_users.get(self.house.database, PUBLIC, user_id)
        assert found
        return found

    def link(self, user_id: str) -> AuthUser:
        """Let somebody who has just signed in be linked; return who they are, which is what the database says."""
        person = self.person(user_id)
        linked = self.house.automatic_linking.link(self.tenant, person, person.login_methods[0])
        assert linked == self.person(user_id)
        return linked


def ids(person: AuthUser) -> list[str]:
    """Return the ids of somebody's login methods."""
    return [method.supertokens_user_id for method in person.login_methods]


@pytest.fixture
def verified(sqlite_home: Home) -> Crowd:
    """People who are linked where both have proved what they share."""
    house = sqlite_home.with_settings(ACCOUNT_LINKING="verified")
    return Crowd(house, People(house.database))


@pytest.fixture
def trusting(sqlite_home: Home) -> Crowd:
    """People who are linked whatever they have proved."""
    house = sqlite_home.with_settings(ACCOUNT_LINKING="any")
    return Crowd(house, People(house.database))


def test_nobody_is_linked_where_it_is_off(sqlite_home: Home) -> None:
    crowd = Crowd(sqlite_home.house, People(sqlite_home.house.database))
    old, new = crowd.password(ADA, is_proved=True), crowd.code(ADA)

    person = crowd.link(new)

    assert (person.user_id, ids(person), person.is_primary) == (new, [new], False)
    assert not crowd.person(old).is_primary


def test_second_factors_alone_link_nobody_without_a_session(sqlite_home: Home) -> None:
    house = sqlite_home.with_settings(MFA="on")
    crowd = Crowd(house, People(house.database))
    crowd.password(ADA, is_proved=True)

    assert crowd.link(crowd.code(ADA)).is_primary is False


def test_who_comes_first_becomes_the_one_to_link_to(verified: Crowd) -> None:
    person = verified.link(verified.code(ADA))

    assert (person.is_primary, len(person.login_methods)) == (True, 1)


def test_who_has_proved_the_same_address_is_linked_to_who_has_it(verified: Crowd) -> None:
    old = verified.password(ADA, is_proved=True)
    verified.link(old)

    person = verified.link(verified.code(ADA))

    assert (person.user_id, person.is_primary, len(person.login_methods)) == (old, True, 2)


def test_the_oldest_becomes_primary_when_somebody_shares_their_address(verified: Crowd) -> None:
    old = verified.password(ADA, is_proved=True, time_joined=1)
    new = verified.code(ADA, time_joined=2)

    person = verified.link(new)

    assert (person.user_id, ids(person)) == (old, [old, new])


def test_who_has_not_proved_an_address_is_linked_to_nobody(verified: Crowd) -> None:
    victim = verified.link(verified.code(ADA))
    stranger = verified.password(ADA, is_proved=False, time_joined=3_000)

    person = verified.link(stranger)

    assert (person.user_id, person.is_primary) == (stranger, False)
    assert len(verified.person(victim.user_id).login_methods) == 1


def test_nobody_is_linked_to_who_has_not_proved_the_address(verified: Crowd) -> None:
    stranger = verified.password(ADA, is_proved=False, time_joined=1)
    victim = verified.code(ADA, time_joined=2)

    person = verified.link(victim)

    assert (person.user_id, ids(person), person.is_primary) == (victim, [victim], True)
    assert not verified.person(stranger).is_primary


def test_nobody_is_linked_to_a_primary_user_who_has_not_proved_the_address(verified: Crowd) -> None:
    stranger = verified.password(ADA, is_proved=False)
    verified.house.accountlinking.make_primary(PUBLIC, stranger)
    victim = verified.code(ADA)

    person = verified.link(victim)

    assert (person.user_id, ids(person), person.is_primary) == (victim, [victim], False)


def test_a_proof_of_another_address_does_not_count(verified: Crowd) -> None:
    primary = verified.password(ADA, is_proved=False)
    verified.house.accountlinking.make_primary(PUBLIC, primary)
    verified.house.accountlinking.link(PUBLIC, verified.code(BOB), primary)
    victim = verified.code(ADA, time_joined=5_000)

    assert ids(verified.link(victim)) == [victim]


def test_people_of_other_tenants_are_not_linked(verified: Crowd) -> None:
    verified.people.add_tenant("t1")
    there = verified.people.emailpassword(ADA, "t1")
    verified.prove(there, ADA)

    new = verified.code(ADA)

    assert ids(verified.link(new)) == [new]
    assert not verified.person(there).is_primary


def test_anybody_is_linked_where_nothing_must_be_proved(trusting: Crowd) -> None:
    old = trusting.password(ADA, is_proved=False)
    new = trusting.people.third_party("google", "g", ADA, time_joined=2_000)

    assert sorted(ids(trusting.link(new))) == sorted([old, new])


def test_a_proof_counts_for_all_login_methods_with_the_address(trusting: Crowd) -> None:
    old = trusting.code(ADA, time_joined=1)
    new = trusting.password(ADA, is_proved=False, time_joined=2)

    person = trusting.link(new)

    assert person.user_id == old
    assert [method.is_verified for method in person.login_methods] == [True, True]


def test_where_addresses_are_not_verified_no_proof_is_written(sqlite_home: Home) -> None:
    house = sqlite_home.with_settings(ACCOUNT_LINKING="any", EMAIL_VERIFICATION="off")
    crowd = Crowd(house, People(house.database))
    crowd.code(ADA, time_joined=1)

    person = crowd.link(crowd.password(ADA, is_proved=False, time_joined=2))

    assert [method.is_verified for method in person.login_methods] == [True, False]


def test_who_is_linked_already_stays_who_they_are(verified: Crowd) -> None:
    old, new = verified.password(ADA, is_proved=True), verified.code(ADA)
    before = verified.person(new)
    linked = verified.link(new)

    again = verified.house.automatic_linking.link(verified.tenant, before, before.login_methods[0])

    assert again == linked, "although the caller knew nothing of it"
    assert verified.link(old) == linked


def test_two_primary_users_are_not_chosen_from(trusting: Crowd) -> None:
    by_email = trusting.password(ADA, is_proved=True)
    by_number = trusting.people.passwordless("c@example.com", "+49301234567", time_joined=1)
    for primary in (by_email, by_number):
        trusting.house.accountlinking.make_primary(PUBLIC, primary)
    both = trusting.people.third_party("google", "g", ADA)
    person = trusting.person(both)
    method = replace(person.login_methods[0], phone_number="+49301234567")

    linked = trusting.house.automatic_linking.link(
        trusting.tenant, replace(person, login_methods=(method,)), method
    )

    assert ids(linked) == [both]
    assert ids(trusting.person(both)) == [both]


@pytest.mark.parametrize("is_verified", [True, False])
def test_address_of_another_primary_user_is_not_taken_over(verified: Crowd, is_verified: bool) -> None:
    person = verified.link(verified.code(ADA))
    verified.link(verified.code(BOB))

    with pytest.raises(EmailChangeNotAllowed) as refused:
        verified.house.automatic_linking.check_email_change(
            verified.tenant, person, BOB, is_verified=is_verified
        )

    assert refused.value.fields == {"reason": PRIMARY_USER_CONFLICT}


def test_address_of_anybody_else_must_be_proved_by_a_primary_user(verified: Crowd) -> None:
    person = verified.link(verified.code(ADA))
    verified.password(BOB, is_proved=True)
    linking = verified.house.automatic_linking

    with pytest.raises(EmailChangeNotAllowed) as refused:
        linking.check_email_change(verified.tenant, person, BOB, is_verified=False)

    assert refused.value.fields == {"reason": ACCOUNT_TAKEOVER_RISK}
    linking.check_email_change(verified.tenant, person, BOB, is_verified=True)
    linking.check_email_change(verified.tenant, person, "new@example.com", is_verified=False)


def test_who_could_be_linked_by_a_letter_may_not_have_the_address_unproved(verified: Crowd) -> None:
    stranger = verified.person(verified.password(ADA, is_proved=False))
    verified.link(verified.code(BOB))
    linking = verified.house.automatic_linking

    with pytest.raises(EmailChangeNotAllowed) as refused:
        linking.check_email_change(verified.tenant, stranger, BOB, is_verified=False)

    assert refused.value.fields == {"reason": ACCOUNT_TAKEOVER_RISK}
    linking.check_email_change(verified.tenant, stranger, BOB, is_verified=True)
    linking.check_email_change(verified.tenant, stranger, ADA, is_verified=False)
    linking.check_email_change(verified.tenant, stranger, "new@example.com", is_verified=False)


def test_where_nothing_must_be_proved_only_primary_users_stand_in_the_way(trusting: Crowd) -> None:
    stranger = trusting.person(trusting.password("c@example.com", is_proved=False))
    person = trusting.link(trusting.code(ADA))
    trusting.password("d@example.com", is_proved=False)
    trusting.link(trusting.code(BOB))
    linking = trusting.house.automatic_linking

    linking.check_email_change(trusting.tenant, stranger, BOB, is_verified=False)
    linking.check_email_change(trusting.tenant, person, "d@example.com", is_verified=False)
    with pytest.raises(EmailChangeNotAllowed):
        linking.check_email_change(trusting.tenant, person, BOB, is_verified=False)
