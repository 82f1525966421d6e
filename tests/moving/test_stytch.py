"""The people of a Stytch project sign in here: the command on the fake Stytch, which checks what it is sent."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC, TableNames
from gatehouse.store.database import Database
from gatehouse.store.engines import engine_for
from gatehouse.store.statement import Sql
from infra.moving.stytch.__main__ import INTERRUPTED, main
from infra.moving.stytch.settling import TOGETHER, Settlement
from tests.api import Api
from tests.core import Core
from tests.databases import FreshDatabase
from tests.frontend import Frontend
from tests.functions.test_main_flow import sign_in
from tests.houses import ADA, BOB, LAPTOP, Home, open_house
from tests.moving.conftest import Ended
from tests.moving.test_stytch_people import account, phone
from tests.providers.fake_stytch import Call, FakeStytch
from tests.providers.stytch_objects import Person
from tests.providers.stytch_troubles import change, hang_up, refuse, send
from tests.store.migrations.runs import migrate, seed
from tests.wire.java_core.stored_formats import misshapen
from tests.wire.java_core.stored_users import incomplete

Run = Callable[[Callable[[], int]], Ended]


@pytest.fixture(scope="module")
def engine() -> str:
    """Run tests on SQLite, unless they say more."""
    return "sqlite"


@pytest.fixture
def stytch() -> Iterator[FakeStytch]:
    """Return the fake server; whatever it complains about fails the test."""
    fake = FakeStytch()
    yield fake
    fake.close()
    assert fake.complaints == []


@dataclass
class Terminal:
    """Where the command is run; `pauses` are what it would have waited."""

    run: Run
    folder: Path
    pauses: list[float] = field(default_factory=list)

    @property
    def state(self) -> Path:
        """The file of how far it is."""
        return self.folder / "state.json"

    @property
    def people(self) -> list[str]:
        """The lines of the file of who has something to do."""
        return (self.folder / "people.csv").read_text().splitlines()[1:]

    def move(self, *options: str) -> Ended:
        """Run the command."""
        files = ["--state", str(self.state), "--people", str(self.folder / "people.csv")]
        return self.run(lambda: main([*options, *files], pause=self.pauses.append))


@pytest.fixture
def terminal(
    run: Run, database_url: str, stytch: FakeStytch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A terminal with the settings of project and database."""
    for name, value in {**stytch.settings, "DATABASE_URL": database_url}.items():
        monkeypatch.setenv(name, value)
    return Terminal(run, tmp_path)


@pytest.fixture
def home(database_url: str, tmp_path: Path) -> Iterator[Home]:
    """A house with the embedded engine, as after the move."""
    home = open_house(database_url, tmp_path / "mailbox.jsonl")
    yield home
    home.close()


def everything(database_url: str) -> dict[str, list[Any]]:
    """Return all rows of what a move writes."""
    database = Database(engine_for(database_url), TableNames())
    tables = (
        "app_id_to_user_id", "all_auth_recipe_users", "passwordless_users", "passwordless_user_to_tenant",
        "thirdparty_users", "thirdparty_user_to_tenant", "userid_mapping", "user_metadata", "user_roles", "roles",
        "emailverification_verified_emails", "users",
    )  # fmt: skip
    rows = {
        table: sorted(database.run(Sql(f"SELECT * FROM {{{table}}}").all(tuple)), key=str) for table in tables
    }
    database.disconnect()
    return rows


def add_crowd(stytch: FakeStytch, number: int) -> list[Person]:
    """Add people with an address each."""
    return [stytch.project.add_person(f"p{n}@example.com", is_verified=True) for n in range(number)]


def add_ada(stytch: FakeStytch, **details: Any) -> Person:
    """Add somebody with every kind of login method."""
    return stytch.project.add_person(
        ADA,
        "ada@work.example",
        is_verified=True,
        phone_numbers=[phone("+12025550146")],
        providers=[account("Google", "108")],
        name={"first_name": "Ada", "last_name": "Lovelace"},
        trusted_metadata={"plan": "pro"},
        roles=["stytch_user", "editor"],
        created_at="2024-05-06T07:08:09Z",
        **details,
    )


@pytest.mark.parametrize("engine_of_move", ["sqlite", "mariadb", "postgresql"])
def test_person_is_one_user_with_all_their_ways_to_sign_in(
    run: Run,
    stytch: FakeStytch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fresh_database_url: FreshDatabase,
    engine_of_move: str,
) -> None:
    """On the servers with the tables and foreign keys of SuperTokens, which bear with less."""
    url = fresh_database_url(engine_of_move)
    if engine_of_move != "sqlite":
        seed(url, has_foreign_keys=True)
    migrate(url)
    for name, value in {**stytch.settings, "DATABASE_URL": url}.items():
        monkeypatch.setenv(name, value)
    ada = add_ada(stytch)
    add_crowd(stytch, 3)

    ended = Terminal(run, tmp_path).move("--apply", "--page", "2")

    assert (ended.status, ended.errors.splitlines()[-1].split(",")[0]) == (0, "4 of 4 people")
    assert "  4 people moved\n" in ended.text
    home = open_house(url, tmp_path / "mailbox.jsonl")
    core = Core(home.house)
    person = core.get("/user/id", userId=ada.user_id)["user"]
    assert (person["id"], person["isPrimaryUser"], person["timeJoined"]) == (
        ada.user_id,
        True,
        1_714_979_289_000,
    )
    assert person["emails"] == [ADA, "ada@work.example"] or sorted(person["emails"]) == [
        ADA,
        "ada@work.example",
    ]
    assert person["phoneNumbers"] == ["+12025550146"]
    assert person["thirdParty"] == [{"id": "google", "userId": "108"}]
    assert all(method["verified"] for method in person["loginMethods"])
    assert len({method["recipeUserId"] for method in person["loginMethods"]}) == 4
    assert core.get("/recipe/user/metadata", userId=ada.user_id)["metadata"] == {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "trusted_metadata": {"plan": "pro"},
    }
    assert core.get("/recipe/user/roles", userId=ada.user_id)["roles"] == ["editor"]
    assert (misshapen(url), incomplete(url)) == ([], [])

    account_again = {
        "thirdPartyId": "google",
        "thirdPartyUserId": "108",
        "email": {"id": ADA, "isVerified": True},
    }
    by_account = core.post("/recipe/signinup", **account_again)
    code = core.post("/recipe/signinup/code", phoneNumber="+12025550146")
    by_number = core.post(
        "/recipe/signinup/code/consume", preAuthSessionId=code["preAuthSessionId"], linkCode=code["linkCode"]
    )
    assert [(answer["createdNewUser"], answer["user"]["id"]) for answer in (by_account, by_number)] == [
        (False, ada.user_id)
    ] * 2
    signed_in = home.sign_in("ada@work.example")
    assert (signed_in.session.auth_user_id, signed_in.user.email) == (ada.user_id, ADA)
    assert (signed_in.user.name, signed_in.user.roles) == ("Ada Lovelace", ("editor",))
    home.close()


def test_who_had_a_password_sets_a_new_one(terminal: Terminal, stytch: FakeStytch, home: Home) -> None:
    password = {"password_id": "password-test-1", "requires_reset": False}
    proved = stytch.project.add_person(ADA, is_verified=True, password=password)
    unproved = stytch.project.add_person(BOB, password=password)
    terminal.move("--apply")
    frontend = Frontend(home.house)

    for email, person in ((ADA, proved), (BOB, unproved)):
        frontend.post("/user/password/reset/token", formFields=[{"id": "email", "value": email}])
        link = home.mailbox.last_to(email)["links"][0]
        token = parse_qs(urlsplit(link).query)["token"][0]
        new = [{"id": "password", "value": "Chosen-1234"}]
        done = frontend.post("/user/password/reset", method="token", token=token, formFields=new)
        assert done["status"] == "OK"
        proof = [{"id": "email", "value": email}, {"id": "password", "value": "Chosen-1234"}]
        signed_in = frontend.post("/signin", formFields=proof)
        assert (signed_in["status"], signed_in["user"]["id"]) == ("OK", person.user_id)


def test_rehearsal_changes_nothing_and_tells_the_same(
    terminal: Terminal, stytch: FakeStytch, database_url: str
) -> None:
    add_ada(stytch, password={"password_id": "password-test-1", "requires_reset": False})
    before = everything(database_url)

    ended = terminal.move("--dry-run")

    assert ended.status == 0
    assert everything(database_url) == before
    assert not terminal.state.exists()
    for line in (
        "1 people would move",
        "2 e-mail addresses",
        "1 people with several",
        "1 people set a new password",
    ):
        assert line in ended.text
    assert "Nothing was changed." in ended.text


def test_second_run_changes_nothing(terminal: Terminal, stytch: FakeStytch, database_url: str) -> None:
    add_ada(stytch)
    add_crowd(stytch, 3)
    terminal.move("--apply")
    before = everything(database_url)

    ended = terminal.move("--apply")

    assert ended.status == 0
    assert "0 people moved\n  4 were here already" in ended.text
    assert everything(database_url) == before


def test_who_came_later_is_moved_by_another_run(terminal: Terminal, stytch: FakeStytch) -> None:
    add_crowd(stytch, 2)
    terminal.move("--apply")
    stytch.project.add_person(ADA, is_verified=True)

    assert "1 people moved\n  2 were here already" in terminal.move("--apply").text


def failing_at(call_number: int, answer: Callable[[Call], None]) -> Callable[[Call], None]:
    """Trouble at one call, counted from 1, and none at the others."""
    calls = 0

    def trouble(call: Call) -> None:
        nonlocal calls
        calls += 1
        if calls == call_number:
            answer(call)
        else:
            call.send_json(*call.answer())

    return trouble


def test_run_goes_on_where_the_last_one_stopped(terminal: Terminal, stytch: FakeStytch) -> None:
    add_crowd(stytch, 5)
    with stytch.trouble(failing_at(2, refuse(400, "something_odd")), "/v1/users/search"):
        stopped = terminal.move("--apply", "--page", "2")
    assert stopped.status == 1
    assert stopped.errors.startswith("Stytch answered 400 (something_odd, request-id-")
    assert json.loads(terminal.state.read_text())["read"] == 2
    asked = stytch.count("POST /v1/users/search")

    ended = terminal.move("--apply", "--page", "2")

    assert stytch.count("POST /v1/users/search") - asked == 2, "the first page is not read again"
    assert ended.status == 0
    assert ended.text.startswith("Going on after 2 people.")
    assert "  5 people moved\n" in ended.text
    assert "here already" not in ended.text


def test_crash_between_rows_and_state_is_harmless(
    terminal: Terminal, stytch: FakeStytch, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_crowd(stytch, 3)
    stytch.project.add_person(ADA, is_verified=True, totps=[{"totp_id": "totp-test-1", "verified": True}])
    monkeypatch.setattr("infra.moving.stytch.move.write_progress", interrupt)
    assert terminal.move("--apply").status == INTERRUPTED
    monkeypatch.undo()
    for name, value in {**stytch.settings, "DATABASE_URL": database_url}.items():
        monkeypatch.setenv(name, value)
    before = everything(database_url)
    assert len(before["userid_mapping"]) == 4

    ended = terminal.move("--apply")

    assert "4 were here already" in ended.text
    assert everything(database_url) == before
    assert [line.partition(",")[2] for line in terminal.people] == ["totp,"]


def interrupt(*_: Any) -> None:
    """Press Ctrl-C."""
    raise KeyboardInterrupt


def test_interrupted_run_says_how_to_go_on(terminal: Terminal, stytch: FakeStytch) -> None:
    add_crowd(stytch, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Settlement, "settle", interrupt)
        ended = terminal.move("--apply")

    assert (ended.status, ended.errors.strip()) == (
        INTERRUPTED,
        "Stopped. Run this again to go on from here.",
    )
    assert "1 people moved" in terminal.move("--apply").text


def test_forgotten_cursor_begins_again(terminal: Terminal, stytch: FakeStytch) -> None:
    add_crowd(stytch, 4)
    with stytch.trouble(failing_at(2, refuse(400, "something_odd")), "/v1/users/search"):
        terminal.move("--apply", "--page", "2")
    stytch.project.forget_cursors()

    ended = terminal.move("--apply", "--page", "2")

    assert ended.status == 0
    assert "Beginning again" in ended.text
    assert "2 people moved\n  2 were here already" in ended.text


@pytest.mark.parametrize(
    ("trouble", "pauses"),
    [
        (send(429, b'{"error_type": "too_many_requests"}', **{"Retry-After": "7"}), [7.0]),
        (send(429, b'{"error_type": "too_many_requests"}'), [2.0]),
        (send(429, b"{}", **{"Retry-After": "3600"}), [60.0]),
        (refuse(500, "internal_server_error"), [2.0]),
        (send(502, b"<html>", "text/html"), [2.0]),
        (hang_up, [2.0]),
    ],
    ids=["429 with Retry-After", "429", "429 for an hour", "500", "502", "connection lost"],
)
def test_what_fails_for_the_moment_is_asked_again(
    terminal: Terminal, stytch: FakeStytch, trouble: Callable[[Call], None], pauses: list[float]
) -> None:
    add_crowd(stytch, 3)

    with stytch.trouble(failing_at(2, trouble), "/v1/users/search"):
        ended = terminal.move("--apply", "--page", "2")

    assert (ended.status, terminal.pauses) == (0, pauses)
    assert "3 people moved" in ended.text


def test_stytch_that_stays_down_is_given_up_and_waited_for_longer_each_time(
    terminal: Terminal, stytch: FakeStytch
) -> None:
    with stytch.trouble(refuse(503, "unavailable")):
        ended = terminal.move("--apply")

    assert ended.status == 1
    assert ended.errors.startswith("Stytch answered 503 (unavailable")
    assert terminal.pauses == [2, 4, 8, 16, 32, 60, 60]


def test_workspace_that_does_not_count_its_people_moves_too(terminal: Terminal, stytch: FakeStytch) -> None:
    add_crowd(stytch, 3)
    with stytch.trouble(change(lambda body: body["results_metadata"].update(total=-1)), "/v1/users/search"):
        ended = terminal.move("--apply", "--page", "2")

    assert (ended.status, "3 people moved" in ended.text) == (0, True)
    assert ended.errors.startswith("3 people, ")


def test_answer_that_is_no_page_is_refused(terminal: Terminal, stytch: FakeStytch) -> None:
    with stytch.trouble(send(200, b'{"status_code": 200}'), "/v1/users/search"):
        ended = terminal.move("--apply")

    assert (ended.status, ended.errors) == (
        2,
        "What Stytch answered cannot be read: the answer has no results and results_metadata.\n",
    )


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"STYTCH_SECRET": "secret-test-wrong"}, "STYTCH_SECRET: Stytch refuses them"),
        (
            {"STYTCH_PROJECT_ENV": "live"},
            "STYTCH_PROJECT_ENV: is live, but STYTCH_PROJECT_ID is of a test project",
        ),
        (
            {"IDENTITY_PROVIDER": "embedded", "STYTCH_SECRET": ""},
            "STYTCH_PROJECT_ID, STYTCH_SECRET: are needed",
        ),
        ({"DATABASE_URL": "mysql://nobody@127.0.0.1:1/none"}, "The database cannot be reached"),
    ],
)
def test_settings_that_do_not_work_are_named(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], error: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    ended = terminal.move("--apply")

    assert ended.status == 2
    assert ended.errors.startswith(error)


def test_database_without_our_tables_is_refused(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")

    ended = terminal.move("--apply")

    assert (ended.status, ended.errors) == (
        1,
        "The database has no tables of Gatehouse yet. Run `make migrate` first.\n",
    )


def test_state_of_another_project_is_not_gone_on_with(
    terminal: Terminal, stytch: FakeStytch, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_crowd(stytch, 1)
    terminal.move("--apply")
    monkeypatch.setenv("STYTCH_PROJECT_ID", "project-test-22222222-2222-4222-8222-222222222222")

    ended = terminal.move("--apply")

    assert ended.status == 1
    assert "is about another project or another database" in ended.errors


def test_address_of_somebody_here_is_told_and_left(
    terminal: Terminal, stytch: FakeStytch, home: Home, database_url: str
) -> None:
    core = Core(home.house)
    here = core.post("/recipe/signup", email=ADA, password="Secret-1234")["user"]
    ada = add_ada(stytch)
    add_crowd(stytch, 1)

    ended = terminal.move("--apply")

    assert ended.status == 1
    assert "1 people moved\n  1 not moved: somebody else here has their address" in ended.text
    assert terminal.people == [f"{ada.user_id},taken,email"]
    assert core.get("/users", includeRecipeIds="emailpassword")["users"] == [here]
    assert not [row for row in everything(database_url)["users"] if ADA in row]


def test_two_whom_only_the_database_takes_for_the_same_do_not_stop_the_others(
    terminal: Terminal, stytch: FakeStytch, home: Home
) -> None:
    home.house.database.run(Sql("CREATE UNIQUE INDEX loose ON {users} (email COLLATE NOCASE)").run())
    add_crowd(stytch, 2)
    stytch.project.add_person("ÄDA@example.com", is_verified=True)
    home.house.database.run(
        Sql(
            "INSERT INTO {users} (id, email, created_at_ms, updated_at_ms) VALUES ('1', 'P1@example.com', 1, 1)"
        ).run()
    )

    ended = terminal.move("--apply")
    home.house.database.run(Sql("DROP INDEX loose").run())

    assert "2 people moved\n  1 not moved" in ended.text
    assert [line.partition(",")[2] for line in terminal.people] == ["taken,similar"]


def test_more_people_than_one_transaction_takes(
    terminal: Terminal, stytch: FakeStytch, database_url: str
) -> None:
    add_crowd(stytch, TOGETHER + 3)

    assert f"{TOGETHER + 3} people moved" in terminal.move("--apply").text
    assert incomplete(database_url) == []


def test_who_never_finished_signing_up_moves_only_when_asked_for(
    terminal: Terminal, stytch: FakeStytch, database_url: str
) -> None:
    pending = stytch.project.add_person(ADA, status="pending")

    first = terminal.move("--apply")
    assert "1 not moved: they never finished signing up" in first.text
    assert (first.status, terminal.people) == (0, [f"{pending.user_id},pending,"])

    assert "1 people moved" in terminal.move("--apply", "--pending").text
    rows = everything(database_url)
    assert (len(rows["userid_mapping"]), rows["users"], rows["emailverification_verified_emails"]) == (
        1,
        [],
        [],
    )


def test_role_called_admin_makes_nobody_administrator_unless_asked_for(
    terminal: Terminal, stytch: FakeStytch, home: Home
) -> None:
    stytch.project.add_person(ADA, is_verified=True, roles=["stytch_user", "admin"])
    bob = stytch.project.add_person(BOB, is_verified=True, roles=["admin"])

    first = terminal.move("--apply")

    assert "2 with the role admin, who become administrators only with --admins" in first.text
    assert "Nobody has the role admin: set ADMIN_EMAILS" in first.text
    assert home.sign_in(ADA).user.roles == ()
    home.house.user_removal.remove(PUBLIC, bob.user_id, with_linked=True)
    assert "Nobody" not in terminal.move("--apply", "--admins").text
    assert home.sign_in(BOB).user.roles == ("admin",)


def test_provider_may_have_another_name_here(
    terminal: Terminal, stytch: FakeStytch, database_url: str
) -> None:
    stytch.project.add_person(providers=[account("Microsoft", "AAA")])

    terminal.move("--apply", "--provider", "Microsoft=active-directory-work")

    assert everything(database_url)["thirdparty_users"][0][1:3] == ("active-directory-work", "AAA")
    refused = terminal.move("--apply", "--provider", "Microsoft")
    assert (refused.status, refused.errors.partition(":")[0]) == (1, "--provider Microsoft")


def test_unreadable_answer_is_told_without_names(terminal: Terminal, stytch: FakeStytch) -> None:
    stytch.project.add_person(ADA, is_verified=True, created_at="yesterday")

    ended = terminal.move("--apply")

    assert (ended.status, ADA in ended.errors) == (2, False)
    assert ended.errors.startswith("What Stytch answered cannot be read: a user is not as")


def signed_in_at_stytch(home: Home, people: Sequence[str]) -> dict[str, Any]:
    """Let people sign in while Stytch is the identity provider; the first becomes administrator."""
    return {email: home.sign_in(email) for email in people}


def test_directory_of_those_who_used_stytch_before_stays_as_it_is(
    terminal: Terminal, stytch: FakeStytch, database_url: str, tmp_path: Path
) -> None:
    mailbox = tmp_path / "mailbox.jsonl"
    stytch._mailbox = mailbox
    with_stytch = open_house(database_url, mailbox, None, **stytch.settings)
    before = signed_in_at_stytch(with_stytch, [ADA, BOB])
    admin = before[ADA].user
    with_stytch.house.identity.invite("carol@example.com", "Carol", by=admin, client=LAPTOP)
    directory = everything(database_url)["users"]
    with_stytch.close()

    ended = terminal.move("--apply")

    assert "3 people moved" in ended.text
    assert "2 directory entries kept as they were" in ended.text
    assert "Nobody has the role" not in ended.text
    assert everything(database_url)["users"] == directory
    embedded = open_house(database_url, mailbox, IDENTITY_PROVIDER="embedded")
    api = Api(embedded.house)
    after = sign_in(api, embedded, ADA)
    assert (after["user"]["id"], after["user"]["roles"]) == (admin.id, ["admin"])
    assert embedded.sign_in(BOB).user.id == before[BOB].user.id
    assert sign_in(api, embedded, "carol@example.com")["user"]["name"] == "Carol"
    listed = api.call("GET", "/users", bearer=after["session_token"]).json
    assert len(listed) == 3
    assert api.call("DELETE", f"/users/{before[BOB].user.id}", bearer=after["session_token"]).status == 200
    assert house_knows(embedded.house, BOB) is False
    embedded.close()

    back = open_house(database_url, mailbox, None, **stytch.settings)
    again = back.sign_in(ADA)
    assert (again.user.id, again.user.roles) == (admin.id, ("admin",)), "and the way back is open"
    back.close()


def house_knows(house: House, email: str) -> bool:
    """Say whether anybody signs in with an address."""
    return bool(Core(house).get("/users/by-accountinfo", email=email, doUnionOfAccountInfo="true")["users"])
