"""What functions write to their log on a deployed stage: one line per request, which is also its metrics."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import functions.cleanup
from functions import login
from gatehouse.bootstrap import House
from gatehouse.errors import GatehouseError, SettingInvalid
from gatehouse.store.statement import Sql
from gatehouse.web.entrance import Entrance
from gatehouse.web.observed import HandlerFailed
from infra.local.events import scheduled_event
from tests.api import CONTEXT, Api
from tests.core import Core
from tests.databases import FreshDatabase
from tests.frontend import Frontend
from tests.functions.fdi.passwords import sign_in
from tests.house_fixtures import MigratedDatabase
from tests.houses import ADA, LAPTOP, Home, open_house
from tests.watching import FUNCTIONS, Watched, handler_of, metrics_of, watching

ROOT = Path(__file__).parents[2]
ALL_FUNCTIONS = {"service", "stage"}
EACH_FUNCTION = ALL_FUNCTIONS | {"function"}


@pytest.fixture
def watched() -> Iterator[Watched]:
    """What the functions write, with LOG_LEVEL=info."""
    with watching() as watched:
        yield watched


@pytest.fixture
def warm(watched: Watched) -> Watched:
    """The same of functions that have started already."""
    for function in FUNCTIONS:
        handler_of(function)._is_cold = False
    return watched


@pytest.fixture
def broken(fresh_database_url: FreshDatabase, tmp_path: Path) -> Iterator[Home]:
    """A house whose database has lost tables."""
    url = fresh_database_url("sqlite")
    database = MigratedDatabase(url)
    home = open_house(url, tmp_path / "mailbox.jsonl")
    home.house.tenancy.resolve("", "public", "public")
    for table in ("all_auth_recipe_users", "passwordless_codes"):
        database.gateway.run(Sql(f"DROP TABLE {{{table}}}").run())
    database.close()
    yield home
    home.close()


def names(metrics: dict[str, float]) -> set[str]:
    return metrics.keys() - {"Requests", "Duration", "RoundTrips"}


def test_a_request_is_told_of_in_one_line(sqlite_home: Home, warm: Watched) -> None:
    before = sqlite_home.house.database.round_trips

    Api(sqlite_home.house).call("GET", "/users/1a2b?check=1", bearer="a.b.c")
    Api(sqlite_home.house).call("POST", "/login", {"email": ADA})

    refused = warm.told[0]
    assert {name: refused[name] for name in ("method", "route", "status", "outcome", "error")} == {
        "method": "GET",
        "route": "/users/{id}",
        "status": 401,
        "outcome": "refused",
        "error": "Unauthenticated",
    }
    line = warm.last
    assert line.pop("api_request_id") != refused["api_request_id"]
    assert 0 < line.pop("duration_ms") < 60_000
    assert line == {
        "service": "gatehouse",
        "stage": "dev",
        "function": "tested",
        "level": "INFO",
        "message": "request",
        "request_id": "test",
        "method": "POST",
        "route": "/login",
        "status": 200,
        "outcome": "ok",
        "round_trips": sqlite_home.house.database.round_trips - before,
        "cold_start": False,
    }
    assert len(warm.lines) == 2


def test_metrics_are_those_of_each_function_and_of_all_together(sqlite_home: Home, warm: Watched) -> None:
    Api(sqlite_home.house).call("POST", "/login", {"email": ADA})

    (line,) = warm.told
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Gatehouse"
    assert [set(dimensions) for dimensions in directive["Dimensions"]] == [EACH_FUNCTION, ALL_FUNCTIONS]
    assert {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]} == {
        "Requests": "Count",
        "Duration": "Milliseconds",
        "RoundTrips": "Count",
    }
    assert warm.metrics["Requests"] == 1
    assert warm.metrics["Duration"] == pytest.approx(line["duration_ms"], abs=0.06)
    assert warm.metrics["RoundTrips"] == line["round_trips"] > 0


def test_operations_are_documented_by_a_line_and_queries_that_work_on_it(
    sqlite_home: Home, warm: Watched
) -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    example = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])
    api = Api(sqlite_home.house)
    api.call("POST", "/login", {"email": ADA})
    api.call("POST", "/authenticate_magic_link", {"token": sqlite_home.mailbox.token_for(ADA)})
    line = warm.told[-1]
    assert list(example) == list(line)
    assert {name: type(value) for name, value in example.items()} == {
        name: type(value) for name, value in line.items()
    }
    same = ("level", "message", "method", "route", "status", "outcome", "cold_start", "service", "SignIns")
    assert {name: example[name] for name in same} == {name: line[name] for name in same}
    assert example["round_trips"] == example["RoundTrips"][0]

    known = {*line, "error", "exception", "@timestamp"}
    section = text.partition("### Find a request")[2].partition("## Metrics")[0]
    queries = re.findall(r"```\n(.*?)```", section, re.DOTALL)
    assert len(queries) == 4
    for query in queries:
        words = re.findall(r"@?[a-z_]+(?!\()\b", re.sub(r'"[^"]*"| as \w+|sort \w+', "", query))
        assert set(words) - known <= {"fields", "filter", "sort", "desc", "limit", "stats", "by", "or"}, query


@pytest.mark.parametrize(
    ("target", "route"),
    [
        ("/recipe/user/role", "/core/{proxy+}"),
        ("/recipe/session?sessionHandle=marked", "/core/recipe/session"),
        ("/appid-marked/marked/Recipe/Session/", "/core/recipe/session"),
        ("/marked/recipe/session", "/core/recipe/session"),
        ("/marked", "/core/"),
    ],
)
def test_an_operation_of_the_core_is_told_of_without_values(
    sqlite_home: Home, watched: Watched, target: str, route: str
) -> None:
    Core(sqlite_home.house).call("GET", target)

    assert watched.last["route"] == route
    assert "marked" not in watched.text


@pytest.mark.parametrize(
    ("target", "route"),
    [
        ("/signup/email/exists?email=marked@example.com", "/auth/signup/email/exists"),
        ("/public/signup/email/exists?email=marked@example.com", "/auth/signup/email/exists"),
        ("/marked/signup/email/exists", "/auth/signup/email/exists"),
        ("/marked/marked", "/auth/{proxy+}"),
    ],
)
def test_an_operation_of_the_frontend_interface_is_told_of_without_values(
    sqlite_home: Home, watched: Watched, target: str, route: str
) -> None:
    Frontend(sqlite_home.house).call("GET", target)

    assert watched.last["route"] == route
    assert "marked" not in watched.text


def test_only_the_first_request_of_an_instance_is_a_cold_start(sqlite_home: Home, watched: Watched) -> None:
    handler_of("session")._is_cold = True
    for _ in range(2):
        Api(sqlite_home.house).call("GET", "/.well-known/jwks.json")

    assert [line["cold_start"] for line in watched.told] == [True, False]
    assert ["ColdStarts" in line for line in watched.told] == [True, False]


def test_the_website_is_told_of_without_a_database(watched: Watched) -> None:
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "GET /profile",
        "rawPath": "/profile",
        "rawQueryString": "",
    }
    http = {"method": "GET", "path": "/profile", "sourceIp": "203.0.113.7"}
    event |= {"headers": {}, "requestContext": {"http": http, "requestId": "r"}, "isBase64Encoded": False}

    assert handler_of("pages")(event, CONTEXT)["statusCode"] == 200
    assert (watched.last["route"], watched.last["status"]) == ("/profile", 200)
    assert "round_trips" not in watched.last
    assert "RoundTrips" not in watched.metrics


def ask_rest(house: House) -> int:
    return Api(house).call("POST", "/login", {"email": ADA}).status


def ask_core(house: House) -> int:
    return Core(house).call("GET", "/users/count").status


def ask_frontend(house: House) -> int:
    return Frontend(house).call("GET", f"/signup/email/exists?email={ADA}").status


INTERFACES = pytest.mark.parametrize("ask", [ask_rest, ask_core, ask_frontend])


@INTERFACES
def test_what_nobody_expected_is_a_fault(broken: Home, warm: Watched, ask: Callable[[House], int]) -> None:
    assert ask(broken.house) == 500

    assert (warm.last["level"], warm.last["outcome"]) == ("ERROR", "fault")
    assert warm.last["error"] == "DatabaseError"
    assert names(warm.metrics) == {"Faults"}


@INTERFACES
def test_a_database_that_is_away_is_a_fault_of_its_own(
    sqlite_home: Home, warm: Watched, ask: Callable[[House], int]
) -> None:
    away = sqlite_home.with_settings(DATABASE_URL="mysql://gatehouse:secret@127.0.0.1:1/gatehouse")
    assert ask(away) == 503

    assert warm.last["outcome"] == "fault"
    assert names(warm.metrics) == {"Faults", "DatabaseUnavailable"}
    assert "secret" not in warm.text


@INTERFACES
def test_a_bug_is_a_fault_and_its_class_is_told(
    sqlite_home: Home, warm: Watched, ask: Callable[[House], int]
) -> None:
    def clock() -> int:
        raise ZeroDivisionError("marked")

    house = House(sqlite_home.house.settings, clock)
    assert ask(house) == 500
    house.close()

    assert (warm.last["outcome"], warm.last["error"]) == ("fault", "ZeroDivisionError")
    assert names(warm.metrics) == {"Faults"}
    (told,) = [line for line in warm.lines if "_aws" not in line]
    assert "ZeroDivisionError at test_observed.py:" in told["exception"]
    assert "marked" not in warm.text


def test_a_wrong_setting_is_a_fault(sqlite_home: Home, warm: Watched) -> None:
    def build() -> House:
        raise SettingInvalid("SMTP_URL", "is needed")

    api = Api(sqlite_home.house)
    login.app.state.entrance = Entrance(build)
    assert api.call("POST", "/login", {"email": ADA}).status == 500

    assert (warm.last["outcome"], warm.last["error"]) == ("fault", "SettingInvalid")
    assert names(warm.metrics) == {"Faults"}
    (told,) = [line for line in warm.lines if "_aws" not in line]
    assert (told["level"], told["message"]) == ("ERROR", "SettingInvalid: SMTP_URL: is needed")
    assert {name: told[name] for name in ("request_id", "service", "stage")} == {
        "request_id": "test",
        "service": "gatehouse",
        "stage": "dev",
    }


def test_an_event_that_is_no_request_is_a_fault_that_lambda_counts_too(warm: Watched) -> None:
    with pytest.raises(HandlerFailed, match=r"^RuntimeError at \w+\.py:\d+") as caught:
        handler_of("login")({"marked": "event"}, CONTEXT)

    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)
    assert (warm.last["outcome"], warm.last["error"]) == ("fault", "RuntimeError")
    assert names(warm.metrics) == {"Runs", "Faults"}
    assert "marked" not in warm.text


@pytest.mark.parametrize(
    ("ask", "status", "error"),
    [
        (lambda house: Api(house).call("POST", "/login", {"email": "ada"}), 422, ""),
        (lambda house: Api(house).call("GET", "/session"), 401, "Unauthenticated"),
        (lambda house: Core(house).call("GET", "/nothing/here"), 404, "NotFound"),
        (lambda house: Frontend(house).call("POST", "/session/refresh"), 401, "Unauthorised"),
        # What frontends and backends are told with status 200.
        (
            lambda house: Core(house).call(
                "POST", "/recipe/signin", body=json.dumps({"email": ADA, "password": "no"}).encode()
            ),
            200,
            "WrongCredentials",
        ),
    ],
)
def test_what_is_wrong_with_the_caller_is_a_refusal(
    sqlite_home: Home, warm: Watched, ask: Callable[[House], Any], status: int, error: str
) -> None:
    assert ask(sqlite_home.house).status == status
    assert (warm.last["level"], warm.last["outcome"], warm.last["status"]) == ("INFO", "refused", status)
    assert warm.last.get("error", "") == error
    assert "Refusals" in warm.metrics
    assert "Faults" not in warm.metrics


def test_sign_ins_and_failures_are_counted(sqlite_home: Home, warm: Watched) -> None:
    frontend = Frontend(sqlite_home.house)
    frontend.sign_up(ADA)
    assert names(warm.metrics) == {"SignIns"}
    frontend.get("/signup/email/exists", email=ADA)
    assert names(warm.metrics) == set()
    sign_in(frontend, ADA, "not her password")
    assert names(warm.metrics) == {"SignInFailures", "Refusals"}
    sign_in(frontend, ADA)
    assert names(warm.metrics) == {"SignIns"}


def test_a_link_that_opens_a_session_is_a_sign_in(sqlite_home: Home, warm: Watched) -> None:
    api = Api(sqlite_home.house)
    api.call("POST", "/login", {"email": ADA})
    token = sqlite_home.mailbox.token_for(ADA)

    assert api.call("POST", "/authenticate_magic_link", {"token": token}).status == 200
    assert names(warm.metrics) == {"SignIns"}
    assert api.call("POST", "/authenticate_magic_link", {"token": token}).status == 400
    assert "SignIns" not in warm.metrics


def test_thefts_are_counted(sqlite_home: Home, warm: Watched) -> None:
    frontend = Frontend(sqlite_home.with_settings(REFRESH_GRACE_SECONDS="0"))
    frontend.sign_up(ADA)
    thief = frontend.copy()
    for tab in (frontend, frontend):
        tab.ask("POST", "/session/refresh")
        assert names(warm.metrics) == set()

    assert thief.ask("POST", "/session/refresh").status == 401
    assert names(warm.metrics) == {"TheftsDetected", "Refusals"}
    assert warm.last["error"] == "TokenTheftDetected"


def test_letters_that_are_not_taken_are_no_fault_of_ours(sqlite_home: Home, warm: Watched) -> None:
    mute = sqlite_home.with_settings(EMAIL_SENDER="smtp", SMTP_URL="smtp://127.0.0.1:1")
    assert Api(mute).call("POST", "/login", {"email": ADA}).status == 502

    assert (warm.last["outcome"], warm.last["error"]) == ("fault", "LetterNotSent")
    assert names(warm.metrics) == {"LettersNotSent"}


def test_log_level_leaves_out_requests_but_no_metrics(broken: Home, sqlite_home: Home) -> None:
    with watching("error") as watched:
        Core(sqlite_home.with_settings(LOG_LEVEL="error")).call("GET", "/hello")
        assert watched.last == {"service": "gatehouse", "stage": "dev", "function": "tested"}
        assert watched.metrics["Requests"] == 1

        assert ask_core(broken.with_settings(LOG_LEVEL="error")) == 500
        assert watched.last["outcome"] == "fault"


@pytest.fixture
def cron(sqlite_home: Home) -> Iterator[Callable[..., Any]]:
    """The cron, as EventBridge calls it, on a house that is made with other settings."""
    original = functions.cleanup.entrance

    def run(**settings: str) -> Any:
        house = sqlite_home.with_settings(**settings) if settings else sqlite_home.house
        functions.cleanup.entrance = Entrance(lambda: house)
        return functions.cleanup.handler(scheduled_event("cleanup", "us-east-1"), CONTEXT)

    yield run
    functions.cleanup.entrance = original


def test_the_cron_tells_what_it_deleted(
    sqlite_home: Home, warm: Watched, cron: Callable[..., dict[str, Any]]
) -> None:
    sqlite_home.house.identity.login(ADA, LAPTOP)
    sqlite_home.clock.advance(days=3)

    answer = cron()

    line = warm.last
    assert line["result"] == answer
    assert (line["message"], line["outcome"], line["request_id"]) == ("run", "ok", "test")
    assert line.keys().isdisjoint({"method", "route", "status", "api_request_id"})
    deleted = sum(answer["deleted"].values())
    assert deleted > 0
    assert warm.metrics == {
        "Runs": 1,
        "RunsSucceeded": 1,
        "RowsDeleted": deleted,
        "Duration": warm.metrics["Duration"],
        "RoundTrips": line["round_trips"],
    }


def test_a_cron_that_fails_is_a_fault(warm: Watched, cron: Callable[..., Any]) -> None:
    with pytest.raises(GatehouseError):
        cron(DATABASE_URL="mysql://gatehouse:secret@127.0.0.1:1/gatehouse")

    assert (warm.last["message"], warm.last["outcome"]) == ("run", "fault")
    assert names(warm.metrics) == {"Runs", "Faults", "DatabaseUnavailable"}
    assert "secret" not in warm.text


def test_a_laptop_pays_nothing_for_it_and_is_told_what_it_asks_for(
    sqlite_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", "gatehouse"):
        ask_core(sqlite_home.house)
        assert [text for text in caplog.messages if "route=" in text] == []
        ask_core(sqlite_home.with_settings(LOG_LEVEL="debug"))
    (told,) = [text for text in caplog.messages if "route=" in text]
    assert "method=GET route=/core/users/count status=200 outcome=ok" in told

    program = "import sys, functions.login; print('aws_lambda_powertools' in sys.modules)"
    assert run(program, {}).stdout == "False\n"


def test_on_lambda_lines_go_to_the_standard_output() -> None:
    settings = {
        "GATEHOUSE_STAGE": "dev",
        "AWS_LAMBDA_FUNCTION_NAME": "gatehouse-dev-pages",
        "API_URL": "https://auth.example.com",
        "APP_NAME": "Shop",
    }
    program = """
from types import SimpleNamespace
from functions.pages import handler
http = {"method": "GET", "path": "/profile", "sourceIp": "203.0.113.7"}
event = {"version": "2.0", "routeKey": "GET /profile", "rawPath": "/profile", "rawQueryString": "q=marked",
         "headers": {"user-agent": "marked"}, "requestContext": {"http": http, "requestId": "r"}}
context = SimpleNamespace(aws_request_id="l", function_name="gatehouse-dev-pages",
                          get_remaining_time_in_millis=lambda: 9000)
handler(event | {"isBase64Encoded": False}, context)
"""
    ran = run(program, settings)
    line = json.loads(ran.stdout)
    assert metrics_of(line)["ColdStarts"] == 1
    assert (line["function"], line["request_id"], line["api_request_id"]) == ("pages", "l", "r")
    assert (line["route"], line["outcome"], ran.stderr) == ("/profile", "ok", "")
    assert "marked" not in ran.stdout


def run(program: str, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program in an environment of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}/layers/shared/python:{ROOT}",
        **settings,
    }
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
