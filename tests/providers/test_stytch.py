"""The rules of signing in with Stytch: whose address counts, which sessions are believed, what is ended."""

import pytest

from gatehouse.errors import (
    DatabaseUnavailable,
    Forbidden,
    LinkInvalid,
    Unauthenticated,
)
from gatehouse.models import PUBLIC, Credentials, SignedIn
from gatehouse.providers.identity import IdentityProvider
from gatehouse.store import users
from gatehouse.store.statement import Sql
from tests.houses import ADA, BOB, LAPTOP, Home
from tests.processes import free_port
from tests.providers.fake_stytch import FakeStytch
from tests.providers.stytch_troubles import change

OTHER = "ada@example.org"


def test_address_of_the_link_counts_not_the_first_one(home: Home, stytch: FakeStytch) -> None:
    person = stytch.project.add_person(ADA, OTHER, is_verified=True)
    token = stytch.project.make_link(person.user_id, person.emails[1]["email_id"])

    assert home.house.identity.authenticate(token, LAPTOP).user.email == OTHER


def test_person_with_two_addresses_stays_one(home: Home, stytch: FakeStytch) -> None:
    person = stytch.project.add_person(ADA, OTHER, is_verified=True)
    first, second = (
        home.house.identity.authenticate(stytch.project.make_link(person.user_id, email["email_id"]), LAPTOP)
        for email in person.emails
    )

    assert (first.user.id, first.user.email) == (second.user.id, second.user.email)


def test_addresses_differ_neither_by_case(home: Home, stytch: FakeStytch) -> None:
    ada = home.sign_in(ADA)
    person = stytch.project.add_person("ADA@Example.com")
    token = stytch.project.make_link(person.user_id, person.emails[0]["email_id"])

    assert home.house.identity.authenticate(token, LAPTOP).user.id == ada.user.id


@pytest.mark.parametrize(
    "emails",
    [
        [],
        [{"email_id": "email-test-other", "email": BOB, "verified": True}],
        [{"email_id": "{method_id}", "email": ADA, "verified": False}],
        [{"email_id": "{method_id}", "email": "not an address", "verified": True}],
    ],
)
def test_link_that_proves_no_address_signs_nobody_in(
    home: Home, stytch: FakeStytch, emails: list[dict[str, object]]
) -> None:
    home.house.identity.login(ADA, LAPTOP)

    def prove_nothing(answer: dict[str, object]) -> None:
        for email in emails:
            email["email_id"] = str(email["email_id"]).format(**answer)
        answer["user"] = {**person.body, "emails": emails}

    person = next(iter(stytch.project.people.values()))
    with (
        stytch.trouble(change(prove_nothing), "/v1/magic_links/authenticate"),
        pytest.raises(LinkInvalid, match="proves no e-mail address"),
    ):
        home.house.identity.authenticate(home.mailbox.token_for(ADA), LAPTOP)
    assert not home.house.database.run(users.has_users(PUBLIC))
    assert not stytch.project.sessions


def test_link_works_once_and_dies_in_time(home: Home) -> None:
    home.sign_in(ADA)
    used = home.mailbox.token_for(ADA)
    home.house.identity.login(ADA, LAPTOP)
    home.clock.advance(minutes=15, seconds=1)

    for token in (used, home.mailbox.token_for(ADA), "A" * 44):
        with pytest.raises(LinkInvalid):
            home.house.identity.authenticate(token, LAPTOP)


def test_link_lives_as_long_as_set_within_what_stytch_takes(home: Home, stytch: FakeStytch) -> None:
    for lifetime_ms, minutes in ((1_000, 5), (1_200_000, 20), (30 * 86_400_000, 10_080)):
        house = home.with_settings(PASSWORDLESS_CODE_LIFETIME=str(lifetime_ms))
        house.identity.login(ADA, LAPTOP)
        link = stytch.project.links[home.mailbox.token_for(ADA)]
        assert round((link.expires_at_ms - home.clock()) / 60_000) == minutes


@pytest.mark.parametrize("token", ["", "x", "a" * 501, "a b" * 20, "ä" * 20, "../" * 20, "a" * 44 + "\n"])
def test_what_cannot_be_a_link_is_refused_without_asking(home: Home, stytch: FakeStytch, token: str) -> None:
    for use in (home.house.identity.check_link, lambda text: home.house.identity.authenticate(text, LAPTOP)):
        with pytest.raises(LinkInvalid):
            use(token)
    assert stytch.count() == 0


def test_stranger_with_a_link_is_refused_and_their_session_ended(home: Home, stytch: FakeStytch) -> None:
    home.sign_in(ADA)
    home.house.identity.login(BOB, LAPTOP)
    closed = home.with_settings(SIGNUP="invite_only")

    with pytest.raises(Forbidden):
        closed.identity.authenticate(home.mailbox.token_for(BOB), LAPTOP)

    assert len(stytch.project.sessions) == 1


def test_session_is_ended_when_the_directory_cannot_note_it(home: Home, stytch: FakeStytch) -> None:
    home.house.identity.login(ADA, LAPTOP)
    broken = home.with_settings(DATABASE_URL=f"mysql://root@127.0.0.1:{free_port()}/gatehouse")

    with pytest.raises(DatabaseUnavailable):
        broken.identity.authenticate(home.mailbox.token_for(ADA), LAPTOP)

    assert not stytch.project.sessions


def test_new_identity_with_the_same_address_takes_over_the_row(home: Home, stytch: FakeStytch) -> None:
    before = home.sign_in(ADA).user
    stytch.project.delete_user(before.auth_user_id or "")

    after = home.sign_in(ADA).user

    assert (after.id, after.auth_user_id != before.auth_user_id) == (before.id, True)


def test_session_has_the_times_of_stytch(home: Home) -> None:
    signed_in = home.sign_in(ADA)
    session = signed_in.session

    assert session.handle.startswith("session-test-")
    assert session.expires_at_ms - (session.created_at_ms or 0) == 10_080 * 60_000
    assert home.house.identity.check(Credentials(jwt=signed_in.session_jwt)).session == session
    assert home.house.identity.check(Credentials(token=signed_in.session_token)).session == session


def test_session_ends_after_its_duration(home: Home) -> None:
    token = home.sign_in(ADA).session_token
    home.clock.advance(days=6.99)
    fresh = home.house.identity.check(Credentials(token=token)).session_jwt
    home.clock.advance(days=0.02)

    for credentials in (Credentials(token=token), Credentials(jwt=fresh)):
        with pytest.raises(Unauthenticated):
            home.house.identity.check(credentials)


def test_jwt_never_outlives_its_session(home: Home) -> None:
    token = home.sign_in(ADA).session_token
    home.clock.advance(days=7, minutes=-2)
    fresh = home.house.identity.check(Credentials(token=token)).session_jwt
    home.clock.advance(minutes=3)

    with pytest.raises(Unauthenticated):
        home.house.identity.check(Credentials(jwt=fresh))


def test_revoked_session_is_believed_until_its_jwt_expires_or_the_database_is_asked(home: Home) -> None:
    signed_in = home.sign_in(ADA)
    both = Credentials(signed_in.session_token, signed_in.session_jwt)
    home.house.identity.log_out(both)

    assert home.house.identity.check(both).user.email == ADA
    with pytest.raises(Unauthenticated):
        home.house.identity.check(both, check_database=True)
    home.clock.advance(minutes=5)
    with pytest.raises(Unauthenticated):
        home.house.identity.check(both)


def test_only_the_session_token_brings_a_fresh_jwt(home: Home, stytch: FakeStytch) -> None:
    signed_in = home.sign_in(ADA)
    prolonged = home.house.identity.check(Credentials(jwt=signed_in.session_jwt), check_database=True)
    assert prolonged.session_jwt is None
    home.clock.advance(minutes=5)

    with pytest.raises(Unauthenticated):
        home.house.identity.check(Credentials(jwt=signed_in.session_jwt))
    both = Credentials(token=signed_in.session_token, jwt=signed_in.session_jwt)
    fresh = home.house.identity.check(both).session_jwt
    calls = stytch.count("POST")

    assert fresh != signed_in.session_jwt
    assert home.house.identity.check(Credentials(jwt=fresh)).user.email == ADA
    assert stytch.count("POST") == calls


def test_person_without_a_row_is_not_signed_in(home: Home) -> None:
    signed_in = home.sign_in(ADA)
    home.house.database.run(users.delete_user(PUBLIC, signed_in.user.id))

    for credentials in (Credentials(jwt=signed_in.session_jwt), Credentials(token=signed_in.session_token)):
        with pytest.raises(Unauthenticated):
            home.house.identity.check(credentials)


def test_roles_are_those_of_the_directory_now(home: Home) -> None:
    signed_in = home.sign_in(ADA)
    home.house.database.run(Sql("DELETE FROM {user_roles}").run())

    assert signed_in.user.roles == ("admin",)
    assert home.house.identity.check(Credentials(jwt=signed_in.session_jwt)).user.roles == ()


@pytest.mark.parametrize("token", ["x", "a" * 501, "handle.secret" * 5, "ä" * 30])
def test_what_cannot_be_a_session_is_refused_without_asking(
    home: Home, stytch: FakeStytch, token: str
) -> None:
    with pytest.raises(Unauthenticated):
        home.house.identity.check(Credentials(token=token))
    home.house.identity.log_out(Credentials(token=token))
    home.house.identity.log_out(Credentials())

    assert stytch.count() == 0


@pytest.mark.parametrize("everywhere", [False, True])
def test_logging_out_may_be_repeated(home: Home, stytch: FakeStytch, everywhere: bool) -> None:
    signed_in = home.sign_in(ADA)

    for credentials in (
        Credentials(token=signed_in.session_token),
        Credentials(jwt=signed_in.session_jwt),
        Credentials(token="A" * 44),
    ):
        home.house.identity.log_out(credentials, everywhere=everywhere)

    assert stytch.project.revoked == [signed_in.session.handle]


def test_expired_jwt_still_ends_its_session(home: Home, stytch: FakeStytch) -> None:
    jwt = home.sign_in(ADA).session_jwt
    home.clock.advance(minutes=6)

    home.house.identity.log_out(Credentials(jwt=jwt))

    assert not stytch.project.sessions


def test_nothing_remains_of_who_is_removed(home: Home) -> None:
    identity = home.with_settings(ADMIN_EMAILS=f"{ADA},{BOB}").identity
    ada, bob = (use_link(home, identity, email) for email in (ADA, BOB))
    assert (ada.user.is_admin, bob.user.is_admin) == (True, True)

    identity.remove_user(bob.user.id, by=ada.user)

    owners = home.house.database.run(Sql("SELECT user_id FROM {user_roles}").all(lambda row: str(row[0])))
    assert owners == [ada.user.auth_user_id]


def test_person_unknown_to_stytch_can_be_removed(home: Home, stytch: FakeStytch) -> None:
    admin, bob = home.sign_in(ADA).user, home.sign_in(BOB).user
    stytch.project.delete_user(bob.auth_user_id or "")
    other_provider = Sql("UPDATE {users} SET auth_user_id = 'of-another-provider' WHERE email = :email")
    carol = home.sign_in("carol@example.com").user
    home.house.database.run(other_provider.run(email=carol.email))

    for person in (bob, carol):
        home.house.identity.remove_user(person.id, by=admin)

    assert [user.email for user in home.house.users.list_page(search="", cursor=None, limit=9).users] == [ADA]


def use_link(home: Home, identity: IdentityProvider, email: str) -> SignedIn:
    """Sign somebody in."""
    identity.login(email, LAPTOP)
    return identity.authenticate(home.mailbox.token_for(email), LAPTOP)
