"""The main job with Stytch, through the functions: link in, users managed, session out; on every engine."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from gatehouse.bootstrap import House
from gatehouse.errors import GatehouseError, LinkInvalid
from gatehouse.models import SignedIn
from tests.api import ORIGIN, Api
from tests.functions.test_main_flow import COOKIE, JWT_COOKIE, sign_in
from tests.houses import ADA, BOB, LAPTOP, Home
from tests.providers.fake_stytch import FakeStytch
from tests.signing_keys import make_key


@pytest.fixture(params=["sqlite", "mariadb", "postgresql"], scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    """Run the tests of this module on every engine."""
    name: str = request.param
    return name


def test_link_signs_in_lists_users_and_logs_out(api: Api, home: Home) -> None:
    signed_in = sign_in(api, home)
    token = signed_in["session_token"]

    assert signed_in["user"]["roles"] == ["admin"]
    assert api.call("GET", "/session", bearer=token).json["user"]["email"] == ADA
    assert api.call("POST", "/users", {"email": BOB, "name": "Bob"}, bearer=token).status == 201
    assert [user["email"] for user in api.call("GET", "/users", bearer=token).json] == [BOB, ADA]
    assert api.call("POST", "/logout", bearer=token).json == {"message": "logged out"}
    answer = api.call("GET", "/session", bearer=token)
    assert (answer.status, answer.json["error"]) == (401, "user unauthenticated")


def test_link_as_stytch_writes_it_opens_the_page_that_signs_in(api: Api, home: Home) -> None:
    api.call("POST", "/login", {"email": ADA})
    link = home.mailbox.last_to(ADA)["links"][0]
    assert link.startswith(f"{ORIGIN}/authenticate_magic_link?stytch_token_type=magic_links&token=")

    page = api.call("GET", link.removeprefix(ORIGIN))
    token = home.mailbox.token_for(ADA)
    answer = api.call("POST", "/authenticate_magic_link", form={"token": token}, headers={"origin": ORIGIN})

    assert (page.status, token in page.text) == (200, True)
    assert (answer.status, answer.headers["location"]) == (303, f"{ORIGIN}/profile")
    cookies = {name: answer.cookies[name].value for name in (COOKIE, JWT_COOKIE)}
    assert api.call("GET", "/session", cookies=cookies).json["user"]["email"] == ADA
    again = api.call("POST", "/authenticate_magic_link", form={"token": token}, headers={"origin": ORIGIN})
    assert (again.status, "expired or was already used" in again.text) == (400, True)


def test_without_confirmation_opening_a_link_signs_in(home: Home) -> None:
    api = Api(home.with_settings(MAGIC_LINK_CONFIRM="off"))
    api.call("POST", "/login", {"email": ADA})

    answer = api.call("GET", home.mailbox.last_to(ADA)["links"][0].removeprefix(ORIGIN))

    assert (answer.status, bool(answer.cookies[COOKIE].value)) == (302, True)


def test_jwt_costs_no_call_and_one_round_trip(api: Api, home: Home, stytch: FakeStytch) -> None:
    tokens = sign_in(api, home)
    api.call("GET", "/session", bearer=tokens["session_jwt"])
    calls, trips = stytch.count(), home.house.database.round_trips

    answer = api.call("GET", "/session", bearer=tokens["session_jwt"])

    assert (answer.status, answer.json["session_jwt"]) == (200, None)
    assert (answer.json["user"], answer.json["session"]) == (tokens["user"], tokens["session"])
    assert (stytch.count() - calls, home.house.database.round_trips - trips) == (0, 1)


def test_session_token_costs_one_call_and_one_round_trip(api: Api, home: Home, stytch: FakeStytch) -> None:
    token = sign_in(api, home)["session_token"]
    calls, trips = stytch.count(), home.house.database.round_trips

    fresh = api.call("GET", "/session", bearer=token).json["session_jwt"]

    assert (stytch.count() - calls, home.house.database.round_trips - trips) == (1, 1)
    assert api.call("GET", "/session", bearer=fresh).status == 200


def test_sign_in_of_a_known_person_takes_three_round_trips(home: Home) -> None:
    home.sign_in(ADA)
    home.house.identity.login(ADA, LAPTOP)
    trips = home.house.database.round_trips

    home.house.identity.authenticate(home.mailbox.token_for(ADA), LAPTOP)

    assert home.house.database.round_trips - trips <= 3


def test_invited_person_signs_in_to_the_row_that_was_made(api: Api, home: Home) -> None:
    admin = sign_in(api, home)["session_token"]

    assert api.call("POST", "/invite", {"email": BOB, "name": "Bob"}, bearer=admin).status == 200
    invited = next(user for user in api.call("GET", "/users", bearer=admin).json if user["email"] == BOB)
    answer = api.call("POST", "/authenticate_magic_link", {"token": home.mailbox.token_for(BOB)}).json

    assert (invited["status"], answer["user"]["status"]) == ("invited", "active")
    assert (answer["user"]["id"], answer["user"]["name"]) == (invited["id"], "Bob")
    assert answer["user"]["roles"] == []


def test_name_can_be_changed_and_the_address_only_before_the_first_sign_in(api: Api, home: Home) -> None:
    admin = sign_in(api, home)
    ada, bearer = admin["user"]["id"], admin["session_token"]
    bob = api.call("POST", "/users", {"email": BOB}, bearer=bearer).json["id"]

    assert api.call("PATCH", f"/users/{ada}", {"name": "Ada L.", "email": ADA}, bearer=bearer).status == 200
    refused = api.call("PATCH", f"/users/{ada}", {"email": "ada@example.org"}, bearer=bearer)
    assert (refused.status, refused.json["error"]) == (409, "email change not supported")
    assert api.call("PATCH", f"/users/{bob}", {"email": "b@example.com"}, bearer=bearer).status == 200
    taken = api.call("PATCH", f"/users/{bob}", {"email": ADA}, bearer=bearer)
    assert (taken.status, taken.json["error"]) == (409, "email already exists")
    assert api.call("PATCH", "/users/nobody", {"name": "x"}, bearer=bearer).status == 404


def test_removed_person_is_gone_here_and_at_stytch(api: Api, home: Home, stytch: FakeStytch) -> None:
    admin = sign_in(api, home)
    bob = sign_in(api, home, BOB)

    answer = api.call("DELETE", f"/users/{bob['user']['id']}", bearer=admin["session_token"])

    assert (answer.status, answer.json) == (200, {"message": "success"})
    assert [person.emails[0]["email"] for person in stytch.project.people.values()] == [ADA]
    for credential in ("session_token", "session_jwt"):
        assert api.call("GET", "/session", bearer=bob[credential]).status == 401
    own = api.call("DELETE", f"/users/{admin['user']['id']}", bearer=admin["session_token"])
    assert (own.status, own.json["error"]) == (409, "cannot remove yourself")
    again = api.call("DELETE", f"/users/{bob['user']['id']}", bearer=admin["session_token"])
    assert again.status == 404


def test_logout_everywhere_ends_every_session_of_that_person_only(
    api: Api, home: Home, stytch: FakeStytch
) -> None:
    laptop, phone = sign_in(api, home), sign_in(api, home)
    other = sign_in(api, home, BOB)

    assert api.call("POST", "/logout", {"everywhere": True}, bearer=phone["session_jwt"]).status == 200

    assert [
        api.call("GET", "/session", bearer=tokens["session_token"]).status
        for tokens in (laptop, phone, other)
    ] == [401, 401, 200]
    assert stytch.project.revoked[-1] == phone["session"]["id"], "until the last it can be tried again"


def test_strangers_get_the_same_answer_and_no_letter_by_invitation(
    api: Api, home: Home, stytch: FakeStytch
) -> None:
    sign_in(api, home)
    closed = Api(home.with_settings(SIGNUP="invite_only"))
    known = closed.call("POST", "/login", {"email": ADA})
    calls = stytch.count()

    stranger = closed.call("POST", "/login", {"email": BOB})

    assert (known.status, known.text) == (stranger.status, stranger.text)
    assert stytch.count() == calls


def test_send_limits_hold_for_stytch_too(api: Api, home: Home, stytch: FakeStytch) -> None:
    answers = [api.call("POST", "/login", {"email": ADA}, source_ip=f"198.51.100.{n}") for n in range(6)]

    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert stytch.count("POST /v1/magic_links/email/login_or_create") == 5


def test_jwks_are_stytchs_public_keys(api: Api, stytch: FakeStytch) -> None:
    answer = api.call("GET", "/.well-known/jwks.json")

    published = stytch.project.keys[0].jwk
    assert answer.json == {
        "keys": [{name: published[name] for name in ("kty", "use", "alg", "kid", "n", "e")}]
    }
    assert answer.headers["cache-control"] == "max-age=300, must-revalidate"


def test_sign_up_by_many_links_at_once_makes_one_row(home: Home) -> None:
    identity = home.with_settings(SEND_LIMIT_PER_ADDRESS="100").identity
    tokens = []
    for _ in range(8):
        identity.login(ADA, LAPTOP)
        tokens.append(home.mailbox.token_for(ADA))

    outcomes = all_at_once(home, tokens)

    assert {type(outcome) for outcome in outcomes} == {SignedIn}
    assert len({outcome.user.id for outcome in outcomes if isinstance(outcome, SignedIn)}) == 1


def test_one_link_has_one_winner(home: Home) -> None:
    home.house.identity.login(ADA, LAPTOP)

    outcomes = all_at_once(home, [home.mailbox.token_for(ADA)] * 8)

    assert [type(outcome) for outcome in outcomes].count(SignedIn) == 1
    assert {type(outcome) for outcome in outcomes} == {SignedIn, LinkInvalid}


def all_at_once(home: Home, tokens: list[str]) -> list[SignedIn | GatehouseError]:
    """Use links at the same moment, each by an instance of its own; failures are returned."""
    start = Barrier(len(tokens))

    def use(token: str) -> SignedIn | GatehouseError:
        house = House(home.house.settings, home.clock, make_key)
        identity = house.identity
        start.wait()
        try:
            return identity.authenticate(token, LAPTOP)
        except GatehouseError as error:
            return error
        finally:
            house.database.disconnect()

    with ThreadPoolExecutor(len(tokens)) as pool:
        return list(pool.map(use, tokens))
